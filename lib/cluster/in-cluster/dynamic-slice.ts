import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import {
  DYNAMIC_SLICE_CUBE,
  DYNAMIC_SLICE_TPU,
  GKE_TPU_SLICE,
  GKE_TPU_SLICE_TOPOLOGY,
  GKE_TPU_TOPOLOGY,
} from "../../catalog/gke-labels";
import { LABEL_VALUE } from "../../core/label-rules";
import { type NameRule, Problems } from "../../core/problems";
import { nodesOf } from "../../fabric/slice";
import { CustomResource } from "../../kubernetes/custom-resource";
import { sliceName } from "../../placement/emit/slice-name";
import type { IAcceleratorCluster } from "../cluster";
import { InClusterErrors } from "./errors";
import { poolScheduling } from "./pool-scheduling";

export interface DynamicSliceProps {
  readonly cluster: IAcceleratorCluster;
  /** A pool of TPU7x cubes of a cluster that exists. */
  readonly pool: string;
  /** At most 40 characters. The name of the object ends in a fingerprint of topology and cubes: see `sliceName`. */
  readonly name: string;
  /** `4x8x8`: sides in rising order, each a multiple of 4, at most 9,216 chips. */
  readonly topology: string;
  /** Values of the nodes' label `cloud.google.com/gke-tpu-partition-4x4x4-id`: one per cube, all of one reservation. */
  readonly partitionIds: readonly string[];
}

/**
 * Room for a hyphen and the fingerprint: the older page of Google's takes 54 characters, the newer one 49.
 *
 * Source: https://docs.cloud.google.com/kubernetes-engine/docs/reference/crds/slice (read 2026-11-24)
 */
const SLICE_NAME: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  maxLength: 40,
  form: "1 to 40 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
};

/** Chips of the largest slice. Source: as above */
const MOST_CHIPS = 9_216;
const TOPOLOGY = /^[1-9][0-9]*x[1-9][0-9]*x[1-9][0-9]*$/;

/** Chips of a topology; undefined if it is not one that a Slice can have. */
function chipsOf(topology: string): number | undefined {
  const sides = TOPOLOGY.test(topology) ? topology.split("x").map(Number) : [];
  const chips = sides.reduce((product, side) => product * side, 1);
  const whole = sides.every(
    (side, axis) => side % DYNAMIC_SLICE_CUBE.side === 0 && side >= (sides[axis - 1] ?? 0),
  );
  return sides.length === 3 && whole && chips <= MOST_CHIPS ? chips : undefined;
}

/**
 * Cubes of TPU7x that GKE joins to one torus (dynamic slicing): a cluster-wide `Slice`. Nodes of such a pool run nothing
 * without one: their links are made when it is.
 *
 * Needs a GKE cluster with the slice controller, whose definition of the kind this is. Nothing waits until the slice is
 * active: pods do, because they choose nodes by its name. A slice cannot be changed, so its name tells its cubes: with
 * other cubes it is another one, and so are the jobs on it. GKE tries again while cubes are still part of another slice.
 *
 * Terraform resource types: `kubernetes_manifest`.
 *
 * @throws UnknownPool, PoolNotSliced, SliceTopologyIllegal, PartitionCountMismatch, GangDoesNotFit, InvalidName,
 *   DuplicateValue, MissingValue, TokenNotAllowed
 */
export class DynamicSlice extends Construct {
  readonly resource: CustomResource;
  readonly pool: string;
  /** Name of the object, by which pods choose its nodes. */
  readonly sliceName: string;
  readonly topology: string;
  /** Machines of the slice, each with four chips. */
  readonly nodes: number;

  constructor(scope: Construct, id: string, props: DynamicSliceProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.nodes = checkSlice(problems, props);
    problems.throwIfAny();
    this.pool = props.pool;
    this.sliceName = sliceName(props.name, props.topology, props.partitionIds);
    this.topology = props.topology;
    this.resource = new CustomResource(this, "slice", {
      apiVersion: "accelerator.gke.io/v1beta1",
      kind: "Slice",
      name: this.sliceName,
      annotations: { "slice.gke.io/retry-on-failure": "true" },
      spec: {
        type: DYNAMIC_SLICE_TPU.type,
        topology: props.topology,
        partitionIds: props.partitionIds,
      },
    });
  }

  /** What a pod on the slice says beside the pool's own labels. Source: .../how-to/create-dynamic-slices (read 2026-11-24) */
  get podLabels(): { readonly nodeSelector: Labels; readonly annotations: Labels } {
    return {
      nodeSelector: { [GKE_TPU_SLICE]: this.sliceName, [GKE_TPU_TOPOLOGY]: this.topology },
      annotations: { [GKE_TPU_SLICE_TOPOLOGY]: this.topology },
    };
  }

  /** For `dependsOn`. */
  get ready(): ITerraformDependable {
    return this.resource.manifest;
  }
}

type Labels = Readonly<Record<string, string>>;

/** Nodes of the slice; adds what is wrong with it. */
function checkSlice(problems: Problems, props: DynamicSliceProps): number {
  const { pool } = poolScheduling(props.cluster, props.pool);
  if (pool.dynamicSlices !== true) {
    problems.add(InClusterErrors.PoolNotSliced, {
      subject: "pool",
      given: props.pool,
      allowed: "a pool of tpu-v7x cubes of a KubernetesCluster",
    });
  }
  problems.name("name", props.name, SLICE_NAME);
  const allowed = `AxBxC, A <= B <= C, each a multiple of 4, A x B x C at most ${MOST_CHIPS}`;
  const chips = problems.literal("topology", props.topology, allowed) ? chipsOf(props.topology) : 0;
  if (chips === undefined) {
    problems.add(InClusterErrors.SliceTopologyIllegal, {
      subject: "topology",
      given: props.topology,
      allowed,
    });
  }
  const ids = props.partitionIds ?? [];
  ids.forEach((value, index) => {
    const subject = `partitionIds[${index}]`;
    if (problems.required(subject, value, "the id of a partition")) {
      problems.name(subject, value, LABEL_VALUE);
    }
  });
  problems.unique("partitionIds", ids);
  const cubes = (chips ?? 0) / DYNAMIC_SLICE_CUBE.chips;
  if (cubes > 0 && ids.length !== cubes) {
    problems.add(InClusterErrors.PartitionCountMismatch, {
      subject: "partitionIds",
      given: ids.length,
      allowed: `${cubes}, the cubes of ${props.topology}`,
    });
  }
  const nodes = cubes * DYNAMIC_SLICE_CUBE.hosts;
  const most = nodesOf(pool.pool.slice).max;
  if (pool.dynamicSlices === true && nodes > most) {
    problems.add(InClusterErrors.GangDoesNotFit, {
      subject: "topology",
      given: `${props.topology} of ${nodes} nodes`,
      allowed: `at most ${most} nodes, those of pool "${props.pool}"`,
    });
  }
  return nodes;
}
