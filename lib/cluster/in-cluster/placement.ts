import type { Taint } from "../../fabric/pool";
import { isElastic } from "../../fabric/slice";
import type { IAcceleratorCluster } from "../cluster";
import { POOL_LABEL, type PoolNodes, TIER_LABEL } from "../nodes";

/** As Kubernetes writes it, with any value of the taint. */
export interface Toleration {
  readonly key: string;
  readonly operator: "Exists";
  /** @default - all effects */
  readonly effect?: string;
}

type Labels = Readonly<Record<string, string>>;

/** Entries that all of several maps have. */
function common(maps: readonly Labels[]): Labels {
  const [first = {}, ...rest] = maps;
  return Object.fromEntries(
    Object.entries(first)
      .filter(([key, value]) => rest.every((map) => map[key] === value))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/**
 * Labels by which a pod chooses the nodes of a pool, whatever their capacity: that of the library where the nodes have
 * it, else all labels that the groups share.
 */
export function poolSelector({ groups, pool }: PoolNodes): Labels {
  const shared = common(groups.map(({ nodeLabels }) => nodeLabels));
  return shared[POOL_LABEL] === pool.name ? { [POOL_LABEL]: pool.name } : shared;
}

/** Tolerations for taints, each key and effect once, sorted. */
function tolerationsOf(taints: readonly Taint[]): readonly Toleration[] {
  const found = new Map(
    taints.map(({ key, effect }) => [`${key} ${effect}`, { key, operator: "Exists" as const, effect }]),
  );
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, toleration]) => toleration);
}

/** What pods for a pool tolerate. */
export function poolTolerations({ groups }: PoolNodes): readonly Toleration[] {
  return tolerationsOf(groups.flatMap(({ taints }) => taints));
}

/** Pools by name, so that the order of declaration has no meaning. */
export function poolsOf(cluster: IAcceleratorCluster): readonly PoolNodes[] {
  return [...cluster.pools.values()].sort((a, b) => (a.pool.name < b.pool.name ? -1 : 1));
}

/** Where controllers run. */
export interface Placement {
  readonly nodeSelector: Labels;
  readonly tolerations: readonly Toleration[];
}

/**
 * Nodes of tier `system`. A cluster without such a pool (an edge site, or one whose other nodes the library does not
 * know) puts controllers wherever they fit, also onto tainted nodes if there are no others.
 */
export function systemPlacement(cluster: IAcceleratorCluster): Placement {
  const pools = poolsOf(cluster);
  const system = pools.filter(({ pool }) => pool.tier === "system" && pool.slice.kind === "cpu");
  const tolerations = tolerationsOf(system.flatMap(({ groups }) => groups.flatMap(({ taints }) => taints)));
  const [only] = system;
  if (only === undefined) {
    const edge = cluster.site.kind === "kubernetes" && cluster.site.operator === "edge";
    const all = tolerationsOf(pools.flatMap(({ groups }) => groups.flatMap(({ taints }) => taints)));
    return { nodeSelector: {}, tolerations: edge ? all : [] };
  }
  // Nodes that have the library's label of the pool have that of the tier as well.
  if (system.every((nodes) => POOL_LABEL in poolSelector(nodes))) {
    return { nodeSelector: { [TIER_LABEL]: "system" }, tolerations };
  }
  return { nodeSelector: system.length === 1 ? poolSelector(only) : {}, tolerations };
}

/** Terms of a node affinity that finds the nodes of several pools. */
export function nodeTerms(pools: readonly PoolNodes[]): readonly object[] {
  const labelled = pools.filter((nodes) => POOL_LABEL in poolSelector(nodes));
  const others = pools.filter((nodes) => !labelled.includes(nodes));
  const inList = (key: string, values: readonly string[]) => ({ key, operator: "In", values });
  return [
    ...(labelled.length > 0
      ? [
          {
            matchExpressions: [
              inList(
                POOL_LABEL,
                labelled.map(({ pool }) => pool.name),
              ),
            ],
          },
        ]
      : []),
    ...others.map((nodes) => ({
      matchExpressions: Object.entries(poolSelector(nodes)).map(([key, value]) => inList(key, [value])),
    })),
  ];
}

/** Whether a provisioning request brings all nodes of a gang at once. */
export function isQueued({ groups }: PoolNodes): boolean {
  return groups.some(({ capacity }) => capacity.includes("queued"));
}

/**
 * Levels by which Kueue places gangs, host last; empty if it cannot.
 *
 * It places on nodes that it sees: a pool that an autoscaler grows from few nodes would never be grown for a job that
 * waits for a place (a queued pool would: its nodes are asked for first). TPU slices of several hosts are placed by the
 * node pool that each of them is.
 */
export function kueueLevels(nodes: PoolNodes): readonly string[] {
  const { pool, topologyLevels } = nodes;
  const several = nodes.groups.some(({ capacity }) => capacity.length > 1) || pool.capacity.length > 1;
  const grows = (isElastic(pool.slice) || several) && !isQueued(nodes);
  if (!pool.closeTogether || topologyLevels.length === 0 || grows || pool.slice.kind === "tpu") {
    return [];
  }
  return [...topologyLevels, "kubernetes.io/hostname"];
}
