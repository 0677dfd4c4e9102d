import type { IAcceleratorCluster } from "../../cluster/index";
import type { RemovalPolicy } from "../../core/removal-policy";
import type { ComponentVersions } from "../../kubernetes/compatibility";
import type { ServedModel, TrafficClass } from "../serving";
import type { EndpointPlan } from "../sizing/types";

/** Which objects an endpoint is made of. */
export type KubernetesServingForm = "deployment" | "llm-inference-service" | "inference-service";

/** Of a plan by `planEndpoint`, what the objects of a variant are made from. */
export type VariantPlan = Pick<
  EndpointPlan,
  | "model"
  | "engine"
  | "parallelism"
  | "acceleratorsPerNode"
  | "acceleratorsPerReplica"
  | "nodesPerReplica"
  | "memoryUtilization"
  | "maxBatch"
  | "prefillChunkTokens"
  | "replicas"
  | "drainSeconds"
  | "planned"
> & {
  readonly accelerator: Pick<EndpointPlan["accelerator"], "name">;
  readonly memory: Pick<EndpointPlan["memory"], "weightsGib">;
};

/** The program of a variant; which one is said by the plan. */
export interface EngineSettings {
  /** By digest: `registry/name@sha256:…`. */
  readonly image: string;
  /** Keep keys and values of prompts for later prompts that begin alike. Not for Triton, whose model decides. @default true */
  readonly prefixCaching?: boolean;
  /** Quantise while loading, as the engine names it (`fp8`). @default - as the weights are */
  readonly quantization?: string;
  /** Tokenizer of the model, a path within the weights. Required for Triton, refused elsewhere. */
  readonly tokenizer?: string;
  /** More arguments, after those of the library: where the engine takes the last of two, these win. @default - none */
  readonly arguments?: readonly string[];
  /** More variables of the environment, never secrets. Those that the library sets are refused. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Where weights of object storage or a hub are kept.
 *
 * Weights as an OCI image need none of it: the kubelet keeps images on its node, once for all pods, without the
 * `hostPath` that most clusters refuse.
 */
export type WeightsCache =
  /** The engine reads them from object storage at every start. Only `object-storage`. */
  | { readonly kind: "stream" }
  /** Fetched by an init container onto the local disk of the node; lives as long as the pod. */
  | {
      readonly kind: "pod-disk";
      /** Image by digest with `rclone`, for `object-storage`. Weights of a hub are fetched with the engine's own image. */
      readonly fetchImage?: string;
    }
  /** There already: a volume that many nodes read, filled by you. A directory per model. */
  | {
      readonly kind: "claim";
      /** PersistentVolumeClaim of the namespace, `ReadOnlyMany` or `ReadWriteMany`. */
      readonly claimName: string;
      /** Directory of the model in the volume. */
      readonly path: string;
    };

/** Object storage that is not the cloud's own, or that needs keys. */
export interface ObjectStorageAccess {
  /** `https://host[:port]` of a store like S3. @default - the cloud's own */
  readonly endpoint?: string;
  /** Secret with the keys `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`. @default - the identity of the service account */
  readonly credentialsSecret?: string;
}

/** How long a replica takes from nothing to its first answer. */
export interface StartTimes {
  /** Rate at which weights arrive, Gbit/s. @default 1 */
  readonly loadGbps?: number;
  /** Everything else: node, image, compilation, warming up; seconds. @default 600 */
  readonly otherSeconds?: number;
}

/** Replicas by load: requests that wait, and use of the key/value cache. By KEDA. */
export interface ScalingProps {
  /** 0 only with `maxColdStartSeconds`. */
  readonly min: number;
  readonly max: number;
  /** Requests that may wait per replica. @default 4 */
  readonly waitingRequests?: number;
  /** Share of the key/value cache in use, above which replicas are added. @default 0.8 */
  readonly cacheUse?: number;
  /** Seconds without load before replicas go. @default 600 */
  readonly quietSeconds?: number;
  /** Longest that a request may wait for the first replica. Required with `min: 0`, refused otherwise. */
  readonly maxColdStartSeconds?: number;
}

/** What must hold while a new version takes over; else the old one gets everything back. */
export interface RolloutAnalysis {
  /** Highest share of answers with an error of the server. @default 0.01 */
  readonly maxErrorRate?: number;
  /** Highest 95th percentile of the time to the first token, ms. @default - the strictest of the classes */
  readonly firstTokenP95Ms?: number;
  /** Seconds between two looks. @default 60 */
  readonly intervalSeconds?: number;
  /**
   * Looks that may fail before the old version gets everything back. As many may find no data (no series, no request);
   * one more and the roll-out pauses for a human. 0 to 9.
   * @default 2
   */
  readonly failures?: number;
}

/** One step of a canary: shares of the replicas, and so, about, of the requests. 100 together. */
export interface CanaryStep {
  readonly stable: number;
  readonly canary: number;
  /** Before the next step. */
  readonly holdSeconds: number;
}

/** How a changed variant replaces the old one, by Argo Rollouts. */
export type RolloutProps =
  | {
      readonly kind: "canary";
      readonly steps: readonly CanaryStep[];
      readonly analysis?: RolloutAnalysis;
    }
  | {
      readonly kind: "blue-green";
      /** Replicas of the new version before it takes over. @default - as many as the old one has */
      readonly previewReplicas?: number;
      /** Wait for `kubectl argo rollouts promote`. @default false */
      readonly manual?: boolean;
      readonly analysis?: RolloutAnalysis;
    };

/** One way to serve: full, quantised, or a smaller model. A workload and accelerators of its own. */
export interface KubernetesVariantProps {
  /** Unique in the endpoint. */
  readonly name: string;
  readonly model: ServedModel;
  /** By `planEndpoint`, with the accelerator of the pool. */
  readonly plan: VariantPlan;
  /** Name of a pool of the cluster. */
  readonly pool: string;
  /** Pool of the pods that only read prompts, with a plan whose replicas are split. @default - `pool` */
  readonly prefillPool?: string;
  readonly engine: EngineSettings;
  /** @default - `pod-disk` for a hub, `stream` for object storage */
  readonly cache?: WeightsCache;
  /** @default - the cloud's own, by the identity of the service account */
  readonly objectStorage?: ObjectStorageAccess;
  /** Processors of one pod. @default - 8 */
  readonly cpus?: number;
  /** Memory of one pod, GiB. @default - the weights of its accelerators, shared memory, and 16 */
  readonly memoryGib?: number;
  /** Refused with a plan that splits prefill and decode. @default - as many replicas as planned */
  readonly scaling?: ScalingProps;
  readonly start?: StartTimes;
  /** Replicas for which nodes are kept, with pods that do nothing and give way at once. @default 0 */
  readonly warmReplicas?: number;
  /** Only form "deployment", one node, not split. @default - one pod after the other */
  readonly rollout?: RolloutProps;
  /**
   * Gets copies of requests to another variant, and its answers go nowhere. `KubernetesAiGateway` makes the copies, as
   * `access().shadows` of the other variant tells it; other gateways read `mirrors`. Its model needs the name, and adapters
   * of the names, by which requests ask the other one. Copies go to a Service, without a picker: not with form
   * `llm-inference-service`, `scaling.min` 0, nor a plan that splits prefill and decode. @default - answers requests
   */
  readonly shadowOf?: { readonly variant: string /** 1 to 100. */; readonly percent: number };
}

/** Programs that choose the replica, by llm-d. Only form "deployment". */
export interface PickerProps {
  /** `llm-d-router-endpoint-picker` 0.9 or 0.10, by digest. */
  readonly image: string;
  /** `llm-d-router-disagg-sidecar` of the same version, by digest. Required where a plan splits prefill and decode. */
  readonly sidecarImage?: string;
  /** More than one: one works, the others stand by. @default 1 */
  readonly replicas?: number;
}

export interface KubernetesModelEndpointProps {
  readonly cluster: IAcceleratorCluster;
  /** Start of all names, lower-case, 1 to 32 characters. */
  readonly namePrefix: string;
  /** Lower-case, 1 to 32 characters. */
  readonly name: string;
  /** @default "deployment" */
  readonly form?: KubernetesServingForm;
  /** One or more. Each becomes an InferenceObjective, by which the picker knows its priority. */
  readonly classes: readonly TrafficClass[];
  /** One or more; the first takes what names none. */
  readonly variants: readonly KubernetesVariantProps[];
  /** Required with form "deployment", refused otherwise: KServe brings its own. */
  readonly picker?: PickerProps;
  /** Address of a Prometheus that reads `metrics`, for scaling and analysis. */
  readonly prometheusUrl?: string;
  /** @default - `<namePrefix>-serving` */
  readonly namespace?: string;
  /** `false` if the namespace is made elsewhere, for example with the Secret of a hub. @default true */
  readonly createNamespace?: boolean;
  /** Of the namespace. @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
  /** Namespaces whose pods may call: the gateway's. @default - none but the endpoint's own */
  readonly callers?: readonly string[];
  /** Namespaces whose pods may read metrics. @default - none but the endpoint's own */
  readonly monitoring?: readonly string[];
  /** Annotations of the engines' service account, for the identity of a cloud. @default - none */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
  /** What the cluster has, held against what fits together. @default - not checked */
  readonly versions?: ComponentVersions;
  /** Image of the pods that keep nodes warm, by digest. @default - `registry.k8s.io/pause` 3.10.1 */
  readonly pauseImage?: string;
}
