import type { Problems } from "../../core/problems";
import type { CloudMetrics, IModelEndpoint } from "../../serving/serving";
import { ObservabilityErrors } from "../errors";
import { plainNumber } from "../rules/burn-rate";
import { type WithoutSlo, withObjectives } from "../rules/slo";

/** An endpoint that a cloud runs, with what it is promised. */
export interface WatchedEndpoint<K extends CloudMetrics["kind"]> {
  readonly endpoint: string;
  readonly metrics: Extract<CloudMetrics, { readonly kind: K }>;
  /** Share of requests that are answered: the strictest of its classes. @default - nothing is promised */
  readonly objective?: number;
  /** At the planned number of machines. @default - no price is known */
  readonly usdPerHour?: number;
}

function checkFirstTokens(problems: Problems, endpoint: IModelEndpoint, without: WithoutSlo): void {
  for (const { name } of endpoint.classes.filter((each) => !without[each.name]?.includes("first-token"))) {
    problems.add(ObservabilityErrors.SloWithoutMetric, {
      subject: `endpoint "${endpoint.endpointName}", class "${name}", first-token`,
      given: "the cloud that runs it publishes no time to the first token of its own models",
      allowed: `withoutSlo: { "${name}": ["first-token"] }`,
      fix: "name it in `withoutSlo`, and measure it where the endpoint is called",
    });
  }
}

function pricePerHour(endpoint: IModelEndpoint): number | undefined {
  const prices = endpoint.variantNames
    .map((variant) => endpoint.access(variant).planned.usdPerHour)
    .filter((price) => price !== undefined);
  return prices.length === 0 ? undefined : plainNumber(prices.reduce((sum, price) => sum + price, 0));
}

/**
 * Endpoints whose metrics a cloud keeps, and what they are promised. Classes are not told apart there, so an endpoint keeps the
 * strictest promise. Adds EndpointMetricsElsewhere, SloWithoutMetric, SloOutOfRange, DuplicateValue.
 */
export function watchedEndpoints<K extends CloudMetrics["kind"]>(
  problems: Problems,
  endpoints: readonly IModelEndpoint[],
  kind: K,
  without: WithoutSlo,
): readonly WatchedEndpoint<K>[] {
  problems.unique(
    "names of endpoints",
    endpoints.map(({ endpointName }) => endpointName),
  );
  return endpoints.flatMap((endpoint) => {
    const { endpointName, cloudMetrics, classes } = endpoint;
    if (cloudMetrics?.kind !== kind) {
      problems.add(ObservabilityErrors.EndpointMetricsElsewhere, {
        subject: `endpoint "${endpointName}"`,
        given: cloudMetrics?.kind ?? "metrics of its pods",
        allowed: kind,
      });
      return [];
    }
    checkFirstTokens(problems, endpoint, without);
    const promised = withObjectives(
      problems,
      classes.filter(({ name }) => !without[name]?.includes("answered")),
    );
    return [
      {
        endpoint: endpointName,
        metrics: cloudMetrics as Extract<CloudMetrics, { readonly kind: K }>,
        ...(promised.length === 0
          ? {}
          : { objective: Math.max(...promised.map(({ objective }) => objective)) }),
        usdPerHour: pricePerHour(endpoint),
      },
    ];
  });
}
