import { Residency } from "../../lib";
import type { Exporter, MetricsSource } from "../../lib/kubernetes/metrics-source";
import type { ObservabilityPlanProps } from "../../lib/observability";
import type { EndpointAccess, TrafficClass } from "../../lib/serving/serving";

export function source(exporter: Exporter, over: Partial<MetricsSource> = {}): MetricsSource {
  return {
    exporter,
    name: exporter,
    namespace: "serving",
    podLabels: { "app.kubernetes.io/name": exporter },
    port: "metrics",
    ...over,
  };
}

export function trafficClass(over: Partial<TrafficClass> = {}): TrafficClass {
  return {
    name: "chat",
    requestsPerSecond: 20,
    promptTokens: 1000,
    outputTokens: 300,
    maxOutputTokens: 2000,
    cachedShare: 0.3,
    firstTokenP95Ms: 500,
    nextTokenMs: 40,
    priority: 10,
    objective: 0.99,
    residency: Residency.EU,
    ...over,
  };
}

export function endpoint(over: Partial<EndpointAccess> = {}): EndpointAccess {
  return {
    endpoint: "assistant",
    variant: "full",
    model: "llama-3.3-70b",
    adapters: ["legal.v1"],
    site: "frankfurt",
    country: "DE",
    contextTokens: 32_768,
    reach: { kind: "inference-pool", namespace: "serving", name: "assistant", port: 8000 },
    planned: { requestsPerSecond: 25, outputTokensPerSecond: 7500, usdPerHour: 49.24 },
    ...over,
  };
}

/** Every exporter that is scraped somewhere; TPUs are kept by Google Cloud alone. */
export const SCRAPED: readonly Exporter[] = [
  "vllm",
  "sglang",
  "triton",
  "inference-scheduler",
  "envoy-ai-gateway",
  "envoy-gateway",
  "response-cache",
  "dcgm",
  "neuron-monitor",
  "kueue",
  "keda",
  "inline-inference",
  "kafka",
  "feast",
];

/** A platform with everything, and two classes. */
export function everything(over: Partial<ObservabilityPlanProps> = {}): ObservabilityPlanProps {
  return {
    sources: SCRAPED.map((exporter) => source(exporter)),
    classes: [
      trafficClass(),
      trafficClass({ name: "batch", firstTokenP95Ms: 8000, nextTokenMs: 200, priority: -1, objective: 0.9 }),
    ],
    endpoints: [
      endpoint(),
      endpoint({
        variant: "small",
        model: "llama-3.1-8b",
        adapters: [],
        planned: { requestsPerSecond: 50, outputTokensPerSecond: 15_000, usdPerHour: 6.2 },
      }),
    ],
    limits: {
      streamLag: [{ consumerGroup: "bidder", maxMessages: 10_000 }, { maxMessages: 500 }],
      freshness: [{ view: "user_spend", maxSeconds: 900 }],
    },
    ...over,
  };
}
