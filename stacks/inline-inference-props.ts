import type { InlineLogSinkProps } from "../lib/streaming/inline/log-sink-props";
import type { InlineFeatureLookup, InlineInferenceProps, QdrantLookup } from "../lib/streaming/inline/props";
import type { SecretKeyReference } from "../lib/streaming/streaming";
import type { PlatformFeatureStore } from "./feature-builder";
import type { PlatformLakehouse } from "./platform-lakehouse";
import type { PlatformStream } from "./stream-builder";
import type { PlatformVectorStore } from "./vector-builder";

/** Features of the entity that an event is about, out of a feature store of the platform. */
export interface PlatformFeatureLookup
  extends Omit<InlineFeatureLookup, "kind" | "endpoint" | "view" | "keys" | "auth" | "available"> {
  readonly store: PlatformFeatureStore;
  /** Name of the view. */
  readonly view: string;
  /** Where each key of the entity is in the event, as in `{ user_id: "user.id" }`. */
  readonly keys: Readonly<Record<string, string>>;
  /** Needed for a view with personal data. @default false */
  readonly includePii?: boolean;
}

/** Nearest neighbours of a vector of the event, out of a vector store of the platform. */
export interface PlatformVectorLookup
  extends Omit<QdrantLookup, "kind" | "endpoint" | "collection" | "auth" | "topK"> {
  readonly store: PlatformVectorStore;
  readonly collection: string;
  /** @default - that of the collection */
  readonly topK?: number;
  /** Needed for a collection with personal data. @default false */
  readonly includePii?: boolean;
}

/**
 * Where the log goes to: a table that `decisionLogTable` describes, in a lakehouse that is at the same site. Trino writes it at
 * Kubernetes sites, BigQuery at Google's, and Athena at those of AWS, in a work group of the sink's own. A statement of Athena
 * holds 262,144 bytes: a log that one sink cannot write is refused (LogFasterThanTable), and one that it may not keep up with
 * is warned of (LogNearlyTooFast).
 */
export interface PlatformLogTable
  extends Pick<InlineLogSinkProps, "batch" | "statementTimeoutMs" | "drainMs" | "resources" | "logLevel"> {
  readonly lakehouse: PlatformLakehouse;
  /** A zone that the site owns. */
  readonly zone: string;
  readonly table: string;
  /** Needed for a log topic with personal data. @default false */
  readonly includePii?: boolean;
  /**
   * Who signed Trino's certificate; a Secret in the worker's namespace. Needed where the lakehouse is in Kubernetes and
   * has no `query.certificateIssuer`, refused elsewhere.
   * @default - a certificate of that issuer is made for the sink, and its `ca.crt` is what the sink trusts
   */
  readonly ca?: SecretKeyReference;
}

/** Decisions inside a stream, at one site of a platform. */
export interface PlatformInlineInferenceProps
  extends Omit<
    InlineInferenceProps,
    | "name"
    | "input"
    | "decisions"
    | "deadLetters"
    | "log"
    | "features"
    | "vectors"
    | "awsRegion"
    | "serviceAccount"
  > {
  /** Name of the site: stream, stores and a cluster are there. */
  readonly at: string;
  /** Stream that holds all topics of the worker. */
  readonly stream: PlatformStream;
  /** Topic that is read. */
  readonly input: string;
  /** Needed for an input with personal data. @default false */
  readonly includePii?: boolean;
  /** Topic for decisions. */
  readonly decisions: string;
  /** Topic for what could not be decided. @default - the dead-letter topic of the input */
  readonly deadLetters?: string;
  /**
   * Share of events, with all that was looked up and decided. With `table` an `InlineLogSink` named `<id>-log` brings them
   * into the lakehouse, as an identity of its own.
   * @default - no log
   */
  readonly log?: {
    readonly topic: string;
    readonly sampleRate: number;
    /** @default - the topic is read by others */
    readonly table?: PlatformLogTable;
  };
  /** @default - none */
  readonly features?: readonly PlatformFeatureLookup[];
  /** @default - none */
  readonly vectors?: readonly PlatformVectorLookup[];
  /**
   * KEDA is in the cluster, though this platform does not install it. At an AWS site its operator then needs a role with
   * the right of `AwsEventStream.grantLag`, unless `scale.prometheus` is given.
   * @default false - it is installed
   */
  readonly kedaInstalled?: boolean;
}
