import { Problems } from "../../core/problems";
import { FabricErrors } from "../../fabric/fabric-errors";
import { chipsOf, type Dims, isTwistable, shapeName } from "../../fabric/torus";
import { guardCounts } from "./guard";

/** A chip's place in a torus of three axes. */
type Place = readonly [number, number, number];

function modulo(value: number, size: number): number {
  return ((value % size) + size) % size;
}

/**
 * Shift of all axes that goes with a wrap along one axis: none on a plain torus. For n x n x 2n a wrap of x or y shifts z
 * by n; for n x 2n x 2n a wrap of x shifts y and z by n.
 *
 * Source: J. M. Cámara et al., Twisted Torus Topologies for Enhanced Interconnection Networks, IEEE TPDS 21 (2010)
 */
function twistOf(sorted: Place): readonly Place[] {
  const [n, middle] = sorted;
  const none: Place = [0, 0, 0];
  return middle === n ? [[0, 0, n], [0, 0, n], none] : [[0, n, n], none, none];
}

/** The six neighbours of a chip of a torus with sorted sides. */
export function neighbours(place: Place, dims: Place, twists: readonly Place[]): readonly Place[] {
  const found: Place[] = [];
  for (let axis = 0; axis < 3; axis++) {
    for (const step of [1, -1]) {
      const next = place.map((at, other) => (other === axis ? at + step : at));
      const wraps = Math.floor(next[axis]! / dims[axis]!);
      found.push(
        next.map((at, other) => modulo(at - wraps * twists[axis]![other]!, dims[other]!)) as unknown as Place,
      );
    }
  }
  return found;
}

/** The sides of a twistable shape in rising order and the shifts of its wraps. */
export function twistedTorus(dims: Dims): { readonly dims: Place; readonly twists: readonly Place[] } {
  if (!isTwistable(dims)) {
    const problems = new Problems("twistedTorus");
    const allowed = "n x n x 2n or n x 2n x 2n, n a multiple of 4";
    problems.add(FabricErrors.ShapeNotTwistable, { subject: "dims", given: shapeName(dims), allowed });
    problems.throwIfAny();
  }
  const sorted = [...dims].sort((a, b) => a - b) as unknown as Place;
  return { dims: sorted, twists: twistOf(sorted) };
}

/** Hops from one chip to each other one, by breadth-first search; all chips see the same, so one is enough. */
export function hopsFromOrigin(dims: Place, twists: readonly Place[]): readonly number[] {
  const index = ([x, y, z]: Place) => (x * dims[1] + y) * dims[2] + z;
  const hops = new Array<number>(chipsOf(dims)).fill(-1);
  let frontier: Place[] = [[0, 0, 0]];
  hops[0] = 0;
  for (let distance = 1; frontier.length > 0; distance++) {
    const reached: Place[] = [];
    for (const place of frontier) {
      for (const next of neighbours(place, dims, twists)) {
        if (hops[index(next)] === -1) {
          hops[index(next)] = distance;
          reached.push(next);
        }
      }
    }
    frontier = reached;
  }
  return hops;
}

const known = new Map<string, number>();

/**
 * Mean hops from a chip to another chip of a twisted torus, computed from its wiring and remembered.
 *
 * @param dims sides in any order
 * @throws ShapeNotTwistable, NumberOutOfRange
 */
export function twistedMeanHops(dims: Dims): number {
  guardCounts("twistedMeanHops", Object.fromEntries(dims.map((side, axis) => [`dims[${axis}]`, side])));
  const torus = twistedTorus(dims);
  const key = shapeName(torus.dims);
  let mean = known.get(key);
  if (mean === undefined) {
    const hops = hopsFromOrigin(torus.dims, torus.twists);
    mean = hops.reduce((sum, count) => sum + count, 0) / (hops.length - 1);
    known.set(key, mean);
  }
  return mean;
}
