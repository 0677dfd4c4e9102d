import { bodyRedaction, redactionProcessor, type TelemetryDataClass } from "./redaction";
import type { ExporterConfig } from "./targets";

/** Which traces are kept, decided when they are complete. */
export interface TraceSampling {
  /** Traces with a slower root are all kept. @default 5000 */
  readonly slowerThanMs?: number;
  /** Share of the others that is kept, 0 to 1. Those with errors are all kept. @default 0.05 */
  readonly share?: number;
  /** Time after its first span at which a trace counts as complete: longer than the longest answer. @default 60 */
  readonly waitSeconds?: number;
}

const SAMPLING = { slowerThanMs: 5000, share: 0.05, waitSeconds: 60 };

export const OTLP_GRPC = 4317;
export const OTLP_HTTP = 4318;
export const OTLP_TLS_PATH = "/etc/collector-tls";
export const POD_LOGS_PATH = "/var/log/pods";

/** First in every pipeline: refuses what would not fit instead of dying of it. */
const MEMORY_LIMITER = { check_interval: "1s", limit_percentage: 80, spike_limit_percentage: 25 };

/** Pod, node, deployment of a signal, by the address that it came from. */
const KUBERNETES_ATTRIBUTES = {
  auth_type: "serviceAccount",
  extract: {
    metadata: [
      "k8s.namespace.name",
      "k8s.pod.name",
      "k8s.pod.uid",
      "k8s.deployment.name",
      "k8s.node.name",
      "k8s.container.name",
    ],
  },
  pod_association: [
    { sources: [{ from: "resource_attribute", name: "k8s.pod.uid" }] },
    { sources: [{ from: "connection" }] },
  ],
};

type Sections = Readonly<Record<string, unknown>>;

/** Processors that mask, in the order in which they run; none if all classes are kept. */
function masking(classes: readonly TelemetryDataClass[], logs: boolean): Sections {
  const body = logs ? bodyRedaction(classes) : undefined;
  return {
    ...(classes.length > 0 ? { redaction: redactionProcessor(classes) } : {}),
    ...(body ? { "transform/body": body } : {}),
  };
}

function tailSampling(sampling: TraceSampling): Sections {
  const { slowerThanMs, share, waitSeconds } = { ...SAMPLING, ...sampling };
  return {
    decision_wait: `${waitSeconds}s`,
    policies: [
      { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } },
      { name: "slow", type: "latency", latency: { threshold_ms: slowerThanMs } },
      {
        name: "some",
        type: "probabilistic",
        probabilistic: { sampling_percentage: Number((share * 100).toPrecision(6)) },
      },
    ],
  };
}

function otlpReceiver(tls: boolean): Sections {
  const secured = tls
    ? { tls: { cert_file: `${OTLP_TLS_PATH}/tls.crt`, key_file: `${OTLP_TLS_PATH}/tls.key` } }
    : {};
  const on = (port: number) => ({ endpoint: `0.0.0.0:${port}`, ...secured });
  return { protocols: { grpc: on(OTLP_GRPC), http: on(OTLP_HTTP) } };
}

const HEALTH = { health_check: { endpoint: "0.0.0.0:13133" } };

/** What programs send: traces, and logs where a target for them is given. */
export function receivingConfig(input: {
  readonly traces?: ExporterConfig;
  readonly logs?: ExporterConfig;
  readonly sampling: TraceSampling;
  readonly redact: readonly TelemetryDataClass[];
  readonly tls: boolean;
}): Record<string, unknown> {
  const { traces, logs, redact } = input;
  const forTraces = masking(redact, false);
  const forLogs = masking(redact, true);
  const exporters = [traces, logs].filter((exporter) => exporter !== undefined);
  return {
    extensions: HEALTH,
    receivers: { otlp: otlpReceiver(input.tls) },
    processors: {
      memory_limiter: MEMORY_LIMITER,
      k8sattributes: KUBERNETES_ATTRIBUTES,
      ...(logs ? forLogs : forTraces),
      ...(traces ? { tail_sampling: tailSampling(input.sampling) } : {}),
      batch: {},
    },
    exporters: Object.fromEntries(exporters.map(({ name, config }) => [name, config])),
    service: {
      extensions: ["health_check"],
      pipelines: {
        ...(traces
          ? {
              traces: {
                receivers: ["otlp"],
                processors: [
                  "memory_limiter",
                  "k8sattributes",
                  ...Object.keys(forTraces),
                  "tail_sampling",
                  "batch",
                ],
                exporters: [traces.name],
              },
            }
          : {}),
        ...(logs
          ? {
              logs: {
                receivers: ["otlp"],
                processors: ["memory_limiter", "k8sattributes", ...Object.keys(forLogs), "batch"],
                exporters: [logs.name],
              },
            }
          : {}),
      },
    },
  };
}

/** What containers write, read on each node. */
export function podLogsConfig(
  logs: ExporterConfig,
  redact: readonly TelemetryDataClass[],
  excludedNamespaces: readonly string[],
): Record<string, unknown> {
  const masks = masking(redact, true);
  return {
    extensions: HEALTH,
    receivers: {
      filelog: {
        include: [`${POD_LOGS_PATH}/*/*/*.log`],
        exclude: excludedNamespaces.map((namespace) => `${POD_LOGS_PATH}/${namespace}_*/*/*.log`),
        include_file_path: true,
        start_at: "end",
        operators: [{ type: "container", id: "container" }],
      },
    },
    processors: {
      memory_limiter: MEMORY_LIMITER,
      k8sattributes: { ...KUBERNETES_ATTRIBUTES, filter: { node_from_env_var: "K8S_NODE_NAME" } },
      ...masks,
      batch: {},
    },
    exporters: { [logs.name]: logs.config },
    service: {
      extensions: ["health_check"],
      pipelines: {
        logs: {
          receivers: ["filelog"],
          processors: ["memory_limiter", "k8sattributes", ...Object.keys(masks), "batch"],
          exporters: [logs.name],
        },
      },
    },
  };
}
