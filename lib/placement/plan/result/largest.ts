import { type CubeFabric, chipsOf, type Dims, type TorusFabric } from "../../../fabric/torus";
import { hostsPerLeaf, leafCount, type TreeFabric } from "../../../fabric/tree";
import type { PlacedDomains } from "../../placement";
import type { PoolRef } from "../model";

/** Accelerators in the freest leaf: the largest gang that crosses no switch above it. */
function largestInTree(
  fabric: TreeFabric,
  freeHosts: readonly number[],
  placed: readonly PlacedDomains[],
): number {
  const free = Array.from({ length: leafCount(fabric) }, (_, leaf) =>
    Math.min(hostsPerLeaf(fabric), freeHosts[leaf] ?? 0),
  );
  for (const domains of placed) {
    for (const { leaf, hosts } of domains.kind === "leaves" ? domains.leaves : []) {
      free[leaf]! -= hosts;
    }
  }
  return free.reduce((most, hosts) => Math.max(most, hosts), 0) * fabric.acceleratorsPerHost;
}

function largestOfCubes(
  fabric: CubeFabric,
  freeChips: readonly number[],
  placed: readonly PlacedDomains[],
): number {
  const volume = fabric.side ** 3;
  const free = [...freeChips];
  for (const domains of placed) {
    if (domains.kind === "cubes") {
      for (const cube of domains.cubes) {
        free[cube]! -= Math.min(volume, chipsOf(domains.shape.dims));
      }
    }
  }
  const whole = free.filter((chips) => chips === volume).length - fabric.spareCubes;
  if (whole > 0) {
    return Math.min(whole, fabric.largestSliceCubes) * volume;
  }
  return free.filter((chips) => chips < volume).reduce((most, chips) => Math.max(most, chips), 0);
}

/** Lengths that are tried along an axis: powers of two, and the whole of it. */
function lengths(side: number): readonly number[] {
  const powers = Array.from({ length: 16 }, (_, power) => 2 ** power).filter((length) => length < side);
  return [...powers, side];
}

function product(choices: readonly (readonly number[])[]): readonly Dims[] {
  return choices.reduce<readonly Dims[]>(
    (boxes, next) => boxes.flatMap((box) => next.map((length) => [...box, length])),
    [[]],
  );
}

/** Chips taken in one torus, doubled along each axis so that boxes over a wrapped end are plain, as sums from the corner. */
function summed(
  fabric: TorusFabric,
  taken: Uint8Array,
): { readonly sums: Float64Array; readonly sides: Dims } {
  const sides = [0, 1, 2].map((axis) => 2 * (fabric.dims[axis] ?? 1) + 1);
  const dims = [0, 1, 2].map((axis) => fabric.dims[axis] ?? 1);
  const sums = new Float64Array(sides[0]! * sides[1]! * sides[2]!);
  const at = (x: number, y: number, z: number) => (z * sides[1]! + y) * sides[0]! + x;
  for (let z = 1; z < sides[2]!; z++) {
    for (let y = 1; y < sides[1]!; y++) {
      let row = 0;
      for (let x = 1; x < sides[0]!; x++) {
        const [cx, cy, cz] = [(x - 1) % dims[0]!, (y - 1) % dims[1]!, (z - 1) % dims[2]!];
        row += taken[(cz * dims[1]! + cy) * dims[0]! + cx]!;
        sums[at(x, y, z)] =
          row + sums[at(x, y - 1, z)]! + sums[at(x, y, z - 1)]! - sums[at(x, y - 1, z - 1)]!;
      }
    }
  }
  return { sums, sides };
}

function largestInTorus(
  fabric: TorusFabric,
  boxes: readonly { readonly copy: number; readonly anchor: Dims; readonly dims: Dims }[],
): number {
  const dims = [0, 1, 2].map((axis) => fabric.dims[axis] ?? 1);
  const volume = chipsOf(dims);
  const shapes = [...product(fabric.dims.map(lengths))].sort((a, b) => chipsOf(b) - chipsOf(a));
  let most = 0;
  for (let copy = 0; copy < fabric.copies; copy++) {
    const taken = new Uint8Array(volume);
    for (const box of boxes.filter((other) => other.copy === copy)) {
      mark(taken, dims, box.anchor, box.dims);
    }
    const { sums, sides } = summed(fabric, taken);
    const found = shapes.find((shape) => chipsOf(shape) > most && fits(fabric, shape, sums, sides));
    most = Math.max(most, found === undefined ? 0 : chipsOf(found));
  }
  return most;
}

function mark(taken: Uint8Array, dims: Dims, anchor: Dims, box: Dims): void {
  const along = [0, 1, 2].map((axis) =>
    Array.from({ length: box[axis] ?? 1 }, (_, step) => ((anchor[axis] ?? 0) + step) % dims[axis]!),
  );
  for (const z of along[2]!) {
    for (const y of along[1]!) {
      for (const x of along[0]!) {
        taken[(z * dims[1]! + y) * dims[0]! + x] = 1;
      }
    }
  }
}

function fits(fabric: TorusFabric, shape: Dims, sums: Float64Array, sides: Dims): boolean {
  const length = [0, 1, 2].map((axis) => shape[axis] ?? 1);
  const last = length.map((side, axis) => {
    const whole = fabric.dims[axis] ?? 1;
    return fabric.wrapped[axis] && side < whole ? whole - 1 : whole - side;
  });
  const at = (x: number, y: number, z: number) => sums[(z * sides[1]! + y) * sides[0]! + x]!;
  for (let z = 0; z <= last[2]!; z++) {
    for (let y = 0; y <= last[1]!; y++) {
      for (let x = 0; x <= last[0]!; x++) {
        const [u, v, w] = [x + length[0]!, y + length[1]!, z + length[2]!];
        const upper = at(u, v, w) - at(x, v, w) - at(u, y, w) + at(x, y, w);
        const lower = at(u, v, z) - at(x, v, z) - at(u, y, z) + at(x, y, z);
        if (upper === lower) {
          return true;
        }
      }
    }
  }
  return false;
}

/**
 * Accelerators of the largest slice that a pool still has room for. Tree: the freest leaf. Cubes: whole free cubes beyond
 * the spare ones, else the freest cube. Torus: the largest free box whose sides are powers of two or whole axes.
 */
export function largestPlaceable({ pool, known, opaque }: PoolRef, placed: readonly PlacedDomains[]): number {
  const { free } = pool;
  if (opaque) {
    return 0;
  }
  if (known.kind === "tree" && free.kind === "leaves") {
    return largestInTree(known, free.freeHosts, placed);
  }
  if (known.kind === "cubes" && free.kind === "cubes") {
    return largestOfCubes(known, free.freeChips, placed);
  }
  if (known.kind === "torus" && free.kind === "boxes") {
    const boxes = placed.flatMap((domains) => (domains.kind === "box" ? [domains.box] : []));
    return largestInTorus(known, [...free.taken, ...boxes]);
  }
  return 0;
}
