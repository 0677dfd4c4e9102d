import type { PublishedMetrics } from "../metrics/published";
import { plainNumber } from "./burn-rate";
import type { ResolvedLimits } from "./limits";
import type { AlertRule } from "./rule";

/**
 * XID errors that a program causes. Source: https://docs.nvidia.com/deploy/xid-errors/ (read 2026-11): 13 graphics engine
 * exception, 31 page fault, 43 stopped by the program, 45 cleaned up after it.
 */
const XID_OF_PROGRAMS: readonly number[] = [13, 31, 43, 45];

const GPU = "GPU {{ $labels.gpu }} of {{ $labels.Hostname }}";

function gpuAlerts(published: PublishedMetrics, limits: ResolvedLimits): readonly AlertRule[] {
  const xid = published.series("DCGM_FI_DEV_XID_ERRORS");
  const remapped = published.series("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", {}, "1h");
  const utilisation = published.series("DCGM_FI_DEV_GPU_UTIL", {}, "1h");
  return [
    {
      alert: "GpuXidError",
      expr: [`${xid} > 0`, ...XID_OF_PROGRAMS.map((code) => `${xid} == ${code}`)].join(" unless "),
      severity: "page",
      summary: `${GPU} reported XID {{ $value }}`,
      runbook:
        "The driver reports a fault of the GPU. Look the number up in NVIDIA's list of XID errors. 79: the GPU fell off the bus; 48, 63, 64, 94, 95: memory; 74: NVLink. Cordon the node, drain it, reset the GPU or restart the node, run dcgmi diag -r 3, and send the board back if it fails. The metric keeps the last number until the driver is loaded anew.",
    },
    {
      alert: "GpuMemoryRowsLost",
      expr: `increase(${remapped}) > 0`,
      severity: "ticket",
      summary: `${GPU} replaced {{ $value }} rows of memory after errors that ECC could not correct`,
      runbook:
        "ECC found errors that it could not correct; the rows are replaced when the GPU is reset. Drain the node and reset it soon. Rows that come again and again mean a failing board.",
    },
    {
      alert: "GpuMemoryBroken",
      expr: `${published.series("DCGM_FI_DEV_ROW_REMAP_FAILURE")} == 1`,
      severity: "page",
      summary: `${GPU} has no more rows to replace bad memory`,
      runbook:
        "The board must be replaced (NVIDIA's RMA policy names this state). Cordon and drain the node now.",
    },
    {
      alert: "GpuHot",
      expr: `${published.series("DCGM_FI_DEV_GPU_TEMP")} > ${limits.gpuCelsius}`,
      for: "5m",
      severity: "ticket",
      summary: `${GPU} is at {{ $value }} °C`,
      runbook:
        "Near its limit a GPU slows down, and with it every GPU that waits for it. Compare with its neighbours: all hot means air or water of the rack, one hot means a fan, a blocked way or a loose cooler. Lower the power limit (nvidia-smi -pl) until it is repaired.",
    },
    {
      alert: "AcceleratorIdle",
      expr: `avg_over_time(${utilisation}) < ${plainNumber(limits.idleShare * 100)}`,
      for: "1h",
      severity: "ticket",
      labels: { accelerator: "gpu" },
      summary: `${GPU} worked {{ $value }} % of the last hour`,
      runbook:
        "An accelerator is paid for and does nothing. If a pod holds it, scale the endpoint down or let it scale to zero; if none does, give the node back, or lend it to batch work. A warm spare is idle by design: silence this alert for it.",
    },
  ];
}

function neuronAlerts(published: PublishedMetrics, limits: ResolvedLimits): readonly AlertRule[] {
  return [
    {
      alert: "NeuronExecutionErrors",
      expr: `increase(${published.series("execution_errors_total", { error_type: { matches: "hardware|runtime" } }, "15m")}) > 0`,
      severity: "page",
      summary: "{{ $labels.instance_id }} failed {{ $value }} executions ({{ $labels.error_type }})",
      runbook:
        "Executions on Neuron devices fail in the device or its runtime. See neuron-monitor and the kernel's log of the node for ECC and DMA errors; drain the node and replace the instance if they come again.",
    },
    {
      alert: "AcceleratorIdle",
      expr: `avg by (instance_id) (avg_over_time(${published.series("neuroncore_utilization_ratio", {}, "1h")})) < ${limits.idleShare}`,
      for: "1h",
      severity: "ticket",
      labels: { accelerator: "neuron" },
      summary:
        "{{ $labels.instance_id }} used {{ $value | humanizePercentage }} of its NeuronCores in the last hour",
      runbook:
        "The instance is paid for and does nothing. Scale the endpoint down, or give the instance back.",
    },
  ];
}

function tpuAlerts(published: PublishedMetrics, limits: ResolvedLimits): readonly AlertRule[] {
  const duty = published.series("kubernetes_io:node_accelerator_duty_cycle", {
    monitored_resource: "k8s_node",
  });
  return [
    {
      alert: "AcceleratorIdle",
      expr: `avg by (node_name) (${duty}) < ${plainNumber(limits.idleShare * 100)}`,
      for: "1h",
      severity: "ticket",
      labels: { accelerator: "tpu" },
      summary: "TPUs of {{ $labels.node_name }} worked {{ $value }} % of the time",
      runbook:
        "The slice is paid for and does nothing. If a job runs on it, it hangs or waits for data: see its log. Else scale the node pool down.",
    },
  ];
}

/** Alerts on errors, heat and idleness of accelerators. */
export function acceleratorAlerts(published: PublishedMetrics, limits: ResolvedLimits): readonly AlertRule[] {
  return [
    ...(published.has("dcgm") ? gpuAlerts(published, limits) : []),
    ...(published.has("neuron-monitor") ? neuronAlerts(published, limits) : []),
    ...(published.has("gke-tpu") ? tpuAlerts(published, limits) : []),
  ];
}
