import { type CommandRequest, type EngineCommand, flag } from "./command";

/**
 * Triton with its front of OpenAI's API. Weights are a model repository with an engine that TensorRT-LLM compiled:
 * parallelism, batch, precision and cache were decided then.
 *
 * Source: triton-inference-server/server python/openai/openai_frontend/main.py (read 2026-11)
 */
export function tritonCommand({ settings, weights, port }: CommandRequest): EngineCommand {
  return {
    command: ["python3", "/opt/tritonserver/python/openai/openai_frontend/main.py"],
    args: [
      ...flag("model-repository", weights.model),
      ...flag("tokenizer", `${weights.model}/${settings.tokenizer}`),
      "--host=0.0.0.0",
      ...flag("openai-port", port),
      ...(settings.arguments ?? []),
    ],
    environment: [],
    healthPath: "/health/ready",
  };
}
