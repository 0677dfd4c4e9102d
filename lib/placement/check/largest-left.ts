import type { CapacityPool } from "../../fabric/capacity-pool";
import type { PlacedDomains, Placement } from "../placement";
import { chipsOfBox, type Facts, leafHosts } from "./facts";

function ofTorus(pool: CapacityPool, placed: readonly PlacedDomains[]): number {
  const { fabric, free } = pool;
  if (fabric.kind !== "torus" || free.kind !== "boxes") {
    return 0;
  }
  const boxes = [
    ...free.taken,
    ...placed.flatMap((domains) => (domains.kind === "box" ? [domains.box] : [])),
  ];
  const lengths = fabric.dims.map((side) =>
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].filter((length) => length < side).concat(side),
  );
  const shapes = lengths
    .reduce<readonly (readonly number[])[]>(
      (all, next) => all.flatMap((shape) => next.map((length) => [...shape, length])),
      [[]],
    )
    .map((shape) => ({ shape, chips: shape.reduce((a, b) => a * b, 1) }))
    .sort((a, b) => b.chips - a.chips);
  let most = 0;
  for (let copy = 0; copy < fabric.copies; copy++) {
    const taken = new Set(
      boxes
        .filter((box) => box.copy === copy)
        .flatMap((box) => chipsOfBox(fabric.dims, box.anchor, box.dims)),
    );
    const anchors = chipsOfBox(
      fabric.dims,
      fabric.dims.map(() => 0),
      fabric.dims,
    ).map((chip) => chip.slice(1).split(".").map(Number));
    const open = ({ shape, chips }: (typeof shapes)[number]) =>
      chips > most &&
      anchors.some(
        (anchor) =>
          anchor.every((at, axis) => at + shape[axis]! <= fabric.dims[axis]! || fabric.wrapped[axis]) &&
          chipsOfBox(fabric.dims, anchor, shape).every((chip) => !taken.has(chip)),
      );
    most = Math.max(most, shapes.find(open)?.chips ?? 0);
  }
  return most;
}

function ofLeaves(pool: CapacityPool, placed: readonly PlacedDomains[]): number {
  if (pool.fabric.kind !== "tree" || pool.free.kind !== "leaves") {
    return 0;
  }
  const each = leafHosts(pool.fabric);
  const left = pool.free.freeHosts.map((hosts) => Math.min(hosts, each));
  for (const domains of placed) {
    if (domains.kind === "leaves") {
      for (const { leaf, hosts } of domains.leaves) {
        left[leaf] = left[leaf]! - hosts;
      }
    }
  }
  return Math.max(0, ...left) * pool.fabric.acceleratorsPerHost;
}

function ofCubes(pool: CapacityPool, placed: readonly PlacedDomains[]): number {
  if (pool.fabric.kind !== "cubes" || pool.free.kind !== "cubes") {
    return 0;
  }
  const { side, spareCubes, largestSliceCubes } = pool.fabric;
  const left = [...pool.free.freeChips];
  for (const domains of placed) {
    if (domains.kind === "cubes") {
      const chips = domains.shape.dims.reduce((a, b) => a * b, 1) / domains.cubes.length;
      for (const cube of domains.cubes) {
        left[cube] = left[cube]! - chips;
      }
    }
  }
  const whole = left.filter((chips) => chips === side ** 3).length - spareCubes;
  return whole > 0
    ? Math.min(whole, largestSliceCubes) * side ** 3
    : Math.max(0, ...left.filter((chips) => chips < side ** 3));
}

/** Accelerators of the largest slice that each pool of known interior still has room for, summed. */
export function largestLeft(facts: Facts, placement: Placement): number {
  let sum = 0;
  for (const site of facts.input.sites) {
    for (const pool of site.pools) {
      const placed = placement.workloads.flatMap((workload) =>
        workload.status === "accepted"
          ? workload.parts
              .filter((part) => part.site === site.name && part.pool === pool.name)
              .map(({ domains }) => domains)
          : [],
      );
      sum += ofTorus(pool, placed) + ofLeaves(pool, placed) + ofCubes(pool, placed);
    }
  }
  return sum;
}
