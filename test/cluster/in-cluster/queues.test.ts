import { type TerraformStack, TerraformVariable } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Capacity } from "../../../lib/fabric/capacity";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import {
  ClusterQueues,
  type ClusterQueuesProps,
  type PoolQuota,
  RailAddresses,
  type TeamProps,
} from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { conformance, conformanceTest } from "../conformance";
import * as clusters from "./clusters";
import { objectOf, objectsOf, resourcesOf, stackOf } from "./synthesized";

type Props = Partial<ClusterQueuesProps>;

const VISION: TeamProps = { name: "vision", quotas: [{ pool: "train", accelerators: 16 }] };
const SPEECH: TeamProps = {
  name: "speech",
  quotas: [
    { pool: "train", accelerators: 16, borrowingLimit: 8, lendingLimit: 4 },
    { pool: "system", nodes: 1 },
  ],
};

function make(
  props: Props = {},
  cluster: IAcceleratorCluster = clusters.onPremCluster(),
  stack: TerraformStack = stackOf(),
) {
  const queues = new ClusterQueues(stack, "queues", { cluster, teams: [VISION, SPEECH], ...props });
  return { queues, stack };
}

const codesOf = (props: Props, cluster?: IAcceleratorCluster) =>
  captureValidationError(() => make(props, cluster)).codes;
const kindsOf = (stack: TerraformStack) =>
  objectsOf(stack).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

interface Group {
  readonly coveredResources: readonly string[];
  readonly flavors: readonly {
    readonly name: string;
    readonly resources: readonly Record<string, string>[];
  }[];
}
const groupOf = (stack: TerraformStack, team: string) =>
  (objectOf(stack, "ClusterQueue", team).spec.resourceGroups as readonly Group[])[0]!;
/** Quotas of one flavor by resource. */
const quotas = (quota: PoolQuota, cluster?: IAcceleratorCluster) => {
  const { stack } = make({ teams: [{ name: "one", quotas: [quota] }] }, cluster);
  const [flavor] = groupOf(stack, "one").flavors;
  return Object.fromEntries(flavor!.resources.map(({ name, ...rest }) => [name, rest]));
};

test("two teams of an own hall", () => {
  expect(objectsOf(make().stack)).toMatchSnapshot();
});

describe("quotas", () => {
  test("of accelerators bring the node's share of CPU and memory", () => {
    expect(quotas({ pool: "train", accelerators: 12, borrowingLimit: 4, lendingLimit: 2 })).toEqual({
      cpu: { nominalQuota: "336", borrowingLimit: "112", lendingLimit: "56" },
      memory: { nominalQuota: "3Ti", borrowingLimit: "1Ti", lendingLimit: "512Gi" },
      "nvidia.com/gpu": { nominalQuota: "12", borrowingLimit: "4", lendingLimit: "2" },
    });
  });

  test("of nodes are of all that the nodes have", () => {
    expect(quotas({ pool: "train", nodes: 1 })).toMatchObject({
      cpu: { nominalQuota: "224" },
      "nvidia.com/gpu": { nominalQuota: "8" },
    });
    expect(quotas({ pool: "system", nodes: 2 })).toMatchObject({ cpu: { nominalQuota: "1M" } });
  });

  test("leave CPU and memory open where the size of nodes is unknown", () => {
    const cluster = clusters.onPremCluster({ pools: [clusters.SYSTEM, clusters.TRAIN] });

    expect(quotas({ pool: "train", accelerators: 1 }, cluster)).toEqual({
      cpu: { nominalQuota: "1M" },
      memory: { nominalQuota: "1Ei" },
      "nvidia.com/gpu": { nominalQuota: "1" },
    });
  });

  test("count whole accelerators, also where several pods share one", () => {
    const cluster = clusters.onPremCluster({
      pools: [clusters.SYSTEM, { ...clusters.TRAIN, sharing: Sharing.timeSlicing(4) }],
    });

    expect(quotas({ pool: "train", accelerators: 8 }, cluster)["nvidia.com/gpu"]).toEqual({
      nominalQuota: "32",
    });
  });

  test("never run short of network interfaces", () => {
    const cluster = clusters.awsCluster([clusters.cloudPool(clusters.TRAIN, clusters.AWS_TRAIN)]);

    expect(quotas({ pool: "train", accelerators: 1 }, cluster)["vpc.amazonaws.com/efa"]).toEqual({
      nominalQuota: "1M",
    });
  });

  test("list all resources of a team in one order, CPU pools first", () => {
    const { coveredResources, flavors } = groupOf(make().stack, "speech");

    expect(coveredResources).toEqual(["cpu", "memory", "nvidia.com/gpu"]);
    expect(flavors.map(({ name }) => name)).toEqual(["system", expect.stringMatching(/^train-[0-9a-f]{8}$/)]);
    expect(flavors.map(({ resources }) => resources.map(({ name }) => name))).toEqual([
      coveredResources,
      coveredResources,
    ]);
    expect(flavors[0]!.resources[2]).toEqual({ name: "nvidia.com/gpu", nominalQuota: "0" });
  });

  test("fit into the pool exactly", () => {
    const teams = (count: number): readonly TeamProps[] => [
      { name: "a", quotas: [{ pool: "train", accelerators: 31 }] },
      { name: "b", quotas: [{ pool: "train", accelerators: count }] },
    ];

    expect(() => make({ teams: teams(1) })).not.toThrow();
    const error = captureValidationError(() => make({ teams: teams(2) }));
    expect(error.codes).toEqual(["QuotaOverCapacity"]);
    expect(error.message).toContain("33 accelerators together");
    expect(error.message).toContain("32 accelerators: 4 nodes with 8 each");
  });

  test("add up over both units", () => {
    const teams: readonly TeamProps[] = [
      { name: "a", quotas: [{ pool: "train", nodes: 3 }] },
      { name: "b", quotas: [{ pool: "train", accelerators: 9 }] },
    ];

    expect(codesOf({ teams })).toEqual(["QuotaOverCapacity"]);
  });

  test("may be what the pool can grow to", () => {
    const grows = clusters.cloudPool({
      ...clusters.TRAIN,
      slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 2 } }),
    });
    const of = (accelerators: number) => ({
      teams: [{ name: "a", quotas: [{ pool: "train", accelerators }] }],
    });

    expect(() => make(of(16), clusters.awsCluster([grows]))).not.toThrow();
    expect(codesOf(of(17), clusters.awsCluster([grows]))).toEqual(["QuotaOverCapacity"]);
  });

  test.each<[string, PoolQuota, string]>([
    ["of an unknown pool", { pool: "ghost", nodes: 1 }, "UnknownPool"],
    ["in two units", { pool: "train", nodes: 1, accelerators: 8 }, "QuotaUnitInvalid"],
    ["in no unit", { pool: "train" }, "QuotaUnitInvalid"],
    ["of accelerators that a CPU pool has not", { pool: "system", accelerators: 1 }, "QuotaUnitInvalid"],
    ["below zero", { pool: "train", accelerators: -1 }, "NumberOutOfRange"],
    ["of a part", { pool: "train", accelerators: 1.5 }, "NumberOutOfRange"],
    ["that lends more than it has", { pool: "train", accelerators: 8, lendingLimit: 9 }, "QuotaNotWhole"],
    ["with a negative limit", { pool: "train", accelerators: 8, borrowingLimit: -1 }, "NumberOutOfRange"],
  ])("%s is refused", (_, quota, code) => {
    expect(codesOf({ teams: [{ name: "one", quotas: [quota] }] })).toEqual([code]);
  });

  test("of a borrower may be nothing", () => {
    expect(quotas({ pool: "train", accelerators: 0 })["nvidia.com/gpu"]).toEqual({ nominalQuota: "0" });
  });

  test("are literals", () => {
    const stack = stackOf();
    const accelerators = new TerraformVariable(stack, "n", {}).numberValue;
    const teams = [{ name: "one", quotas: [{ pool: "train", accelerators }] }];

    expect(captureValidationError(() => make({ teams }, undefined, stack)).codes).toEqual([
      "TokenNotAllowed",
    ]);
  });
});

describe("flavors", () => {
  const flavorNames = (cluster: IAcceleratorCluster) => {
    const { stack } = make({ teams: [{ name: "a", quotas: [{ pool: "train", nodes: 1 }] }] }, cluster);
    return { flavor: objectOf(stack, "ResourceFlavor"), stack };
  };

  test("find the nodes of their pool and tolerate its taints", () => {
    const { flavor } = flavorNames(clusters.awsCluster([clusters.cloudPool(clusters.TRAIN)]));

    expect(flavor).toMatchObject({
      metadata: { name: "train" },
      spec: {
        nodeLabels: { "hybrid-ai.io/pool": "train" },
        tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
      },
    });
    expect(flavor.spec).not.toHaveProperty("topologyName");
  });

  test("with a topology tell in their name what cannot be changed, and a new one comes before the old one goes", () => {
    const one = flavorNames(clusters.onPremCluster());
    const racksOnly = { machines: clusters.machines("gpu", 4).map(({ name, rack }) => ({ name, rack })) };
    const other = flavorNames(
      clusters.onPremCluster({ nodes: { system: { nodeSelector: { role: "s" } }, train: racksOnly } }),
    );

    expect(other.flavor.metadata.name).not.toBe(one.flavor.metadata.name);
    expect(other.flavor.spec.topologyName).not.toBe(one.flavor.spec.topologyName);
    const lifecycles = Object.values(resourcesOf(one.stack, "kubernetes_manifest"))
      .filter(({ manifest }) => ["Topology", "ResourceFlavor"].includes((manifest as { kind: string }).kind))
      .map(({ lifecycle }) => lifecycle);
    expect(lifecycles).toEqual([{ create_before_destroy: true }, { create_before_destroy: true }]);
    const ids = (stack: TerraformStack) =>
      Object.keys(resourcesOf(stack, "kubernetes_manifest")).filter((id) => id.includes("flavor"));
    expect(ids(other.stack)).toEqual(ids(one.stack));
  });

  test("share a topology where levels are the same", () => {
    const more = { ...clusters.TRAIN, name: "more" };
    const cluster = clusters.awsCluster([
      clusters.cloudPool(clusters.TRAIN, clusters.AWS_TRAIN),
      clusters.cloudPool(more, clusters.AWS_TRAIN),
    ]);
    const teams = [
      {
        name: "a",
        quotas: [
          { pool: "train", nodes: 1 },
          { pool: "more", nodes: 1 },
        ],
      },
    ];
    const { queues, stack } = make({ teams }, cluster);

    expect(queues.topologies.size).toBe(1);
    expect(objectOf(stack, "Topology").spec.levels).toEqual([
      { nodeLabel: "topology.k8s.aws/network-node-layer-1" },
      { nodeLabel: "topology.k8s.aws/network-node-layer-2" },
      { nodeLabel: "topology.k8s.aws/network-node-layer-3" },
      { nodeLabel: "kubernetes.io/hostname" },
    ]);
  });

  test("have no topology where nodes come one by one: a job that waits for a place would make none come", () => {
    const range = Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 4 } });
    const elastic = clusters.cloudPool({ ...clusters.TRAIN, slice: range }, clusters.AWS_TRAIN);
    const several = clusters.cloudPool(
      { ...clusters.TRAIN, capacity: [Capacity.spot(), Capacity.onDemand()] },
      clusters.AWS_TRAIN,
    );
    const apart = clusters.cloudPool({ ...clusters.TRAIN, closeTogether: false }, clusters.AWS_TRAIN);

    for (const pool of [elastic, several, apart]) {
      expect(flavorNames(clusters.awsCluster([pool])).flavor.spec).not.toHaveProperty("topologyName");
    }
  });

  test("are made only for pools that some team has a quota of", () => {
    expect([...make({ teams: [VISION] }).queues.flavors.keys()]).toEqual(["train"]);
  });
});

describe("queued pools", () => {
  const pool = clusters.cloudPool(
    {
      ...clusters.TRAIN,
      slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 4 } }),
      capacity: Capacity.queued({ maxRunDays: 3 }),
    },
    clusters.GOOGLE_TRAIN,
  );

  test("ask for all nodes of a job at once, and are placed by topology then", () => {
    const { stack } = make({ teams: [VISION] }, clusters.googleCluster([pool]));

    expect(objectOf(stack, "ProvisioningRequestConfig")).toMatchObject({
      metadata: { name: "queued-train" },
      spec: {
        provisioningClassName: "queued-provisioning.gke.io",
        managedResources: ["nvidia.com/gpu"],
        parameters: { maxRunDurationSeconds: "259200" },
      },
    });
    expect(objectOf(stack, "AdmissionCheck").spec).toMatchObject({
      controllerName: "kueue.x-k8s.io/provisioning-request",
    });
    const { name } = objectOf(stack, "ResourceFlavor").metadata;
    expect(objectOf(stack, "ClusterQueue").spec.admissionChecksStrategy).toEqual({
      admissionChecks: [{ name: "queued-train", onFlavors: [name] }],
    });
    expect(objectOf(stack, "ResourceFlavor").spec).toHaveProperty("topologyName");
  });
});

describe("teams", () => {
  test("have a queue in a namespace that is made, or that is there", () => {
    const { queues, stack } = make({
      teams: [VISION, { ...SPEECH, namespace: "audio", createNamespace: false }],
    });

    expect([...queues.namespaces.keys()]).toEqual(["vision"]);
    expect(queues.queue("speech")).toEqual({ team: "speech", namespace: "audio", queueName: "speech" });
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

  test("that nobody declared have no queue", () => {
    expect(captureValidationError(() => make().queues.queue("ghost")).codes).toEqual(["UnknownTeam"]);
  });
});

describe("priorities", () => {
  const URGENT = { name: "urgent", value: 1000, description: "costs ${5}" };

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

describe("jobs that may run on other clusters", () => {
  const DISPATCH: NonNullable<Props["dispatch"]> = {
    workers: [
      { name: "cks", kubeconfigSecret: "cks-kubeconfig" },
      { name: "gke", kubeconfigSecret: "gke-kubeconfig" },
    ],
    quotas: [{ team: "vision", resources: { "nvidia.com/gpu": 64 } }],
  };

  test("go through a queue of their own, to the first worker with room", () => {
    const { stack } = make({ dispatch: DISPATCH });

    expect(kindsOf(stack)).toEqual(
      expect.arrayContaining([
        "MultiKueueCluster cks",
        "MultiKueueCluster gke",
        "MultiKueueConfig dispatch",
        "AdmissionCheck dispatch",
        "ClusterQueue vision-remote",
        "LocalQueue vision-remote",
      ]),
    );
    expect(objectOf(stack, "MultiKueueCluster", "cks").spec).toEqual({
      clusterSource: { kubeConfig: { location: "cks-kubeconfig", locationType: "Secret" } },
    });
    expect(groupOf(stack, "vision-remote").flavors[0]!.resources).toContainEqual({
      name: "nvidia.com/gpu",
      nominalQuota: "64",
    });
    expect(objectOf(stack, "ClusterQueue", "vision-remote").spec).not.toHaveProperty("cohortName");
  });

  test("find on a worker the queue of the same name, on the worker's own quota", () => {
    const { stack } = make({ workerOf: "hub" });

    expect(objectOf(stack, "LocalQueue", "vision-remote").spec).toEqual({ clusterQueue: "vision" });
  });

  test.each<[string, Props, string]>([
    [
      "to the manager itself",
      { dispatch: { ...DISPATCH, workers: [{ name: "acme", kubeconfigSecret: "k" }] } },
      "WorkerIsManager",
    ],
    ["from the worker itself", { workerOf: "acme" }, "WorkerIsManager"],
    [
      "of unknown teams",
      { dispatch: { ...DISPATCH, quotas: [{ team: "ghost", resources: { "nvidia.com/gpu": 1 } }] } },
      "UnknownTeam",
    ],
    ["to nobody", { dispatch: { ...DISPATCH, workers: [] } }, "MissingValue"],
    ["of nobody", { dispatch: { ...DISPATCH, quotas: [] } }, "MissingValue"],
    [
      "to one worker twice",
      { dispatch: { ...DISPATCH, workers: [DISPATCH.workers[0]!, DISPATCH.workers[0]!] } },
      "DuplicateValue",
    ],
    [
      "counted in CPUs",
      { dispatch: { ...DISPATCH, quotas: [{ team: "vision", resources: { cpu: 1 } }] } },
      "NoEffect",
    ],
    [
      "of a resource that is none",
      { dispatch: { ...DISPATCH, quotas: [{ team: "vision", resources: { gpu: 1 } }] } },
      "InvalidName",
    ],
    [
      "with a name that another team has",
      { dispatch: DISPATCH, teams: [VISION, { ...SPEECH, name: "vision-remote" }] },
      "DuplicateValue",
    ],
  ])("%s are refused", (_, props, code) => {
    expect(codesOf(props)).toEqual([code]);
  });
});

describe("NVLink across machines", () => {
  const RACK = { name: "rack", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };
  const cluster = () => clusters.cksCluster([clusters.SYSTEM, RACK]);
  const teams = [{ name: "moe", quotas: [{ pool: "rack", nodes: 18 }] }];

  test("is a ComputeDomain of each team with a quota; the driver makes the claim's template", () => {
    const { queues, stack } = make({ teams }, cluster());

    expect([...queues.computeDomains.keys()]).toEqual(["moe/rack"]);
    expect(objectOf(stack, "ComputeDomain").spec).toEqual({
      numNodes: 0,
      channel: { allocationMode: "Single", resourceClaimTemplate: { name: "rack-channel" } },
    });
    expect(objectsOf(stack).map(({ kind }) => kind)).not.toContain("ResourceClaimTemplate");
  });
});

test("without teams only what the pools need is made", () => {
  const rdma = { mode: "shared", interfaces: ["ib0"] } as const;
  const { queues, stack } = make({ teams: undefined }, clusters.onPremCluster({ rdma }));

  expect(kindsOf(stack)).toEqual(["NicClusterPolicy nic-cluster-policy"]);
  expect(queues.cohort).toBeUndefined();
});

describe("addresses of rails", () => {
  const rdma = { mode: "sriov", link: "ethernet", rails: [{ name: "rail-0", interface: "e0" }] } as const;
  const addresses = (rails: readonly { rail: string; subnet: string; perNode?: number }[]) => {
    const stack = stackOf();
    new RailAddresses(stack, "addresses", { cluster: clusters.onPremCluster({ rdma }), rails });
    return stack;
  };
  const SUBNET = "192.168.0.0/16";

  test("are pools named like the rails", () => {
    expect(objectOf(addresses([{ rail: "rail-0", subnet: SUBNET }]), "IPPool")).toMatchObject({
      metadata: { name: "rail-0", namespace: "nvidia-network-operator" },
      spec: { subnet: SUBNET, perNodeBlockSize: 32 },
    });
  });

  test.each([
    [[{ rail: "rail-9", subnet: SUBNET }], "UnknownRail"],
    [[{ rail: "rail-0", subnet: "192.168.0.1/16" }], "InvalidCidr"],
    [[{ rail: "rail-0", subnet: SUBNET, perNode: 1 }], "NumberOutOfRange"],
    [[], "MissingValue"],
    [
      [
        { rail: "rail-0", subnet: SUBNET },
        { rail: "rail-0", subnet: SUBNET },
      ],
      "DuplicateValue",
    ],
  ])("%j is refused", (rails, code) => {
    expect(captureValidationError(() => addresses(rails)).codes).toEqual([code]);
  });
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
