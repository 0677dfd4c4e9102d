import { stableJson } from "../../core/json";
import type { Problems } from "../../core/problems";
import type { EngineKind, NumberFormat, Parallelism, ServedModel } from "../serving";
import { SageMakerErrors } from "./errors";
import type { SageMakerEngine } from "./props";

/** Where SageMaker puts what it read from S3. Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html (read 2026-11) */
const MODEL_DIRECTORY = "/opt/ml/model";

/** What the engine is told of a variant. */
export interface EngineFacts {
  readonly model: ServedModel;
  readonly parallelism: Parallelism;
  /** Requests that one instance works on together. */
  readonly concurrency: number;
}

const PLAIN_FORMATS: Partial<Record<NumberFormat, string>> = {
  fp32: "float32",
  bf16: "bfloat16",
  fp16: "float16",
};

/** Quantized weights say themselves how. */
const dtype = (precision: NumberFormat): string => PLAIN_FORMATS[precision] ?? "auto";

/** `auto` is the precision of the model. */
function cacheDtype({ cachePrecision }: ServedModel, fp8: string): string {
  return cachePrecision === "fp8" ? fp8 : "auto";
}

/** Leaves out degrees of one, which are the engines' own defaults. */
function degrees(names: Readonly<Record<string, number>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(names)
      .filter(([, degree]) => degree > 1)
      .map(([name, degree]) => [name, String(degree)]),
  );
}

/**
 * Arguments of vLLM, as variables. Names: `vllm serve --help` of 0.11; rule: `vllm/build_artifacts/sagemaker_entrypoint.sh` of
 * aws/deep-learning-containers (read 2026-11): `SM_VLLM_MAX_MODEL_LEN=1` becomes `--max-model-len 1`, an empty value a flag.
 */
function vllm({ model, parallelism, concurrency }: EngineFacts): Readonly<Record<string, string>> {
  const { tensor, pipeline, data, expert } = parallelism;
  return {
    SM_VLLM_MODEL: MODEL_DIRECTORY,
    SM_VLLM_SERVED_MODEL_NAME: model.name,
    SM_VLLM_MAX_MODEL_LEN: String(model.contextTokens),
    SM_VLLM_MAX_NUM_SEQS: String(concurrency),
    SM_VLLM_DTYPE: dtype(model.precision),
    SM_VLLM_KV_CACHE_DTYPE: cacheDtype(model, "fp8"),
    ...degrees({
      SM_VLLM_TENSOR_PARALLEL_SIZE: tensor,
      SM_VLLM_PIPELINE_PARALLEL_SIZE: pipeline,
      SM_VLLM_DATA_PARALLEL_SIZE: data,
    }),
    ...(expert > 1 ? { SM_VLLM_ENABLE_EXPERT_PARALLEL: "" } : {}),
  };
}

/** Arguments of SGLang, as variables, by the same rule with `SM_SGLANG_`. Names: `sglang/srt/server_args.py` of 0.5 (read 2026-11). */
function sglang({ model, parallelism, concurrency }: EngineFacts): Readonly<Record<string, string>> {
  const { tensor, pipeline, data, expert } = parallelism;
  return {
    SM_SGLANG_MODEL_PATH: MODEL_DIRECTORY,
    SM_SGLANG_SERVED_MODEL_NAME: model.name,
    SM_SGLANG_CONTEXT_LENGTH: String(model.contextTokens),
    SM_SGLANG_MAX_RUNNING_REQUESTS: String(concurrency),
    SM_SGLANG_DTYPE: dtype(model.precision),
    SM_SGLANG_KV_CACHE_DTYPE: cacheDtype(model, "fp8_e4m3"),
    ...degrees({
      SM_SGLANG_TP_SIZE: tensor,
      SM_SGLANG_PP_SIZE: pipeline,
      SM_SGLANG_DP_SIZE: data,
      SM_SGLANG_EP_SIZE: expert,
    }),
  };
}

/** The engine is compiled for its division; Triton is only told which model of the repository is asked for. */
function triton({ model }: EngineFacts): Readonly<Record<string, string>> {
  return { SAGEMAKER_TRITON_DEFAULT_MODEL_NAME: model.name };
}

const FROM_FACTS: Readonly<Record<EngineKind, (facts: EngineFacts) => Readonly<Record<string, string>>>> = {
  vllm,
  sglang,
  triton,
};

/** Variables of the container, sorted by name; what is set twice goes to `problems`. */
export function engineEnvironment(
  problems: Problems,
  subject: string,
  engine: SageMakerEngine,
  facts: EngineFacts,
): Readonly<Record<string, string>> {
  const known = FROM_FACTS[engine.kind](facts);
  const own = engine.environment ?? {};
  for (const [name, value] of Object.entries(own)) {
    problems.name(`${subject} variable`, name, {
      pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
      maxLength: 1024,
      form: "letters, digits and underscores, not starting with a digit",
    });
    if (name in known) {
      problems.add(SageMakerErrors.EnvironmentTaken, {
        subject: `${subject} variable ${name}`,
        given: value,
        allowed: `nothing: it is ${stableJson(known[name])}`,
      });
    }
  }
  const sorted = Object.entries({ ...known, ...own }).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted);
}
