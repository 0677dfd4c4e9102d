import { stableJson } from "../core/json";
import { fingerprint } from "../core/naming";
import type { IcebergType } from "./iceberg-type";
import type { Column, Table } from "./table";

/** A type as Iceberg's metadata writes it: a name, or an object for nested types. */
export type MetadataType = string | Readonly<Record<string, unknown>>;

/**
 * The moment that the first metadata file claims to be from: 2020-01-01T00:00:00Z, in milliseconds. Fixed, because
 * the output must not hold the time of synthesis; the first commit of an engine writes the real time.
 */
const FIRST_UPDATE_MS = Date.UTC(2020, 0, 1);

/** Partition field ids start here by convention of the specification. */
const FIRST_PARTITION_FIELD_ID = 1000;

const MS_PER_DAY = 24 * 60 * 60 * 1000;

/** The metadata of an empty Iceberg table, and what is derived from it. */
export interface InitialMetadata {
  /** Key of the metadata file below the bucket. */
  readonly key: string;
  /** Address of the table, for example `s3://bucket/table`. */
  readonly location: string;
  /** Address of the metadata file. */
  readonly metadataLocation: string;
  readonly uuid: string;
  /** Content of the metadata file, as JSON with sorted keys. */
  readonly json: string;
}

/** A UUID that is the same for the same text, marked as version 8 (RFC 9562, section 5.8). */
function deterministicUuid(text: string): string {
  const hex = fingerprint(text, 32);
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/** Gives the fields inside a nested type their ids: top-level columns have theirs, the next free ones follow. */
class FieldIds {
  constructor(private last: number) {}

  get lastAssigned(): number {
    return this.last;
  }

  next(): number {
    this.last += 1;
    return this.last;
  }
}

function metadataType(type: IcebergType, ids: FieldIds): MetadataType {
  switch (type.kind) {
    case "primitive":
      return type.name;
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "fixed":
      return `fixed[${type.length}]`;
    case "list": {
      const elementId = ids.next();
      return {
        type: "list",
        "element-id": elementId,
        "element-required": false,
        element: metadataType(type.element, ids),
      };
    }
    case "map": {
      const keyId = ids.next();
      const valueId = ids.next();
      return {
        type: "map",
        "key-id": keyId,
        key: metadataType(type.key, ids),
        "value-id": valueId,
        "value-required": false,
        value: metadataType(type.value, ids),
      };
    }
    case "struct": {
      const fieldIds = type.fields.map(() => ids.next());
      return {
        type: "struct",
        fields: type.fields.map((field, index) => ({
          id: fieldIds[index],
          name: field.name,
          required: false,
          type: metadataType(field.type, ids),
        })),
      };
    }
  }
}

function schemaField(column: Column, ids: FieldIds): Readonly<Record<string, unknown>> {
  return {
    id: column.id,
    name: column.name,
    required: column.required,
    type: metadataType(column.type, ids),
    ...(column.comment === undefined ? {} : { doc: column.comment }),
  };
}

function columnId(table: Table, name: string): number {
  return table.columns.find((column) => column.name === name)!.id;
}

function partitionSpec(table: Table): Readonly<Record<string, unknown>> {
  return {
    "spec-id": 0,
    fields: table.partitionBy.map((partition, index) => ({
      name: partition.fieldName,
      transform: partition.notation,
      "source-id": columnId(table, partition.column),
      "field-id": FIRST_PARTITION_FIELD_ID + index,
    })),
  };
}

/** Order id 0 means unsorted in the specification, so a real order has id 1. */
function sortOrder(table: Table): Readonly<Record<string, unknown>> {
  return {
    "order-id": table.sortBy.length === 0 ? 0 : 1,
    fields: table.sortBy.map((field) => ({
      transform: "identity",
      "source-id": columnId(table, field.column),
      direction: field.direction,
      "null-order": field.nulls === "first" ? "nulls-first" : "nulls-last",
    })),
  };
}

function properties(table: Table): Readonly<Record<string, string>> {
  return {
    "write.format.default": "parquet",
    "write.parquet.compression-codec": "zstd",
    "history.expire.max-snapshot-age-ms": String(table.snapshotRetentionDays * MS_PER_DAY),
    ...(table.comment === undefined ? {} : { comment: table.comment }),
  };
}

/** Where a table is: all literal. */
export interface TablePlace {
  /** `s3://bucket` or `gs://bucket`. */
  readonly bucketUri: string;
  /** Folder of the table below the bucket, without slashes at its ends. */
  readonly folder: string;
  /** Text that no other table has: its UUID comes from it. */
  readonly identity: string;
}

/**
 * Writes the first metadata file of a table: format version 2, no snapshot.
 *
 * Every engine takes it over with its first commit, which writes the next file (`00001-…`) beside it. The table's
 * UUID comes from its place, so that two synths give the same bytes.
 *
 * Source: Iceberg table specification, https://iceberg.apache.org/spec/#table-metadata-fields (read 2026-11-21)
 */
export function initialIcebergMetadata(place: TablePlace, table: Table): InitialMetadata {
  const location = `${place.bucketUri}/${place.folder}`;
  const uuid = deterministicUuid(place.identity);
  const key = `${place.folder}/metadata/00000-${uuid}.metadata.json`;
  const ids = new FieldIds(table.columns.length);
  const schema = {
    type: "struct",
    "schema-id": 0,
    fields: table.columns.map((column) => schemaField(column, ids)),
  };
  const order = sortOrder(table);
  const metadata = {
    "format-version": 2,
    "table-uuid": uuid,
    location,
    "last-sequence-number": 0,
    "last-updated-ms": FIRST_UPDATE_MS,
    "last-column-id": ids.lastAssigned,
    "current-schema-id": 0,
    schemas: [schema],
    "default-spec-id": 0,
    "partition-specs": [partitionSpec(table)],
    "last-partition-id": FIRST_PARTITION_FIELD_ID - 1 + table.partitionBy.length,
    "default-sort-order-id": order["order-id"],
    "sort-orders": [order],
    properties: properties(table),
    "current-snapshot-id": -1,
    refs: {},
    snapshots: [],
    statistics: [],
    "partition-statistics": [],
    "snapshot-log": [],
    "metadata-log": [],
  };
  return {
    key,
    location,
    metadataLocation: `${place.bucketUri}/${key}`,
    uuid,
    json: stableJson(metadata, 2),
  };
}
