import type { CubeFabric, SliceShape, TorusFabric } from "../../fabric/torus";
import type { ParallelLayout } from "../gang";
import { type AxisSeconds, type Load, type Loads, SHARES } from "./loads";

/** A stretch of a slice's axis that a rank axis runs along. */
interface Run {
  readonly along: number;
  readonly length: number;
  readonly stride: number;
}

type Runs = Readonly<Record<"tp" | "cp" | "ep" | "pp" | "dp", readonly Run[]>>;

function divisorsOf(value: number): readonly number[] {
  return [...new Array(value).keys()].map((index) => index + 1).filter((divisor) => value % divisor === 0);
}

/** Ways to fill one rank axis from the rest of the slice: whole axes first, few axes, short ones of the first axes. */
function ways(size: number, rest: readonly number[]): readonly (readonly number[])[] {
  let open: (readonly number[])[] = [[]];
  for (const length of rest) {
    open = open.flatMap((way) => divisorsOf(length).map((part) => [...way, part]));
  }
  const product = (way: readonly number[]) => way.reduce((a, b) => a * b, 1);
  const rank = (way: readonly number[]) => [
    way.filter((part, axis) => part > 1 && part < rest[axis]!).length,
    way.filter((part) => part > 1).length,
    ...way,
  ];
  return open
    .filter((way) => product(way) === size)
    .sort((a, b) => {
      const [left, right] = [rank(a), rank(b)];
      const at = left.findIndex((value, index) => value !== right[index]);
      return at < 0 ? 0 : left[at]! - right[at]!;
    });
}

function lay(
  sizes: readonly (readonly [keyof Runs, number])[],
  rest: readonly number[],
  strides: readonly number[],
): Partial<Runs> | undefined {
  const [head, ...tail] = sizes;
  if (head === undefined) {
    return {};
  }
  for (const way of ways(head[1], rest)) {
    const next = lay(
      tail,
      rest.map((length, axis) => length / way[axis]!),
      strides.map((stride, axis) => stride * way[axis]!),
    );
    if (next !== undefined) {
      const runs = way
        .map((length, along) => ({ along, length, stride: strides[along]! }))
        .filter(({ length }) => length > 1);
      return { ...next, [head[0]]: runs };
    }
  }
  return undefined;
}

const remembered = new Map<string, Runs | undefined>();

/** Rank axes along the axes of a slice, the innermost first; undefined if the degrees do not factor into the sides. */
function runsOf({ tp, cp, ep, pp, dp }: ParallelLayout, dims: readonly number[]): Runs | undefined {
  const key = [tp, cp, ep, pp, dp, ...dims].join();
  if (!remembered.has(key)) {
    const sizes = [
      ["tp", tp],
      ["cp", cp],
      ["ep", ep],
      ["pp", pp],
      ["dp", dp / ep],
    ] as const;
    const chips = dims.reduce((a, b) => a * b, 1);
    const all = tp * cp * pp * dp;
    const ones = dims.map(() => 1);
    remembered.set(key, all === chips ? (lay(sizes, dims, ones) as Runs | undefined) : undefined);
  }
  return remembered.get(key);
}

/** Which axes of a slice close to rings. */
function rings(fabric: TorusFabric | CubeFabric, { dims, twisted }: SliceShape): readonly boolean[] {
  if (fabric.kind === "torus") {
    return dims.map((length, axis) => fabric.wrapped[axis] === true && length === fabric.dims[axis]);
  }
  const whole = dims.every((length) => length >= fabric.side);
  const least = Math.min(...dims);
  return dims.map((length) => whole && !(twisted && length === least));
}

/** Neighbouring runs of one axis are one run. */
function merged(runs: readonly Run[]): readonly Run[] {
  const done: Run[] = [];
  for (const run of [...runs].sort((a, b) => a.along - b.along || a.stride - b.stride)) {
    const last = done.at(-1);
    if (last !== undefined && last.along === run.along && last.stride * last.length === run.stride) {
      done.splice(-1, 1, { ...last, length: last.length * run.length });
    } else {
      done.push(run);
    }
  }
  return done;
}

/** Mean hops of a twisted torus from chip 0 to the others, by breadth-first search over its six links. */
export function meanTwistedHops(dims: readonly number[]): number {
  const [n, middle, long] = [...dims].sort((a, b) => a - b) as [number, number, number];
  const cubic = middle === n;
  const wrap = (x: number, y: number, z: number): number => {
    const aroundX = x < 0 || x >= n;
    const shiftedY = aroundX && !cubic ? y + n : y;
    const aroundY = cubic && (y < 0 || y >= n);
    const shiftedZ = z + (aroundX ? n : 0) + (aroundY ? n : 0);
    const within = (at: number, side: number) => ((at % side) + side) % side;
    return (within(x, n) * middle + within(shiftedY, middle)) * long + within(shiftedZ, long);
  };
  const hops = new Map<number, number>([[0, 0]]);
  let edge = [0];
  while (edge.length > 0) {
    const next: number[] = [];
    for (const chip of edge) {
      const z = chip % long;
      const y = Math.floor(chip / long) % middle;
      const x = Math.floor(chip / (long * middle));
      const reached = [
        wrap(x + 1, y, z),
        wrap(x - 1, y, z),
        wrap(x, y + 1, z),
        wrap(x, y - 1, z),
        wrap(x, y, z + 1),
        wrap(x, y, z - 1),
      ];
      for (const other of reached.filter((candidate) => !hops.has(candidate))) {
        if (!hops.has(other)) {
          hops.set(other, hops.get(chip)! + 1);
          next.push(other);
        }
      }
    }
    edge = next;
  }
  return [...hops.values()].reduce((a, b) => a + b, 0) / (hops.size - 1);
}

const twistedHops = new Map<string, number>();

function hopsOfTwist(dims: readonly number[]): number {
  const key = [...dims].sort((a, b) => a - b).join();
  const mean = twistedHops.get(key) ?? meanTwistedHops(dims);
  twistedHops.set(key, mean);
  return mean;
}

/** Seconds of each axis on a slice; undefined if the layout does not map onto it. */
export function torusTimes(
  layout: ParallelLayout,
  loads: Loads,
  fabric: TorusFabric | CubeFabric,
  shape: SliceShape,
): AxisSeconds | undefined {
  const runs = runsOf(layout, shape.dims);
  if (runs === undefined) {
    return undefined;
  }
  const closed = rings(fabric, shape);
  const link = fabric.linkOneWayGBps * 1e9 * SHARES.torus;
  const hop = fabric.hopLatencyUs / 1e6;
  const isRing = ({ along, length, stride }: Run) => closed[along]! && length * stride === shape.dims[along];
  const reach = (run: Run) => (isRing(run) ? Math.floor(run.length / 2) : run.length - 1) * run.stride * hop;
  const size = (list: readonly Run[]) => list.reduce((product, { length }) => product * length, 1);

  const gather = (list: readonly Run[], { bytes, steps }: Load) => {
    const p = size(list);
    if (p === 1 || bytes === 0) {
      return 0;
    }
    const tensor = (bytes * p) / (p - 1) / steps;
    const width = list.reduce((sum, run) => sum + ((isRing(run) ? 2 : 1) * link) / run.stride, 0);
    const part = list.some(isRing) ? tensor : (tensor * (p - 1)) / p;
    const latency = list.reduce((sum, run) => sum + reach(run), 0);
    return steps * Math.max(latency, part / width);
  };
  const exchange = (list: readonly Run[], { bytes, steps }: Load) => {
    const p = size(list);
    if (p === 1 || bytes === 0) {
      return 0;
    }
    const sent = (bytes * p) / (p - 1) / steps;
    const chips = shape.dims.reduce((a, b) => a * b, 1);
    if (shape.twisted && p === chips) {
      return (bytes * hopsOfTwist(shape.dims)) / (6 * link * SHARES.twist);
    }
    const busiest = Math.max(
      ...list.map(
        (run) => (Math.floor(run.length ** 2 / 4) / run.length / (isRing(run) ? 2 : 1)) * run.stride,
      ),
    );
    const latency = list.reduce((sum, run) => sum + reach(run), 0);
    return steps * Math.max(latency, (sent * busiest) / link);
  };
  const widest = runs.pp.reduce((most, { stride }) => Math.max(most, stride), 1);
  return {
    tp: gather(merged(runs.tp), loads.tp),
    cp: gather(merged(runs.cp), loads.cp),
    ep: exchange(merged(runs.ep), loads.ep),
    pp:
      runs.pp.length === 0 || loads.pp.bytes === 0
        ? 0
        : widest * (loads.pp.bytes / link + loads.pp.steps * hop),
    dp: gather(merged([...runs.ep, ...runs.dp]), loads.dp),
  };
}
