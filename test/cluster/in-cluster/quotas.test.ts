import { type TerraformStack, TerraformVariable } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Capacity } from "../../../lib/fabric/capacity";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import type { PoolQuota, TeamProps } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { codesOf, groupOf, make, quotas, VISION } from "./queued";
import { objectOf, resourcesOf, stackOf } from "./synthesized";

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

  test("fit exactly where a share is no binary fraction of a node", () => {
    const slice = Slice.accelerators("l40s", { perNode: 10, nodes: 1 });
    const cluster = clusters.awsCluster([clusters.cloudPool({ ...clusters.TRAIN, slice })]);
    const teams = [2, 4, 3, 1].map((accelerators) => ({
      name: `team-${accelerators}`,
      quotas: [{ pool: "train", accelerators }],
    }));

    expect(() => make({ teams }, cluster)).not.toThrow();
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
