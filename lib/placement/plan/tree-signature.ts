import { hostsPerLeaf, leafCount, leavesPerDomain, type TreeFabric } from "../../fabric/tree";
import type { Crossing } from "../cost/footprint";

/** What the cost of hosts in a tree depends on. */
export interface TreeSignature {
  readonly perScaleUp: number;
  readonly crossings: readonly Crossing[];
  readonly key: string;
}

/** Groups of leaves whose boundary is one tier. */
export interface TreeLevel {
  /** Leaves in one group. */
  readonly leaves: number;
  /** Tier that is crossed where more than one group is used. */
  readonly tier: number;
  readonly groups: number;
  /** Hosts that one group is wired for. */
  readonly hosts: number;
}

/** A tree as levels of groups of leaves, the leaves themselves first, the whole tree last. */
export interface TreeShape {
  readonly fabric: TreeFabric;
  readonly leaves: number;
  readonly hostsPerLeaf: number;
  readonly levels: readonly TreeLevel[];
  /** True if a scale-up domain holds several hosts, and so is a leaf. */
  readonly wideScaleUp: boolean;
}

export function treeShape(fabric: TreeFabric): TreeShape {
  const leaves = leafCount(fabric);
  const wideScaleUp = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost;
  const perDomain = leavesPerDomain(fabric);
  const sizes = wideScaleUp ? [1, ...perDomain.slice(0, -1)] : perDomain.slice(0, -1);
  const levels = sizes.map((size, index) => ({
    leaves: size,
    tier: wideScaleUp ? index : index + 1,
    groups: Math.ceil(leaves / size),
    hosts: size * hostsPerLeaf(fabric),
  }));
  const whole = { leaves, tier: fabric.tiers.length, groups: 1, hosts: leaves * hostsPerLeaf(fabric) };
  return { fabric, leaves, hostsPerLeaf: hostsPerLeaf(fabric), levels: [...levels, whole], wideScaleUp };
}

/** A signature from the number of groups and the smallest share, in hosts, at each level that can be crossed. */
function signatureFrom(
  shape: TreeShape,
  hosts: number,
  smallest: readonly number[],
  groups: readonly number[],
): TreeSignature {
  const { fabric, levels, wideScaleUp } = shape;
  const perHost = fabric.acceleratorsPerHost;
  const accelerators = hosts * perHost;
  const crossings: Crossing[] = [];
  if (!wideScaleUp && accelerators > fabric.scaleUp.accelerators) {
    const domains = accelerators / fabric.scaleUp.accelerators;
    crossings.push({ tier: 0, domains, smallest: fabric.scaleUp.accelerators });
  }
  for (let level = 0; level < levels.length - 1; level++) {
    if (groups[level]! > 1) {
      const { tier } = levels[level]!;
      crossings.push({ tier, domains: groups[level]!, smallest: smallest[level]! * perHost });
    }
  }
  const perScaleUp = wideScaleUp ? smallest[0]! * perHost : fabric.scaleUp.accelerators;
  const key = `${perScaleUp};${crossings.map(({ tier, smallest: least }) => `${tier}:${least}`).join(",")}`;
  return { perScaleUp, crossings, key };
}

export type LeafShare = { readonly leaf: number; readonly hosts: number };

/** The signature of hosts in leaves, which are sorted by leaf. */
export function signatureOf(shape: TreeShape, shares: readonly LeafShare[]): TreeSignature {
  const smallest: number[] = [];
  const groups: number[] = [];
  let hosts = 0;
  for (const share of shares) {
    hosts += share.hosts;
  }
  for (let level = 0; level < shape.levels.length - 1; level++) {
    const size = shape.levels[level]!.leaves;
    let least = Number.POSITIVE_INFINITY;
    let count = 0;
    let current = -1;
    let sum = 0;
    for (const share of shares) {
      const group = Math.floor(share.leaf / size);
      if (group !== current) {
        if (current >= 0 && sum < least) {
          least = sum;
        }
        current = group;
        sum = 0;
        count++;
      }
      sum += share.hosts;
    }
    smallest.push(Math.min(least, sum));
    groups.push(count);
  }
  return signatureFrom(shape, hosts, smallest, groups);
}

/** Signature of hosts that fill an empty tree leaf after leaf. */
export function compactSignature(shape: TreeShape, hosts: number): TreeSignature {
  const shares: LeafShare[] = [];
  for (let leaf = 0, left = hosts; left > 0; leaf++) {
    const take = Math.min(left, shape.hostsPerLeaf);
    shares.push({ leaf, hosts: take });
    left -= take;
  }
  return signatureOf(shape, shares);
}

/**
 * Signatures of which one is at least as good as that of any place in what is free: at each level as few groups as could
 * hold the hosts, the smallest share as large as an equal division makes it. Where scale-up domains hold several hosts
 * every share of a domain is tried, because more of a ring inside is not always faster.
 */
export function optimisticSignatures(
  shape: TreeShape,
  hosts: number,
  unit: number,
  freeByLevel: readonly (readonly number[])[],
): readonly TreeSignature[] {
  const smallest: number[] = [];
  const groups: number[] = [];
  for (let level = 0; level < shape.levels.length - 1; level++) {
    let left = hosts;
    let count = 0;
    for (const free of freeByLevel[level]!) {
      if (left <= 0) {
        break;
      }
      left -= free;
      count++;
    }
    if (left > 0) {
      return [];
    }
    groups.push(count);
    smallest.push(count === 1 ? hosts : Math.floor(hosts / count));
  }
  if (!shape.wideScaleUp || shape.levels.length === 1) {
    return [signatureFrom(shape, hosts, smallest, groups)];
  }
  const signatures: TreeSignature[] = [];
  const largest = groups[0] === 1 ? hosts : Math.floor(smallest[0]! / unit) * unit;
  for (let share = largest; share >= unit; share -= unit) {
    signatures.push(signatureFrom(shape, hosts, [share, ...smallest.slice(1)], groups));
    if (groups[0] === 1) {
      break;
    }
  }
  return signatures;
}
