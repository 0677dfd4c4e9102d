import type { ModelConfig } from "../config/config.js";
import { type EventObject, steps, valueAt } from "../lookups/lookup.js";

/** One event with all that was looked up for it: what `event.…`, `features.…` and `vectors.…` point into. */
export interface ModelInput {
  readonly event: EventObject;
  readonly features: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly vectors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Opaque: made and read by the same protocol. */
export type ModelRow = readonly unknown[];

/** How a server is asked and how its answer reads. */
export interface ModelProtocol {
  readonly url: string;
  /** What the model gets of one event. @throws UnusableInput */
  row(input: ModelInput): ModelRow;
  request(rows: readonly ModelRow[]): unknown;
  /** One output per input, in the same order. @throws Error if the answer does not have them */
  outputs(answer: unknown, count: number): readonly Readonly<Record<string, unknown>>[];
}

type KserveConfig = Extract<ModelConfig, { protocol: "kserve-v2" }>;
type OpenAiConfig = Extract<ModelConfig, { protocol: "openai" }>;

/** An input that no tensor can hold: the event is at fault, not the model. */
export class UnusableInput extends Error {}

function tensorValue(value: unknown, datatype: string, source: string): unknown {
  if (datatype === "BYTES") {
    return typeof value === "string" ? value : JSON.stringify(value ?? null);
  }
  if (datatype === "BOOL" ? typeof value !== "boolean" : typeof value !== "number") {
    throw new UnusableInput(
      `${source} is ${JSON.stringify(value) ?? "not there"}, the model takes ${datatype}`,
    );
  }
  return value;
}

/** https://github.com/open-inference/open-inference-protocol, `POST /v2/models/<name>/infer`, read 2026-10. */
function kserve(config: KserveConfig): ModelProtocol {
  const inputs = config.inputs.map((input) => ({
    ...input,
    sources: input.from.map((source) => ({ source, path: steps(source) })),
  }));
  return {
    url: `${config.endpoint.replace(/\/$/, "")}/v2/models/${encodeURIComponent(config.name)}/infer`,
    row: (event) =>
      inputs.map(({ datatype, sources }) =>
        sources.map(({ source, path }) => tensorValue(valueAt(event, path), datatype, source)),
      ),
    request: (rows) => ({
      inputs: inputs.map(({ name, datatype, sources }, index) => ({
        name,
        datatype,
        shape: [rows.length, sources.length],
        data: rows.flatMap((row) => row[index]),
      })),
      outputs: config.outputs.map(({ name }) => ({ name })),
    }),
    outputs(answer, count) {
      const tensors =
        (answer as { outputs?: readonly { name: string; data: readonly unknown[] }[] }).outputs ?? [];
      const columns = config.outputs.map(({ name, as }) => {
        const data = tensors.find((tensor) => tensor.name === name)?.data;
        if (!Array.isArray(data) || data.length === 0 || data.length % count !== 0) {
          throw new Error(`the answer has no output "${name}" for ${count} events`);
        }
        return { as, data, width: data.length / count };
      });
      return Array.from({ length: count }, (_, row) => {
        const output: Record<string, unknown> = {};
        for (const { as, data, width } of columns) {
          output[as] = width === 1 ? data[row] : data.slice(row * width, (row + 1) * width);
        }
        return output;
      });
    },
  };
}

/** `POST /v1/completions` with a list of prompts, as vLLM and SGLang serve it; choices carry the index of their prompt. */
function openai(config: OpenAiConfig): ModelProtocol {
  const fill = (input: ModelInput) =>
    config.prompt.replace(/\{((?:event|features|vectors)\.[^}\s]+)\}/g, (_, source: string) => {
      const value = valueAt(input, steps(source));
      return typeof value === "string" ? value : JSON.stringify(value ?? null);
    });
  return {
    url: `${config.endpoint.replace(/\/$/, "")}/v1/completions`,
    row: (event) => [fill(event)],
    request: (rows) => ({
      model: config.name,
      prompt: rows.map(([prompt]) => prompt),
      max_tokens: config.maxTokens,
      temperature: 0,
    }),
    outputs(answer, count) {
      const choices = (answer as { choices?: readonly { index: number; text: string }[] }).choices ?? [];
      const byIndex = new Map(choices.map(({ index, text }) => [index, text]));
      return Array.from({ length: count }, (_, index) => {
        if (!byIndex.has(index)) {
          throw new Error(`the answer has no choice for prompt ${index} of ${count}`);
        }
        return { [config.as]: byIndex.get(index) };
      });
    },
  };
}

export const modelProtocol = (config: ModelConfig): ModelProtocol =>
  config.protocol === "kserve-v2" ? kserve(config) : openai(config);
