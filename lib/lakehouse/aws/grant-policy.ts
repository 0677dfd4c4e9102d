import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import type { Table } from "../table";

/** What a grant needs to know about a zone. */
export interface AwsGrantTarget {
  readonly zone: string;
  /** ARN of the zone's bucket. */
  readonly bucketArn: string;
  /** Name of the Glue database, or of the namespace in S3 Tables. */
  readonly databaseName: string;
  readonly tables: readonly Table[];
  /** Key that encrypts the zone. */
  readonly encryptionKeyArn: string;
  /** Set if the zone's tables are in S3 Tables: ARN of the table bucket. */
  readonly tableBucketArn?: string;
}

/** One right as it was asked for. */
export interface AwsGrantEntry {
  readonly target: AwsGrantTarget;
  /** @default - the whole zone */
  readonly table?: Table;
  readonly access: "read" | "write";
  /** Names of the columns that may be read, per table that the right covers. */
  readonly visibleColumns: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What one grantee may do in one zone, all its grants taken together. */
export interface ZoneRights {
  readonly target: AwsGrantTarget;
  /** Right on the whole zone: its files, and tables that are made later. */
  readonly whole?: "read" | "write";
  /** Columns that may be read, by table; only tables of which something may be read. */
  readonly visible: ReadonlyMap<string, ReadonlySet<string>>;
  /** Tables that may be written. */
  readonly writable: ReadonlySet<string>;
}

const sorted = (values: Iterable<string>): string[] => [...values].sort();

function union(a: ReadonlySet<string> | undefined, b: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...(a ?? []), ...b]);
}

/** Sums up grants per zone, in the order of zone names. */
export function zoneRights(entries: readonly AwsGrantEntry[]): readonly ZoneRights[] {
  const zones = sorted(new Set(entries.map((entry) => entry.target.zone)));
  return zones.map((zone) => {
    const mine = entries.filter((entry) => entry.target.zone === zone);
    const visible = new Map<string, ReadonlySet<string>>();
    const writable = new Set<string>();
    for (const entry of mine) {
      for (const [table, columns] of entry.visibleColumns) {
        if (columns.size === 0) {
          continue;
        }
        visible.set(table, union(visible.get(table), columns));
        if (entry.access === "write") {
          writable.add(table);
        }
      }
    }
    const whole = mine.filter((entry) => entry.table === undefined).map((entry) => entry.access);
    return {
      target: mine[0]!.target,
      whole: whole.includes("write") ? "write" : whole[0],
      visible,
      writable,
    };
  });
}

/** True if every column of the table may be read. */
export function seesAll(rights: ZoneRights, table: Table): boolean {
  const visible = rights.visible.get(table.name);
  return visible !== undefined && table.columns.every((column) => visible.has(column.name));
}

const READ_OBJECTS = ["s3:GetObject"];
const WRITE_OBJECTS = [
  "s3:AbortMultipartUpload",
  "s3:DeleteObject",
  "s3:ListMultipartUploadParts",
  "s3:PutObject",
];

function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: PolicyStatement["Condition"],
): PolicyStatement[] {
  return Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource, Condition }];
}

/** Sids take letters and digits only. */
function sid(word: string, zone: string): string {
  return `${word}${zone.replaceAll("-", "X")}`;
}

function fileStatements(zones: readonly ZoneRights[]): PolicyStatement[] {
  const whole = zones.filter((rights) => rights.whole !== undefined);
  const wholeWrite = zones.filter((rights) => rights.whole === "write");
  const folders = (rights: ZoneRights, keep: (table: Table) => boolean): string[] =>
    rights.target.tables.filter(keep).map((table) => `${rights.target.bucketArn}/${table.name}/*`);
  const readable = zones.flatMap((rights) =>
    rights.whole === undefined ? folders(rights, (table) => seesAll(rights, table)) : [],
  );
  const writable = zones.flatMap((rights) =>
    rights.whole === "write" ? [] : folders(rights, (table) => rights.writable.has(table.name)),
  );
  const hidden = whole.flatMap((rights) => folders(rights, (table) => !seesAll(rights, table)));
  const buckets = (list: readonly ZoneRights[]): string[] => list.map((rights) => rights.target.bucketArn);
  const inside = (list: readonly ZoneRights[]): string[] => buckets(list).map((arn) => `${arn}/*`);
  return [
    ...allow("ListZones", ["s3:GetBucketLocation", "s3:ListBucket"], buckets(whole)),
    ...allow("ListUploads", ["s3:ListBucketMultipartUploads"], buckets(wholeWrite)),
    ...zones.flatMap(listTables),
    ...allow("ReadObjects", READ_OBJECTS, [...inside(whole), ...readable]),
    ...allow("WriteObjects", WRITE_OBJECTS, [...inside(wholeWrite), ...writable]),
    ...(hidden.length === 0
      ? []
      : [
          {
            Sid: "FilesOfTablesWithHiddenColumns",
            Effect: "Deny" as const,
            Action: READ_OBJECTS,
            Resource: hidden,
          },
        ]),
  ];
}

function listTables(rights: ZoneRights): PolicyStatement[] {
  const tables = rights.target.tables.filter((table) => seesAll(rights, table));
  if (rights.whole !== undefined || tables.length === 0) {
    return [];
  }
  const { bucketArn, zone } = rights.target;
  return [
    ...allow(sid("Locate", zone), ["s3:GetBucketLocation"], [bucketArn]),
    ...allow(sid("List", zone), ["s3:ListBucket"], [bucketArn], {
      StringLike: { "s3:prefix": tables.flatMap((table) => [table.name, `${table.name}/*`]) },
    }),
  ];
}

function glueStatements(facts: AwsFacts, zones: readonly ZoneRights[]): PolicyStatement[] {
  const arn = (resource: string): string => regionalArn(facts, "glue", resource);
  const tables = (rights: ZoneRights, names: Iterable<string>): string[] =>
    sorted(names).map((table) => arn(`table/${rights.target.databaseName}/${table}`));
  const databases = zones.map((rights) => arn(`database/${rights.target.databaseName}`));
  const readable = zones.flatMap((rights) =>
    tables(rights, rights.whole === undefined ? rights.visible.keys() : ["*"]),
  );
  const writable = zones.flatMap((rights) =>
    tables(rights, rights.whole === "write" ? ["*"] : rights.writable),
  );
  const creating = zones
    .filter((rights) => rights.whole === "write")
    .flatMap((rights) => [
      arn(`database/${rights.target.databaseName}`),
      arn(`table/${rights.target.databaseName}/*`),
    ]);
  const catalog = arn("catalog");
  return [
    ...allow(
      "ReadCatalog",
      ["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
      zones.length === 0 ? [] : [catalog, ...databases, ...readable],
    ),
    ...allow(
      "CommitToTables",
      ["glue:UpdateTable"],
      writable.length === 0 ? [] : [catalog, ...databases, ...writable],
    ),
    ...allow("CreateTables", ["glue:CreateTable"], creating.length === 0 ? [] : [catalog, ...creating]),
  ];
}

function keyStatements(facts: AwsFacts, zones: readonly ZoneRights[]): PolicyStatement[] {
  const keys = (list: readonly ZoneRights[]): string[] =>
    sorted(new Set(list.map((rights) => rights.target.encryptionKeyArn)));
  const viaS3 = { StringEquals: { "kms:ViaService": `s3.${facts.region}.${facts.dnsSuffix}` } };
  const writing = zones.filter((rights) => rights.whole === "write" || rights.writable.size > 0);
  return [
    ...allow("DecryptFiles", ["kms:Decrypt"], keys(zones), viaS3),
    ...allow("EncryptFiles", ["kms:GenerateDataKey"], keys(writing), viaS3),
  ];
}

const READ_S3_TABLES = ["s3tables:GetTable", "s3tables:GetTableData", "s3tables:GetTableMetadataLocation"];
const WRITE_S3_TABLES = ["s3tables:PutTableData", "s3tables:UpdateTableMetadataLocation"];

function s3TablesStatements(rights: ZoneRights): PolicyStatement[] {
  const { zone, tableBucketArn, databaseName, encryptionKeyArn } = rights.target;
  if (tableBucketArn === undefined) {
    return [];
  }
  const tables = [`${tableBucketArn}/table/*`];
  const only = (names: Iterable<string>): PolicyStatement["Condition"] => ({
    StringEquals: { "s3tables:namespace": databaseName, "s3tables:tableName": sorted(names) },
  });
  const whole = rights.whole !== undefined;
  const partly = rights.whole === "write" ? [] : sorted(rights.writable);
  const writes = rights.whole === "write" || partly.length > 0;
  return [
    ...allow(
      sid("Find", zone),
      ["s3tables:GetNamespace", "s3tables:GetTableBucket", "s3tables:ListNamespaces", "s3tables:ListTables"],
      [tableBucketArn],
    ),
    ...allow(sid("Read", zone), READ_S3_TABLES, tables, whole ? undefined : only(rights.visible.keys())),
    ...(rights.whole === "write"
      ? [
          ...allow(sid("Write", zone), WRITE_S3_TABLES, tables),
          ...allow(sid("Create", zone), ["s3tables:CreateTable"], [tableBucketArn, ...tables]),
        ]
      : allow(sid("Write", zone), WRITE_S3_TABLES, partly.length === 0 ? [] : tables, only(partly))),
    ...allow(
      sid("Keys", zone),
      writes ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"],
      [encryptionKeyArn],
      { StringLike: { "kms:EncryptionContext:aws:s3:arn": `${tableBucketArn}/*` } },
    ),
  ];
}

/**
 * The least IAM rights behind a grantee's grants.
 *
 * Files of a table of which the grantee may not see every column stay closed: Lake Formation hands out what it may
 * see, through Athena, Redshift and other engines that enforce columns.
 *
 * @param lakeFormation whether Lake Formation governs the zones
 */
export function iamStatements(
  facts: AwsFacts,
  zones: readonly ZoneRights[],
  lakeFormation: boolean,
): readonly PolicyStatement[] {
  const inGlue = zones.filter((rights) => rights.target.tableBucketArn === undefined);
  const inS3Tables = zones.filter((rights) => rights.target.tableBucketArn !== undefined);
  const filesOnly = inS3Tables
    .filter((rights) => rights.whole !== undefined)
    .map((rights) => ({ ...rights, target: { ...rights.target, tables: [] } }));
  return [
    ...fileStatements([...inGlue, ...filesOnly]),
    ...glueStatements(facts, inGlue),
    ...keyStatements(facts, [...inGlue, ...filesOnly]),
    ...inS3Tables.flatMap(s3TablesStatements),
    ...(lakeFormation && inGlue.length > 0
      ? allow("AskLakeFormation", ["lakeformation:GetDataAccess"], ["*"])
      : []),
  ];
}
