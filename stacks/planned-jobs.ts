import type { GangJobSetProps } from "../lib/cluster/in-cluster/gang-job-set";
import type { PoolQuota, TeamProps } from "../lib/cluster/in-cluster/queue-props";
import type { SitePlan } from "../lib/placement/emit/site-plan";

/** What a training gang runs, wherever the plan puts it. */
export interface TrainingJob
  extends Pick<GangJobSetProps, "container" | "podSpec" | "priority" | "maxRestarts"> {
  /** Team in whose queue the job waits. Its quota follows from the plan; declare it in the cluster for other settings. */
  readonly team: string;
}

/** Whole nodes that each team's jobs take of each pool. */
function quotasOf(plan: SitePlan, jobs: ReadonlyMap<string, TrainingJob>): ReadonlyMap<string, PoolQuota[]> {
  const quotas = new Map<string, Map<string, number>>();
  for (const { workload, nodePool, hosts } of plan.parts) {
    const team = jobs.get(workload)?.team;
    if (team !== undefined) {
      const pools = quotas.get(team) ?? new Map<string, number>();
      quotas.set(team, pools.set(nodePool, (pools.get(nodePool) ?? 0) + hosts));
    }
  }
  return new Map(
    [...quotas].map(([team, pools]) => [
      team,
      [...pools].sort(([a], [b]) => (a < b ? -1 : 1)).map(([pool, nodes]) => ({ pool, nodes })),
    ]),
  );
}

/**
 * Teams of a cluster: those declared, with quotas for the planned nodes of their jobs unless they name the pool
 * themselves, then the other teams whose jobs are here, by name. A team without any quota here is left out.
 */
export function plannedTeams(
  declared: readonly TeamProps[],
  plan: SitePlan,
  jobs: ReadonlyMap<string, TrainingJob>,
): readonly TeamProps[] {
  const planned = quotasOf(plan, jobs);
  const others = [...planned.keys()].filter((team) => !declared.some(({ name }) => name === team)).sort();
  return [...declared, ...others.map((name) => ({ name, quotas: [] }))]
    .map((team: TeamProps) => ({
      ...team,
      quotas: [
        ...team.quotas,
        ...(planned.get(team.name) ?? []).filter(({ pool }) => !team.quotas.some((own) => own.pool === pool)),
      ],
    }))
    .filter(({ quotas }) => quotas.length > 0);
}
