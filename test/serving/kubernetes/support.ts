import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { Residency } from "../../../lib/fabric/residency";
import { Slice } from "../../../lib/fabric/slice";
import {
  KubernetesModelEndpoint,
  type KubernetesModelEndpointProps,
  type KubernetesVariantProps,
  type VariantPlan,
} from "../../../lib/kubernetes";
import type { ServedModel, TrafficClass, Weights } from "../../../lib/serving/serving";
import { synthStack, testApp } from "../../../lib/testing";
import * as clusters from "../../cluster/in-cluster/clusters";

export const image = (name: string) => `registry.example.com/${name}@sha256:${"a1".repeat(32)}`;

export const HUB: Weights = {
  kind: "hub",
  repository: "meta-llama/Llama-3.3-70B-Instruct",
  revision: "6f6073b423013f6a7d4d9f39144961bfbfbc386b",
  tokenSecret: "hub-token",
};
export const STORED: Weights = { kind: "object-storage", uri: "s3://acme-models/llama-3.3-70b" };
export const IN_IMAGE: Weights = { kind: "oci", image: image("weights"), path: "/" };

export function model(change: Partial<ServedModel> = {}): ServedModel {
  return {
    name: "llama-3.3-70b",
    shape: {
      params: 70.6e9,
      layers: 80,
      hidden: 8192,
      sequence: 131_072,
      kvHidden: 1024,
      attentionHeads: 64,
      kvHeads: 8,
      vocabulary: 128_256,
    },
    weights: HUB,
    precision: "bf16",
    cachePrecision: "bf16",
    contextTokens: 32_768,
    adapters: [],
    ...change,
  };
}

/** A replica of four accelerators, two replicas. */
export function plan(change: Partial<VariantPlan> = {}): VariantPlan {
  return {
    model: "llama-3.3-70b",
    engine: "vllm",
    accelerator: { name: "h200" },
    parallelism: { tensor: 4, pipeline: 1, expert: 1, data: 1 },
    acceleratorsPerNode: 8,
    acceleratorsPerReplica: 4,
    nodesPerReplica: 1,
    memoryUtilization: 0.9,
    memory: { weightsGib: 33 },
    maxBatch: 128,
    prefillChunkTokens: 8192,
    replicas: { kind: "together", count: 2 },
    drainSeconds: 120,
    planned: { requestsPerSecond: 12, outputTokensPerSecond: 4000, usdPerHour: 60 },
    ...change,
  };
}

/** A replica of two nodes. */
export const TWO_NODES: Partial<VariantPlan> = {
  parallelism: { tensor: 8, pipeline: 2, expert: 1, data: 1 },
  acceleratorsPerReplica: 16,
  nodesPerReplica: 2,
  memory: { weightsGib: 9 },
};

/** Prompts are read and answers written in pods of their own. */
export const SPLIT: Partial<VariantPlan> = { replicas: { kind: "split", prefill: 2, decode: 3 } };

export function trafficClass(change: Partial<TrafficClass> = {}): TrafficClass {
  return {
    name: "chat",
    requestsPerSecond: 8,
    promptTokens: 1200,
    outputTokens: 300,
    maxOutputTokens: 2048,
    cachedShare: 0.3,
    firstTokenP95Ms: 800,
    nextTokenMs: 40,
    priority: 10,
    objective: 0.99,
    residency: Residency.EU,
    ...change,
  };
}

export const BATCH = trafficClass({ name: "batch", priority: -1, firstTokenP95Ms: 30_000 });

export const cluster = () =>
  clusters.awsCluster([
    clusters.cloudPool(clusters.TRAIN, clusters.AWS_TRAIN),
    clusters.cloudPool(
      { name: "read", slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }) },
      clusters.AWS_TRAIN,
    ),
    clusters.cloudPool({ name: "small", slice: Slice.accelerators("l4", { perNode: 8, nodes: 2 }) }),
  ]);

export function variant(change: Partial<KubernetesVariantProps> = {}): KubernetesVariantProps {
  return {
    name: "full",
    model: model(),
    plan: plan(),
    pool: "train",
    engine: { image: image("vllm") },
    ...change,
  };
}

export function kubernetesStack(): TerraformStack {
  const stack = new TerraformStack(testApp(), "workloads");
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  return stack;
}

export function endpoint(
  change: Partial<KubernetesModelEndpointProps> = {},
  stack: TerraformStack = kubernetesStack(),
  id = "endpoint",
): KubernetesModelEndpoint {
  const form = change.form ?? "deployment";
  return new KubernetesModelEndpoint(stack, id, {
    cluster: cluster(),
    namePrefix: "acme",
    name: "assistant",
    classes: [trafficClass(), ...(form === "inference-service" ? [] : [BATCH])],
    variants: [variant()],
    ...(form === "deployment" ? { picker: { image: image("picker") } } : {}),
    ...change,
  });
}

interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of any kind
  readonly spec: any;
}

/** All resources of a stack, of one Terraform type. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into resources of any type
export function resourcesOf(stack: TerraformStack, type: string): readonly any[] {
  const { resource } = JSON.parse(JSON.stringify(synthStack(stack))) as {
    resource: Record<string, Record<string, unknown>>;
  };
  return Object.values(resource[type] ?? {});
}

/** The objects of one kind that a stack emits as manifests, by name. */
export function objects(stack: TerraformStack, kind: string): Readonly<Record<string, KubernetesObject>> {
  const all = resourcesOf(stack, "kubernetes_manifest").map(({ manifest }) => manifest as KubernetesObject);
  return Object.fromEntries(
    all.filter((object) => object.kind === kind).map((object) => [object.metadata.name, object]),
  );
}

/** The only object of a kind. */
export function theObject(stack: TerraformStack, kind: string): KubernetesObject {
  const found = Object.values(objects(stack, kind));
  expect(found).toHaveLength(1);
  return found[0]!;
}
