import {
  type InferencePoolRules,
  planWithReplicas,
  Residency,
  type SizedPlace,
  toSizedPool,
} from "../../../lib";
import { sizedReplicasFor } from "../../../lib/placement/cost/serving-time";
import { chat, codes, model, plan } from "../fixture";

const USERS: InferencePoolRules["users"] = [
  { name: "berlin", share: 3, rttMs: { frankfurt: 0, paris: 12 } },
  { name: "boston", share: 1, rttMs: { frankfurt: 0 } },
];
const FIXED = { parallelism: { tensor: 4, pipeline: 1 } };

function place(of: Parameters<typeof plan>[0] = {}, at: Partial<SizedPlace> = {}): SizedPlace {
  return { site: "frankfurt", pool: "h100", plan: plan({ ...FIXED, ...of }), ...at };
}

/** Replicas that the planner would take for all users. */
function counted(classes: Parameters<typeof toSizedPool>[1], at: SizedPlace, users = USERS) {
  const pool = toSizedPool("chat", classes, [at], { users });
  return sizedReplicasFor(pool, pool.sized[0]!, pool.users, 10_000);
}

const TRAFFIC = [3, 10, 40, 160].flatMap((requestsPerSecond) => [
  [chat({ requestsPerSecond })],
  [
    chat({ requestsPerSecond, cachedShare: 0.5 }),
    chat({ promptTokens: 6000, outputTokens: 100, firstTokenP95Ms: 5000, nextTokenMs: 90 }, "batch"),
  ],
]);

test.each(["together", "split"] as const)(
  "the planner counts replicas as the capacity model does, phases %s",
  (prefillDecode) => {
    for (const classes of TRAFFIC) {
      for (const spareReplicas of [0, 2]) {
        const at = place({ classes, prefillDecode, spareReplicas, networkGbps: 400 });
        const { replicas } = at.plan;
        expect(counted(classes, at)).toEqual(
          replicas.kind === "split"
            ? { prefill: replicas.prefill, decode: replicas.decode }
            : { prefill: replicas.count, decode: 0 },
        );
      }
    }
  },
);

test("the way to the users is taken off what they may wait", () => {
  const classes = [chat({ requestsPerSecond: 40 })];
  const at = place({ classes });
  const far = (rttMs: number) =>
    counted(classes, at, [{ name: "far", share: 1, rttMs: { frankfurt: rttMs } }]);
  const { queueP95Ms, classes: predicted } = at.plan;
  const work = predicted[0]!.firstTokenP95Ms - queueP95Ms;
  // All but a millisecond of what is left for queues is spent on the way.
  expect(far(1500 - work - 1)!.prefill).toBeGreaterThan(counted(classes, at)!.prefill);
  expect(far(1500 - work + 1)).toBeUndefined();
});

test("each pool has its own replica, and the tokens of the classes together", () => {
  const classes = [chat(), chat({ requestsPerSecond: 30, outputTokens: 100 }, "short")];
  const wide = place(
    { classes, accelerator: "h200", parallelism: { tensor: 8, pipeline: 1 } },
    { site: "paris", pool: "h200" },
  );
  const pool = toSizedPool("chat", classes, [wide, place({ classes })], { users: USERS, maxSites: 2 });
  expect(pool.sized.map(({ site, pool: name, tp, accelerator }) => [site, name, tp, accelerator])).toEqual([
    ["frankfurt", "h100", 4, "h100"],
    ["paris", "h200", 8, "h200"],
  ]);
  expect(pool).toMatchObject({ outputTokens: 150, firstTokenMs: 1500, maxSites: 2, inTime: 0.95 });
  expect(pool.users.map(({ requestsPerSecond }) => requestsPerSecond)).toEqual([30, 10]);
});

test("refuses plans of other models, classes, phases and spares, and countries that a class forbids", () => {
  const refused = (places: readonly SizedPlace[], residency?: Residency) =>
    codes(() => toSizedPool("chat", [chat()], places, { users: USERS, residency }));
  const other = (of: Parameters<typeof plan>[0]) => [place(), place(of, { pool: "other" })];
  expect(refused([place()])).toEqual([]);
  expect(refused([])).toEqual(["MissingValue"]);
  expect(refused(other({ model: { ...model(), name: "other" } }))).toEqual(["NotOneOf"]);
  expect(refused(other({ classes: [chat({}, "other")] }))).toEqual(["NotOneOf"]);
  expect(refused(other({ prefillDecode: "split", networkGbps: 400 }))).toEqual(["NotOneOf"]);
  expect(refused(other({ spareReplicas: 1 }))).toEqual(["NumberOutOfRange"]);
  expect(refused([place(), place()])).toEqual(["DuplicateValue"]);
  const eu = [chat({ residency: Residency.EU })];
  const wider = () =>
    toSizedPool("chat", eu, [place({ classes: eu })], { users: USERS, residency: Residency.countries("US") });
  expect(codes(wider)).toEqual(["PoolResidencyWider"]);
});

describe("a plan with the replicas of a placement", () => {
  const classes = [chat({ requestsPerSecond: 40 })];
  const made = plan({ ...FIXED, classes, spareReplicas: 1, price: { usdPerAcceleratorHour: 2 } });

  test("is the plan itself where the numbers are the same", () => {
    const same = planWithReplicas(made, classes, made.replicas, made.planned.usdPerHour);
    expect(same.planned.requestsPerSecond).toBeCloseTo(made.planned.requestsPerSecond, 9);
    expect(same.planned.outputTokensPerSecond).toBeCloseTo(made.planned.outputTokensPerSecond, 6);
    expect(same.planned.usdPerHour).toBe(made.planned.usdPerHour);
    const split = plan({ ...FIXED, classes, prefillDecode: "split", networkGbps: 400 });
    expect(planWithReplicas(split, classes, split.replicas).planned.requestsPerSecond).toBeCloseTo(
      split.planned.requestsPerSecond,
      9,
    );
  });

  test("promises as much more as there are more replicas, and the price that is charged", () => {
    const per = made.planned.requestsPerSecond / ((made.replicas as { count: number }).count - 1);
    const more = planWithReplicas(made, classes, { kind: "together", count: 21 }, 99);
    expect(more.replicas).toEqual({ kind: "together", count: 21 });
    expect(more.planned.requestsPerSecond).toBeCloseTo(20 * per, 9);
    expect(more.planned.usdPerHour).toBe(99);
    expect(planWithReplicas(made, classes, made.replicas).planned.usdPerHour).toBeUndefined();
  });
});
