import { conformance, conformanceTest } from "../../cluster/conformance";
import { everything, source } from "../fixture";
import { EEMSHAVEN, kubernetesStack, observability } from "./support";

const CA = { name: "ca", key: "ca.crt" } as const;
const TOKEN = { name: "reader", key: "token" } as const;
/** By TLS, in each way that the collector knows. */
const BY_TLS = [
  source("kueue", { name: "by-secret", tls: { ca: { ...CA, kind: "secret" } }, bearerToken: TOKEN }),
  source("keda", { name: "by-anything", tls: { insecureSkipVerify: true, serverName: "keda" } }),
];

describe("objects that the library emits are valid against the published definitions", () => {
  conformanceTest("Prometheus in the cluster", () => {
    const stack = kubernetesStack();
    observability(
      {
        receivers: {
          page: { kind: "pagerduty", routingKey: { name: "alerts", key: "pagerduty" } },
          ticket: { kind: "slack", apiUrl: { name: "alerts", key: "slack" }, channel: "#ai" },
        },
        closedSources: ["vllm"],
        sources: [
          ...everything().sources,
          ...BY_TLS,
          source("feast", { name: "by-map", tls: { ca: { ...CA, kind: "config-map" } } }),
        ],
      },
      stack,
    );
    const { failures, kinds } = conformance(stack);
    expect(failures).toEqual([]);
    expect(kinds.map((kind) => kind.split(" ")[1])).toEqual(
      expect.arrayContaining(["AlertmanagerConfig", "PodMonitor", "PrometheusRule"]),
    );
  });

  conformanceTest("managed collection of GKE", () => {
    const stack = kubernetesStack();
    observability(
      {
        site: EEMSHAVEN,
        collector: "gke-managed",
        ...everything({
          sources: [
            ...everything().sources,
            ...BY_TLS,
            source("vllm", { name: "labelled", labels: { endpoint: "a" } }),
          ],
        }),
      },
      stack,
    );
    const { failures, kinds } = conformance(stack);
    expect(failures).toEqual([]);
    expect(kinds.map((kind) => kind.split(" ")[1])).toEqual(
      expect.arrayContaining(["GlobalRules", "PodMonitoring"]),
    );
  });
});
