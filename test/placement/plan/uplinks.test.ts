import { CapacityPool } from "../../../lib/fabric/capacity-pool";
import { Site } from "../../../lib/fabric/site";
import { SiteModel } from "../../../lib/fabric/site-model";
import { Systems } from "../../../lib/fabric/systems";
import { explain } from "../../../lib/placement/explain/explain";
import { explanationText } from "../../../lib/placement/explain/text";
import { plan } from "../../../lib/placement/plan/plan";
import { gang, inputOf } from "./fixture";

test("uplinks of NVLink racks that two gangs share are told", () => {
  const pool = CapacityPool.of("nvl72", {
    accelerator: { name: "h100", peakTflops: 2_500, memoryGib: 186, memoryBandwidthGBps: 8_000 },
    fabric: Systems.nvl72Hall("hall", { units: 1 }),
    free: { kind: "leaves", freeHosts: [18, 18, 18, 0, 0, 0, 0, 0] },
    offers: [{ model: "reserved", usdPerAcceleratorHour: 6 }],
  });
  const site = Site.kubernetes("hall", { country: "DE", kubeconfig: { context: "hall" } });
  const model = SiteModel.of(site, { pools: [pool], pue: 1.2, gramsCo2PerKwh: 100 });
  const size = { layouts: gang("a", 1).layouts.map((layout) => ({ ...layout, dp: 108 })) };
  const input = inputOf([model], [gang("a", 1, size), gang("b", 1, size)]);
  const placement = plan(input);
  const { workloads, uplinks } = placement;
  expect(workloads.map(({ status }) => status)).toEqual(["accepted", "accepted"]);
  expect(uplinks).toMatchObject([{ site: "hall", pool: "nvl72", tier: "leaf", workloads: ["a", "b"] }]);
  expect(uplinks[0]!.utilisation).toBeGreaterThan(0);
  // Shares are guaranteed: what gangs assume of an uplink never adds up to more than it has.
  expect(uplinks[0]!.utilisation).toBeLessThanOrEqual(1);
  expect(explanationText(explain(input, placement))).toMatch(
    /^ {2}hall\/nvl72, leaf of domain \d: a, b, busy [\d.]+ % of a step$/m,
  );
});
