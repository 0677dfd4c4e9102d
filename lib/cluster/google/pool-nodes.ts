import { GKE_NODE_POOL, gkeTpuLabels } from "../../catalog/gke-labels";
import { googleTopologyLabels } from "../../catalog/topology-labels";
import type { Taint } from "../../fabric/pool";
import { sharedResource } from "../../fabric/sharing";
import { acceleratorsPerNode } from "../../fabric/slice";
import { acceleratorTaint, type NodeGroup, type PoolNodes } from "../nodes";
import type { NodePoolPlan } from "./groups";
import { nodeLabels } from "./node-pool-config";
import { ARCH, type PoolPlan, taintsOfGke } from "./plan";

/**
 * What GKE leaves to pods, about, as its published steps say: a share that falls with the size of the machine.
 * Source: https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes (read 2026-11-24)
 */
const CPU_STEPS = [
  [1, 0.06],
  [1, 0.01],
  [2, 0.005],
  [Number.POSITIVE_INFINITY, 0.0025],
] as const;
const MEMORY_STEPS = [
  [4, 0.25],
  [4, 0.2],
  [8, 0.1],
  [112, 0.06],
  [Number.POSITIVE_INFINITY, 0.02],
] as const;
const EVICTION_GIB = 0.1;

function allocatable(total: number, steps: readonly (readonly [number, number])[]): number {
  let rest = total;
  let reserved = 0;
  for (const [size, share] of steps) {
    const part = Math.min(rest, size);
    reserved += part * share;
    rest -= part;
  }
  return Math.floor((total - reserved) * 10) / 10;
}

function groupOf(plan: PoolPlan, group: NodePoolPlan): NodeGroup {
  const { pool, machine } = plan;
  const { slice } = pool;
  const labels = {
    ...nodeLabels(pool, group),
    ...(slice.kind === "tpu" ? gkeTpuLabels(slice.shape) : {}),
    ...(group.unit === undefined ? {} : { [GKE_NODE_POOL]: group.name }),
  };
  const own: readonly Taint[] = taintsOfGke(pool, machine).map((key) =>
    key === ARCH ? { key, value: machine.arch, effect: "NoSchedule" } : acceleratorTaint(key),
  );
  return {
    name: group.name,
    capacity: [group.capacity.kind],
    nodes: group.nodes,
    nodeLabels: labels,
    taints: [...own, ...pool.taints],
  };
}

/** The pool as pods see it. */
export function poolNodes(plan: PoolPlan, networkAnnotations?: Readonly<Record<string, string>>): PoolNodes {
  const { pool, machine } = plan;
  const { slice } = pool;
  const { vcpu, memoryGib } = machine.facts ?? {};
  // Blocks and hosts are told of nodes that are placed together, or stand where a reservation is.
  const placed = pool.closeTogether || plan.placement.kind !== "none";
  const topology = slice.kind === "cpu" || !placed ? undefined : googleTopologyLabels(machine.facts ?? {});
  const resource =
    slice.kind === "accelerators"
      ? sharedResource(slice, pool.sharing)
      : {
          resource: slice.kind === "tpu" ? slice.accelerator.resource : undefined,
          perNode: acceleratorsPerNode(slice),
        };
  return {
    pool,
    machineType: machine.name,
    arch: machine.arch,
    groups: plan.nodePools.map((group) => groupOf(plan, group)),
    resource: resource.resource,
    resourcePerNode: resource.perNode,
    vcpuPerNode: vcpu === undefined ? undefined : allocatable(vcpu, CPU_STEPS),
    memoryGibPerNode:
      memoryGib === undefined ? undefined : allocatable(memoryGib - EVICTION_GIB, MEMORY_STEPS),
    topologyLevels: topology?.levels ?? [],
    nvlinkDomainLabel: topology?.nvlinkDomain,
    networkAnnotations,
  };
}
