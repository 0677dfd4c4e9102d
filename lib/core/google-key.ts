import { KmsCryptoKey } from "@cdktf/provider-google/lib/kms-crypto-key";
import { KmsCryptoKeyIamMember } from "@cdktf/provider-google/lib/kms-crypto-key-iam-member";
import { KmsKeyRing } from "@cdktf/provider-google/lib/kms-key-ring";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors } from "./errors";
import type { GoogleProject, GoogleServiceAgent } from "./google-project";
import { resourceName } from "./naming";
import type { Problems } from "./problems";
import { isToken } from "./tokens";

const SECONDS_PER_DAY = 86_400;

/**
 * Checks the choice of a key: how often its own is rotated, or the form of an adopted one, and that it stands in the region
 * of what it encrypts. Tokens pass.
 *
 * Adds NumberOutOfRange, InvalidName, NoEffect for a rotation of an adopted key.
 */
export function checkKeyChoice(
  problems: Problems,
  site: { readonly region: string },
  { kmsKey, keyRotationDays }: { readonly kmsKey?: string; readonly keyRotationDays?: number },
  whose: string,
): void {
  problems.literalInteger("keyRotationDays", keyRotationDays ?? 90, { min: 1, max: 3650 });
  if (kmsKey === undefined) {
    return;
  }
  checkAdoptedKey(problems, site, kmsKey, whose);
  if (keyRotationDays !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "keyRotationDays",
      given: keyRotationDays,
      allowed: "nothing, together with kmsKey",
      fix: "set the rotation where the key is declared",
    });
  }
}

function checkAdoptedKey(
  problems: Problems,
  site: { readonly region: string },
  kmsKey: string,
  whose: string,
): void {
  if (isToken(kmsKey)) {
    return;
  }
  problems.name("kmsKey", kmsKey, {
    pattern: new RegExp(
      `^projects/[a-z0-9.:-]+/locations/${site.region}/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}$`,
    ),
    maxLength: 512,
    form: `projects/PROJECT/locations/${site.region}/keyRings/RING/cryptoKeys/KEY, in the region of ${whose}`,
  });
}

export interface GoogleKeyProps {
  readonly site: { readonly project: string; readonly region: string };
  readonly namePrefix: string;
  readonly project: GoogleProject;
  /** Google's own accounts that encrypt with it. */
  readonly agents: readonly GoogleServiceAgent[];
  /** Full name of an existing key, instead of one of its own. May be a token. */
  readonly kmsKey?: string;
  readonly rotationDays: number;
  /** Refuse to destroy ring and key. */
  readonly protect: boolean;
  /**
   * Give the agents their rights only after the APIs that make them are on. @default false
   */
  readonly waitForAgents?: boolean;
  /** What is encrypted: name of the key, and end of the ring's name. */
  readonly purpose: string;
}

/**
 * A customer-managed key and the rights of Google's service agents on it.
 *
 * Makes `google_kms_key_ring` and `google_kms_crypto_key` (unless a key is adopted) and
 * `google_kms_crypto_key_iam_member`. Google never deletes key rings and keys, only key versions: after a destroy the
 * same names have to be imported, or another `namePrefix` chosen.
 */
export class GoogleKey extends Construct {
  /** Undefined if the key was adopted. */
  readonly keyRing?: KmsKeyRing;
  /** Undefined if the key was adopted. */
  readonly cryptoKey?: KmsCryptoKey;
  /** Full name of the key. */
  readonly keyName: string;
  /** Rights of the service agents, by agent. */
  readonly members: ReadonlyMap<GoogleServiceAgent, KmsCryptoKeyIamMember>;

  constructor(scope: Construct, id: string, props: GoogleKeyProps) {
    super(scope, id);
    const { site, project, namePrefix, purpose } = props;
    const lifecycle = { preventDestroy: props.protect };
    if (props.kmsKey === undefined) {
      this.keyRing = new KmsKeyRing(this, "ring", {
        project: site.project,
        location: site.region,
        name: resourceName([namePrefix, purpose], { maxLength: 63 }),
        lifecycle,
        dependsOn: project.dependencies("cloudkms"),
      });
      this.cryptoKey = new KmsCryptoKey(this, "key", {
        keyRing: this.keyRing.id,
        name: purpose,
        purpose: "ENCRYPT_DECRYPT",
        rotationPeriod: `${props.rotationDays * SECONDS_PER_DAY}s`,
        lifecycle,
      });
    }
    this.keyName = props.kmsKey ?? this.cryptoKey!.id;
    this.members = new Map(
      props.agents.map((agent) => [
        agent,
        new KmsCryptoKeyIamMember(this, `${agent}-agent`, {
          cryptoKeyId: this.keyName,
          role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
          member: project.agent(agent),
          ...(props.waitForAgents ? { dependsOn: project.dependencies(agent) } : {}),
        }),
      ]),
    );
  }

  /** What a resource that these agents encrypt has to wait for. */
  dependencies(...agents: readonly GoogleServiceAgent[]): ITerraformDependable[] {
    return agents.flatMap((agent) => this.members.get(agent) ?? []);
  }
}
