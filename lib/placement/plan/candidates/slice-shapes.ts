import { chipsOf, type Dims, isTwistable, type SliceShape } from "../../../fabric/torus";
import type { PoolRef } from "../model";

/** Ways to write `chips` as sides of at most the given lengths. */
function boxes(chips: number, limits: Dims): readonly Dims[] {
  const [first, ...rest] = limits;
  if (first === undefined) {
    return chips === 1 ? [[]] : [];
  }
  const found: Dims[] = [];
  for (let side = 1; side <= Math.min(first, chips); side++) {
    if (chips % side === 0) {
      found.push(...boxes(chips / side, rest).map((tail) => [side, ...tail]));
    }
  }
  return found;
}

function rising(dims: Dims): boolean {
  return dims.every((side, axis) => axis === 0 || dims[axis - 1]! <= side);
}

/** Shapes of cubes: whole ones joined, or a box inside one. Axes are all alike, so sides rise. */
function cubeShapes(side: number, largest: number, chips: number, twist: boolean): readonly SliceShape[] {
  const volume = side ** 3;
  if (chips % volume !== 0) {
    return boxes(chips, [side, side, side])
      .filter((dims) => rising(dims) && dims.every((length) => side % length === 0))
      .map((dims) => ({ dims, twisted: false }));
  }
  const cubes = chips / volume;
  if (cubes > largest) {
    return [];
  }
  return boxes(cubes, [cubes, cubes, cubes])
    .filter(rising)
    .map((lattice) => lattice.map((count) => count * side))
    .flatMap((dims) => [
      { dims, twisted: false },
      ...(twist && isTwistable(dims) ? [{ dims, twisted: true }] : []),
    ]);
}

function sameSides(a: Dims, b: Dims): boolean {
  const sorted = (dims: Dims) => dims.filter((side) => side > 1).sort((x, y) => x - y);
  return sorted(a).join("x") === sorted(b).join("x");
}

/**
 * All slices of exactly so many chips that the fabric of the pool can make.
 *
 * @param allowed shapes that the workload can run on; absent: any
 */
export function legalShapes(
  { known }: PoolRef,
  chips: number,
  allowed: readonly Dims[] | undefined,
): readonly SliceShape[] {
  if (known.kind === "tree") {
    return [];
  }
  const shapes =
    known.kind === "torus"
      ? boxes(chips, known.dims).map((dims) => ({ dims, twisted: false }))
      : cubeShapes(known.side, known.largestSliceCubes, chips, known.twist);
  return allowed === undefined
    ? shapes
    : shapes.filter(({ dims }) => allowed.some((wanted) => sameSides(wanted, dims)));
}

/** The smallest size of at least so many chips for which a slice exists, and its shapes. */
export function shapesHolding(pool: PoolRef, chips: number): readonly SliceShape[] {
  const { known } = pool;
  if (known.kind === "tree") {
    return [];
  }
  const volume = known.kind === "torus" ? chipsOf(known.dims) : known.side ** 3;
  const most = known.kind === "torus" ? volume : known.largestSliceCubes * volume;
  for (let size = chips; size <= most; size++) {
    const shapes = legalShapes(pool, size, undefined).filter(({ twisted }) => !twisted);
    if (shapes.length > 0) {
      return shapes;
    }
    if (known.kind === "cubes" && size > volume) {
      size = Math.ceil((size + 1) / volume) * volume - 1;
    }
  }
  return [];
}
