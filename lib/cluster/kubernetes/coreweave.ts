import type { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { fingerprint, resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import type { Capacity, CapacityKind } from "../../fabric/capacity";
import type { AcceleratorPool, AcceleratorPoolProps } from "../../fabric/pool";
import { isElastic, nodesOf, type Range } from "../../fabric/slice";
import { CustomResource } from "../../kubernetes/custom-resource";
import { ClusterErrors } from "../errors";
import { CAPACITY_LABEL, type NodeGroup, nodeTaints, POOL_LABEL, type PoolNodes, TIER_LABEL } from "../nodes";
import { refuseOptions, reservationOf } from "../pools";
import { KubernetesClusterErrors } from "./errors";
import { type ChosenMachine, coreWeaveMachine } from "./machine";
import type { CoreWeaveSettings } from "./props";

/** What CoreWeave installs and operates on every node. Source: https://docs.coreweave.com/products/cks (read 2026-11-24) */
export const COREWEAVE_MANAGED = [
  "gpu-driver",
  "gpu-device-plugin",
  "gpu-metrics",
  "rdma",
  "node-repair",
  "autoscaler",
] as const;

/** How CoreWeave sells machines. */
export const COREWEAVE_CAPACITIES: readonly CapacityKind[] = ["onDemand", "spot", "reservation"];

/** A Boolean: a pod that asks for it sees all ports. Source: https://docs.coreweave.com/products/networking (read 2026-11) */
const RDMA = { resource: "rdma/ib", perNode: 1 } as const;

const topologyLabels = () =>
  require("../../catalog/topology-labels") as typeof import("../../catalog/topology-labels");

/** A pool, its machine type, and the NodePools that it becomes. */
export interface CoreWeavePool {
  readonly nodes: PoolNodes;
  readonly machine: ChosenMachine;
  /** Capacity of each group, in the order of `nodes.groups`. */
  readonly capacities: readonly Capacity[];
}

/** Options of a pool that CoreWeave decides, or that belong to other providers. */
const REFUSED = ["zones", "interfaceLayout", "maxPodsPerNode", "sharing"] as const;

function refuseGiven(problems: Problems, pool: AcceleratorPool, props: AcceleratorPoolProps): void {
  refuseOptions(problems, pool, REFUSED, "CoreWeave, which sets the nodes and their GPUs up itself");
  const { repair: _repair, ...others } = props.disruption ?? {};
  const without = { bootDiskGib: props.bootDiskGib, ...others };
  for (const [option, given] of Object.entries(without).filter(([, value]) => value !== undefined)) {
    problems.add(ClusterErrors.OptionWithoutEffect, {
      subject: `pool "${pool.name}" ${option}`,
      given,
      allowed: "nothing at CoreWeave",
    });
  }
}

/**
 * A NodePool of class `default` takes reserved instances and those on demand; it cannot be told which.
 * Source: https://docs.coreweave.com/products/cks/reference/node-pool (read 2026-11-24)
 */
function checkCapacities(problems: Problems, pool: AcceleratorPool): void {
  for (const capacity of pool.capacity) {
    reservationOf(problems, pool, capacity, "coreWeave");
  }
  const kinds = pool.capacity.map(({ kind }) => kind);
  if (kinds.includes("reservation") && kinds.includes("onDemand")) {
    problems.add(ClusterErrors.CapacityNotAtSite, {
      subject: `pool "${pool.name}" capacity`,
      given: kinds,
      allowed: "reservation or onDemand, not both: the same NodePool takes both",
    });
  }
}

function checkRacks(problems: Problems, pool: AcceleratorPool, machine: ChosenMachine): void {
  const perRack = machine.facts?.machinesPerRack;
  const { min, max } = nodesOf(pool.slice);
  if (perRack !== undefined && (min % perRack !== 0 || max % perRack !== 0)) {
    problems.add(KubernetesClusterErrors.PartialRack, {
      subject: `pool "${pool.name}" nodes`,
      given: min === max ? min : { min, max },
      allowed: `multiples of ${perRack}, the machines of one rack: ${machine.name}`,
    });
  }
}

/**
 * Nodes of one group. With several capacities the autoscaler decides, so each may grow to the whole pool, and a fixed
 * number is what all together may have. The least number of a range, and all nodes of a system pool, are kept by the
 * last capacity, which is tried when the others have nothing.
 */
function groupRange(pool: AcceleratorPool, index: number): Range {
  const { min, max } = nodesOf(pool.slice);
  if (pool.capacity.length === 1) {
    return { min, max };
  }
  const kept = index === pool.capacity.length - 1 && (min < max || pool.tier === "system");
  return { min: kept ? min : 0, max };
}

/** Compiles one pool, or undefined after findings. */
export function coreWeavePool(
  problems: Problems,
  pool: AcceleratorPool,
  props: AcceleratorPoolProps,
): CoreWeavePool | undefined {
  refuseGiven(problems, pool, props);
  checkCapacities(problems, pool);
  const machine = coreWeaveMachine(problems, pool);
  if (machine === undefined) {
    return undefined;
  }
  checkRacks(problems, pool, machine);
  const { facts } = machine;
  const several = pool.capacity.length > 1;
  const groups: readonly NodeGroup[] = pool.capacity.map(({ kind }, index) => ({
    name: several ? `${pool.name}-${kind === "onDemand" ? "on-demand" : kind}` : pool.name,
    capacity: [kind],
    nodes: groupRange(pool, index),
    nodeLabels: {
      ...pool.labels,
      [POOL_LABEL]: pool.name,
      [TIER_LABEL]: pool.tier,
      [CAPACITY_LABEL]: kind,
    },
    taints: nodeTaints(pool),
  }));
  const gpu = pool.slice.kind === "accelerators" ? pool.slice : undefined;
  const labels = facts?.fabric ? topologyLabels().coreWeaveTopologyLabels(facts) : undefined;
  return {
    machine,
    capacities: pool.capacity,
    nodes: {
      pool,
      machineType: machine.name,
      arch: facts?.arch ?? (pool.slice.kind === "cpu" ? pool.slice.arch : "amd64"),
      groups,
      resource: gpu?.accelerator.resource,
      resourcePerNode: gpu?.perNode ?? 0,
      vcpuPerNode: facts?.vcpu,
      memoryGibPerNode: facts?.memoryGib,
      topologyLevels: labels?.levels ?? [],
      nvlinkDomainLabel: facts?.multiNodeNvlink ? labels?.nvlinkDomain : undefined,
      network: facts?.fabric && gpu ? RDMA : undefined,
    },
  };
}

/** Whether the pool is of a fixed number of whole racks. */
function isOfRacks({ machine, nodes, capacities }: CoreWeavePool): boolean {
  return (
    machine.facts?.machinesPerRack !== undefined && capacities.length === 1 && !isElastic(nodes.pool.slice)
  );
}

/** Counting by racks concerns pools of racks. */
export function checkRackCount(
  problems: Problems,
  settings: CoreWeaveSettings,
  pools: readonly (CoreWeavePool | undefined)[],
): void {
  if (settings.countBy === "racks" && !pools.some((pool) => pool !== undefined && isOfRacks(pool))) {
    problems.add(CoreErrors.NoEffect, {
      subject: "coreweave.countBy",
      given: settings.countBy,
      allowed: "nodes: no pool is a fixed number of whole racks",
    });
  }
}

function sizeOf(group: NodeGroup, pool: CoreWeavePool, byRack: boolean) {
  const { min, max } = group.nodes;
  if (min !== max || pool.capacities.length > 1) {
    return { autoscaling: true, minNodes: min, maxNodes: max, targetNodes: min };
  }
  const perRack = pool.machine.facts?.machinesPerRack;
  return byRack && perRack !== undefined
    ? { autoscaling: false, targetRacks: max / perRack }
    : { autoscaling: false, targetNodes: max };
}

/** The NodePools of one pool, by name of the group. */
export function makeNodePools(
  scope: Construct,
  namePrefix: string,
  pool: CoreWeavePool,
  settings: CoreWeaveSettings,
): ReadonlyMap<string, CustomResource> {
  const { machine, nodes } = pool;
  const made = nodes.groups.map((group, index) => {
    const size = sizeOf(group, pool, settings.countBy === "racks");
    const computeClass = pool.capacities[index]?.kind === "spot" ? "spot" : "default";
    // Instance type and class cannot be changed: another one is another NodePool.
    const kept = fingerprint(`${machine.name}/${computeClass}`, 6);
    const resource = new CustomResource(scope, group.name, {
      apiVersion: "compute.coreweave.com/v1alpha1",
      kind: "NodePool",
      name: resourceName([namePrefix, group.name, kept], { maxLength: 63 }),
      spec: {
        ...size,
        computeClass,
        instanceType: machine.name,
        lifecycle: {
          disableUnhealthyNodeEviction: !nodes.pool.disruption.repair,
          scaleDownStrategy: settings.scaleDownStrategy ?? "IdleOnly",
        },
        nodeLabels: group.nodeLabels,
        nodeTaints: group.taints.map(({ key, value = "", effect }) => ({ key, value, effect })),
      },
      computedFields: size.autoscaling ? ["spec.targetNodes"] : undefined,
      waitFor: settings.waitForNodes ? { condition: { type: "AtTarget", status: "True" } } : undefined,
      timeouts: settings.waitForNodes
        ? { create: `${settings.waitMinutes ?? 60}m`, update: `${settings.waitMinutes ?? 60}m` }
        : undefined,
    });
    return [group.name, resource] as const;
  });
  return new Map(made);
}
