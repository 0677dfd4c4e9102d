import { conformance, conformanceTest } from "../../cluster/conformance";
import { everything, source } from "../fixture";
import { EEMSHAVEN, kubernetesStack, observability } from "./support";

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
          sources: [...everything().sources, source("vllm", { name: "labelled", labels: { endpoint: "a" } })],
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
