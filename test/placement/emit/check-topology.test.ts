import { checkTopology, readSitePlan } from "../../../lib/placement/check-topology";
import type { SitePart, SitePlan } from "../../../lib/placement/emit/site-plan";
import { captureValidationError } from "../../../lib/testing";

const RACK = "acme.example/rack";
const TOPOLOGY = "cloud.google.com/gke-tpu-topology";

const GANG: SitePart = {
  workload: "llama",
  kind: "gang",
  capacityPool: "h100",
  nodePool: "h100",
  purchase: "reserved",
  accelerators: 24,
  hosts: 3,
  status: "planned",
  together: true,
  domains: {
    label: RACK,
    values: [
      { value: "r1", hosts: 2 },
      { value: "r2", hosts: 1 },
    ],
  },
};
const planOf = (...parts: readonly SitePart[]): SitePlan => ({
  version: 1,
  site: "frankfurt",
  parts,
  flows: [],
});

const nodes = (labels: Readonly<Record<string, Readonly<Record<string, string>>>>) => ({
  items: Object.entries(labels).map(([name, own]) => ({ metadata: { name, labels: own } })),
});
const pods = (on: readonly (string | undefined)[], more: object = {}, phase = "Running") => ({
  items: on.map((nodeName) => ({
    metadata: { annotations: { "hybrid-ai.io/workload": "llama", ...more } },
    spec: nodeName === undefined ? {} : { nodeName },
    status: { phase },
  })),
});
const MACHINES = {
  a: { [RACK]: "r1" },
  b: { [RACK]: "r1" },
  c: { [RACK]: "r2" },
  d: { [RACK]: "r2" },
  e: { [RACK]: "r3" },
  bare: {},
};

const one = (part: SitePart, on: readonly (string | undefined)[], machines = MACHINES as object, more = {}) =>
  checkTopology(planOf(part), { nodes: nodes(machines as never), pods: pods(on, more) })[0]!;

describe("a gang in named racks", () => {
  test("holds where it runs as planned", () => {
    expect(one(GANG, ["a", "b", "c"])).toEqual({
      workload: "llama",
      nodePool: "h100",
      status: "planned",
      verdict: "holds",
      code: "right",
      detail: "3 of 3 hosts as planned",
    });
  });

  test.each([
    [["a", "b", "e"], "broken", "wrong-domain", `${RACK}: 2 in r1, 1 in r3; planned 2 in r1, 1 in r2`],
    [["a", "c", "d"], "broken", "other-split", `${RACK}: 1 in r1, 2 in r2`],
    [["a", "b", "bare"], "unknown", "missing-label", `node bare has no label ${RACK}`],
    [["a", "b", "gone"], "unknown", "unknown-node", "a pod runs on gone"],
    [["a", "b", undefined], "unknown", "not-running", "2 of 3 hosts have a pod"],
    [[], "unknown", "not-running", "0 of 3 hosts have a pod"],
  ] as const)("on %j is told", (on, verdict, code, detail) => {
    expect(one(GANG, on)).toMatchObject({ verdict, code, detail });
  });

  test("is not judged by pods that have ended, nor by those of others", () => {
    const ended = checkTopology(planOf(GANG), {
      nodes: nodes(MACHINES),
      pods: pods(["a", "b", "c"], {}, "Succeeded"),
    });
    expect(ended[0]!.code).toBe("not-running");
    expect(one({ ...GANG, workload: "other" }, ["a", "b", "c"]).code).toBe("not-running");
  });
});

describe("a gang whose racks have no names", () => {
  const { domains: _, ...unnamed } = GANG;

  test("is in one domain of the level of the plan", () => {
    expect(one({ ...unnamed, level: RACK }, ["a", "b", "c"])).toMatchObject({
      verdict: "broken",
      code: "not-together",
      detail: `3 nodes in 2 domains of ${RACK}: r1, r2`,
    });
    expect(one({ ...unnamed, hosts: 2, level: RACK }, ["a", "b"]).code).toBe("right");
  });

  test("of a cloud is compared by the level that its pods ask for, as intent", () => {
    const cloud: SitePart = { ...unnamed, status: "intent" };
    const asked = { "kueue.x-k8s.io/podset-preferred-topology": RACK };
    expect(one(cloud, ["a", "b", "c"], MACHINES, asked)).toMatchObject({
      status: "intent",
      code: "not-together",
    });
    expect(one({ ...cloud, together: false }, ["a", "b", "c"], MACHINES, asked).code).toBe("right");
    expect(one(cloud, ["a", "b", "c"]).code).toBe("right");
  });

  test("of TPUs is on slices of the planned topology", () => {
    const slice: SitePart = { ...unnamed, status: "intent", hosts: 2, topology: "2x2x2" };
    const hosts = (topology: string) => ({ a: { [TOPOLOGY]: topology }, b: { [TOPOLOGY]: topology } });
    expect(one(slice, ["a", "b"], hosts("2x2x2")).code).toBe("right");
    expect(one(slice, ["a", "b"], hosts("2x2x4"))).toMatchObject({
      code: "wrong-topology",
      detail: "node a: 2x2x4, planned 2x2x2",
    });
    expect(one(slice, ["a", "b"]).code).toBe("missing-label");
  });
});

describe("a gang on a Slice of GKE", () => {
  const PARTITION = "cloud.google.com/gke-tpu-partition-4x4x4-id";
  const hostsOf = (partition: string, topology = "4x4x8") =>
    Object.fromEntries(
      Array.from({ length: 16 }, (_, host) => [
        `${partition}-${host}`,
        { [PARTITION]: partition, [TOPOLOGY]: topology },
      ]),
    );
  const machines = { ...hostsOf("p1"), ...hostsOf("p7"), ...hostsOf("p9"), ...hostsOf("p3", "4x4x4") };
  const on = (...partitions: readonly string[]) =>
    partitions.flatMap((partition) => Object.keys(hostsOf(partition)));
  const slice: SitePart = {
    ...GANG,
    accelerators: 128,
    hosts: 32,
    topology: "4x4x8",
    slice: { name: "llama-1", partitionIds: ["p9", "p7"] },
    domains: {
      label: PARTITION,
      values: [
        { value: "p7", hosts: 16 },
        { value: "p9", hosts: 16 },
      ],
    },
  };

  test("holds on the nodes of its cubes", () => {
    expect(one(slice, on("p9", "p7"), machines)).toMatchObject({
      status: "planned",
      verdict: "holds",
      code: "right",
    });
  });

  test("is broken in a cube that the plan does not name, however right the topology is", () => {
    expect(one(slice, on("p1", "p7"), machines)).toMatchObject({
      verdict: "broken",
      code: "wrong-domain",
      detail: `${PARTITION}: 16 in p1, 16 in p7; planned 16 in p7, 16 in p9`,
    });
  });

  test("is broken on its cubes if they were joined to other slices", () => {
    const apart = { ...machines, ...hostsOf("p9", "4x4x4") };
    expect(one(slice, on("p9", "p7"), apart)).toMatchObject({ verdict: "broken", code: "wrong-topology" });
  });

  test("is unknown before GKE has made the slice, which gives nodes the topology", () => {
    const bare = Object.fromEntries(
      on("p9", "p7").map((name) => [name, { [PARTITION]: name.split("-")[0]! }]),
    );
    expect(one(slice, on("p9", "p7"), bare)).toMatchObject({ verdict: "unknown", code: "missing-label" });
    expect(one(slice, on("p9"), machines).code).toBe("not-running");
  });
});

test("replicas are not looked at: their pods are the user's", () => {
  const state = { nodes: nodes(MACHINES), pods: pods([]) };
  expect(checkTopology(planOf({ ...GANG, kind: "inference" }), state)).toEqual([]);
});

test("what is not the output of kubectl, or not a plan, is refused", () => {
  const codes = (make: () => unknown) => captureValidationError(make).codes;
  expect(codes(() => checkTopology(planOf(), { nodes: [], pods: { items: [] } }))).toEqual([
    "KubernetesListUnreadable",
  ]);
  expect(codes(() => checkTopology(planOf(), { nodes: { items: [] }, pods: null }))).toEqual([
    "KubernetesListUnreadable",
  ]);
  expect(readSitePlan(JSON.stringify(planOf(GANG)))).toEqual(planOf(GANG));
  for (const text of ["", "{", "null", '{"version":2,"site":"a","parts":[]}', '{"version":1}']) {
    expect(codes(() => readSitePlan(text))).toEqual(["SitePlanUnreadable"]);
  }
});
