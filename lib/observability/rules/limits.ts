import type { Problems } from "../../core/problems";
import type { Exporter } from "../../kubernetes/metrics-source";
import { ObservabilityErrors } from "../errors";
import type { CloudService } from "../metrics/metric";
import type { PublishedMetrics } from "../metrics/published";

/** Messages that a reader may be behind. */
export interface StreamLagLimit {
  /** Consumer group of Kafka. @default - the inline worker, which tells its own lag */
  readonly consumerGroup?: string;
  readonly maxMessages: number;
}

/** Age that the features of a view may have. */
export interface FreshnessLimit {
  /** Name of the view in Feast. */
  readonly view: string;
  readonly maxSeconds: number;
}

/** Bounds of alerts on the state of engines, accelerators, caches, streams and features. */
export interface HealthLimits {
  /** Requests that may wait in one replica for ten minutes. @default 10 */
  readonly waitingPerReplica?: number;
  /** Share of the key/value cache in use, 0 to 1, for ten minutes. @default 0.95 */
  readonly cacheShare?: number;
  /**
   * Degrees of a GPU for five minutes. Slowing down begins at a temperature that `nvidia-smi -q -d TEMPERATURE` tells.
   * @default 85
   */
  readonly gpuCelsius?: number;
  /** An accelerator that works less than this share of an hour is idle, 0 to 1. @default 0.05 */
  readonly idleShare?: number;
  /** Share of the response cache's look-ups that its store may fail, by class, 0 to 1, for ten minutes. @default 0.05 */
  readonly cacheFailureShare?: number;
  /** @default - no alert on lag */
  readonly streamLag?: readonly StreamLagLimit[];
  /** @default - no alert on freshness */
  readonly freshness?: readonly FreshnessLimit[];
}

export const DEFAULT_LIMITS = {
  waitingPerReplica: 10,
  cacheShare: 0.95,
  gpuCelsius: 85,
  idleShare: 0.05,
  cacheFailureShare: 0.05,
};

export type ResolvedLimits = Required<HealthLimits>;

type Publisher = Exporter | CloudService;

const ENGINES: readonly Exporter[] = ["vllm", "sglang", "triton", "inference-scheduler"];
const CACHES: readonly Exporter[] = ["vllm", "sglang", "triton", "inference-scheduler"];
const IDLE: readonly Publisher[] = ["dcgm", "neuron-monitor", "gke-tpu", "vertex-ai"];

function requireExporter(
  problems: Problems,
  published: PublishedMetrics,
  subject: string,
  given: unknown,
  exporters: readonly Publisher[],
): void {
  if (!exporters.some((exporter) => published.has(exporter))) {
    problems.add(ObservabilityErrors.LimitWithoutMetric, {
      subject,
      given,
      allowed: `a source with exporter ${exporters.join(" or ")}`,
    });
  }
}

/** Adds SloOutOfRange, TokenNotAllowed. */
export function checkShare(problems: Problems, subject: string, value: number): void {
  if (problems.literal(subject, value) && !(value > 0 && value <= 1)) {
    problems.add(ObservabilityErrors.SloOutOfRange, {
      subject,
      given: value,
      allowed: "a share above 0 and at most 1",
      fix: "write 0.95 for 95 %",
    });
  }
}

/** Limits with defaults. Adds LimitWithoutMetric, NumberOutOfRange, DuplicateValue, TokenNotAllowed. */
export function resolveLimits(
  problems: Problems,
  published: PublishedMetrics,
  given: HealthLimits,
): ResolvedLimits {
  const limits = {
    ...DEFAULT_LIMITS,
    streamLag: [],
    freshness: [],
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  } as ResolvedLimits;
  problems.literalInteger("limits.waitingPerReplica", limits.waitingPerReplica, { min: 1, max: 1_000_000 });
  problems.literalInteger("limits.gpuCelsius", limits.gpuCelsius, { min: 30, max: 120 });
  checkShare(problems, "limits.cacheShare", limits.cacheShare);
  checkShare(problems, "limits.idleShare", limits.idleShare);
  checkShare(problems, "limits.cacheFailureShare", limits.cacheFailureShare);
  const needs: readonly (readonly [keyof HealthLimits, readonly Publisher[]])[] = [
    ["waitingPerReplica", ENGINES],
    ["cacheShare", CACHES],
    ["gpuCelsius", ["dcgm"]],
    ["idleShare", IDLE],
    ["cacheFailureShare", ["response-cache"]],
  ];
  for (const [name, exporters] of needs.filter(([key]) => given[key] !== undefined)) {
    requireExporter(problems, published, `limits.${name}`, given[name], exporters);
  }
  limits.streamLag.forEach(({ consumerGroup, maxMessages }, index) => {
    const subject = `limits.streamLag[${index}]`;
    problems.literalInteger(`${subject}.maxMessages`, maxMessages, { min: 1, max: Number.MAX_SAFE_INTEGER });
    const exporter = consumerGroup === undefined ? "inline-inference" : "kafka";
    requireExporter(problems, published, subject, consumerGroup ?? "the inline worker", [exporter]);
  });
  limits.freshness.forEach(({ view, maxSeconds }, index) => {
    const subject = `limits.freshness[${index}]`;
    problems.literal(`${subject}.view`, view);
    problems.required(`${subject}.view`, view, "the name of a view");
    problems.literalInteger(`${subject}.maxSeconds`, maxSeconds, { min: 1, max: 31_536_000 });
    requireExporter(problems, published, subject, view, ["feast"]);
  });
  problems.unique(
    "limits.freshness",
    limits.freshness.map(({ view }) => view),
  );
  problems.unique(
    "limits.streamLag",
    limits.streamLag.map(({ consumerGroup }) => consumerGroup ?? "the inline worker"),
  );
  return limits;
}
