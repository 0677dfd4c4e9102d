import { GKE_TPU_TOPOLOGY } from "../catalog/gke-labels";
import { Problems } from "../core/problems";
import { WORKLOAD_ANNOTATION } from "./emit/annotations";
import type { PlacementStatus, SitePart, SitePlan } from "./emit/site-plan";
import { PlanErrors } from "./placement-errors";

/**
 * What was found of one workload.
 *
 * `right`: where the plan has it. `wrong-domain`: a node is in none of the domains. `other-split`: in the right domains,
 * with more hosts in one than planned. `not-together`: in several domains of a level that one should hold.
 * `wrong-topology`: slices of another shape. `missing-label`: a node does not tell where it is. `unknown-node`: a pod
 * runs on a node that is not in the list. `not-running`: fewer pods have a node than the plan has hosts.
 */
export type TopologyCode =
  | "right"
  | "wrong-domain"
  | "other-split"
  | "not-together"
  | "wrong-topology"
  | "missing-label"
  | "unknown-node"
  | "not-running";

/** How a workload lies in a cluster, compared with the plan. */
export interface TopologyFinding {
  readonly workload: string;
  readonly nodePool: string;
  /** Of an `intent` nothing was promised: what does not hold costs time, and is nobody's fault. */
  readonly status: PlacementStatus;
  /** `unknown`: not enough is there to tell. */
  readonly verdict: "holds" | "broken" | "unknown";
  readonly code: TopologyCode;
  /** What was found, in words. */
  readonly detail: string;
}

/** Output of `kubectl get … -o json`, parsed. */
export interface ClusterState {
  /** Of `kubectl get nodes -o json`. */
  readonly nodes: unknown;
  /** Of `kubectl get pods --all-namespaces -o json`. */
  readonly pods: unknown;
}

interface KubernetesObject {
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

type Verdict = Pick<TopologyFinding, "verdict" | "code" | "detail">;

const VERDICTS: Readonly<Record<TopologyCode, TopologyFinding["verdict"]>> = {
  right: "holds",
  "wrong-domain": "broken",
  "other-split": "broken",
  "not-together": "broken",
  "wrong-topology": "broken",
  "missing-label": "unknown",
  "unknown-node": "unknown",
  "not-running": "unknown",
};

const LEVEL_ANNOTATIONS = [
  "kueue.x-k8s.io/podset-required-topology",
  "kueue.x-k8s.io/podset-preferred-topology",
];
const HOST = "kubernetes.io/hostname";

function itemsOf(subject: string, list: unknown): readonly KubernetesObject[] {
  const items = (list as { readonly items?: unknown } | null | undefined)?.items;
  if (!Array.isArray(items)) {
    const problems = new Problems("checkTopology");
    const allowed = `the parsed output of kubectl get ${subject} -o json`;
    problems.add(PlanErrors.KubernetesListUnreadable, { subject, given: list, allowed });
    problems.throwIfAny();
  }
  return items as readonly KubernetesObject[];
}

/** A node that a pod of the workload runs on. */
interface UsedNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function valuesOf(nodes: readonly UsedNode[], label: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { labels } of nodes) {
    const value = labels[label]!;
    found.set(value, (found.get(value) ?? 0) + 1);
  }
  return found;
}

const told = (code: TopologyCode, detail: string): Verdict => ({ verdict: VERDICTS[code], code, detail });

function unlabelled(nodes: readonly UsedNode[], labels: readonly string[]): Verdict | undefined {
  for (const label of labels) {
    const node = nodes.find((each) => each.labels[label] === undefined);
    if (node !== undefined) {
      return told("missing-label", `node ${node.name} has no label ${label}`);
    }
  }
  return undefined;
}

function domainFault({ domains }: SitePart, nodes: readonly UsedNode[]): Verdict | undefined {
  if (domains === undefined) {
    return undefined;
  }
  const planned = new Map(domains.values.map(({ value, hosts }) => [value, hosts]));
  const found = [...valuesOf(nodes, domains.label)].sort(([a], [b]) => (a < b ? -1 : 1));
  const list = found.map(([value, hosts]) => `${hosts} in ${value}`).join(", ");
  if (found.some(([value]) => !planned.has(value))) {
    const wanted = [...planned].map(([value, hosts]) => `${hosts} in ${value}`).join(", ");
    return told("wrong-domain", `${domains.label}: ${list}; planned ${wanted}`);
  }
  return found.some(([value, hosts]) => hosts > planned.get(value)!)
    ? told("other-split", `${domains.label}: ${list}`)
    : undefined;
}

function levelFault(level: string | undefined, nodes: readonly UsedNode[]): Verdict | undefined {
  const values = level === undefined ? [] : [...valuesOf(nodes, level).keys()].sort();
  return values.length > 1
    ? told(
        "not-together",
        `${nodes.length} nodes in ${values.length} domains of ${level}: ${values.join(", ")}`,
      )
    : undefined;
}

/** The level that one domain should hold: that of the plan, else the one that the pods themselves ask for. */
function levelOf({ level, together }: SitePart, pods: readonly KubernetesObject[]): string | undefined {
  const asked = LEVEL_ANNOTATIONS.map((key) => pods[0]?.metadata?.annotations?.[key]).find((key) => key);
  const wanted = level ?? (together ? asked : undefined);
  return wanted === HOST ? undefined : wanted;
}

function compare(
  part: SitePart,
  pods: readonly KubernetesObject[],
  known: ReadonlyMap<string, UsedNode>,
): Verdict {
  const names = [...new Set(pods.map(({ spec }) => spec!.nodeName!))].sort();
  if (names.length < part.hosts) {
    return told("not-running", `${names.length} of ${part.hosts} hosts have a pod`);
  }
  const stranger = names.find((name) => !known.has(name));
  if (stranger !== undefined) {
    return told("unknown-node", `a pod runs on ${stranger}`);
  }
  const nodes = names.map((name) => known.get(name)!);
  const level = levelOf(part, pods);
  const labels = [
    part.domains?.label ?? [],
    level ?? [],
    part.topology === undefined ? [] : GKE_TPU_TOPOLOGY,
  ];
  const other = nodes.find(({ labels: has }) => has[GKE_TPU_TOPOLOGY] !== part.topology);
  return (
    unlabelled(nodes, labels.flat()) ??
    domainFault(part, nodes) ??
    levelFault(level, nodes) ??
    (part.topology !== undefined && other !== undefined
      ? told(
          "wrong-topology",
          `node ${other.name}: ${other.labels[GKE_TPU_TOPOLOGY]}, planned ${part.topology}`,
        )
      : told("right", `${nodes.length} of ${part.hosts} hosts as planned`))
  );
}

/**
 * Compares where pods really run with the plan of their site: after apply, when machines have their labels. Looks at
 * gangs, whose pods tell their workload by the annotation `hybrid-ai.io/workload`.
 *
 * @returns one finding per gang of the plan, in its order
 * @throws KubernetesListUnreadable
 */
export function checkTopology(plan: SitePlan, state: ClusterState): readonly TopologyFinding[] {
  const known = new Map(
    itemsOf("nodes", state.nodes).map(({ metadata }) => [
      metadata!.name!,
      { name: metadata!.name!, labels: metadata!.labels ?? {} },
    ]),
  );
  const placed = itemsOf("pods", state.pods).filter(
    ({ spec, status }) =>
      spec?.nodeName !== undefined && ["Running", "Pending"].includes(status?.phase ?? ""),
  );
  return plan.parts
    .filter(({ kind }) => kind === "gang")
    .map((part) => {
      const own = placed.filter(
        ({ metadata }) => metadata?.annotations?.[WORKLOAD_ANNOTATION] === part.workload,
      );
      const { workload, nodePool, status } = part;
      return { workload, nodePool, status, ...compare(part, own, known) };
    });
}

/**
 * The plan of a site in the text that its ConfigMap holds.
 *
 * @throws SitePlanUnreadable
 */
export function readSitePlan(text: string): SitePlan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const plan = value as Partial<SitePlan> | null | undefined;
  if (plan?.version !== 1 || typeof plan.site !== "string" || !Array.isArray(plan.parts)) {
    const problems = new Problems("readSitePlan");
    problems.add(PlanErrors.SitePlanUnreadable, {
      subject: "plan",
      given: value ?? text,
      allowed: "the plan of a site, version 1",
    });
    problems.throwIfAny();
  }
  return plan as SitePlan;
}
