import { DataResource, Lazy } from "cdktf";
import { Construct } from "constructs";
import { Problems } from "../../core/problems";
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

export interface GangJobSetProps extends GangProps {
  /** Nodes, and so pods, of one gang: all hosts of a TPU slice. @default - all of the pool, or of one TPU slice */
  readonly nodes?: number;
  /** Gangs of the job: TPU slices, each with all its nodes; 1 elsewhere. @default - all slices of the pool */
  readonly slices?: number;
  /** Times that the whole job is started again after a pod has failed, 0 to 1,000. @default 3 */
  readonly maxRestarts?: number;
}

/**
 * Kueue's webhook sets it too, but only if it knows the queue by then, which a queue of the same apply may be too new for;
 * a JobSet without it is never handed on.
 *
 * Source: kubernetes-sigs/kueue pkg/controller/jobs/jobset/jobset_multikueue_adapter.go, IsJobManagedByKueue (read
 * 2026-11-24)
 */
const MULTI_KUEUE = "kueue.x-k8s.io/multikueue";

/** Fields that Kueue sets when it admits the job. */
const POD = "spec.replicatedJobs[0].template.spec.template";
const COMPUTED = ["spec.suspend", `${POD}.metadata`, `${POD}.spec.nodeSelector`, `${POD}.spec.tolerations`];

/**
 * One job over several nodes, as a JobSet: one pod per node, all or none, queued by Kueue. The declaration is the same at
 * every site; labels and resources follow from the pool.
 *
 * Pods find each other as `<name>-workers-<slice>-<index>.<name>`. A JobSet can hardly be changed: any change of the
 * declaration replaces it, which starts the job anew.
 *
 * Terraform resource types: `kubernetes_manifest`, `terraform_data`.
 *
 * @throws UnknownPool, GangDoesNotFit, PartialTpuSlice, SliceNeeded, GangOnSharedPool, GangAtEdge, AcceleratorsSetByPool, TopologyUnknown, InvalidName, MissingValue,
 *   NotOneOf, NumberOutOfRange, NoEffect, TokenNotAllowed, and what `CustomResource` throws
 */
export class GangJobSet extends Construct {
  readonly jobSet: CustomResource;
  readonly scheduling: PoolScheduling;

  constructor(scope: Construct, id: string, props: GangJobSetProps) {
    super(scope, id);
    const scheduling = poolScheduling(props.cluster, props.pool);
    this.scheduling = scheduling;
    const { gangNodes } = scheduling;
    const nodes = props.nodes ?? props.slice?.nodes ?? gangNodes;
    const slices = props.slices ?? scheduling.slices;
    const maxRestarts = props.maxRestarts ?? 3;
    const problems = new Problems(this.node.path);
    checkGang(problems, props, scheduling);
    checkGangSize(problems, "nodes", nodes, scheduling, props.slice);
    this.checkSlices(problems, slices, props.pool);
    problems.literalInteger("maxRestarts", maxRestarts, { min: 0, max: 1000 });
    problems.throwIfAny();

    const spec = {
      ...(props.queue.remote === true ? { managedBy: MULTI_KUEUE } : {}),
      failurePolicy: { maxRestarts },
      network: { enableDNSHostnames: true },
      replicatedJobs: [
        {
          name: "workers",
          replicas: slices,
          template: {
            spec: {
              backoffLimit: 0,
              completionMode: "Indexed",
              completions: nodes,
              parallelism: nodes,
              template: gangPod(props, scheduling, {
                restartPolicy: "Never",
                labels: { "jobset.sigs.k8s.io/jobset-name": props.name },
              }),
            },
          },
        },
      ],
      // Kueue starts it.
      suspend: true,
    };
    this.jobSet = new CustomResource(this, "job-set", {
      apiVersion: "jobset.x-k8s.io/v1alpha2",
      kind: "JobSet",
      name: props.name,
      namespace: props.queue.namespace,
      labels: queueLabels(props),
      annotations: objectAnnotations(props, scheduling, "alpha.jobset.sigs.k8s.io/exclusive-topology"),
      spec,
      computedFields: COMPUTED,
      dependsOn: props.slice === undefined ? undefined : [props.slice.ready],
    });
    const { manifest } = this.jobSet;
    const declaration = new DataResource(this, "declaration", {
      triggersReplace: { spec: (manifest.manifestInput as { readonly spec: unknown }).spec },
    });
    // A bare address: Terraform takes no interpolation here, which `fqn` would become.
    const address = Lazy.stringValue({
      produce: () => `${DataResource.tfResourceType}.${declaration.friendlyUniqueId}`,
    });
    manifest.lifecycle = { replaceTriggeredBy: [address] };
  }

  private checkSlices(problems: Problems, slices: number, pool: string): void {
    const { slices: most, pool: nodes } = this.scheduling;
    if (problems.literalInteger("slices", slices, { min: 1, max: 100_000 }) && slices > most) {
      const allowed =
        nodes.pool.slice.kind !== "tpu"
          ? "1: only TPU pools have slices"
          : nodes.dynamicSlices === true
            ? "1: the slice that is given"
            : `1 to ${most}, the slices of pool "${pool}"`;
      problems.add(InClusterErrors.GangDoesNotFit, { subject: "slices", given: slices, allowed });
    }
  }
}
