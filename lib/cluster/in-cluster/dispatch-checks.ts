import { CoreErrors } from "../../core/errors";
import { COMMON_NAME, type Problems } from "../../core/problems";
import { checkLabels, OBJECT_NAME } from "../../kubernetes/metadata";
import type { IAcceleratorCluster } from "../cluster";
import { InClusterErrors } from "./errors";
import { isObject, objectsIn } from "./present";
import type { DispatchProps, RemoteQuota, TeamProps, WorkerCluster } from "./queue-props";
import { checkQuotas, checkRemoteResources } from "./quota";

function checkWorkers(
  problems: Problems,
  workers: readonly WorkerCluster[],
  manager: IAcceleratorCluster,
  used: ReadonlySet<string>,
): void {
  for (const { name, kubeconfigSecret, cluster } of workers) {
    problems.name("dispatch.workers name", name, COMMON_NAME);
    problems.name(`dispatch.workers "${name}" kubeconfigSecret`, kubeconfigSecret, OBJECT_NAME);
    if (name === manager.clusterName || cluster === manager) {
      problems.add(InClusterErrors.WorkerIsManager, {
        subject: "dispatch.workers",
        given: name,
        allowed: `clusters other than ${manager.clusterName}`,
      });
    }
    const subject = `dispatch.workers "${name}" cluster`;
    if (cluster !== undefined && isObject(problems, subject, cluster, "a cluster") && !used.has(name)) {
      problems.add(CoreErrors.NoEffect, {
        subject,
        given: cluster.clusterName,
        allowed: "nothing, unless the quota of a team names pools of this worker",
      });
    }
  }
  problems.unique(
    "dispatch.workers",
    workers.map(({ name }) => name),
  );
}

/** Workers that the app does not know are told as data. */
function checkUnknownWorkers(problems: Problems, subject: string, quota: RemoteQuota): void {
  const { resources, levels, nodeLabels } = quota;
  if (resources !== undefined && isObject(problems, subject, resources, "resources and how many of each")) {
    checkRemoteResources(problems, subject, resources);
  }
  for (const [key, given] of Object.entries({ levels, nodeLabels })) {
    if (given !== undefined && resources === undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: `${subject} ${key}`,
        given,
        allowed: "nothing, without resources: pools of known workers tell it themselves",
      });
    }
  }
  if (nodeLabels !== undefined) {
    problems.literal(`${subject} nodeLabels`, nodeLabels, "literal labels");
    problems.required(`${subject} nodeLabels`, Object.keys(nodeLabels ?? {})[0], "one label or more");
    checkLabels(problems, nodeLabels ?? {});
  }
  if (levels !== undefined) {
    checkLevels(problems, `${subject} levels`, levels);
    if (nodeLabels === undefined) {
      problems.add(CoreErrors.MissingValue, {
        subject: `${subject} nodeLabels`,
        given: nodeLabels,
        allowed: 'a label of the nodes, such as { "hybrid-ai.io/pool": "train" }',
        fix: "say by which labels jobs choose the nodes: Kueue takes no topology without",
      });
    }
  }
}

function checkLevels(problems: Problems, subject: string, levels: readonly string[]): void {
  problems.literal(subject, levels, "literal label keys");
  problems.required(subject, levels?.[0], "one label key or more");
  // The host is the last level of every topology; a topology has 16 at most.
  problems.integer(`${subject} (how many)`, levels?.length ?? 0, { min: 1, max: 15 });
  problems.unique(`${subject} (with kubernetes.io/hostname)`, [...(levels ?? []), "kubernetes.io/hostname"]);
  checkLabels(problems, Object.fromEntries((levels ?? []).map((key) => [key, ""])));
}

/** Pools of workers exist, and have what all teams together are promised of them. */
function checkRemotePools(
  problems: Problems,
  workers: readonly WorkerCluster[],
  quotas: readonly RemoteQuota[],
): void {
  const known = workers.filter(({ cluster }) => cluster?.pools !== undefined);
  const names = known.map(({ name }) => name);
  const named = quotas.map(({ team, pools }) => ({
    name: team,
    quotas: objectsIn(problems, `dispatch.quotas "${team}" pools`, pools, "a worker and its pool"),
  }));
  for (const { name, quotas: pools } of named) {
    for (const { worker } of pools.filter((each) => !names.includes(each.worker))) {
      problems.add(CoreErrors.NotOneOf, {
        subject: `dispatch.quotas "${name}" pools worker`,
        given: worker,
        allowed: names.length > 0 ? names.join(", ") : "a worker whose cluster is given",
        fix: "give the cluster of this worker in dispatch.workers, or say resources instead of pools",
      });
    }
  }
  for (const { name, cluster } of known) {
    const teams = named
      .map((team) => ({ ...team, quotas: team.quotas.filter(({ worker }) => worker === name) }))
      .filter(({ quotas: own }) => own.length > 0);
    checkQuotas(problems, cluster!.pools, teams, ` at worker "${name}"`);
  }
}

/** Reports workers and quotas that make no sense. */
export function checkDispatch(
  problems: Problems,
  props: DispatchProps,
  manager: IAcceleratorCluster,
  teams: readonly TeamProps[],
): void {
  const workers = objectsIn(problems, "dispatch.workers", props.workers, "a name and a Secret");
  const quotas = objectsIn(problems, "dispatch.quotas", props.quotas, "a team and what it may use");
  for (const [key, list] of Object.entries({ workers: props.workers, quotas: props.quotas })) {
    if (list === undefined || list?.length === 0) {
      problems.required(`dispatch.${key}`, undefined, "one or more");
    }
  }
  const pools = quotas.flatMap((quota) => (Array.isArray(quota.pools) ? quota.pools : []));
  checkWorkers(problems, workers, manager, new Set(pools.flatMap((each) => each?.worker ?? [])));
  problems.unique(
    "dispatch.quotas",
    quotas.map(({ team }) => team),
  );
  for (const quota of quotas) {
    const { team } = quota;
    if (!teams.some(({ name }) => name === team)) {
      problems.add(InClusterErrors.UnknownTeam, {
        subject: "dispatch.quotas",
        given: team,
        allowed: teams.map(({ name }) => name).join(", "),
      });
    }
    const subject = `dispatch.quotas "${team}"`;
    if (quota.resources === undefined && (quota.pools === undefined || quota.pools?.length === 0)) {
      problems.required(subject, undefined, "pools of workers, or resources");
    }
    checkUnknownWorkers(problems, subject, quota);
  }
  checkRemotePools(problems, workers, quotas);
}
