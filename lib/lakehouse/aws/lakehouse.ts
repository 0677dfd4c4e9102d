import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import type { Construct } from "constructs";
import { type AwsFacts, awsFacts } from "../../core/aws-facts";
import { AwsKey, logsMayUseKey } from "../../core/aws-key";
import { serviceTrust } from "../../core/aws-policy";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { Identity } from "../../fabric/identity";
import type { AwsSite } from "../../fabric/site";
import { LakehouseErrors } from "../errors";
import {
  type Grant,
  type GrantRequest,
  type ILakehouse,
  type LakehouseModel,
  resolveLakehouse,
  type ZoneModel,
} from "../lakehouse";
import { LakehouseBase } from "../lakehouse-base";
import type { CatalogEndpoint } from "../sharing";
import { accessLogBucket } from "./access-logs";
import { type AthenaOptions, AwsAthena, type WorkgroupGrant } from "./athena";
import type { AwsBucket } from "./bucket";
import { checkAwsLakehouse, usesLakeFormation } from "./checks";
import { AwsGovernance, type LakeFormationOptions } from "./governance";
import type { AwsGrantZone } from "./grantee";
import { AwsGrants } from "./grants";
import { optimizerLogs, TABLE_OPTIMIZERS, type TableOptimizer } from "./iceberg-table";
import { type AwsLakehouseAttributes, ImportedAwsLakehouse } from "./imported";
import { tableMaintenanceMayUseKey } from "./key";
import { bucketName, engineName, roleName } from "./names";
import type { AwsLakehouseProps, AwsTableCatalog } from "./props";
import { AwsReplication, type ReplicationOptions } from "./replication";
import { tableBucketArn } from "./s3-tables";
import { AwsSpark, type SparkOptions } from "./spark";
import { AwsWarehouse } from "./warehouse";
import { AwsZone } from "./zone";

export type { AwsLakehouseProps, AwsTableCatalog } from "./props";

/**
 * A lakehouse on AWS.
 *
 * Names: buckets `<namePrefix>-<zone>`, Glue databases `<name_prefix>_<zone>`, roles `<namePrefix>-<use>`, cut and
 * hashed where AWS allows less. Needs one `AwsProvider` in the stack, for the region and account of the site.
 *
 * Grants: a role of the account gets an inline policy and Lake Formation permissions; a service account of a cluster
 * gets a role of its own that trusts the cluster's issuer. Files of tables with columns that a grantee may not see
 * stay closed to it; engines that ask Lake Formation (Athena, Redshift) show it the rest.
 *
 * Makes: `aws_kms_key`, `aws_kms_alias`; {@link AwsZone}s; {@link AwsBucket}s for access logs and Athena's results;
 * {@link AwsGovernance}; {@link AwsAthena}; {@link AwsSpark}; {@link AwsWarehouse}; {@link AwsReplication};
 * {@link AwsGrants}; an `aws_iam_role` for the table optimizers; `data.aws_caller_identity` if the site does not
 * know its account.
 *
 * @throws InvalidName, ResidencyViolation, BucketNameForbidden, DuplicateValue, TransitionTooEarly, GlueTextTooLong,
 *   UnsupportedByCatalog, UnsupportedShare, NoEffect, WarehouseNeedsThreeZones, ReplicaProviderMismatch,
 *   ReplicaInSameRegion, RemovalNeedsTwoKeys, and what the contract throws. Grants: IdentityKindMismatch,
 *   MissingOidcIssuer, InvalidPrincipal, GrantNotApplicable, ColumnGrantUnsupported, DuplicateValue.
 */
export class AwsLakehouse extends LakehouseBase {
  /** Adopts a lakehouse that exists. Its grants work like those of an own one, or throw. */
  static fromAttributes(scope: Construct, id: string, attributes: AwsLakehouseAttributes): ILakehouse {
    return new ImportedAwsLakehouse(scope, id, attributes);
  }

  readonly site: AwsSite;
  /** Set unless a key was adopted. */
  readonly key?: AwsKey;
  /** Key of all data, own or adopted. Unset if there is neither a zone nor a warehouse. */
  readonly encryptionKeyArn?: string;
  /** Zones by name, with all their resources. */
  readonly zones: Readonly<Record<string, AwsZone>>;
  /** Set unless `accessLogs` is false. */
  readonly accessLogs?: AwsBucket;
  /** Set if there are tables with optimizers. */
  readonly optimizerRole?: IamRole;
  /** Set if Lake Formation governs. */
  readonly governance?: AwsGovernance;
  /** Set unless switched off. */
  readonly athena?: AwsAthena;
  /** Set unless switched off. */
  readonly spark?: AwsSpark;
  /** Set if asked for. */
  readonly warehouse?: AwsWarehouse;
  /** Set if asked for. */
  readonly replication?: AwsReplication;
  /** Every right that was given. */
  readonly grants: AwsGrants;

  protected readonly model: LakehouseModel;
  private readonly facts: AwsFacts;
  private readonly namePrefix: string;
  private readonly tableCatalog: AwsTableCatalog;

  constructor(scope: Construct, id: string, props: AwsLakehouseProps) {
    super(scope, id);
    this.site = props.site;
    this.namePrefix = props.namePrefix;
    this.tableCatalog = props.tableCatalog ?? "glue";
    const problems = new Problems(this.node.path);
    this.model = resolveLakehouse(problems, props);
    checkAwsLakehouse(problems, props, this.model);
    const protect = !mayDestroy(this, props.removalPolicy, problems);
    problems.throwIfAny();
    this.facts = awsFacts(this, props.site);
    this.claimNames(props.namePrefix);
    const keepsData = this.model.zones.length > 0;
    if (props.encryptionKeyArn === undefined && (keepsData || props.warehouse)) {
      this.key = this.makeKey(protect);
    }
    this.encryptionKeyArn = props.encryptionKeyArn ?? this.key?.key.arn;
    if (this.model.accessLogs && keepsData) {
      this.accessLogs = this.makeAccessLogs(protect, props);
    }
    const optimizers = this.optimizers(props);
    this.optimizerRole = optimizers.length === 0 ? undefined : this.makeOptimizerRole();
    this.zones = this.makeZones(protect, optimizers);
    if (usesLakeFormation(props) && keepsData) {
      this.governance = this.govern(props.lakeFormation || {});
    }
    if (props.athena !== false && keepsData) {
      this.athena = this.query(props.athena ?? {});
    }
    if (props.spark !== false) {
      this.spark = this.transform(props.spark ?? {}, props);
    }
    if (props.warehouse) {
      this.warehouse = new AwsWarehouse(this, "warehouse", {
        ...this.common(protect),
        options: props.warehouse,
      });
    }
    if (props.replication) {
      this.replication = this.replicate(props.replication, protect);
    }
    this.grants = this.makeGrants(props);
    this.grantToEngines(props);
  }

  /**
   * Where engines of other sites find a zone's tables.
   *
   * @throws UnknownZone; UnsupportedByCatalog with `tableCatalog: "s3-tables"`, whose REST endpoint takes only
   *   requests that are signed the AWS way
   */
  catalogEndpoint(zone: string): CatalogEndpoint {
    const { name } = this.requireZone(zone);
    const problems = new Problems(this.node.path);
    if (this.tableCatalog === "s3-tables") {
      problems.add(LakehouseErrors.UnsupportedByCatalog, {
        subject: `catalogEndpoint of zone "${name}"`,
        given: "s3-tables",
        allowed: 'tableCatalog "glue": the endpoint of S3 Tables takes only requests signed the AWS way',
      });
    }
    problems.throwIfAny();
    return {
      kind: "glue",
      region: this.site.region,
      database: this.zones[name]!.databaseName,
      location: `s3://${this.zones[name]!.bucket.bucketName}`,
    };
  }

  /**
   * Lets `identity` run queries in the lakehouse's Athena work group and fetch the results. What the queries may
   * read is what the identity is granted on zones and tables.
   *
   * @throws GrantNotApplicable if Athena is switched off, and what grants throw
   */
  grantQuery(identity: Identity): Grant {
    const athena = this.requireAthena("grantQuery", identity);
    return this.grants.allow(identity, athena.queryStatements());
  }

  /**
   * Lets `identity` run statements in a work group that is made for it, with the settings of the lakehouse's own. For
   * programs whose statements hold data: Athena keeps statements for 45 days, for whoever may ask after them in their
   * work group, whatever the columns that Lake Formation hides from him.
   *
   * @throws GrantNotApplicable if Athena is switched off, and what grants throw
   */
  grantOwnWorkgroup(identity: Identity): WorkgroupGrant {
    const athena = this.requireAthena("grantOwnWorkgroup", identity);
    const own = this.grants.allow(identity, athena.ownStatements(identity.name));
    const workgroup = athena.ownWorkgroup(identity.name);
    return { ...own, resources: [...own.resources, workgroup], workgroup: workgroup.name };
  }

  private requireAthena(subject: string, identity: Identity): AwsAthena {
    const problems = new Problems(this.node.path);
    if (!this.athena) {
      problems.add(LakehouseErrors.GrantNotApplicable, {
        subject,
        given: identity.name,
        allowed: "nobody, without Athena",
        fix: "leave `athena` on",
      });
    }
    problems.throwIfAny();
    return this.athena!;
  }

  protected zoneLocation(zone: ZoneModel): string {
    return `s3://${this.zones[zone.name]!.bucket.bucketName}`;
  }

  protected override zoneKey(): string | undefined {
    return this.encryptionKeyArn;
  }

  protected grant(request: GrantRequest): Grant {
    return this.grants.grant(request);
  }

  private common(protect: boolean): {
    facts: AwsFacts;
    namePrefix: string;
    encryptionKeyArn: string;
    protect: boolean;
  } {
    return {
      facts: this.facts,
      namePrefix: this.namePrefix,
      encryptionKeyArn: this.encryptionKeyArn!,
      protect,
    };
  }

  private makeKey(protect: boolean): AwsKey {
    const tableBuckets = this.model.zones.map((zone) =>
      tableBucketArn(this.facts, bucketName(this.namePrefix, zone.name, "tables")),
    );
    return new AwsKey(this, "key", {
      facts: this.facts,
      aliasName: this.namePrefix,
      description: `Data of the lakehouse ${this.namePrefix}`,
      protect,
      statements: [
        logsMayUseKey(this.facts),
        ...(this.tableCatalog === "s3-tables" ? [tableMaintenanceMayUseKey(tableBuckets)] : []),
      ],
    });
  }

  private makeAccessLogs(protect: boolean, props: AwsLakehouseProps): AwsBucket {
    const athena = props.athena === false ? [] : ["athena-results"];
    return accessLogBucket(this, "access-logs", {
      facts: this.facts,
      namePrefix: this.namePrefix,
      protect,
      retentionDays: this.model.accessLogRetentionDays,
      sources: [...this.model.zones.map((zone) => zone.name), ...athena],
    });
  }

  private optimizers(props: AwsLakehouseProps): readonly TableOptimizer[] {
    const anyTable = this.model.zones.some((zone) => zone.copyOf === undefined && zone.tables.length > 0);
    return anyTable && this.tableCatalog === "glue" ? (props.tableOptimizers ?? TABLE_OPTIMIZERS) : [];
  }

  private makeOptimizerRole(): IamRole {
    return new IamRole(this, "optimizer-role", {
      name: roleName(this.namePrefix, "table-optimizer"),
      description: "Glue maintains the lakehouse's tables with this role",
      assumeRolePolicy: serviceTrust("glue.amazonaws.com"),
    });
  }

  private makeZones(protect: boolean, optimizers: readonly TableOptimizer[]): Record<string, AwsZone> {
    return Object.fromEntries(
      this.model.zones.map((zone) => [
        zone.name,
        new AwsZone(this, `zone-${zone.name}`, {
          ...this.common(protect),
          zone,
          model: this.model,
          tableCatalog: this.tableCatalog,
          optimizers,
          optimizerRoleArn: this.optimizerRole?.arn,
          logTo: this.accessLogs,
        }),
      ]),
    );
  }

  private zonesWithModels(): readonly { model: ZoneModel; zone: AwsZone }[] {
    return this.model.zones.map((model) => ({ model, zone: this.zones[model.name]! }));
  }

  private govern(options: LakeFormationOptions): AwsGovernance {
    return new AwsGovernance(this, "governance", {
      facts: this.facts,
      namePrefix: this.namePrefix,
      encryptionKeyArn: this.encryptionKeyArn!,
      zones: this.zonesWithModels(),
      options,
    });
  }

  private query(options: AthenaOptions): AwsAthena {
    return new AwsAthena(this, "athena", {
      facts: this.facts,
      namePrefix: this.namePrefix,
      encryptionKeyArn: this.encryptionKeyArn!,
      options,
      logTo: this.accessLogs,
    });
  }

  private transform(options: SparkOptions, props: AwsLakehouseProps): AwsSpark {
    const [first] = this.model.zones;
    return new AwsSpark(this, "spark", {
      facts: this.facts,
      namePrefix: this.namePrefix,
      options,
      warehouse: first && this.tableCatalog === "glue" ? this.zoneLocation(first) : undefined,
      tableBuckets: this.zonesWithModels().flatMap(({ model, zone }) =>
        zone.s3Tables ? [{ zone: model.name, arn: zone.s3Tables.literalArn }] : [],
      ),
      foreignCatalogs: props.foreignCatalogs ?? [],
    });
  }

  private replicate(options: ReplicationOptions, protect: boolean): AwsReplication {
    return new AwsReplication(this, "replication", {
      ...this.common(protect),
      model: this.model,
      zones: this.zonesWithModels(),
      options,
    });
  }

  private makeGrants(props: AwsLakehouseProps): AwsGrants {
    return new AwsGrants(this, "grants", {
      facts: this.facts,
      namePrefix: this.namePrefix,
      lakeFormation: this.governance !== undefined,
      noColumnsBecause:
        this.tableCatalog === "s3-tables"
          ? "because Lake Formation grants on S3 Tables catalogues fail in the provider (hashicorp/terraform-provider-aws#40724)"
          : "because lakeFormation is false and IAM cannot limit columns",
      oidcProviderArns: props.oidcProviderArns ?? {},
      zone: (zone) => this.grantZone(zone),
    });
  }

  private grantZone(model: ZoneModel): AwsGrantZone {
    const zone = this.zones[model.name]!;
    return {
      zone: model.name,
      bucketArn: zone.bucket.literalArn,
      databaseName: zone.databaseName,
      tables: model.copyOf === undefined ? model.tables : [],
      encryptionKeyArn: this.encryptionKeyArn!,
      tableBucketArn: zone.s3Tables?.literalArn,
      after: [...(zone.database ? [zone.database] : []), ...(this.governance?.rightsAfter(model.name) ?? [])],
      tableResources: Object.fromEntries(
        Object.entries(zone.tables).map(([name, table]) => [name, table.table]),
      ),
    };
  }

  /** Engines that belong to the lakehouse get their rights by the same way as everybody else. */
  private grantToEngines(props: AwsLakehouseProps): void {
    if (this.optimizerRole) {
      const identity = Identity.awsRole(
        engineName(this.namePrefix, "table-optimizer"),
        this.optimizerRole.arn,
      );
      this.grants.register(identity, this.optimizerRole, optimizerLogs(this.facts));
      for (const zone of this.model.zones.filter((each) => each.copyOf === undefined)) {
        for (const table of zone.tables) {
          const right = this.grants.grant({ identity, access: "write", zone, table, includePii: true });
          this.zones[zone.name]!.tables[table.name]!.optimizeAfter(right.resources);
        }
      }
    }
    if (this.spark) {
      const { identity, runtimeRole, statements } = this.spark;
      this.grants.register(identity, runtimeRole, statements);
      const writeZones = (props.spark || undefined)?.writeZones ?? this.zoneNames;
      for (const zone of this.model.zones.filter(({ name }) => writeZones.includes(name))) {
        this.grants.grant({ identity, access: "write", zone, includePii: true });
      }
    }
    if (this.warehouse) {
      this.grants.register(this.warehouse.identity, this.warehouse.role, []);
    }
  }
}
