import { Token } from "cdktf";
import fc from "fast-check";
import {
  Accelerator,
  type EndpointPlanProps,
  explainEndpoint,
  planEndpoint,
  SERVING_EFFICIENCY,
} from "../../../lib";
import { queueTailSeconds } from "../../../lib/placement/cost/serving-time";
import { chat, codes, model, plan, refusal } from "../fixture";

const NUMBER = Token.asNumber({ resolve: () => 1 });
const FIXED = { parallelism: { tensor: 4, pipeline: 1 } };
const AWS = { provider: "aws", region: "us-east-1" } as const;
const replicas = (of: ReturnType<typeof plan>) =>
  of.replicas.kind === "split" ? of.replicas.prefill + of.replicas.decode : of.replicas.count;

describe("targets", () => {
  test("are kept for every class at the planned load", () => {
    const classes = [chat(), chat({ firstTokenP95Ms: 900, promptTokens: 500, nextTokenMs: 40 }, "short")];
    const made = plan({ classes });
    classes.forEach((of, index) => {
      const { name, firstTokenP95Ms, nextTokenMs } = made.classes[index]!;
      expect(name).toBe(of.name);
      expect(firstTokenP95Ms).toBeLessThanOrEqual(of.firstTokenP95Ms);
      expect(nextTokenMs).toBeLessThanOrEqual(of.nextTokenMs);
    });
  });

  test("the queue is the tail of M/M/c, and one replica less would miss a target", () => {
    const made = plan(FIXED);
    const count = replicas(made);
    const busy = count / made.planned.requestsPerSecond;
    const wait = (servers: number) =>
      1e3 * (queueTailSeconds(10, busy, servers, 0.95) ?? Number.POSITIVE_INFINITY);
    expect(made.queueP95Ms).toBeCloseTo(wait(count), 6);
    const work = made.classes[0]!.firstTokenP95Ms - made.queueP95Ms;
    expect(work + wait(count - 1)).toBeGreaterThan(1500);
  });

  test("the round trip of users is part of the time to the first token", () => {
    const near = plan(FIXED).classes[0]!.firstTokenP95Ms;
    const far = plan({ ...FIXED, rttMs: 100 });
    expect(far.classes[0]!.firstTokenP95Ms).toBeGreaterThanOrEqual(100);
    expect(replicas(far) > replicas(plan(FIXED)) || far.classes[0]!.firstTokenP95Ms > near).toBe(true);
  });

  test("a prefix cache shortens prompts", () => {
    const cached = plan({ ...FIXED, classes: [chat({ cachedShare: 0.9 })] });
    expect(cached.classes[0]!.firstTokenP95Ms).toBeLessThan(plan(FIXED).classes[0]!.firstTokenP95Ms);
    expect(replicas(cached)).toBeLessThan(replicas(plan(FIXED)));
  });

  test.each([
    ["nextTokenMs", { nextTokenMs: 2 }, "one sequence alone"],
    ["firstTokenP95Ms", { firstTokenP95Ms: 20 }, "without any queue"],
  ])("%s that no number of replicas reaches are refused with what can be reached", (what, changes, why) => {
    const { codes: found, message } = refusal(() => plan({ classes: [chat(changes)] }));
    expect(new Set(found)).toEqual(new Set(["LatencyTargetOutOfReach"]));
    expect(message).toContain(`class "chat" ${what}`);
    expect(message).toContain(why);
  });

  test("a tight target makes batches smaller, and tells that it does", () => {
    const relaxed = plan({ ...FIXED, classes: [chat({ nextTokenMs: 1000, firstTokenP95Ms: 30_000 })] });
    const tight = plan({ ...FIXED, classes: [chat({ nextTokenMs: 25 })] });
    expect(relaxed.batchLimit).not.toBe("latency");
    expect(tight.batchLimit).toBe("latency");
    expect(tight.maxBatch).toBeLessThan(relaxed.maxBatch);
    expect(plan({ ...FIXED, maxSequences: 8 })).toMatchObject({ maxBatch: 8, batchLimit: "maxSequences" });
  });
});

describe("replicas", () => {
  test("more than maxReplicas are refused, spares included", () => {
    const needed = replicas(plan(FIXED));
    expect(replicas(plan({ ...FIXED, maxReplicas: needed }))).toBe(needed);
    expect(codes(() => plan({ ...FIXED, maxReplicas: needed - 1 }))).toEqual(["TrafficOutOfReach"]);
    expect(codes(() => plan({ ...FIXED, maxReplicas: needed, spareReplicas: 1 }))).toEqual([
      "TrafficOutOfReach",
    ]);
    expect(replicas(plan({ ...FIXED, spareReplicas: 2 }))).toBe(needed + 2);
  });

  test("of several nodes count all of them", () => {
    const two = plan({ parallelism: { tensor: 8, pipeline: 2 }, classes: [chat({ nextTokenMs: 100 })] });
    expect(two.nodes).toBe(2 * replicas(two));
    expect(two.accelerators).toBe(16 * replicas(two));
  });

  test("of split phases are counted apart, and hand keys and values over", () => {
    const split = plan({ ...FIXED, prefillDecode: "split", spareReplicas: 1 });
    expect(split.replicas).toMatchObject({ kind: "split" });
    expect(split.classes[0]!.firstTokenP95Ms).toBeLessThanOrEqual(1500);
    const slow = plan({ ...FIXED, prefillDecode: "split", networkGbps: 10 });
    const work = (of: typeof split) => of.classes[0]!.firstTokenP95Ms - of.queueP95Ms;
    expect(work(slow)).toBeGreaterThan(work(split));
  });

  test("prompts do not slow decoding where phases are split", () => {
    const together = plan({ ...FIXED, classes: [chat({ promptTokens: 8000, firstTokenP95Ms: 10_000 })] });
    const split = plan({
      ...FIXED,
      prefillDecode: "split",
      classes: [chat({ promptTokens: 8000, firstTokenP95Ms: 10_000 })],
    });
    expect(split.maxBatch).toBeGreaterThan(together.maxBatch);
  });

  test("drain takes longer than the longest answer in a full batch", () => {
    const short = plan({ ...FIXED, classes: [chat({ maxOutputTokens: 300 })] }).drainSeconds;
    const long = plan({ ...FIXED, classes: [chat({ maxOutputTokens: 3000 })] });
    expect(long.drainSeconds).toBeGreaterThan(3000 * (long.classes[0]!.nextTokenMs / 1e3) + 30);
    expect(long.drainSeconds).toBeGreaterThan(short);
  });
});

describe("money", () => {
  test("follows the price table, or a price that is given", () => {
    const made = plan({ ...FIXED, price: AWS });
    expect(made.planned.usdPerHour).toBeCloseTo((55.04 / 8) * made.accelerators);
    expect(plan({ ...FIXED, price: { usdPerAcceleratorHour: 2 } }).planned.usdPerHour).toBe(
      2 * made.accelerators,
    );
    expect(plan({ ...FIXED, price: { ...AWS, purchase: "spot" } }).planned.usdPerHour).toBeLessThan(
      made.planned.usdPerHour!,
    );
    const perHour = 3600 * 10 * 300;
    expect(made.usdPerMillionOutputTokens).toBeCloseTo((made.planned.usdPerHour! * 1e6) / perHour);
  });

  test("is left out where no price is known", () => {
    const made = plan({ ...FIXED, price: { provider: "aws", region: "mars-1" } });
    expect(made.planned).not.toHaveProperty("usdPerHour");
    expect(made).not.toHaveProperty("usdPerMillionOutputTokens");
    expect(explainEndpoint(made)).toContain("price: not known");
  });

  test("is shared out by work, and held against budgets", () => {
    const heavy = chat({ promptTokens: 8000, firstTokenP95Ms: 5000 }, "heavy");
    const made = plan({ ...FIXED, classes: [chat(), heavy], price: AWS });
    const [small, large] = made.classes;
    expect(small!.share + large!.share).toBeCloseTo(1);
    expect(large!.share).toBeGreaterThan(small!.share);
    const cost = plan({ ...FIXED, price: AWS }).classes[0]!.usdPerHour!;
    const budget = (usd: number) => ({ ...FIXED, price: AWS, classes: [chat({ budgetUsdPerHour: usd })] });
    expect(codes(() => plan(budget(cost)))).toEqual([]);
    expect(codes(() => plan(budget(cost - 0.01)))).toEqual(["ClassOverBudget"]);
    expect(codes(() => plan({ ...budget(cost), price: undefined }))).toEqual(["PriceUnknown"]);
  });
});

describe("what is refused", () => {
  test("more tokens than the context holds", () => {
    const long = chat({
      promptTokens: 32_000,
      outputTokens: 300,
      maxOutputTokens: 768,
      firstTokenP95Ms: 60_000,
    });
    expect(codes(() => plan({ ...FIXED, classes: [long] }))).not.toContain("ClassExceedsContext");
    const longer = chat({ promptTokens: 32_000, outputTokens: 300, maxOutputTokens: 769 });
    const { code, message } = refusal(() => plan({ ...FIXED, classes: [longer] }));
    expect(code).toBe("ClassExceedsContext");
    expect(message).toContain("give maxOutputTokens of at most 768");
  });

  test("accelerators of which too little is known", () => {
    expect(codes(() => plan({ accelerator: "t4g" }))).toEqual(["AcceleratorFactsMissing"]);
    const bf16 = model({ precision: "bf16", cachePrecision: "bf16" });
    const neuron = {
      model: bf16,
      accelerator: "trainium2",
      acceleratorsPerNode: 16,
      parallelism: { tensor: 8, pipeline: 1 },
    };
    expect(codes(() => plan(neuron))).toEqual(["AcceleratorFactsMissing"]);
    const known = Accelerator.of({
      name: "trainium2",
      vendor: "aws",
      scaleUp: { technology: "NeuronLink 3", domain: 16, oneWayGBps: 100 },
    });
    expect(
      codes(() =>
        plan({ ...neuron, accelerator: known, classes: [chat({ nextTokenMs: 500, firstTokenP95Ms: 9000 })] }),
      ),
    ).toEqual([]);
    const split = {
      accelerator: "l40s",
      prefillDecode: "split",
      parallelism: { tensor: 4, pipeline: 1 },
    } as const;
    expect(codes(() => plan(split))).toEqual(["AcceleratorFactsMissing"]);
  });

  test.each<[string, object, string]>([
    ["no model", { model: undefined }, "MissingValue"],
    ["a model by name", { model: "llama" }, "NotOneOf"],
    ["no classes", { classes: [] }, "MissingValue"],
    ["two classes of one name", { classes: [chat(), chat()] }, "DuplicateValue"],
    ["a class that is nothing", { classes: [null] }, "MissingValue"],
    ["an accelerator that nobody knows", { accelerator: "h1000" }, "UnknownAccelerator"],
    ["no accelerators in a node", { acceleratorsPerNode: 0 }, "NumberOutOfRange"],
    ["another engine", { engine: "llama.cpp" }, "NotOneOf"],
    ["phases that do not exist", { prefillDecode: "apart" }, "NotOneOf"],
    ["more than all memory", { memoryUtilization: 1.01 }, "NotAQuantity"],
    ["no memory", { memoryUtilization: 0 }, "NotAQuantity"],
    ["no sequences", { maxSequences: 0 }, "NumberOutOfRange"],
    ["a chunk of a few tokens", { prefillChunkTokens: 63 }, "NumberOutOfRange"],
    ["no replicas", { maxReplicas: 0 }, "NumberOutOfRange"],
    ["replicas that only Terraform knows", { maxReplicas: NUMBER }, "TokenNotAllowed"],
    ["fewer spares than none", { spareReplicas: -1 }, "NumberOutOfRange"],
    ["a negative round trip", { rttMs: -1 }, "NotAQuantity"],
    ["a domain of nothing", { scaleUpDomain: 0, parallelism: {} }, "NumberOutOfRange"],
    ["no network", { networkGbps: 0 }, "NotAQuantity"],
    ["an efficiency above 1", { efficiency: { compute: 1.1 } }, "NotAQuantity"],
    ["an efficiency that does not exist", { efficiency: { magic: 0.5 } }, "NotOneOf"],
    ["a negative overhead", { efficiency: { stepOverheadMs: -1 } }, "NotAQuantity"],
    ["a price of nothing", { price: { usdPerAcceleratorHour: 0 } }, "NotAQuantity"],
    ["another seller", { price: { provider: "acme", region: "x" } }, "NotOneOf"],
  ])("%s", (_, changes, code) => {
    expect(codes(() => plan({ ...FIXED, ...changes } as never))).toEqual([code]);
  });
});

test.each(Object.keys(SERVING_EFFICIENCY) as (keyof typeof SERVING_EFFICIENCY)[])(
  "a lower %s, or a longer time, is slower",
  (key) => {
    const worse = {
      [key]:
        key.endsWith("Ms") || key.endsWith("Us") ? 5 * SERVING_EFFICIENCY[key] : SERVING_EFFICIENCY[key] / 2,
    };
    const moe = model({
      shape: { ...model().shape, moe: { layers: 80, experts: 64, topK: 4, expertParams: 50e9 } },
    });
    const props: Partial<EndpointPlanProps> = {
      model: moe,
      parallelism: { tensor: 8, pipeline: 2 },
      prefillDecode: "split",
      classes: [chat({ nextTokenMs: 5000, firstTokenP95Ms: 60_000 })],
      maxSequences: 64,
    };
    const work = (of: ReturnType<typeof plan>) => of.classes[0]!.firstTokenP95Ms - of.queueP95Ms;
    expect(work(plan({ ...props, efficiency: worse }))).toBeGreaterThan(work(plan(props)));
  },
);

describe("always", () => {
  const load = fc.double({ min: 0.01, max: 200, noNaN: true });
  const tokens = fc.integer({ min: 1, max: 4000 });
  const LOOSE = { ...FIXED, maxReplicas: 10_000 };

  test("more load never needs fewer replicas", () => {
    fc.assert(
      fc.property(load, load, tokens, fc.boolean(), (one, more, promptTokens, split) => {
        const at = (requestsPerSecond: number) =>
          plan({
            ...LOOSE,
            prefillDecode: split ? "split" : "together",
            classes: [chat({ requestsPerSecond, promptTokens })],
          });
        expect(replicas(at(one + more))).toBeGreaterThanOrEqual(replicas(at(one)));
      }),
      { numRuns: 60 },
    );
  });

  test("more memory never fits less", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (low, more) => {
          const at = (memoryUtilization: number) => plan({ ...LOOSE, memoryUtilization }).memory.cacheTokens;
          expect(at(Math.min(1, low + more))).toBeGreaterThanOrEqual(at(low));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("the same props give the same plan, whatever the order of classes", () => {
    fc.assert(
      fc.property(load, tokens, (requestsPerSecond, promptTokens) => {
        const classes = [chat({ requestsPerSecond, promptTokens }), chat({}, "other")];
        const once = plan({ ...LOOSE, classes });
        expect(plan({ ...LOOSE, classes })).toEqual(once);
        const turned = plan({ ...LOOSE, classes: [...classes].reverse() });
        expect([turned.replicas, turned.maxBatch, turned.parallelism]).toEqual([
          once.replicas,
          once.maxBatch,
          once.parallelism,
        ]);
      }),
      { numRuns: 40 },
    );
  });

  test("whatever is given is planned or refused with a code", () => {
    const value = fc.anything({ withNullPrototype: true });
    const base = { model: model(), classes: [chat()], accelerator: "h100", acceleratorsPerNode: 8 };
    const keys = [
      "parallelism",
      "engine",
      "memoryUtilization",
      "efficiency",
      "maxReplicas",
      "price",
      "accelerator",
      "classes",
      "model",
      "rttMs",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...keys), value, (key, given) => {
        expect(Array.isArray(codes(() => planEndpoint({ ...base, [key]: given } as never)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test("the explanation names every step with its source, and says that nothing was measured", () => {
  const made = plan({ price: AWS, spareReplicas: 1 });
  const text = explainEndpoint(made);
  expect(text).toContain("predicted by a capacity model, not measured");
  expect(text).toContain("5 replicas, 1 of each kind spare");
  expect(text).toContain('class "chat": first token within');
  for (const { what, source } of made.steps) {
    expect(text).toContain(what);
    expect(text).toContain(`[${source}]`);
  }
  expect(explainEndpoint(plan({ prefillDecode: "split" }))).toContain("for prefill and");
});
