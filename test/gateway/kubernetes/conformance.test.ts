import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { access, OPENAI, POOL, routes, shadow } from "../fixture";
import { gateway, kubernetesStack, objects } from "./support";

const provider = (provider: (typeof OPENAI)["provider"], name: string) => ({ ...OPENAI, name, provider });

/** Every kind of object and every branch of their fields. */
const CASES: Readonly<Record<string, Partial<KubernetesAiGatewayProps>>> = {
  "pool, Service, cloud, gateway and provider": {
    audit: {
      collector: { service: "collector", namespace: "observability" },
      dataClasses: ["operational", "identity", "client"],
    },
    tracing: { collector: { service: "collector", namespace: "observability" } },
    guardrail: { service: "guard", namespace: "safety", port: 50051, answers: true },
    cache: {
      image: `registry.example.com/response-cache@sha256:${"a".repeat(64)}`,
      store: { kind: "valkey", passwordSecret: "cache-password" },
      classes: [{ class: "batch", ttlSeconds: 60 }],
    },
    replicas: { min: 2, max: 8 },
    tools: [
      {
        class: "chat",
        servers: [
          {
            name: "tickets",
            host: "mcp.example.com",
            tools: ["search"],
            processesIn: ["US"],
            apiKeySecret: "tickets-key",
          },
        ],
        callsPerTenant: { limit: 60, per: "minute" },
      },
    ],
  },
  "all providers": {
    backends: [
      POOL,
      provider({ api: "anthropic", apiKeySecret: "key" }, "anthropic"),
      provider(
        {
          api: "azure-openai",
          host: "acme.openai.azure.com",
          apiVersion: "2025-01-01-preview",
          apiKeySecret: "key",
        },
        "azure",
      ),
      provider({ api: "bedrock", region: "us-east-1", credentialsSecret: "key" }, "bedrock"),
      provider(
        { api: "vertex", region: "us-central1", project: "acme-ai", credentialsSecret: "key" },
        "vertex",
      ),
      provider(
        { api: "openai", host: "api.example.com", prefix: "/openai/v1", apiKeySecret: "key" },
        "other",
      ),
    ],
    classes: [
      routes("chat", ["own", "azure", "bedrock", "vertex", "other"], { maxAmplification: 5 }),
      routes("native", ["anthropic"]),
    ],
  },
  "shadows of a pool and of a Service": {
    backends: [
      { name: "own", kind: "endpoint", access: access({ shadows: [shadow(), shadow({ variant: "int8" })] }) },
      {
        name: "small",
        kind: "endpoint",
        access: access({
          reach: { kind: "service", namespace: "models", name: "assistant-small", port: 80 },
          shadows: [shadow()],
        }),
      },
    ],
    classes: [routes("chat", ["own", "small"])],
  },
  "keys instead of tokens, no limiter, own certificate": {
    authentication: { kind: "api-key", secrets: ["tenants"] },
    limiter: false,
    backends: [POOL],
    classes: [routes("chat", ["own"], { tenants: ["app"] })],
    tls: { certificateSecret: "certificate" },
    cache: {
      image: `registry.example.com/response-cache@sha256:${"a".repeat(64)}`,
      store: { kind: "address", host: "cache.example.com", caSecret: "cache-ca" },
      classes: [{ class: "chat", ttlSeconds: 60, anyTemperature: true }],
    },
    tools: [
      {
        class: "chat",
        servers: [{ name: "tickets", host: "mcp.example.com", tools: ["search"], processesIn: ["US"] }],
      },
    ],
  },
};

describe("objects of a gateway are valid against the published definitions", () => {
  conformanceTest.each(Object.entries(CASES))("%s", (_, props) => {
    const stack = kubernetesStack();
    gateway(props, stack);
    const { failures, kinds } = conformance(stack);
    expect(failures).toEqual([]);
    expect(kinds.length).toBeGreaterThan(8);
  });
});

test.each(Object.entries(CASES))("no two objects have one name: %s", (_, props) => {
  const names = objects(props).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
