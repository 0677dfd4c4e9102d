import type { SeededRandom } from "../../lib/placement/plan/random";
import type { LeafShare, TreeShape } from "../../lib/placement/plan/tree-signature";

/** Free hosts by leaf, and what is asked for. */
export interface TreeRequest {
  readonly shape: TreeShape;
  /** Usable hosts of each leaf, whole units. */
  readonly free: readonly number[];
  readonly hosts: number;
  readonly unit: number;
  readonly random: SeededRandom;
}

/** A published rule that picks hosts in a tree; undefined if it finds none. */
export type TreePolicy = (request: TreeRequest) => readonly LeafShare[] | undefined;

interface Domain {
  readonly first: number;
  readonly end: number;
  readonly free: number;
}

function domainsAt({ shape, free }: TreeRequest, level: number): readonly Domain[] {
  const { leaves, groups } = shape.levels[level]!;
  return Array.from({ length: groups }, (_, group) => {
    const [first, end] = [group * leaves, Math.min(free.length, (group + 1) * leaves)];
    return { first, end, free: free.slice(first, end).reduce((sum, hosts) => sum + hosts, 0) };
  });
}

/** The lowest level at which one domain holds all, and the domains that do. */
function lowest(
  request: TreeRequest,
): { readonly level: number; readonly fitting: readonly Domain[] } | undefined {
  for (let level = 0; level < request.shape.levels.length; level++) {
    const fitting = domainsAt(request, level).filter(({ free }) => free >= request.hosts);
    if (fitting.length > 0) {
      return { level, fitting };
    }
  }
  return undefined;
}

function tightest(domains: readonly Domain[]): Domain {
  return domains.reduce((best, domain) => (domain.free < best.free ? domain : best));
}

function leavesOf({ free }: TreeRequest, { first, end }: Domain): readonly LeafShare[] {
  return Array.from({ length: end - first }, (_, index) => ({
    leaf: first + index,
    hosts: free[first + index]!,
  })).filter(({ hosts }) => hosts > 0);
}

/** Takes leaves in the order given until all hosts are found. */
function inOrder(leaves: readonly LeafShare[], hosts: number): readonly LeafShare[] {
  const shares: LeafShare[] = [];
  let left = hosts;
  for (const { leaf, hosts: free } of leaves) {
    if (left > 0) {
      shares.push({ leaf, hosts: Math.min(free, left) });
      left -= free;
    }
  }
  return shares;
}

/** The largest first; as soon as one holds the rest, the tightest that does. */
function fewest(leaves: readonly LeafShare[], hosts: number): readonly LeafShare[] {
  const open = [...leaves].sort((a, b) => b.hosts - a.hosts || a.leaf - b.leaf);
  const shares: LeafShare[] = [];
  let left = hosts;
  while (left > 0) {
    const holding = open.filter((share) => share.hosts >= left);
    const next = holding.at(-1) ?? open[0]!;
    open.splice(open.indexOf(next), 1);
    shares.push({ leaf: next.leaf, hosts: Math.min(next.hosts, left) });
    left -= next.hosts;
  }
  return shares;
}

/** Kueue, topology-aware, best fit: the lowest level that fits, its tightest domain, then as few domains as can be. */
export const kueueBestFit: TreePolicy = (request) => {
  const found = lowest(request);
  return found && fewest(leavesOf(request, tightest(found.fitting)), request.hosts);
};

/** Kueue, balanced: as few leaves as can hold all, the least share as large as it can be. */
export const kueueBalanced: TreePolicy = (request) => {
  const found = lowest(request);
  if (found === undefined) {
    return undefined;
  }
  const { hosts, unit } = request;
  const leaves = [...leavesOf(request, tightest(found.fitting))].sort(
    (a, b) => b.hosts - a.hosts || a.leaf - b.leaf,
  );
  const count = fewest(leaves, hosts).length;
  const chosen = leaves.slice(0, count).reverse();
  let left = hosts;
  return chosen.map(({ leaf, hosts: free }, index) => {
    const equal = Math.ceil(left / (count - index) / unit) * unit;
    const share = Math.min(free, equal, left);
    left -= share;
    return { leaf, hosts: share };
  });
};

/** Slurm topology/tree: the lowest switch with enough hosts; its leaf switches by tightest fit, else the largest. */
export const slurmTree: TreePolicy = (request) => {
  const found = lowest(request);
  if (found === undefined) {
    return undefined;
  }
  const [first] = found.fitting;
  return fewest(leavesOf(request, first!), request.hosts);
};

/** Slurm topology/block: the smallest aligned power of two of blocks that holds all, lowest sufficient count of hosts. */
export const slurmBlock: TreePolicy = (request) => {
  const { free, hosts } = request;
  for (let size = 1; size < 2 * free.length; size *= 2) {
    const groups: Domain[] = [];
    for (let first = 0; first < free.length; first += size) {
      const end = Math.min(free.length, first + size);
      groups.push({ first, end, free: free.slice(first, end).reduce((sum, count) => sum + count, 0) });
    }
    const fitting = groups.filter((group) => group.free >= hosts);
    if (fitting.length > 0) {
      return fewest(leavesOf(request, tightest(fitting)), hosts);
    }
  }
  return undefined;
};

/** Volcano: the lowest tier, the fullest HyperNode that fits, inside it the fullest leaves first. */
export const volcano: TreePolicy = (request) => {
  const found = lowest(request);
  if (found === undefined) {
    return undefined;
  }
  const leaves = [...leavesOf(request, tightest(found.fitting))].sort(
    (a, b) => a.hosts - b.hosts || a.leaf - b.leaf,
  );
  return inOrder(leaves, request.hosts);
};

/** Hosts in the order of their numbers: what a chooser of regions gets from a cloud without placement. */
export const firstFit: TreePolicy = (request) => {
  const leaves = leavesOf(request, { first: 0, end: request.free.length, free: 0 });
  const sum = leaves.reduce((total, { hosts }) => total + hosts, 0);
  return sum >= request.hosts ? inOrder(leaves, request.hosts) : undefined;
};

/** Leaves at random. */
export const anyLeaves: TreePolicy = (request) => {
  const leaves = leavesOf(request, { first: 0, end: request.free.length, free: 0 });
  const keyed = leaves.map((share) => ({ share, key: request.random.below(1e9) }));
  keyed.sort((a, b) => a.key - b.key || a.share.leaf - b.share.leaf);
  const sum = leaves.reduce((total, { hosts }) => total + hosts, 0);
  return sum >= request.hosts
    ? inOrder(
        keyed.map(({ share }) => share),
        request.hosts,
      )
    : undefined;
};
