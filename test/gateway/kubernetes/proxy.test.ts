import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { codesOf, POOL, routes } from "../fixture";
import { type Any, gateway, named, objects } from "./support";

type Props = Partial<KubernetesAiGatewayProps>;

const codes = (props: Props) => codesOf(() => gateway(props));
const spec = (kind: string, name: string, props: Props = {}): Any => named(objects(props), kind)[name]?.spec;

/** A gateway with one class and one backend. */
const SMALL: Props = { backends: [POOL], classes: [routes("chat", ["own"])] };

const COLLECTOR = { service: "collector", namespace: "observability" };

describe("proxies", () => {
  const proxy = (props: Props = {}) => spec("EnvoyProxy", "acme-gateway", props);

  test("are three, spread, and leave one at a time", () => {
    const { kubernetes } = proxy().provider;
    expect(kubernetes.envoyDeployment.replicas).toBe(3);
    expect(kubernetes.envoyHpa).toBeUndefined();
    expect(kubernetes.envoyPDB).toEqual({ maxUnavailable: 1 });
    const spread = kubernetes.envoyDeployment.pod.topologySpreadConstraints;
    expect(spread.map((constraint: Any) => constraint.topologyKey)).toEqual([
      "kubernetes.io/hostname",
      "topology.kubernetes.io/zone",
    ]);
    expect(kubernetes.envoyService).toEqual({ type: "LoadBalancer" });
  });

  test("can follow their load, have their size, and stay inside the cluster", () => {
    const { kubernetes } = proxy({
      replicas: { min: 2, max: 9, cpuPercent: 50 },
      cpu: "2",
      memory: "4Gi",
      serviceType: "ClusterIP",
      serviceAnnotations: { "example.com/internal": "true" },
    }).provider;
    expect(kubernetes.envoyHpa).toMatchObject({ minReplicas: 2, maxReplicas: 9 });
    expect(kubernetes.envoyHpa.metrics[0].resource.target.averageUtilization).toBe(50);
    expect(kubernetes.envoyDeployment.replicas).toBeUndefined();
    expect(kubernetes.envoyDeployment.container.resources).toEqual({
      requests: { cpu: "2", memory: "4Gi" },
      limits: { memory: "4Gi" },
    });
    expect(kubernetes.envoyService).toEqual({
      type: "ClusterIP",
      annotations: { "example.com/internal": "true" },
    });
  });

  test("end no sooner than the longest request", () => {
    expect(proxy().shutdown.drainTimeout).toBe(`${52 * 3}s`);
  });

  test("write an audit log of the chosen data classes, and of no prompt", () => {
    const { accessLog } = proxy({ audit: { collector: COLLECTOR } }).telemetry;
    const [{ format, sinks }] = accessLog.settings;
    expect(format.json).toMatchObject({ tenant: "%REQ(X-TENANT)%", traffic_class: "%REQ(X-TRAFFIC-CLASS)%" });
    expect(format.json).not.toHaveProperty("client_address");
    expect(JSON.stringify(format.json)).not.toMatch(/BODY|PROMPT|QUERY/i);
    expect(sinks[0].openTelemetry.backendRefs).toEqual([
      { group: "gateway.envoyproxy.io", kind: "Backend", name: "acme-gateway-audit" },
    ]);
    const less = proxy({ audit: { collector: COLLECTOR, dataClasses: ["operational"] } });
    expect(less.telemetry.accessLog.settings[0].format.json).not.toHaveProperty("tenant");
    expect(proxy().telemetry.accessLog).toBeUndefined();
  });

  test("trace as many requests as asked for", () => {
    expect(proxy({ tracing: { collector: COLLECTOR } }).telemetry.tracing.samplingRate).toBe(1);
    const tracing = { collector: { ...COLLECTOR, port: 14317 }, samplingPercent: 10 };
    const all = objects({ tracing });
    expect(named(all, "EnvoyProxy")["acme-gateway"].spec.telemetry.tracing.samplingRate).toBe(10);
    expect(named(all, "Backend")["acme-gateway-tracing"].spec.endpoints[0].fqdn).toEqual({
      hostname: "collector.observability.svc.cluster.local",
      port: 14317,
    });
  });
});

describe("tools", () => {
  const server = { name: "tickets", host: "mcp.example.com", tools: ["search", "read"], processesIn: ["DE"] };
  const tools = [
    { class: "premium", servers: [server], callsPerTenant: { limit: 60, per: "minute" } as const },
  ];

  test("warn that their sessions are sealed with a seed that all know, unless told of another one", () => {
    const warned = (given: Props) => gateway(given).node.metadata.filter(({ type }) => type.endsWith("warn"));
    expect(warned({ tools })).toHaveLength(1);
    expect(warned({ tools })[0]!.data).toContain("ToolSessionsBySharedSeed");
    expect(warned({ tools, ownToolSessionSeed: true })).toEqual([]);
    expect(warned({})).toEqual([]);
    expect(codesOf(() => gateway({ ownToolSessionSeed: true }))).toEqual(["NoEffect"]);
  });

  test("are those of the list, for one class, with a limit for each tenant", () => {
    const all = objects({
      tools: [{ ...tools[0]!, servers: [{ ...server, path: "/x", apiKeySecret: "key" }] }],
    });
    const route = named(all, "MCPRoute")["acme-tools-premium"].spec;
    expect(route.headers).toEqual([{ type: "Exact", name: "x-traffic-class", value: "premium" }]);
    expect(route.backendRefs).toEqual([
      {
        group: "gateway.envoyproxy.io",
        kind: "Backend",
        name: "tickets",
        path: "/x",
        toolSelector: { include: ["search", "read"] },
        securityPolicy: { apiKey: { secretRef: { name: "key" } } },
      },
    ]);
    expect(route.securityPolicy.authorization).toMatchObject({
      defaultAction: "Deny",
      rules: [
        {
          action: "Allow",
          target: {
            tools: [
              { backend: "tickets", tool: "search" },
              { backend: "tickets", tool: "read" },
            ],
          },
        },
      ],
    });
    const limit = named(all, "BackendTrafficPolicy")["acme-tools-premium"].spec;
    expect(limit.targetRefs[0].name).toBe("ai-eg-mcp-main-acme-tools-premium");
    expect(limit.rateLimit.global.rules[0].limit).toEqual({ requests: 60, unit: "Minute" });
  });

  test.each<[string, Props, string]>([
    [
      "in a country that the class may not use",
      { tools: [{ ...tools[0]!, servers: [{ ...server, processesIn: ["US"] }] }] },
      "BackendOutsideResidency",
    ],
    ["of a class that is not there", { tools: [{ ...tools[0]!, class: "gone" }] }, "UnknownClass"],
    [
      "without a list",
      { tools: [{ ...tools[0]!, servers: [{ ...server, tools: [] }] }] },
      "NumberOutOfRange",
    ],
    [
      "more than a rule holds",
      {
        tools: [
          {
            ...tools[0]!,
            servers: [{ ...server, tools: Array.from({ length: 17 }, (_, index) => `t${index}`) }],
          },
        ],
      },
      "NumberOutOfRange",
    ],
    ["twice", { tools: [{ ...tools[0]!, servers: [server, server] }] }, "DuplicateValue"],
    [
      "in no known country",
      { tools: [{ ...tools[0]!, servers: [{ ...server, processesIn: ["XX"] }] }] },
      "InvalidCountry",
    ],
    [
      "with a key as text",
      { tools: [{ ...tools[0]!, servers: [{ ...server, apiKeySecret: "ghp_abc" }] }] },
      "SecretAsText",
    ],
    [
      "with a limit that nobody counts",
      { ...SMALL, limiter: false, tools: [{ ...tools[0]!, class: "chat" }] },
      "LimiterWithoutBackend",
    ],
  ])("are refused %s", (_, props, code) => {
    expect(codes(props)).toContain(code);
  });
});
