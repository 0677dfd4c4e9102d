import type { AcceleratorFacts } from "../catalog/facts";
import type { PriceRow } from "../catalog/prices";
import { Problems } from "../core/problems";
import type { AcceleratorModel, Offer } from "./capacity-pool";
import { Fabric, type KnownFabric, type OpaqueFabric, type OpaqueProvider } from "./fabric";
import { checkPositive } from "./quantities";
import type { CubeFabric, TorusFabric } from "./torus";
import type { ScaleUpDomain, Tier, TreeFabric } from "./tree";

/**
 * What the planner must know of an accelerator, from the facts of the catalogue.
 *
 * @param watts with its share of the machine. @default - unknown: board power alone would count a node by half
 * @throws MissingValue if the catalogue does not know its bf16 rate, memory or memory bandwidth
 */
export function acceleratorModel(facts: AcceleratorFacts, watts?: number): AcceleratorModel {
  const problems = new Problems(`acceleratorModel("${facts.name}")`);
  const { name, memoryGib, memoryBandwidthGBps } = facts;
  const peakTflops = facts.peakTflops?.bf16;
  const known = { "peakTflops.bf16": peakTflops, memoryGib, memoryBandwidthGBps };
  for (const [subject, value] of Object.entries(known)) {
    problems.required(subject, value, "a number; write the AcceleratorModel yourself if you know it");
  }
  problems.throwIfAny();
  return Object.freeze({
    name,
    peakTflops: peakTflops!,
    memoryGib: memoryGib!,
    memoryBandwidthGBps: memoryBandwidthGBps!,
    ...(watts === undefined ? {} : { watts }),
  });
}

/** The prices of a row, per accelerator. */
export function offersOf(row: PriceRow): readonly Offer[] {
  const offer = (model: Offer["model"], usdPerHour: number | undefined): readonly Offer[] =>
    usdPerHour === undefined ? [] : [{ model, usdPerAcceleratorHour: usdPerHour / row.accelerators }];
  return [...offer("on-demand", row.onDemandUsdPerHour), ...offer("spot", row.spotUsdPerHour)];
}

/**
 * NVLink 4 between the 8 GPUs of a board, and NVLink 5 between the 72 of a rack. Bandwidths are half of what the pages
 * state for both directions.
 *
 * Sources: https://www.nvidia.com/en-us/data-center/h100 (900 GB/s), https://www.nvidia.com/en-us/data-center/gb200-nvl72
 * (1.8 TB/s; 130 TB/s together); latency of 1 to 2 us is told by users, not by the maker.
 */
const NVLINK4: ScaleUpDomain = { accelerators: 8, oneWayGBps: 450, latencyUs: 2 };
const NVLINK5_RACK: ScaleUpDomain = { accelerators: 72, oneWayGBps: 900, latencyUs: 2 };

/**
 * Energy of a bit over a link with pluggable optics, both ends together: modules of 16 W at either end of 800 Gbit/s each
 * way are 32 W for 1,600 Gbit/s. Source: told by vendors and users of 800G modules (14 to 16 W), not measured.
 */
const PLUGGABLE_PJ_PER_BIT = 20;

function optical(name: string, joins: number, latencyUs: number, oversubscription = 1): Tier {
  return { name, joins, oversubscription, latencyUs, medium: "optics", pjPerBit: PLUGGABLE_PJ_PER_BIT };
}

/** TPU generations that the builders know. */
export type TpuCubeGeneration = "tpu-v4" | "tpu-v5p" | "tpu7x";
export type TpuTorusGeneration = "tpu-v5e" | "tpu-v6e";

/**
 * Cubes of a pod, cubes of the largest slice, and bandwidth of one link.
 *
 * Sources: https://docs.cloud.google.com/tpu/docs/v4, .../v5p (largest job 16x16x24), .../tpu7x (read 2026-11); links
 * https://jax-ml.github.io/scaling-book/tpus (read 2026-11), of tpu7x a twelfth of the 1,200 GB/s of its page.
 */
const CUBE_PODS: Readonly<
  Record<
    TpuCubeGeneration,
    { readonly cubes: number; readonly largest: number; readonly linkGBps: number; readonly twist: boolean }
  >
> = {
  "tpu-v4": { cubes: 64, largest: 64, linkGBps: 45, twist: true },
  "tpu-v5p": { cubes: 140, largest: 96, linkGBps: 90, twist: true },
  // Whether tpu7x can twist is told by no page of its maker.
  tpu7x: { cubes: 144, largest: 144, linkGBps: 100, twist: false },
};

/** Links of pods of 16x16 chips. Sources: https://jax-ml.github.io/scaling-book/tpus (read 2026-11). */
const TORUS_LINK_GBPS: Readonly<Record<TpuTorusGeneration, number>> = { "tpu-v5e": 45, "tpu-v6e": 90 };

/** Latency of one hop between TPU chips. Source: https://jax-ml.github.io/scaling-book/sharding, about 1 us. */
const HOP_US = 1;

/**
 * Circuit switches of a TPU v4 pod: 48 of 136 ports, 8 of these spare, and their median time of switching. How many a pod
 * of later generations has is not public.
 *
 * Source: R. Urata et al., Mission Apollo, arXiv 2208.10041; time of switching told by summaries of it
 */
const RECONFIGURATION_MS = 1.2;

export const Systems = {
  /**
   * HGX nodes of 8 GPUs in rail-optimised units, as SuperPODs are built: card k of each node at leaf switch k of its unit.
   *
   * @param props.units units of 32 nodes
   * @param props.nicGbps of each GPU. @default 400
   * @throws InvalidName, NumberOutOfRange, NotAQuantity
   * Source: NVIDIA DGX SuperPOD reference architecture, H100: units of 32 nodes, one 400 Gbit/s card for each GPU
   */
  hgxRails(name: string, props: { readonly units: number; readonly nicGbps?: number }): TreeFabric {
    return Fabric.tree(name, {
      acceleratorsPerHost: 8,
      scaleUp: NVLINK4,
      nicGbps: props.nicGbps ?? 400,
      wiring: "rail-optimised",
      tiers: [optical("leaf", 32, 3), optical("spine", props.units, 5)],
    });
  },

  /**
   * Racks of 72 GPUs in one NVLink domain each, 18 trays of 4 GPUs.
   *
   * @param props.units units of 8 racks
   * @param props.nicGbps of each GPU. @default 400
   * @throws InvalidName, NumberOutOfRange, NotAQuantity
   * Source: NVIDIA DGX SuperPOD reference architecture, GB200: units of 8 racks
   */
  nvl72Hall(name: string, props: { readonly units: number; readonly nicGbps?: number }): TreeFabric {
    return Fabric.tree(name, {
      acceleratorsPerHost: 4,
      scaleUp: NVLINK5_RACK,
      nicGbps: props.nicGbps ?? 400,
      wiring: "rail-optimised",
      tiers: [optical("leaf", 8, 3), optical("spine", props.units, 5)],
    });
  },

  /**
   * RoCE in three tiers as Llama 3 was trained on: racks of two nodes, pods of 192 racks with full bandwidth, which makes
   * 3,072 GPUs, and an aggregation layer that passes one seventh.
   *
   * @param props.pods @default 8
   * @throws InvalidName, NumberOutOfRange
   * Source: Llama Team, The Llama 3 Herd of Models, arXiv 2407.21783, section 3.3.1; latencies are estimates
   */
  threeTierRoce(name: string, props: { readonly pods?: number } = {}): TreeFabric {
    return Fabric.tree(name, {
      acceleratorsPerHost: 8,
      scaleUp: NVLINK4,
      nicGbps: 400,
      wiring: "any-to-any",
      tiers: [
        { name: "rack", joins: 2, oversubscription: 1, latencyUs: 2, medium: "copper" },
        optical("cluster", 192, 4),
        optical("aggregation", props.pods ?? 8, 8, 7),
      ],
    });
  },

  /**
   * A TPU pod of 4x4x4 cubes behind optical circuit switches.
   *
   * @param props.spareCubes @default 0
   * @param props.hostAvailability probability that a host works. @default 0.995, the middle of the 99 to 99.9 % that
   *   arXiv 2304.01433 studies; measure your own
   * @throws InvalidName, NotOneOf, NumberOutOfRange, NotAQuantity
   */
  tpuCubes(
    name: string,
    props: {
      readonly generation: TpuCubeGeneration;
      readonly spareCubes?: number;
      readonly hostAvailability?: number;
    },
  ): CubeFabric {
    const pod = knownGeneration(`Systems.tpuCubes("${name}")`, props.generation, CUBE_PODS);
    const counted = props.generation === "tpu-v4" ? { switches: 48, ports: 136, sparePorts: 8 } : {};
    return Fabric.cubes(name, {
      cubes: pod.cubes,
      spareCubes: props.spareCubes,
      hostsPerCube: 16,
      linkOneWayGBps: pod.linkGBps,
      hopLatencyUs: HOP_US,
      twist: pod.twist,
      largestSliceCubes: Math.min(pod.largest, pod.cubes - (props.spareCubes ?? 0)),
      hostAvailability: props.hostAvailability ?? 0.995,
      ocs: { reconfigurationMs: RECONFIGURATION_MS, ...counted },
      pjPerBit: PLUGGABLE_PJ_PER_BIT,
    });
  },

  /**
   * TPU pods of 16x16 chips with fixed cables.
   *
   * @param props.pods @default 1
   * @throws InvalidName, NotOneOf, NumberOutOfRange
   */
  tpuTorus(
    name: string,
    props: { readonly generation: TpuTorusGeneration; readonly pods?: number },
  ): TorusFabric {
    return Fabric.torus(name, {
      dims: [16, 16],
      copies: props.pods,
      chipsPerHost: 4,
      linkOneWayGBps: knownGeneration(`Systems.tpuTorus("${name}")`, props.generation, TORUS_LINK_GBPS),
      hopLatencyUs: HOP_US,
    });
  },

  /**
   * GPUs of a public cloud's region: what can be asked for is closeness, and no rack is known before machines run. Costed
   * as units of 32 machines under two tiers without oversubscription, which is what a cluster placement aims at and no
   * provider promises.
   *
   * @param props.networkGbpsPerMachine of all its cards together
   * @param props.nvlinkRack true for machines of 4 GPUs that share NVLink with 17 others. @default false
   * @throws InvalidName, NotOneOf, NotAQuantity
   */
  cloudGpus(
    name: string,
    props: {
      readonly provider: OpaqueProvider;
      readonly networkGbpsPerMachine: number;
      readonly nvlinkRack?: boolean;
    },
  ): OpaqueFabric {
    const problems = new Problems(`Systems.cloudGpus("${name}")`);
    checkPositive(problems, "networkGbpsPerMachine", props.networkGbpsPerMachine);
    problems.throwIfAny();
    const rack = props.nvlinkRack ?? false;
    const acceleratorsPerHost = rack ? 4 : 8;
    const assumed = Fabric.tree(name, {
      acceleratorsPerHost,
      scaleUp: rack ? NVLINK5_RACK : NVLINK4,
      nicGbps: props.networkGbpsPerMachine / acceleratorsPerHost,
      wiring: "rail-optimised",
      tiers: [optical("near", rack ? 8 : 32, 5), optical("far", 32, 10)],
    });
    return Fabric.opaque(name, { provider: props.provider, assumed });
  },

  /**
   * TPU slices of Google Cloud: shapes can be asked for, cubes cannot be chosen.
   *
   * @throws InvalidName, NotOneOf
   */
  cloudTpus(
    name: string,
    props: { readonly generation: TpuCubeGeneration | TpuTorusGeneration },
  ): OpaqueFabric {
    const { generation } = props;
    knownGeneration(`Systems.cloudTpus("${name}")`, generation, { ...CUBE_PODS, ...TORUS_LINK_GBPS });
    const assumed: KnownFabric =
      generation === "tpu-v5e" || generation === "tpu-v6e"
        ? Systems.tpuTorus(name, { generation })
        : Systems.tpuCubes(name, { generation });
    return Fabric.opaque(name, { provider: "google", assumed });
  },
} as const;

function knownGeneration<T>(where: string, generation: string, table: Readonly<Record<string, T>>): T {
  const problems = new Problems(where);
  problems.oneOf("generation", generation, Object.keys(table));
  problems.throwIfAny();
  return table[generation]!;
}
