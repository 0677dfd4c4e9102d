import { CoreErrors } from "../lib/core/errors";
import { Problems } from "../lib/core/problems";
import type { SiteModel } from "../lib/fabric/site-model";
import type { PlatformClusterProps } from "./cluster-builder";
import type { PlannedContents } from "./compilers/in-cluster";
import { StackErrors } from "./errors";
import { plannedTeams } from "./planned-jobs";
import { checkPlannedPools, plannedPools } from "./planned-pools";
import type { PlatformPlanner } from "./platform-placement";

/** A cluster whose pools and teams the plan has filled in, and what else it gets from the plan. */
export interface PlannedCluster {
  readonly cluster: PlatformClusterProps;
  readonly contents?: PlannedContents;
}

/** @throws PlacementNotDeclared always */
export function refuseUnplanned(where: string, subject: string): never {
  const problems = new Problems(where);
  problems.add(StackErrors.PlacementNotDeclared, {
    subject,
    given: "no placement",
    allowed: "placement: { models: [SiteModel.of(…)], … } in the platform's props",
  });
  problems.throwIfAny();
  throw new Error(where);
}

/** Nodes of one's own machines are told by pool; those of pools that took nothing this time are not asked for. */
function nodesOfPlan(
  kubernetes: PlatformClusterProps["kubernetes"],
  model: SiteModel,
  pools: PlatformClusterProps["pools"],
): PlatformClusterProps["kubernetes"] {
  const made = new Set(pools.map(({ name }) => name));
  const idle = new Set(model.pools.map(({ name }) => name).filter((name) => !made.has(name)));
  return kubernetes?.nodes === undefined
    ? kubernetes
    : {
        ...kubernetes,
        nodes: Object.fromEntries(Object.entries(kubernetes.nodes).filter(([pool]) => !idle.has(pool))),
      };
}

/**
 * The cluster with what the plan says of it.
 *
 * @throws PlacementNotDeclared, SiteWithoutModel, and what `plan` throws; adds UnknownCapacityPool, ReservationNeeded,
 *   DynamicSlicesNotMade, PartitionIdsUnknown, SliceBelowCube, NoEffect
 */
export function planCluster(
  problems: Problems,
  planner: PlatformPlanner | undefined,
  props: PlatformClusterProps,
): PlannedCluster {
  const { at, plannedPools: options, hyperNodes = false, pools, teams } = props;
  if (options === undefined) {
    if (hyperNodes) {
      const allowed = "false: HyperNodes follow from the model of plannedPools";
      problems.add(CoreErrors.NoEffect, { subject: "hyperNodes", given: true, allowed });
    }
    return { cluster: props };
  }
  if (planner === undefined) {
    return refuseUnplanned(`cluster at "${at}"`, "plannedPools");
  }
  const model = planner.model(at);
  const plan = planner.sitePlan(at);
  checkPlannedPools(problems, model, options);
  const planned = [...pools, ...plannedPools(problems, model, plan, options)];
  planner.keepAt(at);
  const filled = plannedTeams(teams ?? [], plan, planner.jobs);
  return {
    cluster: {
      ...props,
      pools: planned,
      teams: filled.length > 0 ? filled : undefined,
      kubernetes: nodesOfPlan(props.kubernetes, model, planned),
    },
    contents: { plan, jobs: planner.jobs, hyperNodes: hyperNodes ? model : undefined },
  };
}
