import { stableJson } from "../../core/json";
import type { MetricsSource } from "../../kubernetes/metrics-source";

interface Relabeling {
  readonly source_labels?: readonly string[];
  readonly regex?: string;
  readonly action?: "keep" | "replace";
  readonly target_label?: string;
  readonly replacement?: string;
}

/** How Prometheus names a label of a pod. Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config. */
const podLabel = (label: string) => `__meta_kubernetes_pod_label_${label.replace(/[^a-zA-Z0-9_]/g, "_")}`;

/** Values of labels hold letters, digits, and these signs; a dot stands for itself. */
const literally = (value: string) => value.replace(/[.]/g, "[.]");

const copy = (from: string, target_label: string): Relabeling => ({
  source_labels: [from],
  action: "replace",
  target_label,
});

/** Where the scraper keeps its own token: as in the configuration that AWS gives as a sample; not opened. */
const OWN_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

function access({ tls, bearerToken }: MetricsSource): object {
  return {
    ...(tls
      ? {
          scheme: "https",
          tls_config: { server_name: tls.serverName, insecure_skip_verify: tls.insecureSkipVerify },
        }
      : {}),
    ...(bearerToken ? { bearer_token_file: OWN_TOKEN } : {}),
  };
}

function job(source: MetricsSource): object {
  const { name, namespace, podLabels, port, path, labels = {} } = source;
  const keep = Object.entries(podLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([label, value]): Relabeling => ({
        source_labels: [podLabel(label)],
        action: "keep",
        regex: literally(value),
      }),
    );
  const own = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([target_label, replacement]): Relabeling => ({ action: "replace", target_label, replacement }));
  return {
    job_name: name,
    metrics_path: path ?? "/metrics",
    ...access(source),
    kubernetes_sd_configs: [{ role: "pod", namespaces: { names: [namespace] } }],
    relabel_configs: [
      ...keep,
      {
        source_labels: ["__meta_kubernetes_pod_container_port_name"],
        action: "keep",
        regex: literally(port),
      },
      copy("__meta_kubernetes_namespace", "namespace"),
      copy("__meta_kubernetes_pod_name", "pod"),
      copy("__meta_kubernetes_pod_container_name", "container"),
      ...own,
    ],
  };
}

/** What the managed scraper does, in the form of Prometheus (JSON is YAML). */
export function scrapeConfiguration(sources: readonly MetricsSource[], interval: string): string {
  return stableJson({
    global: { scrape_interval: interval },
    scrape_configs: sources.map(job),
  });
}
