import { Slice } from "../../lib";
import { CapacityPool, explanationText, Fabric, Site, SiteModel, Systems } from "../../lib/placement";
import { captureValidationError, findTokenLeaks, testApp } from "../../lib/testing";
import {
  HybridPlatform,
  type PlacedEndpointProps,
  type PlacedVariant,
  type PlacementProps,
  type PlatformClusterProps,
} from "../../stacks";
import { chat } from "../serving/fixture";
import { image } from "../serving/kubernetes/support";
import { codes, template } from "./data-fixture";
import { OWNERSHIP, S3 } from "./placement-fixture";
import { gatewayProps, LLAMA } from "./serving-fixture";

const FRANKFURT = Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } });
const STOCKHOLM = Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" });
const OSLO = Site.kubernetes("oslo", { country: "NO", kubeconfig: { context: "osl" } });

const H100 = { name: "h100", peakTflops: 989, memoryGib: 80, memoryBandwidthGBps: 3_350, watts: 1_275 };
const H200 = { ...H100, name: "h200", memoryGib: 141, memoryBandwidthGBps: 4_800 };
const L4 = { name: "l4", peakTflops: 121, memoryGib: 24, memoryBandwidthGBps: 300, watts: 150 };

function racks(accelerators: number, oneWayGBps: number, hosts: number) {
  return Fabric.tree("racks", {
    acceleratorsPerHost: accelerators,
    scaleUp: { accelerators, oneWayGBps, latencyUs: 2 },
    nicGbps: 400,
    tiers: [{ name: "rack", joins: hosts, oversubscription: 1, latencyUs: 3, medium: "copper" }],
  });
}

const hall = (usd = 2, hosts = 8) =>
  CapacityPool.of("h100", {
    accelerator: H100,
    fabric: racks(8, 450, hosts),
    offers: [{ model: "reserved", usdPerAcceleratorHour: usd }],
  });
const CARDS = CapacityPool.of("l4", {
  accelerator: L4,
  fabric: racks(1, 32, 8),
  offers: [{ model: "reserved", usdPerAcceleratorHour: 0.4 }],
});
const CLOUD = CapacityPool.of("h200", {
  accelerator: H200,
  fabric: Systems.cloudGpus("p5en", { provider: "aws", networkGbpsPerMachine: 3_200 }),
  offers: [{ model: "on-demand", usdPerAcceleratorHour: 5 }],
});

const modelOf = (site: Site, ...pools: readonly CapacityPool[]) =>
  SiteModel.of(site, { pools, pue: 1.2, gramsCo2PerKwh: 100 });

function platformOf(frankfurt = [hall(), CARDS], more: Partial<PlacementProps> = {}): HybridPlatform {
  return new HybridPlatform(testApp(), "acme", {
    ...OWNERSHIP,
    backend: S3,
    sites: [FRANKFURT, STOCKHOLM, OSLO],
    placement: { models: [modelOf(FRANKFURT, ...frankfurt), modelOf(STOCKHOLM, CLOUD)], ...more },
  });
}

const VARIANT: PlacedVariant = { name: "full", model: LLAMA, engine: { image: image("vllm") } };
const CHAT = chat({ requestsPerSecond: 20 });
const PICKER = { picker: { image: image("picker") } };
const USERS = [
  { name: "germany", share: 3, rttMs: { frankfurt: 8, stockholm: 30 } },
  { name: "sweden", share: 1, rttMs: { frankfurt: 30, stockholm: 4 } },
];

function endpointProps(change: Partial<PlacedEndpointProps> = {}): PlacedEndpointProps {
  return {
    classes: [CHAT],
    variants: [VARIANT],
    placement: { users: USERS },
    at: { frankfurt: PICKER, stockholm: PICKER },
    ...change,
  };
}

const SYSTEM = { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) };
const CLUSTERS: Readonly<Record<"frankfurt" | "stockholm", PlatformClusterProps>> = {
  frankfurt: {
    at: "frankfurt",
    pools: [SYSTEM],
    plannedPools: {},
    kubernetes: {
      provider: "generic",
      nodes: {
        system: { nodeSelector: { "acme.example/role": "system" } },
        h100: { nodeSelector: { "acme.example/pool": "h100" } },
        l4: { nodeSelector: { "acme.example/pool": "l4" } },
      },
    },
  },
  stockholm: {
    at: "stockholm",
    pools: [SYSTEM],
    plannedPools: {},
    aws: { network: { cidrBlock: "10.0.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b"] } },
  },
};

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

interface Workload {
  readonly spec: {
    readonly replicas: string;
    readonly template: {
      readonly spec: {
        readonly node_selector: Readonly<Record<string, string>>;
        readonly container: { readonly resources: unknown }[];
      };
    };
  };
}

/** The engines of a site by name of the Deployment. */
function engines(platform: HybridPlatform, site: string): Readonly<Record<string, Workload>> {
  const all = template(platform, site, "workloads").resources("kubernetes_deployment_v1") as Record<
    string,
    Workload & { readonly metadata: { readonly name: string } }
  >;
  return Object.fromEntries(
    Object.values(all)
      .filter(({ spec }) => JSON.stringify(spec.template.spec.container).includes("nvidia.com/gpu"))
      .map((each) => [each.metadata.name, each]),
  );
}

describe("an endpoint that the plan places", () => {
  const { platform, endpoint } = declared();
  const placed = placedAt(platform)!;

  test("is where the plan says, on its accelerators and with its replicas", () => {
    expect(placed.parts).toMatchObject([{ site: "frankfurt", pool: "h100", serving: { phase: "both" } }]);
    const [engine, ...others] = Object.values(engines(platform, "frankfurt"));
    expect(others).toEqual([]);
    expect(Number(engine!.spec.replicas)).toBe(placed.parts[0]!.serving!.replicas);
    expect(engine!.spec.template.spec.node_selector).toMatchObject({ "acme.example/pool": "h100" });
    expect(endpoint.sites).toEqual(["frankfurt"]);
  });

  test("costs what the plan charges", () => {
    const { planned } = endpoint.at("frankfurt").access();
    expect(planned.usdPerHour! * 1e6).toBeCloseTo(placed.cost.microUsdAccelerators, 0);
    expect(explanationText(platform.explainPlacement().explanation)).toContain("assistant-full");
  });

  test("says what the capacity model refused, as does the explanation", () => {
    expect(endpoint.unfit).toMatchObject([{ variant: "full", site: "frankfurt", pool: "l4" }]);
    expect(endpoint.unfit[0]!.because[0]).toContain("[ModelDoesNotFit]");
    expect(explanationText(platform.explainPlacement().explanation)).toContain(
      "frankfurt/l4: no replica was sized for it",
    );
  });

  test("has a gateway in front of it like any other", () => {
    platform.addGateway(
      "front",
      gatewayProps([{ kind: "endpoint", name: "full", endpoint, variant: "full" }], {
        classes: gatewayProps([{ kind: "endpoint", name: "full", endpoint }]).classes,
      }),
    );
    expect(template(platform, "frankfurt", "workloads").text).toContain("assistant");
    expect(findTokenLeaks(template(platform, "frankfurt", "workloads").text)).toEqual([]);
  });
});

test("the plan takes the cheaper accelerators, whichever those are", () => {
  const { platform } = declared({}, platformOf([hall(40)]), ["stockholm"]);
  expect(placedAt(platform)!.parts).toMatchObject([{ site: "stockholm", pool: "h200" }]);
  const [engine] = Object.values(engines(platform, "stockholm"));
  expect(Number(engine!.spec.replicas)).toBe(placedAt(platform)!.parts[0]!.serving!.replicas);
  expect(JSON.stringify(engine!.spec.template.spec.node_selector)).toContain("h200");
});

test("users are divided among sites, and each site has the replicas for its own", () => {
  const near = { ...CHAT, firstTokenP95Ms: 700 };
  const users = [
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
    const [engine] = Object.values(engines(platform, site));
    expect(Number(engine!.spec.replicas)).toBe(serving!.replicas);
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
  for (const [name, { spec }] of Object.entries(made)) {
    expect([name, Number(spec.replicas)]).toEqual([
      name,
      name.includes("prefill") ? phases.prefill : phases.decode,
    ]);
  }
  expect(Object.keys(made)).toHaveLength(2);
});

test("spare replicas are planned, paid for and made", () => {
  const replicas = (spareReplicas: number) => {
    const { platform } = declared({ variants: [{ ...VARIANT, sizing: { spareReplicas } }] });
    const [engine] = Object.values(engines(platform, "frankfurt"));
    expect(Number(engine!.spec.replicas)).toBe(placedAt(platform)!.parts[0]!.serving!.replicas);
    return Number(engine!.spec.replicas);
  };
  expect(replicas(3)).toBe(replicas(0) + 3);
});

test("options of a site are laid over those of the variant", () => {
  const nearer = { engine: { image: image("vllm", "mirror.frankfurt.example.com") }, cpus: 24 };
  const { platform } = declared({
    at: { frankfurt: { ...PICKER, variants: { full: nearer } }, stockholm: PICKER },
  });
  const text = JSON.stringify(engines(platform, "frankfurt"));
  expect(text).toContain(nearer.engine.image);
  expect(text).toContain('"cpu":"24"');
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
