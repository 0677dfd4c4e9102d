import { type TerraformStack, TerraformVariable } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import {
  GangJobSet,
  type GangJobSetProps,
  GangService,
  type GangServiceProps,
  poolScheduling,
} from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { conformance, conformanceTest } from "../conformance";
import * as clusters from "./clusters";
import { objectOf, resourcesOf, stackOf } from "./synthesized";

const CONTAINER = { name: "trainer", image: "registry.example.com/train:1", command: ["train"] };
const QUEUE = { namespace: "vision", queueName: "vision" };
const RACK = { name: "train", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };

const aws = () => clusters.awsCluster([clusters.cloudPool(clusters.TRAIN, clusters.AWS_TRAIN)]);
const google = () => clusters.googleCluster([clusters.cloudPool(clusters.TRAIN, clusters.GOOGLE_TRAIN)]);
const rails = () =>
  clusters.onPremCluster({
    rdma: {
      mode: "sriov",
      link: "infiniband",
      rails: [
        { name: "rail-0", interface: "a" },
        { name: "rail-1", interface: "b" },
      ],
    },
  });
const rack = () => clusters.cksCluster([clusters.SYSTEM, RACK]);
const tpu = (topology: string, slices = 1) =>
  clusters.googleCluster([
    clusters.cloudPool(
      { name: "train", slice: Slice.tpu("tpu-v6e", { topology, slices }) },
      { topologyLevels: ["cloud.google.com/gke-nodepool"] },
    ),
  ]);

function jobSet(props: Partial<GangJobSetProps> = {}, stack: TerraformStack = stackOf()) {
  new GangJobSet(stack, "job", {
    cluster: aws(),
    pool: "train",
    name: "llama",
    queue: QUEUE,
    container: CONTAINER,
    ...props,
  });
  return stack;
}

function service(props: Partial<GangServiceProps> = {}, stack: TerraformStack = stackOf()) {
  new GangService(stack, "service", {
    cluster: aws(),
    pool: "train",
    name: "moe",
    queue: QUEUE,
    container: CONTAINER,
    ...props,
  });
  return stack;
}

const jobCodes = (props: Partial<GangJobSetProps>) => captureValidationError(() => jobSet(props)).codes;
const serviceCodes = (props: Partial<GangServiceProps>) => captureValidationError(() => service(props)).codes;

interface Job {
  readonly replicas: number;
  readonly template: {
    readonly spec: { readonly parallelism: number; readonly completions: number; readonly template: Pod };
  };
}
interface Pod {
  readonly metadata?: { readonly annotations: Record<string, string> };
  readonly spec: Record<string, unknown> & { readonly containers: readonly Record<string, unknown>[] };
}
const jobOf = (stack: TerraformStack) =>
  (objectOf(stack, "JobSet").spec.replicatedJobs as readonly Job[])[0]!;
const podOf = (stack: TerraformStack) => jobOf(stack).template.spec.template;

const ANYWHERE = { "kueue.x-k8s.io/podset-unconstrained-topology": "true" };
const sites: readonly (readonly [string, () => IAcceleratorCluster])[] = [
  ["AWS", aws],
  ["Google", google],
  ["CoreWeave", () => clusters.cksCluster()],
  ["one's own hall", rails],
];

describe("the same declaration at four sites", () => {
  test.each(sites)("%s", (_, cluster) => {
    expect(objectOf(jobSet({ cluster: cluster() }), "JobSet")).toMatchSnapshot();
  });

  test("differs in annotations, and in the resources of the network", () => {
    const neutral = sites.map(([, cluster]) => {
      const { metadata: _metadata, spec, ...pod } = podOf(jobSet({ cluster: cluster() }));
      const [{ resources, ...container }] = spec.containers as unknown as readonly [Record<string, unknown>];
      expect(resources).toMatchObject({ limits: { "nvidia.com/gpu": "8" } });
      return { ...pod, spec: { ...spec, containers: [container] } };
    });

    expect(new Set(neutral.map((each) => JSON.stringify(each))).size).toBe(1);
  });
});

describe("a pod gets a whole node", () => {
  const limits = (cluster: IAcceleratorCluster) => poolScheduling(cluster, "train").limits;

  test("with all accelerators and all fast interfaces, in the words of the site", () => {
    expect(limits(aws())).toEqual({ "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "16" });
    expect(limits(google())).toEqual({ "nvidia.com/gpu": "8" });
    expect(limits(clusters.cksCluster())).toEqual({ "nvidia.com/gpu": "8", "rdma/ib": "1" });
    expect(limits(rails())).toEqual({
      "nvidia.com/gpu": "8",
      "nvidia.com/rail_0": "1",
      "nvidia.com/rail_1": "1",
    });
    expect(limits(tpu("4x4"))).toEqual({ "google.com/tpu": "4" });
  });

  test("with all shares, where GPUs are shared", () => {
    const shared = clusters.cloudPool({ ...clusters.TRAIN, sharing: Sharing.mig("1g.18gb") });

    expect(limits(clusters.awsCluster([shared]))).toEqual({ "nvidia.com/gpu": "56" });
  });

  test("asks for networks by annotation where the site wants that", () => {
    expect(poolScheduling(google(), "train").annotations).toEqual({
      ...clusters.GOOGLE_TRAIN.networkAnnotations,
      ...ANYWHERE,
    });
    expect(poolScheduling(rails(), "train").annotations).toEqual({
      ...ANYWHERE,
      "k8s.v1.cni.cncf.io/networks": "default/rail-0,default/rail-1",
    });
  });

  test("anywhere in the pool, in words that Kueue wants where it knows levels", () => {
    const plain = clusters.awsCluster([clusters.cloudPool(clusters.TRAIN)]);

    expect(poolScheduling(aws(), "train").annotations).toEqual(ANYWHERE);
    expect(poolScheduling(plain, "train").annotations).toEqual({});
    expect(poolScheduling(tpu("4x4"), "train").annotations).toEqual({});
    for (const [, cluster] of sites) {
      const keys = Object.keys(podOf(jobSet({ cluster: cluster() })).metadata!.annotations);
      expect(keys.filter((key) => /podset-.*-topology$/.test(key))).toEqual([
        "kueue.x-k8s.io/podset-preferred-topology",
      ]);
    }
  });

  test("runs in NVIDIA's runtime where that is not the default", () => {
    expect(poolScheduling(clusters.edgeCluster(), "vision").runtimeClassName).toBe("nvidia");
    expect(poolScheduling(aws(), "train").runtimeClassName).toBeUndefined();
  });

  test("claims the NVLink domain of its team", () => {
    const pod = podOf(jobSet({ cluster: rack() }));

    expect(pod.spec.resourceClaims).toEqual([
      { name: "compute-domain", resourceClaimTemplateName: "train-channel" },
    ]);
    expect(pod.spec.containers[0]!.resources).toMatchObject({ claims: [{ name: "compute-domain" }] });
  });

  test("of a pool that exists", () => {
    expect(captureValidationError(() => poolScheduling(aws(), "ghost")).codes).toEqual(["UnknownPool"]);
  });
});

describe("where the pods of a gang are", () => {
  const topology = (props: Partial<GangJobSetProps>) => podOf(jobSet(props)).metadata?.annotations ?? {};

  test("is close together, preferably at the narrowest level", () => {
    expect(topology({})).toEqual({
      "kueue.x-k8s.io/podset-preferred-topology": "topology.k8s.aws/network-node-layer-3",
    });
  });

  test("is as one says", () => {
    const placement = { mode: "required", level: "topology.k8s.aws/network-node-layer-1" } as const;

    expect(topology({ placement })).toEqual({
      "kueue.x-k8s.io/podset-required-topology": "topology.k8s.aws/network-node-layer-1",
    });
    // Google's host is one machine, which no gang of several nodes fits into.
    expect(topology({ cluster: google(), placement: { mode: "required" } })).toMatchObject({
      "kueue.x-k8s.io/podset-required-topology": "cloud.google.com/gce-topology-subblock",
    });
    expect(topology({ cluster: rack(), placement: { mode: "required" } })).toMatchObject({
      "kueue.x-k8s.io/podset-required-topology": "ds.coreweave.com/nvlink.domain",
    });
  });

  test("is unknown where Kueue knows no levels", () => {
    const plain = clusters.awsCluster([clusters.cloudPool(clusters.TRAIN)]);

    expect(topology({ cluster: plain })).toEqual({});
    expect(jobCodes({ cluster: plain, placement: { mode: "required" } })).toEqual(["TopologyUnknown"]);
    expect(jobCodes({ placement: { mode: "required", level: "rack" } })).toEqual(["NotOneOf"]);
    expect(jobCodes({ placement: { mode: "somehow" as never } })).toEqual(["NotOneOf"]);
  });
});

describe("TPU slices", () => {
  test("are a job each, exclusive to the node pool that the slice is", () => {
    const stack = jobSet({ cluster: tpu("4x4", 3) });

    expect(jobOf(stack)).toMatchObject({
      replicas: 3,
      template: { spec: { parallelism: 4, completions: 4 } },
    });
    expect(objectOf(stack, "JobSet").metadata.annotations).toEqual({
      "alpha.jobset.sigs.k8s.io/exclusive-topology": "cloud.google.com/gke-nodepool",
    });
    expect(podOf(stack).spec.nodeSelector).toEqual({
      "cloud.google.com/gke-tpu-accelerator": "tpu-v6e-slice",
      "cloud.google.com/gke-tpu-topology": "4x4",
      "hybrid-ai.io/pool": "train",
    });
    expect(podOf(stack).metadata).toBeUndefined();
  });

  test("of one host share a node pool", () => {
    expect(objectOf(jobSet({ cluster: tpu("2x2") }), "JobSet").metadata.annotations).toBeUndefined();
  });

  test("can be fewer than the pool has, and not more", () => {
    expect(jobOf(jobSet({ cluster: tpu("4x4", 3), slices: 2 })).replicas).toBe(2);
    expect(jobCodes({ cluster: tpu("4x4", 3), slices: 4 })).toEqual(["GangDoesNotFit"]);
    expect(jobCodes({ slices: 2 })).toEqual(["GangDoesNotFit"]);
  });

  test("serve as one copy each", () => {
    const stack = service({ cluster: tpu("4x4", 3), replicas: 3 });

    expect(objectOf(stack, "LeaderWorkerSet")).toMatchObject({
      metadata: {
        annotations: { "leaderworkerset.sigs.k8s.io/exclusive-topology": "cloud.google.com/gke-nodepool" },
      },
      spec: { replicas: 3, leaderWorkerTemplate: { size: 4 } },
    });
    expect(serviceCodes({ cluster: tpu("4x4", 3), size: 5 })).toEqual(["GangDoesNotFit"]);
  });

  test("take part with all their hosts: a part of a slice would wait for the rest", () => {
    expect(jobCodes({ cluster: tpu("4x4", 3), nodes: 2 })).toEqual(["PartialTpuSlice"]);
    expect(serviceCodes({ cluster: tpu("4x4", 3), size: 2 })).toEqual(["PartialTpuSlice"]);
    expect(jobOf(jobSet({ cluster: tpu("4x4"), nodes: 4 })).template.spec.parallelism).toBe(4);
  });

  test("are counted as slices, where there are some", () => {
    const message = (props: Partial<GangJobSetProps>) => captureValidationError(() => jobSet(props)).message;

    expect(message({ cluster: tpu("4x4", 3), slices: 4 })).toContain('1 to 3, the slices of pool "train"');
    expect(message({ slices: 2 })).toContain("1: only TPU pools have slices");
  });
});

describe("pools whose GPUs are shared", () => {
  const shared = (sharing: Sharing) =>
    clusters.awsCluster([clusters.cloudPool({ ...clusters.TRAIN, sharing })]);

  test("have no gangs: a pod gets one share of a GPU, not all of a node", () => {
    expect(jobCodes({ cluster: shared(Sharing.timeSlicing(4)) })).toEqual(["GangOnSharedPool"]);
    expect(serviceCodes({ cluster: shared(Sharing.mps(2)) })).toEqual(["GangOnSharedPool"]);
  });

  test("have them if MIG cuts the GPUs: each part is one", () => {
    expect(jobOf(jobSet({ cluster: shared(Sharing.mig("1g.18gb")) })).replicas).toBe(1);
  });
});

describe("a job over several nodes", () => {
  test("has a pod per node, all of the pool or fewer", () => {
    expect(jobOf(jobSet()).template.spec).toMatchObject({ parallelism: 4, completions: 4 });
    expect(jobOf(jobSet({ nodes: 2 })).template.spec).toMatchObject({ parallelism: 2, completions: 2 });
    expect(jobCodes({ nodes: 5 })).toEqual(["GangDoesNotFit"]);
    expect(jobCodes({ nodes: 0 })).toEqual(["NumberOutOfRange"]);
  });

  test("waits in the team's queue with its priority", () => {
    const stack = jobSet({ priority: "urgent" });

    expect(objectOf(stack, "JobSet")).toMatchObject({
      metadata: {
        namespace: "vision",
        labels: { "kueue.x-k8s.io/queue-name": "vision", "kueue.x-k8s.io/priority-class": "urgent" },
      },
      spec: { suspend: true },
    });
    expect(podOf(stack).spec.priorityClassName).toBe("urgent");
  });

  test("has a priority that the cluster of its queue declares", () => {
    const queue = { ...QUEUE, priorities: ["calm", "urgent"] };
    const refusal = (priorities: readonly string[]) =>
      captureValidationError(() => jobSet({ queue: { ...QUEUE, priorities }, priority: "urgnet" }));

    expect(podOf(jobSet({ queue, priority: "urgent" })).spec.priorityClassName).toBe("urgent");
    expect(refusal(queue.priorities).codes).toEqual(["NotOneOf"]);
    expect(refusal(queue.priorities).message).toContain("calm, urgent");
    expect(refusal([]).message).toContain("declare no priorities");
    expect(serviceCodes({ queue, priority: "urgnet" })).toEqual(["NotOneOf"]);
  });

  test("is started again so many times", () => {
    expect(objectOf(jobSet(), "JobSet").spec.failurePolicy).toEqual({ maxRestarts: 3 });
    expect(objectOf(jobSet({ maxRestarts: 0 }), "JobSet").spec.failurePolicy).toEqual({ maxRestarts: 0 });
    expect(jobCodes({ maxRestarts: 1001 })).toEqual(["NumberOutOfRange"]);
  });

  test("is another job when its declaration changes, and Kueue's changes are none", () => {
    const stack = jobSet();
    const [id, data] = Object.entries(resourcesOf(stack, "terraform_data"))[0]!;
    const [manifest] = Object.values(resourcesOf(stack, "kubernetes_manifest"));

    expect(manifest!.lifecycle).toEqual({ replace_triggered_by: [`terraform_data.${id}`] });
    expect(data.triggers_replace).toEqual({ spec: objectOf(stack, "JobSet").spec });
    expect(manifest!.computed_fields).toContain("spec.suspend");
  });

  test("takes the user's container, CPU and memory included", () => {
    const stack = stackOf();
    const image = new TerraformVariable(stack, "image", {}).stringValue;
    jobSet(
      {
        container: {
          ...CONTAINER,
          image,
          resources: { requests: { cpu: 4, memory: "1024Gi" }, limits: { memory: "1Ti" } },
        },
        podSpec: {
          serviceAccountName: "trainer",
          volumes: [{ name: "shm", emptyDir: { medium: "Memory" } }],
        },
      },
      stack,
    );
    const { spec } = podOf(stack);

    expect(spec).toMatchObject({ serviceAccountName: "trainer", restartPolicy: "Never" });
    expect(spec.containers[0]).toMatchObject({
      image: "${var.image}",
      command: ["train"],
      resources: {
        requests: { cpu: "4", memory: "1Ti" },
        limits: { memory: "1Ti", "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "16" },
      },
    });
  });

  test.each<[string, Partial<GangJobSetProps>, string]>([
    [
      "accelerators in the container",
      { container: { ...CONTAINER, resources: { limits: { "nvidia.com/gpu": 1 } } } },
      "AcceleratorsSetByPool",
    ],
    ["no image", { container: { name: "a", image: "" } }, "MissingValue"],
    ["a container without a name", { container: { image: "a" } as never }, "InvalidName"],
    ["a node selector of one's own", { podSpec: { nodeSelector: {} } }, "NoEffect"],
    ["containers of one's own", { podSpec: { containers: [] } }, "NoEffect"],
    ["a name of 41 letters", { name: "a".repeat(41) }, "InvalidName"],
    ["no namespace", { queue: { namespace: "", queueName: "a" } }, "MissingValue"],
    ["a queue that is no name", { queue: { namespace: "a", queueName: "A" } }, "InvalidName"],
    ["a priority that is no name", { priority: "A" }, "InvalidName"],
    ["an unknown pool", { pool: "ghost" }, "UnknownPool"],
    ["an edge site", { cluster: clusters.edgeCluster(), pool: "vision" }, "GangAtEdge"],
  ])("%s is refused", (_, props, code) => {
    expect(jobCodes(props)).toEqual([code]);
  });
});

describe("a service over several nodes", () => {
  const templateOf = (stack: TerraformStack) =>
    objectOf(stack, "LeaderWorkerSet").spec.leaderWorkerTemplate as Record<string, Pod>;

  test("is a leader and workers that start anew together", () => {
    const stack = service({ size: 2 });

    expect(objectOf(stack, "LeaderWorkerSet").spec).toMatchObject({
      replicas: 1,
      leaderWorkerTemplate: { size: 2, restartPolicy: "RecreateGroupOnPodRestart" },
    });
    expect(templateOf(stack)).not.toHaveProperty("leaderTemplate");
    expect(templateOf(stack).workerTemplate!.spec.restartPolicy).toBe("Always");
  });

  test("may have another leader", () => {
    const leader = { name: "leader", image: "registry.example.com/lead:1" };

    expect(templateOf(service({ leader })).leaderTemplate!.spec.containers[0]).toMatchObject(leader);
    expect(serviceCodes({ leader: { name: "leader", image: "" } })).toEqual(["MissingValue"]);
  });

  test("is drained one copy at a time, where there are several", () => {
    const budgets = (replicas: number) =>
      Object.values(resourcesOf(service({ replicas }), "kubernetes_pod_disruption_budget_v1"));

    expect(budgets(1)).toEqual([]);
    expect(budgets(2)[0]).toMatchObject({
      metadata: { name: "moe", namespace: "vision" },
      spec: {
        max_unavailable: "1",
        selector: { match_labels: { "leaderworkerset.sigs.k8s.io/name": "moe" } },
      },
    });
  });

  test("fits into its pool", () => {
    expect(() => service({ size: 2, replicas: 2 })).not.toThrow();
    expect(serviceCodes({ size: 2, replicas: 3 })).toEqual(["GangDoesNotFit"]);
    expect(serviceCodes({ size: 5 })).toEqual(["GangDoesNotFit", "GangDoesNotFit"]);
    expect(serviceCodes({ replicas: 0 })).toEqual(["NumberOutOfRange"]);
    expect(serviceCodes({ cluster: clusters.edgeCluster(), pool: "vision", size: 1 })).toEqual([
      "GangAtEdge",
    ]);
  });
});

conformanceTest("jobs and services are what JobSet and LeaderWorkerSet take", () => {
  const all = [aws, google, rails, rack, () => tpu("4x4", 2)];
  const stacks = all.flatMap((cluster) => [
    jobSet({ cluster: cluster(), priority: "urgent" }),
    service({ cluster: cluster(), replicas: 2, leader: { ...CONTAINER, name: "leader" } }),
  ]);

  expect(stacks.flatMap((stack) => conformance(stack).failures)).toEqual([]);
});
