import { Slice } from "../../lib";
import { CapacityPool, Fabric, Site, SiteModel, Systems } from "../../lib/placement";
import { testApp } from "../../lib/testing";
import {
  HybridPlatform,
  type PlacedEndpointProps,
  type PlacedVariant,
  type PlacementProps,
  type PlatformClusterProps,
} from "../../stacks";
import { chat } from "../serving/fixture";
import { image } from "../serving/kubernetes/support";
import { OWNERSHIP, S3 } from "./placement-fixture";
import { LLAMA } from "./serving-fixture";

export const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
const STOCKHOLM = Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" });
const OSLO = Site.kubernetes("oslo", { country: "NO", kubeconfig: { context: "osl" } });

export const H100 = {
  name: "h100",
  peakTflops: 989,
  memoryGib: 80,
  memoryBandwidthGBps: 3_350,
  watts: 1_275,
};
const H200 = { ...H100, name: "h200", memoryGib: 141, memoryBandwidthGBps: 4_800 };
const L4 = { name: "l4", peakTflops: 121, memoryGib: 24, memoryBandwidthGBps: 300, watts: 150 };

export function racks(accelerators: number, oneWayGBps: number, hosts: number) {
  return Fabric.tree("racks", {
    acceleratorsPerHost: accelerators,
    scaleUp: { accelerators, oneWayGBps, latencyUs: 2 },
    nicGbps: 400,
    tiers: [{ name: "rack", joins: hosts, oversubscription: 1, latencyUs: 3, medium: "copper" }],
  });
}

export const hall = (usd = 2, hosts = 8) =>
  CapacityPool.of("h100", {
    accelerator: H100,
    fabric: racks(8, 450, hosts),
    offers: [{ model: "reserved", usdPerAcceleratorHour: usd }],
  });
export const CARDS = CapacityPool.of("l4", {
  accelerator: L4,
  fabric: racks(1, 32, 8),
  offers: [{ model: "reserved", usdPerAcceleratorHour: 0.4 }],
});
const CLOUD = CapacityPool.of("h200", {
  accelerator: H200,
  fabric: Systems.cloudGpus("p5en", { provider: "aws", networkGbpsPerMachine: 3_200 }),
  offers: [{ model: "on-demand", usdPerAcceleratorHour: 5 }],
});

const modelOf = (site: Site, ...pools: readonly CapacityPool[]) =>
  SiteModel.of(site, { pools, pue: 1.2, gramsCo2PerKwh: 100 });

export function platformOf(
  frankfurt = [hall(), CARDS],
  more: Partial<PlacementProps> = {},
  app = testApp(),
): HybridPlatform {
  return new HybridPlatform(app, "acme", {
    ...OWNERSHIP,
    backend: S3,
    sites: [FRANKFURT, STOCKHOLM, OSLO],
    placement: { models: [modelOf(FRANKFURT, ...frankfurt), modelOf(STOCKHOLM, CLOUD)], ...more },
  });
}

export const VARIANT: PlacedVariant = { name: "full", model: LLAMA, engine: { image: image("vllm") } };
export const CHAT = chat({ requestsPerSecond: 20 });
export const PICKER = { picker: { image: image("picker") } };
export const USERS = [
  { name: "germany", share: 3, rttMs: { frankfurt: 8, stockholm: 30 } },
  { name: "sweden", share: 1, rttMs: { frankfurt: 30, stockholm: 4 } },
];

export function endpointProps(change: Partial<PlacedEndpointProps> = {}): PlacedEndpointProps {
  return {
    classes: [CHAT],
    variants: [VARIANT],
    placement: { users: USERS },
    at: { frankfurt: PICKER, stockholm: PICKER },
    ...change,
  };
}

const SYSTEM = { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) };
export const CLUSTERS: Readonly<Record<"frankfurt" | "stockholm", PlatformClusterProps>> = {
  frankfurt: {
    at: "frankfurt",
    pools: [SYSTEM],
    plannedPools: {},
    kubernetes: {
      provider: "generic",
      nodes: {
        system: { nodeSelector: { "acme.example/role": "system" } },
        h100: { nodeSelector: { "acme.example/pool": "h100" } },
        l4: { nodeSelector: { "acme.example/pool": "l4" } },
      },
    },
  },
  stockholm: {
    at: "stockholm",
    pools: [SYSTEM],
    plannedPools: {},
    aws: { network: { cidrBlock: "10.0.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b"] } },
  },
};
