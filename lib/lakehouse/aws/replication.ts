import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { S3BucketReplicationConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-replication-configuration";
import { Construct } from "constructs";
import { isCountry } from "../../catalog/countries";
import { awsRegionCountry } from "../../catalog/regions";
import type { AwsFacts } from "../../core/aws-facts";
import { AwsKey } from "../../core/aws-key";
import { type PolicyStatement, policyJson, serviceTrust } from "../../core/aws-policy";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { SiteErrors } from "../../fabric/errors";
import { LakehouseErrors } from "../errors";
import type { LakehouseModel, ZoneModel } from "../lakehouse";
import { AwsBucket } from "./bucket";
import { AwsLakehouseErrors } from "./errors";
import { zoneLifecycle } from "./lifecycle";
import { bucketName, roleName } from "./names";
import type { AwsZone } from "./zone";

/** Loaded on first use: the bindings are large, and many programs make none. */
const loadS3BucketReplicationConfigurationA = () =>
  (
    require("@cdktf/provider-aws/lib/s3-bucket-replication-configuration") as typeof import("@cdktf/provider-aws/lib/s3-bucket-replication-configuration")
  ).S3BucketReplicationConfigurationA;

/** Copies of zones in another region, made by S3 as objects are written. */
export interface ReplicationOptions {
  /** Region of the copies. Literal. */
  readonly region: string;
  /** Provider of that region, with an alias. */
  readonly provider: AwsProvider;
  /**
   * ISO 3166-1 alpha-2, only for regions that the catalogue does not know.
   * @default - the region's country
   */
  readonly country?: string;
  /** @default - every zone */
  readonly zones?: readonly string[];
}

function replicaCountry(problems: Problems, options: ReplicationOptions): string | undefined {
  const known = awsRegionCountry(options.region);
  if (options.country !== undefined && !isCountry(options.country)) {
    problems.add(CoreErrors.InvalidCountry, {
      subject: "replication.country",
      given: isToken(options.country) ? "a token" : options.country,
      allowed: "an ISO 3166-1 alpha-2 code such as DE",
    });
    return undefined;
  }
  if (known !== undefined && options.country !== undefined && known !== options.country) {
    problems.add(SiteErrors.RegionCountryContradiction, {
      subject: "replication.country",
      given: options.country,
      allowed: `${known}, where ${options.region} is`,
    });
    return undefined;
  }
  const country = options.country ?? known;
  if (country === undefined) {
    problems.add(SiteErrors.RegionCountryUnknown, {
      subject: "replication.region",
      given: options.region,
      allowed: "a region of the catalogue, or any region together with its country",
    });
  }
  return country;
}

/** Zones that are copied; a name that the lakehouse does not have is a finding. */
function copiedZones(
  problems: Problems,
  options: ReplicationOptions,
  model: LakehouseModel,
): readonly ZoneModel[] {
  const names = options.zones ?? model.zones.map((zone) => zone.name);
  problems.unique("replication.zones", names);
  problems.required("replication.zones", names[0], "one zone or more");
  return names.flatMap((name) => {
    const zone = model.zones.find((candidate) => candidate.name === name);
    if (!zone) {
      problems.add(LakehouseErrors.UnknownZone, {
        subject: "replication.zones",
        given: name,
        allowed: model.zones.map((candidate) => candidate.name).join(", "),
      });
      return [];
    }
    return [zone];
  });
}

function checkProvider(problems: Problems, options: ReplicationOptions): void {
  const { provider, region } = options;
  const of = provider.region;
  if (provider.alias === undefined || (of !== undefined && !isToken(of) && of !== region)) {
    problems.add(AwsLakehouseErrors.ReplicaProviderMismatch, {
      subject: "replication.provider",
      given: { alias: provider.alias, region: of },
      allowed: `a provider with an alias and region ${region}`,
    });
  }
}

/** Checks where copies go: another region, its provider, and the residency of every copied zone. */
export function checkReplication(
  problems: Problems,
  options: ReplicationOptions,
  model: LakehouseModel,
  siteRegion: string,
): void {
  if (!problems.literal("replication.region", options.region, "the name of a region")) {
    return;
  }
  if (options.region === siteRegion) {
    problems.add(AwsLakehouseErrors.ReplicaInSameRegion, {
      subject: "replication.region",
      given: options.region,
      allowed: `any region but ${siteRegion}`,
    });
  }
  checkProvider(problems, options);
  const country = replicaCountry(problems, options);
  for (const zone of copiedZones(problems, options, model)) {
    if (country !== undefined && !zone.residency.allows(country)) {
      problems.add(LakehouseErrors.ResidencyViolation, {
        subject: `replication of zone "${zone.name}"`,
        given: `${options.region} (${country})`,
        allowed: `${zone.residency.name}: ${zone.residency.describe()}`,
      });
    }
  }
}

export interface AwsReplicationProps {
  /** Facts of the lakehouse's own region. */
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly model: LakehouseModel;
  readonly zones: readonly { readonly model: ZoneModel; readonly zone: AwsZone }[];
  readonly encryptionKeyArn: string;
  readonly protect: boolean;
  readonly options: ReplicationOptions;
}

/** Name of the bucket that holds the copy of a zone. */
export function replicaName(namePrefix: string, zone: string): string {
  return bucketName(namePrefix, zone, "replica");
}

/**
 * Copies of zones in another region: buckets as hardened as the zones, a key of their own, and the rules by which S3
 * copies every new object, its deletions included.
 *
 * The copies are for recovery. The metadata of an Iceberg table names its files with the address of the source
 * bucket, so a copied table is read only after its paths are rewritten (Iceberg's `rewrite_table_path`) or the data
 * is copied back. Objects that were there before replication began are not copied.
 *
 * Makes what {@link AwsBucket} makes per zone, `aws_kms_key`, `aws_kms_alias`, `aws_iam_role`, `aws_iam_role_policy`
 * and `aws_s3_bucket_replication_configuration` per zone.
 */
export class AwsReplication extends Construct {
  /** Key of the copies, in their region. */
  readonly key: AwsKey;
  /** Copies by zone. */
  readonly replicas: Readonly<Record<string, AwsBucket>>;
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  readonly configurations: readonly S3BucketReplicationConfigurationA[];

  constructor(scope: Construct, id: string, props: AwsReplicationProps) {
    super(scope, id);
    const { options, protect, facts } = props;
    const there: AwsFacts = { ...facts, region: options.region };
    const copied = props.zones.filter(({ model }) => options.zones?.includes(model.name) ?? true);
    this.key = new AwsKey(this, "key", {
      facts: there,
      aliasName: `${props.namePrefix}-replica`,
      description: `Copies of the lakehouse ${props.namePrefix}`,
      protect,
      provider: options.provider,
    });
    this.replicas = Object.fromEntries(
      copied.map(({ model, zone }) => [
        model.name,
        new AwsBucket(this, `replica-${model.name}`, {
          bucketName: replicaName(props.namePrefix, model.name),
          facts: there,
          encryptionKeyArn: this.key.key.arn,
          onRemoval: protect ? "protect" : "empty",
          lifecycleRules: zoneLifecycle(model, props.model.noncurrentVersionDays),
          tags: zone.tags,
          provider: options.provider,
        }),
      ]),
    );
    this.role = new IamRole(this, "role", {
      name: roleName(props.namePrefix, "replication"),
      description: "S3 copies the zones of the lakehouse to another region with this role",
      assumeRolePolicy: serviceTrust("s3.amazonaws.com"),
    });
    const sources = copied.map(({ zone }) => zone.bucket.literalArn);
    this.rolePolicy = new IamRolePolicy(this, "role-policy", {
      name: "replication",
      role: this.role.name,
      policy: policyJson(this.rights(props, sources)),
    });
    this.configurations = copied.map(({ model, zone }) => this.replicate(model.name, zone));
  }

  private replicate(name: string, zone: AwsZone): S3BucketReplicationConfigurationA {
    const replica = this.replicas[name]!;
    return new (loadS3BucketReplicationConfigurationA())(this, `replicate-${name}`, {
      bucket: zone.bucket.bucket.id,
      role: this.role.arn,
      rule: [
        {
          id: "everything",
          priority: 0,
          status: "Enabled",
          filter: { prefix: "" },
          deleteMarkerReplication: { status: "Enabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: replica.bucket.arn,
            storageClass: "STANDARD",
            encryptionConfiguration: { replicaKmsKeyId: this.key.key.arn },
          },
        },
      ],
      dependsOn: [zone.bucket.versioning, replica.versioning, replica.policy, this.rolePolicy],
    });
  }

  private rights(props: AwsReplicationProps, sources: readonly string[]): readonly PolicyStatement[] {
    const { facts, options, encryptionKeyArn } = props;
    const copies = Object.values(this.replicas).map((replica) => replica.literalArn);
    const allow = (
      Sid: string,
      Action: readonly string[],
      Resource: readonly string[],
      Condition?: PolicyStatement["Condition"],
    ): PolicyStatement => ({ Sid, Effect: "Allow", Action, Resource, Condition });
    const objects = (arns: readonly string[]): string[] => arns.map((arn) => `${arn}/*`);
    const viaS3 = (region: string): PolicyStatement["Condition"] => ({
      StringEquals: { "kms:ViaService": `s3.${region}.${facts.dnsSuffix}` },
    });
    return [
      allow("ReadRules", ["s3:GetReplicationConfiguration", "s3:ListBucket"], sources),
      allow(
        "ReadVersions",
        ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"],
        objects(sources),
      ),
      allow("WriteCopies", ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], objects(copies)),
      allow("DecryptSource", ["kms:Decrypt"], [encryptionKeyArn], viaS3(facts.region)),
      allow("EncryptCopy", ["kms:Encrypt", "kms:GenerateDataKey"], [this.key.key.arn], viaS3(options.region)),
    ];
  }
}
