import type { TerraformStack } from "cdktf";
import { fingerprint } from "../../../lib/core/naming";
import { Slice } from "../../../lib/fabric/slice";
import {
  ClusterQueues,
  DynamicSlice,
  type DynamicSliceProps,
  GangJobSet,
  type GangJobSetProps,
  GangService,
  type GangServiceProps,
  poolScheduling,
} from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { conformance, conformanceTest } from "../conformance";
import { cloudPool, cubeCluster, googleCluster } from "./clusters";
import { objectOf, resourcesOf, stackOf } from "./synthesized";

const CLUSTER = cubeCluster();
const TWO: Omit<DynamicSliceProps, "cluster"> = {
  pool: "cubes",
  name: "llama",
  topology: "4x4x8",
  partitionIds: ["a9476d1b02bd4f4e75ffffae3bd23c01", "ba898ffcac0ad0946e8ff036d771ee53"],
};
/** Of `TWO`: the topology and the cubes, in their order. */
const NAME = `llama-${fingerprint(["4x4x8", ...TWO.partitionIds].join("/"))}`;
const GANG = {
  cluster: CLUSTER,
  pool: "cubes",
  name: "llama",
  queue: { namespace: "research", queueName: "research" },
  container: { name: "train", image: "registry.example.com/train:1" },
};

const slice = (stack: TerraformStack, props: Partial<DynamicSliceProps> = {}) =>
  new DynamicSlice(stack, "slice", { cluster: CLUSTER, ...TWO, ...props });
function made(make: (stack: TerraformStack) => unknown): TerraformStack {
  const stack = stackOf();
  make(stack);
  return stack;
}
const codesOf = (make: (stack: TerraformStack) => unknown) => captureValidationError(() => made(make)).codes;
const sliceCodes = (props: Partial<DynamicSliceProps>) => codesOf((stack) => slice(stack, props));

describe("a slice", () => {
  test("names its cubes in the order that is given, and lets GKE try again", () => {
    const stack = made((scope) => slice(scope));

    expect(objectOf(stack, "Slice")).toEqual({
      apiVersion: "accelerator.gke.io/v1beta1",
      kind: "Slice",
      metadata: { name: NAME, annotations: { "slice.gke.io/retry-on-failure": "true" } },
      spec: { type: "tpu7x", topology: "4x4x8", partitionIds: TWO.partitionIds },
    });
  });

  test.each<[string, Partial<DynamicSliceProps>, string]>([
    ["with sides that do not rise", { topology: "4x8x4" }, "SliceTopologyIllegal"],
    ["below a cube", { topology: "2x4x4" }, "SliceTopologyIllegal"],
    ["of two sides", { topology: "8x16" }, "SliceTopologyIllegal"],
    ["of more than 9,216 chips", { topology: "16x16x40" }, "SliceTopologyIllegal"],
    ["of a torus that is called twisted", { topology: "4x4x8_twisted" }, "SliceTopologyIllegal"],
    ["with a cube too few", { partitionIds: ["a"] }, "PartitionCountMismatch"],
    ["with a cube too many", { topology: "4x4x4" }, "PartitionCountMismatch"],
    ["with a cube twice", { partitionIds: ["a", "a"] }, "DuplicateValue"],
    ["with a cube that has no name", { partitionIds: ["a", ""] }, "MissingValue"],
    ["with what no label holds", { partitionIds: ["a", "b c"] }, "InvalidName"],
    ["with a name of 41 characters", { name: "a".repeat(41) }, "InvalidName"],
    ["whose name starts with a digit", { name: "4x4x8" }, "InvalidName"],
    [
      "of more cubes than the pool has",
      { topology: "8x8x8", partitionIds: [..."abcdefgh"] },
      "GangDoesNotFit",
    ],
    ["of another pool", { pool: "system" }, "PoolNotSliced"],
  ])("%s is refused", (_, props, code) => {
    expect(sliceCodes(props)).toContain(code);
  });

  test("may have 49 characters, and 9,216 chips", () => {
    const pools = [
      { name: "cubes", slice: Slice.tpu("tpu-v7x", { topology: "4x4x4", slices: 144 }) },
    ] as const;
    const cluster = cubeCluster({ pools, nodes: { cubes: { nodeSelector: { tpu: "cubes" } } } });
    const partitionIds = Array.from({ length: 144 }, (_, cube) => `p${cube}`);
    const name = "a".repeat(40);
    const stack = made((scope) => slice(scope, { cluster, topology: "16x24x24", partitionIds, name }));

    expect(objectOf(stack, "Slice").spec).toMatchObject({ partitionIds });
    expect(objectOf(stack, "Slice").metadata.name).toHaveLength(49);
  });

  test("is another one with other cubes: GKE lets none be changed", () => {
    const [a, b] = TWO.partitionIds as readonly [string, string];
    const names = [
      [a, b],
      [b, a],
      [a, "c"],
    ].map((partitionIds) => slice(stackOf(), { partitionIds }).sliceName);

    expect(new Set(names)).toHaveProperty("size", 3);
    expect(names[0]).toBe(NAME);
  });

  test("is none of the slices that GoogleCluster makes as node pools", () => {
    const google = googleCluster([
      cloudPool({ name: "cubes", slice: Slice.tpu("tpu-v7x", { topology: "4x4x8" }) }),
    ]);

    expect(sliceCodes({ cluster: google })).toEqual(["PoolNotSliced"]);
  });
});

describe("a gang on a slice", () => {
  const job = (scope: TerraformStack, props: Partial<GangJobSetProps> = {}) =>
    new GangJobSet(scope, "job", { ...GANG, slice: slice(scope), ...props });

  test("has all its machines, and chooses them by its name", () => {
    const stack = made((scope) => job(scope));
    const { spec } = objectOf(stack, "JobSet") as never as {
      spec: { replicatedJobs: readonly [{ replicas: number; template: { spec: Record<string, unknown> } }] };
    };
    const [{ replicas, template }] = spec.replicatedJobs;

    expect([replicas, template.spec.completions, template.spec.parallelism]).toEqual([1, 32, 32]);
    expect(template.spec.template).toMatchObject({
      metadata: { annotations: { "cloud.google.com/gke-tpu-slice-topology": "4x4x8" } },
      spec: {
        nodeSelector: {
          "cloud.google.com/gke-accelerator-topology-mode": "PROVISION_ONLY",
          "cloud.google.com/gke-tpu-accelerator": "tpu7x",
          "cloud.google.com/gke-tpu-slice": NAME,
          "cloud.google.com/gke-tpu-topology": "4x4x8",
        },
        tolerations: [{ key: "google.com/tpu", operator: "Exists", effect: "NoSchedule" }],
        containers: [{ resources: { limits: { "google.com/tpu": "4" } } }],
      },
    });
    expect(JSON.stringify(spec)).not.toContain("Affinity");
    expect(JSON.stringify(objectOf(stack, "JobSet").metadata)).not.toContain("exclusive-topology");
  });

  test("is made after it", () => {
    const manifests = resourcesOf(
      made((scope) => job(scope)),
      "kubernetes_manifest",
    );
    const [, jobSet] = Object.entries(manifests).find(([name]) => name.startsWith("job_"))!;

    expect(jobSet).toMatchObject({
      depends_on: [expect.stringMatching(/^kubernetes_manifest\.slice_/)],
    });
  });

  test.each<[string, Partial<GangJobSetProps>, string]>([
    ["some of its machines", { nodes: 16 }, "PartialTpuSlice"],
    ["more machines than it has", { nodes: 48 }, "PartialTpuSlice"],
    ["several slices", { slices: 2 }, "GangDoesNotFit"],
    ["a level", { placement: { mode: "required" } }, "TopologyUnknown"],
    ["cubes that nothing joins", { slice: undefined }, "SliceNeeded"],
    ["a slice of another pool", { pool: "system" }, "NoEffect"],
  ])("does not take %s", (_, props, code) => {
    expect(codesOf((scope) => job(scope, props))).toContain(code);
  });

  test("as a service is one copy", () => {
    const service = (scope: TerraformStack, props: Partial<GangServiceProps> = {}) =>
      new GangService(scope, "service", { ...GANG, slice: slice(scope), ...props });
    const { spec } = objectOf(
      made((scope) => service(scope)),
      "LeaderWorkerSet",
    ) as never as {
      spec: { leaderWorkerTemplate: { size: number; workerTemplate: { spec: object } } };
    };

    expect(spec.leaderWorkerTemplate.size).toBe(32);
    expect(spec.leaderWorkerTemplate.workerTemplate.spec).toMatchObject({
      nodeSelector: { "cloud.google.com/gke-tpu-slice": NAME },
    });
    expect(codesOf((scope) => service(scope, { replicas: 2 }))).toEqual(["GangDoesNotFit"]);
    expect(codesOf((scope) => service(scope, { slice: undefined }))).toContain("SliceNeeded");
  });
});

test("pods find all cubes of the pool, whatever slice these are part of", () => {
  const { gangNodes, slices, levels, exclusiveTopology, nodeSelector } = poolScheduling(CLUSTER, "cubes");

  expect([gangNodes, slices, levels, exclusiveTopology]).toEqual([96, 1, [], undefined]);
  expect(nodeSelector).toEqual({
    "cloud.google.com/gke-accelerator-topology-mode": "PROVISION_ONLY",
    "cloud.google.com/gke-tpu-accelerator": "tpu7x",
  });
});

conformanceTest("slices, their jobs and queues hold against schemas", () => {
  const stack = made((scope) => {
    const queues = new ClusterQueues(scope, "queues", {
      cluster: CLUSTER,
      teams: [{ name: "research", quotas: [{ pool: "cubes", accelerators: 128 }] }],
    });
    new GangJobSet(scope, "job", { ...GANG, slice: slice(scope), queue: queues.queue("research") });
  });
  const { failures, kinds } = conformance(stack);

  expect(failures).toEqual([]);
  expect(kinds).toEqual(
    expect.arrayContaining(["accelerator.gke.io/v1beta1 Slice", "jobset.x-k8s.io/v1alpha2 JobSet"]),
  );
});
