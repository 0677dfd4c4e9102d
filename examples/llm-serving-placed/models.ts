import { Site } from "cdktf-hybrid-ai";
import { acceleratorFacts, priceOf, wattsOf } from "cdktf-hybrid-ai/catalog";
import {
  acceleratorModel,
  CapacityPool,
  Fabric,
  offersOf,
  SiteModel,
  Systems,
} from "cdktf-hybrid-ai/placement";

export const frankfurt = Site.kubernetes("frankfurt", {
  country: "DE",
  kubeconfig: { context: "frankfurt" },
});
export const sweden = Site.kubernetes("sweden", {
  country: "SE",
  operator: "neocloud",
  kubeconfig: { context: "coreweave" },
});

const accelerator = (name: string) => acceleratorModel(acceleratorFacts(name)!, wattsOf(name));

/** Four machines of eight H100 and four of four L4, of which nothing runs elsewhere. Prices are ours, shared out per hour. */
const hall = SiteModel.of(frankfurt, {
  pools: [
    CapacityPool.of("h100", {
      accelerator: accelerator("h100"),
      fabric: Systems.hgxRails("rails", { units: 1 }),
      free: { kind: "leaves", freeHosts: [4] },
      offers: [{ model: "reserved", usdPerAcceleratorHour: 1.9 }],
    }),
    CapacityPool.of("l4", {
      accelerator: accelerator("l4"),
      // Cards without links of their own: they meet over PCIe.
      fabric: Fabric.tree("cards", {
        acceleratorsPerHost: 4,
        scaleUp: { accelerators: 4, oneWayGBps: 16, latencyUs: 5 },
        nicGbps: 25,
        tiers: [{ name: "rack", joins: 4, oversubscription: 1, latencyUs: 5, medium: "copper" }],
      }),
      offers: [{ model: "reserved", usdPerAcceleratorHour: 0.35 }],
    }),
  ],
  pue: 1.25,
  gramsCo2PerKwh: 330,
});

/** H200 by the hour, at the list price of North America: none is known for Europe. */
const cloud = SiteModel.of(sweden, {
  pools: [
    CapacityPool.of("h200", {
      accelerator: accelerator("h200"),
      fabric: Systems.cloudGpus("h200", { provider: "coreweave", networkGbpsPerMachine: 3_200 }),
      free: { kind: "count", accelerators: 64 },
      offers: offersOf(priceOf("coreweave", "north-america", "h200")!),
    }),
  ],
  pue: 1.2,
  gramsCo2PerKwh: 20,
});

export const models = [hall, cloud];
