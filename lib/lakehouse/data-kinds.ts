import type { ZoneProps } from "./lakehouse";
import { type ColumnProps, Partition, type TableProps } from "./table";

/** Zone of images, sound, video or documents, each with a row that describes it. */
export interface MultimodalZoneProps extends Omit<ZoneProps, "tables" | "retentionDays" | "copyOf"> {
  /** More columns of the row, for example labels or the person who took a picture (`pii: true`). @default - none */
  readonly columns?: readonly ColumnProps[];
  /** More tables of the zone. @default - none */
  readonly tables?: readonly TableProps[];
}

/** Name of the table that describes the objects of a multimodal zone. */
export const OBJECTS_TABLE = "objects";

/**
 * A zone of objects with the table `objects`, one row per object: where it is, what it is, when it was captured, and under
 * which id its vector is kept. New objects are told of by the lakehouse's `dataEvents`; `AwsObjectQueue` and
 * `GoogleObjectQueue` hand them to the jobs that compute embeddings.
 *
 * The table is made of objects of the same bucket: keep yours below a prefix, for example `files/`, and tell the queue
 * (`keyPrefix`). Maintenance removes from the table's folder what the table does not know.
 *
 * Objects stay as long as their rows, so there is no `retentionDays`, and `archiveAfterDays` is refused as in every zone with
 * tables: a reader would have to wait for a restore.
 */
export function multimodalZone({ columns = [], tables = [], ...zone }: MultimodalZoneProps): ZoneProps {
  return {
    ...zone,
    tables: [
      ...tables,
      {
        name: OBJECTS_TABLE,
        comment: "One row per object of the zone",
        columns: [
          { name: "object_uri", type: "string", required: true, comment: "Address of the object" },
          { name: "version", type: "string", comment: "Version or generation of the object" },
          {
            name: "checksum_sha256",
            type: "string",
            required: true,
            comment: "Hex; finds the same object twice",
          },
          {
            name: "media_type",
            type: "string",
            required: true,
            comment: "IANA media type, for example image/jpeg",
          },
          { name: "size_bytes", type: "long", required: true },
          { name: "captured_at", type: "timestamptz", comment: "When it was taken or recorded" },
          { name: "ingested_at", type: "timestamptz", required: true },
          { name: "source", type: "string", comment: "Device or system that it comes from" },
          { name: "embedding_model", type: "string", comment: "Model and version that made the vector" },
          { name: "embedding_id", type: "string", comment: "Id of the vector in the vector store" },
          ...columns,
        ],
        partitionBy: [Partition.day("ingested_at")],
        sortBy: [{ column: "media_type" }],
      },
    ],
  };
}

/** Days after which logs go to cheaper tiers, and away. */
export interface LogZoneProps extends Omit<ZoneProps, "tables" | "tiering" | "retentionDays" | "copyOf"> {
  /** Days for which logs are kept. @default 400: a year, and time to look at it */
  readonly retentionDays?: number;
  /** @default 30 */
  readonly warmAfterDays?: number;
  /** @default 90 */
  readonly coldAfterDays?: number;
}

/** A zone of log files: read often for a month, now and then for a year, then deleted. */
export function logZone({
  retentionDays = 400,
  warmAfterDays = 30,
  coldAfterDays = 90,
  ...zone
}: LogZoneProps): ZoneProps {
  return { ...zone, retentionDays, tiering: { warmAfterDays, coldAfterDays } };
}

export interface ColdArchiveZoneProps
  extends Omit<ZoneProps, "tables" | "tiering" | "retentionDays" | "copyOf"> {
  /** Days for which files are kept. @default 2555: seven years */
  readonly retentionDays?: number;
  /** Days after which a file must be restored before it can be read. @default 1 */
  readonly archiveAfterDays?: number;
}

/** A zone of files that the law wants to be kept and nobody reads. */
export function coldArchiveZone({
  retentionDays = 2555,
  archiveAfterDays = 1,
  ...zone
}: ColdArchiveZoneProps): ZoneProps {
  return { ...zone, retentionDays, tiering: { archiveAfterDays } };
}
