import { chipsOf, type Dims } from "../../fabric/torus";
import type { ParallelLayout } from "../gang";
import type { RankAxis, TorusStretch } from "../placement";

/** Axes of a layout from the innermost to the outermost. */
export const RANK_ORDER: readonly RankAxis[] = ["tp", "cp", "ep", "pp", "dp"];

/** Size of each axis; `dp` is what is left of it outside the expert groups. */
export function rankSizes(layout: ParallelLayout): Readonly<Record<RankAxis, number>> {
  const { tp, cp, ep, pp, dp } = layout;
  return { tp, cp, ep, pp, dp: dp / ep };
}

/** A stretch and the distance of its members on the axis. */
export interface MappedStretch extends TorusStretch {
  readonly stride: number;
}

export type TorusMapping = Readonly<Record<RankAxis, readonly MappedStretch[]>>;

/** All ways to take `size` members from what is left of the axes: one extent for each axis. */
function extents(size: number, left: Dims): readonly Dims[] {
  const [first, ...rest] = left;
  if (first === undefined) {
    return size === 1 ? [[]] : [];
  }
  const ways: Dims[] = [];
  for (let extent = 1; extent <= Math.min(first, size); extent++) {
    if (first % extent === 0 && size % extent === 0) {
      ways.push(...extents(size / extent, rest).map((tail) => [extent, ...tail]));
    }
  }
  return ways;
}

/** Axes that are taken in part only. Whole axes come first: rings stay closed and neighbours stay neighbours. */
function splits(way: Dims, left: Dims): number {
  return way.filter((extent, axis) => extent > 1 && extent < left[axis]!).length;
}

function compareWays(left: Dims): (a: Dims, b: Dims) => number {
  return (a, b) =>
    splits(a, left) - splits(b, left) ||
    a.filter((extent) => extent > 1).length - b.filter((extent) => extent > 1).length ||
    a.reduce((difference, extent, axis) => difference || b[axis]! - extent, 0);
}

function mapFrom(
  axes: readonly RankAxis[],
  sizes: Readonly<Record<RankAxis, number>>,
  left: Dims,
  strides: Dims,
): Partial<Record<RankAxis, readonly MappedStretch[]>> | undefined {
  const [axis, ...others] = axes;
  if (axis === undefined) {
    return {};
  }
  for (const way of [...extents(sizes[axis], left)].sort(compareWays(left))) {
    const rest = mapFrom(
      others,
      sizes,
      left.map((length, index) => length / way[index]!),
      strides.map((stride, index) => stride * way[index]!),
    );
    if (rest !== undefined) {
      const stretches = way
        .map((extent, index) => ({ axis: index, extent, stride: strides[index]! }))
        .filter((stretch) => stretch.extent > 1);
      return { ...rest, [axis]: stretches };
    }
  }
  return undefined;
}

/**
 * Lays the axes of a layout along the axes of a slice, the innermost first, whole slice axes before parts of them.
 *
 * @returns undefined if the degrees do not factor into the sides
 */
export function mapToTorus(layout: ParallelLayout, dims: Dims): TorusMapping | undefined {
  const sizes = rankSizes(layout);
  if (RANK_ORDER.reduce((product, axis) => product * sizes[axis], 1) !== chipsOf(dims)) {
    return undefined;
  }
  const strides = dims.map(() => 1);
  return mapFrom(RANK_ORDER, sizes, dims, strides) as TorusMapping | undefined;
}
