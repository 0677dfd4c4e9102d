import type { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import type { InlineInferenceProps } from "./props";

/** Tells the Prometheus operator of pods with these labels, if it is to be told. */
export function podMonitor(
  scope: Construct,
  metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> },
  monitoring: InlineInferenceProps["monitoring"],
): CustomResource | undefined {
  return monitoring && (monitoring.podMonitor ?? true)
    ? new CustomResource(scope, "pod-monitor", {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        ...metadata,
        spec: { selector: { matchLabels: metadata.labels }, podMetricsEndpoints: [{ port: "metrics" }] },
      })
    : undefined;
}
