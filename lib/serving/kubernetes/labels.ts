import { resourceName } from "../../core/naming";

/** What a pod of an engine does with a request. */
export type EngineRole =
  /** Reads prompts and writes answers. */
  "both" | "prefill" | "decode";

/** Port at which every replica is called. */
export const SERVE_PORT = 8000;
/** Port of the engine behind the sidecar of pods that decode: the sidecar's own default. */
export const BEHIND_SIDECAR_PORT = 8200;
/** Name of the engine's port, at which it also publishes its metrics. */
export const ENGINE_PORT_NAME = "http";
/** Where weights are in the container, as KServe has it. */
export const MODEL_PATH = "/mnt/models";

/** Room for what controllers append, such as `-inference-pool` of KServe, or `-0-1-xxxxx`. */
const LONGEST = 40;

/** Name of the objects of a variant. */
export function variantName(...parts: readonly string[]): string {
  return resourceName(parts, { maxLength: LONGEST });
}

/** By which a pool and a Service find the pods that answer: leaders, not their workers. */
export const SERVES_LABEL = "hybrid-ai.io/serves";
/** Of pods of all variants of an endpoint. */
export const ENDPOINT_LABEL = "hybrid-ai.io/endpoint";
/** Source: llm-d/llm-d-router docs/disaggregation.md (read 2026-11) */
const ROLE_LABEL = "llm-d.ai/role";
/** Source: llm-d/llm-d-router RELEASE-NOTES.md, #922 (read 2026-11) */
const ENGINE_LABEL = "llm-d.ai/engine-type";

/** What the picker calls the engines. Source: llm-d/llm-d-router config/charts/routerlib/values.yaml (read 2026-11) */
export const PICKER_ENGINES = {
  vllm: "vllm",
  sglang: "sglang",
  triton: "triton-tensorrt-llm",
} as const;

export interface PodLabels {
  readonly prefix: string;
  readonly endpoint: string;
  /** Name of the variant's objects. */
  readonly object: string;
  readonly engine: keyof typeof PICKER_ENGINES;
  readonly role: EngineRole;
}

/** Labels by which the workload of a variant finds all of its pods. */
export function workloadLabels({ prefix, object, role }: PodLabels): Record<string, string> {
  return {
    "app.kubernetes.io/component": role === "both" ? "engine" : role,
    "app.kubernetes.io/instance": object,
    "app.kubernetes.io/part-of": prefix,
  };
}

/** Labels of pods. Those that are called have more than those that only help. */
export function podLabels(labels: PodLabels, called: boolean): Record<string, string> {
  return {
    ...workloadLabels(labels),
    [ENDPOINT_LABEL]: labels.endpoint,
    ...(labels.role === "both" ? {} : { [ROLE_LABEL]: labels.role }),
    ...(called ? { [SERVES_LABEL]: labels.object, [ENGINE_LABEL]: PICKER_ENGINES[labels.engine] } : {}),
  };
}
