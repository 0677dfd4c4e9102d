import fc from "fast-check";
import type { PurchaseModel } from "../../../lib/fabric/capacity-pool";
import { OpticalLink } from "../../../lib/fabric/link";
import { Site } from "../../../lib/fabric/site";
import { SiteModel } from "../../../lib/fabric/site-model";
import { Systems } from "../../../lib/fabric/systems";
import {
  gramsCo2PerHour,
  hallWatts,
  linkWatts,
  opticsWattsPerAccelerator,
  picojoulesPerBit,
  transferJoules,
} from "../../../lib/placement/cost/energy";
import {
  costPerMillionTokens,
  flowUsdPerHour,
  flowWatts,
  type HourProps,
  hourlyCost,
} from "../../../lib/placement/cost/hourly-cost";
import { transferSeconds, wideAllReduceSeconds, wideGbpsNeeded } from "../../../lib/placement/cost/wide";
import { PlanRules } from "../../../lib/placement/workloads";
import { captureValidationError } from "../../../lib/testing";
import { H100 } from "./cost-fixture";

const onPrem = (name: string, country: string) =>
  Site.kubernetes(name, { country, kubeconfig: { context: name } });
const FRANKFURT = SiteModel.of(onPrem("frankfurt", "DE"), { pue: 1.2, gramsCo2PerKwh: 276 });
const PARIS = SiteModel.of(onPrem("paris", "FR"), { pue: 1.1, gramsCo2PerKwh: 16 });
const FIBRE = OpticalLink.dwdm("frankfurt", "paris", {
  routeKm: 600,
  reach: "line-system",
  waves: 8,
  gbpsPerWave: 400,
  usdPerWaveHour: 5,
  pjPerBit: 100,
});
const RENTED = OpticalLink.leased("paris", "frankfurt", {
  gbps: 10,
  rttMs: 12,
  usdPerGb: [0.02, 0.09],
  usdPerHour: 2,
});

function hour(changes: Partial<HourProps> = {}, model: PurchaseModel = "reserved"): HourProps {
  const offer = { model, usdPerAcceleratorHour: 2.5 };
  return {
    parts: [{ site: FRANKFURT, accelerator: H100, accelerators: 64, offer }],
    flows: [],
    rules: PlanRules.of({ carbonUsdPerTonne: 100 }),
    sites: [FRANKFURT, PARIS],
    stretch: 1,
    ...changes,
  };
}

describe("an hour of a workload", () => {
  test("money, energy and carbon of accelerators", () => {
    const watts = 64 * 1_275 * 0.8 * 1.2;
    const grams = (watts / 1e3) * 276;
    expect(hourlyCost(hour())).toEqual({
      microUsdAccelerators: 160_000_000,
      microUsdNetwork: 0,
      microUsdCarbon: Math.round(grams * 100),
      milliwatts: Math.round(watts * 1e3),
      milligramsCo2: Math.round(grams * 1e3),
      microUsdEffective: 160_000_000 + Math.round(grams * 100),
    });
  });

  test("the check of a node of 10.2 kW at 80 %, PUE 1.14, 730 hours: 6,790 kWh", () => {
    const kwh = (hallWatts(10_200, 0.8, 1.14) * 730) / 1e3;
    expect(kwh).toBeCloseTo(6_790.8, 0);
    expect((gramsCo2PerHour(hallWatts(10_200, 0.8, 1.14), 379.07) * 730) / 1e6).toBeCloseTo(2.57, 2);
  });

  test("a slow place costs more, and what can be taken away costs what is lost", () => {
    const base = hourlyCost(hour()).microUsdEffective;
    expect(hourlyCost(hour({ stretch: 1.5 })).microUsdEffective).toBe(Math.round(base * 1.5));
    expect(hourlyCost(hour({}, "spot")).microUsdEffective).toBe(Math.round(base / 0.9));
  });

  test("wavelengths cost by the wave, rented links by the byte and by share", () => {
    const flow = {
      link: "frankfurt--paris",
      gbps: 800,
      waves: 2,
      gbPerHourFrom: { frankfurt: 100, paris: 50 },
    };
    expect(flowUsdPerHour({ link: FIBRE, flow })).toBe(10);
    expect(flowWatts({ link: FIBRE, flow })).toBeCloseTo(2 * 80, 9);
    const rented = { ...flow, gbps: 5, waves: 0 };
    expect(flowUsdPerHour({ link: RENTED, flow: rented })).toBeCloseTo(100 * 0.09 + 50 * 0.02 + 1, 12);
    expect(flowWatts({ link: RENTED, flow: rented })).toBe(0);
    const cost = hourlyCost(hour({ parts: [], flows: [{ link: FIBRE, flow }] }));
    expect(cost).toMatchObject({ microUsdNetwork: 10_000_000, milliwatts: 160_000 });
    expect(cost.milligramsCo2).toBe(Math.round(0.08 * 276 * 1e3 + 0.08 * 16 * 1e3));
  });

  test("tokens cost what an hour costs, divided by those of an hour", () => {
    const cost = { microUsdAccelerators: 72_000_000, microUsdNetwork: 0, milligramsCo2: 3_600_000 };
    expect(costPerMillionTokens(cost, 10_000)).toEqual({
      usdPerMillionTokens: 2,
      gramsCo2PerMillionTokens: 100,
    });
  });

  test("whole numbers, never negative, for any place", () => {
    const arbitrary = fc.record({
      accelerators: fc.integer({ min: 1, max: 100_000 }),
      usdPerAcceleratorHour: fc.double({ min: 0, max: 50, noNaN: true }),
      stretch: fc.double({ min: 1, max: 10, noNaN: true }),
    });
    fc.assert(
      fc.property(arbitrary, ({ accelerators, usdPerAcceleratorHour, stretch }) => {
        const offer = { model: "on-demand" as const, usdPerAcceleratorHour };
        const parts = [{ site: PARIS, accelerator: H100, accelerators, offer }];
        const cost = hourlyCost(hour({ parts, stretch }));
        expect(Object.values(cost).every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
        expect(cost.microUsdEffective).toBeGreaterThanOrEqual(cost.microUsdAccelerators);
      }),
      { numRuns: 200 },
    );
  });
});

describe("optics", () => {
  test("modules of 16 W at either end of 800 Gbit/s each way take 20 pJ a bit, which gives their 32 W back", () => {
    expect(picojoulesPerBit(2 * 16, 2 * 800)).toBe(20);
    expect(2 * linkWatts(800, 20)).toBe(32);
    expect(transferJoules(1e9, 20)).toBeCloseTo(0.16, 12);
  });

  test("between GPUs: 16 W for each tier of 400 Gbit/s, a seventh of it behind a ratio of 7, none over copper", () => {
    expect(opticsWattsPerAccelerator(Systems.hgxRails("rails", { units: 4 }))).toBeCloseTo(32, 12);
    expect(opticsWattsPerAccelerator(Systems.threeTierRoce("roce"))).toBeCloseTo(16 + 16 / 7, 12);
    const cloud = Systems.cloudGpus("cloud", { provider: "aws", networkGbpsPerMachine: 3_200 });
    expect(opticsWattsPerAccelerator(cloud)).toBeCloseTo(32, 12);
  });

  test("between cubes: 48 links for 64 chips, and a share of the switches; none in a static torus", () => {
    const pod = Systems.tpuCubes("pod", { generation: "tpu-v4" });
    expect(opticsWattsPerAccelerator(pod)).toBeCloseTo((48 * 2 * 360 * 0.02) / 64, 12);
    const switched = { ...pod, ocs: { ...pod.ocs, wattsPerSwitch: 108 } };
    expect(opticsWattsPerAccelerator(switched) - opticsWattsPerAccelerator(pod)).toBeCloseTo(
      (48 * 108) / 4_096,
      12,
    );
    expect(opticsWattsPerAccelerator(Systems.tpuTorus("v5e", { generation: "tpu-v5e" }))).toBe(0);
  });

  test("are counted at full power where the fabric is known", () => {
    const [part] = hour().parts;
    const lit = hourlyCost(hour({ parts: [{ ...part!, fabric: Systems.hgxRails("rails", { units: 1 }) }] }));
    expect(lit.milliwatts - hourlyCost(hour()).milliwatts).toBeCloseTo(64 * 32 * 1.2 * 1e3, 0);
  });
});

describe("between sites", () => {
  test("one site has nothing to send; more sites send nearly twice", () => {
    expect(wideAllReduceSeconds(1e9, { sites: 1, gbps: 1, rttMs: 10 })).toBe(0);
    expect(wideAllReduceSeconds(1e9, { sites: 2, gbps: 8, rttMs: 10 })).toBeCloseTo(1.01, 12);
    expect(wideAllReduceSeconds(1e9, { sites: 4, gbps: 8, rttMs: 0 })).toBeCloseTo(1.5, 12);
  });

  test("the capacity needed is the one with which the time comes out", () => {
    const gbps = wideGbpsNeeded(680e9, 2, { sites: 2, rttMs: 10 })!;
    expect(wideAllReduceSeconds(680e9, { sites: 2, gbps, rttMs: 10 })).toBeCloseTo(2, 9);
    expect(wideGbpsNeeded(680e9, 0.01, { sites: 2, rttMs: 10 })).toBeUndefined();
  });

  test("a terabyte over 100 Gbit/s takes 80 s and half a round trip", () => {
    expect(transferSeconds(1e12, 100, 20)).toBeCloseTo(80.01, 9);
  });
});

test.each([
  [() => hourlyCost(hour({ stretch: 0.99 }))],
  [() => hourlyCost(hour({ stretch: Number.NaN }))],
  [() => hourlyCost(hour({ utilisation: 1.1 }))],
  [() => costPerMillionTokens({ microUsdAccelerators: 1, microUsdNetwork: 0, milligramsCo2: 0 }, 0)],
  [() => linkWatts(-1, 20)],
  [() => picojoulesPerBit(1, 0)],
  [() => hallWatts(1, 1, 0)],
  [() => gramsCo2PerHour(1, Number.POSITIVE_INFINITY)],
  [() => transferSeconds(1, 0, 1)],
  [() => wideAllReduceSeconds(-1, { sites: 2, gbps: 1, rttMs: 1 })],
])("refuses impossible sizes %#", (call) => {
  expect(captureValidationError(call).codes[0]).toBe("NotAQuantity");
});
