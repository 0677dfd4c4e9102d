import { type AcceleratorPoolProps, Site, Slice, StateBackend } from "../../lib";
import { AwsNetwork } from "../../lib/aws";
import { GoogleNetwork } from "../../lib/google";
import { captureValidationError, findTokenLeaks, synthStack, testApp } from "../../lib/testing";
import { HybridPlatform, type PlatformClusterProps } from "../../stacks";

const OWNERSHIP = { environment: "prod", owner: "ml-platform", costCentre: "cc-1042" };
const S3 = StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" });
const SITES = [
  Site.aws("stockholm", { region: "eu-north-1", account: "111122223333" }),
  Site.google("eemshaven", { region: "europe-west4", project: "acme-ai", projectNumber: "123456789012" }),
  Site.kubernetes("coreweave", { country: "NO", operator: "neocloud", kubeconfig: { context: "cw" } }),
  Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "fra" } }),
];
const POOLS: readonly AcceleratorPoolProps[] = [
  { name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) },
  { name: "h200", slice: Slice.accelerators("h200", { perNode: 8, nodes: 4 }) },
];
const TEAMS = [{ name: "research", quotas: [{ pool: "h200", accelerators: 32 }] }];
const AWS = { network: { cidrBlock: "10.0.0.0/16", availabilityZones: ["eu-north-1a", "eu-north-1b"] } };
const GOOGLE = {
  network: { nodesCidr: "10.30.0.0/20", podsCidr: "10.32.0.0/14", servicesCidr: "10.31.0.0/20" },
  zones: ["europe-west4-b"],
};
const SELECTED = {
  provider: "generic",
  nodes: {
    system: { nodeSelector: { "acme.example/role": "system" } },
    h200: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H200" } },
  },
} as const;
const OPTIONS: Readonly<Record<string, Partial<PlatformClusterProps>>> = {
  stockholm: { aws: AWS },
  eemshaven: { google: GOOGLE },
  coreweave: { kubernetes: { provider: "coreweave" } },
  frankfurt: { kubernetes: SELECTED },
};

const newPlatform = () => new HybridPlatform(testApp(), "acme", { ...OWNERSHIP, backend: S3, sites: SITES });

function clusterAt(at: string, more: Partial<PlatformClusterProps> = {}) {
  const platform = newPlatform();
  const added = platform.addCluster("train", { at, pools: POOLS, teams: TEAMS, ...OPTIONS[at], ...more });
  return { platform, added };
}

const codes = (make: () => unknown) => captureValidationError(make).codes;

interface KubernetesObject {
  readonly kind: string;
  readonly spec: Record<string, unknown>;
  readonly metadata: { readonly name: string };
}

/** Objects of one kind in the workloads stack. */
function objects(platform: HybridPlatform, site: string, kind: string): readonly KubernetesObject[] {
  const { resource } = synthStack(platform.stack(site, "workloads"));
  const manifests = Object.values(resource?.kubernetes_manifest ?? {}) as { manifest: KubernetesObject }[];
  return manifests.map(({ manifest }) => manifest).filter((manifest) => manifest.kind === kind);
}

describe("queues", () => {
  const SHOP = Site.kubernetes("shop", { country: "DE", operator: "edge", kubeconfig: { context: "shop" } });
  const shop = (more: Partial<PlatformClusterProps>) =>
    new HybridPlatform(testApp(), "acme", { ...OWNERSHIP, backend: S3, sites: [SHOP] }).addCluster("vision", {
      at: "shop",
      pools: [{ name: "l4", slice: Slice.accelerators("l4", { perNode: 1, nodes: 1 }), tier: "serving" }],
      kubernetes: { provider: "generic", nodes: { l4: { machines: [{ name: "shop" }] } } },
      ...more,
    });
  const teams = [{ name: "vision", quotas: [{ pool: "l4", accelerators: 1 }] }];
  const priorities = [{ name: "high", value: 10 }];

  test("need Kueue, which the edge has only on request", () => {
    expect(codes(() => shop({ teams }))).toEqual(["QueuesWithoutKueue"]);
    expect(codes(() => shop({ teams, priorities }))).toEqual(["QueuesWithoutKueue", "QueuesWithoutKueue"]);
    for (const state of ["install", "installed"] as const) {
      expect(shop({ teams, operators: { operators: { kueue: { state } } } }).queues).toBeDefined();
    }
  });

  test("need Kueue, which may have been switched off", () => {
    const operators = { operators: { kueue: { state: "off" } } } as const;
    expect(codes(() => clusterAt("frankfurt", { operators }))).toEqual(["QueuesWithoutKueue"]);
    expect(clusterAt("frankfurt", { operators, teams: undefined }).added.queues).toBeUndefined();
  });
});

describe("one declaration of pools", () => {
  const sites = SITES.map(({ name }) => name);

  test.each(sites)("compiles at %s, with no token of another stack in any of its stacks", (site) => {
    const { platform } = clusterAt(site);
    const phases =
      SITES.find(({ name }) => name === site)!.kind === "kubernetes" ? [] : (["foundation"] as const);
    for (const phase of [...phases, "platform", "workloads"] as const) {
      const json = synthStack(platform.stack(site, phase));
      expect(findTokenLeaks(json)).toEqual([]);
      expect(JSON.stringify(json)).not.toContain("cross-stack-output");
    }
  });

  test("takes the machine of each provider that has what the slice asks for", () => {
    const machines = sites.map((site) => clusterAt(site).added.cluster.pools.get("h200")!.machineType);
    expect(machines).toEqual(["p5en.48xlarge", "a3-ultragpu-8g", "gd-8xh200ib-i128", undefined]);
  });

  test("offers pods the same number of the same thing everywhere", () => {
    for (const site of sites) {
      expect(clusterAt(site).added.cluster.pools.get("h200")).toMatchObject({
        resource: "nvidia.com/gpu",
        resourcePerNode: 8,
      });
    }
  });

  test("gives every team the same quota everywhere, in flavors that choose the pool by labels", () => {
    for (const site of sites) {
      const { platform } = clusterAt(site);
      const [queue] = objects(platform, site, "ClusterQueue");
      expect(JSON.stringify(queue!.spec)).toMatch(/"name":"nvidia.com\/gpu","nominalQuota":"?32"?/);
      const flavor = objects(platform, site, "ResourceFlavor").find(({ metadata }) =>
        metadata.name.startsWith("h200"),
      );
      expect(flavor!.spec.nodeLabels).toEqual(
        site === "frankfurt" ? { "nvidia.com/gpu.product": "NVIDIA-H200" } : { "hybrid-ai.io/pool": "h200" },
      );
    }
  });

  test("tells Kueue of the network in the labels of each provider", () => {
    const levels = (site: string) =>
      objects(clusterAt(site).platform, site, "Topology").map(({ spec }) =>
        (spec.levels as { nodeLabel: string }[]).map(({ nodeLabel }) => nodeLabel),
      );
    expect(levels("stockholm")).toEqual([
      [
        "topology.k8s.aws/network-node-layer-1",
        "topology.k8s.aws/network-node-layer-2",
        "topology.k8s.aws/network-node-layer-3",
        "kubernetes.io/hostname",
      ],
    ]);
    expect(levels("eemshaven")[0]![0]).toBe("cloud.google.com/gce-topology-block");
    expect(levels("coreweave")[0]!.join()).toContain("backend.coreweave.cloud/");
    expect(levels("frankfurt")).toEqual([]);
  });

  test("installs nothing at a neocloud that it manages itself", () => {
    const { added } = clusterAt("coreweave");
    expect([...added.operators.releases.keys()]).toEqual(["jobset", "leaderworkerset", "kueue"]);
    expect([...clusterAt("frankfurt").added.operators.releases.keys()]).toContain("gpu-operator");
  });
});

describe("a cluster of a platform", () => {
  test("is applied phase by phase", () => {
    const { platform } = clusterAt("stockholm");
    const [foundation, operators, workloads] = (["foundation", "platform", "workloads"] as const).map(
      (phase) => platform.stack("stockholm", phase),
    );
    expect(operators!.dependencies).toContain(foundation);
    expect(workloads!.dependencies).toEqual(expect.arrayContaining([foundation, operators]));
  });

  test("is named after platform, environment, cluster and site", () => {
    expect(clusterAt("stockholm").added.cluster.clusterName).toBe("acme-prod-train-stockholm");
    const long = newPlatform().addCluster("a-rather-long-name-of-a-cluster", {
      at: "stockholm",
      pools: POOLS,
      aws: AWS,
    });
    expect(long.cluster.clusterName).toMatch(/^acme-prod-a-rather-long-[0-9a-f]{8}$/);
  });

  test("puts its owner on the machines, where the bill is", () => {
    const { platform } = clusterAt("stockholm", {
      pools: [
        ...POOLS,
        { name: "l4", slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 2 } }) },
      ],
    });
    const tags = expect.objectContaining({ owner: "ml-platform", "cost-centre": "cc-1042" });
    const templates =
      synthStack(platform.stack("stockholm", "foundation")).resource?.aws_launch_template ?? {};
    for (const { tag_specifications } of Object.values(templates) as { tag_specifications: unknown }[]) {
      expect(tag_specifications).toContainEqual({ resource_type: "instance", tags });
    }
    const [nodeClass] = objects(platform, "stockholm", "EC2NodeClass");
    expect(nodeClass!.spec.tags).toEqual(tags);
  });

  test("gets a way out for images of operators, unless its network says otherwise", () => {
    const natOf = (more: object) =>
      synthStack(
        clusterAt("stockholm", { aws: { network: { ...AWS.network, ...more } } }).platform.stack(
          "stockholm",
          "foundation",
        ),
      ).resource?.aws_nat_gateway;
    expect(Object.keys(natOf({})!)).toHaveLength(1);
    expect(natOf({ internetEgress: undefined })).toBeUndefined();
  });

  test("can use a network that exists", () => {
    const platform = newPlatform();
    const site = SITES[0] as never;
    const network = new AwsNetwork(platform.stack("stockholm", "foundation"), "shared", {
      site,
      namePrefix: "shared",
      ...AWS.network,
      internetEgress: "single-nat",
    });
    platform.addCluster("train", { at: "stockholm", pools: POOLS, aws: { network } });
    const google = new GoogleNetwork(platform.stack("eemshaven", "foundation"), "shared", {
      site: SITES[1] as never,
      namePrefix: "shared",
      ...GOOGLE.network,
    });
    platform.addCluster("serve", { at: "eemshaven", pools: POOLS, google: { ...GOOGLE, network: google } });
    const made = (name: string, type: string) =>
      Object.keys(synthStack(platform.stack(name, "foundation")).resource?.[type] ?? {});
    expect(made("stockholm", "aws_vpc")).toHaveLength(1);
    expect(
      made("eemshaven", "google_compute_subnetwork").filter((id) => id.startsWith("shared")),
    ).toHaveLength(1);
  });

  test("at the edge has no stack for workloads that there are not", () => {
    const app = testApp();
    const edge = Site.kubernetes("store", {
      country: "DE",
      operator: "edge",
      kubeconfig: { context: "store" },
    });
    const platform = new HybridPlatform(app, "acme", { ...OWNERSHIP, backend: S3, sites: [edge] });
    const { queues } = platform.addCluster("vision", {
      at: "store",
      pools: [{ name: "l4", slice: Slice.accelerators("l4", { perNode: 1, nodes: 1 }), tier: "serving" }],
      kubernetes: { provider: "generic", nodes: { l4: { machines: [{ name: "store" }] } } },
    });
    expect(queues).toBeUndefined();
    expect(app.node.children.map(({ node }) => node.id)).not.toContain("acme-store-workloads");
  });
});

test("teams that are null, as programs without types may say, are refused with a code", () => {
  expect(codes(() => clusterAt("stockholm", { teams: null as never }))[0]).toBe("MissingValue");
});

describe("a cluster of a platform is refused", () => {
  const add = (props: Partial<PlatformClusterProps>) => () =>
    newPlatform().addCluster("train", { at: "stockholm", pools: POOLS, aws: AWS, ...props });

  test.each<[string, Partial<PlatformClusterProps>, string]>([
    ["at a site that nobody knows", { at: "mars" }, "UnknownSite"],
    ["without the options of its site", { aws: undefined }, "MissingValue"],
    ["without a network", { aws: {} as never }, "MissingValue"],
    ["with the options of another kind of site", { google: GOOGLE }, "OptionsWithoutSite"],
    ["without pools", { pools: [] }, "MissingValue"],
    [
      "with quotas above what there is",
      { teams: [{ name: "a", quotas: [{ pool: "h200", accelerators: 33 }] }] },
      "QuotaOverCapacity",
    ],
    [
      "with a quota of a pool that is not there",
      { teams: [{ name: "a", quotas: [{ pool: "b200", nodes: 1 }] }] },
      "UnknownPool",
    ],
  ])("%s", (_, props, code) => {
    expect(codes(add(props))[0]).toBe(code);
  });

  test("when the site or the name is taken", () => {
    const { platform } = clusterAt("stockholm");
    expect(codes(() => platform.addCluster("train", { at: "stockholm", pools: POOLS, aws: AWS }))).toEqual([
      "DuplicateCluster",
      "ClusterAlreadyAtSite",
    ]);
  });

  test("before it is there, as a place for objects", () => {
    expect(codes(() => newPlatform().stack("stockholm", "workloads"))).toEqual(["NoClusterAtSite"]);
  });
});
