import type { Problems } from "../../core/problems";
import { TRAFFIC_CLASS_LABEL } from "../../gateway/gateway";
import type { EndpointAccess, TrafficClass } from "../../serving/serving";
import { ObservabilityErrors } from "../errors";
import type { PublishedMetrics } from "../metrics/published";
import { plainNumber } from "./burn-rate";
import type { RecordingRule, RuleGroup } from "./rule";
import type { Slo } from "./slo";
import { errorRatio } from "./slo-rules";

const TOKENS = "gen_ai_client_token_usage";
const WINDOW = "1h";

export const COST_PER_CLASS = "traffic_class:usd_per_1000_useful_tokens:rate1h";
export const COST_OF_ALL = "gateway:usd_per_1000_useful_tokens:rate1h";
export const USEFUL_TOKENS = "traffic_class:useful_tokens:rate1h";
export const PLANNED_COST = "endpoint:planned_usd_per_hour:sum";

/** Variants and adapters of one endpoint: what is paid together. */
interface PricedEndpoint {
  readonly endpoint: string;
  readonly usdPerHour: number;
  readonly models: readonly string[];
}

/** A name in which every sign stands for itself, in RE2. */
const literally = (name: string) => name.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&");
const regexp = (names: readonly string[]) => names.map(literally).join("|");

function priced(endpoints: readonly EndpointAccess[]): readonly PricedEndpoint[] {
  const names = [...new Set(endpoints.map(({ endpoint }) => endpoint))].sort();
  return names.flatMap((endpoint) => {
    const variants = endpoints.filter((variant) => variant.endpoint === endpoint);
    const prices = variants.map(({ planned }) => planned.usdPerHour).filter((price) => price !== undefined);
    const models = [...new Set(variants.flatMap(({ model, adapters }) => [model, ...adapters]))].sort();
    return prices.length === 0
      ? []
      : [{ endpoint, usdPerHour: plainNumber(prices.reduce((sum, price) => sum + price, 0)), models }];
  });
}

function tokens(
  published: PublishedMetrics,
  matchers: Readonly<Record<string, string | { matches: string }>>,
): string {
  const selector = published.sum(TOKENS, { ...matchers, gen_ai_token_type: "output" }, WINDOW);
  return `sum(rate(${selector}))`;
}

function usefulTokens(published: PublishedMetrics, name: string, slos: readonly Slo[]): string {
  const answered = tokens(published, { [TRAFFIC_CLASS_LABEL]: name });
  const inTime = slos.some(({ kind, trafficClass }) => kind === "first-token" && trafficClass === name);
  // Sums carry no labels, so the recorded ratio must lose its own.
  return inTime
    ? `${answered} * (1 - sum(${errorRatio(WINDOW)}{slo="first-token",${TRAFFIC_CLASS_LABEL}="${name}"}))`
    : answered;
}

function classCost(published: PublishedMetrics, name: string, endpoints: readonly PricedEndpoint[]): string {
  const shares = endpoints.map(({ usdPerHour, models }) => {
    const model = { gen_ai_request_model: { matches: regexp(models) } };
    const own = tokens(published, { [TRAFFIC_CLASS_LABEL]: name, ...model });
    return `(${usdPerHour} * ${own} / (${tokens(published, model)} > 0) or vector(0))`;
  });
  const useful = `(sum(${USEFUL_TOKENS}{${TRAFFIC_CLASS_LABEL}="${name}"}) > 0)`;
  return `1000 * (${shares.join(" + ")}) / 3600 / ${useful}`;
}

/**
 * What 1,000 useful tokens cost, in USD. Useful tokens of a class are the output tokens that the gateway counted (it counts
 * those of answers, not of errors) times the share of its requests whose first token came in time. The cost of an endpoint
 * is what its accelerators cost by the price table at their planned number; a class pays for its share of the endpoint's
 * output tokens in the last hour. The figure for all classes together also carries endpoints that stand idle.
 *
 * Adds CostWithoutPrice and SloWithoutMetric.
 */
export function costGroup(
  problems: Problems,
  published: PublishedMetrics,
  input: {
    readonly classes: readonly TrafficClass[];
    readonly endpoints: readonly EndpointAccess[];
    readonly slos: readonly Slo[];
  },
): readonly RuleGroup[] {
  const endpoints = priced(input.endpoints);
  if (input.endpoints.length === 0) {
    return [];
  }
  if (endpoints.length === 0) {
    problems.add(ObservabilityErrors.CostWithoutPrice, {
      subject: "endpoints",
      given: input.endpoints.map(({ endpoint }) => endpoint),
      allowed: "at least one endpoint with planned.usdPerHour",
    });
  }
  if (!published.has("envoy-ai-gateway")) {
    problems.add(ObservabilityErrors.SloWithoutMetric, {
      subject: "cost per 1,000 useful tokens",
      given: "no metric of tokens by class",
      allowed: "exporter envoy-ai-gateway",
      fix: "scrape the AI gateway, or leave out `endpoints`",
    });
  }
  return problems.empty
    ? [{ name: "cost", interval: "1m", rules: costRules(published, input, endpoints) }]
    : [];
}

function costRules(
  published: PublishedMetrics,
  { classes, slos }: { readonly classes: readonly TrafficClass[]; readonly slos: readonly Slo[] },
  endpoints: readonly PricedEndpoint[],
): readonly RecordingRule[] {
  const total = plainNumber(endpoints.reduce((sum, { usdPerHour }) => sum + usdPerHour, 0));
  return [
    ...endpoints.map(({ endpoint, usdPerHour }) => ({
      record: PLANNED_COST,
      expr: `vector(${usdPerHour})`,
      labels: { endpoint },
    })),
    ...classes.map(({ name }) => ({
      record: USEFUL_TOKENS,
      expr: usefulTokens(published, name, slos),
      labels: { [TRAFFIC_CLASS_LABEL]: name },
    })),
    ...classes.map(({ name }) => ({
      record: COST_PER_CLASS,
      expr: classCost(published, name, endpoints),
      labels: { [TRAFFIC_CLASS_LABEL]: name },
    })),
    { record: COST_OF_ALL, expr: `1000 * ${total} / 3600 / (sum(${USEFUL_TOKENS}) > 0)` },
  ];
}
