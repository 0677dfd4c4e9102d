import type { CapacityPool, PurchaseModel } from "../../fabric/capacity-pool";
import type { Link } from "../../fabric/link";
import type { SiteModel } from "../../fabric/site-model";
import type { AcceptedWorkload, PlacedPart, PlacedServing, Placement, RankMapping } from "../placement";
import {
  type DomainHosts,
  hostsOf,
  namedDomains,
  nodePoolOf,
  type PartSlice,
  sharedLevel,
  sliceOf,
  topologyOf,
} from "./part-place";

/**
 * Whether a place holds. `planned`: labels of the cluster's nodes bind it, or a tree that is one's own. `intent`: what
 * was asked for; the provider decides.
 */
export type PlacementStatus = "planned" | "intent";

/** One piece of a workload, as the cluster of its site sees it. */
export interface SitePart {
  readonly workload: string;
  readonly kind: "gang" | "inference";
  /** Name of the capacity pool of the site's model. */
  readonly capacityPool: string;
  /** Name of the cluster's pool of nodes. */
  readonly nodePool: string;
  readonly purchase: PurchaseModel;
  readonly accelerators: number;
  readonly hosts: number;
  readonly status: PlacementStatus;
  /** All hosts near each other. */
  readonly together: boolean;
  /** Slice of a torus, for example `4x4x8`. */
  readonly topology?: string;
  /** The Slice of GKE that the hosts become, where cubes are joined when they are needed. */
  readonly slice?: PartSlice;
  /** The step time was computed with twisted links. */
  readonly twisted?: boolean;
  /** Key of the label of which one value holds all hosts. */
  readonly level?: string;
  /** Where the hosts stand, as labels of nodes tell. */
  readonly domains?: { readonly label: string; readonly values: readonly DomainHosts[] };
  readonly ranks?: RankMapping;
  readonly serving?: PlacedServing;
}

/** What a workload sends over a link of the site. */
export interface SiteFlow {
  readonly workload: string;
  readonly link: string;
  readonly gbps: number;
  /** Indices of the wavelengths that are set aside; empty on leased links. */
  readonly wavelengths: readonly number[];
}

/** The part of a plan that concerns one site: plain data, the same for the same plan, whatever other sites hold. */
export interface SitePlan {
  readonly version: 1;
  readonly site: string;
  /** Sorted by workload, then by pool. */
  readonly parts: readonly SitePart[];
  /** Sorted by workload, then by link. */
  readonly flows: readonly SiteFlow[];
}

function statusOf(pool: CapacityPool, part: PlacedPart): PlacementStatus {
  const own = part.domains.kind === "leaves";
  return own || namedDomains(pool, part) !== undefined ? "planned" : "intent";
}

function isTogether(pool: CapacityPool, part: PlacedPart): boolean {
  return part.domains.kind === "intent"
    ? part.domains.together
    : part.serving === undefined && hostsOf(pool, part) > 1;
}

function isTwisted({ domains }: PlacedPart): boolean {
  return (domains.kind === "cubes" || domains.kind === "intent") && domains.shape?.twisted === true;
}

function sitePart(workload: string, pool: CapacityPool, part: PlacedPart): SitePart {
  const optional = {
    topology: topologyOf(part),
    slice: sliceOf(workload, pool, part),
    twisted: isTwisted(part) ? true : undefined,
    level: sharedLevel(pool, part),
    domains: namedDomains(pool, part),
    ranks: part.ranks,
    serving: part.serving,
  };
  return {
    workload,
    kind: part.serving === undefined ? "gang" : "inference",
    capacityPool: pool.name,
    nodePool: nodePoolOf(pool, part),
    purchase: part.purchase,
    accelerators: part.accelerators,
    hosts: hostsOf(pool, part),
    status: statusOf(pool, part),
    together: isTogether(pool, part),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function flowsOf(
  placement: Placement,
  accepted: AcceptedWorkload,
  ours: ReadonlySet<string>,
): readonly SiteFlow[] {
  return accepted.flows
    .filter(({ link }) => ours.has(link))
    .map(({ link, gbps }) => {
      const use = placement.links.find((each) => each.link === link);
      const waves = use?.assignments.find(({ workload }) => workload === accepted.workload);
      return { workload: accepted.workload, link, gbps, wavelengths: waves?.wavelengths ?? [] };
    })
    .sort((a, b) => (a.link < b.link ? -1 : 1));
}

/** The part of a plan that concerns one site. */
export function sitePlan(model: SiteModel, links: readonly Link[], placement: Placement): SitePlan {
  const accepted = placement.workloads.filter(
    (workload): workload is AcceptedWorkload => workload.status === "accepted",
  );
  const pools = new Map(model.pools.map((pool) => [pool.name, pool]));
  const ours = new Set(links.filter(({ sites }) => sites.includes(model.name)).map(({ name }) => name));
  const key = (part: SitePart) => `${part.nodePool} ${part.serving?.phase ?? ""}`;
  return {
    version: 1,
    site: model.name,
    parts: accepted.flatMap(({ workload, parts }) =>
      parts
        .filter(({ site }) => site === model.name)
        .map((part) => sitePart(workload, pools.get(part.pool)!, part))
        .sort((a, b) => (key(a) < key(b) ? -1 : 1)),
    ),
    flows: accepted.flatMap((each) => flowsOf(placement, each, ours)),
  };
}
