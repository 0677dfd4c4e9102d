import type { TerraformStack } from "cdktf";
import { type GatewayBackend, type OtherGatewayBackend, Site } from "../../../lib";
import { KubernetesAiGateway, type KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { synthStack, Template } from "../../../lib/testing";
import { access, codesOf, OPENAI, otherGateway, POOL, routes } from "../fixture";
import { type Any, gateway, HYBRID, JWT, kubernetesStack, named, objects } from "./support";

type Props = Partial<KubernetesAiGatewayProps>;

const codes = (props: Props) => codesOf(() => gateway(props));
const spec = (kind: string, name: string, props: Props = {}): Any => named(objects(props), kind)[name]?.spec;

describe("other parts of a stack", () => {
  test("learn how the gateway is reached, and who publishes its metrics", () => {
    const made = gateway();
    expect(made.access()).toEqual({
      host: "ai.example.com",
      port: 443,
      classes: ["premium", "chat", "batch"],
      models: ["llama"],
    });
    expect(made.metrics.map(({ labels }) => labels?.tier)).toEqual(["outer", "outer", "inner"]);
    expect(made.metrics.map(({ exporter, name, port }) => [exporter, name, port])).toEqual([
      ["envoy-ai-gateway", "acme-gateway-ai", "aigw-admin"],
      ["envoy-gateway", "acme-gateway-envoy", "metrics"],
      ["envoy-gateway", "acme-pools-envoy", "metrics"],
    ]);
    expect(gateway({ gatewayName: "front" }).gatewayName).toBe("front");
  });

  test("learn who publishes the metrics of the cache, and its policy lets readers of all namespaces in", () => {
    const image = `registry.example.com/response-cache@sha256:${"a".repeat(64)}`;
    const store = { kind: "address", host: "cache.example.com", passwordSecret: "cache-password" } as const;
    const stack = kubernetesStack();
    const made = gateway({ cache: { image, store, classes: [{ class: "batch", ttlSeconds: 60 }] } }, stack);
    const source = made.metrics.at(-1)!;
    expect(source).toEqual({
      exporter: "response-cache",
      name: "acme-response-cache",
      namespace: "acme-gateway",
      podLabels: made.cache!.labels,
      port: "metrics",
      labels: { gateway: "acme" },
    });
    const template = Template.of(stack);
    const { template: pods } = template.resource("kubernetes_deployment_v1").spec as Any;
    expect(pods.metadata.labels).toEqual(source.podLabels);
    const port = pods.spec.container[0].port.find(({ name }: Any) => name === source.port).container_port;
    const policies: Any[] = Object.values(template.resources("kubernetes_network_policy_v1"));
    const { ingress } = policies.find(({ metadata }) => metadata.name === source.name).spec;
    expect(ingress).toContainEqual({
      from: [{ namespace_selector: {} }],
      ports: [{ port: `${port}`, protocol: "TCP" }],
    });
    expect(gateway().metrics.map(({ exporter }) => exporter)).not.toContain("response-cache");
  });

  test("put it into a namespace of its own, or into one that is there", () => {
    const stack = kubernetesStack();
    gateway({}, stack);
    expect(Template.of(stack).resource("kubernetes_namespace_v1").metadata).toMatchObject({
      name: "acme-gateway",
    });
    const other = kubernetesStack();
    const made = gateway({ namespace: "front", createNamespace: false }, other);
    expect(made.namespace).toBeUndefined();
    expect(Template.of(other).count("kubernetes_namespace_v1")).toBe(0);
    expect(codes({ removalPolicy: "destroy" })).toEqual(["RemovalNeedsTwoKeys"]);
  });

  test("get the same bytes from the same declaration", () => {
    const text = () => {
      const stack = kubernetesStack();
      gateway({}, stack);
      return JSON.stringify(synthStack(stack));
    };
    expect(text()).toBe(text());
  });

  test("hold no secret, however it was named", () => {
    const stack = kubernetesStack();
    gateway({}, stack);
    expect(Template.of(stack).count("kubernetes_secret_v1")).toBe(0);
  });
});

describe("gateways of one app", () => {
  const NORWAY = Site.kubernetes("bergen", { country: "NO", kubeconfig: { context: "bgo" } });
  const own = { name: "own", kind: "endpoint", access: access({ site: "bergen", country: "NO" }) } as const;

  /** Frankfurt falls back to Bergen, of which it says `told`; Bergen has these backends. */
  function pair(told: Partial<OtherGatewayBackend>, backends: readonly GatewayBackend[] = [own]) {
    const stack = kubernetesStack();
    const bergen = otherGateway({ name: "bergen", gateway: "bergen", ...told });
    gateway(
      { backends: [POOL, bergen], classes: [routes("chat", ["own", "bergen"], { maxAmplification: 9 })] },
      stack,
    );
    new KubernetesAiGateway(stack, "other", {
      site: NORWAY,
      namePrefix: "bergen",
      hostname: "ai.bergen.example.com",
      authentication: JWT,
      limiter: true,
      backends,
      classes: [
        routes(
          "chat",
          backends.map(({ name }) => name),
        ),
      ],
    });
    return () => synthStack(stack);
  }

  test("may not send requests in a circle", () => {
    expect(pair({})).not.toThrow();
    const back = otherGateway({
      name: "frankfurt",
      gateway: "acme",
      processesIn: ["DE", "NO"],
      amplification: 1,
    });
    expect(pair({ processesIn: ["DE", "NO"], amplification: 4 }, [own, back])).toThrow(
      /FallbackLoop[\s\S]*acme -> bergen -> acme/,
    );
  });

  test("must say of each other what is so: calls, countries, classes", () => {
    const more = [own, OPENAI];
    expect(pair({ amplification: 2, processesIn: ["NO", "US"] }, more)).not.toThrow();
    expect(pair({ amplification: 1, processesIn: ["NO", "US"] }, more)).toThrow(
      /GatewayToldWrongly[\s\S]*amplification: 1/,
    );
    expect(pair({ amplification: 2, processesIn: ["NO"] }, more)).toThrow(
      /GatewayToldWrongly[\s\S]*a list with US/,
    );
    const told = (chat: readonly string[]) =>
      pair({ amplification: 2, processesIn: ["NO", "US"], processesInByClass: { chat } }, more);
    expect(told(["NO", "US"])).not.toThrow();
    expect(told(["NO"])).toThrow(/GatewayToldWrongly[\s\S]*a list with US/);
    expect(pair({ processesIn: ["SE"] })).toThrow(/GatewayToldWrongly[\s\S]*a list with NO/);
    const access = { host: "ai.bergen.example.com", port: 443, classes: ["talk"], models: ["llama"] };
    expect(pair({ className: "talk", access })).toThrow(/GatewayToldWrongly[\s\S]*talk/);
  });

  test("may not have one name prefix in one cluster", () => {
    const stack = kubernetesStack();
    gateway({}, stack);
    new KubernetesAiGateway(stack, "twin", {
      site: Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } }),
      namePrefix: "acme",
      hostname: "ai2.example.com",
      authentication: JWT,
      limiter: true,
      ...HYBRID,
    });
    expect(() => synthStack(stack as TerraformStack)).toThrow(/GatewayNamesTaken/);
  });
});

describe("the network", () => {
  test("lets clients to the outer proxies, those to the inner ones, and the inner ones nowhere else", () => {
    const stack = kubernetesStack();
    gateway({}, stack);
    const policies = Template.of(stack).resources("kubernetes_network_policy_v1");
    const [clients, pools] = Object.values(policies) as Any[];
    expect(clients.metadata).toMatchObject({ name: "acme-clients", namespace: "envoy-gateway-system" });
    expect(clients.spec.ingress[0].ports).toEqual([{ port: "10443", protocol: "TCP" }]);
    expect(pools.spec.policy_types).toEqual(["Ingress", "Egress"]);
    expect(pools.spec.ingress[0].from[0].pod_selector.match_labels).toMatchObject({
      "gateway.envoyproxy.io/owning-gateway-name": "acme-gateway",
    });
    const egress = JSON.stringify(pools.spec.egress);
    expect(egress).toContain('"kubernetes.io/metadata.name":"models"');
    expect(egress).not.toContain("ip_block");
  });

  test("is where Envoy Gateway was put", () => {
    const host = "acme-pools.proxies.svc.cluster.local";
    expect(
      spec("Backend", "acme-backend-own", { proxyNamespace: "proxies" }).endpoints[0].fqdn.hostname,
    ).toBe(host);
  });
});
