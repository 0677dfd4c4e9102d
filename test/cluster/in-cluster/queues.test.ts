import { Capacity } from "../../../lib/fabric/capacity";
import { Slice } from "../../../lib/fabric/slice";
import type { TeamProps } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { conformance, conformanceTest } from "../conformance";
import * as clusters from "./clusters";
import { codesOf, kindsOf, make, type Props, SPEECH, VISION } from "./queued";
import { objectOf, objectsOf, resourcesOf } from "./synthesized";

test("two teams of an own hall", () => {
  expect(objectsOf(make().stack)).toMatchSnapshot();
});

describe("teams", () => {
  test("have a queue in a namespace that is made, or that is there", () => {
    const { queues, stack } = make({
      teams: [VISION, { ...SPEECH, namespace: "audio", createNamespace: false }],
    });

    expect([...queues.namespaces.keys()]).toEqual(["vision"]);
    expect(queues.queue("speech")).toEqual({
      team: "speech",
      namespace: "audio",
      queueName: "speech",
      priorities: [],
    });
    expect(objectOf(stack, "LocalQueue", "speech")).toMatchObject({
      metadata: { namespace: "audio" },
      spec: { clusterQueue: "speech" },
    });
    expect(objectOf(stack, "ClusterQueue", "speech").spec.namespaceSelector).toEqual({
      matchLabels: { "kubernetes.io/metadata.name": "audio" },
    });
    expect(objectOf(stack, "LocalQueue", "vision").metadata.namespace).toMatch(
      /^\$\{kubernetes_namespace_v1\./,
    );
  });

  test("borrow within one cohort", () => {
    const { stack } = make({ cohort: "research" });

    expect(objectOf(stack, "Cohort").metadata.name).toBe("research");
    expect(objectOf(stack, "ClusterQueue", "vision").spec.cohortName).toBe("research");
    expect(objectOf(make().stack, "Cohort").metadata.name).toBe("acme");
  });

  test("say whose jobs give way", () => {
    const { stack } = make({ teams: [{ ...VISION, reclaim: "LowerPriority", preempts: "Never" }] });

    expect(objectOf(stack, "ClusterQueue").spec.preemption).toEqual({
      reclaimWithinCohort: "LowerPriority",
      withinClusterQueue: "Never",
    });
  });

  test("allow their pods what frameworks need", () => {
    const { stack } = make({ teams: [{ ...VISION, podSecurity: "privileged" }] });

    expect(JSON.stringify(resourcesOf(stack, "kubernetes_namespace_v1"))).toContain(
      '"pod-security.kubernetes.io/enforce":"privileged"',
    );
  });

  test("keep their addresses when another team comes or goes", () => {
    const ids = (teams: readonly TeamProps[]) =>
      Object.keys(resourcesOf(make({ teams }).stack, "kubernetes_manifest"));

    expect(ids([SPEECH, VISION])).toEqual(expect.arrayContaining(ids([VISION])));
  });

  test("stand in any order, as do their quotas", () => {
    const of = (teams: readonly TeamProps[]) => resourcesOf(make({ teams }).stack, "kubernetes_manifest");

    expect(of([SPEECH, VISION])).toEqual(of([VISION, { ...SPEECH, quotas: [...SPEECH.quotas].reverse() }]));
  });

  test.each<[string, Props, string]>([
    ["two of one name", { teams: [VISION, { ...VISION, namespace: "other" }] }, "DuplicateValue"],
    ["two in one namespace", { teams: [VISION, { ...SPEECH, namespace: "vision" }] }, "DuplicateValue"],
    ["a name that is none", { teams: [{ ...VISION, name: "Vision" }] }, "InvalidName"],
    ["a namespace of Kubernetes", { teams: [{ ...VISION, name: "kube-system" }] }, "InvalidName"],
    ["a namespace that every cluster has", { teams: [{ ...VISION, namespace: "default" }] }, "InvalidName"],
    ["a namespace that is none", { teams: [{ ...VISION, namespace: "a.b" }] }, "InvalidName"],
    ["no quota", { teams: [{ name: "a", quotas: [] }] }, "MissingValue"],
    [
      "two quotas of one pool",
      {
        teams: [
          {
            name: "a",
            quotas: [
              { pool: "train", nodes: 1 },
              { pool: "train", nodes: 1 },
            ],
          },
        ],
      },
      "DuplicateValue",
    ],
    [
      "a level for an adopted namespace",
      { teams: [{ ...VISION, createNamespace: false, podSecurity: "baseline" }] },
      "NoEffect",
    ],
    ["an unknown rule", { teams: [{ ...VISION, reclaim: "Always" as never }] }, "NotOneOf"],
    ["a cohort of nobody", { teams: [], cohort: "a" }, "NoEffect"],
    ["a worker without teams", { teams: [], workerOf: "b" }, "NoEffect"],
    ["a cohort that is no name", { cohort: "A B" }, "InvalidName"],
    ["destruction with one key", { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
  ])("%s is refused", (_, props, code) => {
    expect(codesOf(props)[0]).toBe(code);
  });

  test.each([
    "kueue-system",
    "jobset-system",
    "lws-system",
    "gpu-operator",
    "dcgm-exporter",
    "nvidia-device-plugin",
    "neuron",
    "nvidia-network-operator",
    "dra-driver-nvidia-gpu",
  ])("do not live in %s with an operator, whose namespace Kueue leaves alone", (namespace) => {
    expect(codesOf({ teams: [{ ...VISION, namespace }] })).toEqual(["InvalidName"]);
    expect(codesOf({ teams: [{ ...VISION, namespace, createNamespace: false }] })).toEqual(["InvalidName"]);
    expect(codesOf({ teams: [{ ...VISION, name: namespace }] })).toEqual(["InvalidName"]);
  });

  test("may have a name that begins like an operator's", () => {
    expect(() => make({ teams: [{ ...VISION, namespace: "neuron-team" }] })).not.toThrow();
  });

  test("that nobody declared have no queue", () => {
    expect(captureValidationError(() => make().queues.queue("ghost")).codes).toEqual(["UnknownTeam"]);
  });
});

describe("priorities", () => {
  const URGENT = { name: "urgent", value: 1000, description: "costs ${5}" };

  test("are known to the queues of teams, by name", () => {
    const { queues } = make({ priorities: [URGENT, { name: "calm", value: 1 }] });

    expect(queues.queue("vision").priorities).toEqual(["calm", "urgent"]);
  });

  test("are one class for Kueue and one for pods, which push nobody out by themselves", () => {
    const { stack } = make({ priorities: [URGENT] });

    expect(objectOf(stack, "WorkloadPriorityClass")).toMatchObject({
      value: 1000,
      description: "costs $${5}",
    });
    expect(Object.values(resourcesOf(stack, "kubernetes_priority_class_v1"))[0]).toMatchObject({
      value: 1000,
      preemption_policy: "Never",
      description: "costs $${5}",
    });
    const pushing = make({ priorities: [{ ...URGENT, preemptsPods: true }] }).stack;
    expect(JSON.stringify(resourcesOf(pushing, "kubernetes_priority_class_v1"))).toContain(
      "PreemptLowerPriority",
    );
  });

  test.each([
    [[URGENT, URGENT], "DuplicateValue"],
    [[{ name: "system-node", value: 1 }], "InvalidName"],
    [[{ name: "A", value: 1 }], "InvalidName"],
    [[{ name: "a", value: 1_000_000_001 }], "NumberOutOfRange"],
    [[{ name: "a", value: 1, description: " " }], "MissingValue"],
  ])("%j is refused", (priorities, code) => {
    expect(codesOf({ priorities })).toEqual([code]);
  });
});

test("without teams only what the pools need is made", () => {
  const rdma = { mode: "shared", interfaces: ["ib0"] } as const;
  const { queues, stack } = make({ teams: undefined }, clusters.onPremCluster({ rdma }));

  expect(kindsOf(stack)).toEqual(["NicClusterPolicy nic-cluster-policy"]);
  expect(queues.cohort).toBeUndefined();
});

conformanceTest("all that queues are made of is what Kueue and the drivers take", () => {
  const rack = { name: "rack", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };
  const everything: Props = {
    teams: [
      { ...VISION, podSecurity: "privileged" },
      {
        name: "moe",
        quotas: [
          { pool: "rack", accelerators: 4, borrowingLimit: 4, lendingLimit: 0 },
          { pool: "system", nodes: 1 },
        ],
      },
    ],
    priorities: [{ name: "urgent", value: 1000, description: "first" }],
    dispatch: {
      workers: [{ name: "b", kubeconfigSecret: "b" }],
      quotas: [{ team: "vision", resources: { "nvidia.com/gpu": 8 } }],
    },
  };
  const queued = clusters.cloudPool(
    { ...clusters.TRAIN, capacity: Capacity.queued({ maxRunDays: 1 }) },
    clusters.GOOGLE_TRAIN,
  );
  const stacks = [
    make(everything, clusters.cksCluster([clusters.SYSTEM, clusters.TRAIN, rack])).stack,
    make({ teams: [VISION], workerOf: "hub" }, clusters.googleCluster([queued])).stack,
    make().stack,
  ];
  const results = stacks.map(conformance);

  expect(results.flatMap(({ failures }) => failures)).toEqual([]);
  expect([...new Set(results.flatMap(({ kinds }) => kinds))].sort()).toEqual([
    "kueue.x-k8s.io/v1beta2 AdmissionCheck",
    "kueue.x-k8s.io/v1beta2 ClusterQueue",
    "kueue.x-k8s.io/v1beta2 Cohort",
    "kueue.x-k8s.io/v1beta2 LocalQueue",
    "kueue.x-k8s.io/v1beta2 MultiKueueCluster",
    "kueue.x-k8s.io/v1beta2 MultiKueueConfig",
    "kueue.x-k8s.io/v1beta2 ProvisioningRequestConfig",
    "kueue.x-k8s.io/v1beta2 ResourceFlavor",
    "kueue.x-k8s.io/v1beta2 Topology",
    "kueue.x-k8s.io/v1beta2 WorkloadPriorityClass",
    "resource.nvidia.com/v1beta1 ComputeDomain",
    "scheduling.k8s.io/v1 PriorityClass",
    "v1 Namespace",
  ]);
});
