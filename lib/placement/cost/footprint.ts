import { Problems } from "../../core/problems";
import { FabricErrors } from "../../fabric/fabric-errors";
import {
  type CubeFabric,
  chipsOf,
  isTwistable,
  type SliceShape,
  shapeName,
  type TorusFabric,
} from "../../fabric/torus";
import {
  hostsPerLeaf,
  leafCount,
  leavesPerDomain,
  type TreeFabric,
  treeAccelerators,
} from "../../fabric/tree";
import type { PlacedLeaves } from "../placement";
import { CostErrors } from "../placement-errors";

/** How a workload lies under one tier that its traffic has to cross. */
export interface Crossing {
  /** Index of the tier in the fabric. */
  readonly tier: number;
  /** Domains joined by the tier that hold some of it, at least two. */
  readonly domains: number;
  /** Accelerators of it in the domain that holds fewest. */
  readonly smallest: number;
}

/** How a workload lies in a tree: as much as its cost depends on. */
export interface TreeFootprint {
  readonly kind: "tree";
  readonly fabric: TreeFabric;
  readonly accelerators: number;
  /** Accelerators of it in the scale-up domain that holds fewest. */
  readonly perScaleUp: number;
  /** Tiers that it crosses, from the nearest. Empty if one scale-up domain holds all of it. */
  readonly crossings: readonly Crossing[];
}

/** A slice of a torus. */
export interface TorusFootprint {
  readonly kind: "torus";
  readonly fabric: TorusFabric | CubeFabric;
  readonly shape: SliceShape;
  readonly accelerators: number;
  /** True for each axis of the slice whose ends are joined without a twist. */
  readonly wrapped: readonly boolean[];
}

export type Footprint = TreeFootprint | TorusFootprint;

type LeafShare = PlacedLeaves["leaves"][number];

function refuseFootprint(where: string, subject: string, given: unknown, allowed: string): never {
  const problems = new Problems(where);
  problems.add(CostErrors.FootprintMismatch, { subject, given, allowed });
  problems.throwIfAny();
  throw new Error(where);
}

function checkLeaves(fabric: TreeFabric, leaves: readonly LeafShare[]): void {
  const [count, capacity] = [leafCount(fabric), hostsPerLeaf(fabric)];
  const wrong = leaves.find(
    ({ leaf, hosts }) =>
      !Number.isInteger(leaf) ||
      leaf < 0 ||
      leaf >= count ||
      !Number.isInteger(hosts) ||
      hosts < 1 ||
      hosts > capacity,
  );
  if (wrong !== undefined || leaves.length === 0) {
    const allowed = `leaves 0 to ${count - 1}, each with 1 to ${capacity} hosts`;
    refuseFootprint("treeFootprint", "leaves", wrong ?? leaves, allowed);
  }
}

/** Accelerators by domain, where `perDomain` leaves make one. */
function sharesBy(leaves: readonly LeafShare[], perDomain: number, perHost: number): readonly number[] {
  const shares = new Map<number, number>();
  for (const { leaf, hosts } of leaves) {
    const domain = Math.floor(leaf / perDomain);
    shares.set(domain, (shares.get(domain) ?? 0) + hosts * perHost);
  }
  return [...shares.values()];
}

/** Accelerators in each scale-up domain, where these are smaller than a leaf: whole ones. */
function scaleUpShares(fabric: TreeFabric, leaves: readonly LeafShare[]): readonly number[] {
  const { acceleratorsPerHost, scaleUp } = fabric;
  if (scaleUp.accelerators > acceleratorsPerHost) {
    return sharesBy(leaves, 1, acceleratorsPerHost);
  }
  const hosts = leaves.reduce((sum, share) => sum + share.hosts, 0);
  return Array.from(
    { length: (hosts * acceleratorsPerHost) / scaleUp.accelerators },
    () => scaleUp.accelerators,
  );
}

/**
 * The footprint of hosts in the leaves of a tree.
 *
 * @param leaves each leaf once
 * @throws FootprintMismatch
 */
export function treeFootprint(fabric: TreeFabric, leaves: readonly LeafShare[]): TreeFootprint {
  checkLeaves(fabric, leaves);
  const scaleUp = scaleUpShares(fabric, leaves);
  const perTier = [
    scaleUp,
    ...leavesPerDomain(fabric)
      .slice(0, -1)
      .map((perDomain) => sharesBy(leaves, perDomain, fabric.acceleratorsPerHost)),
  ];
  const crossings = perTier
    .map((shares, tier) => ({
      tier,
      domains: shares.length,
      smallest: shares.reduce((a, b) => Math.min(a, b)),
    }))
    .filter((crossing) => crossing.domains > 1);
  const accelerators = scaleUp.reduce((sum, share) => sum + share, 0);
  return {
    kind: "tree",
    fabric,
    accelerators,
    perScaleUp: scaleUp.reduce((a, b) => Math.min(a, b)),
    crossings,
  };
}

/**
 * The footprint in an empty tree, leaves filled one after another: the best case, and what an opaque interior is costed
 * with.
 *
 * @throws FootprintMismatch if the tree is smaller
 */
export function compactTreeFootprint(fabric: TreeFabric, accelerators: number): TreeFootprint {
  if (!(accelerators >= 1 && accelerators <= treeAccelerators(fabric))) {
    const allowed = `1 to ${treeAccelerators(fabric)}, which the fabric has`;
    refuseFootprint("compactTreeFootprint", "accelerators", accelerators, allowed);
  }
  const capacity = hostsPerLeaf(fabric);
  const hosts = Math.ceil(accelerators / fabric.acceleratorsPerHost);
  const leaves = Array.from({ length: Math.ceil(hosts / capacity) }, (_, leaf) => ({
    leaf,
    hosts: Math.min(capacity, hosts - leaf * capacity),
  }));
  return treeFootprint(fabric, leaves);
}

/**
 * The footprint of a slice. Slices of cubes wrap along every axis once they are made of whole cubes; slices of a static
 * torus along axes that they span; the twist opens the rings of the shortest axes.
 *
 * @throws SliceShapeIllegal, ShapeNotTwistable
 */
export function torusFootprint(fabric: TorusFabric | CubeFabric, shape: SliceShape): TorusFootprint {
  const problems = new Problems("torusFootprint");
  const { dims, twisted } = shape;
  const axes = fabric.kind === "torus" ? fabric.dims.length : 3;
  const illegal = fabric.kind === "torus" ? !fitsTorus(fabric, dims) : !fitsCubes(fabric, dims);
  if (dims.length !== axes || illegal) {
    const allowed = fabric.kind === "torus" ? `within ${shapeName(fabric.dims)}` : cubeShapes(fabric);
    problems.add(FabricErrors.SliceShapeIllegal, { subject: "dims", given: shapeName(dims), allowed });
  }
  if (twisted && !(fabric.kind === "cubes" && fabric.twist && isTwistable(dims))) {
    const allowed = "n x n x 2n or n x 2n x 2n, n a multiple of 4, of a fabric that can twist";
    problems.add(FabricErrors.ShapeNotTwistable, { subject: "dims", given: shapeName(dims), allowed });
  }
  problems.throwIfAny();
  const shortest = Math.min(...dims);
  const wrapped = dims.map((side, axis) =>
    fabric.kind === "torus"
      ? fabric.wrapped[axis]! && side === fabric.dims[axis]
      : side >= fabric.side && dims.every((other) => other >= fabric.side) && !(twisted && side === shortest),
  );
  return { kind: "torus", fabric, shape, accelerators: chipsOf(dims), wrapped };
}

function fitsTorus(fabric: TorusFabric, dims: readonly number[]): boolean {
  return dims.every((side, axis) => Number.isInteger(side) && side >= 1 && side <= fabric.dims[axis]!);
}

/** Whole cubes, or a box inside one. */
function fitsCubes(fabric: CubeFabric, dims: readonly number[]): boolean {
  const { side, largestSliceCubes } = fabric;
  if (!dims.every((length) => Number.isInteger(length) && length >= 1)) {
    return false;
  }
  return dims.every((length) => length % side === 0)
    ? chipsOf(dims) / side ** 3 <= largestSliceCubes
    : dims.every((length) => length <= side && side % length === 0);
}

function cubeShapes({ side, largestSliceCubes }: CubeFabric): string {
  return `sides that are multiples of ${side}, at most ${largestSliceCubes} cubes, or a box inside one cube`;
}
