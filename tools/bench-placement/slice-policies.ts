import type { TorusBox } from "../../lib/fabric/capacity-pool";
import type { CubeFabric, Dims, SliceShape, TorusFabric } from "../../lib/fabric/torus";
import type { PlacedDomains } from "../../lib/placement/placement";

/** Chips of a static torus that are taken, by copy. */
export type Taken = readonly Uint8Array[];

export function cellsOf(fabric: TorusFabric, anchor: Dims, dims: Dims): readonly number[] {
  let cells = [0];
  let stride = 1;
  fabric.dims.forEach((side, axis) => {
    cells = cells.flatMap((cell) =>
      Array.from({ length: dims[axis]! }, (_, step) => cell + ((anchor[axis]! + step) % side) * stride),
    );
    stride *= side;
  });
  return cells;
}

function anchors(fabric: TorusFabric, dims: Dims): readonly Dims[] {
  return fabric.dims.reduce<Dims[]>(
    (all, side, axis) => {
      const last = fabric.wrapped[axis] && dims[axis]! < side ? side - 1 : side - dims[axis]!;
      return all.flatMap((anchor) => Array.from({ length: last + 1 }, (_, at) => [...anchor, at]));
    },
    [[]],
  );
}

function isFree(fabric: TorusFabric, taken: Taken, copy: number, anchor: Dims, dims: Dims): boolean {
  return cellsOf(fabric, anchor, dims).every((cell) => taken[copy]![cell] === 0);
}

/** Free aligned anchors of the next larger cube-like shape: what Slurm's torus plugin calls fragmentation. */
function nextAnchors(fabric: TorusFabric, taken: Taken, copy: number, dims: Dims): number {
  const next = dims.map((side, axis) => Math.min(fabric.dims[axis]!, 2 * side));
  return anchors(fabric, next)
    .filter((anchor) => anchor.every((at, axis) => at % next[axis]! === 0))
    .filter((anchor) => isFree(fabric, taken, copy, anchor, next)).length;
}

/** Slurm topology/torus3d: every anchor, the one that destroys fewest free anchors of the next size. */
export function torus3d(
  fabric: TorusFabric,
  taken: Taken,
  shapes: readonly SliceShape[],
): TorusBox | undefined {
  for (const { dims } of shapes) {
    let best: { readonly box: TorusBox; readonly left: number } | undefined;
    for (let copy = 0; copy < fabric.copies; copy++) {
      const step = (anchor: Dims) => anchor.every((at, axis) => at % dims[axis]! === 0);
      for (const anchor of anchors(fabric, dims).filter(step)) {
        if (isFree(fabric, taken, copy, anchor, dims)) {
          const cells = cellsOf(fabric, anchor, dims);
          cells.forEach((cell) => {
            taken[copy]![cell] = 1;
          });
          const left = nextAnchors(fabric, taken, copy, dims);
          cells.forEach((cell) => {
            taken[copy]![cell] = 0;
          });
          if (best === undefined || left > best.left) {
            best = { box: { copy, anchor, dims }, left };
          }
        }
      }
    }
    if (best !== undefined) {
      return best.box;
    }
  }
  return undefined;
}

/** The first anchor that is free. */
export function firstAnchor(
  fabric: TorusFabric,
  taken: Taken,
  shapes: readonly SliceShape[],
): TorusBox | undefined {
  for (const { dims } of shapes) {
    for (let copy = 0; copy < fabric.copies; copy++) {
      const anchor = anchors(fabric, dims).find((at) => isFree(fabric, taken, copy, at, dims));
      if (anchor !== undefined) {
        return { copy, anchor, dims };
      }
    }
  }
  return undefined;
}

/** The first cubes that are free, in the first shape that is legal. */
export function firstCubes(
  fabric: CubeFabric,
  free: readonly number[],
  shapes: readonly SliceShape[],
): PlacedDomains | undefined {
  const volume = fabric.side ** 3;
  for (const shape of shapes) {
    const chips = shape.dims.reduce((product, side) => product * side, 1);
    const whole = [...free.keys()].filter((cube) => free[cube] === volume);
    const unspared = Math.max(0, whole.length - fabric.spareCubes);
    if (chips % volume === 0 && chips / volume <= unspared) {
      return { kind: "cubes", shape, cubes: whole.slice(0, chips / volume) };
    }
    if (chips % volume !== 0) {
      const cube = free.findIndex((left) => left >= chips && (left < volume || unspared > 0));
      if (cube >= 0) {
        return { kind: "cubes", shape, cubes: [cube] };
      }
    }
  }
  return undefined;
}
