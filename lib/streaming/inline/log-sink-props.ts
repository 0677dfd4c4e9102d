import type { SecretKeyReference, TopicAccess } from "../streaming";
import type { InlineInferenceProps, ServiceAuth } from "./props";

/** A table in Trino, such as that of a lakehouse in Kubernetes. Names are letters, digits and underscores. */
export interface TrinoLogTable {
  readonly kind: "trino";
  /** `https://…` with the port; may be a token. */
  readonly endpoint: string;
  /** The sink as Trino knows it: the subject of its token. */
  readonly user: string;
  /** @default none */
  readonly auth?: ServiceAuth;
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** A table in BigQuery, written as the pod's Google service account, which needs `roles/bigquery.jobUser` besides. */
export interface BigQueryLogTable {
  readonly kind: "bigquery";
  /** @default "https://bigquery.googleapis.com" */
  readonly endpoint?: string;
  readonly project: string;
  /** Of the data set. */
  readonly location: string;
  /** May be a token. */
  readonly dataset: string;
  readonly table: string;
}

/**
 * An Iceberg table of Glue's catalogue, written by Athena (engine version 3) as the pod's role. Statements hold the rows,
 * and Athena keeps statements for 45 days for whoever may read the history of the work group: give the sink one of its own.
 */
export interface AthenaLogTable {
  readonly kind: "athena";
  /** @default - the public address in the region, which the interface endpoint `athena` of a network answers to as well */
  readonly endpoint?: string;
  /** Literal, for example `eu-west-1`. */
  readonly region: string;
  /** Its own results, and a limit on what a statement may read. May be a token. */
  readonly workgroup: string;
  /** As Athena names it. @default "AwsDataCatalog" */
  readonly catalog?: string;
  /** May be a token. */
  readonly database: string;
  readonly table: string;
}

export type LogTable = TrinoLogTable | BigQueryLogTable | AthenaLogTable;

/** From the topic of the log into a table that `decisionLogTable` describes. */
export interface InlineLogSinkProps
  extends Pick<
    InlineInferenceProps,
    | "name"
    | "namespace"
    | "startFrom"
    | "logLevel"
    | "resources"
    | "awsRegion"
    | "serviceAccount"
    | "egressCidrs"
    | "monitoring"
    | "tracing"
  > {
  /** The worker of an inline inference by digest, which holds this program too. */
  readonly image: string;
  /** From `grantConsume` on the topic of the log. Its dead-letter topic, if it has one, gets what is no entry. */
  readonly input: TopicAccess;
  readonly table: LogTable;
  readonly batch?: {
    /** Entries of one commit of the table, at most. 1 to 10,000. @default 1000 */
    readonly size?: number;
    /** How long an entry waits for others. Fewer, larger files are what it gives. 0 to 900,000. @default 60000 */
    readonly lingerMs?: number;
  };
  /** Of one statement. 1,000 to 1,800,000. @default 300000 */
  readonly statementTimeoutMs?: number;
  /** Milliseconds for what is in work when the pod stops. 0 to 600,000. @default 60000 */
  readonly drainMs?: number;
  /** Milliseconds without a sign of life until the group gives the partitions away. @default 30000 */
  readonly sessionTimeoutMs?: number;
  /** Certificates of authorities that the table's engine may be signed by. @default - public authorities only */
  readonly trustedCas?: readonly SecretKeyReference[];
  /**
   * The issuer of cert-manager that signed the engine's certificate, reachable from the namespace. The sink then has a
   * certificate of it, for the sake of the `ca.crt` that comes with it. @default - none
   */
  readonly certificateIssuer?: {
    readonly name: string;
    /** @default "ClusterIssuer" */
    readonly kind?: "ClusterIssuer" | "Issuer";
  };
}
