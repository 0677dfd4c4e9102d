import type { Site } from "../../fabric/site";
import type { ObservabilityProps } from "../observability";

/** Value of a Secret. Never the value itself. */
export interface SecretKey {
  /** Secret in the namespace of the observability. */
  readonly name: string;
  readonly key: string;
}

/** Where alerts of one severity go. */
export type AlertReceiver =
  | { readonly kind: "pagerduty"; readonly routingKey: SecretKey }
  | {
      readonly kind: "slack";
      readonly apiUrl: SecretKey;
      /** With its sign, such as `#ai-alerts`. */
      readonly channel: string;
    }
  | { readonly kind: "webhook"; readonly url: SecretKey };

export interface AlertReceivers {
  /** Who is woken. */
  readonly page: AlertReceiver;
  /** Who reads it in working hours. */
  readonly ticket: AlertReceiver;
}

/** What parts of one observability in a cluster share. */
export interface ObservabilityContext {
  readonly prefix: string;
  readonly namespace: string;
  /** Between two scrapes. */
  readonly interval: string;
}

export interface KubernetesObservabilityProps extends ObservabilityProps {
  /** Any site with a cluster. */
  readonly site: Site;
  /**
   * Who collects. `prometheus-operator`: that of `ObservabilityOperators`. `gke-managed`: the managed collection of GKE,
   * which sends to Google Managed Prometheus; alerts and dashboards are then those of `GoogleObservability`.
   * @default "prometheus-operator"
   */
  readonly collector?: "prometheus-operator" | "gke-managed";
  /** Where Prometheus is. With `gke-managed`: where recording rules lie. @default "monitoring" */
  readonly namespace?: string;
  /** Name of the release of kube-prometheus-stack. Not with `gke-managed`. @default "kube-prometheus-stack" */
  readonly release?: string;
  /** Between two scrapes. @default "30s" */
  readonly scrapeInterval?: string;
  /** Not with `gke-managed`. @default - alerts stay in Alertmanager */
  readonly receivers?: AlertReceivers;
  /**
   * Names of sources whose pods network policies close: one more lets Prometheus in. Naming an open pod here would close it
   * for all others. Not with `gke-managed`.
   * @default - none
   */
  readonly closedSources?: readonly string[];
}
