import { counter, type ExporterFacts, gauge } from "./metric";

const GPU = "gpu UUID device modelName Hostname";

/**
 * DCGM exporter with its default counters. Those for ECC are commented out there, so memory errors are told by remapped
 * rows, which are on. Its own labels `pod` and `namespace` (who holds the GPU) become `exported_…` unless the scrape
 * honours labels.
 */
const DCGM: ExporterFacts = {
  exporter: "dcgm",
  version: "4.x (GPU operator 26.7)",
  source: "NVIDIA/dcgm-exporter etc/default-counters.csv",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 8,
  metrics: [
    gauge("DCGM_FI_DEV_GPU_UTIL", "percent", GPU, "Share of time in which the GPU did something"),
    gauge("DCGM_FI_DEV_FB_USED", "mebibytes", GPU, "Memory in use"),
    gauge("DCGM_FI_DEV_FB_FREE", "mebibytes", GPU, "Memory that is free"),
    gauge("DCGM_FI_DEV_GPU_TEMP", "celsius", GPU, "Temperature of the GPU"),
    gauge("DCGM_FI_DEV_MEMORY_TEMP", "celsius", GPU, "Temperature of its memory"),
    gauge("DCGM_FI_DEV_POWER_USAGE", "watts", GPU, "Power"),
    gauge("DCGM_FI_DEV_XID_ERRORS", "code", GPU, "Number of the last XID error; 0 if there was none"),
    gauge("DCGM_FI_DEV_ROW_REMAP_FAILURE", "flag", GPU, "1 if a bad row of memory could not be replaced"),
    counter(
      "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
      "rows",
      GPU,
      "Rows replaced after errors that ECC cannot correct",
    ),
    counter(
      "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS",
      "rows",
      GPU,
      "Rows replaced after errors that ECC corrected",
    ),
    counter("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "retries", GPU, "Retries on PCIe"),
    counter("DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "count", GPU, "Transfers on all lanes of NVLink"),
  ],
};

const NEURON = "instance_id instance_type availability_zone region runtime_tag";

/** neuron-monitor with its Prometheus companion. */
const NEURON_MONITOR: ExporterFacts = {
  exporter: "neuron-monitor",
  version: "2.x",
  source:
    "excerpts of neuron-monitor's own output in test data of aws/amazon-cloudwatch-agent and opentelemetry-collector-contrib, and of their lists of its names; not opened",
  read: "2026-11-24",
  kept: "scraped",
  seriesPerMetric: 32,
  metrics: [
    gauge("neuroncore_utilization_ratio", "ratio", `${NEURON} neuroncore`, "Use of a NeuronCore, 0 to 1"),
    gauge(
      "neuron_runtime_memory_used_bytes",
      "bytes",
      `${NEURON} memory_location`,
      "Memory in use, on host and device",
    ),
    counter("execution_errors_total", "errors", `${NEURON} error_type`, "Executions that failed, by kind"),
    counter("execution_status_total", "executions", `${NEURON} status_type`, "Executions, by how they ended"),
    gauge("execution_latency_seconds", "seconds", `${NEURON} percentile`, "Time of executions"),
  ],
};

const TPU = "monitored_resource project_id cluster_name location node_name accelerator_id model make";

/**
 * TPUs of GKE. The metrics are system metrics of Cloud Monitoring (`kubernetes.io/node/accelerator/…`), so only Google
 * Managed Prometheus can answer queries for them; nothing is scraped.
 */
const GKE_TPU: ExporterFacts = {
  exporter: "gke-tpu",
  version: "GKE system metrics, 2026-06",
  source:
    "excerpts of a stored copy of https://docs.cloud.google.com/monitoring/api/metrics_kubernetes, and of a list measured in a project; PromQL names: https://docs.cloud.google.com/monitoring/promql/promql-mapping; not opened",
  read: "2026-11-24",
  kept: "cloud-monitoring",
  seriesPerMetric: 0,
  metrics: [
    gauge(
      "kubernetes_io:node_accelerator_duty_cycle",
      "percent",
      TPU,
      "Share of time in which the chip worked",
    ),
    gauge("kubernetes_io:node_accelerator_tensorcore_utilization", "percent", TPU, "Use of the TensorCores"),
    gauge("kubernetes_io:node_accelerator_memory_used", "bytes", TPU, "Memory in use"),
    gauge("kubernetes_io:node_accelerator_memory_total", "bytes", TPU, "Memory of the chip"),
  ],
};

export const ACCELERATOR_EXPORTERS: readonly ExporterFacts[] = [DCGM, NEURON_MONITOR, GKE_TPU];
