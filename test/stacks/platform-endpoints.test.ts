import { Slice } from "../../lib";
import { findTokenLeaks } from "../../lib/testing";
import type { HybridPlatform, PlatformEndpointProps, PlatformVariant } from "../../stacks";
import { OPENAI } from "../gateway/fixture";
import { objects } from "../lakehouse/kubernetes/support";
import { chat } from "../serving/fixture";
import { image } from "../serving/kubernetes/support";
import { charts, codes, kinds, newPlatform, refusal, template } from "./data-fixture";
import {
  addEndpoint,
  CHAT,
  gatewayProps,
  inCluster,
  LLAMA,
  PROMETHEUS_URL,
  platformWith,
  SCALED,
  text,
  VARIANT,
} from "./serving-fixture";

const CANARY: PlatformVariant = {
  ...VARIANT,
  rollout: { kind: "canary", steps: [{ stable: 50, canary: 50, holdSeconds: 300 }] },
};
/** A replica of two nodes. */
const WIDE: PlatformVariant = { ...VARIANT, sizing: { parallelism: { tensor: 8, pipeline: 2 } } };
const BATCH = chat({ requestsPerSecond: 20 }, "batch");

/** Charts that the endpoint brings, beside those of the cluster itself. */
function broughtBy(declare: (platform: HybridPlatform) => unknown): readonly string[] {
  const before = charts(platformWith("frankfurt"), "frankfurt");
  const platform = platformWith("frankfurt");
  declare(platform);
  const after = [...charts(platform, "frankfurt")];
  for (const chart of before) {
    after.splice(after.indexOf(chart), 1);
  }
  return after;
}

describe("an endpoint in the cluster of a Kubernetes site", () => {
  const platform = platformWith("frankfurt");
  const endpoint = addEndpoint(platform);
  const workloads = template(platform, "frankfurt", "workloads");

  test("has its objects in the workloads stack, their definitions in the platform stack", () => {
    expect(kinds(workloads)).toEqual(expect.arrayContaining(["InferencePool", "InferenceObjective"]));
    expect(Object.keys(workloads.resources("kubernetes_deployment_v1")).length).toBeGreaterThan(0);
    expect(kinds(template(platform, "frankfurt", "platform"))).toContain("CustomResourceDefinition");
    expect(kinds(workloads)).not.toContain("CustomResourceDefinition");
  });

  test("has a namespace and names of its own", () => {
    expect(endpoint.at("frankfurt").access()).toMatchObject({
      endpoint: "assistant",
      variant: "full",
      site: "frankfurt",
      country: "DE",
      reach: { kind: "inference-pool", namespace: "acme-prod-assistant" },
    });
    expect(codes(() => endpoint.at("oslo"))).toEqual(["UnknownSite"]);
  });

  test("is open to the gateway and to Prometheus, unless told otherwise", () => {
    const policies = (made: HybridPlatform) =>
      JSON.stringify(template(made, "frankfurt", "workloads").resources("kubernetes_network_policy_v1"));
    expect(policies(platform)).toContain("envoy-gateway-system");
    expect(policies(platform)).toContain("monitoring");
    const other = platformWith("frankfurt");
    addEndpoint(other, { callers: ["my-gateway"], monitoring: ["my-metrics"] });
    expect(policies(other)).toContain("my-gateway");
    expect(policies(other)).toContain("my-metrics");
    expect(policies(other)).not.toContain("envoy-gateway-system");
    expect(policies(other)).not.toContain('"monitoring"');
  });
});

describe("the capacity model", () => {
  const planned = (change: Partial<PlatformVariant>, classes = [CHAT]) =>
    addEndpoint(platformWith("frankfurt"), { variants: [{ ...VARIANT, ...change }] }, { classes })
      .at("frankfurt")
      .access().planned;

  test("takes accelerators from the pool and promises from the classes", () => {
    const busy = [chat({ requestsPerSecond: 30 })];
    expect(planned({}, busy).requestsPerSecond).toBeGreaterThanOrEqual(30);
    expect(planned({}).requestsPerSecond).toBeLessThan(30);
  });

  test("sizes a variant for the classes that it names", () => {
    const all = planned({}, [CHAT, BATCH]).requestsPerSecond;
    expect(planned({ sizedFor: ["chat", "batch"] }, [CHAT, BATCH]).requestsPerSecond).toBe(all);
    expect(planned({ sizedFor: ["chat"] }, [CHAT, BATCH]).requestsPerSecond).toBeLessThan(all);
  });

  test("takes choices of sizing", () => {
    expect(planned({}).usdPerHour).toBeUndefined();
    expect(planned({ sizing: { price: { usdPerAcceleratorHour: 3 } } }).usdPerHour).toBeGreaterThan(0);
    expect(planned({ sizing: { memoryUtilization: 0.6, parallelism: { tensor: 8 } } })).not.toEqual(
      planned({}),
    );
  });
});

describe("operators of endpoints", () => {
  test.each<[string, Parameters<typeof addEndpoint>[1], readonly string[]]>([
    ["none for fixed replicas on single nodes", {}, []],
    ["KEDA for scaling", { variants: [SCALED], prometheusUrl: PROMETHEUS_URL }, ["keda"]],
    ["Argo Rollouts for rollouts", { variants: [CANARY], prometheusUrl: PROMETHEUS_URL }, ["argo-rollouts"]],
    [
      "KServe with cert-manager for InferenceServices",
      { form: "inference-service" },
      ["cert-manager", "kserve-crd", "kserve-resources"],
    ],
    [
      "KServe's other charts for LLMInferenceServices",
      { form: "llm-inference-service" },
      ["cert-manager", "kserve-llmisvc-crd", "kserve-llmisvc-resources", "kserve-runtime-configs"],
    ],
    ["nothing where all is there", { form: "inference-service", operatorsInstalled: true }, []],
  ])("%s", (_, change, expected) => {
    expect(broughtBy((platform) => addEndpoint(platform, change))).toEqual(expected);
  });

  test("LeaderWorkerSet for replicas of several nodes", () => {
    const platform = platformWith("frankfurt");
    addEndpoint(platform, { variants: [WIDE] });
    const installed = charts(platform, "frankfurt").filter((chart) => chart === "lws");
    expect(installed).toEqual(["lws"]);
    expect(kinds(template(platform, "frankfurt", "workloads"))).toContain("LeaderWorkerSet");
  });

  const definitions = (platform: HybridPlatform) =>
    Object.values(objects(template(platform, "frankfurt", "platform"), "CustomResourceDefinition")).map(
      ({ metadata }) => metadata.name,
    );

  test("definitions of InferencePools are made once, and only for forms that have them", () => {
    const platform = platformWith("frankfurt");
    addEndpoint(platform);
    addEndpoint(platform, {}, { id: "second" });
    const made = definitions(platform);
    expect(made).toContain("inferencepools.inference.networking.k8s.io");
    expect(new Set(made).size).toBe(made.length);
    const service = platformWith("frankfurt");
    addEndpoint(service, { form: "inference-service" });
    expect(definitions(service)).not.toContain("inferencepools.inference.networking.k8s.io");
    const installed = platformWith("frankfurt");
    addEndpoint(installed, { operatorsInstalled: true });
    expect(definitions(installed)).not.toContain("inferencepools.inference.networking.k8s.io");
  });

  test.each(["inference-service", "llm-inference-service"] as const)(
    "of the form %s are installed once, also if the second endpoint needs more",
    (form) => {
      const scaled = { form, variants: [SCALED], prometheusUrl: PROMETHEUS_URL };
      const first = broughtBy((platform) => addEndpoint(platform, { form }));
      const both = broughtBy((platform) => {
        addEndpoint(platform, { form });
        addEndpoint(platform, scaled, { id: "second" });
      });
      expect(both).toEqual([...first, "keda"].sort());
    },
  );

  test.each([
    ["inference-service", "llm-inference-service"],
    ["llm-inference-service", "inference-service"],
  ] as const)("of both forms of KServe share what both charts have: %s first", (one, two) => {
    const platform = platformWith("frankfurt");
    addEndpoint(platform, { form: one });
    addEndpoint(platform, { form: two }, { id: "second" });
    const releases = Object.values(template(platform, "frankfurt", "platform").resources("helm_release"));
    const controllers = releases.filter(({ chart }) => /^kserve-(llmisvc-)?resources$/.test(String(chart)));
    expect(controllers).toHaveLength(2);
    const shared = controllers.filter(
      (release) => !JSON.stringify(release).includes("createSharedResources"),
    );
    expect(shared).toHaveLength(1);
    expect(charts(platform, "frankfurt").filter((chart) => chart === "cert-manager")).toHaveLength(1);
  });

  test("of KServe wait for a cert-manager that a gateway brings", () => {
    const platform = platformWith("frankfurt");
    platform.addGateway("front", gatewayProps([OPENAI]));
    addEndpoint(platform, { form: "inference-service" });
    const releases = template(platform, "frankfurt", "platform").resources("helm_release");
    const of = (chart: string) => Object.entries(releases).find(([, release]) => release.chart === chart)!;
    const [certManager] = of("cert-manager");
    expect(of("kserve-resources")[1].depends_on).toContain(`helm_release.${certManager}`);
  });

  test("hold what is installed against the versions of the cluster", () => {
    const declare = (versions: object) => () =>
      addEndpoint(platformWith("frankfurt"), { form: "inference-service", versions });
    expect(declare({ kubernetes: "1.34" })).not.toThrow();
    expect(codes(declare({ kubernetes: "1.20" }))).toContain("ComponentsDoNotFit");
  });
});

describe("two endpoints in one cluster", () => {
  test("have namespaces of their own, or one that both share", () => {
    const platform = platformWith("frankfurt");
    addEndpoint(platform);
    addEndpoint(platform, {}, { id: "coder" });
    const names = (made: HybridPlatform) =>
      Object.values(template(made, "frankfurt", "workloads").resources("kubernetes_namespace_v1"))
        .map(({ metadata }) => (metadata as { name: string }).name)
        .sort();
    expect(names(platform)).toEqual(expect.arrayContaining(["acme-prod-assistant", "acme-prod-coder"]));
    const shared = platformWith("frankfurt");
    addEndpoint(shared, { namespace: "models" });
    addEndpoint(shared, { namespace: "models", createNamespace: false }, { id: "coder" });
    expect(names(shared)).toContain("models");
    expect(text(shared, "frankfurt", "workloads")).toContain("acme-prod-coder");
  });
});

describe.each([
  ["ireland", "eks"],
  ["eemshaven", "gke"],
])("an endpoint in the cluster of a cloud: %s", (site) => {
  const platform = platformWith(site);
  addEndpoint(platform, { variants: [SCALED], prometheusUrl: PROMETHEUS_URL }, { at: site });

  test("is in its workloads stack, which reads the cluster from the state of the foundation", () => {
    const workloads = template(platform, site, "workloads");
    expect(kinds(workloads)).toEqual(expect.arrayContaining(["InferencePool", "ScaledObject"]));
    expect(workloads.text).toContain(`data.terraform_remote_state.state-of-acme-${site}-foundation.outputs.`);
    expect(workloads.text).not.toContain("cross-stack-output");
    for (const phase of ["platform", "workloads"] as const) {
      expect(findTokenLeaks(template(platform, site, phase).json)).toEqual([]);
    }
    expect(charts(platform, site)).toContain("keda");
    const order = platform.stack(site, "workloads").dependencies.map(({ node }) => node.id);
    expect(order).toEqual(expect.arrayContaining([`acme-${site}-foundation`, `acme-${site}-platform`]));
  });

  test("needs the cluster first", () => {
    const declare = () => addEndpoint(newPlatform(), {}, { at: site });
    expect(codes(declare)).toEqual(["NoClusterAtSite"]);
    expect(refusal(declare)).toContain(`addCluster(…, { at: "${site}", … })`);
  });
});

describe("an endpoint is refused", () => {
  const declare =
    (change: Partial<PlatformEndpointProps>, id = "assistant") =>
    () =>
      platformWith("frankfurt").addEndpoint(id, {
        classes: [CHAT],
        at: { frankfurt: inCluster() },
        ...change,
      });
  const variants = (...given: readonly Partial<PlatformVariant>[]) => ({
    at: { frankfurt: inCluster({ variants: given.map((each) => ({ ...VARIANT, ...each })) }) },
  });

  test.each<[string, Partial<PlatformEndpointProps>, string, string]>([
    ["at no site", { at: {} }, "MissingValue", "at"],
    ["without sites", { at: undefined as never }, "MissingValue", "at"],
    ["at a site that nobody knows", { at: { mars: inCluster() } }, "UnknownSite", "mars"],
    [
      "by a way that nobody knows",
      { at: { frankfurt: { ...inCluster(), in: "mainframe" } as never } },
      "EndpointNotAtSite",
      "mainframe",
    ],
    ["without classes", { classes: [] }, "MissingValue", "classes"],
    ["without variants", variants(), "MissingValue", "variants"],
    ["in a pool without accelerators", variants({ pool: "system" }), "NoAcceleratorsInPool", "h200"],
    ["in a pool that there is not", variants({ pool: "b300" }), "NoAcceleratorsInPool", "b300"],
    ["sized for a class that it has not", variants({ sizedFor: ["gold"] }), "NotOneOf", "gold"],
    ["sized for nothing", variants({ sizedFor: [] }), "MissingValue", "sizedFor"],
    [
      "with a model that does not fit",
      variants({ model: { ...LLAMA, shape: { ...LLAMA.shape, params: 9e13 } } }),
      "ModelDoesNotFit",
      "llama",
    ],
  ])("%s", (_, change, code, words) => {
    expect(codes(declare(change))).toContain(code);
    expect(refusal(declare(change))).toContain(words);
  });

  test("under a name that is taken, or that is none", () => {
    const platform = platformWith("frankfurt");
    addEndpoint(platform);
    expect(codes(() => addEndpoint(platform))).toEqual(["DuplicateName"]);
    expect(codes(() => addEndpoint(platform, {}, { id: "a_b" }))).toEqual(["InvalidName"]);
  });

  test("with all that is wrong of its pools at once", () => {
    expect(codes(declare(variants({ pool: "system" }, { name: "b", sizedFor: ["gold"] })))).toEqual([
      "NoAcceleratorsInPool",
      "NotOneOf",
    ]);
  });

  test("where a pool has no accelerators because the cluster has none", () => {
    const platform = newPlatform();
    platform.addCluster("cpu", {
      at: "frankfurt",
      pools: [{ name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) }],
      kubernetes: { provider: "generic", nodes: { system: { nodeSelector: { role: "system" } } } },
    });
    expect(refusal(() => addEndpoint(platform, { variants: [{ ...VARIANT, pool: "system" }] }))).toContain(
      "the cluster has no accelerators",
    );
  });
});

test("engines of several variants keep their own images", () => {
  const platform = platformWith("frankfurt");
  const endpoint = addEndpoint(platform, {
    variants: [VARIANT, { ...VARIANT, name: "next", engine: { image: image("vllm-next") } }],
  });
  expect(endpoint.at("frankfurt").variantNames).toEqual(["full", "next"]);
  expect(text(platform, "frankfurt", "workloads")).toContain(image("vllm-next"));
});

describe("what the capacity model refuses", () => {
  test("names endpoint, variant, site and pool", () => {
    const big = { ...VARIANT, model: { ...LLAMA, shape: { ...LLAMA.shape, params: 9e13 } } };
    const message = refusal(() => addEndpoint(platformWith("frankfurt"), { variants: [big] }));
    expect(message).toContain('platform "acme" endpoint "assistant"');
    expect(message).toContain('variant "full" at frankfurt/h200: model "llama" on h200');
    expect(message).toContain("GiB");
  });

  test("is told of all variants at once", () => {
    const slow = { ...VARIANT, sizing: { maxReplicas: 1, spareReplicas: 1 } };
    const message = refusal(() =>
      addEndpoint(platformWith("frankfurt"), { variants: [slow, { ...slow, name: "next" }] }),
    );
    expect(message).toContain('variant "full" at frankfurt/h200');
    expect(message).toContain('variant "next" at frankfurt/h200');
  });
});

describe("a refused declaration can be corrected under its name", () => {
  /** Text of both stacks inside the cluster. */
  const output = (platform: HybridPlatform) =>
    (["platform", "workloads"] as const).map((phase) => text(platform, "frankfurt", phase));

  function corrected(
    refused: (platform: HybridPlatform) => unknown,
    right: (platform: HybridPlatform) => unknown,
  ) {
    const first = platformWith("frankfurt");
    right(first);
    const second = platformWith("frankfurt");
    expect(codes(() => refused(second)).length).toBeGreaterThan(0);
    right(second);
    return { once: output(first), again: output(second) };
  }

  test("an endpoint whose construct refused it", () => {
    const refused = (platform: HybridPlatform) => addEndpoint(platform, { picker: { image: "latest" } });
    const { once, again } = corrected(refused, addEndpoint);
    expect(again).toEqual(once);
  });

  test("a gateway", () => {
    const front = (platform: HybridPlatform, hostname: string) => {
      const endpoint = platform.addEndpoint("assistant", {
        classes: [CHAT],
        at: { frankfurt: inCluster() },
      });
      const backends = [{ kind: "endpoint", name: "own", endpoint } as const];
      const declare = (host: string) =>
        platform.addGateway("front", gatewayProps(backends, { hostname: host }));
      if (hostname !== "ai.example.com") {
        expect(codes(() => declare(hostname))).toContain("InvalidName");
      }
      declare("ai.example.com");
      return platform;
    };
    expect(output(front(platformWith("frankfurt"), "not a host"))).toEqual(
      output(front(platformWith("frankfurt"), "ai.example.com")),
    );
  });
});
