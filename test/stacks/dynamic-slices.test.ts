import { Site, Slice } from "../../lib";
import type { DomainLabel } from "../../lib/fabric/domain-labels";
import { CapacityPool, Fabric, SiteModel, Systems } from "../../lib/placement";
import { readSitePlan } from "../../lib/placement/check-topology";
import { captureValidationError, findTokenLeaks, synthStack, testApp } from "../../lib/testing";
import { HybridPlatform, type PlatformClusterProps } from "../../stacks";
import { conformance, conformanceTest } from "../cluster/conformance";
import { objectOf, objectsOf, resourcesOf } from "../cluster/in-cluster/synthesized";
import { ASSISTANT, CLUSTERS, gangOf, JOB, OWNERSHIP, S3 } from "./placement-fixture";

const PARTITION = "cloud.google.com/gke-tpu-partition-4x4x4-id";
const IDS = Array.from({ length: 8 }, (_, cube) => `${cube}a9476d1b02bd4f4e75ffffae3bd23c0`);
const V7X = { name: "tpu-v7x", peakTflops: 2_307, memoryGib: 192, memoryBandwidthGBps: 7_380 };
const GKE = Site.kubernetes("ironwood", {
  country: "US",
  operator: "neocloud",
  kubeconfig: { context: "gke_acme_us-central1_ironwood" },
});
const GOOGLE = Site.google("ironwood", { region: "us-central1", project: "acme-ai", projectNumber: "1234" });

const NAMED: readonly DomainLabel[] = [{ of: "cube", label: PARTITION, values: IDS }];

const modelOf = (site: Site, domainLabels: readonly DomainLabel[]) =>
  SiteModel.of(site, {
    pools: [
      CapacityPool.of("v7x", {
        accelerator: V7X,
        fabric: Fabric.cubes("block", {
          ...Systems.tpuCubes("pod", { generation: "tpu7x" }),
          cubes: IDS.length,
          largestSliceCubes: IDS.length,
        }),
        offers: [{ model: "reserved", usdPerAcceleratorHour: 5 }],
        domainLabels,
      }),
    ],
    pue: 1.1,
    gramsCo2PerKwh: 300,
  });

const CLUSTER: PlatformClusterProps = {
  at: "ironwood",
  pools: [{ name: "system", slice: Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 3 }) }],
  plannedPools: {},
  kubernetes: {
    provider: "generic",
    nodes: {
      system: { nodeSelector: { "cloud.google.com/gke-nodepool": "system" } },
      v7x: { nodeSelector: { "cloud.google.com/gke-accelerator-topology-mode": "PROVISION_ONLY" } },
    },
    managed: ["tpu-device-plugin", "node-repair"],
  },
};

const GANGS = { pretrain: 128, tune: 256 };

function planned(
  gangs: Readonly<Record<string, number>> = GANGS,
  { site = GKE as Site, domainLabels = NAMED, cluster = CLUSTER } = {},
) {
  const placement = { models: [modelOf(site, domainLabels)] };
  const platform = new HybridPlatform(testApp(), "acme", {
    ...OWNERSHIP,
    backend: S3,
    sites: [site],
    placement,
  });
  for (const [name, chips] of Object.entries(gangs)) {
    platform.addTraining(name, gangOf(chips, "tpu-v7x"), JOB);
  }
  const made = platform.addCluster("train", cluster);
  return { platform, made, stack: platform.stack("ironwood", "workloads") };
}

const codes = (make: () => unknown) => captureValidationError(make).codes;

describe("a plan of cubes that GKE joins when they are needed", () => {
  const { made, stack } = planned();
  const plan = readSitePlan(
    (Object.values(resourcesOf(stack, "kubernetes_config_map_v1"))[0]!.data as Record<string, string>)[
      "plan.json"
    ]!,
  );

  test("binds, and says so", () => {
    expect(
      plan.parts.map(({ workload, status, nodePool, topology }) => [workload, status, nodePool, topology]),
    ).toEqual([
      ["pretrain", "planned", "v7x", expect.stringMatching(/^(4x4x8)$/)],
      ["tune", "planned", "v7x", expect.stringMatching(/^(4x4x16|4x8x8)$/)],
    ]);
  });

  test("has one pool of nodes, whatever the topologies", () => {
    const pool = made.cluster.pools.get("v7x")!;
    expect([...made.cluster.pools.keys()]).toEqual(["system", "v7x"]);
    expect([pool.dynamicSlices, pool.pool.slice]).toMatchObject([
      true,
      { kind: "tpu", topology: "4x4x4", slices: { min: 6, max: 6 } },
    ]);
  });

  test("makes a slice for every gang, of the cubes and the topology of the plan", () => {
    const slices = objectsOf(stack).filter(({ kind }) => kind === "Slice");
    expect(slices.map(({ metadata, spec }) => ({ name: metadata.name, ...spec }))).toEqual(
      plan.parts.map(({ slice, topology }) => ({
        name: slice!.name,
        type: "tpu7x",
        topology,
        partitionIds: slice!.partitionIds,
      })),
    );
    const used = slices.flatMap(({ spec }) => spec.partitionIds as string[]);
    expect([used.length, new Set(used).size, used.every((id) => IDS.includes(id))]).toEqual([6, 6, true]);
    expect([...made.placement!.slices.keys()]).toEqual(slices.map(({ metadata }) => metadata.name));
  });

  test("runs every gang on its slice, after it, and on no list of cubes", () => {
    const manifests = Object.values(resourcesOf(stack, "kubernetes_manifest"));
    for (const { workload, slice, topology, hosts } of plan.parts) {
      const job = objectOf(stack, "JobSet", workload);
      const text = JSON.stringify(job);
      expect(text).toContain(`"cloud.google.com/gke-tpu-slice":"${slice!.name}"`);
      expect(text).toContain(`"cloud.google.com/gke-tpu-topology":"${topology}"`);
      expect(text).toContain(`"cloud.google.com/gke-tpu-slice-topology":"${topology}"`);
      expect(text).toContain(`"completions":${hosts},`);
      expect(text).not.toContain("nodeAffinity");
      expect(text).not.toContain("podset-");
      const made = manifests.find(
        ({ manifest }) =>
          (manifest as typeof job).metadata.name === workload && (manifest as typeof job).kind === "JobSet",
      );
      expect(made!.depends_on).toEqual([expect.stringContaining(`slice-${workload}`)]);
    }
  });

  test("gives the team a quota of the chips", () => {
    expect(JSON.stringify(objectOf(stack, "ClusterQueue").spec)).toContain(
      '{"name":"google.com/tpu","nominalQuota":"384"}',
    );
  });

  test("is emitted as it was", () => {
    const shown = objectsOf(stack).filter(({ kind }) => ["Slice", "JobSet", "ResourceFlavor"].includes(kind));
    expect(shown).toMatchSnapshot();
  });

  test("leaks no token, and is the same in whatever order workloads are added", () => {
    expect(findTokenLeaks(synthStack(stack))).toEqual([]);
    const { tune, pretrain } = GANGS;
    expect(synthStack(planned({ tune, pretrain }).stack)).toEqual(synthStack(stack));
  });

  conformanceTest("holds against schemas", () => {
    expect(conformance(stack).failures).toEqual([]);
    expect(conformance(stack).kinds).toContain("accelerator.gke.io/v1beta1 Slice");
  });
});

test("another place is another slice and another job at the same addresses, because a slice cannot be changed", () => {
  const manifestsOf = (domainLabels: readonly DomainLabel[]) =>
    resourcesOf(planned({ pretrain: 128 }, { domainLabels }).stack, "kubernetes_manifest");
  const before = manifestsOf(NAMED);
  const after = manifestsOf([{ ...NAMED[0]!, values: [...IDS].reverse() }]);
  const nameOf = (made: typeof before) =>
    Object.values(made)
      .map(({ manifest }) => manifest as { kind: string; metadata: { name: string } })
      .find(({ kind }) => kind === "Slice")!.metadata.name;

  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(nameOf(after)).not.toBe(nameOf(before));
});

test("replicas on whole cubes have a slice too: their nodes run nothing without", () => {
  const placement = { models: [modelOf(GKE, NAMED)] };
  const platform = new HybridPlatform(testApp(), "acme", {
    ...OWNERSHIP,
    backend: S3,
    sites: [GKE],
    placement,
  });
  const users = [{ name: "us", requestsPerSecond: 4, rttMs: { ironwood: 10 } }];
  platform.addInferencePool("assistant", { ...ASSISTANT, tp: 64, accelerators: ["tpu-v7x"], users });
  const { placement: site } = platform.addCluster("serve", CLUSTER);

  expect([...site!.slices.values()].map(({ topology, pool }) => [topology, pool])).toEqual([
    ["4x4x4", "v7x"],
  ]);
});

describe("refused are", () => {
  test("cubes of a cluster whose nodes the library makes: the provider has no field for them", () => {
    const { kubernetes: _, ...rest } = CLUSTER;
    const cluster = { ...rest, google: CLUSTERS.eemshaven.google! };
    expect(codes(() => planned(GANGS, { site: GOOGLE, cluster }))).toContain("DynamicSlicesNotMade");
    expect(codes(() => planned({}, { site: GOOGLE, cluster }))).toEqual(["DynamicSlicesNotMade"]);
  });

  test("cubes without names", () => {
    const domainLabels = [{ of: "cube", label: PARTITION }];
    expect(codes(() => planned(GANGS, { domainLabels }))).toEqual(["PartitionIdsUnknown"]);
  });

  test("parts of a cube: the plan knows no places in it", () => {
    expect(codes(() => planned({ small: 32 }))).toEqual(["SliceBelowCube"]);
  });

  test("TPUs of a cluster that exists under any other label", () => {
    const domainLabels = [{ of: "cube", label: "acme.example/cube", values: IDS }];
    const nodes = { ...CLUSTER.kubernetes!.nodes, "v7x-4x4x8": CLUSTER.kubernetes!.nodes!.v7x! };
    const cluster = { ...CLUSTER, kubernetes: { ...CLUSTER.kubernetes!, nodes } };
    expect(codes(() => planned({ pretrain: 128 }, { domainLabels, cluster }))).toEqual(["CubesOnly"]);
  });
});
