import { KmsCryptoKey } from "@cdktf/provider-google/lib/kms-crypto-key";
import { KmsCryptoKeyIamMember } from "@cdktf/provider-google/lib/kms-crypto-key-iam-member";
import { KmsKeyRing } from "@cdktf/provider-google/lib/kms-key-ring";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { GoogleSite } from "../../fabric/site";
import type { GoogleProject, GoogleServiceAgent } from "./project";

const SECONDS_PER_DAY = 86_400;

/** Checks an adopted key: its form, and that it stands in the region of the data. Tokens pass. */
export function checkAdoptedKey(problems: Problems, site: GoogleSite, kmsKey: string): void {
  if (isToken(kmsKey)) {
    return;
  }
  problems.name("kmsKey", kmsKey, {
    pattern: new RegExp(
      `^projects/[a-z0-9.:-]+/locations/${site.region}/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}$`,
    ),
    maxLength: 512,
    form: `projects/PROJECT/locations/${site.region}/keyRings/RING/cryptoKeys/KEY, in the region of the data`,
  });
}

/**
 * The customer-managed key of a lakehouse and the rights of Google's service agents on it.
 *
 * Makes `google_kms_key_ring` and `google_kms_crypto_key` (unless a key is adopted) and
 * `google_kms_crypto_key_iam_member`. Google never deletes key rings and keys, only key versions: after a destroy the
 * same names have to be imported, or another `namePrefix` chosen.
 */
export class GoogleLakehouseKey extends Construct {
  /** Undefined if the key was adopted. */
  readonly keyRing?: KmsKeyRing;
  /** Undefined if the key was adopted. */
  readonly cryptoKey?: KmsCryptoKey;
  /** Full name of the key. */
  readonly keyName: string;
  /** Rights of the service agents, by agent. */
  readonly members: ReadonlyMap<GoogleServiceAgent, KmsCryptoKeyIamMember>;

  constructor(
    scope: Construct,
    id: string,
    props: {
      readonly site: GoogleSite;
      readonly namePrefix: string;
      readonly project: GoogleProject;
      readonly agents: readonly GoogleServiceAgent[];
      readonly kmsKey?: string;
      readonly rotationDays: number;
      readonly protect: boolean;
    },
  ) {
    super(scope, id);
    const { site, project, namePrefix } = props;
    const lifecycle = { preventDestroy: props.protect };
    if (props.kmsKey === undefined) {
      this.keyRing = new KmsKeyRing(this, "ring", {
        project: site.project,
        location: site.region,
        name: resourceName([namePrefix, "lakehouse"], { maxLength: 63 }),
        lifecycle,
        dependsOn: project.dependencies("cloudkms"),
      });
      this.cryptoKey = new KmsCryptoKey(this, "key", {
        keyRing: this.keyRing.id,
        name: "lakehouse",
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
        }),
      ]),
    );
  }

  /** What a resource that these agents encrypt has to wait for. */
  dependencies(...agents: readonly GoogleServiceAgent[]): ITerraformDependable[] {
    return agents.flatMap((agent) => this.members.get(agent) ?? []);
  }
}
