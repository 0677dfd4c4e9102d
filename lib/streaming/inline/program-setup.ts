import type { KafkaTopicAccess, SecretKeyReference } from "../streaming";
import type { ServiceAuth } from "./props";

const SECRETS = "/var/run/inline-inference";
/** Where pods find their secrets. */
export const SECRETS_FOLDER = SECRETS;

/** A file of the pod that is a key of a Secret. */
export interface SecretFile {
  readonly secret: SecretKeyReference;
  /** Below the folder of secrets. */
  readonly path: string;
}

/** A file of the pod with a token of its account; the kubelet renews it. */
export interface TokenFile {
  /** Below the folder of secrets. */
  readonly path: string;
  /** @default - that of the API server */
  readonly audience?: string;
}

/** What a program of the worker's image is configured by. */
export interface ProgramSetup {
  /** What the program's parser reads. Values may be tokens. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: readonly SecretFile[];
  readonly tokens: readonly TokenFile[];
}

/** Collects the secrets that a configuration points to. */
export class SecretFiles {
  readonly files: SecretFile[] = [];
  private readonly byPath = new Map<string, TokenFile>();

  /** Sorted by path. */
  get tokens(): readonly TokenFile[] {
    return [...this.byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Path in the pod; the same for the same purpose. */
  at(path: string, secret: SecretKeyReference): string {
    this.files.push({ secret, path });
    return `${SECRETS}/${path}`;
  }

  maybe(path: string, secret: SecretKeyReference | undefined): string | undefined {
    return secret === undefined ? undefined : this.at(path, secret);
  }

  trusted(secrets: readonly SecretKeyReference[] = []): readonly string[] {
    return secrets.map((secret, index) => this.at(`trusted/${index}.crt`, secret));
  }

  /** How a service of this name is let in by. */
  auth(folder: string, auth: ServiceAuth = { kind: "none" }): object {
    switch (auth.kind) {
      case "bearer":
        return { kind: "bearer", token: { from: "file", path: this.at(`${folder}/token`, auth.secret) } };
      case "header": {
        const value = { from: "file", path: this.at(`${folder}/value`, auth.secret) };
        return { kind: "header", name: auth.name, value };
      }
      case "login": {
        const password = { from: "file", path: this.at(`${folder}/password`, auth.password) };
        return { kind: "login", user: auth.user, password };
      }
      case "service-account": {
        // Tokens for one audience are good for no other; those for the API server are shared.
        const path = `${auth.audience === undefined ? "service-account" : folder}/token`;
        this.byPath.set(path, { path, audience: auth.audience });
        return { kind: "bearer", token: { from: "file", path: `${SECRETS}/${path}` } };
      }
      default:
        return { ...auth };
    }
  }

  /** How the brokers are reached, as all programs read it. */
  kafka(
    input: KafkaTopicAccess,
    given: { readonly awsRegion?: string; readonly sessionTimeoutMs: number },
  ): Readonly<Record<string, unknown>> {
    const { certificate, privateKey, password } = input.credentials ?? {};
    const sasl = {
      mtls: () => ({ kind: "none" }),
      scram: () => ({
        kind: "scram",
        mechanism: "SCRAM-SHA-512",
        username: input.username,
        password: { from: "file", path: this.maybe("kafka/password", password) },
      }),
      "sasl-iam": () => ({ kind: "aws-iam", region: given.awsRegion }),
      oauthbearer: () => ({ kind: "google" }),
    }[input.auth]();
    return {
      bootstrapServers: input.bootstrapServers,
      groupId: input.consumerGroup,
      tls: {
        enabled: true,
        caFile: this.maybe("kafka/ca.crt", input.caCertificate),
        certificateFile: this.maybe("kafka/tls.crt", certificate),
        privateKeyFile: this.maybe("kafka/tls.key", privateKey),
      },
      sasl,
      sessionTimeoutMs: given.sessionTimeoutMs,
    };
  }
}
