import { stableJson } from "../../core/json";
import { COMMON_NAME, type NameRule, type Problems } from "../../core/problems";
import { COMPONENTS } from "../../kubernetes/components";
import { DNS_LABEL } from "../../kubernetes/metadata";
import type { ClusterObject } from "../cluster";
import { ClusterErrors } from "../errors";
import type { PoolNodes } from "../nodes";
import { type RdmaNetwork, SHARED_RESOURCE, SRIOV_PREFIX } from "./rdma-props";

/** Linux takes 15 bytes; slashes and blanks are not allowed. Source: `dev_valid_name` in net/core/dev.c of Linux */
const INTERFACE: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  maxLength: 15,
  form: "the name of a network device: 1 to 15 letters, digits, dots, underscores and hyphens",
};

const REPOSITORY = "nvcr.io/nvidia/mellanox";
/** Images are of the operator's own version. Source: NVIDIA Network Operator 26.4.1, "Container Images" (read 2026-11-24) */
const image = (name: string) => ({
  image: name,
  repository: REPOSITORY,
  version: `network-operator-v${COMPONENTS.networkOperator.version}`,
});
/** That of the operator's version. Source: as `image` */
const DOCA_DRIVER = { image: "doca-driver", repository: REPOSITORY, version: "doca3.4.1-26.04-1.1.0.0-1" };

/** Names of the pools that have the network. */
export function rdmaPools(rdma: RdmaNetwork, pools: ReadonlyMap<string, PoolNodes>): readonly string[] {
  const spanned = [...pools.values()].filter(({ pool }) => pool.slice.kind !== "cpu" && pool.closeTogether);
  return [...(rdma.pools ?? spanned.map(({ pool }) => pool.name))].sort();
}

export function checkRdma(problems: Problems, rdma: RdmaNetwork, poolNames: readonly string[]): void {
  problems.oneOf("rdma.mode", rdma.mode, ["shared", "sriov"]);
  problems.oneOf("rdma.driver", rdma.driver ?? "host", ["operator", "host"]);
  if (rdma.pools !== undefined) {
    problems.required("rdma.pools", rdma.pools[0], "one pool or more");
    problems.unique("rdma.pools", rdma.pools);
    for (const name of rdma.pools.filter((each) => !poolNames.includes(each))) {
      problems.add(ClusterErrors.UnknownPool, {
        subject: "rdma.pools",
        given: name,
        allowed: poolNames.join(", "),
      });
    }
  }
  if (rdma.mode === "shared") {
    problems.required("rdma.interfaces", rdma.interfaces?.[0], "one network device or more");
    for (const name of rdma.interfaces ?? []) {
      problems.name("rdma.interfaces", name, INTERFACE);
    }
    problems.unique("rdma.interfaces", rdma.interfaces ?? []);
    problems.literalInteger("rdma.podsPerNode", rdma.podsPerNode ?? 63, { min: 1, max: 1000 });
    return;
  }
  problems.oneOf("rdma.link", rdma.link, ["infiniband", "ethernet"]);
  problems.required("rdma.rails", rdma.rails?.[0], "one rail or more");
  for (const rail of rdma.rails ?? []) {
    problems.name("rdma.rails name", rail.name, COMMON_NAME);
    problems.name("rdma.rails interface", rail.interface, INTERFACE);
  }
  problems.unique(
    "rdma.rails",
    (rdma.rails ?? []).map(({ name }) => name),
  );
  problems.unique(
    "rdma.rails interface",
    (rdma.rails ?? []).map((rail) => rail.interface),
  );
  problems.literalInteger("rdma.functions", rdma.functions ?? 8, { min: 1, max: 127 });
  if (rdma.mtu !== undefined) {
    problems.literalInteger("rdma.mtu", rdma.mtu, { min: 1280, max: 9978 });
  }
  problems.name("rdma.namespace", rdma.namespace ?? "default", DNS_LABEL);
}

/** What pods of a pool with this network ask for. */
export function rdmaOfPods(rdma: RdmaNetwork): Pick<PoolNodes, "network" | "attachments"> {
  if (rdma.mode === "shared") {
    return { network: { resource: `${SHARED_RESOURCE.prefix}/${SHARED_RESOURCE.name}`, perNode: 1 } };
  }
  const namespace = rdma.namespace ?? "default";
  return {
    attachments: rdma.rails.map(({ name }) => ({
      name: `${namespace}/${name}`,
      resource: `${SRIOV_PREFIX}/${resourceOf(name)}`,
    })),
  };
}

/** Names of SR-IOV resources have no hyphens. Source: k8snetworkplumbingwg/sriov-network-operator api/v1, `resourceName` */
function resourceOf(rail: string): string {
  return rail.replaceAll("-", "_");
}

interface Nodes {
  /** The pools with the network, and the labels of their nodes. */
  readonly pools: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
  readonly tolerations: readonly object[];
}

function nicClusterPolicy(rdma: RdmaNetwork, nodes: Nodes): ClusterObject {
  const terms = nodes.pools.map(({ labels }) => ({
    matchExpressions: Object.entries(labels).map(([key, value]) => ({
      key,
      operator: "In",
      values: [value],
    })),
  }));
  const shared = {
    configList: [
      {
        resourceName: SHARED_RESOURCE.name,
        resourcePrefix: SHARED_RESOURCE.prefix,
        rdmaHcaMax: rdma.mode === "shared" ? (rdma.podsPerNode ?? 63) : 0,
        selectors: { ifNames: rdma.mode === "shared" ? [...rdma.interfaces].sort() : [] },
      },
    ],
  };
  const rails = { cniPlugins: image("plugins"), multus: image("multus-cni") };
  return {
    id: "nic-cluster-policy",
    apiVersion: "mellanox.com/v1alpha1",
    kind: "NicClusterPolicy",
    // The operator takes this name only.
    name: "nic-cluster-policy",
    spec: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
      tolerations: nodes.tolerations,
      ...(rdma.driver === "operator" ? { ofedDriver: DOCA_DRIVER } : {}),
      ...(rdma.mode === "shared"
        ? { rdmaSharedDevicePlugin: { ...image("k8s-rdma-shared-dev-plugin"), config: stableJson(shared) } }
        : { secondaryNetwork: rails }),
      ...(usesAddresses(rdma) ? { nvIpam: image("nvidia-k8s-ipam") } : {}),
    },
  };
}

/** Whether pods get addresses on the rails. */
function usesAddresses(rdma: RdmaNetwork): boolean {
  return rdma.mode === "sriov" && (rdma.addresses ?? rdma.link === "ethernet");
}

function railObjects(rdma: Extract<RdmaNetwork, { mode: "sriov" }>, nodes: Nodes): readonly ClusterObject[] {
  const infiniband = rdma.link === "infiniband";
  return rdma.rails.flatMap((rail) => [
    ...nodes.pools.map((pool) => ({
      id: `functions-${rail.name}-${pool.name}`,
      apiVersion: "sriovnetwork.openshift.io/v1",
      kind: "SriovNetworkNodePolicy",
      name: `${rail.name}-${pool.name}`,
      namespace: COMPONENTS.networkOperator.namespace,
      spec: {
        deviceType: "netdevice",
        isRdma: true,
        linkType: infiniband ? "ib" : "eth",
        mtu: rdma.mtu,
        nicSelector: { pfNames: [rail.interface], vendor: "15b3" },
        nodeSelector: pool.labels,
        numVfs: rdma.functions ?? 8,
        priority: 90,
        resourceName: resourceOf(rail.name),
      },
    })),
    {
      id: `network-${rail.name}`,
      apiVersion: "sriovnetwork.openshift.io/v1",
      kind: infiniband ? "SriovIBNetwork" : "SriovNetwork",
      name: rail.name,
      namespace: COMPONENTS.networkOperator.namespace,
      spec: {
        ipam: usesAddresses(rdma) ? stableJson({ poolName: rail.name, type: "nv-ipam" }) : undefined,
        linkState: "enable",
        networkNamespace: rdma.namespace ?? "default",
        resourceName: resourceOf(rail.name),
      },
    },
  ]);
}

/** Objects of the network operator for the network of a cluster. */
export function rdmaObjects(rdma: RdmaNetwork, nodes: Nodes): readonly ClusterObject[] {
  return [nicClusterPolicy(rdma, nodes), ...(rdma.mode === "sriov" ? railObjects(rdma, nodes) : [])];
}
