import type { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { networkPolicy } from "../../kubernetes/network-policy";
import { objectName } from "../../kubernetes/room-context";
import { managedAccess, operatorAccess } from "../source-access";
import type { ObservabilityContext } from "./props";

const PROMETHEUS_PODS = { "app.kubernetes.io/name": "prometheus" };

/** Labels of every series: who published it, and what the source says of itself. */
function relabelings({ name, labels = {} }: MetricsSource): readonly object[] {
  return Object.entries({ job: name, ...labels })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([targetLabel, replacement]) => ({ action: "replace", targetLabel, replacement }));
}

/** Has the operator's Prometheus scrape pods; the name of the source becomes `job`. */
export function podMonitor(
  scope: Construct,
  source: MetricsSource,
  context: ObservabilityContext,
): CustomResource {
  return new CustomResource(scope, `monitor-${source.name}`, {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    name: objectName(context, source.name),
    namespace: context.namespace,
    labels: { "app.kubernetes.io/part-of": context.prefix },
    spec: {
      selector: { matchLabels: { ...source.podLabels } },
      namespaceSelector: { matchNames: [source.namespace] },
      podMetricsEndpoints: [
        {
          port: source.port,
          path: source.path ?? "/metrics",
          interval: context.interval,
          ...operatorAccess(source),
          relabelings: relabelings(source),
        },
      ],
    },
  });
}

/** Has Google's managed collection scrape pods; it lies in their namespace, and its name becomes `job`. */
export function podMonitoring(
  scope: Construct,
  source: MetricsSource,
  context: ObservabilityContext,
): CustomResource {
  const labels = Object.entries(source.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return new CustomResource(scope, `monitor-${source.name}`, {
    apiVersion: "monitoring.googleapis.com/v1",
    kind: "PodMonitoring",
    name: source.name,
    namespace: source.namespace,
    labels: { "app.kubernetes.io/part-of": context.prefix },
    spec: {
      selector: { matchLabels: { ...source.podLabels } },
      endpoints: [
        {
          port: source.port,
          path: source.path ?? "/metrics",
          interval: context.interval,
          ...managedAccess(source),
          ...(labels.length > 0
            ? {
                metricRelabeling: labels.map(([targetLabel, replacement]) => ({
                  action: "replace",
                  targetLabel,
                  replacement,
                })),
              }
            : {}),
        },
      ],
      targetLabels: { metadata: ["container", "pod"] },
    },
  });
}

/** Lets Prometheus into a namespace that policies close. */
export function scrapePolicy(
  scope: Construct,
  source: MetricsSource,
  context: ObservabilityContext,
): NetworkPolicyV1 {
  return networkPolicy(
    scope,
    `scrape-${source.name}`,
    { prefix: context.prefix, namespace: source.namespace },
    {
      podSelector: { matchLabels: { ...source.podLabels } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": context.namespace } },
              podSelector: { matchLabels: PROMETHEUS_PODS },
            },
          ],
          ports: [{ port: source.port, protocol: "TCP" }],
        },
      ],
    },
  );
}
