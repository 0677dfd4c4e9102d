import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Lazy } from "cdktf";
import { Residency } from "../../../lib";
import type { KubernetesAiGatewayProps, ResponseCacheProps } from "../../../lib/kubernetes";
import { Template } from "../../../lib/testing";
import { CLOUD, codesOf, OPENAI, POOL, routes } from "../fixture";
import { type Any, gateway, HYBRID, kubernetesStack, named, objects } from "./support";

/** The program's own reading of its configuration. */
let parseConfig: (json: unknown) => unknown;
beforeAll(async () => {
  ({ parseConfig } = await import("../../../examples/llm-gateway-hybrid/response-cache/src/config.js"));
});

const IMAGE = `registry.example.com/response-cache@sha256:${"a".repeat(64)}`;
const STORE = {
  kind: "address",
  host: "cache.example.com",
  passwordSecret: "cache-password",
  caSecret: "cache-ca",
} as const;

function cacheOf(given: Partial<ResponseCacheProps> = {}): ResponseCacheProps {
  return { image: IMAGE, store: STORE, classes: [{ class: "batch", ttlSeconds: 3600 }], ...given };
}

function template(
  given: Partial<ResponseCacheProps> = {},
  more: Partial<KubernetesAiGatewayProps> = {},
): Template {
  const stack = kubernetesStack();
  gateway({ cache: cacheOf(given), ...more }, stack);
  return Template.of(stack);
}

const only = (of: Template, type: string): Any => Object.values(of.resources(type))[0];

function configOf(given: Partial<ResponseCacheProps> = {}): Any {
  return JSON.parse(only(template(given), "kubernetes_config_map_v1").data["config.json"]);
}

const codes = (given: Partial<ResponseCacheProps>, more: Partial<KubernetesAiGatewayProps> = {}) =>
  codesOf(() => gateway({ cache: cacheOf(given), ...more }));

const address = (given: object): Partial<ResponseCacheProps> => ({
  store: { kind: "address", host: "cache.example.com", ...given },
});

describe("what the gateway does with a cache", () => {
  test("is what the program was proven with on a real Envoy: its policy, and its place behind authorization and limits", () => {
    const proven = JSON.parse(
      readFileSync(
        join(__dirname, "../../../examples/llm-gateway-hybrid/response-cache/test/support/emitted.json"),
        "utf8",
      ),
    );
    const all = objects({ cache: cacheOf() });
    const policy = named(all, "EnvoyExtensionPolicy")["acme-response-cache"];
    expect(policy.spec.extProc).toEqual([proven.extProc]);
    expect(named(all, "EnvoyProxy")["acme-gateway"].spec.filterOrder).toEqual(proven.filterOrder);
    expect(named(all, "EnvoyProxy")["acme-pools"].spec).not.toHaveProperty("filterOrder");
  });

  test("the policy is on the routes of all classes: Envoy chooses filters before the model is known", () => {
    const policy = named(objects({ cache: cacheOf() }), "EnvoyExtensionPolicy")["acme-response-cache"];
    expect(policy.spec.targetRefs.map((ref: Any) => ref.name)).toEqual([
      "acme-premium",
      "acme-chat",
      "acme-batch",
    ]);
  });

  test("a guardrail comes first, in one policy with the guardrail's name", () => {
    const guardrail = { service: "guard", namespace: "safety", port: 50051 };
    const policies = named(objects({ cache: cacheOf(), guardrail }), "EnvoyExtensionPolicy");
    expect(Object.keys(policies)).toEqual(["acme-guardrail"]);
    const { extProc } = policies["acme-guardrail"].spec;
    expect(extProc.map((each: Any) => [each.backendRefs[0].name, each.failOpen])).toEqual([
      ["acme-guardrail", false],
      ["acme-response-cache", true],
    ]);
  });

  test("without one there is none of it", () => {
    const all = objects();
    expect(named(all, "EnvoyExtensionPolicy")).toEqual({});
    expect(named(all, "EnvoyProxy")["acme-gateway"].spec).not.toHaveProperty("filterOrder");
  });

  test("is reached by TLS with the namespace's own authority", () => {
    const all = objects({ cache: cacheOf() });
    const host = "acme-response-cache.acme-gateway.svc.cluster.local";
    expect(named(all, "Backend")["acme-response-cache"].spec.endpoints).toEqual([
      { fqdn: { hostname: host, port: 50051 } },
    ]);
    expect(named(all, "BackendTLSPolicy")["acme-response-cache"].spec.validation).toEqual({
      hostname: host,
      caCertificateRefs: [{ group: "", kind: "Secret", name: "acme-response-cache-tls" }],
    });
    expect(named(all, "Certificate")["acme-response-cache"].spec).toMatchObject({
      dnsNames: [host],
      issuerRef: { name: "acme-ca", kind: "Issuer" },
    });
  });

  test("has an authority of its own where nothing else of the gateway has one", () => {
    const all = objects({
      cache: cacheOf({ classes: [{ class: "chat", ttlSeconds: 60 }] }),
      tls: { certificateSecret: "certificate" },
      backends: [CLOUD],
      classes: [routes("chat", ["cloud"])],
    });
    expect(Object.keys(named(all, "Certificate")).sort()).toEqual(["acme-ca", "acme-response-cache"]);
  });
});

describe("the program", () => {
  test("reads what the gateway writes", () => {
    const config = configOf();
    expect(parseConfig(config)).toEqual(config);
    expect(config).toMatchObject({
      name: "acme",
      store: {
        host: "cache.example.com",
        port: 6379,
        tls: true,
        budgetMs: 50,
        passwordFile: "/var/run/response-cache/store/password",
        caFile: "/var/run/response-cache/store/ca.crt",
      },
      classes: { batch: { ttlSeconds: 3600, anyTemperature: false } },
      maxAnswerBytes: 262_144,
    });
  });

  test("is told all that was declared", () => {
    const config = configOf({
      store: { kind: "address", host: "cache.store.svc.cluster.local", port: 6380, tls: false },
      classes: [
        { class: "batch", ttlSeconds: 1, anyTemperature: true },
        { class: "premium", ttlSeconds: 604_800 },
      ],
      lookupMs: 20,
      maxAnswerKib: 64,
    });
    expect(parseConfig(config)).toEqual(config);
    expect(config.store).toEqual({
      host: "cache.store.svc.cluster.local",
      port: 6380,
      tls: false,
      budgetMs: 20,
    });
    expect(config.classes).toEqual({
      batch: { ttlSeconds: 1, anyTemperature: true },
      premium: { ttlSeconds: 604_800, anyTemperature: false },
    });
    expect(config.maxAnswerBytes).toBe(65_536);
  });

  test("answers later than the store may, and requests pass after that", () => {
    const policies = named(objects({ cache: cacheOf({ lookupMs: 20 }) }), "EnvoyExtensionPolicy");
    expect(policies["acme-response-cache"].spec.extProc[0].messageTimeout).toBe("170ms");
  });

  test("runs as nobody, in two places, on a file system that it cannot write", () => {
    const of = template({ replicas: 3, cpu: "2", memory: "1Gi" });
    const { spec } = only(of, "kubernetes_deployment_v1");
    const pod = spec.template.spec;
    expect(spec.replicas).toBe("3");
    expect(pod.automount_service_account_token).toBe(false);
    expect(pod.security_context).toMatchObject({ run_as_non_root: true, run_as_user: "10001" });
    expect(pod.topology_spread_constraint).toHaveLength(2);
    const [container] = pod.container;
    expect(container.image).toBe(IMAGE);
    expect(container.security_context).toEqual({
      allow_privilege_escalation: false,
      read_only_root_filesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.resources).toEqual({
      requests: { cpu: "2", memory: "1Gi" },
      limits: { memory: "1Gi" },
    });
    expect(only(of, "kubernetes_pod_disruption_budget_v1").spec.max_unavailable).toBe("1");
    expect(only(template(), "kubernetes_deployment_v1").spec.replicas).toBe("2");
  });

  test("gets secrets as files, by name", () => {
    const volumes = (given: Partial<ResponseCacheProps>) =>
      only(template(given), "kubernetes_deployment_v1")
        .spec.template.spec.volume.find(({ name }: Any) => name === "store")
        ?.projected[0].sources.map(({ secret }: Any) => [secret[0].name, secret[0].items[0].key]);
    expect(volumes({})).toEqual([
      ["cache-password", "password"],
      ["cache-ca", "ca.crt"],
    ]);
    expect(volumes(address({}))).toBeUndefined();
  });

  test("is reached by the outer proxies alone, and reaches names and its store", () => {
    const policy = (given: Partial<ResponseCacheProps>) =>
      Object.values(template(given).resources("kubernetes_network_policy_v1")).find(
        ({ metadata }: Any) => metadata.name === "acme-response-cache",
      ) as Any;
    const { spec } = policy({});
    expect(spec.policy_types).toEqual(["Ingress", "Egress"]);
    expect(spec.ingress[0].from[0].pod_selector.match_labels).toEqual({
      "gateway.envoyproxy.io/owning-gateway-name": "acme-gateway",
      "gateway.envoyproxy.io/owning-gateway-namespace": "acme-gateway",
    });
    expect(spec.ingress[0].from[0].namespace_selector.match_labels).toEqual({
      "kubernetes.io/metadata.name": "envoy-gateway-system",
    });
    expect(spec.egress[1]).toEqual({ ports: [{ port: "6379", protocol: "TCP" }] });
    const inside = policy(address({ host: "cache.store.svc", tls: false })).spec;
    expect(inside.egress[1].to[0].namespace_selector.match_labels).toEqual({
      "kubernetes.io/metadata.name": "store",
    });
  });
});

describe("a store of the gateway's own", () => {
  const own = { store: { kind: "valkey", passwordSecret: "cache-password", memoryMib: 2048 } } as const;

  test("is a Valkey with TLS and a password, which forgets what was not asked for longest and writes nothing to disk", () => {
    const release = only(template(own), "helm_release");
    expect(release).toMatchObject({ name: "acme-cache-store", namespace: "acme-gateway", chart: "valkey" });
    const values = JSON.parse(release.values[0]);
    expect(values).toMatchObject({
      auth: { enabled: true, usersExistingSecret: "cache-password" },
      tls: { enabled: true, existingSecret: "acme-cache-store-tls" },
      valkeyConfig: 'maxmemory 1536mb\nmaxmemory-policy allkeys-lru\nsave ""',
      resources: { limits: { memory: "2048Mi" } },
    });
  });

  test("has a gigabyte if nothing is said", () => {
    const release = only(template({ store: { kind: "valkey", passwordSecret: "p" } }), "helm_release");
    expect(JSON.parse(release.values[0]).valkeyConfig).toContain("maxmemory 768mb");
  });

  test("is told to the program, and nobody else reaches it", () => {
    const of = template(own);
    const config = JSON.parse(only(of, "kubernetes_config_map_v1").data["config.json"]);
    expect(parseConfig(config)).toEqual(config);
    expect(config.store).toMatchObject({
      host: "acme-cache-store.acme-gateway.svc.cluster.local",
      tls: true,
      caFile: "/var/run/response-cache/store/ca.crt",
    });
    const policy = Object.values(of.resources("kubernetes_network_policy_v1")).find(
      ({ metadata }: Any) => metadata.name === "acme-cache-store",
    ) as Any;
    expect(policy.spec.pod_selector.match_labels).toEqual({
      "app.kubernetes.io/name": "valkey",
      "app.kubernetes.io/instance": "acme-cache-store",
    });
    expect(policy.spec.ingress[0].from[0].pod_selector.match_labels["app.kubernetes.io/name"]).toBe(
      "response-cache",
    );
  });
});

describe("refused", () => {
  test.each<[string, Partial<ResponseCacheProps>, string]>([
    ["a class that the gateway does not have", { classes: [{ class: "x", ttlSeconds: 1 }] }, "UnknownClass"],
    ["no class", { classes: [] }, "MissingValue"],
    [
      "a class twice",
      {
        classes: [
          { class: "batch", ttlSeconds: 1 },
          { class: "batch", ttlSeconds: 2 },
        ],
      },
      "DuplicateValue",
    ],
    ["answers that end at once", { classes: [{ class: "batch", ttlSeconds: 0 }] }, "NumberOutOfRange"],
    ["answers beyond a week", { classes: [{ class: "batch", ttlSeconds: 604_801 }] }, "NumberOutOfRange"],
    ["an image by tag", { image: "registry.example.com/response-cache:1" }, "ImageNotPinned"],
    ["no store", { store: undefined as never }, "MissingValue"],
    ["another kind of store", { store: { kind: "disk" } as never }, "NotOneOf"],
    ["a store without host", address({ host: "" }), "MissingValue"],
    ["a store by URL", address({ host: "rediss://cache" }), "InvalidName"],
    ["a store at no port", address({ port: 0 }), "NumberOutOfRange"],
    ["a password as text", address({ passwordSecret: "sk-1234" }), "SecretAsText"],
    ["an authority as text", address({ caSecret: "-----BEGIN" }), "SecretAsText"],
    ["an authority without TLS", address({ host: "a.b.svc", tls: false, caSecret: "ca" }), "NoEffect"],
    ["a store outside in the clear", address({ tls: false }), "StoreInTheClear"],
    ["a store in no country", address({ country: "XX" }), "InvalidCountry"],
    ["a store outside the class's countries", address({ country: "US" }), "CacheOutsideResidency"],
    ["no password for its own store", { store: { kind: "valkey" } as never }, "MissingValue"],
    [
      "its own store without memory",
      { store: { kind: "valkey", passwordSecret: "p", memoryMib: 63 } },
      "NumberOutOfRange",
    ],
    ["one replica", { replicas: 1 }, "NumberOutOfRange"],
    ["a look-up without time", { lookupMs: 0 }, "NumberOutOfRange"],
    ["a look-up of more than a second", { lookupMs: 1001 }, "NumberOutOfRange"],
    ["answers of no length", { maxAnswerKib: 0 }, "NumberOutOfRange"],
    ["answers that are too long", { maxAnswerKib: 65_537 }, "NumberOutOfRange"],
    ["memory without a unit that is known", { memory: "1GiB" }, "InvalidSize"],
  ])("%s", (_, given, code) => {
    expect(codes(given)).toContain(code);
  });

  test("bounds themselves pass", () => {
    expect(
      codes({
        classes: [{ class: "batch", ttlSeconds: 604_800 }],
        lookupMs: 1000,
        maxAnswerKib: 65_536,
        store: { kind: "valkey", passwordSecret: "p", memoryMib: 64 },
      }),
    ).toEqual([]);
  });

  test("a class whose answers are all translated, but not one with a backend that needs no translation", () => {
    const bedrock = {
      ...OPENAI,
      name: "bedrock",
      provider: { api: "bedrock", region: "us-east-1" },
    } as const;
    const chat = { classes: [{ class: "chat", ttlSeconds: 60 }] };
    const only = { backends: [bedrock], classes: [routes("chat", ["bedrock"])] };
    expect(codes(chat, only)).toEqual(["TranslatedAnswersNotKept"]);
    const both = { backends: [POOL, bedrock], classes: [routes("chat", ["own", "bedrock"])] };
    expect(codes(chat, both)).toEqual([]);
  });

  test("a gateway in a country where the class may not be worked on has no cache for it either", () => {
    const us = [routes("batch", ["openai"], { traffic: { residency: Residency.countries("US") } })];
    expect(codes({}, { backends: [OPENAI], classes: us })).toContain("GatewayOutsideResidency");
  });

  test("hosts that only Terraform knows pass", () => {
    const host = Lazy.stringValue({ produce: () => "cache.example.com" });
    expect(codes(address({ host }))).toEqual([]);
    expect(configOf(address({ host })).store.host).toBe("cache.example.com");
  });

  test("numbers that only Terraform knows do not: the program reads them when it starts", () => {
    const ttlSeconds = Lazy.numberValue({ produce: () => 60 });
    expect(codes({ classes: [{ class: "batch", ttlSeconds }] })).toContain("TokenNotAllowed");
  });
});

test("where prompts and answers are kept is said on the address of the cache", () => {
  const all = (country?: string) =>
    named(objects({ cache: cacheOf(address({ country })), ...HYBRID }), "Backend")["acme-response-cache"]
      .metadata.annotations["hybrid-ai.dev/processes-in"];
  expect(all()).toBe("DE");
  expect(all("FR")).toBe("DE,FR");
});
