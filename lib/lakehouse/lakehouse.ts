import type { TerraformResource } from "cdktf";
import type { IConstruct } from "constructs";
import { CoreErrors } from "../core/errors";
import { COMMON_NAME, type NameRule, type Problems } from "../core/problems";
import type { RemovalPolicy } from "../core/removal-policy";
import { TAG_TEXT } from "../core/tags";
import { isToken } from "../core/tokens";
import type { Identity } from "../fabric/identity";
import { Residency } from "../fabric/residency";
import type { Site } from "../fabric/site";
import { LakehouseErrors } from "./errors";
import type { CatalogEndpoint, FederatedAccess, ForeignCatalog } from "./sharing";
import { type Column, resolveTable, type Table, type TableProps } from "./table";

/** Days after which objects move to cheaper storage. Each is left out to skip that tier. */
export interface Tiering {
  /** Infrequent access, read at once (S3 Standard-IA, Nearline). At least 30 days on AWS. */
  readonly warmAfterDays?: number;
  /** Rare access, read at once, dearer to read (S3 Glacier Instant Retrieval, Coldline). */
  readonly coldAfterDays?: number;
  /** May have to be restored before it can be read (S3 Glacier Deep Archive, Archive). Not for zones with tables. */
  readonly archiveAfterDays?: number;
}

/** One zone of a lakehouse: a bucket, a key, a name space of tables, and the rules of what is in it. */
export interface ZoneProps {
  /** 1 to 32 lower-case letters, digits and hyphens; becomes part of bucket names. */
  readonly name: string;
  /** @default - no tables: a zone of files */
  readonly tables?: readonly TableProps[];
  /** @default - the residency of the lakehouse */
  readonly residency?: Residency;
  /** Sensitivity, put on the zone's resources as `data-class`. @default - the data class of the stack */
  readonly dataClass?: string;
  /** Delete objects of this age. Not for zones with tables. @default - keep for ever */
  readonly retentionDays?: number;
  /** @default - everything stays in the hot tier */
  readonly tiering?: Tiering;
  /**
   * Name of the site whose tables are copied here. The zone then gets its bucket and name space, and on Google Cloud
   * empty tables; the copy job makes what is missing and writes the rows.
   * @default - this site owns the tables
   */
  readonly copyOf?: string;
}

/** What every lakehouse shares, wherever it is. */
export interface LakehouseProps<S extends Site = Site> {
  readonly site: S;
  /**
   * Start of every resource name, unique where names are global (buckets): 2 to 48 lower-case letters, digits and
   * single hyphens, starting with a letter.
   */
  readonly namePrefix: string;
  /** @default - zones raw, refined and curated without tables */
  readonly zones?: readonly ZoneProps[];
  /** @default Residency.ANYWHERE */
  readonly residency?: Residency;
  /**
   * `destroy` needs the app's consent too, see `mayDestroy`.
   * @default "retain"
   */
  readonly removalPolicy?: RemovalPolicy;
  /** Keep a log of who read and wrote what. @default true */
  readonly accessLogs?: boolean;
  /** Days for which access logs are kept. Has no effect without `accessLogs`, and is refused then. @default 365 */
  readonly accessLogRetentionDays?: number;
  /** Publish an event for every new object, for pipelines to start from. @default true */
  readonly dataEvents?: boolean;
  /** Days for which overwritten and deleted objects can be brought back. @default 30 */
  readonly noncurrentVersionDays?: number;
  /** Catalogues of other sites that this site's engines may query. @default - none */
  readonly foreignCatalogs?: readonly ForeignCatalog[];
}

/** A zone after validation. */
export interface ZoneModel {
  readonly name: string;
  readonly tables: readonly Table[];
  readonly residency: Residency;
  readonly dataClass?: string;
  readonly retentionDays?: number;
  readonly tiering: Tiering;
  readonly copyOf?: string;
}

/** A lakehouse after validation, every default filled in. */
export interface LakehouseModel {
  /** Sorted by name, and so are their tables. */
  readonly zones: readonly ZoneModel[];
  readonly accessLogs: boolean;
  readonly accessLogRetentionDays: number;
  readonly dataEvents: boolean;
  readonly noncurrentVersionDays: number;
}

export interface GrantOptions {
  /** Also columns marked as personal data. @default false */
  readonly includePii?: boolean;
}

export interface TableGrantOptions extends GrantOptions {
  /** Only these columns; naming a column marked as personal data includes it. @default - all columns */
  readonly columns?: readonly string[];
}

/** What was done to give a right. */
export interface Grant {
  /** Resources that carry the right. */
  readonly resources: readonly TerraformResource[];
  /** Set when an identity of a cluster got a right in a cloud: how its pods use it. */
  readonly access?: FederatedAccess;
}

/** A right that a site is asked to give. */
export interface GrantRequest {
  readonly identity: Identity;
  readonly access: "read" | "write";
  readonly zone: ZoneModel;
  /** @default - the whole zone, files and all tables */
  readonly table?: Table;
  /** Never empty. @default - all columns, see `includePii` */
  readonly columns?: readonly Column[];
  readonly includePii: boolean;
}

export interface ITable {
  readonly name: string;
  /** In the order of declaration, types parsed: what readers of the table can be checked against. */
  readonly columns: readonly Column[];
  /** Lets `identity` read the table, or some of its columns. */
  grantRead(identity: Identity, options?: TableGrantOptions): Grant;
  /** Lets `identity` read and write the table. */
  grantWrite(identity: Identity): Grant;
}

export interface IZone {
  readonly name: string;
  /** Where the zone's files are, for example `s3://bucket`; may be a token. */
  readonly location: string;
  /**
   * Customer key of the zone's files: the ARN of a KMS key, or the full name of a key of Cloud KMS. May be a token.
   * Undefined where there is none, or none is known.
   */
  readonly encryptionKey?: string;
  /** Site whose tables are copied here; clouds give rights on the zone only. */
  readonly copyOf?: string;
  /** Sorted. */
  readonly tableNames: readonly string[];
  /** @throws UnknownTable */
  table(name: string): ITable;
  /** Lets `identity` read the zone's files and tables. */
  grantRead(identity: Identity, options?: GrantOptions): Grant;
  /** Lets `identity` read and write the zone's files and tables. */
  grantWrite(identity: Identity): Grant;
}

/** A lakehouse, wherever it is. */
export interface ILakehouse extends IConstruct {
  readonly site: Site;
  /** Sorted. */
  readonly zoneNames: readonly string[];
  /** @throws UnknownZone */
  zone(name: string): IZone;
  /** How engines of other sites reach the tables of a zone. @throws UnknownZone, MissingCatalogEndpoint */
  catalogEndpoint(zone: string): CatalogEndpoint;
}

export const DEFAULT_ZONES: readonly ZoneProps[] = [
  { name: "raw" },
  { name: "refined" },
  { name: "curated" },
];

/** Room for the zone and a suffix within the 63 characters of a bucket name. */
const NAME_PREFIX: NameRule = {
  pattern: /^[a-z](-?[a-z0-9])+$/,
  maxLength: 48,
  form: "2 to 48 lower-case letters, digits and single hyphens, starting with a letter, not ending with a hyphen (bucket names of every provider)",
};

const ZONE_NAME: NameRule = {
  pattern: /^[a-z](-?[a-z0-9])*$/,
  maxLength: 32,
  form: "1 to 32 lower-case letters, digits and single hyphens, starting with a letter, not ending with a hyphen (bucket names of every provider)",
};

function checkTiering(problems: Problems, subject: string, zone: ZoneProps): void {
  const tiers = Object.entries(zone.tiering ?? {}).filter(([, days]) => days !== undefined) as [
    string,
    number,
  ][];
  for (const [tier, days] of tiers) {
    problems.literalInteger(`${subject} tiering.${tier}`, days, { min: 1, max: 36_500 });
  }
  const { warmAfterDays, coldAfterDays, archiveAfterDays } = zone.tiering ?? {};
  const order = [warmAfterDays, coldAfterDays, archiveAfterDays].filter((days) => days !== undefined);
  if (isToken(order)) {
    return;
  }
  if (order.some((days, index) => index > 0 && days <= order[index - 1]!)) {
    problems.add(LakehouseErrors.TierOrder, {
      subject: `${subject} tiering`,
      given: zone.tiering,
      allowed: "warmAfterDays < coldAfterDays < archiveAfterDays",
    });
  }
  checkRetention(problems, subject, zone.retentionDays, order);
}

function checkRetention(
  problems: Problems,
  subject: string,
  retentionDays: number | undefined,
  transitions: readonly number[],
): void {
  if (retentionDays === undefined) {
    return;
  }
  const known = problems.literalInteger(`${subject} retentionDays`, retentionDays, { min: 1, max: 36_500 });
  const last = Math.max(0, ...transitions);
  if (known && retentionDays <= last) {
    problems.add(LakehouseErrors.RetentionBeforeTransition, {
      subject: `${subject} retentionDays`,
      given: retentionDays,
      allowed: `more than ${last} days, or no transition after it`,
    });
  }
}

function checkTables(problems: Problems, subject: string, zone: ZoneProps): void {
  if ((zone.tables ?? []).length === 0) {
    return;
  }
  if (zone.retentionDays !== undefined) {
    problems.add(LakehouseErrors.RetentionBreaksTables, {
      subject: `${subject} retentionDays`,
      given: zone.retentionDays,
      allowed: "nothing, in a zone with tables",
    });
  }
  if (zone.tiering?.archiveAfterDays !== undefined) {
    problems.add(LakehouseErrors.ArchiveBreaksTables, {
      subject: `${subject} tiering.archiveAfterDays`,
      given: zone.tiering.archiveAfterDays,
      allowed: "nothing, in a zone with tables",
    });
  }
}

/** Zones and tables stand in no order of their own: declared in another one, they give the same output. */
function byName<T extends { readonly name: string }>(declared: readonly T[]): readonly T[] {
  return [...declared].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function resolveZone(problems: Problems, site: Site, lakehouse: Residency, zone: ZoneProps): ZoneModel {
  const subject = `zone "${zone.name}"`;
  problems.name(subject, zone.name, ZONE_NAME);
  checkTiering(problems, subject, zone);
  checkTables(problems, subject, zone);
  problems.unique(
    `${subject} tables`,
    (zone.tables ?? []).map((table) => table.name),
  );
  if (zone.dataClass !== undefined) {
    problems.name(`${subject} dataClass`, zone.dataClass, TAG_TEXT);
  }
  if (zone.copyOf !== undefined) {
    problems.name(`${subject} copyOf`, zone.copyOf, COMMON_NAME);
  }
  const residency = zone.residency ?? lakehouse;
  if (!lakehouse.contains(residency)) {
    problems.add(LakehouseErrors.ZoneResidencyWiderThanLakehouse, {
      subject: `${subject} residency`,
      given: residency.name,
      allowed: `within ${lakehouse.name}: ${lakehouse.describe()}`,
    });
  }
  if (!residency.allows(site.country)) {
    problems.add(LakehouseErrors.ResidencyViolation, {
      subject,
      given: `${site.name} (${site.country})`,
      allowed: `${residency.name}: ${residency.describe()}`,
    });
  }
  return {
    name: zone.name,
    tables: byName((zone.tables ?? []).map((table) => resolveTable(problems, zone.name, table))),
    residency,
    dataClass: zone.dataClass,
    retentionDays: zone.retentionDays,
    tiering: zone.tiering ?? {},
    copyOf: zone.copyOf,
  };
}

/** Checks what all lakehouses share and fills in defaults. What is wrong goes to `problems`. */
export function resolveLakehouse(problems: Problems, props: LakehouseProps): LakehouseModel {
  if (props.namePrefix === undefined) {
    problems.required("namePrefix", props.namePrefix, NAME_PREFIX.form);
    // Every other name starts with it: nothing else can be checked.
    problems.throwIfAny();
  }
  problems.name("namePrefix", props.namePrefix, NAME_PREFIX);
  const zones = props.zones ?? DEFAULT_ZONES;
  problems.required(
    "zones",
    zones[0] ?? props.foreignCatalogs?.[0],
    "one zone or more, or foreign catalogues",
  );
  problems.unique(
    "zones",
    zones.map((zone) => zone.name),
  );
  const accessLogs = props.accessLogs ?? true;
  if (!accessLogs && props.accessLogRetentionDays !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "accessLogRetentionDays",
      given: props.accessLogRetentionDays,
      allowed: "nothing, when accessLogs is false",
    });
  }
  const accessLogRetentionDays = props.accessLogRetentionDays ?? 365;
  problems.literalInteger("accessLogRetentionDays", accessLogRetentionDays, { min: 1, max: 36_500 });
  const noncurrentVersionDays = props.noncurrentVersionDays ?? 30;
  problems.literalInteger("noncurrentVersionDays", noncurrentVersionDays, { min: 1, max: 3650 });
  const residency = props.residency ?? Residency.ANYWHERE;
  return {
    zones: byName(zones.map((zone) => resolveZone(problems, props.site, residency, zone))),
    accessLogs,
    accessLogRetentionDays,
    dataEvents: props.dataEvents ?? true,
    noncurrentVersionDays,
  };
}
