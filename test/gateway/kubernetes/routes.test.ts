import { Token } from "cdktf";
import { Residency } from "../../../lib";
import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { access, codesOf, otherGateway, POOL, routes, SERVICE } from "../fixture";
import { type Any, gateway, named, objects } from "./support";

type Props = Partial<KubernetesAiGatewayProps>;

const codes = (props: Props) => codesOf(() => gateway(props));
const spec = (kind: string, name: string, props: Props = {}): Any => named(objects(props), kind)[name]?.spec;

/** A gateway with one class and one backend. */
const SMALL: Props = { backends: [POOL], classes: [routes("chat", ["own"])] };

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
    const byClass = otherGateway({ processesIn: ["NO", "US"], processesInByClass: { chat: ["NO"] } });
    const [backend] = Object.values(
      named(objects({ backends: [byClass], classes: [routes("chat", ["oslo"])] }), "AIServiceBackend"),
    );
    expect(backend.metadata.annotations).toMatchObject({
      "hybrid-ai.dev/processes-in": "NO,US",
      "hybrid-ai.dev/processes-in-by-class": '{"chat":["NO"]}',
    });
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

  test("of two classes never have one name", () => {
    const models = Array.from({ length: 16 }, (_, index) => ({ model: `m${index}`, chain: ["own"] }));
    const classes = [
      { ...routes("chat", ["own"]), models },
      routes("chat-2", ["own"], { traffic: { requestsPerSecond: 1 } }),
    ];
    expect(codesOf(() => objects({ ...SMALL, classes }))).toEqual(["DuplicateValue"]);
    const server = { name: "tickets", host: "mcp.example.com", tools: ["search"], processesIn: ["DE"] };
    const tools = [{ class: "chat", servers: [server] }];
    const named = [routes("chat", ["own"]), routes("tools-chat", ["own"])];
    expect(codesOf(() => objects({ ...SMALL, classes: named, tools }))).toEqual(["DuplicateValue"]);
  });

  test("may take days, written as the Gateway API reads them", () => {
    const classes = [routes("chat", ["own"], { attemptTimeoutSeconds: 86_400, attemptsPerBackend: 2 })];
    expect(spec("AIGatewayRoute", "acme-chat", { ...SMALL, classes }).rules[0].timeouts.request).toBe(
      "48h0s",
    );
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
      { requests: 600, unit: "Minute" },
      { requests: 100_000, unit: "Hour" },
      { requests: 100_000, unit: "Hour" },
      { requests: 100_000_000, unit: "Hour" },
    ]);
    for (const tokens of [3, 4]) {
      expect(rules[tokens].cost.response.metadata.key).toBe("llm_total_token");
    }
    expect(rules[3].cost).toEqual({
      request: { from: "Number", number: 0 },
      response: { from: "Metadata", metadata: { namespace: "io.envoy.ai_gateway", key: "llm_total_token" } },
    });
    expect(spec("AIGatewayRoute", "acme-chat").llmRequestCosts.at(-1)).toEqual({
      metadataKey: "llm_cost_micro_usd",
      type: "CEL",
      cel: "uint(double(input_tokens) * 2.500000 + double(output_tokens) * 10.000000)",
    });
  });

  test("count requests of each tenant by itself, and those without a tenant together", () => {
    const { rules } = spec("BackendTrafficPolicy", "acme-chat").rateLimit.global;
    const selectors = rules.map((rule: Any) => rule.clientSelectors?.[0].headers);
    const each = [{ name: "x-tenant", type: "Distinct" }];
    const none = [{ name: "x-tenant", type: "RegularExpression", value: ".+", invert: true }];
    expect(selectors).toEqual([undefined, each, none, each, none, undefined]);
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

  test("do not see what clients sign in with, unless it is a gateway that knows clients by nothing else", () => {
    const seen = (props: Props = {}) =>
      Object.fromEntries(
        Object.entries(named(objects(props), "AIServiceBackend")).map(([name, object]) => [
          name.replace("acme-backend-", ""),
          !object.spec.headerMutation.remove?.includes("authorization"),
        ]),
      );
    expect(seen()).toEqual({ own: false, small: false, cloud: false, openai: false, oslo: true });
    const keyed = { ...otherGateway(), apiKeySecret: "oslo-key" };
    expect(seen({ backends: [keyed], classes: [routes("chat", ["oslo"])] })).toEqual({ oslo: false });
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

  test("that are pools let through what all outer proxies together let through", () => {
    const busy = routes("busy", ["own"], { traffic: { requestsPerSecond: 10 } });
    const bound = (classes: Props["classes"]) =>
      spec("BackendTrafficPolicy", "acme-pool-own", { ...SMALL, classes }).circuitBreaker;
    // Twice the rate, 0.5 s and 200 tokens of 25 ms: 55 and 110 in flight.
    expect(bound([routes("chat", ["own"])]).maxParallelRequests).toBe(55);
    expect(bound([routes("chat", ["own"]), busy])).toEqual({
      maxConnections: 165,
      maxParallelRequests: 165,
      maxPendingRequests: 165,
    });
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

  test("that made objectives themselves are asked by those, and get none of the gateway's", () => {
    const own = {
      name: "own",
      kind: "endpoint",
      access: access({ objectives: { chat: "assistant-full-chat" } }),
    } as const;
    const all = objects({ backends: [own], classes: [routes("chat", ["own"]), routes("talk", ["own"])] });
    const header = (name: string) =>
      named(all, "AIGatewayRoute")[name].spec.rules[0].backendRefs[0].headerMutation.set[0].value;
    expect([header("acme-chat"), header("acme-talk")]).toEqual(["assistant-full-chat", "acme-own-talk"]);
    expect(Object.keys(named(all, "InferenceObjective"))).toEqual(["acme-own-talk"]);
  });

  test("without pools need no gateway inside", () => {
    const all = objects({ backends: [SERVICE], classes: [routes("chat", ["small"])] });
    expect(Object.keys(named(all, "Gateway"))).toEqual(["acme-gateway"]);
    expect(named(all, "InferenceObjective")).toEqual({});
  });
});
