import { AiGatewayOperators, type AiGatewayOperatorsProps } from "../../../lib/kubernetes";
import { Template } from "../../../lib/testing";
import { codesOf } from "../fixture";
import { type Any, kubernetesStack } from "./support";

function releases(props: AiGatewayOperatorsProps = {}): Readonly<Record<string, Any>> {
  const stack = kubernetesStack();
  new AiGatewayOperators(stack, "operators", props);
  return Object.fromEntries(
    Object.values(Template.of(stack).resources("helm_release")).map((release: Any) => [
      release.name,
      { ...release, values: release.values && JSON.parse(release.values[0].replaceAll("$${", "${")) },
    ]),
  );
}

const codes = (props: AiGatewayOperatorsProps) =>
  codesOf(() => new AiGatewayOperators(kubernetesStack(), "operators", props));

const config = (props?: AiGatewayOperatorsProps): Any =>
  releases(props)["envoy-gateway"].values.config.envoyGateway;

describe("operators of gateways", () => {
  test("are Envoy Gateway with the AI gateway as its extension, and cert-manager", () => {
    const made = releases();
    expect(Object.keys(made).sort()).toEqual([
      "cert-manager",
      "envoy-ai-gateway",
      "envoy-ai-gateway-crds",
      "envoy-gateway",
    ]);
    expect(config()).toMatchObject({
      extensionApis: { enableBackend: true },
      extensionManager: {
        backendResources: [{ group: "inference.networking.k8s.io", kind: "InferencePool", version: "v1" }],
        hooks: { xdsTranslator: { post: ["Translation", "Cluster", "Route"] } },
        service: {
          fqdn: {
            hostname: "ai-gateway-controller.envoy-ai-gateway-system.svc.cluster.local",
            port: 1063,
          },
        },
      },
    });
    expect(config()).not.toHaveProperty("rateLimit");
    expect(releases({ certManager: false })).not.toHaveProperty("cert-manager");
    expect(config({ inferencePools: false }).extensionManager).not.toHaveProperty("backendResources");
  });

  test("label metrics with class and tenant, and keep prompts out of traces", () => {
    const { values } = releases()["envoy-ai-gateway"];
    expect(values.controller.metricsRequestHeaderAttributes).toBe(
      "x-traffic-class:traffic_class,x-tenant:tenant",
    );
    expect(values.extProc.extraEnvVars).toEqual([
      { name: "OPENINFERENCE_HIDE_INPUTS", value: "true" },
      { name: "OPENINFERENCE_HIDE_OUTPUTS", value: "true" },
    ]);
  });

  test("count limits in a Redis that is there, and refuse what cannot be counted", () => {
    const limiter = { kind: "address", address: "redis.example.com:6379", passwordSecret: "redis" } as const;
    expect(config({ limiter })).toMatchObject({
      rateLimit: {
        backend: { type: "Redis", redis: { url: "redis.example.com:6379", tls: {} } },
        failClosed: true,
      },
      provider: {
        kubernetes: {
          rateLimitDeployment: {
            container: {
              env: [{ name: "REDIS_AUTH", valueFrom: { secretKeyRef: { name: "redis", key: "password" } } }],
            },
          },
        },
      },
    });
    const open = config({
      limiter: { ...limiter, tls: false, passwordSecret: undefined },
      withoutLimiter: "pass",
    });
    expect(open.rateLimit.failClosed).toBe(false);
    expect(open.rateLimit.backend.redis).not.toHaveProperty("tls");
    expect(open.provider.kubernetes.rateLimitDeployment.container).not.toHaveProperty("env");
  });

  test("or in a Valkey of their own, with a password by Secret", () => {
    const limiter = { kind: "valkey", passwordSecret: "valkey", memoryMib: 1024 } as const;
    const made = releases({ limiter });
    expect(made["ai-gateway-limits"].namespace).toBe("envoy-gateway-system");
    expect(made["ai-gateway-limits"].values).toMatchObject({
      auth: { enabled: true, usersExistingSecret: "valkey" },
      resources: { limits: { memory: "1024Mi" } },
      valkeyConfig: "maxmemory 768mb\nmaxmemory-policy volatile-ttl",
    });
    expect(config({ limiter }).rateLimit.backend.redis).toEqual({
      url: "ai-gateway-limits.envoy-gateway-system.svc.cluster.local:6379",
    });
  });

  test("seal sessions of tools with a seed by Secret, which the chart never sees", () => {
    const { controller } = releases({ toolSessionSecret: "sessions" })["envoy-ai-gateway"].values;
    expect(controller.mcp.sessionEncryption.seed).toBe("$(MCP_SESSION_SEED)");
    expect(controller.extraEnvVars).toEqual([
      { name: "MCP_SESSION_SEED", valueFrom: { secretKeyRef: { name: "sessions", key: "seed" } } },
    ]);
    expect(releases()["envoy-ai-gateway"].values.controller).not.toHaveProperty("mcp");
  });

  test("leave definitions alone that are in the cluster", () => {
    expect(releases({ definitions: "installed" })["envoy-gateway"].skip_crds).toBe(true);
    expect(releases({ definitions: "bundled" })["envoy-gateway"].skip_crds).toBeUndefined();
  });

  test.each<[string, AiGatewayOperatorsProps, string]>([
    ["address", { limiter: { kind: "address", address: "redis://x" } }, "InvalidName"],
    ["password as text", { limiter: { kind: "valkey", passwordSecret: "Hunter2!" } }, "SecretAsText"],
    ["memory", { limiter: { kind: "valkey", passwordSecret: "x", memoryMib: 63 } }, "NumberOutOfRange"],
    ["seed as text", { toolSessionSecret: "Hunter2!" }, "SecretAsText"],
    ["failure without a limiter", { withoutLimiter: "pass" }, "NoEffect"],
    [
      "failure",
      { limiter: { kind: "valkey", passwordSecret: "x" }, withoutLimiter: "wait" as "pass" },
      "NotOneOf",
    ],
    ["definitions", { definitions: "mine" as "bundled" }, "NotOneOf"],
    ["Gateway API", { versions: { "gateway-api": "1.6.1" } }, "ComponentsDoNotFit"],
  ])("refuse %s", (_, props, code) => {
    expect(codes(props)).toContain(code);
  });
});
