import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import {
  acceleratorTaint,
  type IAcceleratorCluster,
  POOL_LABEL,
  type PoolNodes,
  TIER_LABEL,
} from "../../../lib/cluster";
import { CAPACITY_LABEL } from "../../../lib/cluster/nodes";
import { type AcceleratorPoolProps, checkPool } from "../../../lib/fabric/pool";
import { sharedResource } from "../../../lib/fabric/sharing";
import { Site } from "../../../lib/fabric/site";
import { nodesOf, Slice } from "../../../lib/fabric/slice";
import { KubernetesCluster, type KubernetesClusterProps } from "../../../lib/kubernetes";
import { testApp } from "../../../lib/testing";

export const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
export const SHOP = Site.kubernetes("shop", {
  country: "DE",
  operator: "edge",
  kubeconfig: { context: "shop" },
});
export const CKS = Site.kubernetes("cks", {
  country: "US",
  operator: "neocloud",
  kubeconfig: { context: "cks" },
});
const IRELAND = Site.aws("ireland", { region: "eu-west-1" });
const EEMSHAVEN = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });

/** The declaration that moves between sites. */
export const SYSTEM: AcceleratorPoolProps = {
  name: "system",
  slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }),
};
export const TRAIN: AcceleratorPoolProps = {
  name: "train",
  slice: Slice.accelerators("h200", { perNode: 8, nodes: 4 }),
};

/** What differs between pools of the clouds. */
type Differs = Partial<Omit<PoolNodes, "pool">>;

/** A pool as a cloud's compiler would tell it. */
export function cloudPool(props: AcceleratorPoolProps, differs: Differs = {}): PoolNodes {
  const pool = checkPool("test", props);
  const { slice } = pool;
  const shared =
    slice.kind === "accelerators"
      ? sharedResource(slice, pool.sharing)
      : slice.kind === "tpu"
        ? { resource: slice.accelerator.resource, perNode: slice.shape.chipsPerNode }
        : { resource: undefined, perNode: 0 };
  return {
    pool,
    machineType: "machine",
    arch: "amd64",
    groups: [
      {
        name: pool.name,
        capacity: pool.capacity.map(({ kind }) => kind),
        nodes: nodesOf(slice),
        nodeLabels: {
          [POOL_LABEL]: pool.name,
          [TIER_LABEL]: pool.tier,
          ...(pool.capacity.length === 1 ? { [CAPACITY_LABEL]: pool.capacity[0]!.kind } : {}),
        },
        taints:
          shared.resource === undefined ? pool.taints : [acceleratorTaint(shared.resource), ...pool.taints],
      },
    ],
    resource: shared.resource,
    resourcePerNode: shared.perNode,
    vcpuPerNode: slice.kind === "cpu" ? slice.vcpu : 190,
    memoryGibPerNode: slice.kind === "cpu" ? slice.memoryGib : 2000,
    topologyLevels: [],
    ...differs,
  };
}

class Fake extends Construct implements IAcceleratorCluster {
  readonly site;
  readonly clusterName = "acme";
  readonly access = { kind: "kubeconfig", context: "acme" } as const;
  readonly pools;
  readonly managed;
  readonly operatorFacts;
  readonly objects;

  constructor(
    props: Pick<IAcceleratorCluster, "site" | "managed" | "operatorFacts" | "objects">,
    pools: readonly PoolNodes[],
  ) {
    super(new TerraformStack(testApp(), "foundation"), "cluster");
    this.site = props.site;
    this.managed = props.managed;
    this.operatorFacts = props.operatorFacts;
    this.objects = props.objects;
    this.pools = new Map(pools.map((nodes) => [nodes.pool.name, nodes]));
  }
}

const KARPENTER_OBJECT = {
  id: "pool",
  apiVersion: "karpenter.sh/v1",
  kind: "NodePool",
  name: "pool",
  spec: {},
} as const;

/** An EKS cluster, as its compiler would tell it. */
export function awsCluster(pools: readonly PoolNodes[], { karpenter = false } = {}): IAcceleratorCluster {
  return new Fake(
    {
      site: IRELAND,
      managed: ["node-repair"],
      operatorFacts: {
        clusterName: "acme",
        interruptionQueue: "acme-interruption",
        isolatedVpc: "false",
        nodeRepair: "true",
      },
      objects: karpenter ? [KARPENTER_OBJECT] : [],
    },
    pools,
  );
}

/** A GKE cluster, as its compiler would tell it. */
export function googleCluster(pools: readonly PoolNodes[]): IAcceleratorCluster {
  return new Fake(
    {
      site: EEMSHAVEN,
      managed: [
        "gpu-driver",
        "gpu-device-plugin",
        "gpu-metrics",
        "tpu-device-plugin",
        "node-repair",
        "autoscaler",
      ],
      operatorFacts: {},
      objects: [],
    },
    pools,
  );
}

export const AWS_TRAIN: Differs = {
  machineType: "p5en.48xlarge",
  topologyLevels: [1, 2, 3].map((layer) => `topology.k8s.aws/network-node-layer-${layer}`),
  network: { resource: "vpc.amazonaws.com/efa", perNode: 16 },
};
export const GOOGLE_TRAIN: Differs = {
  machineType: "a3-ultragpu-8g",
  topologyLevels: ["block", "subblock", "host"].map((level) => `cloud.google.com/gce-topology-${level}`),
  networkAnnotations: { "networking.gke.io/default-interface": "eth0" },
};

/** A cluster of the library's own compiler, in a stack of its own. */
function kubernetesCluster(props: Omit<KubernetesClusterProps, "namePrefix">): KubernetesCluster {
  return new KubernetesCluster(new TerraformStack(testApp(), "nodes"), "cluster", {
    namePrefix: "acme",
    ...props,
  });
}

export const cksCluster = (pools: readonly AcceleratorPoolProps[] = [SYSTEM, TRAIN]) =>
  kubernetesCluster({ site: CKS, provider: "coreweave", pools });

export const machines = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `${prefix}-${index}`,
    rack: `r${Math.floor(index / 2)}`,
    block: "b0",
  }));

export const onPremCluster = (props: Partial<KubernetesClusterProps> = {}) =>
  kubernetesCluster({
    site: FRANKFURT,
    provider: "generic",
    pools: [SYSTEM, { ...TRAIN, machineType: "hgx-h200" }],
    nodes: {
      system: { machines: [{ name: "cpu-0" }, { name: "cpu-1" }] },
      train: { machines: machines("gpu", 4) },
    },
    ...props,
  });

/** A GKE cluster that gcloud made: six cubes of TPU7x that slices are made of. */
export const cubeCluster = (props: Partial<KubernetesClusterProps> = {}) =>
  kubernetesCluster({
    site: FRANKFURT,
    provider: "generic",
    pools: [SYSTEM, { name: "cubes", slice: Slice.tpu("tpu-v7x", { topology: "4x4x4", slices: 6 }) }],
    nodes: {
      system: { nodeSelector: { role: "system" } },
      cubes: { nodeSelector: { "cloud.google.com/gke-accelerator-topology-mode": "PROVISION_ONLY" } },
    },
    managed: ["tpu-device-plugin"],
    ...props,
  });

export const edgeCluster = (props: Partial<KubernetesClusterProps> = {}) =>
  kubernetesCluster({
    site: SHOP,
    provider: "generic",
    pools: [{ name: "vision", tier: "serving", slice: Slice.accelerators("l4", { perNode: 1, nodes: 1 }) }],
    nodes: { vision: { machines: [{ name: "till" }] } },
    ...props,
  });

/** Karpenter, one GPU pool with EFA, Trainium: all that EKS may have. */
export const eksEverything = () =>
  awsCluster(
    [
      cloudPool(SYSTEM, { machineType: "m7i.xlarge" }),
      cloudPool(TRAIN, AWS_TRAIN),
      cloudPool(
        { name: "trn", slice: Slice.accelerators("trainium2", { perNode: 16, nodes: 2 }) },
        { machineType: "trn2.48xlarge", network: { resource: "vpc.amazonaws.com/efa", perNode: 16 } },
      ),
    ],
    { karpenter: true },
  );
