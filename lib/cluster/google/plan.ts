import { GKE_NODE_POOL, gkeTpuLabels } from "../../catalog/gke-labels";
import type { Problems } from "../../core/problems";
import type { AcceleratorPool, AcceleratorPoolProps } from "../../fabric/pool";
import { sharedResource } from "../../fabric/sharing";
import { nodesOf } from "../../fabric/slice";
import { ClusterErrors } from "../errors";
import { inReservedZone, refuseLabels, refuseOptions } from "../pools";
import { isVersionAtLeast } from "../versions";
import { checkCapacity, comesAndGoes } from "./capacity";
import { GoogleClusterErrors } from "./errors";
import { type NodePoolPlan, nodePoolsOf } from "./groups";
import { type ChosenMachine, chooseMachine } from "./machines";
import { type Placement, placementOf } from "./placement";
import { zonesOf } from "./zones";

/** Where a pool is compiled for. */
export interface PlanContext {
  readonly project: string;
  readonly region: string;
  /** Zones of the cluster; the first is that of gangs. */
  readonly zones: readonly string[];
  /** `major.minor` */
  readonly kubernetesVersion: string;
}

/** All that is decided about one pool before anything is made. Plain data. */
export interface PoolPlan {
  readonly pool: AcceleratorPool;
  readonly machine: ChosenMachine;
  readonly placement: Placement;
  readonly zones: readonly string[];
  readonly maxPods: number;
  readonly nodePools: readonly NodePoolPlan[];
  /** Interfaces of GPUDirect are attached: one job may span the nodes, which are in one zone. */
  readonly gpuDirect: boolean;
  /** The machine has GPUDirect and one job may span the nodes, but the pool names several zones. */
  readonly gpuDirectForgone: boolean;
  /** Replace broken nodes. */
  readonly repair: boolean;
}

/** GKE waits so long for pods of a node that is replaced. Source: https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies (read 2026-11-24) */
const DRAIN_MINUTES = 60;
/** Source: https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler (read 2026-11-24) */
const EMPTY_MINUTES = 10;

/** Surge and unavailable nodes together. Source: https://cloud.google.com/kubernetes-engine/docs/how-to/node-pool-upgrade-strategies (read 2026-11-24) */
const MOST_REPLACED = 20;

/** GKE's own default. Source: https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr (read 2026-11-24) */
const USUAL_MAX_PODS = 110;
/** Whole accelerators serve few pods: half as many addresses per node. */
const ACCELERATED_MAX_PODS = 64;
/** What GKE itself runs on a node with a GPU, about. */
const PODS_OF_GKE = 20;

/** Nodes that are replaced at a time; of a percentage the part that is whole, and one at least. */
export function replacedAtOnce({ slice, disruption: { maxUnavailable } }: AcceleratorPool): number {
  return typeof maxUnavailable === "number"
    ? maxUnavailable
    : Math.max(Math.floor((nodesOf(slice).max * Number(maxUnavailable.slice(0, -1))) / 100), 1);
}

function checkMaxPods(problems: Problems, pool: AcceleratorPool): number {
  const { slice, sharing } = pool;
  const whole = slice.kind !== "cpu" && sharing === undefined;
  const maxPods = pool.maxPodsPerNode ?? (whole ? ACCELERATED_MAX_PODS : USUAL_MAX_PODS);
  if (slice.kind === "accelerators" && sharing !== undefined) {
    const shares = sharedResource(slice, sharing).perNode;
    if (shares + PODS_OF_GKE > maxPods) {
      problems.add(GoogleClusterErrors.PodsExceedNode, {
        subject: `pool "${pool.name}" maxPodsPerNode`,
        given: `${shares} shares per node, and about ${PODS_OF_GKE} pods of GKE, on a node for ${maxPods} pods`,
        allowed: `at least ${shares + PODS_OF_GKE}, at most 256`,
      });
    }
  }
  return maxPods;
}

function checkDisruption(
  problems: Problems,
  pool: AcceleratorPool,
  given: AcceleratorPoolProps["disruption"],
): boolean {
  const refuse = (option: string, value: unknown, allowed: string) =>
    problems.add(ClusterErrors.OptionWithoutEffect, {
      subject: `pool "${pool.name}" disruption.${option}`,
      given: value,
      allowed,
    });
  const { drainMinutes, emptyAfterMinutes, maxUnavailable, repair } = pool.disruption;
  if (drainMinutes !== DRAIN_MINUTES) {
    refuse(
      "drainMinutes",
      drainMinutes,
      `${DRAIN_MINUTES}: GKE waits one hour for pods of a node that is replaced`,
    );
  }
  if (emptyAfterMinutes !== EMPTY_MINUTES) {
    refuse(
      "emptyAfterMinutes",
      emptyAfterMinutes,
      `${EMPTY_MINUTES}; autoscalingProfile of the cluster chooses how eagerly nodes are given back`,
    );
  }
  if (pool.slice.kind === "tpu" && pool.slice.shape.multiHost && maxUnavailable !== 1) {
    refuse("maxUnavailable", maxUnavailable, "1: a slice of several hosts is replaced whole");
  }
  if (replacedAtOnce(pool) > MOST_REPLACED) {
    refuse(
      "maxUnavailable",
      maxUnavailable,
      `at most ${MOST_REPLACED} nodes: GKE replaces no more of a node pool at once`,
    );
  }
  const transient = pool.capacity.every(comesAndGoes);
  if (transient && given?.repair === true) {
    refuse("repair", true, "false: GKE repairs no nodes of flexStart and queued");
  }
  return repair && !transient;
}

function checkVersion(
  problems: Problems,
  pool: AcceleratorPool,
  machine: ChosenMachine,
  version: string,
): void {
  const least = machine.facts?.minGkeVersion;
  const [major, minor] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = (least ?? version).split(".").map(Number);
  if (major! < leastMajor! || (major === leastMajor && minor! < leastMinor!)) {
    problems.add(GoogleClusterErrors.MachineNeedsNewerGke, {
      subject: `pool "${pool.name}" machine type ${machine.name}`,
      given: `kubernetesVersion ${version}`,
      allowed: `${leastMajor}.${leastMinor} or later: GKE knows it since ${least}`,
    });
  }
}

/** Key of the label and, on Arm nodes, of a taint. */
export const ARCH = "kubernetes.io/arch";

/** Taints that GKE puts onto nodes itself. */
export function taintsOfGke({ slice }: AcceleratorPool, machine: ChosenMachine): readonly string[] {
  return [
    ...(slice.kind === "cpu" ? [] : [slice.accelerator.resource]),
    ...(machine.arch === "arm64" ? [ARCH] : []),
  ];
}

/** Labels that GKE puts onto nodes itself, and by which pods choose them. Source: as `gkeTpuLabels` */
const LABELS_OF_GKE: readonly string[] = [
  GKE_NODE_POOL,
  "cloud.google.com/gke-accelerator",
  ...Object.keys(gkeTpuLabels({ gkeAccelerator: "", topology: "" })),
];

function checkTaints(problems: Problems, pool: AcceleratorPool, machine: ChosenMachine): void {
  const own = taintsOfGke(pool, machine);
  for (const { key } of pool.taints.filter((taint) => own.includes(taint.key))) {
    problems.add(GoogleClusterErrors.TaintOfGke, {
      subject: `pool "${pool.name}" taints`,
      given: key,
      allowed: `any key but ${own.join(", ")}`,
    });
  }
}

/** Whether one job may span nodes of the pool, wherever GKE can place them. */
function maySpan({ slice, tier, closeTogether }: AcceleratorPool, placement: Placement): boolean {
  return closeTogether || placement.kind !== "none" || (tier === "training" && nodesOf(slice).max > 1);
}

/**
 * First GKE with nodes that come and go. Source: https://cloud.google.com/kubernetes-engine/docs/concepts/dws: GPUs since
 * 1.32.2-gke.1652000, TPUs since 1.33.0-gke.1712000 (read 2026-11-24)
 */
const FLEX_SINCE = { gpu: "1.32", tpu: "1.33" } as const;

function checkFlexVersion(
  problems: Problems,
  { name, slice, capacity }: AcceleratorPool,
  version: string,
): void {
  const least = slice.kind === "tpu" ? FLEX_SINCE.tpu : FLEX_SINCE.gpu;
  const flexible = capacity.filter(comesAndGoes);
  if (flexible.length > 0 && !isVersionAtLeast(version, least)) {
    problems.add(GoogleClusterErrors.CapacityNeedsNewerGke, {
      subject: `pool "${name}" capacity ${flexible.map(({ kind }) => kind).join(", ")}`,
      given: `kubernetesVersion ${version}`,
      allowed: `${least} or later`,
    });
  }
}

/**
 * Decides everything about a pool. Pure: the same pool gives the same plan.
 *
 * @param given the pool as the user wrote it, to tell defaults from choices
 * @returns undefined if no machine type fits
 */
export function planPool(
  problems: Problems,
  declared: AcceleratorPool,
  given: AcceleratorPoolProps,
  context: PlanContext,
): PoolPlan | undefined {
  const pool = inReservedZone(problems, declared, "google");
  refuseOptions(problems, pool, ["interfaceLayout"], "Google: the machine type fixes its interfaces");
  const machine = chooseMachine(problems, pool);
  if (machine === undefined) {
    return undefined;
  }
  checkCapacity(problems, pool, machine, context.project);
  checkVersion(problems, pool, machine, context.kubernetesVersion);
  checkTaints(problems, pool, machine);
  refuseLabels(problems, `pool "${pool.name}"`, pool.labels, LABELS_OF_GKE);
  checkFlexVersion(problems, pool, context.kubernetesVersion);
  const placement = placementOf(problems, pool, machine, given.closeTogether);
  const wantsGpuDirect = machine.facts?.extraNetworks !== undefined && maySpan(pool, placement);
  const several = (pool.zones?.length ?? 0) > 1;
  const gpuDirect = wantsGpuDirect && !several;
  return {
    pool,
    machine,
    placement,
    zones: zonesOf(problems, pool, placement.kind !== "none" || gpuDirect, context),
    maxPods: checkMaxPods(problems, pool),
    nodePools: nodePoolsOf(problems, pool, machine),
    gpuDirect,
    gpuDirectForgone: wantsGpuDirect && several,
    repair: checkDisruption(problems, pool, given.disruption),
  };
}
