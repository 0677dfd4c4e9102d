import { type TerraformStack, Token } from "cdktf";
import { Residency, Site } from "../../../lib";
import { KubernetesAiGateway, type KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { synthStack, Template } from "../../../lib/testing";
import { access, codesOf, otherGateway, POOL, routes, SERVICE } from "../fixture";
import { type Any, gateway, HYBRID, JWT, kubernetesStack, named, objects } from "./support";

type Props = Partial<KubernetesAiGatewayProps>;

const codes = (props: Props) => codesOf(() => gateway(props));
const spec = (kind: string, name: string, props: Props = {}): Any => named(objects(props), kind)[name]?.spec;

/** A gateway with one class and one backend. */
const SMALL: Props = { backends: [POOL], classes: [routes("chat", ["own"])] };

const COLLECTOR = { service: "collector", namespace: "observability" };

describe("clients", () => {
  test("reach one host by TLS, with a certificate of the gateway's own authority", () => {
    const all = objects();
    expect(named(all, "Gateway")["acme-gateway"].spec.listeners).toEqual([
      {
        name: "https",
        port: 443,
        protocol: "HTTPS",
        hostname: "ai.example.com",
        tls: { mode: "Terminate", certificateRefs: [{ name: "acme-gateway-tls" }] },
        allowedRoutes: { namespaces: { from: "Same" } },
      },
    ]);
    expect(named(all, "Certificate")["acme-gateway"].spec).toMatchObject({
      secretName: "acme-gateway-tls",
      dnsNames: ["ai.example.com"],
      issuerRef: { name: "acme-ca", kind: "Issuer" },
    });
  });

  test("see a certificate of an issuer or of a Secret where one is given, while pools keep their own authority", () => {
    const issued = named(objects({ tls: { issuer: { name: "public" } } }), "Certificate");
    expect(issued["acme-gateway"].spec.issuerRef).toEqual({ name: "public", kind: "ClusterIssuer" });
    expect(issued["acme-pools"].spec.issuerRef).toEqual({ name: "acme-ca", kind: "Issuer" });
    const all = objects({ tls: { certificateSecret: "bought" } });
    expect(named(all, "Certificate")["acme-gateway"]).toBeUndefined();
    expect(named(all, "Gateway")["acme-gateway"].spec.listeners[0].tls.certificateRefs).toEqual([
      { name: "bought" },
    ]);
    expect(codes({ tls: { certificateSecret: "-----BEGIN CERTIFICATE" } })).toEqual(["SecretAsText"]);
  });

  test("may send so much in so much time, and no header that the gateway sets itself", () => {
    const policy = spec("ClientTrafficPolicy", "acme-gateway", { maxRequestSize: "2Mi" });
    expect(policy.connection).toEqual({ bufferLimit: "2Mi" });
    expect(policy.tls).toEqual({ minVersion: "1.2" });
    expect(policy.headers.earlyRequestHeaders.remove).toEqual(
      expect.arrayContaining([
        "x-tenant",
        "x-ai-eg-model",
        "x-inference-pool",
        "x-llm-d-inference-objective",
      ]),
    );
    expect(spec("ClientTrafficPolicy", "acme-gateway").connection).toEqual({ bufferLimit: "8Mi" });
  });

  test("sign in with a token; its claims say tenant and classes", () => {
    const policy = spec("SecurityPolicy", "acme-batch", {
      authentication: { ...JWT, tenantClaim: "org", classesClaim: "ai" } as typeof JWT,
    });
    expect(policy.jwt.providers).toEqual([
      {
        name: "tokens",
        issuer: "https://login.example.com",
        audiences: ["ai"],
        remoteJWKS: { uri: "https://login.example.com/keys" },
        claimToHeaders: [{ claim: "org", header: "x-tenant" }],
      },
    ]);
    expect(policy.authorization).toEqual({
      defaultAction: "Deny",
      rules: [
        {
          name: "batch",
          action: "Allow",
          principal: {
            jwt: {
              provider: "tokens",
              claims: [
                { name: "ai", valueType: "StringArray", values: ["batch"] },
                { name: "org", valueType: "String", values: ["reports", "search"] },
              ],
            },
          },
        },
      ],
    });
  });

  test("or with a key, for classes that list their tenants", () => {
    const authentication = { kind: "api-key", secrets: ["keys"], header: "x-api-key" } as const;
    const policy = spec("SecurityPolicy", "acme-chat", {
      ...SMALL,
      authentication,
      classes: [routes("chat", ["own"], { tenants: ["app"] })],
    });
    expect(policy.apiKeyAuth).toEqual({
      credentialRefs: [{ name: "keys" }],
      extractFrom: [{ headers: ["x-api-key"] }],
      forwardClientIDHeader: "x-tenant",
      sanitize: true,
    });
    expect(policy.authorization.rules[0].principal).toEqual({
      headers: [{ name: "x-tenant", values: ["app"] }],
    });
    expect(codes({ ...SMALL, authentication })).toEqual(["MissingValue"]);
  });

  test("sign in the same way on every route, because Envoy asks before it knows the model", () => {
    const policies = Object.values(named(objects(), "SecurityPolicy"));
    expect(policies.length).toBe(3);
    expect(new Set(policies.map((policy) => JSON.stringify(policy.spec.jwt))).size).toBe(1);
  });

  test.each<[string, KubernetesAiGatewayProps["authentication"], string]>([
    ["issuer without TLS", { ...JWT, issuer: "http://x.example.com" } as typeof JWT, "InvalidName"],
    ["no audience", { ...JWT, audiences: [] } as typeof JWT, "MissingValue"],
    ["claim", { ...JWT, tenantClaim: "a b" } as typeof JWT, "InvalidName"],
    ["key as text", { kind: "api-key", secrets: ["sk-1234"] }, "SecretAsText"],
    ["no Secret", { kind: "api-key", secrets: [] }, "MissingValue"],
    [
      "the gateway's own header",
      { kind: "api-key", secrets: ["keys"], header: "x-tenant" },
      "ReservedHeader",
    ],
    [
      "the class's header",
      { kind: "api-key", secrets: ["keys"], header: "x-traffic-class" },
      "ReservedHeader",
    ],
    ["another way", { kind: "basic" } as never, "NotOneOf"],
  ])("are refused a way to sign in with %s", (_, authentication, code) => {
    expect(codes({ authentication })).toContain(code);
  });
});

describe("routes", () => {
  test("of a class match its model and its class, and go along the chain by priority", () => {
    const route = spec("AIGatewayRoute", "acme-chat");
    expect(route.rules).toEqual([
      {
        matches: [
          {
            headers: [
              { type: "Exact", name: "x-ai-eg-model", value: "llama" },
              { type: "Exact", name: "x-traffic-class", value: "chat" },
            ],
          },
        ],
        backendRefs: [
          {
            name: "acme-backend-own",
            priority: 0,
            weight: 100,
            headerMutation: { set: [{ name: "x-llm-d-inference-objective", value: "acme-own-chat" }] },
          },
          { name: "acme-backend-cloud", priority: 1, weight: 70 },
          {
            name: "acme-backend-oslo",
            priority: 1,
            weight: 30,
            headerMutation: { set: [{ name: "x-traffic-class", value: "chat" }] },
          },
          { name: "acme-backend-openai", priority: 2, weight: 100, modelNameOverride: "gpt-5" },
        ],
        timeouts: { request: `${52 * 3}s` },
        streamIdleTimeout: "60s",
      },
    ]);
  });

  test("say where requests may be worked on, and backends where they work", () => {
    const all = objects();
    const note = (kind: string, name: string, key: string) =>
      named(all, kind)[name].metadata.annotations[`hybrid-ai.dev/${key}`];
    expect(note("AIGatewayRoute", "acme-chat", "residency")).toBe("anywhere");
    expect(note("AIGatewayRoute", "acme-premium", "residency").split(",")).toEqual(Residency.EU.codes);
    expect(note("AIServiceBackend", "acme-backend-openai", "processes-in")).toBe("US");
    expect(note("AIServiceBackend", "acme-backend-own", "processes-in")).toBe("DE");
  });

  test("of more than 15 models are divided, and share one policy", () => {
    const models = Array.from({ length: 16 }, (_, index) => ({ model: `m${index}`, chain: ["own"] }));
    const all = objects({ ...SMALL, classes: [{ ...routes("chat", ["own"]), models }] });
    const made = named(all, "AIGatewayRoute");
    expect(Object.keys(made)).toEqual(["acme-chat", "acme-chat-2"]);
    expect(made["acme-chat"].spec.rules).toHaveLength(15);
    const targets = ["acme-chat", "acme-chat-2"];
    for (const kind of ["BackendTrafficPolicy", "SecurityPolicy"]) {
      expect(named(all, kind)["acme-chat"].spec.targetRefs.map((ref: Any) => ref.name)).toEqual(targets);
    }
  });

  test("retry once per step, within a budget, and put failing backends aside", () => {
    const policy = spec("BackendTrafficPolicy", "acme-chat");
    expect(policy.retry).toMatchObject({
      numRetries: 2,
      numAttemptsPerPriority: 1,
      perRetry: { timeout: "52s" },
    });
    expect(policy.circuitBreaker.retryBudget).toEqual({
      percent: { numerator: 20, denominator: 100 },
      minRetryConcurrency: 3,
    });
    expect(policy.healthCheck.passive.maxEjectionPercent).toBe(100);
    const changed = spec("BackendTrafficPolicy", "acme-chat", {
      ...SMALL,
      classes: [
        routes("chat", ["own"], {
          attemptsPerBackend: 2,
          retryBudgetPercent: 5,
          attemptTimeoutSeconds: 9,
        }),
      ],
    });
    expect(changed.retry).toMatchObject({
      numRetries: 1,
      numAttemptsPerPriority: 2,
      perRetry: { timeout: "9s" },
    });
    expect(changed.circuitBreaker.retryBudget.percent.numerator).toBe(5);
  });

  test("count tokens, requests and dollars for the class as a whole", () => {
    const { rules } = spec("BackendTrafficPolicy", "acme-chat").rateLimit.global;
    expect(rules.every((rule: Any) => rule.shared)).toBe(true);
    expect(rules.map((rule: Any) => rule.limit)).toEqual([
      { requests: 300, unit: "Minute" },
      { requests: 600, unit: "Minute" },
      { requests: 100_000, unit: "Hour" },
      { requests: 100_000_000, unit: "Hour" },
    ]);
    expect(rules[2].cost).toEqual({
      request: { from: "Number", number: 0 },
      response: { from: "Metadata", metadata: { namespace: "io.envoy.ai_gateway", key: "llm_total_token" } },
    });
    expect(spec("AIGatewayRoute", "acme-chat").llmRequestCosts.at(-1)).toEqual({
      metadataKey: "llm_cost_micro_usd",
      type: "CEL",
      cel: "uint(double(input_tokens) * 2.500000 + double(output_tokens) * 10.000000)",
    });
  });

  test("without a limiter are limited by each proxy, and without any limit not at all", () => {
    const local = spec("BackendTrafficPolicy", "acme-chat", { ...SMALL, limiter: false, replicas: 4 });
    expect(local.rateLimit).toEqual({
      type: "Local",
      local: { rules: [{ limit: { requests: 1200 / 4, unit: "Minute" } }] },
    });
    const open = {
      ...SMALL,
      limiter: false,
      classes: [routes("chat", ["own"], { admittedPerMinute: false })],
    };
    expect(spec("BackendTrafficPolicy", "acme-chat", open).rateLimit).toBeUndefined();
    expect(codes({ ...SMALL, limiter: false, replicas: { min: 2, max: 4 } })).toEqual([
      "LimiterWithoutBackend",
    ]);
  });

  test("may be silent for so long", () => {
    expect(spec("AIGatewayRoute", "acme-chat", { streamIdleSeconds: 5 }).rules[0].streamIdleTimeout).toBe(
      "5s",
    );
  });
});

describe("backends", () => {
  test("outside the cluster are reached by TLS and signed in to by Secret", () => {
    const all = objects();
    expect(named(all, "Backend")["acme-backend-openai"].spec.endpoints).toEqual([
      { fqdn: { hostname: "api.openai.com", port: 443 } },
    ]);
    expect(named(all, "BackendTLSPolicy")["acme-backend-openai"].spec.validation).toEqual({
      hostname: "api.openai.com",
      wellKnownCACertificates: "System",
    });
    expect(named(all, "BackendSecurityPolicy")["acme-backend-openai"].spec).toEqual({
      targetRefs: [
        { group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: "acme-backend-openai" },
      ],
      type: "APIKey",
      apiKey: { secretRef: { name: "openai-key" } },
    });
    expect(named(all, "BackendTLSPolicy")["acme-backend-small"]).toBeUndefined();
    expect(named(all, "BackendSecurityPolicy")["acme-backend-oslo"]).toBeUndefined();
  });

  test("may have a host that only Terraform knows", () => {
    const host = Token.asString({ resolve: () => `\${aws_lb.front.dns_name}` });
    const reach = { kind: "https", host, port: 443, protocol: "openai" } as const;
    const all = objects({
      backends: [{ name: "own", kind: "endpoint", access: access({ reach }) }],
      classes: [routes("chat", ["own"])],
    });
    expect(named(all, "Backend")["acme-backend-own"].spec.endpoints[0].fqdn.hostname).toBe(
      `\${aws_lb.front.dns_name}`,
    );
  });

  test("that are pools stand behind a gateway inside the cluster, which retries nothing", () => {
    const all = objects();
    const host = "acme-pools.envoy-gateway-system.svc.cluster.local";
    expect(named(all, "Backend")["acme-backend-own"].spec.endpoints[0].fqdn).toEqual({
      hostname: host,
      port: 8443,
    });
    expect(named(all, "BackendTLSPolicy")["acme-backend-own"].spec.validation).toEqual({
      hostname: host,
      caCertificateRefs: [{ group: "", kind: "Secret", name: "acme-pools-tls" }],
    });
    expect(named(all, "EnvoyProxy")["acme-pools"].spec.provider.kubernetes.envoyService).toEqual({
      type: "ClusterIP",
      name: "acme-pools",
    });
    const route = named(all, "HTTPRoute")["acme-pool-own"];
    expect(route.metadata.namespace).toBe("models");
    expect(route.spec.rules[0]).toMatchObject({
      matches: [{ headers: [{ type: "Exact", name: "x-inference-pool", value: "models.assistant-full" }] }],
      backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name: "assistant-full" }],
    });
    expect(named(all, "BackendTrafficPolicy")["acme-pool-own"].spec.retry).toEqual({ numRetries: 0 });
  });

  test("that are pools know the priority of each class that may reach them", () => {
    const objectives = named(objects(), "InferenceObjective");
    expect(
      Object.values(objectives).map(({ metadata, spec }) => [
        metadata.name,
        metadata.namespace,
        spec.priority,
      ]),
    ).toEqual([
      ["acme-own-batch", "models", -1],
      ["acme-own-chat", "models", 0],
      ["acme-own-premium", "models", 10],
    ]);
    expect(objectives["acme-own-chat"].spec.poolRef).toEqual({
      group: "inference.networking.k8s.io",
      kind: "InferencePool",
      name: "assistant-full",
    });
  });

  test("without pools need no gateway inside", () => {
    const all = objects({ backends: [SERVICE], classes: [routes("chat", ["small"])] });
    expect(Object.keys(named(all, "Gateway"))).toEqual(["acme-gateway"]);
    expect(named(all, "InferenceObjective")).toEqual({});
  });
});

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
      { group: "gateway.envoyproxy.io", kind: "Backend", name: "acme-audit" },
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
    expect(named(all, "Backend")["acme-tracing"].spec.endpoints[0].fqdn).toEqual({
      hostname: "collector.observability.svc.cluster.local",
      port: 14317,
    });
  });
});

describe("a guardrail", () => {
  const guardrail = { service: "guard", namespace: "safety", port: 50051 };

  test("sees requests of all classes, and none passes without it", () => {
    const policy = spec("EnvoyExtensionPolicy", "acme-guardrail", { guardrail });
    expect(policy.targetRefs.map((ref: Any) => ref.name)).toEqual([
      "acme-premium",
      "acme-chat",
      "acme-batch",
    ]);
    expect(policy.extProc).toEqual([
      {
        backendRefs: [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "acme-guardrail" }],
        failOpen: false,
        messageTimeout: "1000ms",
        processingMode: { request: { body: "Buffered" } },
      },
    ]);
  });

  test("sees answers if asked to, and waits so long", () => {
    const policy = spec("EnvoyExtensionPolicy", "acme-guardrail", {
      guardrail: { ...guardrail, answers: true, timeoutMs: 20 },
    });
    expect(policy.extProc[0].messageTimeout).toBe("20ms");
    expect(policy.extProc[0].processingMode.response).toEqual({ body: "Buffered" });
  });
});

describe("tools", () => {
  const server = { name: "tickets", host: "mcp.example.com", tools: ["search", "read"], processesIn: ["DE"] };
  const tools = [
    { class: "premium", servers: [server], callsPerTenant: { limit: 60, per: "minute" } as const },
  ];

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

describe("other parts of a stack", () => {
  test("learn how the gateway is reached, and who publishes its metrics", () => {
    const made = gateway();
    expect(made.access()).toEqual({
      host: "ai.example.com",
      port: 443,
      classes: ["premium", "chat", "batch"],
      models: ["llama"],
    });
    expect(made.metrics.map(({ exporter, name, port }) => [exporter, name, port])).toEqual([
      ["envoy-ai-gateway", "acme-gateway-ai", "aigw-admin"],
      ["envoy-gateway", "acme-gateway-envoy", "metrics"],
      ["envoy-gateway", "acme-pools-envoy", "metrics"],
    ]);
    expect(gateway({ gatewayName: "front" }).gatewayName).toBe("front");
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
  function pair(back: readonly string[]) {
    const stack = kubernetesStack();
    const bergen = otherGateway({ name: "bergen", gateway: "bergen" });
    gateway({ backends: [POOL, bergen], classes: [routes("chat", ["own", "bergen"])] }, stack);
    const site = Site.kubernetes("bergen", { country: "NO", kubeconfig: { context: "bgo" } });
    const backends = back.includes("acme")
      ? [POOL, otherGateway({ name: "frankfurt", gateway: "acme", processesIn: ["DE"] })]
      : [POOL];
    new KubernetesAiGateway(stack, "other", {
      site,
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
    expect(pair([])).not.toThrow();
    expect(pair(["acme"])).toThrow(/FallbackLoop[\s\S]*acme -> bergen -> acme/);
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
      "a prefix that only Terraform knows",
      { namePrefix: Token.asString({ resolve: () => "x" }) },
      "TokenNotAllowed",
    ],
  ])("%s", (_, props, code) => {
    expect(codes(props)).toContain(code);
  });
});
