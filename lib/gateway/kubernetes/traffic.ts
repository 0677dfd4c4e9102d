import type { TenantLimit } from "../declaration";
import { TENANT_HEADER } from "../gateway";
import type { PlannedClass } from "../planned";
import { GATEWAY_API, seconds, TOKEN_METADATA } from "./context";

/** Keys of metadata in which the AI gateway leaves what a request cost. */
const COST_KEYS = {
  input: "llm_input_token",
  output: "llm_output_token",
  total: "llm_total_token",
  budget: "llm_cost_micro_usd",
} as const;

const UNITS = { second: "Second", minute: "Minute", hour: "Hour", day: "Day" } as const;

/** Answers after which another backend may do better; 429 is how a full pool sheds. */
const RETRIED_STATUSES = [429, 500, 502, 503, 504];

/** What requests of a route cost, for limits and the audit log. */
export function requestCosts({ budget }: PlannedClass): readonly Readonly<Record<string, unknown>>[] {
  const costs: Readonly<Record<string, unknown>>[] = [
    { metadataKey: COST_KEYS.input, type: "InputToken" },
    { metadataKey: COST_KEYS.output, type: "OutputToken" },
    { metadataKey: COST_KEYS.total, type: "TotalToken" },
  ];
  if (budget) {
    // USD per million tokens are millionths of a dollar per token.
    const { input, output } = budget.usdPerMillionTokens;
    const cel = `uint(double(input_tokens) * ${decimal(input)} + double(output_tokens) * ${decimal(output)})`;
    costs.push({ metadataKey: COST_KEYS.budget, type: "CEL", cel });
  }
  return costs;
}

/** A number as CEL reads a double. Rounded up, so that nothing costs less than it does. */
function decimal(value: number): string {
  return (Math.ceil(value * 1e6) / 1e6).toFixed(6);
}

/**
 * How requests of a class are tried, limited and protected. All its routes share one policy, so that limits hold for the
 * class and not for each model.
 */
export function trafficSpec(
  planned: PlannedClass,
  routes: readonly string[],
  cluster: { readonly limiter: boolean; readonly leastReplicas: number },
): Readonly<Record<string, unknown>> {
  const { retries, attemptTimeoutSeconds } = planned;
  const parallel = Math.ceil(planned.parallelRequests / cluster.leastReplicas);
  return {
    targetRefs: routes.map((name) => ({ group: GATEWAY_API, kind: "HTTPRoute", name })),
    retry: {
      numRetries: retries.attempts - 1,
      numAttemptsPerPriority: retries.attemptsPerBackend,
      perRetry: {
        timeout: seconds(attemptTimeoutSeconds),
        backOff: { baseInterval: "100ms", maxInterval: "2s" },
      },
      retryOn: {
        httpStatusCodes: RETRIED_STATUSES,
        triggers: ["connect-failure", "refused-stream", "reset-before-request", "retriable-status-codes"],
      },
    },
    circuitBreaker: {
      maxConnections: parallel,
      maxParallelRequests: parallel,
      maxPendingRequests: parallel,
      retryBudget: {
        percent: { numerator: retries.budgetPercent, denominator: 100 },
        minRetryConcurrency: 3,
      },
    },
    healthCheck: {
      passive: {
        consecutive5XxErrors: 5,
        consecutiveGatewayErrors: 5,
        interval: "3s",
        baseEjectionTime: "30s",
        // All of a step may be put aside: the next one takes over.
        maxEjectionPercent: 100,
      },
    },
    timeout: { tcp: { connectTimeout: "5s" } },
    rateLimit: rateLimit(planned, cluster),
  };
}

function rateLimit(
  planned: PlannedClass,
  { limiter, leastReplicas }: { readonly limiter: boolean; readonly leastReplicas: number },
) {
  const { admission, tokensPerTenant, requestsPerTenant, budget } = planned;
  if (!limiter) {
    return (
      admission && {
        type: "Local",
        local: {
          rules: [{ limit: { requests: Math.floor(admission.perMinute / leastReplicas), unit: "Minute" } }],
        },
      }
    );
  }
  const rules = [
    ...(admission ? [{ limit: { requests: admission.perMinute, unit: "Minute" }, shared: true }] : []),
    ...(requestsPerTenant ? tenantRules(requestsPerTenant) : []),
    ...(tokensPerTenant
      ? tenantRules(tokensPerTenant).map((rule) => ({ ...rule, cost: costOf(COST_KEYS.total) }))
      : []),
    ...(budget
      ? [
          {
            limit: { requests: budget.microUsdPerHour, unit: "Hour" },
            cost: costOf(COST_KEYS.budget),
            shared: true,
          },
        ]
      : []),
  ];
  return rules.length === 0 ? undefined : { type: "Global", global: { rules } };
}

/**
 * A bucket for each tenant, and one for all requests without a tenant: a token may lack the claim, and Envoy counts no
 * request in a bucket whose header it does not have.
 */
export function tenantRules({ limit, per }: TenantLimit) {
  return [
    { name: TENANT_HEADER, type: "Distinct" },
    { name: TENANT_HEADER, type: "RegularExpression", value: ".+", invert: true },
  ].map((header) => ({
    clientSelectors: [{ headers: [header] }],
    limit: { requests: limit, unit: UNITS[per] },
    shared: true,
  }));
}

/** A request is counted when it is answered: before, its tokens are not known. */
function costOf(key: string) {
  return {
    request: { from: "Number", number: 0 },
    response: { from: "Metadata", metadata: { namespace: TOKEN_METADATA, key } },
  };
}
