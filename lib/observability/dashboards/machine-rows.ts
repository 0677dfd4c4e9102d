import type { DashboardInput } from "./dashboard";
import type { Panel, Row } from "./model";

const RATE = "$__rate_interval";
const GPU = "{{Hostname}} GPU {{gpu}}";

function gpuPanels({ metrics, limits }: DashboardInput): readonly Panel[] {
  if (!metrics.has("dcgm")) {
    return [];
  }
  const used = metrics.series("DCGM_FI_DEV_FB_USED");
  return [
    {
      title: "GPU busy",
      description: "Share of time in which the GPU did anything at all; it says nothing of how much.",
      queries: [{ expr: metrics.series("DCGM_FI_DEV_GPU_UTIL"), legend: GPU }],
      unit: "percent",
      width: 6,
    },
    {
      title: "GPU memory in use",
      description: "Engines take nearly all of it when they start.",
      queries: [{ expr: `${used} / (${used} + ${metrics.series("DCGM_FI_DEV_FB_FREE")})`, legend: GPU }],
      unit: "percentunit",
      width: 6,
    },
    {
      title: "GPU temperature",
      description: `Above ${limits.gpuCelsius} °C for five minutes raises an alert.`,
      queries: [{ expr: metrics.series("DCGM_FI_DEV_GPU_TEMP"), legend: GPU }],
      unit: "celsius",
      width: 6,
      steps: [limits.gpuCelsius],
    },
    {
      title: "GPU power",
      description: "By node.",
      queries: [
        { expr: `sum by (Hostname) (${metrics.series("DCGM_FI_DEV_POWER_USAGE")})`, legend: "{{Hostname}}" },
      ],
      unit: "watt",
      width: 6,
    },
    {
      title: "Last XID error",
      description:
        "0 if there was none since the driver was loaded. Numbers: https://docs.nvidia.com/deploy/xid-errors/.",
      kind: "stat",
      queries: [
        { expr: `max by (Hostname, gpu) (${metrics.series("DCGM_FI_DEV_XID_ERRORS")}) > 0`, legend: GPU },
      ],
      unit: "none",
      width: 12,
      height: 5,
      steps: [1],
    },
    {
      title: "Rows of memory replaced",
      description: "After errors that ECC could not correct, in the last day.",
      kind: "stat",
      queries: [
        {
          expr: `sum by (Hostname, gpu) (increase(${metrics.series("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", {}, "1d")})) > 0`,
          legend: GPU,
        },
      ],
      unit: "none",
      width: 12,
      height: 5,
      steps: [1],
    },
  ];
}

function neuronPanels({ metrics }: DashboardInput): readonly Panel[] {
  return metrics.has("neuron-monitor")
    ? [
        {
          title: "NeuronCores in use",
          description: "Mean of each instance.",
          queries: [
            {
              expr: `avg by (instance_id) (${metrics.series("neuroncore_utilization_ratio")})`,
              legend: "{{instance_id}}",
            },
          ],
          unit: "percentunit",
        },
        {
          title: "Neuron execution errors",
          description: "By kind.",
          queries: [
            {
              expr: `sum by (instance_id, error_type) (rate(${metrics.series("execution_errors_total", {}, RATE)}))`,
              legend: "{{instance_id}} {{error_type}}",
            },
          ],
          unit: "none",
        },
      ]
    : [];
}

function tpuPanels({ metrics }: DashboardInput): readonly Panel[] {
  if (!metrics.has("gke-tpu")) {
    return [];
  }
  // Cloud Monitoring writes the metric for nodes and containers; a query must say which.
  const onNode = { monitored_resource: "k8s_node" };
  return [
    {
      title: "TPU duty cycle",
      description: "Share of time in which the chips worked, by node.",
      queries: [
        {
          expr: `avg by (node_name) (${metrics.series("kubernetes_io:node_accelerator_duty_cycle", onNode)})`,
          legend: "{{node_name}}",
        },
      ],
      unit: "percent",
    },
    {
      title: "TPU memory in use",
      description: "By node.",
      queries: [
        {
          expr: `sum by (node_name) (${metrics.series("kubernetes_io:node_accelerator_memory_used", onNode)}) / sum by (node_name) (${metrics.series("kubernetes_io:node_accelerator_memory_total", onNode)})`,
          legend: "{{node_name}}",
        },
      ],
      unit: "percentunit",
    },
  ];
}

export function acceleratorRow(input: DashboardInput): Row {
  return {
    title: "Accelerator",
    panels: [...gpuPanels(input), ...neuronPanels(input), ...tpuPanels(input)],
  };
}

/** What waits for accelerators, and who asks for more. */
export function queueRow({ metrics }: DashboardInput): Row {
  return {
    title: "Queues and scaling",
    panels: [
      ...(metrics.has("kueue")
        ? [
            {
              title: "Workloads that wait",
              description: "Batch and training, by queue.",
              queries: [
                {
                  expr: `sum by (cluster_queue, status) (${metrics.series("kueue_pending_workloads")})`,
                  legend: "{{cluster_queue}} {{status}}",
                },
              ],
              unit: "none",
              width: 12,
            },
          ]
        : []),
      ...(metrics.has("keda")
        ? [
            {
              title: "What scalers see",
              description: "Value of each trigger that KEDA reads.",
              queries: [
                {
                  expr: `max by (scaledObject, scaler) (${metrics.series("keda_scaler_metrics_value")})`,
                  legend: "{{scaledObject}} {{scaler}}",
                },
              ],
              unit: "none",
              width: 12,
            },
          ]
        : []),
    ],
  };
}

/** What models are fed with. */
export function dataRow({ metrics }: DashboardInput): Row {
  const kafka = metrics.has("kafka")
    ? [
        {
          expr: `sum by (consumergroup, topic) (clamp_min(${metrics.series("kafka_consumergroup_lag")}, 0))`,
          legend: "{{consumergroup}} {{topic}}",
        },
      ]
    : [];
  const inline = metrics.has("inline-inference")
    ? [
        {
          expr: `sum by (namespace, topic) (${metrics.series("inline_inference_consumer_lag")})`,
          legend: "inline {{namespace}} {{topic}}",
        },
      ]
    : [];
  const lag: readonly Panel[] =
    kafka.length + inline.length > 0
      ? [
          {
            title: "Messages behind",
            description: "By reader and topic.",
            queries: [...kafka, ...inline],
            unit: "none",
            width: 8,
          },
        ]
      : [];
  const outcome: readonly Panel[] = metrics.has("inline-inference")
    ? [
        {
          title: "Events decided by the inline worker",
          description: "By outcome: model, fallback, dead letter.",
          queries: [
            {
              expr: `sum by (namespace, outcome) (rate(${metrics.series("inline_inference_events_total", {}, RATE)}))`,
              legend: "{{namespace}} {{outcome}}",
            },
          ],
          unit: "none",
          width: 8,
        },
      ]
    : [];
  const freshness: readonly Panel[] = metrics.has("feast")
    ? [
        {
          title: "Age of features",
          description: "Since the last materialization of each view.",
          queries: [
            {
              expr: `max by (project, feature_view) (${metrics.series("feast_feature_freshness_seconds")})`,
              legend: "{{project}} {{feature_view}}",
            },
          ],
          unit: "s",
          width: 8,
        },
      ]
    : [];
  return { title: "Streams and features", panels: [...lag, ...outcome, ...freshness] };
}
