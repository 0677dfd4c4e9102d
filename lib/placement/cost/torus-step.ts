import type { RankAxis } from "../placement";
import type { Efficiency } from "./efficiency";
import type { TorusFootprint } from "./footprint";
import type { AxisTraffic } from "./step-traffic";
import {
  type TorusAxis,
  type TorusLinks,
  torusAllToAllSeconds,
  torusGatherSeconds,
  twistedAllToAllSeconds,
} from "./torus-collectives";
import type { MappedStretch, TorusMapping } from "./torus-mapping";

function linksOf(footprint: TorusFootprint, efficiency: number): TorusLinks {
  const { linkOneWayGBps, hopLatencyUs } = footprint.fabric;
  return { bytesPerSecond: linkOneWayGBps * 1e9 * efficiency, hopSeconds: hopLatencyUs * 1e-6 };
}

/** A stretch closes to a ring if it reaches over the whole of an axis whose ends are joined. */
function axisOf(footprint: TorusFootprint, { axis, extent, stride }: MappedStretch): TorusAxis {
  const whole = extent * stride === footprint.shape.dims[axis];
  return { size: extent, stride, wrapped: whole && footprint.wrapped[axis]! };
}

/** Stretches of one axis that follow each other are one longer stretch. */
function joined(stretches: readonly MappedStretch[]): readonly MappedStretch[] {
  const merged: MappedStretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.axis - b.axis || a.stride - b.stride)) {
    const last = merged.at(-1);
    if (last !== undefined && last.axis === stretch.axis && last.stride * last.extent === stretch.stride) {
      merged[merged.length - 1] = { ...last, extent: last.extent * stretch.extent };
    } else {
      merged.push(stretch);
    }
  }
  return merged;
}

function stretchesOf(mapping: TorusMapping, group: readonly RankAxis[]): readonly MappedStretch[] {
  return joined(group.flatMap((axis) => mapping[axis]));
}

function membersOf(stretches: readonly MappedStretch[]): number {
  return stretches.reduce((product, { extent }) => product * extent, 1);
}

/** What the members of a group exchange along their stretches; undefined if there is nothing to exchange. */
function exchangeOf(mapping: TorusMapping, group: readonly RankAxis[], traffic: AxisTraffic) {
  const stretches = stretchesOf(mapping, group);
  const members = membersOf(stretches);
  return members === 1 || traffic.bytes === 0
    ? undefined
    : // Bytes of one operation, before the share that a member keeps for itself.
      { stretches, members, bytes: (traffic.bytes * members) / (members - 1) / traffic.operations };
}

/** Seconds of the gathers and scatters of a group along its stretches of the torus. */
export function torusRingSeconds(
  footprint: TorusFootprint,
  mapping: TorusMapping,
  group: readonly RankAxis[],
  traffic: AxisTraffic,
  efficiency: Efficiency,
): number {
  const exchange = exchangeOf(mapping, group, traffic);
  if (exchange === undefined) {
    return 0;
  }
  const axes = exchange.stretches.map((stretch) => axisOf(footprint, stretch));
  const links = linksOf(footprint, efficiency.torus);
  return traffic.operations * torusGatherSeconds(exchange.bytes, axes, links);
}

/** Seconds of the all-to-alls of a group; over the whole of a twisted slice by its twist. */
export function torusGroupAllToAllSeconds(
  footprint: TorusFootprint,
  mapping: TorusMapping,
  group: readonly RankAxis[],
  traffic: AxisTraffic,
  efficiency: Efficiency,
): number {
  const exchange = exchangeOf(mapping, group, traffic);
  if (exchange === undefined) {
    return 0;
  }
  const { shape, accelerators } = footprint;
  if (shape.twisted && exchange.members === accelerators) {
    const links = linksOf(footprint, efficiency.torus * efficiency.twist);
    return traffic.operations * twistedAllToAllSeconds(exchange.bytes, shape.dims, links);
  }
  const axes = exchange.stretches.map((stretch) => axisOf(footprint, stretch));
  const links = linksOf(footprint, efficiency.torus);
  return traffic.operations * torusAllToAllSeconds(exchange.bytes, axes, links);
}

/** Seconds of sending between pipeline stages: one link for each rank, shared by the stages that lie between. */
export function torusPipelineSeconds(
  footprint: TorusFootprint,
  mapping: TorusMapping,
  traffic: AxisTraffic,
  efficiency: Efficiency,
): number {
  const stretches = mapping.pp;
  if (stretches.length === 0 || traffic.bytes === 0) {
    return 0;
  }
  const links = linksOf(footprint, efficiency.torus);
  const stride = stretches.reduce((widest, stretch) => Math.max(widest, stretch.stride), 1);
  return stride * (traffic.bytes / links.bytesPerSecond + traffic.operations * links.hopSeconds);
}
