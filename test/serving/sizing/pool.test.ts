import { Residency, toInferencePool } from "../../../lib";
import { chat, codes, model, plan } from "../fixture";

const FIXED = { parallelism: { tensor: 4, pipeline: 1 } };
const USERS = [
  { name: "berlin", share: 3, rttMs: { frankfurt: 10 } },
  { name: "boston", share: 1, rttMs: { frankfurt: 90 } },
];

test("an endpoint is a workload of the planner, told in its terms", () => {
  const classes = [chat(), chat({ requestsPerSecond: 10, promptTokens: 1000 }, "short")];
  const pool = toInferencePool("chat", model(), classes, plan({ ...FIXED, classes }), { users: USERS });
  expect(pool).toMatchObject({
    tp: 4,
    promptTokens: 1500,
    outputTokens: 300,
    bytesPerWeight: 1,
    nextTokenMs: 50,
  });
  expect(pool.users.map((group) => group.requestsPerSecond)).toEqual([15, 5]);
  // fp8 takes half of the two bytes that the planner counts.
  expect(pool.model.kvHidden).toBe(512);
  expect(pool.firstTokenMs).toBeLessThan(1500);
  expect(pool.accelerators).toEqual(["h100"]);
});

test("it stays where all of its classes may be", () => {
  const classes = [
    chat({ residency: Residency.EU }),
    chat({ residency: Residency.countries("DE", "US") }, "b"),
  ];
  const made = plan({ ...FIXED, classes });
  const pool = (residency?: Residency) =>
    toInferencePool("chat", model(), classes, made, { users: USERS, residency });
  expect(pool().countries).toEqual(["DE"]);
  expect(codes(() => pool(Residency.EU))).toEqual(["PoolResidencyWider"]);
  const apart = [chat({ residency: Residency.EU }), chat({ residency: Residency.countries("US") }, "b")];
  const both = plan({ ...FIXED, classes: apart });
  expect(codes(() => toInferencePool("chat", model(), apart, both, { users: USERS }))).toEqual([
    "ResidenciesDisjoint",
  ]);
});

test("refuses replicas beyond one domain, another model, and shares of nothing", () => {
  const wide = plan({ parallelism: { tensor: 8, pipeline: 2 }, classes: [chat({ nextTokenMs: 200 })] });
  const at = (made = plan(FIXED), of = model(), users = USERS) =>
    codes(() => toInferencePool("chat", of, [chat()], made, { users }));
  expect(at()).toEqual([]);
  expect(at(wide)).toEqual(["ReplicaBeyondScaleUp"]);
  expect(at(plan(FIXED), { ...model(), name: "other" })).toEqual(["NotOneOf"]);
  expect(at(plan(FIXED), model(), [{ ...USERS[0]!, share: 0 }])).toEqual(["NotAQuantity"]);
  expect(at(plan(FIXED), model(), [])).toEqual(["MissingValue"]);
});
