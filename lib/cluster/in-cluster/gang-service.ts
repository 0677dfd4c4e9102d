import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { Construct } from "constructs";
import { Problems } from "../../core/problems";
import { nodesOf } from "../../fabric/slice";
import { CustomResource } from "../../kubernetes/custom-resource";
import { InClusterErrors } from "./errors";
import {
  checkGang,
  checkGangSize,
  type GangProps,
  gangPod,
  objectAnnotations,
  queueLabels,
} from "./gang-pod";
import { type PoolScheduling, poolScheduling } from "./pool-scheduling";

export interface GangServiceProps extends GangProps {
  /** Nodes of one copy, its leader included; all nodes of a TPU slice. @default - the nodes of one TPU slice, 2 elsewhere */
  readonly size?: number;
  /** Copies. @default 1 */
  readonly replicas?: number;
  /** Container of the leader, if it differs. @default - as `container` */
  readonly leader?: GangProps["container"];
}

/**
 * A service whose every copy spans several nodes, as a LeaderWorkerSet: a leader and workers, one pod per node, started
 * anew together. With several copies a disruption budget lets nodes be drained one copy at a time.
 *
 * Pods have `LWS_LEADER_ADDRESS`, `LWS_GROUP_SIZE` and `LWS_WORKER_INDEX` in their environment.
 *
 * Terraform resource types: `kubernetes_manifest`, `kubernetes_pod_disruption_budget_v1` (two copies or more).
 *
 * @throws UnknownPool, GangDoesNotFit, PartialTpuSlice, SliceNeeded, GangOnSharedPool, GangAtEdge, AcceleratorsSetByPool, TopologyUnknown, InvalidName, MissingValue,
 *   NotOneOf, NumberOutOfRange, NoEffect, TokenNotAllowed, and what `CustomResource` throws
 */
export class GangService extends Construct {
  readonly leaderWorkerSet: CustomResource;
  readonly disruptionBudget?: PodDisruptionBudgetV1;
  readonly scheduling: PoolScheduling;

  constructor(scope: Construct, id: string, props: GangServiceProps) {
    super(scope, id);
    const scheduling = poolScheduling(props.cluster, props.pool);
    this.scheduling = scheduling;
    const tpu = scheduling.pool.pool.slice.kind === "tpu";
    const size = props.size ?? props.slice?.nodes ?? (tpu ? scheduling.gangNodes : 2);
    const replicas = props.replicas ?? 1;
    const problems = new Problems(this.node.path);
    checkGang(problems, props, scheduling);
    if (props.leader !== undefined) {
      checkGang(problems, { ...props, container: props.leader }, scheduling);
    }
    this.checkSize(problems, props, size, replicas);
    problems.throwIfAny();

    const pods = {
      restartPolicy: "Always",
      labels: { "leaderworkerset.sigs.k8s.io/name": props.name },
    } as const;
    const workers = gangPod(props, scheduling, pods);
    this.leaderWorkerSet = new CustomResource(this, "leader-worker-set", {
      apiVersion: "leaderworkerset.x-k8s.io/v1",
      kind: "LeaderWorkerSet",
      name: props.name,
      namespace: props.queue.namespace,
      labels: queueLabels(props),
      annotations: objectAnnotations(props, scheduling, "leaderworkerset.sigs.k8s.io/exclusive-topology"),
      dependsOn: props.slice === undefined ? undefined : [props.slice.ready],
      spec: {
        replicas,
        leaderWorkerTemplate: {
          size,
          restartPolicy: "RecreateGroupOnPodRestart",
          ...(props.leader === undefined
            ? {}
            : { leaderTemplate: gangPod({ ...props, container: props.leader }, scheduling, pods) }),
          workerTemplate: workers,
        },
      },
    });
    this.disruptionBudget = replicas > 1 ? this.makeBudget(props) : undefined;
  }

  private checkSize(problems: Problems, props: GangServiceProps, size: number, replicas: number): void {
    const { pool } = this.scheduling;
    checkGangSize(problems, "size", size, this.scheduling, props.slice);
    const most = props.slice?.nodes ?? nodesOf(pool.pool.slice).max;
    if (
      problems.literalInteger("replicas", replicas, { min: 1, max: 100_000 }) &&
      Number.isInteger(size) &&
      size * replicas > most
    ) {
      problems.add(InClusterErrors.GangDoesNotFit, {
        subject: "replicas",
        given: `${replicas} with ${size} nodes each`,
        allowed: `${Math.floor(most / size)}: ${props.slice === undefined ? `pool "${props.pool}"` : "the slice"} has ${most} nodes`,
      });
    }
  }

  /** One pod that goes takes its whole copy down, and no other copy is touched until that is back. */
  private makeBudget(props: GangServiceProps): PodDisruptionBudgetV1 {
    return new PodDisruptionBudgetV1(this, "disruption-budget", {
      metadata: { name: props.name, namespace: props.queue.namespace },
      spec: {
        maxUnavailable: "1",
        selector: { matchLabels: { "leaderworkerset.sigs.k8s.io/name": props.name } },
      },
      dependsOn: [this.leaderWorkerSet.manifest],
    });
  }
}
