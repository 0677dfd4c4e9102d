import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Residency } from "../../lib";
import { CapacityPool, explanationText, PlanRules } from "../../lib/placement";
import { findTokenLeaks, testApp } from "../../lib/testing";
import {
  type EndpointPlacement,
  HybridPlatform,
  type PlacedEndpointProps,
  type PlacedVariant,
} from "../../stacks";
import { chat } from "../serving/fixture";
import { image } from "../serving/kubernetes/support";
import { codes, refusal, template } from "./data-fixture";
import {
  CARDS,
  CHAT,
  CLUSTERS,
  endpointProps,
  FRANKFURT,
  H100,
  hall,
  PICKER,
  platformOf,
  racks,
  USERS,
  VARIANT,
} from "./placed-fixture";
import { OWNERSHIP, S3 } from "./placement-fixture";
import { gatewayProps, PROMETHEUS_URL } from "./serving-fixture";

function declared(
  change: Partial<PlacedEndpointProps> = {},
  platform = platformOf(),
  sites: readonly (keyof typeof CLUSTERS)[] = ["frankfurt"],
) {
  const endpoint = platform.addEndpoint("assistant", endpointProps(change));
  for (const site of sites) {
    platform.addCluster(`${site}-serve`, CLUSTERS[site]);
  }
  return { platform, endpoint };
}

function placedAt(platform: HybridPlatform, workload = "assistant-full") {
  const placed = platform.placement.workloads.find((each) => each.workload === workload)!;
  return placed.status === "accepted" ? placed : undefined;
}

interface Engine {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly nodeSelector: Readonly<Record<string, string>> } };
  };
}

/** Deployments of a site whose pods take accelerators. */
function engines(platform: HybridPlatform, site: string): readonly Engine[] {
  const all = Object.values(template(platform, site, "workloads").manifests());
  return all
    .filter(({ kind }) => kind === "Deployment")
    .filter((object) => JSON.stringify(object).includes("nvidia.com/gpu")) as unknown as Engine[];
}

describe("an endpoint that the plan places", () => {
  const { platform, endpoint } = declared();
  const placed = placedAt(platform)!;

  test("is where the plan says, on its accelerators and with its replicas", () => {
    expect(placed.parts).toMatchObject([{ site: "frankfurt", pool: "h100", serving: { phase: "both" } }]);
    const [engine, ...others] = engines(platform, "frankfurt");
    expect(others).toEqual([]);
    expect(engine!.spec.replicas).toBe(placed.parts[0]!.serving!.replicas);
    expect(engine!.spec.template.spec.nodeSelector).toMatchObject({ "acme.example/pool": "h100" });
    expect(endpoint.sites).toEqual(["frankfurt"]);
  });

  test("costs what the plan charges", () => {
    const { planned } = endpoint.at("frankfurt").access();
    expect(planned.usdPerHour! * 1e6).toBeCloseTo(placed.cost.microUsdAccelerators, 0);
    expect(explanationText(platform.explainPlacement().explanation)).toContain("assistant-full");
  });

  test("says which pools the capacity model refused, and why", () => {
    expect(endpoint.unfit).toMatchObject([{ variant: "full", site: "frankfurt", pool: "l4" }]);
    expect(endpoint.unfit[0]!.because[0]).toContain("[LatencyTargetOutOfReach]");
  });

  test("has a gateway in front of it like any other", () => {
    platform.addGateway(
      "front",
      gatewayProps([{ kind: "endpoint", name: "full", endpoint, variant: "full" }]),
    );
    expect(template(platform, "frankfurt", "workloads").text).toContain("assistant");
    expect(findTokenLeaks(template(platform, "frankfurt", "workloads").text)).toEqual([]);
  });
});

test("the plan takes the cheaper accelerators, whichever those are", () => {
  const { platform } = declared({}, platformOf([hall(40)]), ["stockholm"]);
  expect(placedAt(platform)!.parts).toMatchObject([{ site: "stockholm", pool: "h200" }]);
  const [engine] = engines(platform, "stockholm");
  expect(engine!.spec.replicas).toBe(placedAt(platform)!.parts[0]!.serving!.replicas);
  expect(JSON.stringify(engine!.spec.template.spec.nodeSelector)).toContain("h200");
});

test("users are divided among sites, and each site has the replicas for its own", () => {
  const near = { ...CHAT, firstTokenP95Ms: 700 };
  const users: EndpointPlacement["users"] = [
    { name: "germany", share: 3, rttMs: { frankfurt: 8 } },
    { name: "sweden", share: 1, rttMs: { stockholm: 4 } },
  ];
  const { platform, endpoint } = declared(
    { classes: [near], placement: { users, maxSites: 2 } },
    platformOf(),
    ["frankfurt", "stockholm"],
  );
  const { parts } = placedAt(platform)!;
  expect(parts.map(({ site, serving }) => [site, serving!.users])).toEqual([
    ["frankfurt", ["germany"]],
    ["stockholm", ["sweden"]],
  ]);
  for (const { site, serving } of parts) {
    const [engine] = engines(platform, site);
    expect(engine!.spec.replicas).toBe(serving!.replicas);
  }
  expect(endpoint.sites).toEqual(["frankfurt", "stockholm"]);
});

test("prefill and decode have the replicas of their phases", () => {
  const { platform } = declared({
    variants: [{ ...VARIANT, sizing: { prefillDecode: "split" } }],
    at: { frankfurt: { picker: { image: image("picker"), sidecarImage: image("sidecar") } } },
    placement: { users: [{ name: "germany", share: 1, rttMs: { frankfurt: 8 } }] },
  });
  const phases = Object.fromEntries(
    placedAt(platform)!.parts.map(({ serving }) => [serving!.phase, serving!.replicas]),
  );
  const made = engines(platform, "frankfurt");
  expect(Object.keys(phases).sort()).toEqual(["decode", "prefill"]);
  for (const { metadata, spec } of made) {
    expect([metadata.name, spec.replicas]).toEqual([
      metadata.name,
      metadata.name.includes("prefill") ? phases.prefill : phases.decode,
    ]);
  }
  expect(made).toHaveLength(2);
});

test("spare replicas are planned, paid for and made", () => {
  const replicas = (spareReplicas: number) => {
    const { platform } = declared({ variants: [{ ...VARIANT, sizing: { spareReplicas } }] });
    const [engine] = engines(platform, "frankfurt");
    expect(engine!.spec.replicas).toBe(placedAt(platform)!.parts[0]!.serving!.replicas);
    return engine!.spec.replicas;
  };
  expect(replicas(3)).toBe(replicas(0) + 3);
});

test("options of a site are laid over those of the variant", () => {
  const nearer = { engine: { image: image("mirrored-vllm") }, cpus: 24 };
  const { platform } = declared({
    at: { frankfurt: { ...PICKER, variants: { full: nearer } }, stockholm: PICKER },
  });
  const text = JSON.stringify(engines(platform, "frankfurt"));
  expect(text).toContain(nearer.engine.image);
  expect(text).toContain('"cpu":"24"');
});

test("options of the cluster's endpoint are those of any other", () => {
  const { platform, endpoint } = declared({
    at: { frankfurt: { ...PICKER, namespace: "chat", operatorsInstalled: true }, stockholm: PICKER },
  });
  expect(endpoint.at("frankfurt").access().reach).toMatchObject({ namespace: "chat" });
  const definitions = (made: HybridPlatform) => template(made, "frankfurt", "platform").text;
  expect(definitions(declared().platform)).toContain("inferencepools.inference");
  expect(definitions(platform)).not.toContain("inferencepools.inference");
});

test("scaling stays within the nodes of the plan", () => {
  const scaled = (max: number) => ({
    variants: [{ ...VARIANT, scaling: { min: 1, max } }],
    at: { frankfurt: { ...PICKER, prometheusUrl: PROMETHEUS_URL }, stockholm: PICKER },
  });
  const { platform } = declared(scaled(6));
  expect(JSON.stringify(template(platform, "frankfurt", "workloads").manifests())).toContain("ScaledObject");
  expect(codes(() => declared(scaled(40)))).toEqual(["PoolTooSmall"]);
});

test("a class over its budget by the price of a pool keeps the variant out of that pool", () => {
  const limited = [chat({ requestsPerSecond: 20, budgetUsdPerHour: 35 })];
  const { platform, endpoint } = declared({ classes: limited });
  expect(placedAt(platform)!.parts[0]!.pool).toBe("h100");
  expect(endpoint.unfit.find(({ pool }) => pool === "h200")!.because[0]).toContain("[ClassOverBudget]");
});

test("rules of one variant are laid over those of the endpoint", () => {
  const second: PlacedVariant = { ...VARIANT, name: "cloud", placement: { pinned: { site: "stockholm" } } };
  const { platform, endpoint } = declared({ variants: [VARIANT, second] }, platformOf(), [
    "frankfurt",
    "stockholm",
  ]);
  expect(placedAt(platform, "assistant-cloud")!.parts[0]!.site).toBe("stockholm");
  expect(endpoint.at("stockholm").access("cloud").site).toBe("stockholm");
  expect(codes(() => endpoint.at("stockholm").access("full"))).toEqual(["UnknownVariant"]);
});

test("a variant has only the accelerators that it names", () => {
  const only = { ...VARIANT, accelerators: ["h200"] };
  const { platform } = declared({ variants: [only] }, platformOf(), ["stockholm"]);
  expect(placedAt(platform)!.parts[0]!.pool).toBe("h200");
  const unknown = { ...VARIANT, accelerators: ["b200"] };
  expect(codes(() => declared({ variants: [unknown] }))).toContain("NotOneOf");
});

describe("refuses, saying which variant and where,", () => {
  const messageOf = (change: Partial<PlacedEndpointProps>, platform = platformOf()) =>
    refusal(() => declared(change, platform));
  const codesOf = (change: Partial<PlacedEndpointProps>, platform = platformOf()) =>
    codes(() => declared(change, platform));

  test("a variant that fits nowhere, with the memory sum of each accelerator", () => {
    const alone = {
      ...VARIANT,
      accelerators: ["h100", "l4"],
      sizing: { parallelism: { tensor: 1, pipeline: 1 } },
    };
    const message = messageOf({ variants: [alone] });
    expect(message).toContain('platform "acme" endpoint "assistant"');
    expect(message).toContain(
      '[ContextExceedsMemory] variant "full" at frankfurt/h100: contextTokens of "llama" on h100',
    );
    expect(message).toContain('[ModelDoesNotFit] variant "full" at frankfurt/l4: model "llama" on l4');
    expect(message).toMatch(/weights .* GiB/);
    expect(message).toContain("the smallest shape that fits");
  });

  test("what is wrong whatever the accelerators, once", () => {
    const given = { ...VARIANT, sizing: { memoryUtilization: 2 } };
    const message = messageOf({ variants: [given] });
    expect(message.match(/\[NotAQuantity\]/g)).toHaveLength(1);
    expect(message).toContain('variant "full" at frankfurt/h100, frankfurt/l4, stockholm/h200');
  });

  test("replicas beyond the domain of the site's model", () => {
    const small = CapacityPool.of("h100", {
      accelerator: H100,
      fabric: racks(2, 450, 8),
      offers: [{ model: "reserved", usdPerAcceleratorHour: 2 }],
    });
    const wide = { ...VARIANT, sizing: { parallelism: { tensor: 2, pipeline: 2 } } };
    const at = { frankfurt: PICKER };
    const placement = { users: [{ name: "germany", share: 1, rttMs: { frankfurt: 8 } }] };
    expect(codesOf({ variants: [wide], at, placement }, platformOf([small]))).toEqual([
      "ReplicaBeyondScaleUp",
    ]);
  });

  test("names of sites, classes and variants that are not there", () => {
    expect(codesOf({ at: {} })).toEqual(["MissingValue"]);
    expect(codesOf({ at: { mars: PICKER } })).toEqual(["UnknownSite"]);
    expect(codesOf({ at: { oslo: PICKER }, placement: { users: [] } })).toEqual(["SiteWithoutModel"]);
    expect(codesOf({ at: { frankfurt: PICKER } })).toEqual(["NotOneOf", "NotOneOf"]);
    expect(codesOf({ variants: [{ ...VARIANT, sizedFor: ["other"] }] })).toEqual(["NotOneOf"]);
    expect(codesOf({ variants: [{ ...VARIANT, sizedFor: [] }] })).toContain("MissingValue");
    expect(codesOf({ variants: [] })).toEqual(["MissingValue"]);
    expect(codesOf({ classes: [] })).toEqual(["MissingValue"]);
    expect(codesOf({ variants: [VARIANT, VARIANT] })).toEqual(["DuplicateValue"]);
    expect(codesOf({ at: { frankfurt: { ...PICKER, variants: { other: {} } }, stockholm: PICKER } })).toEqual(
      ["NotOneOf"],
    );
  });

  test("ways of buying that nobody sells, and countries that a class forbids", () => {
    expect(codesOf({ placement: { users: USERS, purchase: ["spot"] } })).toEqual(["NothingAllowed"]);
    const eu = [chat({ residency: Residency.EU })];
    const placement = { users: USERS, residency: Residency.countries("US") };
    expect(codesOf({ classes: eu, placement })).toEqual(["PoolResidencyWider"]);
    expect(codesOf({ placement: { users: [] } })).toEqual(["MissingValue"]);
  });

  test("a platform that plans nothing, and a plan that is made already", () => {
    const unplanned = new HybridPlatform(testApp(), "acme", {
      ...OWNERSHIP,
      backend: S3,
      sites: [FRANKFURT],
    });
    expect(codesOf({ at: { frankfurt: PICKER } }, unplanned)).toEqual(["PlacementNotDeclared"]);
    const late = platformOf();
    expect(late.placement.workloads).toEqual([]);
    expect(codesOf({}, late)).toEqual(["PlanAlreadyMade"]);
  });

  test("two workloads of one name, and adds neither", () => {
    const platform = platformOf();
    platform.addDataJob("assistant-full", {
      from: "frankfurt",
      to: { site: "stockholm" },
      bytes: 1,
      everyHours: 1,
    });
    const two = [{ ...VARIANT, name: "other" }, VARIANT];
    expect(codesOf({ variants: two }, platform)).toEqual(["DuplicateWorkload"]);
    platform.addEndpoint("assistant", endpointProps({ variants: [{ ...VARIANT, name: "other" }] }));
    expect(platform.placement.workloads.map(({ workload }) => workload)).toEqual([
      "assistant-full",
      "assistant-other",
    ]);
  });
});

describe("an endpoint without a place", () => {
  const FAR = { users: [{ name: "germany", share: 1, rttMs: { frankfurt: 8 } }] };
  const full = () => platformOf([hall(2, 2), CARDS]);
  const huge = [chat({ requestsPerSecond: 60 })];

  test("is refused at synth with the reasons, never made empty", () => {
    const { platform, endpoint } = declared({ classes: huge, placement: FAR }, full());
    expect(placedAt(platform)).toBeUndefined();
    const errors = platform.stack("frankfurt", "platform").node.validate();
    expect(errors.join()).toContain("[EndpointLeftOut]");
    expect(errors.join()).toContain("assistant-full (");
    const refused = refusal(() => endpoint.at("frankfurt"));
    expect(refused).toContain("[NotPlacedAtSite]");
    expect(refused).toContain("the plan has no place for assistant-full");
    expect(explanationText(platform.explainPlacement().explanation)).toContain(
      "frankfurt/h100: not enough is free",
    );
  });

  test("leaves out one variant with a warning, and serves the others", () => {
    const second = { ...VARIANT, name: "more", placement: { value: 2 } };
    const { platform, endpoint } = declared({ variants: [VARIANT, second], placement: FAR }, full());
    expect(placedAt(platform, "assistant-more")).toBeDefined();
    expect(placedAt(platform)).toBeUndefined();
    expect(endpoint.at("frankfurt").access().variant).toBe("more");
    expect(platform.stack("frankfurt", "platform").node.validate()).toEqual([]);
  });

  test("is at no site before its cluster is there, which the site must have", () => {
    const platform = platformOf();
    const endpoint = platform.addEndpoint("assistant", endpointProps());
    expect(endpoint.sites).toEqual([]);
    expect(refusal(() => endpoint.at("frankfurt"))).toContain("nothing is placed before");
    platform.addCluster("cloud", CLUSTERS.stockholm);
    const errors = platform.stack("stockholm", "foundation").node.validate();
    expect(errors.join()).toContain("[EndpointWithoutCluster]");
    expect(errors.join()).toContain('site \\"frankfurt\\"');
  });
});

test("two declarations in another order are the same plan and the same output", () => {
  const made = (order: readonly PlacedVariant[]) => {
    const { platform } = declared({ variants: order });
    return [JSON.stringify(platform.placement), template(platform, "frankfurt", "workloads").text];
  };
  const second = { ...VARIANT, name: "second" };
  expect(made([VARIANT, second])).toEqual(made([VARIANT, second]));
  expect(made([VARIANT, second])[0]).toBe(made([second, VARIANT])[0]);
});

test("a lock keeps the endpoint where it runs, though it is dearer now", () => {
  const lockFile = join(mkdtempSync(join(tmpdir(), "placed-")), "placement.lock.json");
  declared({}, platformOf([hall(), CARDS], { lockFile })).platform.writeLock();
  const dearer = [hall(40), CARDS];
  const again = declared({}, platformOf(dearer, { lockFile })).platform;
  expect(placedAt(again)!.parts[0]!.site).toBe("frankfurt");
  const rules = PlanRules.of({ churnUsdPerAcceleratorHour: 0.1 });
  const free = declared({}, platformOf(dearer, { lockFile, rules }), ["stockholm"]).platform;
  expect(placedAt(free)!.parts[0]!.site).toBe("stockholm");
});
