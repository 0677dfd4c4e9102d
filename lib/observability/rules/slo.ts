import type { Problems } from "../../core/problems";
import { TIER_LABEL, TRAFFIC_CLASS_LABEL } from "../../gateway/gateway";
import type { Exporter } from "../../kubernetes/metrics-source";
import type { TrafficClass } from "../../serving/serving";
import { ObservabilityErrors } from "../errors";
import { METRICS } from "../metrics/catalogue";
import type { CloudService } from "../metrics/metric";
import type { Matchers, PublishedMetrics } from "../metrics/published";
import { plainNumber } from "./burn-rate";

/**
 * `first-token`: 95 of 100 requests get their first token within `firstTokenP95Ms` (that is what a 95th percentile says).
 * `answered`: the share `objective` of requests ends without an error; a gateway turns what is too late into an error.
 * `gateway`: the share of requests that the gateway does not answer with 5xx, for all classes together, by the strictest
 * `objective`: the only one that sees requests which reach no class.
 */
export type SloKind = "first-token" | "answered" | "gateway";

const FIRST_TOKEN_OBJECTIVE = 0.95;

/** A promise, and the expression by which it is measured. */
export interface Slo {
  readonly kind: SloKind;
  /** Undefined for `gateway`, and for what a cloud measures of an endpoint. */
  readonly trafficClass?: string;
  /** Endpoint whose requests a cloud counts, all classes together. */
  readonly endpoint?: string;
  /** Share of good requests. */
  readonly objective: number;
  readonly exporter: Exporter | CloudService;
  /** For `first-token`: bound of the bucket that is counted, in seconds. */
  readonly boundSeconds?: number;
  /** For `first-token`: what was promised, in seconds. */
  readonly targetSeconds?: number;
  /** What it is measured by, in one sentence. */
  readonly note: string;
  /** Share of bad requests in a window. */
  readonly errors: (window: string) => string;
}

interface FirstTokenMetric {
  readonly exporter: Exporter;
  readonly name: string;
  /** `label`: series carry the class. `source`: only where a source says that its pods serve one class. */
  readonly classBy: "label" | "source";
}

/** In order of preference: what the client sees comes first. Triton's counts chunks, so it is not here. */
const FIRST_TOKEN: readonly FirstTokenMetric[] = [
  { exporter: "envoy-ai-gateway", name: "gen_ai_server_time_to_first_token_seconds", classBy: "label" },
  { exporter: "vllm", name: "vllm:time_to_first_token_seconds", classBy: "source" },
  { exporter: "sglang", name: "sglang:time_to_first_token_seconds", classBy: "source" },
];

/** A bound further from the target than this measures something else. */
const FARTHEST_BOUND = 2;

/** Nearest published bound by ratio, the stricter of two; undefined if all are too far. */
export function nearestBound(bounds: readonly number[], targetSeconds: number): number | undefined {
  const distance = (bound: number) => Math.abs(Math.log(bound / targetSeconds));
  const [nearest] = [...bounds].sort((a, b) => distance(a) - distance(b) || a - b);
  return nearest !== undefined && distance(nearest) <= Math.log(FARTHEST_BOUND) + 1e-9 ? nearest : undefined;
}

const ofClass = (name: string) => ({ [TRAFFIC_CLASS_LABEL]: name });

function speaksOf(
  published: PublishedMetrics,
  { exporter, classBy }: FirstTokenMetric,
  name: string,
): boolean {
  return classBy === "label"
    ? published.has(exporter)
    : published.of(exporter).some(({ labels }) => labels?.[TRAFFIC_CLASS_LABEL] === name);
}

function firstTokenSlo(
  problems: Problems,
  published: PublishedMetrics,
  { name, firstTokenP95Ms }: TrafficClass,
): Slo | undefined {
  const target = firstTokenP95Ms / 1000;
  const present = FIRST_TOKEN.filter((candidate) => speaksOf(published, candidate, name));
  for (const { exporter, name: metric } of present) {
    const bound = nearestBound(published.metric(metric).bounds ?? [], target);
    if (bound !== undefined) {
      const exact = bound === target ? "" : `, the nearest bound that it publishes to ${target} s`;
      return {
        kind: "first-token",
        trafficClass: name,
        objective: FIRST_TOKEN_OBJECTIVE,
        exporter,
        boundSeconds: bound,
        targetSeconds: target,
        note: `first tokens within ${bound} s by ${metric}${exact}`,
        errors: (window) =>
          `1 - sum(rate(${published.bucket(metric, bound, ofClass(name), window)})) / sum(rate(${published.count(metric, ofClass(name), window)}))`,
      };
    }
  }
  problems.add(ObservabilityErrors.SloWithoutMetric, {
    subject: `class "${name}", first-token`,
    given: present.length === 0 ? "no metric that knows the class" : `a target of ${target} s`,
    allowed: present.length === 0 ? firstTokenSources() : boundsOf(present),
  });
  return undefined;
}

function firstTokenSources(): string {
  return `exporter envoy-ai-gateway, or an engine (vllm, sglang) whose source has the label ${TRAFFIC_CLASS_LABEL}`;
}

function boundsOf(present: readonly FirstTokenMetric[]): string {
  const each = present.map(({ exporter, name }) => {
    const { bounds = [] } = METRICS[exporter].metrics.find((metric) => metric.name === name)!;
    return `${name}: ${bounds.join(", ")} s`;
  });
  return `a target within a factor of ${FARTHEST_BOUND} of a bound of ${each.join("; ")}`;
}

const DURATION = "gen_ai_server_request_duration_seconds";

function answeredSlo(
  problems: Problems,
  published: PublishedMetrics,
  { name, objective }: TrafficClass,
): Slo | undefined {
  if (!published.has("envoy-ai-gateway")) {
    problems.add(ObservabilityErrors.SloWithoutMetric, {
      subject: `class "${name}", answered`,
      given: "no metric that knows the class and the outcome",
      allowed: "exporter envoy-ai-gateway",
    });
    return undefined;
  }
  const failed = { ...ofClass(name), error_type: { not: "" } };
  return {
    kind: "answered",
    trafficClass: name,
    objective,
    exporter: "envoy-ai-gateway",
    note: `requests that reached a backend and ended without error_type, by ${DURATION}`,
    errors: (window) =>
      `(sum(rate(${published.count(DURATION, failed, window)})) or vector(0)) / sum(rate(${published.count(DURATION, ofClass(name), window)}))`,
  };
}

/** Listeners of Envoy itself: readiness, statistics, administration. */
const CLIENTS = { envoy_http_conn_manager_prefix: { unlike: "admin|eg-.*" } };

/** Requests of clients, counted once: inner proxies see those of the outer ones a second time. */
export function clientRequests(published: PublishedMetrics): Matchers {
  const tiers = published.of("envoy-gateway").some(({ labels }) => labels?.[TIER_LABEL] !== undefined);
  return { ...CLIENTS, ...(tiers ? { [TIER_LABEL]: { not: "inner" } } : {}) };
}

function gatewaySlo(published: PublishedMetrics, classes: readonly TrafficClass[]): readonly Slo[] {
  if (!published.has("envoy-gateway") || classes.length === 0) {
    return [];
  }
  const name = "envoy_http_downstream_rq_xx";
  const clients = clientRequests(published);
  const failed = { ...clients, envoy_response_code_class: "5" };
  return [
    {
      kind: "gateway",
      objective: Math.max(...classes.map(({ objective }) => objective)),
      exporter: "envoy-gateway",
      note: `requests not answered with 5xx, by ${name}`,
      errors: (window) =>
        `(sum(rate(${published.series(name, failed, window)})) or vector(0)) / sum(rate(${published.series(name, clients, window)}))`,
    },
  ];
}

/** Objectives of a class that are not kept. */
export type WithoutSlo = Readonly<Record<string, readonly ("first-token" | "answered")[]>>;

/** Adds UnknownTrafficClass. */
export function checkWithoutSlo(
  problems: Problems,
  classes: readonly TrafficClass[],
  without: WithoutSlo,
): void {
  const names = [...new Set(classes.map(({ name }) => name))];
  for (const given of Object.keys(without).filter((name) => !names.includes(name))) {
    problems.add(ObservabilityErrors.UnknownTrafficClass, {
      subject: "withoutSlo",
      given,
      allowed: names.join(", ") || "nothing: no class is declared",
    });
  }
}

/** Classes that leave an error budget. Adds SloOutOfRange. */
export function withObjectives(
  problems: Problems,
  classes: readonly TrafficClass[],
): readonly TrafficClass[] {
  return classes.filter(({ name, objective }) => {
    const inRange = objective > 0 && plainNumber(objective) < 1;
    if (!inRange) {
      problems.add(ObservabilityErrors.SloOutOfRange, {
        subject: `class "${name}", objective`,
        given: objective,
        allowed: "a share above 0 and below 1",
      });
    }
    return inRange;
  });
}

/** What is promised, and by what it is measured. Adds SloWithoutMetric, SloOutOfRange, DuplicateValue. */
export function slosOf(
  problems: Problems,
  published: PublishedMetrics,
  classes: readonly TrafficClass[],
  without: WithoutSlo,
): readonly Slo[] {
  problems.unique(
    "classes",
    classes.map(({ name }) => name),
  );
  const good = withObjectives(problems, classes);
  const each = good.flatMap((trafficClass) => {
    const kept = (kind: "first-token" | "answered") => !without[trafficClass.name]?.includes(kind);
    return [
      kept("first-token") ? firstTokenSlo(problems, published, trafficClass) : undefined,
      kept("answered") ? answeredSlo(problems, published, trafficClass) : undefined,
    ].filter((slo) => slo !== undefined);
  });
  return [...each, ...gatewaySlo(published, good)];
}
