import type { Tracing } from "../../kubernetes/otlp";
import type { KafkaTopicAccess, SecretKeyReference, TopicAccess } from "../streaming";

/** The pod's Google service account. */
interface GoogleAuth {
  readonly kind: "google";
}

/** Signature V4 with the pod's role, through EKS Pod Identity. */
interface AwsAuth {
  readonly kind: "aws";
  readonly region: string;
  /** As signatures name it, for example `sagemaker`. */
  readonly service: string;
}

/**
 * A user and a password. By HTTP `Authorization: Bearer <user>:<password>`, as Milvus takes it; to databases as they take
 * it. `user` holds no colon.
 */
interface LoginAuth {
  readonly kind: "login";
  readonly user: string;
  readonly password: SecretKeyReference;
}

/** How the worker proves to a service who it is. Secrets only by reference. */
export type ServiceAuth =
  | { readonly kind: "none" }
  /** `Authorization: Bearer …` */
  | { readonly kind: "bearer"; readonly secret: SecretKeyReference }
  | LoginAuth
  /** A header of another name, such as `api-key`. */
  | { readonly kind: "header"; readonly name: string; readonly secret: SecretKeyReference }
  /**
   * A token of the pod's own service account, for servers of the cluster that ask its API who that is, such as Feast, or
   * that check who it was made for, such as Trino. `audience` is literal. @default audience - that of the API server
   */
  | { readonly kind: "service-account"; readonly audience?: string }
  | GoogleAuth
  | AwsAuth;

/** What happens to an event whose entity is not there, or whose look-up failed. */
export type OnMissing = "default" | "fallback" | "dead-letter";

interface OnlineLookup {
  /** By it the model's inputs name what was found: `features.<name>.<feature>`, `vectors.<name>`. */
  readonly name: string;
  /** `https://…`; may be a token. */
  readonly endpoint: string;
  /** Milliseconds. @default 50 */
  readonly timeoutMs?: number;
  /** @default none */
  readonly auth?: ServiceAuth;
  /** @default "default" */
  readonly onMissing?: OnMissing;
}

/** Features of the entity that an event is about. What a feature store says of a view, and what of it is wanted. */
export interface InlineFeatureLookup extends OnlineLookup {
  /** Feast's feature server, SageMaker FeatureStore runtime, or Vertex AI `fetchFeatureValues`. */
  readonly kind: "feast" | "sagemaker" | "vertex";
  /** Feature view; SageMaker: feature group; Vertex AI: resource name of the feature view. May be a token. */
  readonly view: string;
  /** Keys of the entity, and where they are in the event, as in `user.id`. SageMaker takes one. */
  readonly keys: readonly { readonly name: string; readonly from: string }[];
  /** `as` is the name that inputs use. @default as - the name */
  readonly features: readonly { readonly name: string; readonly as?: string; readonly default?: unknown }[];
  /** All features of the view: what is wanted must be among them. @default - not checked */
  readonly available?: readonly string[];
}

/** Nearest neighbours of a vector that the event carries. */
interface NeighbourLookup extends OnlineLookup {
  /** Where the vector is in the event. */
  readonly vector: string;
  /** Neighbours that are wanted. 1 to 1,000; with S3 Vectors 1 to 100. */
  readonly topK: number;
}

interface WithPayload {
  /** Fields of what the store knows about a neighbour that are wanted. @default - none */
  readonly payload?: readonly string[];
}

/** Qdrant, `points/query/batch`: one call for the batch. */
export interface QdrantLookup extends NeighbourLookup, WithPayload {
  readonly kind: "qdrant";
  readonly collection: string;
}

/** S3 Vectors, `QueryVectors`: one call an event. */
export interface S3VectorsLookup extends NeighbourLookup, WithPayload {
  readonly kind: "s3-vectors";
  /** Name of the vector bucket. May be a token. */
  readonly bucket: string;
  /** Name of the index. May be a token. */
  readonly index: string;
  /** Service `s3vectors`. */
  readonly auth: AwsAuth;
}

/** OpenSearch Serverless, `_search` by k-NN: one call an event. */
export interface OpenSearchLookup extends NeighbourLookup, WithPayload {
  readonly kind: "opensearch-serverless";
  /** Name of the index. May be a token. */
  readonly index: string;
  /** Field of type `knn_vector`. */
  readonly field: string;
  /** Service `aoss`. */
  readonly auth: AwsAuth;
}

/** Milvus, `entities/search`: one call an event. */
export interface MilvusLookup extends NeighbourLookup, WithPayload {
  readonly kind: "milvus";
  readonly collection: string;
  /** Field that holds the vectors. */
  readonly field: string;
}

/**
 * pgvector on PostgreSQL: a prepared statement an event, over connections that are kept, always by TLS with certificate and
 * name checked. The table has the columns `id` and `embedding`, and one for each field of `payload`.
 */
export interface PgvectorLookup extends NeighbourLookup, WithPayload {
  readonly kind: "pgvector";
  /** `postgresql://host:port`, without user and database; may be a token. Port @default 5432 */
  readonly endpoint: string;
  /** A user of the database, its password by reference. */
  readonly auth: LoginAuth;
  readonly database: string;
  readonly table: string;
  readonly metric: "cosine" | "dot" | "euclidean";
  /** Type of `embedding`; an index is used for its own type only. @default "float32" */
  readonly precision?: "float32" | "float16";
  /** Connections of each replica that are kept at most. 1 to 100. @default 4 */
  readonly connections?: number;
  /** How much of an index is looked at: `hnsw.ef_search`, `ivfflat.probes`. @default - as the server says */
  readonly searchParameters?: Readonly<Record<string, number>>;
}

/**
 * Vector Search of Vertex AI, `findNeighbors` at the public domain of an index endpoint: one call for the batch. Private
 * endpoints answer gRPC only. Neighbours are ids and distances.
 */
export interface VertexVectorLookup extends NeighbourLookup {
  readonly kind: "vertex";
  /** `projects/…/locations/…/indexEndpoints/…`. May be a token. */
  readonly indexEndpoint: string;
  readonly deployedIndexId: string;
  readonly auth: GoogleAuth;
}

export type InlineVectorLookup =
  | QdrantLookup
  | MilvusLookup
  | S3VectorsLookup
  | OpenSearchLookup
  | PgvectorLookup
  | VertexVectorLookup;

export type TensorType = "BOOL" | "INT32" | "INT64" | "FP32" | "FP64" | "BYTES";

interface Endpoint {
  /** `https://…`, without the path of the protocol; may be a token. */
  readonly endpoint: string;
  readonly name: string;
  /** @default none */
  readonly auth?: ServiceAuth;
  /** Of one attempt. Milliseconds. */
  readonly timeoutMs: number;
}

/** A server that speaks the Open Inference Protocol: KServe, Triton, MLServer. */
export interface TensorModel extends Endpoint {
  readonly protocol: "kserve-v2";
  /** `from`: `event.<path>`, `features.<look-up>.<name>` or `vectors.<look-up>`, one value each. */
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: TensorType;
    readonly from: readonly string[];
  }[];
  /** `as` is the name in the decision. @default as - the name */
  readonly outputs: readonly { readonly name: string; readonly as?: string }[];
}

/** A server with OpenAI's completions that takes a list of prompts: vLLM, SGLang. */
export interface PromptModel extends Endpoint {
  readonly protocol: "openai";
  /** `{event.x}`, `{features.<look-up>.<name>}` and `{vectors.<look-up>}` are replaced. */
  readonly prompt: string;
  readonly maxTokens: number;
  /** Name of the text in the decision. @default "text" */
  readonly as?: string;
}

export interface InlineBatching {
  /** Events a batch. 1 to 10,000. @default 64 */
  readonly size?: number;
  /** How long an event waits for others. Milliseconds. @default 5 */
  readonly lingerMs?: number;
  /** Batches at the model at once, in one replica. 1 to 64. @default 4 */
  readonly concurrency?: number;
  /** Events in work at once in one replica; beyond its share a partition is paused. @default 2048 */
  readonly maxInFlight?: number;
}

export interface InlineBreaker {
  /** Share of failed calls from which on the model is left alone. @default 0.5 */
  readonly failureRatio?: number;
  /** Newest calls that are looked at. @default 50 */
  readonly window?: number;
  /** Fewer calls say nothing. At most `window`. @default 20 */
  readonly minimumCalls?: number;
  /** Milliseconds until the first probes. @default 10000 */
  readonly openMs?: number;
  /** Probes that must all succeed. @default 3 */
  readonly probes?: number;
}

export interface InlineScale {
  /** @default 1 */
  readonly min?: number;
  /** At most the partitions of the input. @default - the partitions of the input */
  readonly max?: number;
  /** Events behind, a replica. @default 1000 */
  readonly lagPerReplica?: number;
  /** Seconds of less lag until replicas go. 0 to 3,600. @default 300 */
  readonly cooldownSeconds?: number;
  /** Read the lag that the worker tells from Prometheus (`http://…`) instead of from the broker. @default - the broker */
  readonly prometheus?: string;
}

/** Spans by OTLP over HTTP. What events hold is in none of them, nor are their keys. */
export interface InlineTracing extends Tracing {
  /**
   * Percent of events whose writer did not decide whether they are traced, from 0 to 100, parts of a percent too. Writers
   * that did are followed. @default 1
   */
  readonly samplingPercent?: number;
  /** Who signed the collector's certificate; spans then go by TLS. @default - without TLS, inside the cluster */
  readonly ca?: SecretKeyReference;
}

/** A stream of events in, looked-up features and vectors, a model's answer, a stream of decisions out. */
export interface InlineInferenceProps {
  /** Name of all objects: a DNS label of 40 characters or fewer. Literal. */
  readonly name: string;
  /** A namespace that is there. May be a token, which then orders the objects after it. */
  readonly namespace: string;
  /** The worker by digest: `registry/name@sha256:…`. `examples/realtime-bidding/worker` is one. */
  readonly image: string;
  /** From `grantConsume`. */
  readonly input: TopicAccess;
  /** From `grantProduce`. */
  readonly decisions: TopicAccess;
  /** From `grantProduce`. @default - the dead-letter topic of the input, which `grantConsume` gave the right to */
  readonly deadLetters?: TopicAccess;
  /** Share of events, with all that was looked up and decided, for the lakehouse to read. From `grantProduce`. @default - no log */
  readonly log?: { readonly topic: TopicAccess; readonly sampleRate: number };
  /** @default - exactly-once if both streams are, else at-least-once */
  readonly delivery?: "exactly-once" | "at-least-once";
  /** Where a new group starts. @default "earliest" */
  readonly startFrom?: "earliest" | "latest";
  /** Fields of the event that the decision carries, as in `auction.id`. @default - none */
  readonly copy?: readonly string[];
  /** @default - none */
  readonly features?: readonly InlineFeatureLookup[];
  /** @default - none */
  readonly vectors?: readonly InlineVectorLookup[];
  readonly model: TensorModel | PromptModel;
  readonly batch?: InlineBatching;
  /** From the time an event is taken into work. `hard`: the fallback decides when it is over. */
  readonly deadline: {
    readonly ms: number;
    /** @default true */ readonly hard?: boolean;
  };
  /** First attempt included. 1 to 10. @default 2 */
  readonly maxAttempts?: number;
  /** Retries are at most this share of calls, and `minPerSecond` besides. @default ratio 0.1, minPerSecond 1 */
  readonly retryBudget?: { readonly ratio?: number; readonly minPerSecond?: number };
  readonly breaker?: InlineBreaker;
  /** What is decided where the model is not to be had. Plain data. @default - none: refused where something needs it */
  readonly fallback?: Readonly<Record<string, unknown>>;
  /** Milliseconds for what is in work when a replica stops. 0 to 600,000. @default 20000 */
  readonly drainMs?: number;
  /** Milliseconds without a sign of life until others take a replica's partitions. @default 10000 */
  readonly sessionTimeoutMs?: number;
  /** @default "info" */
  readonly logLevel?: "debug" | "info" | "warn" | "error";
  /** Of one replica. Node runs on one core and a little. @default cpu "1", memory "512Mi" */
  readonly resources?: { readonly cpu?: string; readonly memory?: string };
  readonly scale?: InlineScale;
  /** Region of the brokers. Needed where they ask for IAM of AWS, refused elsewhere. Literal. */
  readonly awsRegion?: string;
  /** `annotations` bind it to an identity of a cloud. @default name - as `name`; annotations - none */
  readonly serviceAccount?: {
    readonly name?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /**
   * Certificates of authorities that look-ups and model may be signed by, beside the public ones; brokers have their own.
   * @default - public authorities only
   */
  readonly trustedCas?: readonly SecretKeyReference[];
  /** IPv4 blocks that services outside the cluster are in. @default - any, on the ports of the endpoints */
  readonly egressCidrs?: readonly string[];
  /**
   * One trace an event, from its topic over look-ups and model to the decision. The collector must let the namespace in
   * (`clientNamespaces` of a `TelemetryCollector`). @default - no spans
   */
  readonly tracing?: InlineTracing;
  /** Namespace that may read the metrics, and an object that tells the Prometheus operator to. @default - none */
  readonly monitoring?: { readonly namespace: string /** @default true */; readonly podMonitor?: boolean };
}

/** The topics of a processor, each known to be Kafka's. */
export interface InlineTopics {
  readonly input: KafkaTopicAccess;
  readonly decisions: KafkaTopicAccess;
  readonly deadLetters: string;
  readonly log?: string;
}
