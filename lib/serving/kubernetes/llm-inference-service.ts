import type { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { partOf } from "../../kubernetes/room-context";
import type { EndpointReach, Weights } from "../serving";
import { disruptionBudget } from "./disruption";
import { vllmEnvironment, vllmFlags } from "./engines/vllm";
import { ENDPOINT_LABEL, type EngineRole, MODEL_PATH, SERVE_PORT, SERVES_LABEL } from "./labels";
import { ClassObjectives } from "./objectives";
import {
  ENGINE_MOUNTS,
  endOfPod,
  engineVolumes,
  environmentOf,
  networkAnnotations,
  POD_SECURITY,
  placementOf,
  resourcesOf,
  spreadOf,
  startSeconds,
  weightsOf,
} from "./pods";
import { VariantScaler } from "./scaler";
import {
  type EndpointContext,
  partName,
  type ResolvedVariant,
  seriesLabels,
  type VariantObjects,
  type VariantPart,
} from "./variant";
import { LOCKED_DOWN } from "./weights";

export interface LlmInferenceServiceVariantProps {
  readonly context: EndpointContext;
  readonly variant: ResolvedVariant;
}

const PHASE_LABEL = "hybrid-ai.io/phase";

/** Characters that a shell leaves alone. KServe's command line goes through one. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

function quoted(argument: string): string {
  return PLAIN.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** Where the weights come from, as KServe writes it. Only object storage is fetched by KServe itself. */
function modelUri(weights: Weights): string {
  switch (weights.kind) {
    case "object-storage":
      return weights.uri;
    case "oci":
      return `oci://${weights.image}`;
    case "hub":
      return `hf://${weights.repository}:${weights.revision}`;
  }
}

/**
 * A variant as an LLMInferenceService of KServe: it makes the pods, the pool and its picker from its own presets. The
 * library gives image, arguments, weights, accelerators, and what keeps running answers from being cut off.
 *
 * Weights of a hub or an image are brought by the library, pinned; those of object storage by KServe, with the rights
 * of its service account. Adapters too are brought by the library.
 *
 * Terraform resource types: `kubernetes_manifest` (LLMInferenceService, InferenceObjective, ScaledObject),
 * `kubernetes_pod_disruption_budget_v1`.
 *
 * Sources: kserve/kserve v0.20.0 config/llmisvcconfig (the container `main`, `VLLM_ADDITIONAL_ARGS`, names of children)
 * (read 2026-11)
 */
export class LlmInferenceServiceVariant extends Construct implements VariantObjects {
  readonly resource: CustomResource;
  readonly classObjectives: ClassObjectives;
  readonly disruptionBudgets: readonly PodDisruptionBudgetV1[];
  readonly scaler?: VariantScaler;
  readonly reach: EndpointReach;
  readonly metrics: readonly MetricsSource[];
  readonly objectives;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: LlmInferenceServiceVariantProps,
  ) {
    super(scope, id);
    const { context, variant } = props;
    const pool = `${variant.object}-inference-pool`;
    this.resource = new CustomResource(this, "service", {
      apiVersion: "serving.kserve.io/v1alpha2",
      kind: "LLMInferenceService",
      name: variant.object,
      namespace: context.namespace,
      labels: partOf(context, "engine"),
      spec: this.spec(),
      dependsOn: context.after,
    });
    this.classObjectives = new ClassObjectives(this, "objectives", { context, variant, pool });
    this.objectives = this.classObjectives.names;
    this.disruptionBudgets = variant.parts.map((part) =>
      disruptionBudget(this, context, variant, part, this.labels(part.role)),
    );
    const several = variant.props.plan.nodesPerReplica > 1;
    this.scaler =
      variant.props.scaling === undefined
        ? undefined
        : new VariantScaler(this, "scaler", {
            context,
            variant,
            target: several
              ? {
                  apiVersion: "leaderworkerset.x-k8s.io/v1",
                  kind: "LeaderWorkerSet",
                  name: `${variant.object}-kserve-mn`,
                }
              : { apiVersion: "apps/v1", kind: "Deployment", name: `${variant.object}-kserve` },
            after: this.resource,
          });
    this.reach = { kind: "inference-pool", namespace: context.namespace, name: pool, port: SERVE_PORT };
    this.metrics = variant.parts.map((part) => ({
      exporter: variant.props.plan.engine,
      name: partName(variant, part.role),
      namespace: context.namespace,
      podLabels: this.labels(part.role),
      port: "http",
      labels: seriesLabels(context, variant, part.role),
    }));
  }

  /** None of those by which KServe finds its pods. */
  private labels(role: EngineRole): Record<string, string> {
    const { context, variant } = this.props;
    return {
      [ENDPOINT_LABEL]: context.endpoint,
      [SERVES_LABEL]: variant.object,
      ...(role === "both" ? {} : { [PHASE_LABEL]: role }),
    };
  }

  private spec(): Record<string, unknown> {
    const { variant } = this.props;
    const { model } = variant.props;
    const called = variant.parts.at(-1)!;
    const prefill = variant.parts.length > 1 ? variant.parts[0] : undefined;
    return {
      model: { uri: modelUri(model.weights), name: model.name },
      storageInitializer: { enabled: model.weights.kind === "object-storage" },
      ...this.part(called),
      ...(prefill === undefined ? {} : { prefill: this.part(prefill) }),
      // A gateway adds its own routes to the pool.
      router: { scheduler: {} },
    };
  }

  private part(part: VariantPart): Record<string, unknown> {
    const { variant } = this.props;
    const { plan } = variant.props;
    const { tensor, pipeline, data, expert } = plan.parallelism;
    const annotations = networkAnnotations(variant, part);
    return {
      ...(variant.props.scaling === undefined ? { replicas: part.replicas } : {}),
      labels: this.labels(part.role),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      parallelism: {
        tensor,
        ...(pipeline > 1 ? { pipeline } : {}),
        ...(data > 1 ? { data, dataLocal: data / plan.nodesPerReplica } : {}),
        ...(expert > 1 ? { expert: true } : {}),
      },
      template: this.pod(part),
      ...(plan.nodesPerReplica > 1 ? { worker: this.pod(part) } : {}),
    };
  }

  private pod(part: VariantPart): Record<string, unknown> {
    const { context, variant } = this.props;
    const { props } = variant;
    const weights = weightsOf(variant);
    const { terminationGracePeriodSeconds, lifecycle } = endOfPod(variant);
    // What KServe brings needs no streaming: it lies at the same path as what the library brings.
    const command = {
      model: props.model,
      plan: props.plan,
      settings: props.engine,
      weights: { ...weights, streamed: false, model: MODEL_PATH },
      role: part.role,
      port: SERVE_PORT,
    };
    return {
      serviceAccountName: context.serviceAccount,
      enableServiceLinks: false,
      terminationGracePeriodSeconds,
      securityContext: POD_SECURITY,
      ...placementOf(variant, part),
      ...spreadOf(this.labels(part.role)),
      ...(weights.initContainers.length === 0 ? {} : { initContainers: weights.initContainers }),
      containers: [
        {
          name: "main",
          image: props.engine.image,
          ports: [{ name: "http", containerPort: enginePort(part.role), protocol: "TCP" }],
          env: [
            ...environmentOf(variant, weights, { environment: vllmEnvironment(command) }),
            { name: "VLLM_ADDITIONAL_ARGS", value: vllmFlags(command).map(quoted).join(" ") },
          ],
          lifecycle,
          resources: resourcesOf(variant, part, weights.diskGib),
          securityContext: LOCKED_DOWN,
          volumeMounts: [...ENGINE_MOUNTS, ...weights.mounts],
          startupProbe: {
            httpGet: { path: "/health", port: enginePort(part.role) },
            periodSeconds: 10,
            timeoutSeconds: 5,
            failureThreshold: Math.ceil(startSeconds(variant) / 10),
          },
        },
      ],
      volumes: engineVolumes(variant, weights),
    };
  }
}

/** In pods that write answers KServe's sidecar has the port of the pool. */
function enginePort(role: EngineRole): number {
  return role === "decode" ? SERVE_PORT + 1 : SERVE_PORT;
}
