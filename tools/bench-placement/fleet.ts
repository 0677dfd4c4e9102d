import type { AcceleratorModel } from "../../lib/fabric/capacity-pool";
import { Fabric } from "../../lib/fabric/fabric";
import type { CubeFabric, TorusFabric } from "../../lib/fabric/torus";
import type { TreeFabric } from "../../lib/fabric/tree";
import type { ModelShape } from "../../lib/placement/model-shape";

/** Accelerators that instances are made of. Rates and memory of the makers' data sheets, power of whole systems by share. */
export const ACCELERATORS: Readonly<Record<"h100" | "gb200" | "tpu-v5p" | "tpu-v6e", AcceleratorModel>> = {
  h100: { name: "h100", peakTflops: 989, memoryGib: 80, memoryBandwidthGBps: 3_350, watts: 1_275 },
  gb200: { name: "gb200", peakTflops: 2_500, memoryGib: 186, memoryBandwidthGBps: 8_000, watts: 1_670 },
  "tpu-v5p": { name: "tpu-v5p", peakTflops: 459, memoryGib: 95, memoryBandwidthGBps: 2_765, watts: 500 },
  "tpu-v6e": { name: "tpu-v6e", peakTflops: 918, memoryGib: 32, memoryBandwidthGBps: 1_638, watts: 350 },
};

/** Racks of 16 hosts of 8 in blocks of 16 racks, oversubscribed 2 and 7 above. */
export function rackTree(blocks: number): TreeFabric {
  return Fabric.tree("racks", {
    acceleratorsPerHost: 8,
    scaleUp: { accelerators: 8, oneWayGBps: 450, latencyUs: 2 },
    nicGbps: 400,
    tiers: [
      { name: "rack", joins: 16, oversubscription: 1, latencyUs: 3, medium: "copper" },
      { name: "block", joins: 16, oversubscription: 2, latencyUs: 5, medium: "optics", pjPerBit: 20 },
      { name: "core", joins: blocks, oversubscription: 7, latencyUs: 8, medium: "optics", pjPerBit: 20 },
    ],
  });
}

/** NVLink racks of 72 on rails, eight racks to a unit. */
export function nvlinkTree(units: number): TreeFabric {
  return Fabric.tree("nvl72", {
    acceleratorsPerHost: 4,
    scaleUp: { accelerators: 72, oneWayGBps: 900, latencyUs: 2 },
    nicGbps: 400,
    wiring: "rail-optimised",
    tiers: [
      { name: "rail", joins: 8, oversubscription: 1, latencyUs: 3, medium: "optics", pjPerBit: 20 },
      { name: "spine", joins: units, oversubscription: 2, latencyUs: 6, medium: "optics", pjPerBit: 20 },
    ],
  });
}

/** A pod of cubes behind optical circuit switches. */
export function cubePod(cubes: number, spareCubes: number): CubeFabric {
  return Fabric.cubes("pod", {
    cubes,
    spareCubes,
    hostsPerCube: 16,
    linkOneWayGBps: 90,
    hopLatencyUs: 1,
    twist: true,
    largestSliceCubes: Math.min(96, cubes - spareCubes),
    hostAvailability: 0.999,
    ocs: { reconfigurationMs: 10 },
  });
}

/** Tori of 16 x 16. */
export function flatTorus(copies: number): TorusFabric {
  return Fabric.torus("slices", {
    dims: [16, 16],
    copies,
    chipsPerHost: 4,
    linkOneWayGBps: 100,
    hopLatencyUs: 1,
  });
}

/** Models that gangs train, of public shapes. */
export const MODELS: Readonly<Record<"8b" | "70b" | "405b" | "moe", ModelShape>> = {
  "8b": { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 },
  "70b": { params: 70e9, layers: 80, hidden: 8_192, sequence: 8_192, kvHidden: 1_024 },
  "405b": { params: 405e9, layers: 126, hidden: 16_384, sequence: 8_192, kvHidden: 1_024 },
  moe: {
    params: 47e9,
    layers: 32,
    hidden: 4_096,
    sequence: 8_192,
    kvHidden: 1_024,
    moe: { layers: 32, experts: 8, topK: 2, expertParams: 45e9 },
  },
};

/**
 * Grid carbon of regions in grams of CO2 equivalent per kWh.
 *
 * Source: https://github.com/GoogleCloudPlatform/region-carbon-info, data/yearly/2024.csv
 */
export const REGIONS: readonly { readonly country: string; readonly grams: number }[] = [
  { country: "SE", grams: 2.7 },
  { country: "CA", grams: 5.5 },
  { country: "CH", grams: 15 },
  { country: "FR", grams: 16 },
  { country: "FI", grams: 39 },
  { country: "US", grams: 79 },
  { country: "ES", grams: 89 },
  { country: "BE", grams: 103 },
  { country: "GB", grams: 106 },
  { country: "NL", grams: 209 },
  { country: "DE", grams: 276 },
  { country: "US", grams: 323 },
  { country: "SG", grams: 367 },
  { country: "US", grams: 413 },
  { country: "JP", grams: 453 },
  { country: "US", grams: 576 },
  { country: "IN", grams: 679 },
];
