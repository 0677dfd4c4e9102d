import { Residency } from "../../lib";
import type { ClassRoutes } from "../../lib/gateway/declaration";
import { KubernetesAiGateway } from "../../lib/kubernetes";
import { Template } from "../../lib/testing";
import type { HybridPlatform, PlatformGateway, PlatformGatewayProps } from "../../stacks";
import { OPENAI, otherGateway, routes } from "../gateway/fixture";
import { type Any, JWT } from "../gateway/kubernetes/support";
import { objects } from "../lakehouse/kubernetes/support";
import { charts, codes, kinds, newPlatform, refusal, template } from "./data-fixture";
import { addClusterAt, addEndpoint, CHAT, gatewayProps, PRICED, platformWith, text } from "./serving-fixture";

const VALKEY = { kind: "valkey", passwordSecret: "limits" } as const;
const ENVOY = ["ai-gateway-crds-helm", "ai-gateway-helm", "gateway-helm"];
const envoyOf = (platform: HybridPlatform, site = "frankfurt") =>
  charts(platform, site).filter((chart) => ENVOY.includes(chart));

/** A gateway before one endpoint of its own cluster. */
function front(change: Partial<PlatformGatewayProps> = {}, platform = platformWith("frankfurt")) {
  const endpoint = addEndpoint(platform, { variants: [PRICED, { ...PRICED, name: "spare" }] });
  const made = platform.addGateway(
    "front",
    gatewayProps([{ kind: "endpoint", name: "own", endpoint }], change),
  );
  return { platform, endpoint, made };
}

describe("a gateway before an endpoint of its cluster", () => {
  const { platform, made } = front();

  test("has its objects in the workloads stack, Envoy's gateways in the platform stack", () => {
    expect(kinds(template(platform, "frankfurt", "workloads"))).toEqual(
      expect.arrayContaining(["Gateway", "AIGatewayRoute", "SecurityPolicy", "Certificate"]),
    );
    expect(envoyOf(platform)).toEqual(ENVOY);
    expect(charts(platform, "frankfurt")).toContain("cert-manager");
    expect(charts(platform, "frankfurt", "workloads")).toEqual([]);
  });

  test("is known by its name, its site and its host", () => {
    expect(made).toMatchObject({ name: "front", site: "frankfurt" });
    expect(made.gateway.gatewayName).toBe("front");
    expect(made.gateway.access()).toMatchObject({ host: "ai.frankfurt.example.com", classes: ["chat"] });
    expect(text(platform, "frankfurt", "workloads")).toContain("acme-prod-front");
  });

  test("sends to the first variant, unless another is named", () => {
    const pools = (all: HybridPlatform) =>
      JSON.stringify(objects(template(all, "frankfurt", "workloads"), "AIGatewayRoute")) +
      JSON.stringify(objects(template(all, "frankfurt", "workloads"), "HTTPRoute"));
    expect(made.gateway.plan.backends).toMatchObject([{ access: { variant: "full", site: "frankfurt" } }]);
    const other = platformWith("frankfurt");
    const endpoint = addEndpoint(other, { variants: [PRICED, { ...PRICED, name: "spare" }] });
    const backend = { kind: "endpoint", name: "own", endpoint, variant: "spare" } as const;
    const named = other.addGateway("front", gatewayProps([backend]));
    expect(named.gateway.plan.backends).toMatchObject([{ access: { variant: "spare" } }]);
    expect(pools(other)).not.toBe(pools(platform));
    expect(codes(() => other.addGateway("next", gatewayProps([{ ...backend, variant: "none" }])))).toEqual([
      "UnknownVariant",
    ]);
  });

  test("has a cache with a store in the workloads stack, beside it and not the limiter's", () => {
    const { platform: cached } = front({
      operators: { limiter: VALKEY },
      cache: {
        image: `registry.example.com/response-cache@sha256:${"a".repeat(64)}`,
        store: { kind: "valkey", passwordSecret: "cache-password" },
        classes: [{ class: "chat", ttlSeconds: 60 }],
      },
    });
    expect(charts(cached, "frankfurt", "workloads")).toEqual(["valkey"]);
    expect(kinds(template(cached, "frankfurt", "workloads"))).toContain("EnvoyExtensionPolicy");
    expect(text(cached, "frankfurt", "workloads")).toContain("acme-prod-front-cache-store");
  });

  test("is the same in every run", () => {
    const again = front().platform;
    for (const phase of ["platform", "workloads"] as const) {
      expect(text(again, "frankfurt", phase)).toBe(text(platform, "frankfurt", phase));
    }
  });
});

describe("a gateway before an endpoint with a shadow", () => {
  const shadow = { ...PRICED, name: "next", shadowOf: { variant: "full", percent: 5 } };
  const platform = platformWith("frankfurt");
  const endpoint = addEndpoint(platform, { variants: [PRICED, shadow] });
  const made = platform.addGateway("front", gatewayProps([{ kind: "endpoint", name: "own", endpoint }]));
  const workloads = template(platform, "frankfurt", "workloads");

  test("copies its share of the requests, without being told", () => {
    expect(made.gateway.plan.shadows).toMatchObject([{ backend: "own", variant: "next", percent: 5 }]);
    const [route]: Any[] = Object.values(objects(workloads, "HTTPRoute"));
    const { backendRef, percent } = route.spec.rules[0].filters[0].requestMirror;
    expect(percent).toBe(5);
    const address: Any = objects(workloads, "Backend")[backendRef.name];
    const { hostname, port } = address.spec.endpoints[0].fqdn;
    const services = Object.values(workloads.resources("kubernetes_service_v1")) as Any[];
    const found = services.find(
      ({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.cluster.local` === hostname,
    );
    expect(found.spec.port).toMatchObject([{ port }]);
  });

  test("reaches the shadow through the policies of both namespaces", () => {
    const policies = Object.values(workloads.resources("kubernetes_network_policy_v1")) as Any[];
    const { namespace } = endpoint.at("frankfurt").access().shadows![0]!.service;
    const named = (policy: Any, way: "to" | "from", direction: "egress" | "ingress") =>
      (policy.spec[direction] ?? []).flatMap((rule: Any) =>
        (rule[way] ?? []).map(
          (peer: Any) => peer.namespace_selector?.match_labels?.["kubernetes.io/metadata.name"],
        ),
      );
    const leaves = policies.filter(
      (policy) =>
        policy.spec.pod_selector.match_labels?.["gateway.envoyproxy.io/owning-gateway-name"]?.endsWith(
          "pools",
        ) && named(policy, "to", "egress").includes(namespace),
    );
    const enters = policies.filter(
      (policy) =>
        policy.metadata.namespace === namespace &&
        named(policy, "from", "ingress").includes("envoy-gateway-system"),
    );
    expect(leaves).toHaveLength(1);
    expect(enters).toHaveLength(1);
    expect(enters[0].spec.pod_selector).toEqual({});
    expect(enters[0].spec.ingress[0].ports).toContainEqual({ port: "8000", protocol: "TCP" });
  });

  test("is refused where the shadow answers to another name", () => {
    const other = platformWith("frankfurt");
    const model = { ...PRICED.model, name: "llama-next" };
    const named = addEndpoint(other, { variants: [PRICED, { ...shadow, model }] });
    const declare = () =>
      other.addGateway("front", gatewayProps([{ kind: "endpoint", name: "own", endpoint: named }]));
    expect(codes(declare)).toEqual(["ShadowOfOtherModel"]);
  });
});

describe("Envoy's gateways", () => {
  const provider = { ...OPENAI } as const;

  test("are installed once, and share cert-manager with KServe, whichever comes first", () => {
    for (const order of [0, 1]) {
      const platform = platformWith("frankfurt");
      const steps = [
        () => addEndpoint(platform, { form: "inference-service" }),
        () => platform.addGateway("front", gatewayProps([provider])),
      ];
      steps[order]!();
      steps[1 - order]!();
      platform.addGateway("back", gatewayProps([provider], { hostname: "back.example.com" }));
      expect(envoyOf(platform)).toEqual(ENVOY);
      expect(charts(platform, "frankfurt").filter((chart) => chart === "cert-manager")).toHaveLength(1);
    }
  });

  test("have the limiter that is asked for, and the gateway counts there", () => {
    const limited = [
      routes("chat", ["openai"], { traffic: CHAT, tokensPerTenant: { limit: 1000, per: "hour" } }),
    ] satisfies readonly ClassRoutes[];
    const add = (change: Partial<PlatformGatewayProps>) => {
      const platform = newPlatform();
      platform.addGateway("front", gatewayProps([provider], { classes: limited, ...change }));
      return platform;
    };
    expect(charts(add({ operators: { limiter: VALKEY } }), "frankfurt")).toContain("valkey");
    expect(codes(() => add({}))).toEqual(["LimiterWithoutBackend"]);
    expect(codes(() => add({ installed: { limiter: false } }))).toEqual(["LimiterWithoutBackend"]);
    expect(charts(add({ installed: { limiter: true } }), "frankfurt")).toEqual([]);
  });

  test("are counted by the limiter of the first gateway for all gateways of the site", () => {
    const limited = [
      routes("chat", ["openai"], { traffic: CHAT, tokensPerTenant: { limit: 1000, per: "hour" } }),
    ];
    const platform = newPlatform();
    platform.addGateway("front", gatewayProps([provider], { operators: { limiter: VALKEY } }));
    platform.addGateway(
      "back",
      gatewayProps([provider], {
        classes: limited,
        hostname: "back.example.com",
        installed: { limiter: true },
      }),
    );
    expect(envoyOf(platform)).toEqual(ENVOY);
  });

  test("take no other settings from a second gateway, nor where they are installed", () => {
    const platform = newPlatform();
    platform.addGateway("front", gatewayProps([provider]));
    const second = () =>
      platform.addGateway("back", gatewayProps([provider], { operators: { limiter: VALKEY } }));
    expect(codes(second)).toEqual(["NoEffect"]);
    expect(refusal(second)).toContain("operators");
    const there = () =>
      newPlatform().addGateway(
        "front",
        gatewayProps([provider], { operators: {}, installed: { limiter: false } }),
      );
    expect(codes(there)).toEqual(["NoEffect"]);
  });
});

describe("a gateway of a cloud site", () => {
  test("is in the cluster of the platform there", () => {
    const platform = platformWith("ireland");
    const endpoint = addEndpoint(platform, {}, { at: "ireland" });
    const { gateway } = platform.addGateway(
      "front",
      gatewayProps([{ kind: "endpoint", name: "own", endpoint }], { at: "ireland" }),
    );
    expect(gateway.site.country).toBe("IE");
    expect(envoyOf(platform, "ireland")).toEqual(ENVOY);
    expect(kinds(template(platform, "ireland", "workloads"))).toContain("AIGatewayRoute");
  });

  test("needs the cluster first", () => {
    const declare = () => newPlatform().addGateway("front", gatewayProps([OPENAI], { at: "eemshaven" }));
    expect(codes(declare)).toEqual(["NoClusterAtSite"]);
  });
});

describe("a gateway behind the gateway of another site", () => {
  function hybrid(change: Partial<PlatformGatewayProps> = {}) {
    const { platform, made, endpoint } = front();
    addClusterAt(platform, "oslo");
    const edge = platform.addGateway(
      "edge",
      gatewayProps([{ kind: "gateway", name: "central", gateway: made }], {
        at: "oslo",
        hostname: "ai.oslo.example.com",
        ...change,
      }),
    );
    return { platform, made, edge, endpoint };
  }

  test("tells what it is: host, countries, calls, context", () => {
    const { platform, edge } = hybrid();
    expect(edge.gateway.plan.backends).toEqual([
      {
        kind: "gateway",
        name: "central",
        gateway: "front",
        access: expect.objectContaining({ host: "ai.frankfurt.example.com", port: 443, classes: ["chat"] }),
        processesIn: ["DE"],
        amplification: 1,
        sendsTo: [],
        contextTokens: 32_768,
      },
    ]);
    expect(edge.gateway.plan.sendsTo).toEqual(["front"]);
    expect(text(platform, "oslo", "workloads")).toContain("ai.frankfurt.example.com");
    expect(() => Template.of(platform.stack("frankfurt", "workloads"))).not.toThrow();
  });

  test("names all countries behind it, and the worst of its calls and contexts", () => {
    const platform = platformWith("frankfurt", "oslo");
    const endpoint = addEndpoint(platform);
    const cheap = { ...OPENAI, contextTokens: 8000 };
    const made = platform.addGateway(
      "front",
      gatewayProps([{ kind: "endpoint", name: "own", endpoint }, cheap], {
        classes: [
          routes("chat", ["own"], { traffic: CHAT }),
          routes("open", ["own", { backend: "openai", model: "gpt-5" }], {
            traffic: { requestsPerSecond: 0.1 },
          }),
        ],
      }),
    );
    const worst = Math.max(...made.gateway.plan.classes.map(({ retries }) => retries.amplification));
    expect(worst).toBeGreaterThan(1);
    const edge = platform.addGateway(
      "edge",
      gatewayProps([{ kind: "gateway", name: "central", gateway: made }], { at: "oslo" }),
    );
    expect(edge.gateway.plan.backends).toMatchObject([
      {
        processesIn: ["DE", "US"],
        processesInByClass: { chat: ["DE"], open: ["DE", "US"] },
        amplification: worst,
        contextTokens: 8000,
      },
    ]);
    expect(() => template(platform, "oslo", "workloads")).not.toThrow();
  });

  test("takes a class that may not go where another class of it goes, and refuses that other one", () => {
    const platform = platformWith("frankfurt", "ireland");
    const endpoint = addEndpoint(platform);
    const open = { requestsPerSecond: 0.1 };
    const made = platform.addGateway(
      "front",
      gatewayProps([{ kind: "endpoint", name: "own", endpoint }, OPENAI], {
        classes: [
          routes("chat", ["own"], { traffic: CHAT }),
          routes("open", ["own", { backend: "openai", model: "gpt-5" }], { traffic: open }),
        ],
      }),
    );
    const through = (id: string, name: string, residency: Residency) => () =>
      platform.addGateway(
        id,
        gatewayProps([{ kind: "gateway", name: "central", gateway: made }], {
          at: "ireland",
          hostname: `${id}.example.com`,
          classes: [routes(name, ["central"], { traffic: { ...CHAT, name, residency } })],
        }),
      );
    expect(through("eu", "chat", Residency.EU)).not.toThrow();
    expect(codes(through("far", "open", Residency.EU))).toEqual(["NoRouteMeetsResidency"]);
    expect(through("any", "open", Residency.ANYWHERE)).not.toThrow();
  });

  test("keeps what the declaration says of class, key and price", () => {
    const said = {
      className: "chat",
      apiKeySecret: "central-key",
      usdPerMillionTokens: { input: 1, output: 4 },
    } as const;
    const { platform, made } = front();
    addClusterAt(platform, "oslo");
    const edge = platform.addGateway(
      "edge",
      gatewayProps([{ kind: "gateway", name: "central", gateway: made, ...said }], { at: "oslo" }),
    );
    expect(edge.gateway.plan.backends).toMatchObject([said]);
    expect(text(platform, "oslo", "workloads")).toContain("central-key");
  });

  test("that does not know the class is refused", () => {
    const gold = { classes: [routes("gold", ["central"])] };
    expect(codes(() => hybrid(gold))).toEqual(["UnknownClass"]);
  });

  /** A gateway of one's own in a stack of the platform, which sends to `behind`. */
  function ownGateway(platform: HybridPlatform, behind: string): PlatformGateway {
    const backend = otherGateway({ gateway: behind, processesIn: ["DE", "NO"] });
    const gateway = new KubernetesAiGateway(platform.stack("frankfurt", "workloads"), "own", {
      site: platform.site("frankfurt"),
      namePrefix: "own",
      hostname: "own.example.com",
      authentication: JWT,
      backends: [backend],
      classes: [routes("chat", ["oslo"], { traffic: CHAT })],
      limiter: false,
    });
    return { name: "own", site: "frankfurt", gateway };
  }

  test("that sends back is refused when it is declared", () => {
    const platform = platformWith("frankfurt", "oslo");
    const gateway = ownGateway(platform, "edge");
    const declare = () =>
      platform.addGateway("edge", gatewayProps([{ kind: "gateway", name: "own", gateway }], { at: "oslo" }));
    expect(codes(declare)).toEqual(["FallbackLoop"]);
  });

  test("that sends back through a third is refused too", () => {
    const platform = platformWith("frankfurt", "oslo", "ireland");
    const own = ownGateway(platform, "third");
    const add = (id: string, at: string, gateway: PlatformGateway) =>
      platform.addGateway(
        id,
        gatewayProps([{ kind: "gateway", name: "next", gateway }], { at, hostname: `${id}.example.com` }),
      );
    const edge = add("edge", "oslo", own);
    const third = () => add("third", "ireland", edge);
    expect(codes(third)).toEqual(["FallbackLoop"]);
  });

  test("is needed: endpoints in clusters of other sites are not reached", () => {
    const platform = platformWith("frankfurt", "oslo");
    const endpoint = addEndpoint(platform, {}, { at: "oslo" });
    const add = (site?: string) => () =>
      platform.addGateway("front", gatewayProps([{ kind: "endpoint", name: "own", endpoint, site }]));
    expect(codes(add("oslo"))).toEqual(["BackendOfOtherSite"]);
    expect(refusal(add("oslo"))).toContain("gateways of other sites");
    expect(codes(add())).toEqual(["UnknownSite"]);
  });
});

describe("sessions of tools", () => {
  const server = { name: "tickets", host: "mcp.example.com", tools: ["search"], processesIn: ["DE"] };
  const tools = [{ class: "chat", servers: [server] }];
  const warned = (change: Partial<PlatformGatewayProps>) =>
    front({ tools, ...change })
      .made.gateway.node.metadata.filter(({ type }) => type.endsWith("warn"))
      .map(({ data }) => String(data));

  test("are warned of, unless the AI gateway has a seed of its own", () => {
    expect(warned({})).toEqual([expect.stringContaining("ToolSessionsBySharedSeed")]);
    expect(warned({ operators: { toolSessionSecret: "sessions" } })).toEqual([]);
    expect(warned({ installed: { limiter: false, ownToolSessionSeed: true } })).toEqual([]);
    expect(warned({ installed: { limiter: false } })).toHaveLength(1);
  });
});

describe("a gateway is refused", () => {
  test.each<[string, Partial<PlatformGatewayProps>, string]>([
    ["at a site that nobody knows", { at: "mars" }, "UnknownSite"],
    ["without backends", { backends: [] }, "UnknownBackend"],
    ["with a backend in a chain that it has not", { classes: [routes("chat", ["none"])] }, "UnknownBackend"],
  ])("%s", (_, change, code) => {
    expect(codes(() => newPlatform().addGateway("front", gatewayProps([OPENAI], change)))).toContain(code);
  });

  test("under a name that is taken, or that is none", () => {
    const { platform } = front();
    expect(codes(() => platform.addGateway("front", gatewayProps([OPENAI])))).toEqual(["DuplicateName"]);
    expect(codes(() => platform.addGateway("assistant", gatewayProps([OPENAI])))).toEqual(["DuplicateName"]);
    expect(codes(() => platform.addGateway("a_b", gatewayProps([OPENAI])))).toEqual(["InvalidName"]);
  });
});
