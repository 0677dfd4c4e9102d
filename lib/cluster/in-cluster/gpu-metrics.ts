import type { MetricsSource } from "../../kubernetes/metrics-source";
import type { OperatorName } from "./needs";
import { operatorNamespace } from "./operator-rows";

/**
 * Pods that publish metrics of GPUs, by the operator that runs them.
 *
 * Source: NVIDIA/gpu-operator assets/state-dcgm-exporter/0800_daemonset.yaml at 06faaf0; NVIDIA/dcgm-exporter
 * deployment/templates (labels of the chart), read 2026-11
 */
const PODS: readonly (readonly [OperatorName, Readonly<Record<string, string>>])[] = [
  ["gpu-operator", { app: "nvidia-dcgm-exporter" }],
  ["dcgm-exporter", { "app.kubernetes.io/name": "dcgm-exporter" }],
];

/**
 * Who publishes metrics of the GPUs of a cluster; nothing where the provider does, or where the charts make monitors.
 *
 * @param installed operators of the cluster
 */
export function gpuMetrics(installed: ReadonlySet<OperatorName>): readonly MetricsSource[] {
  return PODS.filter(([operator]) => installed.has(operator)).map(([operator, podLabels]) => ({
    exporter: "dcgm",
    name: "gpus",
    namespace: operatorNamespace(operator),
    podLabels,
    port: "metrics",
  }));
}
