import type { NumberFormat } from "../../serving";
import { type CommandRequest, divided, type EngineCommand, flag, type NodeOfReplica } from "./command";

/** Where nodes of a replica meet. */
const MASTER_PORT = 29_500;
const DATA_PARALLEL_PORT = 13_345;

/** Types of unquantised weights. Quantised weights say by themselves what they are. */
const DTYPES: Partial<Record<NumberFormat, string>> = { bf16: "bfloat16", fp16: "float16", fp32: "float32" };

/** Ranks that vLLM has kernels for; a rank between them takes the next. Source: vllm-project/vllm vllm/config/lora.py, MaxLoRARanks, at 01230b40 (opened 2026-11) */
const RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512];

function adapterFlags({ model, weights }: CommandRequest): readonly string[] {
  const { adapters } = model;
  if (adapters.length === 0) {
    return [];
  }
  const rank = Math.max(...adapters.map((adapter) => adapter.rank));
  return [
    "--enable-lora",
    ...flag("max-loras", adapters.length),
    ...flag("max-lora-rank", RANKS.find((known) => known >= rank) ?? rank),
    "--lora-modules",
    ...adapters.map(({ name }) => `${name}=${weights.adapters[name]}`),
  ];
}

function streamFlags({ weights, plan }: CommandRequest): readonly string[] {
  return weights.streamed
    ? [
        "--load-format=runai_streamer",
        // Each accelerator reads a part, and they give it to each other.
        ...(plan.parallelism.tensor > 1 ? [`--model-loader-extra-config={"distributed":true}`] : []),
      ]
    : [];
}

/**
 * Keys and values go from pods that read prompts to pods that write.
 * Source: https://docs.vllm.ai/en/stable/features/nixl_connector_usage/ (read 2026-11)
 */
function transferFlags({ role }: CommandRequest): readonly string[] {
  return role === "both"
    ? []
    : [
        `--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"${role === "prefill" ? "kv_producer" : "kv_both"}"}`,
      ];
}

/** Arguments that do not depend on the node; KServe's own command line takes them too. */
export function vllmFlags(request: CommandRequest): readonly string[] {
  const { model, plan, settings } = request;
  const { tensor, pipeline, data, expert } = plan.parallelism;
  return [
    ...flag("max-model-len", model.contextTokens),
    ...flag("max-num-seqs", plan.maxBatch),
    ...flag("max-num-batched-tokens", plan.prefillChunkTokens),
    ...flag("gpu-memory-utilization", plan.memoryUtilization),
    ...divided("tensor-parallel-size", tensor),
    ...divided("pipeline-parallel-size", pipeline),
    ...divided("data-parallel-size", data),
    ...(expert > 1 ? ["--enable-expert-parallel"] : []),
    ...flag("dtype", DTYPES[model.precision]),
    ...flag("quantization", settings.quantization),
    ...flag("kv-cache-dtype", model.cachePrecision === "fp8" ? "fp8" : undefined),
    (settings.prefixCaching ?? true) ? "--enable-prefix-caching" : "--no-enable-prefix-caching",
    // Generations that run are ended before the process ends. vLLM 0.18 and newer.
    ...flag("shutdown-timeout", Math.ceil(plan.drainSeconds)),
    "--disable-access-log-for-endpoints=/health,/metrics",
    ...streamFlags(request),
    ...transferFlags(request),
    ...(settings.arguments ?? []),
    ...adapterFlags(request),
  ];
}

/** Environment that does not depend on the node. */
export function vllmEnvironment({ role }: CommandRequest): EngineCommand["environment"] {
  return role === "both"
    ? []
    : [
        {
          name: "VLLM_NIXL_SIDE_CHANNEL_HOST",
          valueFrom: { fieldRef: { fieldPath: "status.podIP" } },
        },
      ];
}

/**
 * Replicas of several nodes, without Ray: one process group over all nodes, or, with data parallelism, one engine per
 * rank that the leader's server feeds. Ranks are known only in the pod.
 *
 * Sources: https://docs.vllm.ai/en/stable/serving/parallelism_scaling/, …/serving/data_parallel_deployment/;
 * environment of a LeaderWorkerSet: https://lws.sigs.k8s.io/docs/reference/labels-annotations-and-environment-variables/
 * (read 2026-11)
 */
function nodeFlags({ plan }: CommandRequest, node: NodeOfReplica | undefined): readonly string[] {
  if (node === undefined) {
    return [];
  }
  const headless = node === "worker" ? ["--headless"] : [];
  if (plan.parallelism.data > 1) {
    return [
      `--data-parallel-size-local=${plan.parallelism.data / plan.nodesPerReplica}`,
      "--data-parallel-address=$(LWS_LEADER_ADDRESS)",
      `--data-parallel-rpc-port=${DATA_PARALLEL_PORT}`,
      ...headless,
    ];
  }
  return [
    `--nnodes=${plan.nodesPerReplica}`,
    "--node-rank=$(LWS_WORKER_INDEX)",
    "--master-addr=$(LWS_LEADER_ADDRESS)",
    `--master-port=${MASTER_PORT}`,
    ...headless,
  ];
}

/** vLLM's server of OpenAI's API. Flags: https://docs.vllm.ai/en/stable/cli/serve/ (read 2026-11) */
export function vllmCommand(request: CommandRequest, node?: NodeOfReplica): EngineCommand {
  const { model, plan, weights } = request;
  const local = plan.parallelism.data / plan.nodesPerReplica;
  const ranked = node === "worker" && plan.parallelism.data > 1;
  return {
    // The first rank of a node is a product, which only a shell can compute.
    command: ranked
      ? [
          "/bin/sh",
          "-c",
          `exec vllm serve "$@" --data-parallel-start-rank=$((LWS_WORKER_INDEX * ${local}))`,
          "vllm",
        ]
      : ["vllm", "serve"],
    args: [
      weights.model,
      ...flag("served-model-name", model.name),
      ...flag("port", request.port),
      ...nodeFlags(request, node),
      ...vllmFlags(request),
    ],
    environment: vllmEnvironment(request),
    healthPath: "/health",
  };
}
