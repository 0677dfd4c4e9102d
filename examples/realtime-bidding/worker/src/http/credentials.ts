import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import type { AuthConfig } from "../config/config.js";
import type { Http } from "./http.js";
import { secretOf } from "./secrets.js";

/** Headers that let a request in. Given the request, because a signature covers it. */
export type Authorize = (request: {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  /** Headers that a signature has to cover too. @default - none */
  readonly headers?: Readonly<Record<string, string>>;
}) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;

const RENEW_BEFORE_MS = 5 * 60_000;
const TOKEN_TIMEOUT_MS = 5_000;

/** Keeps what was fetched until shortly before its end; callers that come meanwhile share one fetch. */
function cached<T>(fetch: () => Promise<{ readonly value: T; readonly until: number }>): () => Promise<T> {
  let held: Promise<{ value: T; until: number }> | undefined;
  return async () => {
    const now = await held?.catch(() => undefined);
    if (now !== undefined && now.until - RENEW_BEFORE_MS > Date.now()) {
      return now.value;
    }
    held = fetch();
    return (await held).value;
  };
}

const METADATA = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default";

export interface GoogleToken {
  readonly token: string;
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Token of the pod's service account (Workload Identity Federation for GKE serves the metadata server's paths). */
export function googleTokens(http: Http): () => Promise<GoogleToken> {
  const get = async (path: string) => {
    const { status, body } = await http({
      method: "GET",
      url: `${METADATA}/${path}`,
      headers: { "metadata-flavor": "Google" },
      timeoutMs: TOKEN_TIMEOUT_MS,
    });
    if (status !== 200) {
      throw new Error(`The metadata server answered ${status} for ${path}.`);
    }
    return body;
  };
  return cached(async () => {
    const [token, email] = await Promise.all([get("token"), get("email")]);
    const { access_token, expires_in } = JSON.parse(token) as { access_token: string; expires_in: number };
    const until = Date.now() + expires_in * 1_000;
    return { value: { token: access_token, email: email.trim(), until }, until };
  });
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials of EKS Pod Identity (the agent's address and token file are in the environment), else the plain ones. */
export function awsCredentials(
  http: Http,
  env: NodeJS.ProcessEnv = process.env,
): () => Promise<AwsCredentials> {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = env;
  if (uri === undefined) {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
    if (!accessKeyId || !secretAccessKey) {
      throw new Error("There are no credentials of AWS: the pod has no EKS Pod Identity association.");
    }
    return async () => ({ accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN });
  }
  const authorization = file === undefined ? undefined : secretOf({ from: "file", path: file });
  return cached(async () => {
    const { status, body } = await http({
      method: "GET",
      url: uri,
      headers: authorization ? { authorization: authorization() } : {},
      timeoutMs: TOKEN_TIMEOUT_MS,
    });
    if (status !== 200) {
      throw new Error(`The Pod Identity agent answered ${status}.`);
    }
    const given = JSON.parse(body) as Record<
      "AccessKeyId" | "SecretAccessKey" | "Token" | "Expiration",
      string
    >;
    return {
      value: {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.Token,
      },
      until: Date.parse(given.Expiration),
    };
  });
}

/**
 * OpenSearch Serverless wants the hash of the body as a signed header too, and no signed Content-Length; other services
 * take the hash inside the signature.
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html#serverless-signing,
 * read 2026-11-24.
 */
const contentHash = (service: string, body = "") =>
  service === "aoss" ? { "x-amz-content-sha256": createHash("sha256").update(body).digest("hex") } : {};

export function authorizer(auth: AuthConfig, http: Http): Authorize {
  switch (auth.kind) {
    case "none":
      return () => ({});
    case "bearer": {
      const token = secretOf(auth.token);
      return () => ({ authorization: `Bearer ${token()}` });
    }
    case "header": {
      const value = secretOf(auth.value);
      return () => ({ [auth.name]: value() });
    }
    case "login": {
      const password = secretOf(auth.password);
      return () => ({ authorization: `Bearer ${auth.user}:${password()}` });
    }
    case "google": {
      const token = googleTokens(http);
      return async () => ({ authorization: `Bearer ${(await token()).token}` });
    }
    case "aws": {
      const credentials = awsCredentials(http);
      return async ({ method, url, body, headers: given }) => {
        const { region, service } = auth;
        const headers = { "content-type": "application/json", ...given, ...contentHash(service, body) };
        const signer = new AwsV4Signer({
          ...(await credentials()),
          method,
          url,
          body,
          headers,
          region,
          service,
        });
        return Object.fromEntries((await signer.sign()).headers);
      };
    }
  }
}
