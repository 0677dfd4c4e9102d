import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { Problems } from "../../core/problems";
import type { SiteModel } from "../../fabric/site-model";
import { CustomResource } from "../../kubernetes/custom-resource";
import { PLACEMENT_ANNOTATION, WORKLOAD_ANNOTATION } from "../../placement/emit/annotations";
import type { SitePart, SitePlan } from "../../placement/emit/site-plan";
import type { IAcceleratorCluster } from "../cluster";
import { DynamicSlice } from "./dynamic-slice";
import { GangJobSet, type GangJobSetProps } from "./gang-job-set";
import { hyperNodesOf } from "./hyper-nodes";
import { poolScheduling } from "./pool-scheduling";

/** What a planned gang runs, and in whose queue. */
export type PlannedJob = Pick<
  GangJobSetProps,
  "container" | "podSpec" | "priority" | "maxRestarts" | "queue"
>;

export interface SitePlacementProps {
  /** A cluster at the site, with a pool for each node pool of the plan. */
  readonly cluster: IAcceleratorCluster;
  readonly plan: SitePlan;
  /** By workload; gangs that are not named here, or are placed elsewhere, get no job. @default - none */
  readonly jobs?: Readonly<Record<string, PlannedJob>>;
  /**
   * The site's model: its domains with label values become HyperNodes of Volcano, which you install yourself.
   * @default - none
   */
  readonly hyperNodes?: SiteModel;
}

/** A node affinity for the domains that the plan names; a slice has their nodes already. */
function affinityOf({ domains, slice }: SitePart) {
  if (domains === undefined || slice !== undefined) {
    return undefined;
  }
  const values = domains.values.map(({ value }) => value);
  const term = { matchExpressions: [{ key: domains.label, operator: "In", values }] };
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
}

/**
 * The part of a plan that one site keeps: a ConfigMap `hybrid-ai-placement` in namespace `default` with the plan as
 * JSON, a JobSet for each gang that has something to run, and HyperNodes where they are asked for.
 *
 * A gang whose hosts share a domain of a labelled level waits until it fits into one (`required`); others are kept as
 * near as the cluster's levels allow (`preferred`). Where the plan knows values of labels, pods run on these nodes only.
 * Where GKE joins cubes when they are needed, every part gets its `Slice`, also one whose pods are the user's.
 *
 * The annotation `hybrid-ai.io/placement` says `planned` where that binds, and `intent` where the provider decides.
 *
 * Terraform resource types: `kubernetes_config_map_v1`, `kubernetes_manifest`, `terraform_data`.
 *
 * @throws NoEffect if a job brings a node affinity of its own where the plan names nodes, and what `GangJobSet` and
 *   `DynamicSlice` throw
 */
export class SitePlacement extends Construct {
  readonly configMap: ConfigMapV1;
  /** By workload. */
  readonly jobSets: ReadonlyMap<string, GangJobSet>;
  /** By name, with dynamic slicing of GKE. */
  readonly slices: ReadonlyMap<string, DynamicSlice>;
  /** By name. */
  readonly hyperNodes: ReadonlyMap<string, CustomResource>;

  constructor(scope: Construct, id: string, props: SitePlacementProps) {
    super(scope, id);
    const { cluster, plan, jobs = {} } = props;
    const intent = plan.parts.some(({ status }) => status === "intent");
    this.configMap = new ConfigMapV1(this, "plan", {
      metadata: {
        name: "hybrid-ai-placement",
        namespace: "default",
        annotations: { [PLACEMENT_ANNOTATION]: intent ? "intent" : "planned" },
      },
      data: { "plan.json": escapeTemplate(`${stableJson(plan, 2)}\n`) },
    });
    this.slices = this.makeSlices(cluster, plan.parts);
    const gangs = plan.parts.filter(({ kind, workload }) => kind === "gang" && Object.hasOwn(jobs, workload));
    this.jobSets = new Map(
      gangs.map((part) => [part.workload, this.makeJob(cluster, part, jobs[part.workload]!)]),
    );
    const nodes = props.hyperNodes === undefined ? [] : hyperNodesOf(props.hyperNodes);
    this.hyperNodes = new Map(
      nodes.map(({ name, spec }) => [
        name,
        new CustomResource(this, `hyper-node-${name}`, {
          apiVersion: "topology.volcano.sh/v1alpha1",
          kind: "HyperNode",
          name,
          spec,
        }),
      ]),
    );
  }

  private makeSlices(
    cluster: IAcceleratorCluster,
    parts: readonly SitePart[],
  ): ReadonlyMap<string, DynamicSlice> {
    const made = parts.flatMap(({ workload, nodePool, topology, slice, serving }) => {
      if (slice === undefined || topology === undefined) {
        return [];
      }
      const replicas = serving === undefined ? [] : [serving.phase, nodePool];
      const id = ["slice", workload, ...replicas].join("-");
      const { name, partitionIds } = slice;
      const props = { cluster, pool: nodePool, name: workload, topology, partitionIds };
      return [[name, new DynamicSlice(this, id, props)] as const];
    });
    return new Map(made);
  }

  private makeJob(cluster: IAcceleratorCluster, part: SitePart, job: PlannedJob): GangJobSet {
    const nodeAffinity = affinityOf(part);
    const affinity = job.podSpec?.affinity as { readonly nodeAffinity?: unknown } | undefined;
    if (nodeAffinity !== undefined && affinity?.nodeAffinity !== undefined) {
      const problems = new Problems(`${this.node.path} job "${part.workload}"`);
      problems.add(CoreErrors.NoEffect, {
        subject: "podSpec.affinity.nodeAffinity",
        given: affinity.nodeAffinity,
        allowed: "nothing: the plan chooses the nodes",
      });
      problems.throwIfAny();
    }
    const { levels } = poolScheduling(cluster, part.nodePool);
    const { level, topology } = part;
    const slice = part.slice === undefined ? undefined : this.slices.get(part.slice.name);
    return new GangJobSet(this, `job-${part.workload}`, {
      ...job,
      cluster,
      name: part.workload,
      pool: part.nodePool,
      ...(topology === undefined ? { nodes: part.hosts } : { slices: 1 }),
      slice,
      podSpec:
        nodeAffinity === undefined
          ? job.podSpec
          : { ...job.podSpec, affinity: { ...affinity, nodeAffinity } },
      placement: level === undefined || levels.length === 0 ? undefined : { mode: "required", level },
      annotations: { [PLACEMENT_ANNOTATION]: part.status, [WORKLOAD_ANNOTATION]: part.workload },
    });
  }
}
