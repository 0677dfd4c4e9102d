import type { IConstruct } from "constructs";
import type { Residency } from "../fabric/residency";
import type { Site } from "../fabric/site";
import type { MetricsSource } from "../kubernetes/metrics-source";
import type { ModelShape } from "../placement/model-shape";

/** Program that runs a model. `triton` is Triton with TensorRT-LLM, by an image that holds the compiled engine. */
export type EngineKind = "vllm" | "sglang" | "triton";

/** How numbers are held in memory. */
export type NumberFormat = "fp32" | "bf16" | "fp16" | "fp8" | "int8" | "int4" | "nvfp4" | "mxfp4";

/** A transformer, as far as its memory and its division among accelerators depend on it. */
export interface ServedModelShape extends ModelShape {
  /** Heads of attention: tensor parallelism divides them. */
  readonly attentionHeads: number;
  /** Heads of keys and values; where tensor parallelism is wider, each is held more than once. */
  readonly kvHeads: number;
  readonly vocabulary: number;
}

/** Where weights are. Never a secret. */
export type Weights =
  | {
      readonly kind: "object-storage";
      /** `s3://bucket/path` or `gs://bucket/path`; a bucket may be a token. */
      readonly uri: string;
    }
  | {
      readonly kind: "oci";
      /** Image by digest that holds the weights: `registry/name@sha256:…`. */
      readonly image: string;
      /** Directory inside the image. */
      readonly path: string;
    }
  | {
      readonly kind: "hub";
      /** `organisation/model` of Hugging Face. */
      readonly repository: string;
      /** Commit: 40 hexadecimal digits. */
      readonly revision: string;
      /** Secret with the key `token`, for models that are not public. @default - public */
      readonly tokenSecret?: string;
    };

export interface LoraAdapter {
  /** By which requests ask for it, as for a model. */
  readonly name: string;
  readonly weights: Weights;
  readonly rank: number;
}

/** A model as it is served. Made by `ServedModel.of`; plain and frozen. */
export interface ServedModel {
  /** By which requests ask for it. */
  readonly name: string;
  readonly shape: ServedModelShape;
  readonly weights: Weights;
  /** Of the weights. */
  readonly precision: NumberFormat;
  /** Of the key/value cache. */
  readonly cachePrecision: NumberFormat;
  /** Most tokens of prompt and answer together. */
  readonly contextTokens: number;
  readonly adapters: readonly LoraAdapter[];
}

/** Requests that are alike, and what they are promised. Made by `TrafficClass.of`; plain and frozen. */
export interface TrafficClass {
  readonly name: string;
  /** At the busiest time that is planned for. */
  readonly requestsPerSecond: number;
  /** Mean tokens of a prompt. */
  readonly promptTokens: number;
  /** Mean tokens of an answer. */
  readonly outputTokens: number;
  /** Most tokens of an answer: decides how long a replica needs to drain. */
  readonly maxOutputTokens: number;
  /** Share of prompt tokens found in the prefix cache, 0 to 1. */
  readonly cachedShare: number;
  /** 95th percentile of the time to the first token, in milliseconds. */
  readonly firstTokenP95Ms: number;
  /** Longest mean time between two tokens, in milliseconds. */
  readonly nextTokenMs: number;
  /** Higher goes first. Negative: may be shed. */
  readonly priority: number;
  /** Share of requests that are answered in time, such as 0.99. */
  readonly objective: number;
  /** Most that this class may cost. @default - no limit */
  readonly budgetUsdPerHour?: number;
  /** Where its requests may be worked on. */
  readonly residency: Residency;
}

/** How one replica is divided among accelerators. */
export interface Parallelism {
  readonly tensor: number;
  readonly pipeline: number;
  /** Accelerators among which experts are divided; 1 where each holds its part of all. */
  readonly expert: number;
  /** Copies of the dense part in one replica (attention data parallelism). */
  readonly data: number;
}

/** How a variant of an endpoint is reached. */
export type EndpointReach =
  | {
      /** An InferencePool of the same cluster: its endpoint picker chooses the replica. */
      readonly kind: "inference-pool";
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
    }
  | {
      /** A Service of the same cluster. */
      readonly kind: "service";
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
    }
  | {
      /** From anywhere, by TLS. */
      readonly kind: "https";
      /** May be a token. */
      readonly host: string;
      readonly port: number;
      /** `openai`: as OpenAI's API. `sagemaker` and `vertex`: signed calls of the cloud, which no gateway here speaks. */
      readonly protocol: "openai" | "sagemaker" | "vertex";
    };

/** A variant that gets copies of requests to another one of its cluster. Its answers go nowhere. */
export interface EndpointShadow {
  readonly variant: string;
  /** Of the requests that reach the other variant, 1 to 100. */
  readonly percent: number;
  /** Names of the model and the adapters that it answers to. */
  readonly models: readonly string[];
  /** Service of the same cluster, at which any replica takes the copy. */
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** By the capacity model, all replicas together at their planned number. */
  readonly planned: { readonly requestsPerSecond: number };
}

/** All that a gateway needs to know of one variant of an endpoint. Literals but for the host of `https`. */
export interface EndpointAccess {
  readonly endpoint: string;
  readonly variant: string;
  /** Name that requests to it must carry. */
  readonly model: string;
  /** Names of adapters that it serves too. */
  readonly adapters: readonly string[];
  /** Name of the site that it runs at. */
  readonly site: string;
  /** Country of the site, ISO 3166-1 alpha-2: decides which residency it meets. */
  readonly country: string;
  readonly contextTokens: number;
  readonly reach: EndpointReach;
  /**
   * Name of the InferenceObjective of each class, by its name: the value of the header `x-llm-d-inference-objective`.
   * @default - nothing knows priorities
   */
  readonly objectives?: Readonly<Record<string, string>>;
  /** Who gets copies of requests to this variant: the gateway makes them. @default - nobody */
  readonly shadows?: readonly EndpointShadow[];
  /** By the capacity model, all replicas together at their planned number. */
  readonly planned: {
    readonly requestsPerSecond: number;
    readonly outputTokensPerSecond: number;
    /** Accelerators, by the price table. @default - no price is known */
    readonly usdPerHour?: number;
  };
}

/** Where a cloud keeps the metrics of an endpoint that it runs itself. */
export type CloudMetrics =
  | {
      /** CloudWatch, for SageMaker. */
      readonly kind: "cloudwatch";
      /** Name by which the endpoint is called. Literal. */
      readonly endpointName: string;
      /** Requests wait in a queue: other metrics are published then. */
      readonly queued: boolean;
      readonly variants: readonly {
        readonly name: string;
        /** Of one instance: shares of accelerators are added up there. */
        readonly acceleratorsPerInstance: number;
      }[];
    }
  | {
      /** Cloud Monitoring, for Vertex AI. */
      readonly kind: "cloud-monitoring";
      /** Last part of the endpoint's name. May be a token. */
      readonly endpointId: string;
      /** Reached by private addresses only: other metrics are published then. */
      readonly private: boolean;
    };

/** A model that answers requests, wherever it is. */
export interface IModelEndpoint extends IConstruct {
  readonly site: Site;
  readonly endpointName: string;
  /** In the order of the declaration; the first takes what names none. */
  readonly variantNames: readonly string[];
  readonly classes: readonly TrafficClass[];
  /** @throws UnknownVariant */
  access(variant?: string): EndpointAccess;
  /** Who publishes metrics of it; empty where the cloud keeps them itself. */
  readonly metrics: readonly MetricsSource[];
  /** @default - nobody but `metrics` publishes any */
  readonly cloudMetrics?: CloudMetrics;
}
