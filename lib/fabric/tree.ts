import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import { FabricErrors } from "./fabric-errors";
import { frozen } from "./frozen";
import { checkCount, checkPositive, checkQuantity } from "./quantities";
import { requireParts } from "./required-parts";

/** Accelerators that reach each other's memory without a network card: an HGX board, an NVL72 rack. */
export interface ScaleUpDomain {
  /** Accelerators in one domain, for example 8 or 72. */
  readonly accelerators: number;
  /** Bandwidth of one accelerator into the domain, one direction, in GB/s (10^9 bytes). */
  readonly oneWayGBps: number;
  /** Latency of one transfer inside the domain, in microseconds. */
  readonly latencyUs: number;
}

/** What the links of a tier are made of. */
export type LinkMedium = "copper" | "optics";

/**
 * One layer of switches, together with the links that come up into it from below.
 *
 * The tier joins `joins` domains of the level below to one domain of this tier.
 */
export interface Tier {
  /** Unique in the fabric, for example `leaf`, `spine`, `aggregation`. */
  readonly name: string;
  /** Domains of the level below in one domain of this tier; the level below the first tier is the scale-up domain. */
  readonly joins: number;
  /**
   * All network bandwidth of the accelerators in one joined domain, divided by the bandwidth of the links that this
   * domain has up into the tier. 1 is non-blocking, 7 means that one seventh can leave the domain at a time.
   */
  readonly oversubscription: number;
  /** Latency of a message whose highest tier is this one, in microseconds, one way. */
  readonly latencyUs: number;
  readonly medium: LinkMedium;
  /**
   * Energy of moving one bit over an optical link of this tier, both ends together, in picojoules. Copper has no modules
   * that draw power. @default - unknown, not counted
   */
  readonly pjPerBit?: number;
}

/**
 * How network cards meet the lowest switches.
 *
 * `any-to-any`: all cards of a domain at the same switch. `rail-optimised`: card k of every host at rail switch k, rails
 * meet above. `rail-only`: rails never meet; traffic that changes rail is forwarded through a scale-up domain.
 */
export type Wiring = "any-to-any" | "rail-optimised" | "rail-only";

/** A tree of switches over scale-up domains. A plain, frozen value. */
export interface TreeFabric {
  readonly kind: "tree";
  readonly name: string;
  /** Accelerators in one host, the smallest piece that can be given away. */
  readonly acceleratorsPerHost: number;
  readonly scaleUp: ScaleUpDomain;
  /** Network bandwidth of one accelerator, one direction, in Gbit/s. */
  readonly nicGbps: number;
  readonly wiring: Wiring;
  /** From the nearest to the outermost. */
  readonly tiers: readonly Tier[];
}

export interface TreeProps {
  readonly acceleratorsPerHost: number;
  readonly scaleUp: ScaleUpDomain;
  readonly nicGbps: number;
  /** @default "any-to-any" */
  readonly wiring?: Wiring;
  readonly tiers: readonly Tier[];
}

function checkTier(problems: Problems, subject: string, tier: Tier): void {
  problems.name(`${subject}.name`, tier.name);
  checkCount(problems, `${subject}.joins`, tier.joins);
  checkQuantity(problems, `${subject}.oversubscription`, tier.oversubscription, { min: 1 });
  checkQuantity(problems, `${subject}.latencyUs`, tier.latencyUs);
  problems.oneOf(`${subject}.medium`, tier.medium, ["copper", "optics"]);
  if (tier.pjPerBit !== undefined) {
    checkQuantity(problems, `${subject}.pjPerBit`, tier.pjPerBit);
    if (tier.medium === "copper") {
      const allowed = "left out: only optics draw power of their own";
      problems.add(CoreErrors.NoEffect, { subject: `${subject}.pjPerBit`, given: tier.pjPerBit, allowed });
    }
  }
}

function checkTiers(problems: Problems, tiers: readonly Tier[]): void {
  if (tiers.length === 0) {
    problems.required("tiers", undefined, "at least one tier");
  }
  problems.unique(
    "tiers",
    tiers.map((tier) => tier.name),
  );
  tiers.forEach((tier, index) => {
    checkTier(problems, `tiers[${index}]`, tier);
    const below = tiers[index - 1];
    if (below !== undefined && tier.oversubscription < below.oversubscription) {
      problems.add(FabricErrors.OversubscriptionNotMonotone, {
        subject: `tiers[${index}].oversubscription`,
        given: tier.oversubscription,
        allowed: `at least ${below.oversubscription}, the ratio of tier "${below.name}" below it`,
      });
    }
  });
}

/**
 * A tree of switches.
 *
 * @throws InvalidName, NotAQuantity, NumberOutOfRange, NotOneOf, MissingValue, DuplicateValue, NoEffect,
 *   TokenNotAllowed, FabricShapeImpossible, OversubscriptionNotMonotone
 */
export function treeFabric(name: string, props: TreeProps): TreeFabric {
  const problems = new Problems(`Fabric.tree("${name}")`);
  requireParts(problems, props, { scaleUp: "object", tiers: "list" });
  const { acceleratorsPerHost, scaleUp, nicGbps, wiring = "any-to-any", tiers } = props;
  problems.name("name", name);
  const host = checkCount(problems, "acceleratorsPerHost", acceleratorsPerHost);
  const domain = checkCount(problems, "scaleUp.accelerators", scaleUp.accelerators);
  checkPositive(problems, "scaleUp.oneWayGBps", scaleUp.oneWayGBps);
  checkQuantity(problems, "scaleUp.latencyUs", scaleUp.latencyUs);
  checkPositive(problems, "nicGbps", nicGbps);
  problems.oneOf("wiring", wiring, ["any-to-any", "rail-optimised", "rail-only"]);
  checkTiers(problems, tiers);
  const larger = Math.max(scaleUp.accelerators, acceleratorsPerHost);
  const smaller = Math.min(scaleUp.accelerators, acceleratorsPerHost);
  if (host && domain && larger % smaller !== 0) {
    problems.add(FabricErrors.FabricShapeImpossible, {
      subject: "scaleUp.accelerators",
      given: scaleUp.accelerators,
      allowed: `a multiple or a divisor of the ${acceleratorsPerHost} accelerators of a host`,
    });
  }
  problems.throwIfAny();
  return frozen({ kind: "tree", name, acceleratorsPerHost, scaleUp, nicGbps, wiring, tiers });
}

/** Accelerators in one domain of each tier, from the nearest to the outermost; the last one is the whole fabric. */
export function tierSizes(fabric: TreeFabric): readonly number[] {
  let size = fabric.scaleUp.accelerators;
  return fabric.tiers.map((tier) => {
    size *= tier.joins;
    return size;
  });
}

/** All accelerators that the tree is wired for. */
export function treeAccelerators(fabric: TreeFabric): number {
  return tierSizes(fabric).at(-1)!;
}

/**
 * Hosts in one leaf domain. A leaf is the smallest domain of more than one host: the scale-up domain where it spans
 * hosts (NVL72), else a domain of the first tier. Free capacity and placements count hosts by leaf.
 */
export function hostsPerLeaf(fabric: TreeFabric): number {
  const leaf =
    fabric.scaleUp.accelerators > fabric.acceleratorsPerHost
      ? fabric.scaleUp.accelerators
      : tierSizes(fabric)[0]!;
  return Math.floor(leaf / fabric.acceleratorsPerHost);
}

/** Leaf domains of the fabric; leaf i lies in the domain floor(i / leavesPerDomain) of a tier. */
export function leafCount(fabric: TreeFabric): number {
  return Math.floor(treeAccelerators(fabric) / (hostsPerLeaf(fabric) * fabric.acceleratorsPerHost));
}

/** Leaf domains in one domain of each tier, at least 1. */
export function leavesPerDomain(fabric: TreeFabric): readonly number[] {
  const leaf = hostsPerLeaf(fabric) * fabric.acceleratorsPerHost;
  return tierSizes(fabric).map((size) => Math.max(1, Math.floor(size / leaf)));
}
