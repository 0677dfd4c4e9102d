import type { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { checkKeyChoice } from "../../core/google-key";
import { type GoogleApi, GoogleProject, type GoogleServiceAgent } from "../../core/google-project";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { addWarning } from "../../core/warnings";
import type { Identity } from "../../fabric/identity";
import type { GoogleSite } from "../../fabric/site";
import {
  type Grant,
  type GrantRequest,
  type ILakehouse,
  type LakehouseModel,
  type LakehouseProps,
  resolveLakehouse,
  type ZoneModel,
} from "../lakehouse";
import { LakehouseBase } from "../lakehouse-base";
import type { CatalogEndpoint } from "../sharing";
import type { Table } from "../table";
import { type GoogleDataAccessAudit, GoogleLakehouseAccessLog } from "./access-log";
import type { GoogleLakehouseContext } from "./context";
import { checkCopiedTable } from "./copied-tables";
import { GoogleLakehouseDataplex } from "./dataplex";
import { checkEtl, checkForeignCatalogs, type GoogleEtlProps, GoogleLakehouseEtl } from "./etl";
import { GoogleLakehouseFederation } from "./federation";
import { GoogleGrants, type GoogleGrantTarget } from "./grants";
import { type GoogleLakehouseAttributes, ImportedGoogleLakehouse } from "./imported";
import { GoogleLakehouseKey } from "./key";
import {
  type GooglePartitioning,
  type GoogleSorting,
  type GoogleTableLayout,
  losesDirection,
  tableLayout,
} from "./layout";
import { checkGoogleNames } from "./names";
import { checkSchema, widenedColumns } from "./schema";
import { checkTagCount, GoogleLakehouseTaxonomy, hasManagedPii } from "./taxonomy";
import { GoogleLakehouseWarnings } from "./warnings";
import { GoogleZone } from "./zone";
import { checkZoneLimits, hasManagedTables } from "./zone-rules";

/** A lakehouse in one region of one Google Cloud project. */
export interface GoogleLakehouseProps extends LakehouseProps<GoogleSite> {
  /**
   * Full name of an existing key in the region of the site, `projects/…/locations/…/keyRings/…/cryptoKeys/…`; may be a
   * token. The service agents get the right to use it.
   * @default - a key ring and a key of its own
   */
  readonly kmsKey?: string;
  /** Days after which a new version of the key is made: 1 to 3650. Refused together with `kmsKey`. @default 90 */
  readonly keyRotationDays?: number;
  /** What becomes of `partitionBy` of the tables. Has no effect without partitioned tables. @default "refuse" */
  readonly partitioning?: GooglePartitioning;
  /** What becomes of `sortBy` of the tables. Has no effect without sorted tables. @default "refuse" */
  readonly sorting?: GoogleSorting;
  /** Put the zones into Dataplex. Has no effect without zones. @default true */
  readonly dataplex?: boolean;
  /** Spark by Dataproc Serverless. `false` makes none. @default - Spark with the defaults of `GoogleEtlProps` */
  readonly etl?: GoogleEtlProps | false;
  /** Switch the APIs on that the lakehouse uses; they stay on when it is destroyed. @default true */
  readonly enableServices?: boolean;
  /** Who switches Data Access audit logs on. Refused without `accessLogs`. @default "project" */
  readonly dataAccessAudit?: GoogleDataAccessAudit;
}

function requiredApis(model: LakehouseModel, props: GoogleLakehouseProps): GoogleApi[] {
  const zones = model.zones;
  const etl = props.etl !== false;
  return [
    "cloudkms",
    "cloudresourcemanager",
    "iam",
    "iamcredentials",
    "storage",
    "sts",
    ...(zones.length > 0 ? (["bigquery"] as const) : []),
    ...(zones.some(hasManagedTables) ? (["bigqueryconnection", "bigquerystorage"] as const) : []),
    ...(zones.some(hasManagedPii) ? (["datacatalog"] as const) : []),
    ...(zones.length > 0 && model.dataEvents ? (["pubsub"] as const) : []),
    ...(zones.length > 0 && model.accessLogs ? (["logging"] as const) : []),
    ...(zones.length > 0 && props.dataplex !== false ? (["dataplex"] as const) : []),
    ...(etl ? (["biglake", "bigquery", "compute", "dataproc"] as const) : []),
  ];
}

function encryptingAgents(model: LakehouseModel, props: GoogleLakehouseProps): GoogleServiceAgent[] {
  const zones = model.zones.length > 0;
  return [
    "storage",
    ...(zones ? (["bigquery"] as const) : []),
    ...(zones && model.dataEvents ? (["pubsub"] as const) : []),
    ...(props.etl !== false ? (["dataproc", "compute"] as const) : []),
  ];
}

/**
 * A lakehouse on Google Cloud: zones in Cloud Storage, Iceberg tables managed by BigQuery, policy tags, Dataplex, Spark.
 *
 * Works alone in any stack with a Google provider. Makes per zone what `GoogleZone` makes, and `google_kms_*`,
 * `google_project_service`, `google_data_catalog_*`, `google_dataplex_*`, `google_logging_*`, `google_dataproc_*`,
 * `google_service_account`; grants make `*_iam_member` and `google_iam_workload_identity_pool*`.
 *
 * Limits of BigQuery's Iceberg tables are refused with `UnsupportedByCatalog`; see the README of this room.
 *
 * @example
 * new GoogleLakehouse(this, "lake", {
 *   site: Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" }),
 *   namePrefix: "acme-lake",
 *   residency: Residency.EU,
 * });
 */
export class GoogleLakehouse extends LakehouseBase {
  /**
   * A lakehouse that another stack or hand made. Its tables and data sets are not touched; rights can be given.
   *
   * @throws ValidationError with the same findings as for zones and tables of one's own
   */
  static fromAttributes(scope: Construct, id: string, attributes: GoogleLakehouseAttributes): ILakehouse {
    return new ImportedGoogleLakehouse(scope, id, attributes);
  }

  readonly site: GoogleSite;
  /** APIs and service agents of the project. */
  readonly project: GoogleProject;
  readonly key: GoogleLakehouseKey;
  /** By name. */
  readonly zones: ReadonlyMap<string, GoogleZone>;
  /** Undefined if no table holds personal data. */
  readonly taxonomy?: GoogleLakehouseTaxonomy;
  /** Undefined without `accessLogs` or zones. */
  readonly accessLog?: GoogleLakehouseAccessLog;
  /** Undefined with `dataplex: false` or without zones. */
  readonly dataplex?: GoogleLakehouseDataplex;
  /** Undefined with `etl: false`. */
  readonly etl?: GoogleLakehouseEtl;
  /** Where rights were given. */
  readonly grants: GoogleGrants;
  protected readonly model: LakehouseModel;

  /**
   * @throws UnsupportedByCatalog, UnsupportedShare, InvalidName, RemovalNeedsTwoKeys and what every lakehouse throws
   */
  constructor(scope: Construct, id: string, props: GoogleLakehouseProps) {
    super(scope, id);
    this.site = props.site;
    const problems = new Problems(this.node.path);
    this.model = resolveLakehouse(problems, props);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    const layouts = this.check(problems, props);
    problems.throwIfAny();
    this.warn(props);
    this.claimNames(props.namePrefix);

    const { site } = props;
    const { namePrefix } = props;
    this.project = new GoogleProject(this, "project", {
      site,
      apis: requiredApis(this.model, props),
      enableServices: props.enableServices ?? true,
    });
    this.key = new GoogleLakehouseKey(this, "key", {
      site,
      namePrefix,
      project: this.project,
      agents: encryptingAgents(this.model, props),
      kmsKey: props.kmsKey,
      rotationDays: props.keyRotationDays ?? 90,
      protect: !destroyable,
    });
    this.taxonomy = this.makeTaxonomy(namePrefix, !destroyable);
    const context = {
      site,
      namePrefix,
      project: this.project,
      key: this.key,
      taxonomy: this.taxonomy,
      destroyable,
    };
    this.zones = this.makeZones(context, layouts);
    const zones = [...this.zones.values()];
    if (zones.length > 0 && this.model.accessLogs) {
      this.accessLog = new GoogleLakehouseAccessLog(this, "access-log", context, zones, {
        retentionDays: this.model.accessLogRetentionDays,
        audit: props.dataAccessAudit ?? "project",
      });
    }
    if (zones.length > 0 && props.dataplex !== false) {
      this.dataplex = new GoogleLakehouseDataplex(this, "dataplex", context, zones);
    }
    this.grants = this.makeGrants(namePrefix);
    if (props.etl !== false) {
      this.etl = this.makeEtl(context, props.etl ?? {}, props);
    }
  }

  /**
   * Lets `identity` run queries in the project (`roles/bigquery.jobUser`); rights on tables are grants of their own.
   *
   * @throws IdentityKindMismatch, MissingOidcIssuer
   */
  grantQuery(identity: Identity): Grant {
    return this.grants.grantQuery(identity);
  }

  /** @throws UnknownZone */
  catalogEndpoint(zone: string): CatalogEndpoint {
    const { name } = this.requireZone(zone);
    const { datasetId, bucketName } = this.zones.get(name)!;
    return {
      kind: "bigquery",
      project: this.site.project,
      location: this.site.region,
      dataset: datasetId,
      warehouse: `gs://${bucketName}`,
    };
  }

  protected zoneLocation(zone: ZoneModel): string {
    return `gs://${this.zones.get(zone.name)!.bucketName}`;
  }

  protected override zoneKey(): string | undefined {
    return this.key.keyName;
  }

  protected grant(request: GrantRequest): Grant {
    return this.grants.grant(request);
  }

  /** Everything that only Google refuses. Returns the layout of every table. */
  private check(problems: Problems, props: GoogleLakehouseProps): ReadonlyMap<Table, GoogleTableLayout> {
    const partitioning = props.partitioning ?? "refuse";
    const sorting = props.sorting ?? "refuse";
    problems.oneOf("partitioning", partitioning, ["refuse", "cluster", "time-unit"]);
    problems.oneOf("sorting", sorting, ["refuse", "cluster"]);
    problems.oneOf("dataAccessAudit", props.dataAccessAudit ?? "project", ["project", "existing"]);
    if (problems.empty) {
      checkGoogleNames(problems, props.namePrefix, this.model.zones, props.etl !== false);
    }
    this.checkKeyAndLog(problems, props);
    if (props.etl !== false) {
      checkEtl(problems, props.etl ?? {});
    }
    checkForeignCatalogs(problems, props.foreignCatalogs ?? [], props.etl !== false);
    const layouts = new Map<Table, GoogleTableLayout>();
    for (const zone of this.model.zones) {
      checkZoneLimits(problems, zone, this.model.noncurrentVersionDays);
      checkTagCount(problems, zone);
      if (zone.copyOf !== undefined) {
        for (const table of zone.tables) {
          checkCopiedTable(problems, zone.name, table);
        }
        continue;
      }
      for (const table of zone.tables) {
        checkSchema(problems, zone.name, table);
        layouts.set(table, tableLayout(problems, zone.name, table, { partitioning, sorting }));
      }
    }
    return layouts;
  }

  private checkKeyAndLog(problems: Problems, props: GoogleLakehouseProps): void {
    checkKeyChoice(problems, props.site, props, "the data");
    if (!this.model.accessLogs && props.dataAccessAudit !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: "dataAccessAudit",
        given: props.dataAccessAudit,
        allowed: "nothing, when accessLogs is false",
      });
    }
    if (this.model.accessLogs) {
      problems.integer("accessLogRetentionDays (log bucket)", this.model.accessLogRetentionDays, {
        min: 1,
        max: 3650,
      });
    }
  }

  private warn(props: GoogleLakehouseProps): void {
    const tables = this.model.zones
      .filter(hasManagedTables)
      .flatMap((zone) => zone.tables.map((table) => ({ table, at: `${zone.name}.${table.name}` })));
    const widened = tables.flatMap(({ table, at }) =>
      widenedColumns(table).map((column) => `${at}.${column}`),
    );
    if (widened.length > 0) {
      addWarning(this, GoogleLakehouseWarnings.IcebergTypeWidened, widened.join(", "));
    }
    const lost = tables.flatMap(({ table, at }) =>
      table.sortBy.filter(losesDirection).map((field) => `${at}.${field.column}`),
    );
    if (props.sorting === "cluster" && lost.length > 0) {
      addWarning(this, GoogleLakehouseWarnings.SortDirectionLost, lost.join(", "));
    }
  }

  private makeTaxonomy(namePrefix: string, protect: boolean): GoogleLakehouseTaxonomy | undefined {
    const zones = this.model.zones.filter(hasManagedPii);
    return zones.length === 0
      ? undefined
      : new GoogleLakehouseTaxonomy(this, "taxonomy", {
          site: this.site,
          namePrefix,
          project: this.project,
          zones,
          protect,
        });
  }

  private makeZones(
    context: GoogleLakehouseContext,
    layouts: ReadonlyMap<Table, GoogleTableLayout>,
  ): ReadonlyMap<string, GoogleZone> {
    const { noncurrentVersionDays, dataEvents } = this.model;
    return new Map(
      this.model.zones.map((zone) => [
        zone.name,
        new GoogleZone(this, `zone-${zone.name}`, context, zone, {
          noncurrentVersionDays,
          dataEvents,
          layout: (table) => layouts.get(table)!,
        }),
      ]),
    );
  }

  private makeGrants(namePrefix: string): GoogleGrants {
    const federation = new GoogleLakehouseFederation(this, "federation", {
      site: this.site,
      namePrefix,
      project: this.project,
    });
    return new GoogleGrants(this, "grants", {
      project: this.site.project,
      federation,
      target: (zone) => this.grantTarget(zone),
    });
  }

  private grantTarget(name: string): GoogleGrantTarget {
    const zone = this.zones.get(name)!;
    return {
      bucket: zone.bucket.name,
      dataset: zone.dataset.datasetId,
      tablesOfCopy: [...(zone.copiedTables?.tables.values() ?? [])],
      table: (table) => ({ tableId: zone.managedTables!.tables.get(table)!.tableId }),
      tags: (table, columns) => {
        const tableTag = this.taxonomy?.tableTag(name, table.name);
        if (columns === "all") {
          return new Map(tableTag ? [[table.name, tableTag.name]] : []);
        }
        return new Map(
          columns.map((column) => [
            `${table.name}-${column.name}`,
            this.taxonomy!.columnTag(name, table.name, column.name)!.name,
          ]),
        );
      },
    };
  }

  private makeEtl(
    context: GoogleLakehouseContext,
    etl: GoogleEtlProps,
    props: GoogleLakehouseProps,
  ): GoogleLakehouseEtl {
    const made = new GoogleLakehouseEtl(this, "etl", context, etl, props.foreignCatalogs ?? []);
    for (const zone of this.model.zones) {
      this.grants.give(made, made.identity.member, { access: "write", zone, includePii: true });
    }
    return made;
  }
}
