import { DYNAMIC_SLICE_CUBE, DYNAMIC_SLICE_TPU, GKE_TPU_PARTITION } from "../../catalog/gke-labels";
import type { CapacityPool, PurchaseModel } from "../../fabric/capacity-pool";
import { domainLevels } from "../../fabric/domain-labels";
import { knownFabric } from "../../fabric/fabric";
import { chipsOf, type Dims, shapeName } from "../../fabric/torus";
import type { PlacedPart } from "../placement";
import { sliceName } from "./slice-name";

/** Hosts of a part in one domain that nodes can tell by a label. */
export interface DomainHosts {
  /** Value of the label. */
  readonly value: string;
  readonly hosts: number;
}

/** Pieces of a fabric, with the hosts that a part has there: leaves of a tree, or cubes. */
function piecesOf(
  part: PlacedPart,
  hosts: number,
): readonly { readonly piece: number; readonly hosts: number }[] {
  const { domains } = part;
  switch (domains.kind) {
    case "leaves":
      return domains.leaves.map(({ leaf, hosts: there }) => ({ piece: leaf, hosts: there }));
    case "cubes":
      return domains.cubes.map((cube) => ({ piece: cube, hosts: hosts / domains.cubes.length }));
    default:
      return [];
  }
}

/** Sides of the slice that a part is; undefined outside of tori. */
function dimsOf({ domains }: PlacedPart): Dims | undefined {
  switch (domains.kind) {
    case "box":
      return domains.box.dims;
    case "cubes":
      return domains.shape.dims;
    case "intent":
      return domains.shape?.dims;
    default:
      return undefined;
  }
}

/**
 * `4x4x8`: the slice that a part is, as Google names it: sides in rising order, but `2x2x1` for one machine. Undefined
 * outside of tori.
 */
export function topologyOf(part: PlacedPart): string | undefined {
  const dims = dimsOf(part);
  const rank = (side: number) => (side === 1 ? Number.POSITIVE_INFINITY : side);
  const named = (a: number, b: number) => (a === b ? 0 : rank(a) < rank(b) ? -1 : 1);
  return dims === undefined
    ? undefined
    : shapeName([...dims].sort(dims.length === 3 ? named : (a, b) => a - b));
}

/** Accelerators in one machine of a pool. */
export function acceleratorsPerMachine(pool: CapacityPool): number {
  const fabric = knownFabric(pool.fabric);
  switch (fabric.kind) {
    case "tree":
      return fabric.acceleratorsPerHost;
    case "torus":
      return fabric.chipsPerHost;
    case "cubes":
      return fabric.side ** 3 / fabric.hostsPerCube;
  }
}

/** Machines that a part takes. */
export function hostsOf(pool: CapacityPool, part: PlacedPart): number {
  const { domains } = part;
  if (domains.kind === "leaves") {
    return domains.leaves.reduce((sum, { hosts }) => sum + hosts, 0);
  }
  if (domains.kind === "intent") {
    return domains.hosts;
  }
  return Math.ceil(chipsOf(dimsOf(part)!) / acceleratorsPerMachine(pool));
}

const MODELS: readonly PurchaseModel[] = ["reserved", "on-demand", "spot"];

/**
 * Whether slices of a pool are made of its cubes when they are needed (dynamic slicing of GKE): cubes of TPU7x whose
 * label is the partition of GKE. All slices share its nodes then, whatever their topology.
 */
export function isDynamicallySliced({ accelerator, fabric, domainLabels = [] }: CapacityPool): boolean {
  return (
    fabric.kind === "cubes" &&
    accelerator.name === DYNAMIC_SLICE_TPU.accelerator &&
    domainLabels.some(({ of, label }) => of === "cube" && label === GKE_TPU_PARTITION)
  );
}

/** A Slice of GKE: cubes that are joined to one torus. */
export interface PartSlice {
  /** Name of the object; another place has another. */
  readonly name: string;
  /** Values of the partition label, in the order of the plan. */
  readonly partitionIds: readonly string[];
}

/** The Slice that a part is; undefined where the pool has none, ids are unknown, or the part is smaller than a cube. */
export function sliceOf(workload: string, pool: CapacityPool, part: PlacedPart): PartSlice | undefined {
  const { domains } = part;
  const ids = pool.domainLabels?.find(({ of }) => of === "cube")?.values;
  if (!isDynamicallySliced(pool) || ids === undefined || domains.kind !== "cubes") {
    return undefined;
  }
  const chips = chipsOf(domains.shape.dims);
  if (chips !== domains.cubes.length * DYNAMIC_SLICE_CUBE.chips) {
    return undefined;
  }
  const partitionIds = domains.cubes.map((cube) => ids[cube]!);
  return { name: sliceName(workload, topologyOf(part)!, partitionIds), partitionIds };
}

/**
 * Name of the nodes that a part runs on. Nodes of other topologies, or bought in another way than the pool's first, are
 * apart; with dynamic slicing topologies share their nodes. Follows from the pool's offers, not from what else is planned, so that nothing is renamed when workloads come.
 */
export function nodePoolOf(pool: CapacityPool, part: PlacedPart): string {
  const first = MODELS.find((model) => pool.offers.some((offer) => offer.model === model));
  const bought = part.purchase === first ? [] : [part.purchase];
  const topology = isDynamicallySliced(pool) ? [] : (topologyOf(part) ?? []);
  return [pool.name, topology, bought].flat(2).join("-");
}

/** Domains of the narrowest level whose values are known, with the hosts in each, in the order of the domains. */
export function namedDomains(
  pool: CapacityPool,
  part: PlacedPart,
): { readonly label: string; readonly values: readonly DomainHosts[] } | undefined {
  const pieces = piecesOf(part, hostsOf(pool, part));
  for (const { of, pieces: size } of domainLevels(pool.fabric)) {
    const named = pool.domainLabels?.find((each) => each.of === of);
    if (pieces.length > 0 && named?.values !== undefined) {
      const hosts = new Map<number, number>();
      for (const each of pieces) {
        const domain = Math.floor(each.piece / size);
        hosts.set(domain, (hosts.get(domain) ?? 0) + each.hosts);
      }
      const values = [...hosts]
        .sort(([a], [b]) => a - b)
        .map(([domain, count]) => ({ value: named.values![domain]!, hosts: count }));
      return { label: named.label, values };
    }
  }
  return undefined;
}

/** Label of the narrowest level of which one domain holds the whole part; undefined if no level with a label does. */
export function sharedLevel(pool: CapacityPool, part: PlacedPart): string | undefined {
  const pieces = piecesOf(part, 1);
  const level = domainLevels(pool.fabric).find(
    ({ of, pieces: size }) =>
      pool.domainLabels?.some((each) => each.of === of) &&
      new Set(pieces.map(({ piece }) => Math.floor(piece / size))).size === 1,
  );
  return pool.domainLabels?.find(({ of }) => of === level?.of)?.label;
}
