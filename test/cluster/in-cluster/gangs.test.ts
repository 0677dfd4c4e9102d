import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Sharing } from "../../../lib/fabric/sharing";
import { type GangJobSetProps, poolScheduling } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { conformance, conformanceTest } from "../conformance";
import * as clusters from "./clusters";
import {
  ANYWHERE,
  aws,
  CONTAINER,
  google,
  jobCodes,
  jobOf,
  jobSet,
  podOf,
  rack,
  rails,
  service,
  serviceCodes,
  tpu,
} from "./gangs";
import { objectOf } from "./synthesized";

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

conformanceTest("jobs and services are what JobSet and LeaderWorkerSet take", () => {
  const all = [aws, google, rails, rack, () => tpu("4x4", 2)];
  const stacks = all.flatMap((cluster) => [
    jobSet({ cluster: cluster(), priority: "urgent" }),
    service({ cluster: cluster(), replicas: 2, leader: { ...CONTAINER, name: "leader" } }),
  ]);

  expect(stacks.flatMap((stack) => conformance(stack).failures)).toEqual([]);
});
