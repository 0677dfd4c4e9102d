import type { Problems } from "../../core/problems";
import { VectorErrors } from "../errors";
import type { CollectionSizing, SizingStep, StoreCapacity } from "../sizing";

/** The largest machine that a node of the store may be, and how many nodes there may be. */
export interface NodeLimits {
  /** @default 16 */
  readonly maxVcpus?: number;
  /** @default 64 */
  readonly maxMemoryGib?: number;
  /** @default 32 */
  readonly maxNodes?: number;
  /** Largest number of OpenSearch compute units for search that the account allows. @default 10 */
  readonly maxSearchUnits?: number;
}

export interface Sized {
  readonly capacity: StoreCapacity;
  readonly steps: readonly SizingStep[];
}

/** Share of a node's memory that vectors may take; the rest is the process, queries and the page cache. */
export const USABLE_MEMORY = 0.8;
/** Share of an instance's memory that an index of PostgreSQL may take, shared buffers and page cache together. */
export const USABLE_POSTGRES = 0.75;
/** Room on disk for compaction, write-ahead log and snapshots in the making. */
export const DISK_FACTOR = 2;
/** Copies of each vector, so that a node may fail or be upgraded. */
export const COPIES = 2;

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What all collections need together, one copy of each. */
export function totals(collections: readonly CollectionSizing[]): {
  /** Bytes. */
  readonly memory: number;
  readonly vcpus: number;
  /** Bytes. */
  readonly disk: number;
} {
  return {
    memory: sum(collections.map(({ memoryBytes }) => memoryBytes)),
    vcpus: sum(collections.map(({ vcpus }) => vcpus)),
    disk: sum(collections.map(({ diskBytes }) => diskBytes)),
  };
}

export function step(what: string, formula: string, result: number, source: string): SizingStep {
  return { what, formula, result, source };
}

export function tooLarge(problems: Problems, subject: string, given: string, allowed: string): void {
  problems.add(VectorErrors.StoreTooLarge, { subject, given, allowed });
}

export function tooMuch(problems: Problems, given: string, allowed: string): void {
  problems.add(VectorErrors.ThroughputOutOfReach, { subject: "collections", given, allowed });
}
