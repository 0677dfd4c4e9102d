import { GKE_TPU_SLICE, GKE_TPU_SLICE_TOPOLOGY, GKE_TPU_TOPOLOGY } from "../../catalog/gke-labels";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import type { CapacityKind } from "../../fabric/capacity";
import type { AcceleratorPool, AcceleratorPoolProps, Taint } from "../../fabric/pool";
import { sharedResource } from "../../fabric/sharing";
import { isElastic, nodesOf } from "../../fabric/slice";
import { refuseTakenName } from "../../fabric/untyped";
import { checkLabels, OBJECT_NAME } from "../../kubernetes/metadata";
import { ClusterErrors } from "../errors";
import { CAPACITY_LABEL, nodeTaints, POOL_LABEL, type PoolNodes, TIER_LABEL } from "../nodes";
import { OWN_LABELS, refuseLabels, refuseOptions, reservationOf } from "../pools";
import { sharingLabels } from "../sharing-labels";
import { KubernetesClusterErrors } from "./errors";
import { archOf, type ChosenMachine, existingMachine, isDynamicTpu, spansMachines } from "./machine";
import type { KubernetesClusterProps, NodeTopology, PoolMachine, PoolMachines } from "./props";

/** A pool of machines that are there. */
export interface ExistingPool {
  readonly nodes: PoolNodes;
  readonly machine?: ChosenMachine;
  /** Machines to label and taint, with the labels of each; empty where a selector finds the nodes. */
  readonly machines: readonly LabelledMachine[];
  /** Labels by which all nodes of the pool, and no others, are found. */
  readonly selector: Readonly<Record<string, string>>;
}

export interface LabelledMachine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const topologyLabels = () =>
  require("../../catalog/topology-labels") as typeof import("../../catalog/topology-labels");

/** Both mean the machines that are there; a reservation has to say that they are one's own. */
export const EXISTING_CAPACITIES: readonly CapacityKind[] = ["onDemand", "reservation"];

function checkCapacity(problems: Problems, pool: AcceleratorPool): void {
  for (const capacity of pool.capacity) {
    reservationOf(problems, pool, capacity, "owned");
  }
  if (pool.capacity.length > 1) {
    problems.add(ClusterErrors.CapacityNotAtSite, {
      subject: `pool "${pool.name}" capacity`,
      given: pool.capacity.map(({ kind }) => kind),
      allowed: "one of onDemand and reservation: there are no other machines than those that are there",
    });
  }
}

/** The one capacity of a pool, checked. */
function capacityOf({ capacity }: AcceleratorPool): CapacityKind {
  return capacity[0]?.kind ?? "onDemand";
}

/** Options of machines that somebody else sets up. */
const REFUSED = ["zones", "interfaceLayout", "maxPodsPerNode"] as const;

function refuseGiven(
  problems: Problems,
  pool: AcceleratorPool,
  props: AcceleratorPoolProps,
  edge: boolean,
): void {
  refuseOptions(problems, pool, REFUSED, "a cluster whose machines exist");
  const given = {
    bootDiskGib: props.bootDiskGib,
    disruption: props.disruption,
    closeTogether: edge && props.closeTogether ? true : undefined,
  };
  for (const [option, value] of Object.entries(given).filter(([, each]) => each !== undefined)) {
    problems.add(ClusterErrors.OptionWithoutEffect, {
      subject: `pool "${pool.name}" ${option}`,
      given: value,
      allowed: "nothing at a cluster whose machines exist",
    });
  }
}

function checkMachines(problems: Problems, pool: AcceleratorPool, where: PoolMachines): void {
  const subject = `nodes of pool "${pool.name}"`;
  const { machines, nodeSelector } = where;
  if ((machines === undefined) === (nodeSelector === undefined)) {
    problems.add(KubernetesClusterErrors.MachinesOrSelector, {
      subject,
      given: Object.keys(where),
      allowed: "exactly one of machines and nodeSelector",
    });
  }
  if (isElastic(pool.slice) && !where.autoscaled) {
    problems.add(KubernetesClusterErrors.ElasticWithoutAutoscaler, {
      subject,
      given: nodesOf(pool.slice),
      allowed: "a fixed number of nodes",
    });
  }
  if (where.autoscaled && nodeSelector === undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${subject} autoscaled`,
      given: true,
      allowed: "nothing beside machines: a list of names does not grow",
    });
  }
  const count = nodesOf(pool.slice).max;
  if (machines !== undefined && machines.length !== count) {
    problems.add(KubernetesClusterErrors.MachineCountMismatch, {
      subject,
      given: machines.length,
      allowed: `${count}, as the slice says`,
    });
  }
  for (const { name, rack, block, labels } of machines ?? []) {
    problems.name(`${subject} name`, name, OBJECT_NAME);
    refuseTakenName(problems, `${subject} name`, name);
    checkLabels(problems, labels);
    checkLabels(problems, {
      ...(rack === undefined ? {} : { rack }),
      ...(block === undefined ? {} : { block }),
    });
    for (const [key, value] of Object.entries({ rack, block, ...labels })) {
      if (value !== undefined) {
        problems.literal(`${subject} ${key}`, value);
      }
    }
    if (block !== undefined && rack === undefined) {
      problems.required(`${subject} rack of "${name}"`, rack, "the rack, beside the block");
    }
  }
  if (nodeSelector !== undefined) {
    problems.required(`${subject} nodeSelector`, Object.keys(nodeSelector)[0], "one label or more");
    checkLabels(problems, nodeSelector);
    problems.literal(`${subject} nodeSelector`, nodeSelector, "literal labels");
    for (const [key, value] of Object.entries({ ...pool.labels, ...sharingLabels(pool.sharing) })) {
      if (nodeSelector[key] !== value) {
        problems.add(CoreErrors.MissingValue, {
          subject: `${subject} nodeSelector "${key}"`,
          given: nodeSelector[key],
          allowed: `${value}: the library labels no nodes that a selector finds, so they have it already`,
          fix: `label the nodes of the pool ${key}=${value}, and name this label in nodeSelector too`,
        });
      }
    }
  }
}

/** Labels that the library sets itself are not given beside it: pods find their nodes, and GPUs their shares, by them. */
function checkOwnLabels(
  problems: Problems,
  pool: AcceleratorPool,
  machines: readonly PoolMachine[],
  topology: NodeTopology | undefined,
): void {
  const shared = Object.keys(sharingLabels(pool.sharing));
  refuseLabels(problems, `pool "${pool.name}"`, pool.labels, shared);
  for (const { name, labels = {}, ...place } of machines) {
    const own = [...OWN_LABELS, ...shared, ...Object.keys(placeLabels(place, topology))];
    refuseLabels(problems, `machine "${name}"`, labels, own);
  }
}

/** Labels that say where a machine stands. */
function placeLabels(
  { rack, block }: Pick<PoolMachine, "rack" | "block">,
  topology: NodeTopology | undefined,
): Readonly<Record<string, string>> {
  const keys = placeKeys(topology);
  return {
    ...(rack === undefined || keys.rack === undefined ? {} : { [keys.rack]: rack }),
    ...(block === undefined || keys.block === undefined ? {} : { [keys.block]: block }),
  };
}

/** Label keys of rack and block: the user's, or Topograph's. */
function placeKeys(topology: NodeTopology | undefined): { readonly rack?: string; readonly block?: string } {
  const levels = topology?.levels ?? topologyLabels().onPremTopologyLabels(2).levels;
  return { rack: levels.at(-1), block: levels.at(-2) };
}

/** Keys of the levels that all nodes of the pool have, widest first. */
function levelsOf(
  problems: Problems,
  pool: AcceleratorPool,
  machines: readonly PoolMachine[],
  topology: NodeTopology | undefined,
): readonly string[] {
  const racks = machines.filter(({ rack }) => rack !== undefined).length;
  const blocks = machines.filter(({ block }) => block !== undefined).length;
  if ([racks, blocks].some((told) => told !== 0 && told !== machines.length)) {
    problems.add(KubernetesClusterErrors.LevelUnknown, {
      subject: `nodes of pool "${pool.name}"`,
      given: `${racks} of ${machines.length} tell their rack, ${blocks} their block`,
      allowed: "all or none",
    });
  }
  if (racks === 0) {
    return topology?.levels ?? [];
  }
  const { rack, block } = placeKeys(topology);
  const told = [...(blocks > 0 ? [block] : []), rack];
  const expected = topology?.levels ?? told;
  if (expected.length !== told.length) {
    problems.add(KubernetesClusterErrors.LevelUnknown, {
      subject: `nodes of pool "${pool.name}"`,
      given: blocks > 0 ? "block and rack" : "rack",
      allowed: `the levels of topology (${expected.join(", ")}): one level is the rack, two are block and rack; label nodes by yourself for more`,
    });
  }
  return told.filter((key) => key !== undefined);
}

function poolLabels(pool: AcceleratorPool): Readonly<Record<string, string>> {
  return {
    ...pool.labels,
    ...sharingLabels(pool.sharing),
    [POOL_LABEL]: pool.name,
    [TIER_LABEL]: pool.tier,
    [CAPACITY_LABEL]: capacityOf(pool),
  };
}

function labelledMachines(
  pool: AcceleratorPool,
  machines: readonly PoolMachine[],
  topology: NodeTopology | undefined,
): readonly LabelledMachine[] {
  return machines.map(({ name, labels, ...place }) => ({
    name,
    labels: { ...poolLabels(pool), ...placeLabels(place, topology), ...labels },
  }));
}

/**
 * Accelerated nodes keep other pods away, unless they are all that there is: a single node of an edge site runs
 * everything.
 */
function taintsOf(pool: AcceleratorPool, alone: boolean): readonly Taint[] {
  return alone ? pool.taints : nodeTaints(pool);
}

/** What a pod asks for, and how much of it a node has. */
function resourceOf({ slice, sharing }: AcceleratorPool) {
  switch (slice.kind) {
    case "accelerators":
      return sharedResource(slice, sharing);
    case "tpu":
      return { resource: slice.accelerator.resource, perNode: slice.shape.chipsPerNode };
    case "cpu":
      return undefined;
  }
}

/** Labels that GKE moves with the slices that cubes become part of: no cube has them for good. */
const OF_THE_SLICE = [GKE_TPU_SLICE, GKE_TPU_SLICE_TOPOLOGY, GKE_TPU_TOPOLOGY];

/** Compiles one pool of machines that exist. */
export function existingPool(
  problems: Problems,
  pool: AcceleratorPool,
  poolProps: AcceleratorPoolProps,
  props: KubernetesClusterProps,
  alone: boolean,
): ExistingPool | undefined {
  const edge = props.site.operator === "edge";
  refuseGiven(problems, pool, poolProps, edge);
  checkCapacity(problems, pool);
  const where = props.nodes?.[pool.name];
  if (!problems.required(`nodes.${pool.name}`, where, "the machines of the pool, or a selector of them")) {
    return undefined;
  }
  checkMachines(problems, pool, where!);
  const machine = existingMachine(problems, pool, edge);
  const machines = where!.machines ?? [];
  checkOwnLabels(problems, pool, machines, props.topology);
  if (isDynamicTpu(pool)) {
    refuseLabels(problems, `nodes of pool "${pool.name}"`, where!.nodeSelector ?? {}, OF_THE_SLICE);
  }
  // Slices are placed by the cubes that they name.
  const levels = edge || isDynamicTpu(pool) ? [] : levelsOf(problems, pool, machines, props.topology);
  const spans = spansMachines(pool, machine);
  const domain = spans ? props.topology?.nvlinkDomain : undefined;
  const { slice } = pool;
  const shared = resourceOf(pool);
  const cubes = isDynamicTpu(pool);
  const selector = where!.nodeSelector ?? { [POOL_LABEL]: pool.name };
  return {
    machine,
    machines: labelledMachines(pool, machines, props.topology),
    selector,
    nodes: {
      pool,
      arch: archOf(pool, machine),
      groups: [
        {
          name: pool.name,
          capacity: [capacityOf(pool)],
          nodes: nodesOf(slice),
          nodeLabels: where!.nodeSelector ?? poolLabels(pool),
          taints: taintsOf(pool, alone),
        },
      ],
      resource: shared?.resource,
      resourcePerNode: shared?.perNode ?? 0,
      vcpuPerNode: machine?.facts?.vcpu,
      memoryGibPerNode: machine?.facts?.memoryGib,
      ...(cubes ? { dynamicSlices: true } : {}),
      topologyLevels: domain === undefined ? levels : [...levels, domain],
      nvlinkDomainLabel: spans ? (domain ?? topologyLabels().GPU_CLIQUE) : undefined,
    },
  };
}
