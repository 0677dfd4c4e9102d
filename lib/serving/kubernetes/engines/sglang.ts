import type { NumberFormat } from "../../serving";
import { type CommandRequest, divided, type EngineCommand, flag, type NodeOfReplica } from "./command";

const MEETING_PORT = 20_000;

const DTYPES: Partial<Record<NumberFormat, string>> = { bf16: "bfloat16", fp16: "float16", fp32: "float32" };

function nodeFlags({ plan }: CommandRequest, node: NodeOfReplica | undefined): readonly string[] {
  return node === undefined
    ? []
    : [
        `--nnodes=${plan.nodesPerReplica}`,
        "--node-rank=$(LWS_WORKER_INDEX)",
        `--dist-init-addr=$(LWS_LEADER_ADDRESS):${MEETING_PORT}`,
      ];
}

function adapterFlags({ model, weights }: CommandRequest): readonly string[] {
  const { adapters } = model;
  return adapters.length === 0
    ? []
    : [
        "--enable-lora",
        ...flag("max-loras-per-batch", adapters.length),
        ...flag("max-lora-rank", Math.max(...adapters.map(({ rank }) => rank))),
        "--lora-paths",
        ...adapters.map(({ name }) => `${name}=${weights.adapters[name]}`),
      ];
}

/**
 * SGLang's server of OpenAI's API. `tensor` of SGLang counts all accelerators of a stage: with data parallelism of the
 * attention it divides them further.
 *
 * Source: sgl-project/sglang python/sglang/srt/server_args.py (read 2026-11); flags are its fields, with hyphens.
 */
export function sglangCommand(request: CommandRequest, node?: NodeOfReplica): EngineCommand {
  const { model, plan, settings, weights } = request;
  const { tensor, pipeline, data, expert } = plan.parallelism;
  return {
    command: ["python3", "-m", "sglang.launch_server"],
    args: [
      ...flag("model-path", weights.model),
      ...flag("served-model-name", model.name),
      "--host=0.0.0.0",
      ...flag("port", request.port),
      "--enable-metrics",
      ...nodeFlags(request, node),
      ...flag("context-length", model.contextTokens),
      ...flag("max-running-requests", plan.maxBatch),
      ...flag("chunked-prefill-size", plan.prefillChunkTokens),
      ...flag("mem-fraction-static", plan.memoryUtilization),
      ...divided("tp-size", tensor * data),
      ...divided("pp-size", pipeline),
      ...(data > 1 ? [`--dp-size=${data}`, "--enable-dp-attention"] : []),
      ...divided("ep-size", expert),
      ...flag("dtype", DTYPES[model.precision]),
      ...flag("quantization", settings.quantization),
      ...flag("kv-cache-dtype", model.cachePrecision === "fp8" ? "fp8_e4m3" : undefined),
      ...((settings.prefixCaching ?? true) ? [] : ["--disable-radix-cache"]),
      ...(weights.streamed ? ["--load-format=runai_streamer"] : []),
      ...(settings.arguments ?? []),
      ...adapterFlags(request),
    ],
    environment: [],
    healthPath: "/health",
  };
}
