import type { AwsMachineFacts, CoreWeaveMachineFacts, GoogleMachineFacts, TopologyLabelFacts } from "./facts";
import { GKE_NODE_POOL } from "./gke-labels";

const READ = "2026-11-20";

const awsLayers = (count: number) =>
  Array.from({ length: count }, (_, index) => `topology.k8s.aws/network-node-layer-${index + 1}`);

/** The EC2 page lists P6e-GB200 with three layers; an AWS article shows four labels on it. */
const AWS = {
  source:
    "github.com/awslabs/awsome-distributed-ai@95b939cd 7.sagemaker-hyperpod-eks/cluster-topology/README.md; " +
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-topology-prerequisites.html",
  read: READ,
} as const;

const GKE = {
  source:
    "github.com/GoogleCloudPlatform/cluster-toolkit@104708037 examples/gke-a4x, gke-a3-ultragpu (Kueue Topology)",
  read: READ,
} as const;

const COREWEAVE = {
  source:
    "Topologies infiniband and multinode-nvlink-ib of CoreWeave's chart cks-kueue, as in " +
    "github.com/marin-community/marin@a1e72a1 lib/iris/src/iris/cluster/platforms/k8s/kueue_manifests.py",
  read: "2026-11-24",
  unverified: ["levels"],
} as const;

const TOPOGRAPH = {
  source:
    "github.com/NVIDIA/topograph v1.0.0 docs/reference/node-labels.md; " +
    "https://aws.amazon.com/blogs/containers/unlocking-next-generation-ai-performance-with-dynamic-resource-allocation-on-amazon-eks-and-amazon-ec2-p6e-gb200 (gpu.clique)",
  read: READ,
} as const;

const GCE = "cloud.google.com/gce-topology";
const INFINIBAND = [
  "backend.coreweave.cloud/fabric",
  "backend.coreweave.cloud/superpod",
  "backend.coreweave.cloud/leafgroup",
] as const;
const COREWEAVE_NVLINK = "ds.coreweave.com/nvlink.domain";

/** Label of GPU feature discovery on nodes with NVLink across machines: `<cluster UUID>.<clique>`. */
export const GPU_CLIQUE = "nvidia.com/gpu.clique";

/** Keys whose value is one machine: Kubernetes' own, and Google's physical host. */
export const MACHINE_LEVELS: readonly string[] = ["kubernetes.io/hostname", `${GCE}-host`];

/**
 * Keys by provider and kind of machine, each from the widest level to the narrowest. Keys are data: they differ by
 * provider, by machine family and over time.
 */
export const TOPOLOGY_LABELS = {
  /** `network-node-layer-1` is the widest (spine), the last one the leaf. */
  "aws-3-layers": { levels: awsLayers(3), ...AWS },
  /** P6-B200 and P6-B300 have one layer more, so their leaf has another key. */
  "aws-4-layers": { levels: awsLayers(4), ...AWS },
  "google-gpu": { levels: [`${GCE}-block`, `${GCE}-subblock`, `${GCE}-host`], ...GKE },
  /** One node pool is one NVL72 domain. */
  "google-gpu-nvl72": {
    levels: [`${GCE}-block`, `${GCE}-subblock`, GKE_NODE_POOL, `${GCE}-host`],
    nvlinkDomain: GPU_CLIQUE,
    ...GKE,
  },
  /** One node pool is one slice of several hosts. */
  "google-tpu": {
    levels: [GKE_NODE_POOL],
    source:
      "https://docs.cloud.google.com/kubernetes-engine/docs/how-to/tpus; github.com/kubernetes-sigs/jobset",
    read: READ,
  },
  /** Cubes of 4x4x4 chips of a tpu7x pool that is provisioned for super-slicing. */
  "google-tpu-cubes": {
    levels: [`${GCE}-block`, "cloud.google.com/gke-tpu-partition-4x4x4-id"],
    source: "github.com/AI-Hypercomputer/xpk v1.13.0",
    read: READ,
  },
  "coreweave-fabric": { levels: INFINIBAND, ...COREWEAVE },
  "coreweave-nvl72": {
    levels: [...INFINIBAND, COREWEAVE_NVLINK],
    nvlinkDomain: COREWEAVE_NVLINK,
    ...COREWEAVE,
  },
} as const satisfies Readonly<Record<string, TopologyLabelFacts>>;

/**
 * Labels of nodes of an EC2 instance type; no levels for types of which EC2 tells no topology, such as G5 and G6. NVLink
 * domains across machines are in `nvidia.com/gpu.clique`.
 */
export function awsTopologyLabels(
  machine: Pick<AwsMachineFacts, "topologyLayers" | "topologyLabels" | "multiNodeNvlink">,
): TopologyLabelFacts {
  if (machine.topologyLabels === false) {
    return { levels: [], ...AWS };
  }
  const labels = TOPOLOGY_LABELS[machine.topologyLayers === 4 ? "aws-4-layers" : "aws-3-layers"];
  return machine.multiNodeNvlink ? { ...labels, nvlinkDomain: GPU_CLIQUE } : labels;
}

/** Labels of GKE nodes: GPUs by block, sub-block and host; TPUs by node pool, which is a slice. */
export function googleTopologyLabels(
  machine: Pick<GoogleMachineFacts, "accelerator" | "multiNodeNvlink">,
): TopologyLabelFacts {
  if (machine.accelerator?.startsWith("tpu-")) {
    return TOPOLOGY_LABELS["google-tpu"];
  }
  return TOPOLOGY_LABELS[machine.multiNodeNvlink ? "google-gpu-nvl72" : "google-gpu"];
}

/** Labels of CoreWeave nodes with InfiniBand or RoCE; NVL72 trays have their rack as the narrowest level. */
export function coreWeaveTopologyLabels(
  machine: Pick<CoreWeaveMachineFacts, "multiNodeNvlink">,
): TopologyLabelFacts {
  return TOPOLOGY_LABELS[machine.multiNodeNvlink ? "coreweave-nvl72" : "coreweave-fabric"];
}

/**
 * Labels that Topograph 1.x puts on nodes of one's own network: `tier-0` is the closest (leaf), so the widest has the
 * highest number.
 *
 * @param tiers levels of switches above a node, 1 to 9. @default 3
 */
export function onPremTopologyLabels(tiers = 3): TopologyLabelFacts {
  const levels = Array.from(
    { length: tiers },
    (_, index) => `fabric.topograph.run/tier-${tiers - 1 - index}`,
  );
  return { levels, nvlinkDomain: GPU_CLIQUE, ...TOPOGRAPH };
}
