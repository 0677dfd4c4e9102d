import type { Construct } from "constructs";
import { type AwsFacts, awsFacts } from "../../core/aws-facts";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { Residency } from "../../fabric/residency";
import type { AwsSite } from "../../fabric/site";
import { LakehouseErrors } from "../errors";
import {
  type Grant,
  type GrantRequest,
  type LakehouseModel,
  resolveLakehouse,
  type ZoneModel,
} from "../lakehouse";
import { LakehouseBase } from "../lakehouse-base";
import type { CatalogEndpoint } from "../sharing";
import type { TableProps } from "../table";
import type { AwsGrantZone } from "./grantee";
import { AwsGrants } from "./grants";

/** One zone of a lakehouse that exists. */
export interface AwsZoneAttributes {
  readonly name: string;
  /** May be a token. */
  readonly bucketName: string;
  /** Glue database with the zone's tables; may be a token. */
  readonly databaseName: string;
  /** Tables that can be granted one by one. @default - none */
  readonly tables?: readonly TableProps[];
  /** Site whose tables are copied here. @default - the zone owns its tables */
  readonly copyOf?: string;
}

/** What has to be known of a lakehouse to use it. */
export interface AwsLakehouseAttributes {
  readonly site: AwsSite;
  /** Start of the names of roles and policies that grants make here; not the owner's, which would clash. */
  readonly namePrefix: string;
  readonly zones: readonly AwsZoneAttributes[];
  /**
   * ARN of the key that encrypts the zones; may be a token. Its key policy must leave decisions to IAM policies.
   * @default - unknown: grants are refused with `GrantNotApplicable`
   */
  readonly encryptionKeyArn?: string;
  /**
   * Whether Lake Formation governs the zones.
   * @default true
   */
  readonly lakeFormation?: boolean;
  /** @default Residency.ANYWHERE */
  readonly residency?: Residency;
  /** See `AwsLakehouseProps.oidcProviderArns`. @default - one is made per issuer and stack */
  readonly oidcProviderArns?: Readonly<Record<string, string>>;
}

/** Sources: S3 bucket naming rules; Glue DatabaseInput.Name as Athena reads it. */
const BUCKET_NAME: NameRule = {
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  maxLength: 63,
  form: "the name of an S3 bucket: 3 to 63 lower-case letters, digits, hyphens and dots",
};
const DATABASE_NAME: NameRule = {
  pattern: /^[a-z0-9_]+$/,
  maxLength: 255,
  form: "the name of a Glue database: 1 to 255 lower-case letters, digits and underscores",
};

/** Tokens pass: an adopted resource may come from a data source. */
function checkName(problems: Problems, subject: string, name: string, rule: NameRule): void {
  if (problems.required(subject, name, rule.form) && !isToken(name)) {
    problems.name(subject, name, rule);
  }
}

/** See `AwsLakehouse.fromAttributes`. Makes nothing but what grants make. */
export class ImportedAwsLakehouse extends LakehouseBase {
  readonly site: AwsSite;
  protected readonly model: LakehouseModel;
  private readonly attributes: ReadonlyMap<string, AwsZoneAttributes>;
  private readonly grants: AwsGrants;
  private readonly facts: AwsFacts;
  private readonly encryptionKeyArn?: string;

  constructor(scope: Construct, id: string, attributes: AwsLakehouseAttributes) {
    super(scope, id);
    const { site, namePrefix, residency } = attributes;
    this.site = site;
    const problems = new Problems(this.node.path);
    const zones = attributes.zones.map(({ name, tables, copyOf }) => ({ name, tables, copyOf }));
    this.model = resolveLakehouse(problems, { site, namePrefix, residency, zones });
    for (const zone of attributes.zones) {
      checkName(problems, `zone "${zone.name}" bucketName`, zone.bucketName, BUCKET_NAME);
      checkName(problems, `zone "${zone.name}" databaseName`, zone.databaseName, DATABASE_NAME);
    }
    if (attributes.encryptionKeyArn !== undefined) {
      problems.arn("encryptionKeyArn", attributes.encryptionKeyArn, "kms");
    }
    problems.throwIfAny();
    this.attributes = new Map(attributes.zones.map((zone) => [zone.name, zone]));
    this.facts = awsFacts(this, site);
    this.encryptionKeyArn = attributes.encryptionKeyArn;
    this.grants = new AwsGrants(this, "grants", {
      facts: this.facts,
      namePrefix,
      lakeFormation: attributes.lakeFormation ?? true,
      noColumnsBecause: "because lakeFormation is false and IAM cannot limit columns",
      oidcProviderArns: attributes.oidcProviderArns ?? {},
      zone: (zone) => this.grantZone(zone),
    });
  }

  /** @throws UnknownZone */
  catalogEndpoint(zone: string): CatalogEndpoint {
    const model = this.requireZone(zone);
    return {
      kind: "glue",
      region: this.site.region,
      database: this.attributes.get(model.name)!.databaseName,
      location: this.zoneLocation(model),
    };
  }

  protected zoneLocation(zone: ZoneModel): string {
    return `s3://${this.attributes.get(zone.name)!.bucketName}`;
  }

  protected override zoneKey(): string | undefined {
    return this.encryptionKeyArn;
  }

  protected grant(request: GrantRequest): Grant {
    const problems = new Problems(this.node.path);
    if (this.encryptionKeyArn === undefined) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject: `zone "${request.zone.name}"`,
        given: "a lakehouse that was adopted without its key",
        allowed: "a lakehouse whose key is known: without the key nobody could read the files",
        fix: "give `encryptionKeyArn` when adopting the lakehouse",
      });
    }
    problems.throwIfAny();
    return this.grants.grant(request);
  }

  private grantZone(model: ZoneModel): AwsGrantZone {
    const { bucketName, databaseName } = this.attributes.get(model.name)!;
    return {
      zone: model.name,
      bucketArn: `arn:${this.facts.partition}:s3:::${bucketName}`,
      databaseName,
      tables: model.copyOf === undefined ? model.tables : [],
      encryptionKeyArn: this.encryptionKeyArn!,
      after: [],
      tableResources: {},
    };
  }
}
