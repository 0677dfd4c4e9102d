import type { Slo } from "../rules/slo";
import type { WatchedEndpoint } from "./objectives";

export type SageMakerWatched = WatchedEndpoint<"cloudwatch">;

const REQUESTS = "AWS/SageMaker";
export const INSTANCES = "/aws/sagemaker/Endpoints";

/** One metric of CloudWatch with its statistic. */
export interface CloudWatchMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly stat: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A number computed from metrics of CloudWatch, by names of one letter and a number. */
export interface MetricMath {
  readonly expression: string;
  readonly metrics: Readonly<Record<string, CloudWatchMetric>>;
}

/** An alarm of CloudWatch reads no more metrics than this. Source: docs.aws.amazon.com, CloudWatch quotas (read 2026-11). */
const METRICS_OF_ALARM = 10;
export const MOST_VARIANTS = METRICS_OF_ALARM / 2;

export function ofVariant(
  { metrics }: SageMakerWatched,
  variant: string,
  metricName: string,
  stat: string,
  namespace: string = REQUESTS,
): CloudWatchMetric {
  const dimensions = { EndpointName: metrics.endpointName, VariantName: variant };
  return { namespace, metricName, stat, dimensions };
}

export function ofEndpoint(
  { metrics }: SageMakerWatched,
  metricName: string,
  stat: string,
): CloudWatchMetric {
  return { namespace: REQUESTS, metricName, stat, dimensions: { EndpointName: metrics.endpointName } };
}

/**
 * Share of requests that the model answers with 5xx, all variants together. Each request is one sample of 0 or 1, so the number
 * of samples is that of requests; without any the share is unknown.
 */
export function errorShare(watched: SageMakerWatched): MetricMath {
  const { variants } = watched.metrics;
  const named = (letter: string, stat: string) =>
    variants.map(
      ({ name }, index) =>
        [`${letter}${index}`, ofVariant(watched, name, "Invocation5XXErrors", stat)] as const,
    );
  const errors = named("e", "Sum");
  const all = named("n", "SampleCount");
  const sum = (parts: readonly (readonly [string, unknown])[]) =>
    `(${parts.map(([id]) => `FILL(${id},0)`).join("+")})`;
  return {
    expression: `${sum(errors)}/${sum(all)}`,
    metrics: Object.fromEntries([...errors, ...all]),
  };
}

/** The promise of an endpoint, if there is one. */
export function answeredSlo(watched: SageMakerWatched): Slo | undefined {
  const { endpoint, objective } = watched;
  return objective === undefined
    ? undefined
    : {
        kind: "answered",
        endpoint,
        objective,
        exporter: "sagemaker",
        note: "requests that the model does not answer with 5xx, by Invocation5XXErrors",
        errors: (window) => `${errorShare(watched).expression} in ${window}`,
      };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** `6h` as seconds. */
export function windowSeconds(window: string): number {
  return Number.parseInt(window, 10) * UNIT_SECONDS[window.slice(-1)]!;
}
