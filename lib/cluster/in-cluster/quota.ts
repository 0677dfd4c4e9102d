import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { acceleratorsPerNode, nodesOf } from "../../fabric/slice";
import { ClusterErrors } from "../errors";
import type { PoolNodes } from "../nodes";
import { InClusterErrors } from "./errors";
import { objectsIn } from "./present";
import type { PoolQuota, TeamProps } from "./queue-props";

/** One resource of a flavor, as Kueue has it. */
export interface ResourceQuota {
  readonly name: string;
  readonly nominalQuota: string;
  readonly borrowingLimit?: string;
  readonly lendingLimit?: string;
}

/** More than any pool has: Kueue knows no "unlimited", and wants every resource that a pod asks for. */
const UNLIMITED = { cpu: "1M", memory: "1Ei", other: "1M" } as const;

const COUNT = { min: 0, max: 10_000_000 };

/** The unit of a pool: accelerators, or nodes where there are none. */
function unitsPerNode({ pool }: PoolNodes, quota: PoolQuota): number {
  return quota.accelerators === undefined ? 1 : acceleratorsPerNode(pool.slice);
}

/** Accelerators of a node; nodes themselves where it has none. */
function unitsOfNode({ pool }: PoolNodes): number {
  return Math.max(1, acceleratorsPerNode(pool.slice));
}

/** What a quota promises in whole accelerators, or nodes: parts of nodes would not add up to exactly what there is. */
function unitsPromised(nodes: PoolNodes, { accelerators, nodes: whole }: PoolQuota): number {
  return accelerators ?? whole! * unitsOfNode(nodes);
}

/** What a quota promises, in nodes; a part of one counts as that part. */
function nodesPromised(nodes: PoolNodes, quota: PoolQuota): number {
  return (quota.accelerators ?? quota.nodes ?? 0) / unitsPerNode(nodes, quota);
}

function checkQuota(problems: Problems, subject: string, quota: PoolQuota, nodes: PoolNodes): boolean {
  const { accelerators, nodes: whole, borrowingLimit, lendingLimit } = quota;
  const cpuOnly = acceleratorsPerNode(nodes.pool.slice) === 0;
  if ((accelerators === undefined) === (whole === undefined) || (cpuOnly && accelerators !== undefined)) {
    problems.add(InClusterErrors.QuotaUnitInvalid, {
      subject,
      given: { accelerators, nodes: whole },
      allowed: cpuOnly ? "nodes: the pool has no accelerators" : "one of accelerators and nodes",
    });
    return false;
  }
  const unit = accelerators === undefined ? "nodes" : "accelerators";
  const promised = (accelerators ?? whole)!;
  const fits = problems.literalInteger(`${subject} ${unit}`, promised, COUNT);
  for (const [key, limit] of Object.entries({ borrowingLimit, lendingLimit })) {
    if (limit !== undefined) {
      problems.literalInteger(`${subject} ${key}`, limit, COUNT);
    }
  }
  if (fits && lendingLimit !== undefined && lendingLimit > promised) {
    problems.add(InClusterErrors.QuotaNotWhole, {
      subject: `${subject} lendingLimit`,
      given: lendingLimit,
      allowed: `0 to ${promised}, the team's own quota`,
    });
  }
  return fits;
}

/** Reports what teams are promised and the pools do not have. */
export function checkQuotas(
  problems: Problems,
  pools: ReadonlyMap<string, PoolNodes>,
  teams: readonly Pick<TeamProps, "name" | "quotas">[],
  place = "",
): void {
  const promised = new Map<string, number>();
  for (const team of teams) {
    const subject = `team "${team.name}"${place}`;
    if (team.quotas === undefined || team.quotas?.length === 0) {
      problems.required(`${subject} quotas`, undefined, "a quota of one pool or more");
    }
    const quotas = objectsIn(problems, `${subject} quotas`, team.quotas, "a pool and how much of it");
    problems.unique(
      `${subject} quotas`,
      quotas.map(({ pool }) => pool),
    );
    for (const quota of quotas) {
      const nodes = pools.get(quota.pool);
      if (nodes === undefined) {
        problems.add(ClusterErrors.UnknownPool, {
          subject: `${subject} quotas`,
          given: quota.pool,
          allowed: [...pools.keys()].sort().join(", "),
        });
      } else if (checkQuota(problems, `${subject} quota of "${quota.pool}"`, quota, nodes)) {
        promised.set(quota.pool, (promised.get(quota.pool) ?? 0) + unitsPromised(nodes, quota));
      }
    }
  }
  for (const [name, sum] of promised) {
    const nodes = pools.get(name)!;
    const perNode = unitsOfNode(nodes);
    const most = nodesOf(nodes.pool.slice).max;
    if (sum > most * perNode) {
      const unit = perNode === 1 ? "nodes" : "accelerators";
      problems.add(ClusterErrors.QuotaOverCapacity, {
        subject: `quotas of pool "${name}"${place}`,
        given: `${sum} ${unit} together`,
        allowed: `${most * perNode} ${unit}: ${most} nodes${perNode === 1 ? "" : ` with ${perNode} each`}`,
      });
    }
  }
}

/** Resources that all flavors of a team's queue list, in this order. */
export function coveredResources(pools: readonly PoolNodes[]): readonly string[] {
  const accelerators = pools.flatMap(({ resource }) => resource ?? []);
  const networks = pools.flatMap(({ network, attachments = [] }) => [
    ...(network ? [network.resource] : []),
    ...attachments.map(({ resource }) => resource),
  ]);
  const sorted = (names: readonly string[]) => [...new Set(names)].sort();
  return ["cpu", "memory", ...sorted(accelerators), ...sorted(networks)];
}

/** Millicores and mebibytes: a part of a node has whole ones. */
function amount(perNode: number, nodes: number, scale: number, suffix: string): string {
  return `${Math.floor(perNode * scale * nodes + 1e-6)}${suffix}`;
}

function limited(
  name: string,
  quota: PoolQuota,
  nodes: PoolNodes,
  show: (units: number) => string,
): ResourceQuota {
  const inNodes = (value: number) => value / unitsPerNode(nodes, quota);
  const { borrowingLimit, lendingLimit } = quota;
  return {
    name,
    nominalQuota: show(nodesPromised(nodes, quota)),
    ...(borrowingLimit === undefined ? {} : { borrowingLimit: show(inNodes(borrowingLimit)) }),
    ...(lendingLimit === undefined ? {} : { lendingLimit: show(inNodes(lendingLimit)) }),
  };
}

/**
 * Quotas of one flavor, of all covered resources. CPU and memory are the node's share of the accelerators that are
 * promised; unlimited where the node's size is unknown. Network interfaces come along with nodes and are never what is
 * short. What the pool does not have is 0.
 */
export function flavorQuotas(
  quota: PoolQuota,
  nodes: PoolNodes,
  covered: readonly string[],
): readonly ResourceQuota[] {
  const { vcpuPerNode, memoryGibPerNode, resource, resourcePerNode, network, attachments = [] } = nodes;
  const interfaces = [network?.resource, ...attachments.map((each) => each.resource)];
  return covered.map((name) => {
    if (name === "cpu") {
      return vcpuPerNode === undefined
        ? { name, nominalQuota: UNLIMITED.cpu }
        : limited(name, quota, nodes, (count) => amount(vcpuPerNode, count, 1000, "m"));
    }
    if (name === "memory") {
      return memoryGibPerNode === undefined
        ? { name, nominalQuota: UNLIMITED.memory }
        : limited(name, quota, nodes, (count) => amount(memoryGibPerNode, count, 1024, "Mi"));
    }
    if (name === resource) {
      return limited(name, quota, nodes, (count) => amount(resourcePerNode, count, 1, ""));
    }
    return { name, nominalQuota: interfaces.includes(name) ? UNLIMITED.other : "0" };
  });
}

/** Quotas of jobs that run elsewhere. */
export function remoteQuotas(
  resources: Readonly<Record<string, number>>,
  covered: readonly string[],
): readonly ResourceQuota[] {
  return covered.map((name) => {
    if (name === "cpu" || name === "memory") {
      return { name, nominalQuota: UNLIMITED[name] };
    }
    return { name, nominalQuota: String(resources[name] ?? 0) };
  });
}

/** Resources of jobs that run elsewhere must be such that only accelerators are counted. */
export function checkRemoteResources(
  problems: Problems,
  subject: string,
  resources: Readonly<Record<string, number>>,
): void {
  problems.required(subject, Object.keys(resources)[0], "one resource or more");
  for (const [name, count] of Object.entries(resources)) {
    problems.literalInteger(`${subject} "${name}"`, count, COUNT);
    if (name === "cpu" || name === "memory") {
      problems.add(CoreErrors.NoEffect, {
        subject: `${subject} "${name}"`,
        given: count,
        allowed: "accelerators: CPU and memory are limited by the workers",
      });
    } else {
      problems.name(`${subject} "${name}"`, name, {
        pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?\/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
        maxLength: 317,
        form: "an extended resource such as nvidia.com/gpu",
      });
    }
  }
}
