import { stableJson } from "../../core/json";
import { fingerprint, resourceName } from "../../core/naming";
import type { PoolNodes } from "../nodes";
import { type Flavor, flavorOf, topologyOf } from "./flavors";
import type { DispatchProps, RemotePoolQuota, RemoteQuota } from "./queue-props";
import { coveredResources, flavorQuotas, type ResourceQuota, remoteQuotas } from "./quota";

/** Of all objects that one manager has one of. */
export const DISPATCH = "dispatch";

const NAME = { maxLength: 63 };

/**
 * What the manager's Kueue is told about nodes of workers. It places nothing on them: a worker does, and tells where. But
 * a job that says how it is placed goes only into a flavor with a topology that has this level.
 *
 * Sources: kubernetes-sigs/kueue, site/static/examples/multikueue/tas/manager-setup.yaml (since 0.15),
 * pkg/scheduler/flavorassigner/tas_flavorassigner.go and pkg/cache/scheduler/clusterqueue.go, isTASViolated (read
 * 2026-11-24)
 */
export interface RemoteFlavor {
  readonly team: string;
  readonly flavor: Omit<Flavor, "pool" | "queuedDays">;
  /** Resources that its jobs may ask for. */
  readonly covered: readonly string[];
  readonly quotas: (covered: readonly string[]) => readonly ResourceQuota[];
  readonly cpuOnly: boolean;
}

/** A flavor per worker and pool: a gang runs on one worker, so quotas of several never add up for it. */
function poolFlavor(team: string, quota: RemotePoolQuota, nodes: PoolNodes): RemoteFlavor {
  const { spec, topology } = flavorOf(nodes);
  const kept = fingerprint(stableJson([quota.worker, quota.pool, spec]));
  return {
    team,
    flavor: { name: resourceName([DISPATCH, quota.worker, quota.pool, kept], NAME), spec, topology },
    covered: coveredResources([nodes]),
    quotas: (covered) => flavorQuotas(quota, nodes, covered),
    cpuOnly: nodes.pool.slice.kind === "cpu",
  };
}

function unknownFlavor({ team, resources = {}, levels, nodeLabels }: RemoteQuota): RemoteFlavor {
  const topology = levels === undefined ? undefined : topologyOf([...levels, "kubernetes.io/hostname"]);
  const spec = {
    ...(nodeLabels === undefined ? {} : { nodeLabels }),
    ...(topology === undefined ? {} : { topologyName: topology.name }),
  };
  const plain = Object.keys(spec).length === 0;
  return {
    team,
    flavor: {
      name: plain ? DISPATCH : resourceName([DISPATCH, fingerprint(stableJson(spec))], NAME),
      spec,
      topology,
    },
    covered: ["cpu", "memory", ...Object.keys(resources)],
    quotas: (covered) => remoteQuotas(resources, covered),
    cpuOnly: false,
  };
}

/** Flavors of all teams, in the order in which Kueue tries them: CPU pools first, then by name. */
export function remoteFlavors({ workers, quotas }: DispatchProps): readonly RemoteFlavor[] {
  const clusterOf = new Map(workers.map(({ name, cluster }) => [name, cluster]));
  const found = quotas.flatMap((quota) => [
    ...(quota.pools ?? []).map((each) =>
      poolFlavor(quota.team, each, clusterOf.get(each.worker)!.pools.get(each.pool)!),
    ),
    ...(quota.resources === undefined ? [] : [unknownFlavor(quota)]),
  ]);
  return found.sort(
    (a, b) => Number(b.cpuOnly) - Number(a.cpuOnly) || (a.flavor.name < b.flavor.name ? -1 : 1),
  );
}
