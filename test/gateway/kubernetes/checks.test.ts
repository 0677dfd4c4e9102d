import { Token } from "cdktf";
import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { access, codesOf, routes } from "../fixture";
import { gateway } from "./support";

type Props = Partial<KubernetesAiGatewayProps>;

const codes = (props: Props) => codesOf(() => gateway(props));
const COLLECTOR = { service: "collector", namespace: "observability" };

describe("what cannot be", () => {
  test.each<[string, Props, string]>([
    ["prefix", { namePrefix: "Acme" }, "InvalidName"],
    ["namespace", { namespace: "A" }, "InvalidName"],
    ["namespace of proxies", { proxyNamespace: "A" }, "InvalidName"],
    ["host name", { hostname: "localhost" }, "InvalidName"],
    ["no host name", { hostname: "" }, "MissingValue"],
    ["size of requests", { maxRequestSize: "8MB" }, "InvalidSize"],
    ["silence", { streamIdleSeconds: 0 }, "NumberOutOfRange"],
    ["one replica", { replicas: 1 }, "NumberOutOfRange"],
    ["range", { replicas: { min: 4, max: 3 } }, "NumberOutOfRange"],
    ["load", { replicas: { min: 2, max: 3, cpuPercent: 101 } }, "NumberOutOfRange"],
    ["kind of Service", { serviceType: "NodePort" as "ClusterIP" }, "NotOneOf"],
    ["collector", { audit: { collector: { ...COLLECTOR, service: "A" } } }, "InvalidName"],
    ["port", { audit: { collector: { ...COLLECTOR, port: 0 } } }, "NumberOutOfRange"],
    ["data class", { audit: { collector: COLLECTOR, dataClasses: ["prompts" as "client"] } }, "NotOneOf"],
    ["no data class", { audit: { collector: COLLECTOR, dataClasses: [] } }, "NoEffect"],
    ["samples", { tracing: { collector: COLLECTOR, samplingPercent: 0 } }, "NumberOutOfRange"],
    ["patience", { guardrail: { service: "g", namespace: "s", port: 1, timeoutMs: 0 } }, "NumberOutOfRange"],
    ["versions", { versions: { "envoy-gateway": "1.9.0" } }, "ComponentsDoNotFit"],
    ["Kubernetes", { versions: { kubernetes: "1.31" } }, "ComponentsDoNotFit"],
    [
      "a pool of another cluster",
      {
        backends: [{ name: "own", kind: "endpoint", access: access({ site: "bergen" }) }],
        classes: [routes("chat", ["own"])],
      },
      "EndpointOfOtherCluster",
    ],
    [
      "a prefix that only Terraform knows",
      { namePrefix: Token.asString({ resolve: () => "x" }) },
      "TokenNotAllowed",
    ],
  ])("%s", (_, props, code) => {
    expect(codes(props)).toContain(code);
  });
});
