import type { ClassRule, Config } from "./config.js";
import { errorText, type Log } from "./log.js";
import {
  type HttpBody,
  type HttpHeaders,
  headersOf,
  type ProcessingMode,
  type ProcessingRequest,
  type ProcessingResponse,
  setHeader,
} from "./messages.js";
import type { Bypass, Metrics } from "./metrics.js";
import { isKept, keyOf, wholeAnswer } from "./requests.js";
import type { Kept, Store } from "./store.js";

/** Set by the gateway from the proven identity; what clients send under this name is thrown away before. */
const TENANT = "x-tenant";
const TRAFFIC_CLASS = "x-traffic-class";
const OUTCOME = "x-response-cache";

/** Where Envoy's RBAC filter says what it decided. Source: rbac_filter.cc, seen with Envoy 1.40. */
const RBAC = "envoy.filters.http.rbac";
const RBAC_RESULT = "enforced_engine_result";

const NOTHING_MORE: ProcessingMode = {
  responseHeaderMode: "SKIP",
  requestBodyMode: "NONE",
  responseBodyMode: "NONE",
};
/** Partly: what is too long for the proxy's buffer goes on its way instead of being refused. */
const REQUEST_BODY: ProcessingMode = {
  responseHeaderMode: "SEND",
  requestBodyMode: "BUFFERED_PARTIAL",
  responseBodyMode: "NONE",
};
const RESPONSE_BODY: ProcessingMode = { responseBodyMode: "BUFFERED_PARTIAL" };

export interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A request that may be kept. */
interface Candidate {
  readonly tenant: string;
  readonly className: string;
  readonly path: string;
  readonly rule: ClassRule;
  /** The client wants a new answer. */
  readonly fresh: boolean;
}

const directives = (header: string | undefined) =>
  (header ?? "").split(",").map((directive) => directive.trim().toLowerCase());

/**
 * One request and its answer, as Envoy tells of them. Whatever goes wrong, the request passes as if nobody had looked.
 */
export class Exchange {
  #candidate?: Candidate;
  /** What the answer is to be kept under. */
  #key?: string;

  constructor(private readonly parts: Parts) {}

  async answer(request: ProcessingRequest): Promise<ProcessingResponse> {
    if (request.requestHeaders) {
      return this.#requestHeaders(request.requestHeaders, request);
    }
    if (request.requestBody) {
      return this.#requestBody(request.requestBody);
    }
    if (request.responseHeaders) {
      return this.#responseHeaders(request.responseHeaders);
    }
    if (request.responseBody) {
      return this.#responseBody(request.responseBody);
    }
    return request.requestTrailers ? { requestTrailers: {} } : { responseTrailers: {} };
  }

  #requestHeaders(message: HttpHeaders, { metadataContext }: ProcessingRequest): ProcessingResponse {
    const headers = headersOf(message);
    const className = headers.get(TRAFFIC_CLASS) ?? "";
    const { classes } = this.parts.config;
    const rule = Object.hasOwn(classes, className) ? classes[className] : undefined;
    if (rule === undefined) {
      // Names that clients make up are no labels.
      return this.#leave("other", "class");
    }
    const path = headers.get(":path") ?? "";
    if (headers.get(":method") !== "POST" || !isKept(path) || message.endOfStream) {
      return this.#leave(className, "path");
    }
    // Whoever may not use the class must not get its answers: without Envoy's word that this was decided, nothing is looked up.
    const decided = metadataContext?.filterMetadata?.[RBAC]?.fields?.[RBAC_RESULT]?.stringValue;
    if (decided !== "allowed") {
      return this.#leave(className, "not-authorized");
    }
    const tenant = headers.get(TENANT);
    if (!tenant) {
      return this.#leave(className, "no-tenant");
    }
    const wishes = directives(headers.get("cache-control"));
    if (wishes.includes("no-store")) {
      return this.#leave(className, "asked-not-to");
    }
    if ((headers.get("content-encoding") ?? "identity") !== "identity") {
      return this.#leave(className, "encoded");
    }
    this.#candidate = { tenant, className, path, rule, fresh: wishes.includes("no-cache") };
    return { requestHeaders: {}, modeOverride: REQUEST_BODY };
  }

  async #requestBody({ body, endOfStream }: HttpBody): Promise<ProcessingResponse> {
    const pass: ProcessingResponse = { requestBody: {} };
    const candidate = this.#candidate;
    if (candidate === undefined) {
      return pass;
    }
    const { config, metrics } = this.parts;
    const { className, path, rule, tenant } = candidate;
    if (!endOfStream || (body?.length ?? 0) > config.maxRequestBytes) {
      metrics.bypassed(className, "too-long");
      return pass;
    }
    const asked = keyOf({ gateway: config.name, tenant, className }, path, rule, body ?? Buffer.alloc(0));
    if ("reason" in asked) {
      metrics.bypassed(className, asked.reason);
      return pass;
    }
    const kept = await this.#lookUp(candidate, asked.key);
    if (kept !== undefined) {
      return this.#hit(candidate, kept);
    }
    this.#key = asked.key;
    // What is kept must be readable by whoever asks next.
    return { requestBody: { response: { headerMutation: { removeHeaders: ["accept-encoding"] } } } };
  }

  async #lookUp({ className, rule, fresh }: Candidate, key: string): Promise<Kept | undefined> {
    const { store, metrics, log, now } = this.parts;
    if (fresh) {
      metrics.missed(className, "no-cache");
      return undefined;
    }
    const started = performance.now();
    try {
      const kept = await store.get(key);
      metrics.lookedUp(performance.now() - started);
      // The store may keep it longer than the class allows by now.
      if (kept !== undefined && now() - kept.storedAt < rule.ttlSeconds * 1_000) {
        return kept;
      }
      metrics.missed(className, "absent");
    } catch (error) {
      metrics.missed(className, "store");
      log("debug", "A look-up failed", { error: errorText(error) });
    }
    return undefined;
  }

  #hit({ className }: Candidate, { body, contentType, storedAt, tokens }: Kept): ProcessingResponse {
    this.parts.metrics.hit(className, tokens);
    const age = Math.max(0, Math.floor((this.parts.now() - storedAt) / 1_000));
    return {
      immediateResponse: {
        status: { code: 200 },
        headers: {
          setHeaders: [
            setHeader("content-type", contentType),
            setHeader(OUTCOME, "hit"),
            setHeader("age", `${age}`),
          ],
        },
        body,
        details: "response_cache_hit",
      },
    };
  }

  #responseHeaders(message: HttpHeaders): ProcessingResponse {
    const candidate = this.#candidate;
    if (candidate === undefined || this.#key === undefined) {
      return { responseHeaders: {} };
    }
    const { metrics, config } = this.parts;
    const headers = headersOf(message);
    const forget = (reason: "status" | "form" | "too-long" | "asked-not-to"): ProcessingResponse => {
      metrics.storing(candidate.className, reason);
      this.#key = undefined;
      return missed;
    };
    const missed: ProcessingResponse = {
      responseHeaders: { response: { headerMutation: { setHeaders: [setHeader(OUTCOME, "miss")] } } },
    };
    if (headers.get(":status") !== "200") {
      return forget("status");
    }
    const json = /^application\/json\s*(;|$)/i.test(headers.get("content-type") ?? "");
    if (!json || (headers.get("content-encoding") ?? "identity") !== "identity" || message.endOfStream) {
      return forget("form");
    }
    if (directives(headers.get("cache-control")).includes("no-store")) {
      return forget("asked-not-to");
    }
    if (Number(headers.get("content-length") ?? 0) > config.maxAnswerBytes) {
      return forget("too-long");
    }
    return { ...missed, modeOverride: RESPONSE_BODY };
  }

  #responseBody({ body, endOfStream }: HttpBody): ProcessingResponse {
    const candidate = this.#candidate;
    const key = this.#key;
    this.#key = undefined;
    if (candidate !== undefined && key !== undefined) {
      void this.#keep(candidate, key, Buffer.from(body ?? []), endOfStream === true);
    }
    // The client does not wait for the store.
    return { responseBody: {} };
  }

  async #keep(
    { className, path, rule }: Candidate,
    key: string,
    body: Buffer,
    whole: boolean,
  ): Promise<void> {
    const { store, metrics, config, log, now } = this.parts;
    if (!whole || body.length > config.maxAnswerBytes) {
      metrics.storing(className, "too-long");
      return;
    }
    const answer = wholeAnswer(path, body);
    if (answer === undefined) {
      metrics.storing(className, "form");
      return;
    }
    try {
      const kept = { contentType: "application/json", storedAt: now(), tokens: answer.tokens, body };
      await store.set(key, kept, rule.ttlSeconds);
      metrics.storing(className, "stored");
    } catch (error) {
      metrics.storing(className, "failed");
      log("debug", "An answer was not kept", { error: errorText(error) });
    }
  }

  #leave(className: string, reason: Bypass): ProcessingResponse {
    this.parts.metrics.bypassed(className, reason);
    return { requestHeaders: {}, modeOverride: NOTHING_MORE };
  }
}
