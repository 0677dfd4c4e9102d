import { TerraformStack } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Capacity } from "../../../lib/fabric/capacity";
import { Slice } from "../../../lib/fabric/slice";
import { ClusterOperators, ClusterQueues, GangJobSet, GangService } from "../../../lib/kubernetes";
import * as aws from "../aws/fixture";
import { conformance, conformanceTest } from "../conformance";
import * as google from "../google/fixture";
import { cksCluster, onPremCluster, TRAIN } from "./clusters";
import { objectOf, objectsOf, releasesOf, stackOf, withProviders } from "./synthesized";

/** The clusters that the library's compilers make of one declaration. */
const SITES: readonly (readonly [string, () => IAcceleratorCluster])[] = [
  ["AWS", () => aws.cluster([TRAIN]).made],
  ["Google", () => google.cluster([{ ...TRAIN, zones: ["europe-west4-a"] }]).made],
  ["CoreWeave", () => cksCluster()],
  ["one's own hall", () => onPremCluster()],
];

/** Operators, queues, a job and a service, in two stacks of the cluster's app. */
function fill(cluster: IAcceleratorCluster, pool = "train") {
  const stackNamed = (name: string) => {
    const stack = new TerraformStack(cluster.node.root, name);
    withProviders(stack);
    return stack;
  };
  const platform = stackNamed("operators");
  const workloads = stackNamed("contents");
  new ClusterOperators(platform, "operators", { cluster });
  const queues = new ClusterQueues(workloads, "queues", {
    cluster,
    cohort: "all",
    teams: [
      {
        name: "vision",
        quotas: [
          { pool, nodes: 2 },
          { pool: "system", nodes: 1 },
        ],
      },
    ],
  });
  const gang = {
    cluster,
    pool,
    queue: queues.queue("vision"),
    container: { name: "main", image: "registry.example.com/a:1" },
  };
  new GangJobSet(workloads, "job", { ...gang, name: "job" });
  new GangService(workloads, "service", { ...gang, name: "service" });
  return { platform, workloads };
}

describe.each(SITES)("%s", (_, make) => {
  test("takes the same pools, queues, job and service", () => {
    const { platform, workloads } = fill(make());
    const flavor = objectsOf(workloads).find(
      ({ kind, metadata }) => kind === "ResourceFlavor" && metadata.name.startsWith("train"),
    )!;

    expect(releasesOf(platform)).toEqual(expect.arrayContaining(["jobset", "kueue", "lws"]));
    expect(flavor.spec.nodeLabels).toEqual({ "hybrid-ai.io/pool": "train" });
    expect(flavor.spec).toHaveProperty("topologyName");
    expect(JSON.stringify(objectOf(workloads, "JobSet").spec)).toContain('"nvidia.com/gpu":"8"');
    expect(JSON.stringify(objectOf(workloads, "JobSet").spec)).toContain("podset-preferred-topology");
  });
});

test("operators at AWS and in one's own hall differ by what the site brings", () => {
  const releases = (make: () => IAcceleratorCluster) => releasesOf(fill(make()).platform);
  const [ofAws, ofGoogle, ofCoreWeave, ofHall] = SITES.map(([, make]) => releases(make));

  expect(ofAws).toEqual([
    "aws-efa-k8s-device-plugin",
    "dcgm-exporter",
    "jobset",
    "kueue",
    "lws",
    "nvidia-device-plugin",
  ]);
  expect(ofGoogle).toEqual(["jobset", "kueue", "lws"]);
  expect(ofCoreWeave).toEqual(["jobset", "kueue", "lws"]);
  expect(ofHall).toEqual(["gpu-operator", "jobset", "kueue", "lws"]);
});

test("TPU slices and queued GPUs of Google have queues too", () => {
  const slices = google.cluster([
    { name: "tpu", slice: Slice.tpu("tpu-v6e", { topology: "4x4", slices: 2 }), zones: ["europe-west4-a"] },
  ]).made;
  const { workloads } = fill(slices, "tpu");

  expect(objectOf(workloads, "JobSet").metadata.annotations).toEqual({
    "alpha.jobset.sigs.k8s.io/exclusive-topology": "cloud.google.com/gke-nodepool",
  });
  const queued = google.cluster([
    {
      name: "queued",
      tier: "batch",
      slice: Slice.accelerators("h100", { perNode: 8, nodes: { min: 0, max: 4 } }),
      capacity: Capacity.queued({ maxRunDays: 2 }),
      zones: ["europe-west4-a"],
    },
  ]).made;
  expect(objectOf(fill(queued, "queued").workloads, "ProvisioningRequestConfig").spec.parameters).toEqual({
    maxRunDurationSeconds: "172800",
  });
});

test("Karpenter's nodes at AWS are queued without a topology", () => {
  const spot = aws.cluster([
    {
      name: "serve",
      tier: "serving",
      slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 8 } }),
      capacity: [Capacity.spot(), Capacity.onDemand()],
    },
  ]).made;
  const stack = stackOf();
  new ClusterOperators(stack, "operators", { cluster: spot });

  expect(releasesOf(stack)).toEqual(expect.arrayContaining(["karpenter", "karpenter-crd"]));
});

conformanceTest.each(SITES)("what is inside a cluster of %s is what its definitions say", (_, make) => {
  expect(conformance(fill(make()).workloads).failures).toEqual([]);
});
