import type { AwsMachineFacts, InterfaceFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import { type AcceleratorPool, DISRUPTION_DEFAULTS, type Taint } from "../../fabric/pool";
import type { IAwsNetwork } from "../../network/network";
import { ClusterErrors } from "../errors";
import { acceleratorTaint, CAPACITY_LABEL, POOL_LABEL, TIER_LABEL } from "../nodes";
import { inReservedZone } from "../pools";
import { sharingLabels } from "../sharing-labels";
import { isVersionAtLeast } from "../versions";
import { checkCapacity, type NodeCounts, nodeCounts } from "./capacity";
import { AwsClusterErrors } from "./errors";
import { efaCount, maxPodsOf, nodeInterfaces } from "./interfaces";
import { chooseMachine } from "./machine";
import { type Place, placeOf } from "./zones";

/** Machine image of a pool, as `ami_type` of managed node groups has it. */
export type ImageType =
  | "AL2023_x86_64_STANDARD"
  | "AL2023_ARM_64_STANDARD"
  | "AL2023_x86_64_NVIDIA"
  | "AL2023_ARM_64_NVIDIA"
  | "AL2023_x86_64_NEURON";

/** All that is decided about a pool before anything is made. Plain data. */
export interface PoolPlan {
  readonly pool: AcceleratorPool;
  readonly machine: AwsMachineFacts;
  readonly missingFacts: readonly string[];
  readonly place: Place;
  readonly nodes: NodeCounts;
  /** Set where EC2's default of one interface is not right. */
  readonly interfaces?: readonly InterfaceFacts[];
  readonly efa: number;
  readonly maxPods?: number;
  readonly image: ImageType;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Nodes are launched close to each other: only where nothing reserved decides where they are. */
  readonly placementGroup: boolean;
}

export interface PlanContext {
  readonly network: IAwsNetwork;
  readonly prefixDelegation: boolean;
  /** `major.minor`, checked. */
  readonly kubernetesVersion: string;
}

/** Nodes of one NVLink domain are put together by DRA, which EKS supports for them from here on. */
const NVLINK_SINCE = "1.33";

/** Source: https://docs.aws.amazon.com/eks/latest/userguide/device-management.html (read 2026-11-24) */
function checkVersion(
  problems: Problems,
  pool: AcceleratorPool,
  machine: AwsMachineFacts,
  { kubernetesVersion }: PlanContext,
): void {
  if (machine.multiNodeNvlink && !isVersionAtLeast(kubernetesVersion, NVLINK_SINCE)) {
    problems.add(AwsClusterErrors.VersionTooOld, {
      subject: `pool "${pool.name}" ${machine.name}`,
      given: kubernetesVersion,
      allowed: `${NVLINK_SINCE} or newer: NVLink across nodes needs DRA`,
    });
  }
}

function imageOf(problems: Problems, pool: AcceleratorPool, machine: AwsMachineFacts): ImageType {
  const arm = machine.arch === "arm64";
  if (pool.slice.kind !== "accelerators") {
    return arm ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
  }
  const { vendor, kind, name } = pool.slice.accelerator;
  if (vendor === "nvidia") {
    return arm ? "AL2023_ARM_64_NVIDIA" : "AL2023_x86_64_NVIDIA";
  }
  if (kind !== "neuron" || arm) {
    problems.add(AwsClusterErrors.AcceleratorWithoutImage, {
      subject: `pool "${pool.name}" slice`,
      given: `${name} (${machine.name}, ${machine.arch})`,
      allowed: "NVIDIA GPUs, Trainium, Inferentia",
    });
  }
  return "AL2023_x86_64_NEURON";
}

/** Domains that the kubelet may not put on its own node, and those of controllers. */
const RESERVED_DOMAINS =
  /(^|\.)(kubernetes\.io|k8s\.io|karpenter\.sh|karpenter\.k8s\.aws|eks\.amazonaws\.com)$/;
const FREE_DOMAINS = /(^|\.)(node|kubelet)\.kubernetes\.io$/;

/** Source: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction (read 2026-11-24) */
function isReserved(key: string): boolean {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  return RESERVED_DOMAINS.test(domain) && !FREE_DOMAINS.test(domain);
}

function labelsOf(problems: Problems, pool: AcceleratorPool): Readonly<Record<string, string>> {
  const [first, ...others] = pool.capacity;
  const shared = sharingLabels(pool.sharing);
  const own = {
    [POOL_LABEL]: pool.name,
    [TIER_LABEL]: pool.tier,
    ...(others.length === 0 ? { [CAPACITY_LABEL]: first!.kind } : {}),
    ...shared,
  };
  for (const key of Object.keys(pool.labels).filter((key) => isReserved(key) || Object.hasOwn(shared, key))) {
    problems.add(ClusterErrors.ReservedLabel, {
      subject: `pool "${pool.name}" label "${key}"`,
      given: pool.labels[key],
      allowed: "a key without a domain, or with a domain of your own",
    });
  }
  const all = Object.entries({ ...pool.labels, ...own });
  return Object.fromEntries(all.sort(([x], [y]) => (x < y ? -1 : 1)));
}

/** Those of the pool, after the one that keeps pods without need of accelerators away. */
function taintsOf({ slice, taints }: AcceleratorPool): readonly Taint[] {
  const own = slice.kind === "accelerators" ? [acceleratorTaint(slice.accelerator.resource)] : [];
  const given = (taint: Taint) =>
    taints.some(({ key, effect }) => key === taint.key && effect === taint.effect);
  return [...own.filter((taint) => !given(taint)), ...taints];
}

/** Nothing gives back nodes of a pool that has always as many. */
function checkEmptyNodes(problems: Problems, pool: AcceleratorPool, { elastic }: NodeCounts): void {
  const { emptyAfterMinutes } = pool.disruption;
  if (elastic === 0 && emptyAfterMinutes !== DISRUPTION_DEFAULTS.emptyAfterMinutes) {
    problems.add(ClusterErrors.OptionWithoutEffect, {
      subject: `pool "${pool.name}" disruption.emptyAfterMinutes`,
      given: emptyAfterMinutes,
      allowed: "nothing for a pool of fixed size",
    });
  }
}

/**
 * What a pool becomes; undefined if it has no machine. Everything that is wrong with it is added to `problems`.
 */
export function planPool(
  problems: Problems,
  declared: AcceleratorPool,
  context: PlanContext,
): PoolPlan | undefined {
  const pool = inReservedZone(problems, declared, "aws");
  const place = placeOf(problems, pool, context.network);
  const labels = labelsOf(problems, pool);
  const chosen = chooseMachine(problems, pool);
  if (chosen === undefined) {
    return undefined;
  }
  const machine = chosen.facts;
  checkCapacity(problems, pool, machine);
  const nodes = nodeCounts(pool);
  checkEmptyNodes(problems, pool, nodes);
  checkVersion(problems, pool, machine, context);
  const interfaces = nodeInterfaces(problems, pool, machine);
  const bought = pool.capacity.every(({ kind }) => kind === "onDemand" || kind === "spot");
  return {
    pool,
    machine,
    missingFacts: chosen.missing,
    place,
    nodes,
    interfaces,
    efa: efaCount(interfaces),
    maxPods: maxPodsOf(problems, pool, machine, interfaces, context.prefixDelegation),
    image: imageOf(problems, pool, machine),
    labels,
    taints: taintsOf(pool),
    placementGroup: bought && pool.closeTogether && efaCount(interfaces) > 0,
  };
}
