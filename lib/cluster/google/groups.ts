import type { Problems } from "../../core/problems";
import type { Capacity, CapacityKind } from "../../fabric/capacity";
import type { AcceleratorPool } from "../../fabric/pool";
import { nodesOf, type Range } from "../../fabric/slice";
import { comesAndGoes } from "./capacity";
import { GoogleClusterErrors } from "./errors";
import type { ChosenMachine } from "./machines";

/** What becomes one node pool of GKE. */
export interface NodePoolPlan {
  /** `<pool>`, `<pool>-<capacity>`, `<pool>-<slice>` or `<pool>-<capacity>-<slice>`. */
  readonly name: string;
  readonly capacity: Capacity;
  readonly nodes: Range;
  /** Number of the unit of hardware (TPU slice, NVLink domain) that the node pool is. */
  readonly unit?: number;
  /** All nodes or none: hosts of one TPU slice. */
  readonly whole: boolean;
  /** Number of nodes that never changes; the others are scaled by GKE. */
  readonly fixed: boolean;
}

/** Source: https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters.nodePools (read 2026-11-24) */
const NODE_POOL_NAME = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 40,
  form: "1 to 40 characters together with what is appended for capacity and slice: shorten the name of the pool",
};

/** More node pools than this in one declaration are a mistake: GKE has no such clusters. */
const MOST_NODE_POOLS = 1000;

const SUFFIX: Readonly<Record<CapacityKind, string>> = {
  onDemand: "on-demand",
  spot: "spot",
  reservation: "reservation",
  capacityBlock: "capacity-block",
  flexStart: "flex-start",
  queued: "queued",
};

/** Nodes that GKE keeps as one node pool because they are one unit of hardware; undefined if there is no such unit. */
function unitOf({ slice }: AcceleratorPool, { facts }: ChosenMachine): number | undefined {
  if (slice.kind === "tpu") {
    return slice.shape.multiHost ? slice.shape.nodes : undefined;
  }
  const topology = facts?.acceleratorTopology;
  return topology === undefined || facts === undefined
    ? undefined
    : domainNodes(topology, facts.acceleratorCount);
}

/** Nodes of one NVLink domain: 18 of `1x72` with four GPUs each. */
function domainNodes(topology: string, perNode: number): number {
  const gpus = topology.split("x").reduce((product, axis) => product * Number(axis), 1);
  return gpus / perNode;
}

/** Adds NvlinkDomainNotWhole. */
function checkDomains(problems: Problems, pool: AcceleratorPool, unit: number): void {
  const { min, max } = nodesOf(pool.slice);
  const whole = max <= unit || (max % unit === 0 && min % unit === 0);
  if (pool.slice.kind === "accelerators" && !whole) {
    problems.add(GoogleClusterErrors.NvlinkDomainNotWhole, {
      subject: `pool "${pool.name}" nodes`,
      given: min === max ? max : { min, max },
      allowed: `${unit} or fewer, or multiples of ${unit}: one NVLink domain has ${unit} nodes`,
    });
  }
}

/** Adds CapacityKeepsNoMinimum. */
function checkMinimum(problems: Problems, { name, slice, capacity }: AcceleratorPool): void {
  const { min } = slice.kind === "tpu" ? slice.slices : slice.nodes;
  if (min > 0 && capacity[0] !== undefined && comesAndGoes(capacity[0])) {
    problems.add(GoogleClusterErrors.CapacityKeepsNoMinimum, {
      subject: `pool "${name}" ${slice.kind === "tpu" ? "slices" : "nodes"}`,
      given: `at least ${min} by ${capacity[0].kind}`,
      allowed: "{ min: 0, max: … }",
    });
  }
}

/** Ranges of the units of a pool, one per node pool: those that must be there, then those that may. */
function unitRanges(nodes: Range, unit: number | undefined): readonly Range[] {
  if (unit === undefined || nodes.max <= unit) {
    return [nodes];
  }
  const required = Math.floor(nodes.min / unit);
  return Array.from({ length: Math.ceil(nodes.max / unit) }, (_, index) => ({
    min: index < required ? unit : 0,
    max: unit,
  }));
}

/**
 * The node pools of a pool: one per capacity and, where hardware comes in units (TPU slices of several hosts, NVLink
 * domains across machines), per unit. Units are numbered, so that one more moves no other. The first capacity keeps the
 * minimum, the others start from none.
 *
 * Adds CapacityKeepsNoMinimum, NvlinkDomainNotWhole, InvalidName, NumberOutOfRange.
 */
export function nodePoolsOf(
  problems: Problems,
  pool: AcceleratorPool,
  machine: ChosenMachine,
): readonly NodePoolPlan[] {
  const unit = unitOf(pool, machine);
  checkMinimum(problems, pool);
  if (unit !== undefined) {
    checkDomains(problems, pool, unit);
  }
  const nodes = nodesOf(pool.slice);
  const units = unitRanges(nodes, unit);
  const several = pool.capacity.length > 1;
  const count = units.length * pool.capacity.length;
  if (!problems.literalInteger(`pool "${pool.name}" node pools`, count, { min: 1, max: MOST_NODE_POOLS })) {
    return [];
  }
  const plans = pool.capacity.flatMap((capacity, order) =>
    units.map((range, index) => {
      const kept = order === 0 ? range : { min: 0, max: range.max };
      const parts = [
        pool.name,
        ...(several ? [SUFFIX[capacity.kind]] : []),
        ...(unit === undefined ? [] : [String(index)]),
      ];
      const whole = pool.slice.kind === "tpu" && unit !== undefined;
      const scaled = comesAndGoes(capacity) || (several && !whole);
      return {
        name: parts.join("-"),
        capacity,
        nodes: kept,
        ...(unit === undefined ? {} : { unit: index }),
        whole,
        fixed: kept.min === kept.max && !scaled,
      };
    }),
  );
  const longest = plans.reduce((a, b) => (b.name.length > a.name.length ? b : a));
  problems.name(`pool "${pool.name}" node pool`, longest.name, NODE_POOL_NAME);
  return plans;
}
