import { GKE_TPU_TOPOLOGY, gkeTpuLabels } from "../../catalog/gke-labels";
import { Problems } from "../../core/problems";
import { nodesOf } from "../../fabric/slice";
import type { IAcceleratorCluster } from "../cluster";
import { ClusterErrors } from "../errors";
import type { PoolNodes } from "../nodes";
import { computeDomainOf } from "./flavors";
import { kueueLevels, poolSelector, poolTolerations, type Toleration } from "./placement";
import { isObject } from "./present";

/** How a pod gets a whole node of a pool, in Kubernetes' own words. A plain value. */
export interface PoolScheduling {
  readonly pool: PoolNodes;
  /** Nodes of the largest gang: those of one TPU slice, else those of the pool, as with dynamic slices. */
  readonly gangNodes: number;
  /** TPU slices, each of which is a gang of its own; 1 elsewhere. */
  readonly slices: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  /** Extended resources of the container: all accelerators and all fast interfaces of the node. */
  readonly limits: Readonly<Record<string, string>>;
  /**
   * Annotations of the pod: those that give it the fast network, and where `levels` are not empty the one by which Kueue
   * gives it a place anywhere in the pool. Replace that by `podset-preferred-topology` or `podset-required-topology` with
   * a level for pods that should be close together; never give two of them.
   */
  readonly annotations: Readonly<Record<string, string>>;
  readonly runtimeClassName?: string;
  /** For pools with NVLink across machines: the claim of the team's ComputeDomain. */
  readonly resourceClaims: readonly { readonly name: string; readonly resourceClaimTemplateName: string }[];
  /** Levels of the network by which Kueue can place gangs, widest first, host last; empty if it cannot. */
  readonly levels: readonly string[];
  /** Label whose value is the same in one TPU slice of several hosts: jobs of a JobSet get one each. */
  readonly exclusiveTopology?: string;
}

const NETWORKS = "k8s.v1.cni.cncf.io/networks";
/**
 * Kueue gives a flavor with a topology only to pods that say how they are placed.
 *
 * Source: https://kueue.sigs.k8s.io/docs/concepts/topology_aware_scheduling/ (read 2026-11-24)
 */
export const UNCONSTRAINED = "kueue.x-k8s.io/podset-unconstrained-topology";
const CLAIM = "compute-domain";

function networkLimits({ network, attachments = [] }: PoolNodes): readonly (readonly [string, string])[] {
  return [
    ...(network ? [[network.resource, String(network.perNode)] as const] : []),
    ...attachments.map(({ resource }) => [resource, "1"] as const),
  ];
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What a pod needs to get a whole node of a pool: the same call at every site, other labels and resources in the result.
 *
 * @throws UnknownPool, MissingValue
 */
export function poolScheduling(cluster: IAcceleratorCluster, poolName: string): PoolScheduling {
  const problems = new Problems(`poolScheduling("${poolName}")`);
  isObject(problems, "cluster", cluster, "a cluster with accelerators");
  problems.throwIfAny();
  const nodes = cluster.pools.get(poolName);
  if (nodes === undefined) {
    problems.add(ClusterErrors.UnknownPool, {
      subject: "pool",
      given: poolName,
      allowed: [...cluster.pools.keys()].sort().join(", "),
    });
  }
  problems.throwIfAny();
  return schedulingOf(cluster, nodes!);
}

/** Labels that GKE's webhook demands of pods; the topology of a cube is that of the slice that it becomes part of. */
function tpuSelector({ pool: { slice }, dynamicSlices }: PoolNodes): Readonly<Record<string, string>> {
  if (slice.kind !== "tpu") {
    return {};
  }
  const { [GKE_TPU_TOPOLOGY]: topology, ...others } = gkeTpuLabels(slice.shape);
  return dynamicSlices === true ? others : { ...others, [GKE_TPU_TOPOLOGY]: topology };
}

function schedulingOf(cluster: IAcceleratorCluster, nodes: PoolNodes): PoolScheduling {
  const { pool, resource, resourcePerNode, attachments = [], networkAnnotations = {} } = nodes;
  const { slice } = pool;
  const domain = nodes.nvlinkDomainLabel === undefined ? undefined : computeDomainOf(pool.name);
  const dynamic = nodes.dynamicSlices === true;
  const severalHosts = slice.kind === "tpu" && slice.shape.multiHost;
  const gpu = slice.kind === "accelerators" && slice.accelerator.vendor === "nvidia";
  const levels = kueueLevels(nodes);
  const networks = attachments.map(({ name }) => name).join(",");
  return {
    pool: nodes,
    gangNodes: slice.kind === "tpu" && !dynamic ? slice.shape.nodes : nodesOf(slice).max,
    slices: slice.kind === "tpu" && !dynamic ? slice.slices.max : 1,
    nodeSelector: sorted(Object.entries({ ...tpuSelector(nodes), ...poolSelector(nodes) })),
    tolerations: poolTolerations(nodes),
    limits: sorted([
      ...(resource === undefined ? [] : [[resource, String(resourcePerNode)] as const]),
      ...networkLimits(nodes),
    ]),
    annotations: sorted(
      Object.entries({
        ...networkAnnotations,
        ...(networks === "" ? {} : { [NETWORKS]: networks }),
        ...(levels.length === 0 ? {} : { [UNCONSTRAINED]: "true" }),
      }),
    ),
    runtimeClassName: gpu ? cluster.operatorFacts.runtimeClass : undefined,
    resourceClaims:
      domain === undefined ? [] : [{ name: CLAIM, resourceClaimTemplateName: domain.claimTemplate }],
    levels,
    exclusiveTopology: severalHosts && !dynamic ? nodes.topologyLevels.at(-1) : undefined,
  };
}
