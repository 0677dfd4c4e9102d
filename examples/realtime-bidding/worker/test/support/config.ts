import type { WorkerConfig } from "../../src/config/config.js";

interface Places {
  readonly bootstrap?: string;
  readonly group?: string;
  readonly input?: string;
  readonly decisions?: string;
  readonly dead?: string;
  readonly model?: string;
  readonly features?: string;
}

/** A whole configuration of small numbers, changed where a test is about it. */
export function configOf(places: Places = {}, change: Partial<WorkerConfig> = {}): WorkerConfig {
  return {
    version: 1,
    name: "bidder",
    kafka: {
      bootstrapServers: places.bootstrap ?? "broker:9092",
      groupId: places.group ?? "bidders",
      transactionalIdPrefix: "bidder-",
      tls: { enabled: false },
      sasl: { kind: "none" },
      sessionTimeoutMs: 2_000,
    },
    input: { topics: [places.input ?? "bids"], startFrom: "earliest" },
    decisions: { topic: places.decisions ?? "decisions", copy: ["auction"] },
    deadLetters: { topic: places.dead ?? "dead" },
    delivery: "exactly-once",
    batch: { size: 20, lingerMs: 5, concurrency: 4, maxInFlight: 400 },
    deadline: { ms: 5_000, hard: true },
    features: [
      {
        kind: "feast",
        name: "user",
        endpoint: places.features ?? "http://features",
        view: "user_stats",
        keys: [{ name: "user_id", from: "user" }],
        features: [{ name: "ctr", as: "ctr", default: 0 }],
        timeoutMs: 500,
        auth: { kind: "none" },
        onMissing: "default",
      },
    ],
    vectors: [],
    model: {
      protocol: "kserve-v2",
      endpoint: places.model ?? "http://model",
      name: "bid",
      auth: { kind: "none" },
      inputs: [{ name: "x", datatype: "FP32", from: ["event.price", "features.user.ctr"] }],
      outputs: [{ name: "score", as: "score" }],
    },
    request: { timeoutMs: 400, maxAttempts: 2 },
    trustedCaFiles: [],
    retryBudget: { ratio: 0.1, minPerSecond: 1 },
    breaker: { failureRatio: 0.5, window: 10, minimumCalls: 5, openMs: 300, probes: 2 },
    fallback: { output: { score: 0 } },
    server: { port: 0 },
    drainMs: 5_000,
    logLevel: "error",
    ...change,
  };
}
