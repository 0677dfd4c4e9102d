import { Token } from "cdktf";
import {
  CapacityPool,
  DataJob,
  Fabric,
  Gang,
  InferencePool,
  OpticalLink,
  PlanRules,
  plan,
  Site,
  SiteModel,
  Systems,
} from "../../lib/placement";
import { captureValidationError } from "../../lib/testing";
import { CHEAP, DEAR, FIBRE, GANG, GPU, LAYOUT, MIXTURE_MODEL, RACKS, RULES, SMALL_MODEL } from "./planned";
import { leaves, replaceAt, valueAt } from "./support";

/** Rules with every value given. */
const EVERY_RULE = {
  value: 2,
  purchase: ["spot", "on-demand"],
  budgetUsdPerHour: 10,
  pinned: { site: "cheap", pool: "gpu" },
  spread: { group: "ranking", apartIn: "site" },
};

/** Every builder with as much given as it takes; what it is called is `name`. */
const BUILDERS: Readonly<Record<string, readonly [(props: never) => unknown, object]>> = {
  "Fabric.tree": [
    ({ name, ...props }: { name: string } & Parameters<typeof Fabric.tree>[1]) => Fabric.tree(name, props),
    {
      name: "f",
      acceleratorsPerHost: 8,
      scaleUp: RACKS.scaleUp,
      nicGbps: 400,
      wiring: "any-to-any",
      tiers: RACKS.tiers,
    },
  ],
  "Fabric.torus": [
    ({ name, ...props }: { name: string } & Parameters<typeof Fabric.torus>[1]) => Fabric.torus(name, props),
    { name: "f", dims: [8, 8], copies: 2, chipsPerHost: 4, linkOneWayGBps: 45, hopLatencyUs: 1 },
  ],
  "Fabric.cubes": [
    ({ name, ...props }: { name: string } & Parameters<typeof Fabric.cubes>[1]) => Fabric.cubes(name, props),
    {
      name: "f",
      side: 4,
      cubes: 8,
      spareCubes: 1,
      hostsPerCube: 16,
      linkOneWayGBps: 90,
      hopLatencyUs: 1,
      twist: true,
      largestSliceCubes: 6,
      hostAvailability: 0.99,
      ocs: { reconfigurationMs: 1, switches: 48, ports: 64, sparePorts: 4, wattsPerSwitch: 100 },
      pjPerBit: 20,
    },
  ],
  "Fabric.opaque": [
    ({ name, provider }: { name: string; provider: "aws" }) =>
      Fabric.opaque(name, { provider, assumed: RACKS }),
    { name: "f", provider: "aws" },
  ],
  "Systems.hgxRails": [
    (props: { units: number; nicGbps: number }) => Systems.hgxRails("f", props),
    { units: 2, nicGbps: 400 },
  ],
  "Systems.nvl72Hall": [
    (props: { units: number; nicGbps: number }) => Systems.nvl72Hall("f", props),
    { units: 2, nicGbps: 400 },
  ],
  "Systems.threeTierRoce": [(props: { pods: number }) => Systems.threeTierRoce("f", props), { pods: 4 }],
  "Systems.tpuCubes": [
    (props: Parameters<typeof Systems.tpuCubes>[1]) => Systems.tpuCubes("f", props),
    { spareCubes: 1, hostAvailability: 0.99, generation: "tpu-v4" },
  ],
  "Systems.tpuTorus": [
    (props: Parameters<typeof Systems.tpuTorus>[1]) => Systems.tpuTorus("f", props),
    { generation: "tpu-v5e", pods: 2 },
  ],
  "Systems.cloudGpus": [
    (props: Parameters<typeof Systems.cloudGpus>[1]) => Systems.cloudGpus("f", props),
    { provider: "aws", networkGbpsPerMachine: 3_200 },
  ],
  "Systems.cloudTpus": [
    (props: Parameters<typeof Systems.cloudTpus>[1]) => Systems.cloudTpus("f", props),
    { generation: "tpu-v5p" },
  ],
  CapacityPool: [
    ({ name, ...props }: { name: string } & Omit<Parameters<typeof CapacityPool.of>[1], "fabric">) =>
      CapacityPool.of(name, { ...props, fabric: RACKS }),
    {
      name: "p",
      accelerator: GPU,
      free: { kind: "leaves", freeHosts: [4, 2] },
      offers: [{ model: "on-demand", usdPerAcceleratorHour: 2 }],
    },
  ],
  "CapacityPool of a torus": [
    ({ taken }: { taken: [] }) =>
      CapacityPool.of("p", {
        accelerator: GPU,
        fabric: Systems.tpuTorus("f", { generation: "tpu-v5e" }),
        free: { kind: "boxes", taken },
        offers: [{ model: "on-demand", usdPerAcceleratorHour: 2 }],
      }),
    { taken: [{ copy: 0, anchor: [0, 0], dims: [4, 4] }] },
  ],
  SiteModel: [
    (props: Parameters<typeof SiteModel.of>[1]) =>
      SiteModel.of(Site.kubernetes("hall", { country: "DE", kubeconfig: { context: "hall" } }), props),
    { pue: 1.2, gramsCo2PerKwh: 300 },
  ],
  "OpticalLink.dwdm": [
    ({ a, b, ...props }: { a: string; b: string } & Parameters<typeof OpticalLink.dwdm>[2]) =>
      OpticalLink.dwdm(a, b, props),
    {
      a: "cheap",
      b: "dear",
      name: "route",
      routeKm: 100,
      reach: "ZR",
      fibre: "standard",
      waves: 8,
      wavesInUse: 1,
      gbpsPerWave: 400,
      gridGhz: 75,
      fibrePairs: 1,
      usdPerWaveHour: 10,
      pjPerBit: 60,
    },
  ],
  "OpticalLink.leased": [
    ({ a, b, ...props }: { a: string; b: string } & Parameters<typeof OpticalLink.leased>[2]) =>
      OpticalLink.leased(a, b, props),
    { a: "cheap", b: "dear", name: "route", gbps: 10, rttMs: 5, usdPerGb: [0.1, 0.2], usdPerHour: 3 },
  ],
  Gang: [
    ({ name, ...props }: { name: string } & Parameters<typeof Gang.of>[1]) => Gang.of(name, props),
    {
      name: "g",
      model: MIXTURE_MODEL,
      layouts: [{ ...LAYOUT, ep: 8 }],
      accelerators: ["h100"],
      sliceShapes: [[4, 4]],
      kernelEfficiency: 0.5,
      overlap: { data: 0.5, pipeline: 0.5, expert: 0.5 },
      ...EVERY_RULE,
    },
  ],
  InferencePool: [
    ({ name, ...props }: { name: string } & Parameters<typeof InferencePool.of>[1]) =>
      InferencePool.of(name, props),
    {
      name: "i",
      model: SMALL_MODEL,
      tp: 2,
      bytesPerWeight: 2,
      prefillDecode: "split",
      promptTokens: 1_000,
      outputTokens: 100,
      batch: 8,
      users: [{ name: "u", requestsPerSecond: 1, rttMs: { cheap: 10 } }],
      firstTokenMs: 300,
      nextTokenMs: 50,
      accelerators: ["h100"],
      kernelEfficiency: 0.5,
      maxSites: 1,
      ...EVERY_RULE,
    },
  ],
  DataJob: [
    ({ name, ...props }: { name: string } & Parameters<typeof DataJob.of>[1]) => DataJob.of(name, props),
    {
      name: "d",
      from: "cheap",
      to: { site: "dear" },
      bytes: 1e12,
      everyHours: 24,
      value: 2,
      budgetUsdPerHour: 5,
    },
  ],
  PlanRules: [
    (props: Parameters<typeof PlanRules.of>[0]) => PlanRules.of(props),
    { carbonUsdPerTonne: 80, budgetUsdPerHour: 9, churnUsdPerAcceleratorHour: 1, spotAvailability: 0.9 },
  ],
  "plan, options": [
    (options: Parameters<typeof plan>[1]) =>
      plan({ sites: [], links: [], workloads: [], rules: RULES }, options),
    { seed: 1, boundIterations: 10, searchIterations: 10, exactNodes: 10 },
  ],
};

describe.each(Object.entries(BUILDERS))("%s", (_, [make, props]) => {
  const refusal = (path: readonly string[], value: unknown) =>
    captureValidationError(() => make(replaceAt(props, path, value) as never)).codes;

  test("takes what the table gives it", () => {
    expect(make(props as never)).toBeDefined();
  });

  test.each(leaves(props).map((path) => [path.join("."), path] as const))(
    "%s must be known at synth: tokens are refused",
    (_subject, path) => {
      const token = typeof valueAt(props, path) === "number" ? Token.asNumber({}) : Token.asString({});
      expect(refusal(path, token)).toContain("TokenNotAllowed");
    },
  );

  const numbers = leaves(props).filter((path) => typeof valueAt(props, path) === "number");
  test("numbers must be finite and not negative", () => {
    const wrong = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, "1"];
    for (const path of numbers) {
      for (const value of wrong) {
        expect([path.join("."), value, refusal(path, value).length > 0]).toEqual([
          path.join("."),
          value,
          true,
        ]);
      }
    }
  });

  const texts = leaves(props).filter((path) => typeof valueAt(props, path) === "string");
  test("texts must be one of a list, or names", () => {
    for (const path of texts) {
      for (const value of ["", "No Name", "a\nb", "__proto__", "x".repeat(200), 7]) {
        expect([path.join("."), value, refusal(path, value).length > 0]).toEqual([
          path.join("."),
          value,
          true,
        ]);
      }
    }
  });
});

describe("plain data that no builder made", () => {
  const input = { sites: [CHEAP, DEAR], links: [FIBRE], workloads: [Gang.of("g", GANG)], rules: RULES };

  test.each(
    leaves(input)
      .filter((path) => typeof valueAt(input, path) === "number")
      .map((path) => [path.join("."), path] as const),
  )("with a number at %s that is none is refused before anything is computed", (_subject, path) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      const make = () => plan(replaceAt(input, path, value));
      expect(captureValidationError(make).codes).toEqual(["UnsoundInput"]);
    }
  });
});

const SITE = Site.kubernetes("hall", { country: "DE", kubeconfig: { context: "hall" } });

test.each<[string, (props: never) => unknown]>([
  ["Fabric.tree", (props) => Fabric.tree("f", props)],
  ["Fabric.torus", (props) => Fabric.torus("f", props)],
  ["Fabric.cubes", (props) => Fabric.cubes("f", props)],
  ["Fabric.opaque", (props) => Fabric.opaque("f", props)],
  ["CapacityPool", (props) => CapacityPool.of("p", props)],
  ["SiteModel", (props) => SiteModel.of(SITE, props)],
  ["OpticalLink.dwdm", (props) => OpticalLink.dwdm("a", "b", props)],
  ["OpticalLink.leased", (props) => OpticalLink.leased("a", "b", props)],
  ["Gang", (props) => Gang.of("g", props)],
  ["InferencePool", (props) => InferencePool.of("i", props)],
  ["DataJob", (props) => DataJob.of("d", props)],
  ["plan", (props) => plan(props)],
])("%s refuses props in which everything is missing, with a code", (_, make) => {
  expect(captureValidationError(() => make({} as never)).codes.length).toBeGreaterThan(0);
});
