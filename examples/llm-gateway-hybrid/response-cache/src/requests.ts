import { createHash } from "node:crypto";
import { canonical } from "./canonical.js";
import type { ClassRule } from "./config.js";

/** Paths whose answers may be kept, and what an answer calls itself there. */
const OBJECTS: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "chat.completion",
  "/v1/completions": "text_completion",
  "/v1/embeddings": "list",
};

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whose request it is, as the gateway says it. */
export interface Identity {
  readonly gateway: string;
  readonly tenant: string;
  readonly className: string;
}

export const isKept = (path: string): boolean => Object.hasOwn(OBJECTS, path);

function objectOf(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const json: unknown = JSON.parse(UTF8.decode(bytes));
  return typeof json === "object" && json !== null && !Array.isArray(json)
    ? (json as Readonly<Record<string, unknown>>)
    : undefined;
}

export type Asked = { readonly key: string } | { readonly reason: "unreadable" | "streamed" | "temperature" };

/** What a request is kept under; the reason if its answer must not be kept. */
export function keyOf(identity: Identity, path: string, rule: ClassRule, bytes: Uint8Array): Asked {
  try {
    const body = objectOf(bytes);
    if (body === undefined) {
      return { reason: "unreadable" };
    }
    if (body.stream !== undefined && body.stream !== null && body.stream !== false) {
      return { reason: "streamed" };
    }
    if (path !== "/v1/embeddings" && !rule.anyTemperature && body.temperature !== 0) {
      return { reason: "temperature" };
    }
    const { gateway, tenant, className } = identity;
    const said = canonical([1, gateway, tenant, className, path, body]);
    return { key: createHash("sha256").update(said).digest("hex") };
  } catch {
    return { reason: "unreadable" };
  }
}

export interface WholeAnswer {
  /** By the answer's `usage`; 0 if it says nothing. */
  readonly tokens: number;
}

/** Undefined unless it is a whole answer in OpenAI's form. */
export function wholeAnswer(path: string, bytes: Uint8Array): WholeAnswer | undefined {
  try {
    const body = objectOf(bytes);
    if (body === undefined || body.object !== OBJECTS[path] || (body.error ?? null) !== null) {
      return undefined;
    }
    const parts = path === "/v1/embeddings" ? body.data : body.choices;
    const ended = (part: { readonly finish_reason?: unknown } | null) =>
      path === "/v1/embeddings" || typeof part?.finish_reason === "string";
    if (!Array.isArray(parts) || parts.length === 0 || !parts.every(ended)) {
      return undefined;
    }
    const tokens = (body.usage as { readonly total_tokens?: unknown } | null | undefined)?.total_tokens;
    return { tokens: typeof tokens === "number" && tokens > 0 ? tokens : 0 };
  } catch {
    return undefined;
  }
}
