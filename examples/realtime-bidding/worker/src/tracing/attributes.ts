/**
 * Names of OpenTelemetry's semantic conventions 1.45 (https://opentelemetry.io/docs/specs/semconv/, read 2026-11):
 * messaging with Kafka, GenAI, databases. Most are not stable yet, so they are written here and not imported from a
 * package that may change them. What events hold is in none of them, and neither are their keys: these are often people.
 */
import type { Attributes } from "@opentelemetry/api";
import type { WorkerConfig } from "../config/config.js";
import { NoAnswer } from "../http/http.js";
import { RefusedByService } from "../http/json-api.js";
import type { InputRecord } from "../stream/member.js";

/** Kinds of look-ups whose store the conventions know by another name. */
const SYSTEMS: Readonly<Record<string, string>> = {
  "opensearch-serverless": "opensearch",
  pgvector: "postgresql",
};

const KAFKA: Attributes = { "messaging.system": "kafka" };

export const operation = (name: "process" | "send"): Attributes => ({
  ...KAFKA,
  "messaging.operation.name": name,
  "messaging.operation.type": name,
});

export const placeOf = ({ topic, partition, offset }: InputRecord): Attributes => ({
  "messaging.destination.name": topic,
  "messaging.destination.partition.id": `${partition}`,
  "messaging.kafka.offset": Number(offset),
});

/** One is no batch. */
export const batchOf = (messages: number): Attributes =>
  messages > 1 ? { "messaging.batch.message_count": messages } : {};

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443, "postgresql:": 5432 };

function serverOf(endpoint: string): Attributes {
  const { protocol, hostname, port } = new URL(endpoint);
  return { "server.address": hostname, "server.port": port === "" ? PORTS[protocol]! : Number(port) };
}

/** By the name of the look-up. */
export function lookUps({ features, vectors }: WorkerConfig): ReadonlyMap<string, Attributes> {
  const common = ({ name, kind, endpoint }: { name: string; kind: string; endpoint: string }) => ({
    "inline_inference.lookup.name": name,
    "inline_inference.lookup.kind": kind,
    ...serverOf(endpoint),
  });
  const search = (kind: string) => ({
    "db.system.name": SYSTEMS[kind] ?? kind,
    "db.operation.name": "search",
  });
  return new Map([
    ...features.map((each) => [each.name, common(each)] as const),
    ...vectors.map((each) => [each.name, { ...common(each), ...search(each.kind) }] as const),
  ]);
}

/**
 * The conventions have no word for the Open Inference Protocol's operation, and allow others. A server with OpenAI's API
 * counts as `openai`: the name says how the data reads, `server.address` who answers.
 */
export function model({ model: asked }: WorkerConfig): {
  readonly name: string;
  readonly attributes: Attributes;
} {
  const openai = asked.protocol === "openai";
  const name = openai ? "text_completion" : "infer";
  return {
    name: `${name} ${asked.name}`,
    attributes: {
      "gen_ai.operation.name": name,
      "gen_ai.provider.name": openai ? "openai" : asked.protocol,
      "gen_ai.request.model": asked.name,
      ...(openai ? { "gen_ai.request.max_tokens": asked.maxTokens } : {}),
      ...serverOf(asked.endpoint),
    },
  };
}

/** Tokens, where the answer tells them, as servers with OpenAI's API do. */
export function usageOf(answer: unknown): Attributes {
  const { usage } = answer as { usage?: { prompt_tokens?: unknown; completion_tokens?: unknown } };
  const told = {
    "gen_ai.usage.input_tokens": usage?.prompt_tokens,
    "gen_ai.usage.output_tokens": usage?.completion_tokens,
  };
  return Object.fromEntries(
    Object.entries(told).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

/** A status, or a kind of failure: few values, and no text of others. */
export function errorType(error: unknown): string {
  if (error instanceof RefusedByService) {
    return `${error.status}`;
  }
  return error instanceof NoAnswer ? "no_answer" : "_OTHER";
}
