import { stableJson } from "../../core/json";
import { fingerprint, resourceName } from "../../core/naming";
import type { QueuedCapacity } from "../../fabric/capacity";
import type { PoolNodes } from "../nodes";
import { isQueued, kueueLevels, poolSelector, poolTolerations } from "./placement";

export const KUEUE_API = "kueue.x-k8s.io/v1beta2";

/** What Kueue is told about one pool. */
export interface Flavor {
  readonly pool: string;
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly topology?: Topology;
  /** Days that a queued pool keeps its nodes; unset for other pools. */
  readonly queuedDays?: number;
}

export interface Topology {
  readonly name: string;
  readonly levels: readonly string[];
}

const NAME = { maxLength: 63 };

/** Levels cannot be changed, so the name tells them. */
export function topologyOf(levels: readonly string[]): Topology | undefined {
  return levels.length === 0
    ? undefined
    : { name: resourceName(["topology", fingerprint(levels.join("/"))], NAME), levels };
}

/**
 * The flavor of a pool. With a topology nothing of it can be changed, so its name tells what is in it: another one is
 * made before the old one goes.
 */
export function flavorOf(nodes: PoolNodes): Flavor {
  const { pool } = nodes;
  const topology = topologyOf(kueueLevels(nodes));
  const tolerations = poolTolerations(nodes);
  const spec = {
    nodeLabels: poolSelector(nodes),
    ...(tolerations.length > 0 ? { tolerations } : {}),
    ...(topology ? { topologyName: topology.name } : {}),
  };
  const queued = pool.capacity.find((each): each is QueuedCapacity => each.kind === "queued");
  return {
    pool: pool.name,
    name: topology ? resourceName([pool.name, fingerprint(stableJson(spec))], NAME) : pool.name,
    spec,
    topology,
    queuedDays: isQueued(nodes) ? (queued?.maxRunDays ?? 7) : undefined,
  };
}

/** CPU pools first, so that a job that names no pool does not fill a node with accelerators; then by name. */
export function inFlavorOrder(pools: readonly PoolNodes[]): readonly PoolNodes[] {
  const rank = ({ pool }: PoolNodes) => (pool.slice.kind === "cpu" ? 0 : 1);
  return [...pools].sort((a, b) => rank(a) - rank(b) || (a.pool.name < b.pool.name ? -1 : 1));
}

const SECONDS_PER_DAY = 86_400;

/** Parameters of a provisioning request. Source: https://docs.cloud.google.com/kubernetes-engine/docs/how-to/provisioningrequest (read 2026-11) */
export function provisioningSpec(flavor: Flavor, resource: string) {
  return {
    provisioningClassName: "queued-provisioning.gke.io",
    managedResources: [resource],
    parameters: { maxRunDurationSeconds: String((flavor.queuedDays ?? 7) * SECONDS_PER_DAY) },
  };
}

/** ComputeDomain of a team for a pool with NVLink across machines, and the claim template that the driver makes of it. */
export function computeDomainOf(pool: string): { readonly name: string; readonly claimTemplate: string } {
  return { name: pool, claimTemplate: `${pool}-channel` };
}
