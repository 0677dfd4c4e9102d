import type { IAcceleratorCluster } from "../../lib/cluster/cluster";
import { ClusterOperators, type ClusterOperatorsProps } from "../../lib/cluster/in-cluster/operators";
import { ClusterQueues, type ClusterQueuesProps } from "../../lib/cluster/in-cluster/queues";
import { type PlannedJob, SitePlacement } from "../../lib/cluster/in-cluster/site-placement";
import { Problems } from "../../lib/core/problems";
import type { SiteModel } from "../../lib/fabric/site-model";
import type { SitePlan } from "../../lib/placement/emit/site-plan";
import { clusterSeenFrom } from "../cluster-stack";
import { StackErrors } from "../errors";
import type { TrainingJob } from "../planned-jobs";
import type { PlatformContext } from "../platform-context";
import type { SiteStack } from "../site-stack";

/** What a cluster has inside. */
export interface ClusterContents {
  readonly operators: ClusterOperators;
  /** Unset where there is nothing to queue and no object to make: no teams, and pools that need no objects. */
  readonly queues?: ClusterQueues;
  /** What the site keeps of the plan; only where pools are planned. */
  readonly placement?: SitePlacement;
}

/** What a cluster with planned pools gets from the plan. */
export interface PlannedContents {
  readonly plan: SitePlan;
  readonly jobs: ReadonlyMap<string, TrainingJob>;
  readonly hyperNodes?: SiteModel;
}

/** Adds QueuesWithoutKueue: at the edge, and where Kueue was switched off. */
function checkKueue(
  id: string,
  cluster: IAcceleratorCluster,
  { operators: settings = {} }: Omit<ClusterOperatorsProps, "cluster" | "dependsOn">,
  { releases }: ClusterOperators,
  { teams = [], priorities = [], dispatch }: Omit<ClusterQueuesProps, "cluster">,
): void {
  const there =
    releases.has("kueue") || settings.kueue?.state === "installed" || cluster.managed.includes("kueue");
  const asked = Object.entries({ teams, priorities, dispatch: dispatch === undefined ? [] : [dispatch] })
    .filter(([, values]) => (values?.length ?? 0) > 0)
    .map(([name]) => name);
  if (there || asked.length === 0) {
    return;
  }
  const problems = new Problems(`cluster "${id}"`);
  for (const subject of asked) {
    problems.add(StackErrors.QueuesWithoutKueue, {
      subject,
      given: `${subject} without Kueue`,
      allowed: "nothing in this cluster",
    });
  }
  problems.throwIfAny();
}

/** Operators in the platform stack, objects that need their definitions in the workloads stack. */
export function compile(
  platform: PlatformContext,
  site: string,
  id: string,
  cluster: IAcceleratorCluster,
  operators: Omit<ClusterOperatorsProps, "cluster" | "dependsOn">,
  queues: Omit<ClusterQueuesProps, "cluster">,
  planned?: PlannedContents,
): ClusterContents {
  const seenFrom = (stack: SiteStack) => clusterSeenFrom(stack, cluster);
  const first = platform.stack(site, "platform");
  const contents = {
    operators: new ClusterOperators(first, `${id}-operators`, { ...operators, cluster: seenFrom(first) }),
  };
  const { removalPolicy: _, ...asks } = queues;
  const asked = Object.values(asks).some((value) => value !== undefined);
  if (!asked && cluster.objects.length === 0 && planned === undefined) {
    return contents;
  }
  checkKueue(id, cluster, operators, contents.operators, queues);
  const second = platform.stack(site, "workloads");
  const inside = seenFrom(second);
  const made = new ClusterQueues(second, `${id}-queues`, { ...queues, cluster: inside });
  return {
    ...contents,
    queues: made,
    ...(planned === undefined ? {} : { placement: place(second, id, inside, made, planned) }),
  };
}

/** Jobs come after the queues that they wait in. */
function place(
  stack: SiteStack,
  id: string,
  cluster: IAcceleratorCluster,
  queues: ClusterQueues,
  { plan, jobs, hyperNodes }: PlannedContents,
): SitePlacement {
  const here = new Set(plan.parts.map(({ workload }) => workload));
  const queued = [...jobs]
    .filter(([workload]) => here.has(workload))
    .map(([workload, { team, ...job }]): [string, PlannedJob] => [
      workload,
      { ...job, queue: queues.queue(team) },
    ]);
  return new SitePlacement(stack, `${id}-placement`, {
    cluster,
    plan,
    jobs: Object.fromEntries(queued),
    hyperNodes,
  });
}
