/** Who publishes metrics: decides the names that queries and rules may use. */
export type Exporter =
  | "vllm"
  | "sglang"
  | "triton"
  | "inference-scheduler"
  | "envoy-ai-gateway"
  | "envoy-gateway"
  | "dcgm"
  | "neuron-monitor"
  | "gke-tpu"
  | "kueue"
  | "keda"
  | "inline-inference"
  | "kafka"
  | "feast";

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
  /** Labels that every series of these pods gets, such as `endpoint` and `variant`. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}
