import type { VectorEngine } from "./collections";

/** One step of a computation, written so that it can be checked by hand. */
export interface SizingStep {
  /** What is computed, with its unit. */
  readonly what: string;
  /** The formula with the numbers put in. */
  readonly formula: string;
  readonly result: number;
  /** Where the formula comes from, or "assumption" with the reason. */
  readonly source: string;
}

/** What one collection needs. */
export interface CollectionSizing {
  readonly name: string;
  /** Bytes that one copy must keep in memory to answer in the stated time. 0 where the service shows no memory. */
  readonly memoryBytes: number;
  /** Bytes that one copy has on disk, index and vectors, without fields that are not filtered by. */
  readonly diskBytes: number;
  /** Milliseconds from request to answer on an idle machine. */
  readonly queryMs: number;
  /** Separate graphs that every query searches. */
  readonly graphs: number;
  /** Share of the vCPUs that may be busy for 95 of 100 queries to be in time. */
  readonly utilisation: number;
  /** vCPUs for queries and writes at the peak. */
  readonly vcpus: number;
  /** 95th percentile that the model expects at the peak, in milliseconds. */
  readonly p95Ms: number;
  /** Search parameters that the declared recall needs, by the engine's own name. */
  readonly searchParameters: Readonly<Record<string, number>>;
  /** Machines of this collection alone. Only for Vertex AI. */
  readonly deployment?: VertexDeployment;
  readonly steps: readonly SizingStep[];
}

/** How an index of Vertex AI is split and deployed. */
export interface VertexDeployment {
  readonly shardSize: "SHARD_SIZE_SMALL" | "SHARD_SIZE_MEDIUM" | "SHARD_SIZE_LARGE";
  readonly shards: number;
  readonly machineType: string;
  /** Of each shard. */
  readonly replicas: number;
}

/** Machines, or units of a service, that hold and answer all collections of a store. */
export interface StoreCapacity {
  /** `ocu`: OpenSearch compute units of search. `acu`: Aurora capacity units per instance. */
  readonly unit: "none" | "node" | "ocu" | "acu";
  /** Nodes, instances or replicas; all units for `ocu`. */
  readonly count: number;
  /** Copies of each vector in memory. */
  readonly copies: number;
  readonly vcpusPerNode: number;
  readonly memoryGibPerNode: number;
  readonly diskGibPerNode: number;
  /** Units per instance that keep the indexes in memory. Only for `acu`. */
  readonly minUnits?: number;
  /** Units per instance at the peak. Only for `acu`. */
  readonly maxUnits?: number;
}

/** What a store needs and why. */
export interface VectorSizing {
  readonly engine: VectorEngine;
  /** Sorted by name. */
  readonly collections: readonly CollectionSizing[];
  /** Of all collections together; Vertex AI deploys each on machines of its own, see `deployment`. */
  readonly capacity: StoreCapacity;
  readonly steps: readonly SizingStep[];
}

/** The computation as text, one line per step. */
export function explainSizing(sizing: VectorSizing): string {
  const line = ({ what, formula, result, source }: SizingStep) =>
    `  ${what} = ${formula} = ${shortNumber(result)}   [${source}]`;
  return [
    ...sizing.collections.flatMap((collection) => [
      `collection "${collection.name}" on ${sizing.engine}`,
      ...collection.steps.map(line),
    ]),
    `store on ${sizing.engine}`,
    ...sizing.steps.map(line),
  ].join("\n");
}

/** A number as people read it: at most three digits after the point, digits in groups of three. */
export function shortNumber(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
