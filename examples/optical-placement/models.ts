import { Site } from "cdktf-hybrid-ai";
import { acceleratorFacts, gridCarbon, priceOf, pueOf, wattsOf } from "cdktf-hybrid-ai/catalog";
import {
  acceleratorModel,
  CapacityPool,
  OpticalLink,
  offersOf,
  SiteModel,
  Systems,
} from "cdktf-hybrid-ai/placement";

export const frankfurt = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "frankfurt" },
});
export const eemshaven = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});
export const stockholm = Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" });

/** Labels by which the hall's nodes tell their NVLink rack, their unit and their hall; Topograph sets them. */
export const RACK = "accelerator.topograph.run/domain";
export const UNIT = "fabric.topograph.run/tier-0";
export const HALL = "fabric.topograph.run/tier-1";

const accelerator = (name: string) => acceleratorModel(acceleratorFacts(name)!, wattsOf(name));
const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);

/** Eight NVL72 racks, and two units of 32 machines on rails. Prices are what the machines cost us, shared out per hour. */
const hall = SiteModel.of(frankfurt, {
  pools: [
    CapacityPool.of("nvl72", {
      accelerator: accelerator("gb200"),
      fabric: Systems.nvl72Hall("nvl72", { units: 1 }),
      offers: [{ model: "reserved", usdPerAcceleratorHour: 4.1 }],
      domainLabels: [
        { of: "scale-up", label: RACK, values: numbered("nvl72", 8) },
        { of: "leaf", label: UNIT, values: ["nvl72-unit"] },
      ],
    }),
    CapacityPool.of("rails", {
      accelerator: accelerator("h100"),
      fabric: Systems.hgxRails("rails", { units: 2 }),
      offers: [{ model: "reserved", usdPerAcceleratorHour: 1.9 }],
      domainLabels: [
        { of: "leaf", label: UNIT, values: numbered("rails-unit", 2) },
        { of: "spine", label: HALL, values: ["rails-hall"] },
      ],
    }),
  ],
  pue: 1.2,
  gramsCo2PerKwh: 330,
});

/** A reservation of 16 cubes of a TPU v5p pod, at the price of the contract. */
const pod = SiteModel.of(eemshaven, {
  pools: [
    CapacityPool.of("v5p", {
      accelerator: accelerator("tpu-v5p"),
      fabric: Systems.tpuCubes("pod", { generation: "tpu-v5p" }),
      free: { kind: "cubes", freeChips: Array.from({ length: 140 }, (_, cube) => (cube < 16 ? 64 : 0)) },
      offers: [{ model: "reserved", usdPerAcceleratorHour: 2.3 }],
    }),
  ],
  pue: pueOf("google"),
  gramsCo2PerKwh: gridCarbon("google", "europe-west4")!.gramsCo2PerKwh,
});

/** H200 by the hour. Nobody outside knows the racks: what is planned here is intent. */
const region = SiteModel.of(stockholm, {
  pools: [
    CapacityPool.of("h200", {
      accelerator: accelerator("h200"),
      fabric: Systems.cloudGpus("h200", { provider: "aws", networkGbpsPerMachine: 3_200 }),
      free: { kind: "count", accelerators: 256 },
      offers: offersOf(priceOf("aws", "eu-north-1", "h200")!),
    }),
  ],
  pue: pueOf("aws"),
  gramsCo2PerKwh: gridCarbon("aws", "eu-north-1")!.gramsCo2PerKwh,
});

export const models = [hall, pod, region];

/** Wavelengths to the pod, rented circuits to the region. */
export const links = [
  OpticalLink.dwdm("frankfurt", "eemshaven", {
    routeKm: 520,
    reach: "line-system",
    waves: 8,
    gbpsPerWave: 400,
    usdPerWaveHour: 14,
    pjPerBit: 120,
  }),
  OpticalLink.leased("frankfurt", "stockholm", { gbps: 100, rttMs: 24, usdPerGb: [0, 0.02], usdPerHour: 23 }),
  OpticalLink.leased("eemshaven", "stockholm", {
    gbps: 50,
    rttMs: 26,
    usdPerGb: [0.02, 0.02],
    usdPerHour: 12,
  }),
];
