import type { AwsObservabilityProps, ScrapedCluster } from "../lib/observability/aws/props";
import type { SageMakerObservabilityProps } from "../lib/observability/aws/sagemaker";
import type { GoogleObservabilityProps } from "../lib/observability/google/observability";
import type { TelemetryCollectorProps } from "../lib/observability/kubernetes/collector-props";
import type { ObservabilityOperatorsProps } from "../lib/observability/kubernetes/operators";
import type { KubernetesObservabilityProps } from "../lib/observability/kubernetes/props";
import type { IObservability, ObservabilityProps } from "../lib/observability/observability";
import type { PlatformParts } from "./platform-parts";

/** What one site watches otherwise than the others. */
export interface ObservedAtSite {
  /** After those of all sites. @default - none */
  readonly sources?: ObservabilityProps["sources"];
  /** Objectives that this site does not watch; for a class named here, in place of what all sites leave out. @default - as all */
  readonly withoutSlo?: ObservabilityProps["withoutSlo"];
  /** Limit by limit, in place of those of all sites; `undefined` takes the default again. @default - as all */
  readonly limits?: ObservabilityProps["limits"];
  /** After those of all sites. @default - none */
  readonly alerts?: ObservabilityProps["alerts"];
}

/** Prometheus and Grafana in the cluster of the site. */
export interface ObservedInCluster
  extends ObservedAtSite,
    Omit<KubernetesObservabilityProps, "site" | keyof ObservabilityProps> {
  readonly in: "cluster";
  /** Prometheus, Grafana and the operator of collectors. @default - they are in the cluster */
  readonly operators?: ObservabilityOperatorsProps;
  /** Traces and logs. @default - only metrics */
  readonly telemetry?: Omit<TelemetryCollectorProps, "namePrefix">;
}

/** CloudWatch alone, for endpoints of SageMaker: needs no cluster. */
export interface ObservedByCloudWatch
  extends Omit<SageMakerObservabilityProps, "site" | "namePrefix" | "endpoints"> {
  readonly in: "cloudwatch";
}

/** Amazon Managed Prometheus; beside it CloudWatch for endpoints of SageMaker, told to the same topics. */
export interface ObservedByAmazon
  extends ObservedAtSite,
    Omit<AwsObservabilityProps, "site" | "cluster" | keyof ObservabilityProps> {
  readonly in: "amazon-managed-prometheus";
  /** `platform`: the cluster that `addCluster` made at the site. @default - as of AwsObservability */
  readonly cluster?: ScrapedCluster | "platform";
}

/**
 * Google Managed Prometheus: collected in the cluster of the site, alerts and dashboards in Cloud Monitoring, also for endpoints
 * of Vertex AI, which need no cluster.
 */
export interface ObservedByGoogle
  extends ObservedAtSite,
    Omit<GoogleObservabilityProps, "site" | "vertexEndpoints" | keyof ObservabilityProps> {
  readonly in: "google-managed-prometheus";
}

export type ObservabilityAtSite =
  | ObservedInCluster
  | ObservedByAmazon
  | ObservedByCloudWatch
  | ObservedByGoogle;

/**
 * What is watched. Endpoints and gateways that were declared before are, at their sites, with the promises of their
 * classes and the cost of their tokens; so are the GPUs of the platform's clusters. Whether requests are answered is known
 * by a gateway alone: a site without one names the classes in its `withoutSlo`, else they are refused (SloWithoutMetric).
 * Endpoints of SageMaker and Vertex AI are watched by their cloud, unless the watcher is `cluster`: whether they answer is
 * measured there, the time to the first token is not.
 *
 * `sources`, `withoutSlo`, `limits` and `alerts` given here hold at all sites; each site may have its own (ObservedAtSite).
 */
export interface PlatformObservabilityProps
  extends Partial<Omit<ObservabilityProps, "namePrefix" | "classes" | "endpoints">> {
  /** Who watches, by name of the site. */
  readonly at: Readonly<Record<string, ObservabilityAtSite>>;
}

/** The observability of a platform, by site. */
export type PlatformObservability = PlatformParts<IObservability>;
