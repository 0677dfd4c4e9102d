import type { NumberFormat, ServedModel } from "../serving";
import type { ResolvedVertex } from "./plan";
import type { VertexEndpointProps } from "./props";

/** Port, and paths of the OpenAI server of vLLM that Vertex AI asks. */
export const CONTAINER = {
  port: 8080,
  predictRoute: "/v1/chat/completions",
  healthRoute: "/health",
} as const;

/** Starts the OpenAI server whatever the image starts by itself. */
export const COMMAND: readonly string[] = ["python3", "-m", "vllm.entrypoints.openai.api_server"];

const PLAIN_FORMATS: Partial<Record<NumberFormat, string>> = {
  fp32: "float32",
  bf16: "bfloat16",
  fp16: "float16",
};

/** Where vLLM finds the weights. Those of Cloud Storage are streamed by the Run:ai streamer, which the image must hold. */
function source({ weights }: ServedModel): readonly string[] {
  switch (weights.kind) {
    case "hub":
      return [`--model=${weights.repository}`, `--revision=${weights.revision}`];
    case "object-storage":
      return [`--model=${weights.uri}`, "--load-format=runai_streamer"];
    case "oci":
      return [];
  }
}

/** Arguments of vLLM. Names: `vllm serve --help` of 0.11 (read 2026-11). */
export function containerArgs(
  model: ServedModel,
  { parallelism, plan }: Pick<ResolvedVertex, "parallelism" | "plan">,
): readonly string[] {
  const { tensor, pipeline, data, expert } = parallelism;
  const degrees = { tensor, pipeline, data };
  return [
    ...source(model),
    "--host=0.0.0.0",
    `--port=${CONTAINER.port}`,
    `--served-model-name=${model.name}`,
    `--max-model-len=${model.contextTokens}`,
    `--max-num-seqs=${plan.maxBatch}`,
    `--dtype=${PLAIN_FORMATS[model.precision] ?? "auto"}`,
    `--kv-cache-dtype=${model.cachePrecision === "fp8" ? "fp8" : "auto"}`,
    ...Object.entries(degrees)
      .filter(([, degree]) => degree > 1)
      .map(([name, degree]) => `--${name}-parallel-size=${degree}`),
    ...(expert > 1 ? ["--enable-expert-parallel"] : []),
  ];
}

/** Source: autoscaling_metric_specs in the documentation of the provider, 6.50 (read 2026-11) */
const DUTY_CYCLE = "aiplatform.googleapis.com/prediction/online/accelerator/duty_cycle";
const DEFAULT_DUTY_PERCENT = 60;

/** Machines of the model, in the words of the API, which are those of the provider, too. */
export function scalingOf(
  { targetDutyCyclePercent }: VertexEndpointProps,
  { machine, acceleratorType, minReplicas, maxReplicas }: ResolvedVertex,
) {
  return {
    minReplicaCount: minReplicas,
    maxReplicaCount: maxReplicas,
    machineSpec: { machineType: machine.name, acceleratorType, acceleratorCount: machine.acceleratorCount },
    autoscalingMetricSpecs:
      maxReplicas > minReplicas
        ? [{ metricName: DUTY_CYCLE, target: targetDutyCyclePercent ?? DEFAULT_DUTY_PERCENT }]
        : undefined,
  };
}
