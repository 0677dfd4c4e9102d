import { chipsOf, type Dims } from "../../fabric/torus";
import { guard, guardCounts } from "./guard";
import { twistedMeanHops } from "./twisted-torus";

/**
 * One axis that a collective runs along.
 *
 * `stride` is the distance between two neighbours of the group on the physical axis: with stride k the k groups that lie
 * between each other share the links.
 */
export interface TorusAxis {
  /** Members of the group along the axis. */
  readonly size: number;
  /** True if the ends are joined. */
  readonly wrapped: boolean;
  /** @default 1 */
  readonly stride?: number;
}

/** What the links of a torus give. */
export interface TorusLinks {
  /** Bandwidth of one link, one direction, in bytes per second (W). */
  readonly bytesPerSecond: number;
  /** Latency of one hop in seconds (a). */
  readonly hopSeconds: number;
}

function check(where: string, bytes: number, axes: readonly TorusAxis[], links: TorusLinks): void {
  guard(where, { bytesPerSecond: links.bytesPerSecond }, { bytes, hopSeconds: links.hopSeconds });
  guardCounts(where, { "axes.length": axes.length });
  for (const axis of axes) {
    guardCounts(where, { size: axis.size, stride: axis.stride ?? 1 });
  }
}

/** Steps until the farthest member is reached: both ways round a ring, from end to end of a line. */
function hopsAlong(axis: TorusAxis): number {
  return (axis.wrapped ? Math.floor(axis.size / 2) : axis.size - 1) * (axis.stride ?? 1);
}

/** Bandwidth that a group has along an axis: both directions of a ring, one of a line, shared by groups in between. */
function axisBandwidth(axis: TorusAxis, links: TorusLinks): number {
  return ((axis.wrapped ? 2 : 1) * links.bytesPerSecond) / (axis.stride ?? 1);
}

/**
 * All-gather, and reduce-scatter, over the axes of a torus: max(a x sum of hops, V/(2 W n)) seconds for n wrapped axes,
 * K/2 hops along each.
 *
 * An axis whose ends are not joined has half the bandwidth and K-1 hops; if all axes are such, the ends of the lines need
 * V (p-1)/p only, because a ring in steps of whole pieces sends one piece twice and a line does not.
 *
 * @param bytes V, the gathered tensor
 * @throws NotAQuantity, NumberOutOfRange
 * Source: J. Austin et al., How to Scale Your Model, chapter 3, https://jax-ml.github.io/scaling-book/sharding (read 2026-11)
 */
export function torusGatherSeconds(bytes: number, axes: readonly TorusAxis[], links: TorusLinks): number {
  check("torusGatherSeconds", bytes, axes, links);
  const active = axes.filter((axis) => axis.size > 1);
  if (active.length === 0 || bytes === 0) {
    return 0;
  }
  const latency = active.reduce((sum, axis) => sum + hopsAlong(axis) * links.hopSeconds, 0);
  const bandwidth = active.reduce((sum, axis) => sum + axisBandwidth(axis, links), 0);
  const members = active.reduce((product, axis) => product * axis.size, 1);
  const received = active.some((axis) => axis.wrapped) ? 1 : 1 - 1 / members;
  return Math.max(latency, (bytes * received) / bandwidth);
}

/** All-reduce: a reduce-scatter and an all-gather. Same errors and source. */
export function torusAllReduceSeconds(bytes: number, axes: readonly TorusAxis[], links: TorusLinks): number {
  return 2 * torusGatherSeconds(bytes, axes, links);
}

/** Mean distance along an axis between any two places, the same one included: K/4 on a ring, (K^2-1)/(3K) on a line. */
export function meanAxisHops(axis: TorusAxis): number {
  const { size, wrapped } = axis;
  return wrapped ? Math.floor((size * size) / 4) / size : (size * size - 1) / (3 * size);
}

/**
 * All-to-all over the axes of a plain torus: S K/(8 W) seconds for the longest wrapped axis, S K/(4 W) where the ends are
 * not joined, since half of all bytes cross the middle of a line and a ring has two ways round.
 *
 * @param bytes S, what each chip has for all chips, its own share included
 * @throws NotAQuantity, NumberOutOfRange
 * Source: as all-gather; in one dimension a quarter of the all-gather
 */
export function torusAllToAllSeconds(bytes: number, axes: readonly TorusAxis[], links: TorusLinks): number {
  check("torusAllToAllSeconds", bytes, axes, links);
  if (bytes === 0) {
    return 0;
  }
  const busiest = axes.map((axis) => {
    const crossings = Math.floor((axis.size * axis.size) / 4) / axis.size;
    return (crossings / (axis.wrapped ? 2 : 1)) * (axis.stride ?? 1);
  });
  const latency = axes.reduce(
    (sum, axis) => sum + (axis.size > 1 ? hopsAlong(axis) * links.hopSeconds : 0),
    0,
  );
  return Math.max(latency, (bytes * Math.max(...busiest)) / links.bytesPerSecond);
}

/**
 * All-to-all over a whole twisted torus: S' D/(6 W) seconds, where D is the mean number of hops to another chip and S'
 * what goes to other chips. All six links of every chip are equally loaded.
 *
 * @param bytes S, what each chip has for all chips, its own share included
 * @throws ShapeNotTwistable, NotAQuantity, NumberOutOfRange
 * Source: D from the wiring, see `twistedMeanHops`; equal load is held by a test that routes every pair
 */
export function twistedAllToAllSeconds(bytes: number, dims: Dims, links: TorusLinks): number {
  const where = "twistedAllToAllSeconds";
  guard(where, { bytesPerSecond: links.bytesPerSecond }, { bytes, hopSeconds: links.hopSeconds });
  const chips = chipsOf(dims);
  const sent = bytes * ((chips - 1) / chips);
  return (sent * twistedMeanHops(dims)) / (6 * links.bytesPerSecond);
}

/**
 * Links that a cut through the middle of the longest axis of a wrapped torus severs: 2 x chips / longest side, each with
 * one direction's bandwidth either way.
 *
 * @throws NumberOutOfRange
 */
export function bisectionLinks(dims: Dims): number {
  guardCounts("bisectionLinks", Object.fromEntries(dims.map((side, axis) => [`dims[${axis}]`, side])));
  return (2 * chipsOf(dims)) / Math.max(...dims);
}

/** Bytes per second of all links of all chips of a wrapped torus together, one direction: chips x 2 axes x W. */
export function allReduceCapacity(dims: Dims, links: Pick<TorusLinks, "bytesPerSecond">): number {
  guard("allReduceCapacity", { bytesPerSecond: links.bytesPerSecond });
  guardCounts("allReduceCapacity", Object.fromEntries(dims.map((side, axis) => [`dims[${axis}]`, side])));
  return chipsOf(dims) * 2 * dims.length * links.bytesPerSecond;
}
