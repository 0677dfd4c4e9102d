import type { IConstruct } from "constructs";
import type { Site } from "../fabric/site";
import type { ObservabilityPlan, ObservabilityPlanProps } from "./plan";

/** Who keeps metrics and evaluates rules. */
export type ObservabilityBackend =
  | "prometheus"
  | "amazon-managed-prometheus"
  | "google-managed-prometheus"
  | "cloudwatch";

/** How a program asks for metrics: an autoscaler, an analysis of a rollout, Grafana. Holds no secret. */
export interface MetricsQueryAccess {
  /** Base of the API of Prometheus: `/api/v1/query` follows. May be a token. */
  readonly url: string;
  /** `aws-sigv4`: requests signed for the service `aps`. `google-oauth`: an access token as bearer token. */
  readonly auth: "none" | "aws-sigv4" | "google-oauth";
}

/** What all backends share. */
export interface ObservabilityProps extends ObservabilityPlanProps {
  /** Begins the names of all resources. */
  readonly namePrefix: string;
}

/** Metrics, rules and dashboards of one site, wherever they are kept. */
export interface IObservability extends IConstruct {
  readonly site: Site;
  readonly backend: ObservabilityBackend;
  /** Objectives, rules and dashboards: the same for the same declaration on all backends. */
  readonly plan: ObservabilityPlan;
  /** @throws QueriesNotAnswered by CloudWatch */
  query(): MetricsQueryAccess;
}
