/** Who publishes metrics: decides the names that queries and rules may use. */
export type Exporter =
  | "vllm"
  | "sglang"
  | "triton"
  | "inference-scheduler"
  | "envoy-ai-gateway"
  | "envoy-gateway"
  | "response-cache"
  | "dcgm"
  | "neuron-monitor"
  | "gke-tpu"
  | "kueue"
  | "keda"
  | "inline-inference"
  | "kafka"
  | "feast";

/** Which certificate of a source is believed. One of the three at least. */
export interface MetricsTls {
  /**
   * Authority that signed it: a key of a Secret or ConfigMap, for Prometheus in the namespace of the monitors, for GKE's
   * collection a Secret in that of the pods.
   */
  readonly ca?: {
    readonly kind: "secret" | "config-map";
    readonly name: string;
    readonly key: string;
  };
  /** Name that it is for: pods are asked by their address. */
  readonly serverName?: string;
  /** Any certificate is believed: who stands between can read along. @default false */
  readonly insecureSkipVerify?: boolean;
}

/** Who the collector says it is: a token in a Secret (where `MetricsTls.ca` is), or that of its own service account. */
export type MetricsToken = { readonly name: string; readonly key: string } | "service-account";

/** Pods of a cluster that publish metrics in Prometheus' format, as plain values. */
export interface MetricsSource {
  readonly exporter: Exporter;
  /** Unique in the cluster, a DNS label. Literal. */
  readonly name: string;
  readonly namespace: string;
  /** Labels of the pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Name of the container's port. */
  readonly port: string;
  /** @default "/metrics" */
  readonly path?: string;
  /** @default - plain HTTP */
  readonly tls?: MetricsTls;
  /** Needs `tls`. @default - nobody is asked who reads */
  readonly bearerToken?: MetricsToken;
  /** Labels that every series of these pods gets, such as `endpoint` and `variant`. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}
