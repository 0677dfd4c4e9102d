import fc from "fast-check";
import { CapacityPool } from "../../lib/fabric/capacity-pool";
import { Fabric } from "../../lib/fabric/fabric";
import { Site } from "../../lib/fabric/site";
import { SiteModel } from "../../lib/fabric/site-model";
import { checkPlacement } from "../../lib/placement/check/check";
import { checkedPlan } from "../../lib/placement/checked-plan";
import type { AcceptedWorkload, Placement } from "../../lib/placement/placement";
import { SizedPool, type SizedPoolProps, type SizedReplica } from "../../lib/placement/sized-pool";
import { captureValidationError } from "../../lib/testing";
import { inputOf } from "./plan/fixture";

const H100 = { name: "h100", peakTflops: 989, memoryGib: 80, memoryBandwidthGBps: 3_350, watts: 1_275 };

function gpus(name: string, usd: number, { perHost = 8, accelerator = H100, hosts = 4 } = {}): CapacityPool {
  return CapacityPool.of(name, {
    accelerator,
    fabric: Fabric.tree("racks", {
      acceleratorsPerHost: perHost,
      scaleUp: { accelerators: perHost, oneWayGBps: 450, latencyUs: 2 },
      nicGbps: 400,
      tiers: [{ name: "rack", joins: hosts, oversubscription: 1, latencyUs: 3, medium: "copper" }],
    }),
    offers: [{ model: "reserved", usdPerAcceleratorHour: usd }],
  });
}

function siteOf(name: string, ...pools: readonly CapacityPool[]): SiteModel {
  const site = Site.kubernetes(name, { country: "DE", kubeconfig: { context: name } });
  return SiteModel.of(site, { pools, pue: 1.2, gramsCo2PerKwh: 100 });
}

/** One server does 100 requests in 50 seconds. */
const REPLICA: SizedReplica = {
  site: "a",
  pool: "gpu",
  accelerator: "h100",
  tp: 4,
  batch: 10,
  memoryGib: 70,
  workSeconds: 0.4,
  prefillSeconds: 0.2,
  decodeStepSeconds: 0.03,
};
const USERS = [{ name: "near", requestsPerSecond: 5, rttMs: { a: 10, b: 40 } }];
const PROPS: SizedPoolProps = { sized: [REPLICA], users: USERS, outputTokens: 100, firstTokenMs: 1_000 };

const serve = (change: Partial<SizedPoolProps> = {}) => SizedPool.of("serve", { ...PROPS, ...change });
const replica = (change: Partial<SizedReplica>) => serve({ sized: [{ ...REPLICA, ...change }] });

const SITES = [siteOf("a", gpus("gpu", 2)), siteOf("b", gpus("gpu", 3))];

function placed(
  pool: SizedPool,
  sites = SITES,
): { readonly first: AcceptedWorkload; readonly all: Placement } {
  const all = checkedPlan(inputOf(sites, [pool]));
  return { first: all.workloads[0] as AcceptedWorkload, all };
}

const replicas = (pool: SizedPool) => placed(pool).first.parts.map(({ serving }) => serving!.replicas);

test("has defaults, and is frozen", () => {
  expect(serve()).toMatchObject({
    kind: "inference",
    prefillDecode: "together",
    inTime: 0.95,
    spareReplicas: 0,
    maxSites: 1,
    accelerators: ["h100"],
  });
  expect(Object.isFrozen(serve())).toBe(true);
});

test("takes as many replicas as keep so many requests in time", () => {
  // 5/s x (0.2 + 100 x 0.03 / 10) s = 2.5 servers; 0.59 s are left for the queue. Of 4 servers the 95th percentile is
  // ln(0.320 / 0.05) x 0.5 / 1.5 = 0.619 s (C of 4 servers is 0.320), so it takes 5.
  expect(replicas(serve())).toEqual([5]);
  expect(replicas(serve({ inTime: 0.5 }))).toEqual([3]);
  expect(replicas(serve({ firstTokenMs: 5_000 }))).toEqual([3]);
  expect(replicas(serve({ spareReplicas: 2 }))).toEqual([7]);
  expect(replicas(replica({ batch: 20 }))).toEqual([3]);
  expect(replicas(serve({ outputTokens: 150 }))[0]).toBeGreaterThan(5);
});

test("with split phases decoding is a queue of places", () => {
  // 15 decode at a time: 20 places are too few to wait no longer than 0.03 s, 30 are enough.
  // 1 server works on prompts: the wait of 2 is ln(0.333 / 0.025) x 0.2 = 0.518 s, within 0.59.
  const { parts } = placed(serve({ prefillDecode: "split" })).first;
  expect(parts.map(({ serving }) => [serving!.phase, serving!.replicas])).toEqual([
    ["prefill", 2],
    ["decode", 3],
  ]);
});

test("goes to the cheapest of its pools, each with a replica of its own", () => {
  const wide: SizedReplica = { ...REPLICA, site: "b", tp: 1 };
  const { first } = placed(serve({ sized: [REPLICA, wide] }));
  // Five replicas of one accelerator each share a host.
  expect(first.parts).toMatchObject([{ site: "b", accelerators: 8, serving: { replicas: 5 } }]);
  expect(placed(serve({ sized: [{ ...wide, tp: 4 }, REPLICA] })).first.parts[0]!.site).toBe("a");
});

test("has no place in a pool that it was not sized for, that is too small or too far", () => {
  const reasons = (pool: SizedPool, sites = SITES) => {
    const [left] = checkedPlan(inputOf(sites, [pool])).workloads;
    return left!.status === "left-out" ? left!.reasons.map(({ site, code }) => `${site} ${code}`) : [];
  };
  expect(reasons(replica({ memoryGib: 81 }))).toEqual(["a memory", "b not-sized"]);
  expect(reasons(replica({ memoryGib: 80 }))).toEqual([]);
  expect(reasons(replica({ tp: 16 }))[0]).toBe("a domain-too-small");
  expect(reasons(replica({ workSeconds: 1 }))[0]).toBe("a latency");
  expect(reasons(replica({ accelerator: "h200" }))[0]).toBe("a accelerator");
  expect(reasons(serve({ users: [{ ...USERS[0]!, rttMs: { b: 1 } }] }))[0]).toBe("a unreachable");
  expect(reasons(serve({ users: [{ ...USERS[0]!, requestsPerSecond: 50 }] }))[0]).toBe("a no-capacity");
});

test("refuses what is no replica, no rule, and no pool", () => {
  const codes = (make: () => unknown) => captureValidationError(make).codes;
  expect(codes(() => serve({ sized: [] }))).toEqual(["MissingValue"]);
  expect(codes(() => serve({ sized: undefined }))).toEqual(["MissingValue"]);
  expect(codes(() => serve({ sized: [undefined as unknown as SizedReplica] }))).toEqual(["MissingValue"]);
  expect(codes(() => serve({ sized: [REPLICA, REPLICA] }))).toEqual(["DuplicateValue"]);
  expect(codes(() => replica({ tp: 0 }))).toEqual(["NumberOutOfRange"]);
  expect(codes(() => replica({ batch: 1.5 }))).toEqual(["NumberOutOfRange"]);
  for (const measure of ["memoryGib", "workSeconds", "prefillSeconds", "decodeStepSeconds"] as const) {
    expect(codes(() => replica({ [measure]: 0 }))).toEqual(["NotAQuantity"]);
  }
  expect(codes(() => replica({ site: "A B", pool: "", accelerator: "${x}" }))).toEqual([
    "InvalidName",
    "InvalidName",
    "InvalidName",
  ]);
  expect(codes(() => serve({ inTime: 1 }))).toEqual(["NotAQuantity"]);
  expect(codes(() => serve({ spareReplicas: -1 }))).toEqual(["NumberOutOfRange"]);
  expect(codes(() => serve({ outputTokens: 0 }))).toEqual(["NotAQuantity"]);
  expect(codes(() => serve({ maxSites: 0 }))).toEqual(["NumberOutOfRange"]);
  expect(codes(() => serve({ firstTokenMs: 10 }))).toEqual(["LatencyTargetImpossible"]);
  expect(codes(() => serve({ prefillDecode: "apart" as "split" }))).toEqual(["NotOneOf"]);
  expect(codes(() => placed(replica({ site: "mars" })))).toEqual(["UnknownPlace"]);
  expect(codes(() => placed(replica({ pool: "other" })))).toEqual(["UnknownPlace"]);
});

describe("the independent checker", () => {
  const input = inputOf(SITES, [serve()]);
  const tampered = (change: (first: AcceptedWorkload) => AcceptedWorkload) => {
    const { first, all } = placed(serve());
    const changed = { ...all, workloads: [change(first)] };
    return [...new Set(checkPlacement(input, changed).map(({ code }) => code))];
  };

  test("refuses a replica less, and a pool that nothing was sized for", () => {
    const fewer = (first: AcceptedWorkload) => ({
      ...first,
      parts: first.parts.map((part) => ({ ...part, serving: { ...part.serving!, replicas: 3 } })),
    });
    expect(tampered((first) => first)).toEqual([]);
    expect(tampered(fewer)).toContain("latency");
    const elsewhere = (first: AcceptedWorkload) => ({
      ...first,
      parts: first.parts.map((part) => ({ ...part, site: "b" })),
    });
    expect(tampered(elsewhere)).toContain("layout");
  });

  test("agrees with the planner whatever was sized", () => {
    const measure = (max: number) => fc.double({ min: 0.001, max, noNaN: true });
    const entry = fc.record({
      site: fc.constantFrom("a", "b"),
      pool: fc.constantFrom("gpu", "small"),
      accelerator: fc.constant("h100"),
      tp: fc.constantFrom(1, 2, 4, 8),
      batch: fc.integer({ min: 1, max: 64 }),
      memoryGib: measure(90),
      workSeconds: measure(1),
      prefillSeconds: measure(1),
      decodeStepSeconds: measure(0.1),
    });
    const pool = fc.record({
      sized: fc.uniqueArray(entry, {
        minLength: 1,
        maxLength: 4,
        selector: ({ site, pool: name }) => site + name,
      }),
      prefillDecode: fc.constantFrom("together" as const, "split" as const),
      outputTokens: fc.integer({ min: 1, max: 400 }),
      firstTokenMs: fc.integer({ min: 100, max: 3_000 }),
      inTime: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      spareReplicas: fc.integer({ min: 0, max: 2 }),
      maxSites: fc.integer({ min: 1, max: 2 }),
      users: fc.constant([
        { name: "east", requestsPerSecond: 3, rttMs: { a: 5, b: 30 } },
        { name: "west", requestsPerSecond: 8, rttMs: { a: 60, b: 10 } },
      ]),
    });
    const sites = ["a", "b"].map((name) => siteOf(name, gpus("gpu", 2), gpus("small", 1, { perHost: 2 })));
    fc.assert(
      fc.property(pool, (props) => {
        const workloads = [SizedPool.of("one", props), SizedPool.of("two", { ...props, value: 3 })];
        expect(checkedPlan(inputOf(sites, workloads)).workloads).toHaveLength(2);
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
