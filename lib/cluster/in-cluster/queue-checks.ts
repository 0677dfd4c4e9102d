import { CoreErrors } from "../../core/errors";
import { COMMON_NAME, type Problems } from "../../core/problems";
import { DNS_LABEL } from "../../kubernetes/metadata";
import { checkDispatch } from "./dispatch-checks";
import { InClusterErrors } from "./errors";
import { operatorNamespaces } from "./operator-rows";
import { isObject, objectsIn } from "./present";
import type { ClusterQueuesProps, PriorityProps, TeamProps } from "./queue-props";
import { checkQuotas } from "./quota";
import { remoteQueue } from "./remote-queue";

/** Kueue leaves `kube-system` and the namespaces of operators alone, and a namespace that every cluster has cannot be made. */
function checkNamespace(problems: Problems, subject: string, team: TeamProps): void {
  const namespace = String(team.namespace ?? team.name);
  const theirs = namespace === "default" && team.createNamespace !== false;
  if (operatorNamespaces().includes(namespace) && !namespace.startsWith("kube-")) {
    problems.add(CoreErrors.InvalidName, {
      subject: `${subject} namespace`,
      given: namespace,
      allowed: "a name that no operator has for its own pods, because Kueue leaves those alone",
      fix: "give the team another namespace",
    });
  }
  if (namespace.startsWith("kube-") || theirs) {
    problems.add(CoreErrors.InvalidName, {
      subject: `${subject} namespace`,
      given: namespace,
      allowed: theirs
        ? "another name, or createNamespace: false: every cluster has the namespace default"
        : "a name that does not start with kube-, which Kubernetes keeps for itself",
    });
  }
}

function checkTeam(problems: Problems, team: TeamProps): void {
  const subject = `team "${team.name}"`;
  problems.name("team", team.name, COMMON_NAME);
  problems.name(`${subject} namespace`, team.namespace ?? team.name, DNS_LABEL);
  checkNamespace(problems, subject, team);
  problems.oneOf(`${subject} reclaim`, team.reclaim ?? "Any", ["Never", "LowerPriority", "Any"]);
  problems.oneOf(`${subject} preempts`, team.preempts ?? "LowerPriority", [
    "Never",
    "LowerPriority",
    "LowerOrNewerEqualPriority",
  ]);
  if (team.podSecurity !== undefined) {
    problems.oneOf(`${subject} podSecurity`, team.podSecurity, ["restricted", "baseline", "privileged"]);
    if (team.createNamespace === false) {
      problems.add(CoreErrors.NoEffect, {
        subject: `${subject} podSecurity`,
        given: team.podSecurity,
        allowed: "nothing: the namespace is not made here",
      });
    }
  }
}

/** Largest value of a class that users may make. Source: pkg/apis/scheduling/types.go of Kubernetes */
const PRIORITY = { min: -1_000_000_000, max: 1_000_000_000 };

function checkPriorities(problems: Problems, given: readonly PriorityProps[] | undefined): void {
  const priorities = objectsIn(problems, "priorities", given, "a name and a value");
  problems.unique(
    "priorities",
    priorities.map(({ name }) => name),
  );
  for (const { name, value, description } of priorities) {
    problems.name("priority", name, DNS_LABEL);
    problems.literalInteger(`priority "${name}" value`, value, PRIORITY);
    if (name?.startsWith?.("system-")) {
      problems.add(CoreErrors.InvalidName, {
        subject: "priority",
        given: name,
        allowed: "a name that does not start with system-, which Kubernetes keeps for itself",
      });
    }
    if (description !== undefined) {
      problems.required(`priority "${name}" description`, description, "a text");
    }
  }
}

function checkWorker(problems: Problems, { workerOf, cluster }: ClusterQueuesProps): void {
  if (workerOf === undefined) {
    return;
  }
  problems.name("workerOf", workerOf, COMMON_NAME);
  if (workerOf === cluster.clusterName) {
    problems.add(InClusterErrors.WorkerIsManager, {
      subject: "workerOf",
      given: workerOf,
      allowed: "another cluster",
    });
  }
}

/** Reports all that is wrong with the queues of a cluster. */
export function checkQueues(problems: Problems, props: ClusterQueuesProps, cohort: string): void {
  const teams = objectsIn(problems, "teams", props.teams, "a name and quotas");
  const names = teams.map(({ name }) => name);
  problems.unique("teams", names);
  problems.unique(
    "namespaces of teams",
    teams.map(({ name, namespace }) => namespace ?? name),
  );
  const remote =
    props.workerOf === undefined ? (props.dispatch?.quotas ?? []).flatMap((each) => each?.team ?? []) : names;
  problems.unique("queues of teams", [...names, ...new Set(remote.map(remoteQueue))]);
  for (const team of teams) {
    checkTeam(problems, team);
  }
  if (teams.length > 0) {
    problems.name("cohort", cohort, DNS_LABEL);
  }
  const { workerOf, removalPolicy } = props;
  for (const [subject, given] of Object.entries({ cohort: props.cohort, workerOf, removalPolicy })) {
    if (given !== undefined && teams.length === 0) {
      problems.add(CoreErrors.NoEffect, { subject, given, allowed: "nothing, without teams" });
    }
  }
  checkQuotas(problems, props.cluster.pools, teams);
  checkPriorities(problems, props.priorities);
  checkWorker(problems, props);
  if (props.dispatch !== undefined && isObject(problems, "dispatch", props.dispatch, "workers and quotas")) {
    checkDispatch(problems, props.dispatch, props.cluster, teams);
  }
}
