import type { AcceleratorFacts } from "../../catalog/facts";
import type { PriceProvider } from "../../catalog/prices";
import type { PrefillDecode } from "../../placement/inference-pool";
import type { EndpointAccess, EngineKind, Parallelism, ServedModel, TrafficClass } from "../serving";
import type { ServingEfficiency } from "./efficiency";

/** What an accelerator costs per hour with its share of the machine. */
export type AcceleratorPrice =
  | { readonly usdPerAcceleratorHour: number }
  | {
      readonly provider: PriceProvider;
      readonly region: string;
      /** @default "on-demand" */
      readonly purchase?: "on-demand" | "spot";
    };

export interface EndpointPlanProps {
  readonly model: ServedModel;
  /** All traffic of the endpoint; at least one class. */
  readonly classes: readonly TrafficClass[];
  /** Name in the catalogue, or `Accelerator.of({ … })`. */
  readonly accelerator: string | AcceleratorFacts;
  readonly acceleratorsPerNode: number;
  /**
   * What is left out is chosen: the fewest accelerators per replica that fit and answer in time; of those, the fewest stages.
   * `data` and `expert` are never chosen. @default - tensor and pipeline chosen, data 1, expert 1
   */
  readonly parallelism?: Partial<Parallelism>;
  /** @default "vllm" */
  readonly engine?: EngineKind;
  /** @default "together" */
  readonly prefillDecode?: PrefillDecode;
  /** Share of device memory that the engine may use. @default 0.9 */
  readonly memoryUtilization?: number;
  /** Most sequences that a replica works on at a time, memory and latency allowing. @default 512 */
  readonly maxSequences?: number;
  /** Tokens of prompts that one step takes in. @default 8192 */
  readonly prefillChunkTokens?: number;
  /** @default - `SERVING_EFFICIENCY` */
  readonly efficiency?: Partial<ServingEfficiency>;
  /** Of both phases together. @default 64 */
  readonly maxReplicas?: number;
  /** Replicas beyond those needed, of each phase: so many may be lost without missing a target. @default 0 */
  readonly spareReplicas?: number;
  /** Round trip between the farthest users and the endpoint, in milliseconds; part of the time to the first token. @default 0 */
  readonly rttMs?: number;
  /**
   * Accelerators that reach each other without a network card.
   * @default - those of the node, at most the domain of the accelerator; all of the domain where it spans machines (NVL72, TPU)
   */
  readonly scaleUpDomain?: number;
  /** Network between nodes, one direction, per accelerator, in Gbit/s. @default - of the accelerator's usual system */
  readonly networkGbps?: number;
  /** @default - not priced */
  readonly price?: AcceleratorPrice;
}

/** Memory of one accelerator of a replica, in GiB. */
export interface EndpointMemory {
  /** As the driver shows it. */
  readonly deviceGib: number;
  /** Device memory times memoryUtilization. */
  readonly usableGib: number;
  readonly weightsGib: number;
  readonly adaptersGib: number;
  /** Of one step of prefillChunkTokens, with the logits of all sequences. */
  readonly activationsGib: number;
  /** CUDA graphs; 0 on accelerators that are no GPUs. */
  readonly graphsGib: number;
  /** Driver context, libraries, buffers of collectives. */
  readonly overheadGib: number;
  /** What is left for keys and values; negative if the rest does not fit. */
  readonly cacheGib: number;
  /** Bytes that one token of one sequence takes on each accelerator. */
  readonly cacheBytesPerToken: number;
  /** Tokens that the cache of the replica holds. */
  readonly cacheTokens: number;
}

/** What the model predicts for one class. Not a measurement. */
export interface ClassPrediction {
  readonly name: string;
  /** Round trip, queue, prefill and hand-over, in milliseconds. */
  readonly firstTokenP95Ms: number;
  /** Mean, at the planned load, in milliseconds. */
  readonly nextTokenMs: number;
  /** Share of the endpoint's time that it takes. */
  readonly share: number;
  /** @default - no price is known */
  readonly usdPerHour?: number;
}

/** Replicas by phase, spares included. */
export type PlannedReplicas =
  | { readonly kind: "together"; readonly count: number }
  | { readonly kind: "split"; readonly prefill: number; readonly decode: number };

/** How an endpoint is sized, by a model with stated assumptions. Never a measurement. A plain, frozen value. */
export interface EndpointPlan {
  readonly model: string;
  readonly engine: EngineKind;
  readonly accelerator: AcceleratorFacts;
  readonly acceleratorsPerNode: number;
  readonly parallelism: Parallelism;
  readonly acceleratorsPerReplica: number;
  readonly nodesPerReplica: number;
  readonly prefillDecode: PrefillDecode;
  readonly memoryUtilization: number;
  readonly memory: EndpointMemory;
  /** Sequences that one replica works on at a time, by memory, latency and maxSequences. */
  readonly maxBatch: number;
  /** What decides maxBatch. */
  readonly batchLimit: "memory" | "latency" | "maxSequences";
  readonly prefillChunkTokens: number;
  /** Of one replica that does nothing else. */
  readonly prefillTokensPerSecond: number;
  /** Of one replica with a full batch that does nothing else. */
  readonly decodeTokensPerSecond: number;
  readonly replicas: PlannedReplicas;
  readonly spareReplicas: number;
  readonly accelerators: number;
  readonly nodes: number;
  /** Milliseconds in the queue that 95 of 100 requests do not exceed. */
  readonly queueP95Ms: number;
  readonly classes: readonly ClassPrediction[];
  /** What all replicas can do at most; the price is of all accelerators. */
  readonly planned: EndpointAccess["planned"];
  /** Share of the capacity of the replicas, without spares, that the traffic takes. */
  readonly utilisation: number;
  /** At the planned traffic. @default - no price is known */
  readonly usdPerMillionOutputTokens?: number;
  /** Longest generation at a full batch, with a margin: give a replica so long to end. */
  readonly drainSeconds: number;
  readonly efficiency: ServingEfficiency;
  readonly steps: readonly EndpointStep[];
}

/** One step of the computation, written so that it can be checked by hand. */
export interface EndpointStep {
  /** What is computed, with its unit. */
  readonly what: string;
  /** The formula with the numbers put in. */
  readonly formula: string;
  readonly result: number;
  /** Where the formula comes from, or "assumption" with the reason. */
  readonly source: string;
}
