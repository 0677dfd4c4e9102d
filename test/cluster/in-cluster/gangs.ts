import type { TerraformStack } from "cdktf";
import { Slice } from "../../../lib/fabric/slice";
import {
  GangJobSet,
  type GangJobSetProps,
  GangService,
  type GangServiceProps,
} from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { objectOf, stackOf } from "./synthesized";

export const CONTAINER = { name: "trainer", image: "registry.example.com/train:1", command: ["train"] };
export const QUEUE = { namespace: "vision", queueName: "vision" };
const RACK = { name: "train", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };

export const aws = () => clusters.awsCluster([clusters.cloudPool(clusters.TRAIN, clusters.AWS_TRAIN)]);
export const google = () =>
  clusters.googleCluster([clusters.cloudPool(clusters.TRAIN, clusters.GOOGLE_TRAIN)]);
export const rails = () =>
  clusters.onPremCluster({
    rdma: {
      mode: "sriov",
      link: "infiniband",
      rails: [
        { name: "rail-0", interface: "a" },
        { name: "rail-1", interface: "b" },
      ],
    },
  });
export const rack = () => clusters.cksCluster([clusters.SYSTEM, RACK]);
export const tpu = (topology: string, slices = 1) =>
  clusters.googleCluster([
    clusters.cloudPool(
      { name: "train", slice: Slice.tpu("tpu-v6e", { topology, slices }) },
      { topologyLevels: ["cloud.google.com/gke-nodepool"] },
    ),
  ]);

export function jobSet(props: Partial<GangJobSetProps> = {}, stack: TerraformStack = stackOf()) {
  new GangJobSet(stack, "job", {
    cluster: aws(),
    pool: "train",
    name: "llama",
    queue: QUEUE,
    container: CONTAINER,
    ...props,
  });
  return stack;
}

export function service(props: Partial<GangServiceProps> = {}, stack: TerraformStack = stackOf()) {
  new GangService(stack, "service", {
    cluster: aws(),
    pool: "train",
    name: "moe",
    queue: QUEUE,
    container: CONTAINER,
    ...props,
  });
  return stack;
}

export const jobCodes = (props: Partial<GangJobSetProps>) =>
  captureValidationError(() => jobSet(props)).codes;
export const serviceCodes = (props: Partial<GangServiceProps>) =>
  captureValidationError(() => service(props)).codes;

export interface Job {
  readonly replicas: number;
  readonly template: {
    readonly spec: { readonly parallelism: number; readonly completions: number; readonly template: Pod };
  };
}
export interface Pod {
  readonly metadata?: { readonly annotations: Record<string, string> };
  readonly spec: Record<string, unknown> & { readonly containers: readonly Record<string, unknown>[] };
}
export const jobOf = (stack: TerraformStack) =>
  (objectOf(stack, "JobSet").spec.replicatedJobs as readonly Job[])[0]!;
export const podOf = (stack: TerraformStack) => jobOf(stack).template.spec.template;

export const ANYWHERE = { "kueue.x-k8s.io/podset-unconstrained-topology": "true" };
