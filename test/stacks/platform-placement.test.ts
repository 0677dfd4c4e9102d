import { CapacityPool, SiteModel, Systems } from "../../lib/placement";
import { captureValidationError, findTokenLeaks, type SynthesizedStack, synthStack } from "../../lib/testing";
import { conformance, conformanceTest } from "../cluster/conformance";
import {
  addWorkloads,
  CLUSTERS,
  gangOf,
  hallPool,
  JOB,
  MODELS,
  newPlatform,
  RACK,
  ROW,
  SITES,
} from "./placement-fixture";

type SiteName = keyof typeof CLUSTERS;
const NAMES = Object.keys(CLUSTERS) as SiteName[];

function everywhere(platform = newPlatform(), order?: (names: string[]) => string[]) {
  addWorkloads(platform, order);
  const clusters = Object.fromEntries(
    NAMES.map((name) => [name, platform.addCluster(`train-${name}`, CLUSTERS[name])]),
  );
  return { platform, clusters };
}

const codes = (make: () => unknown) => captureValidationError(make).codes;

interface JobSet {
  readonly metadata: { readonly name: string; readonly annotations: Record<string, string> };
  readonly spec: {
    readonly replicatedJobs: readonly [
      {
        readonly replicas: number;
        readonly template: {
          readonly spec: {
            readonly completions: number;
            readonly template: {
              readonly metadata: { readonly annotations: Record<string, string> };
              readonly spec: { readonly affinity?: unknown; readonly nodeSelector: Record<string, string> };
            };
          };
        };
      },
    ];
  };
}

function objects<T>(json: SynthesizedStack, kind: string): readonly T[] {
  const manifests = Object.values(json.resource?.kubernetes_manifest ?? {}) as {
    manifest: { kind: string } & T;
  }[];
  return manifests.map(({ manifest }) => manifest).filter((manifest) => manifest.kind === kind);
}

function jobOf(json: SynthesizedStack, name: string) {
  const job = objects<JobSet>(json, "JobSet").find(({ metadata }) => metadata.name === name)!;
  const [{ replicas, template }] = job.spec.replicatedJobs;
  const { completions, template: pod } = template.spec;
  return { ...job.metadata, replicas, completions, pod };
}

describe("a plan over three kinds of sites", () => {
  const { platform, clusters } = everywhere();
  const workloads = (site: SiteName) => synthStack(platform.stack(site, "workloads"));

  test("puts every workload where its accelerators are", () => {
    const sites = platform.placement.workloads.map((each) => [
      each.workload,
      each.status === "accepted" ? each.parts.map(({ site }) => site) : each.reasons,
    ]);
    expect(Object.fromEntries(sites)).toEqual({
      assistant: ["stockholm"],
      cloud: ["stockholm"],
      cubes: ["eemshaven"],
      rack: ["frankfurt"],
      row: ["frankfurt"],
      staging: [],
    });
  });

  test("gives each cluster the pools that took workloads, and no others", () => {
    const pools = NAMES.map((name) =>
      [...clusters[name]!.cluster.pools.values()].map(({ pool }) => [
        pool.name,
        pool.slice.kind === "tpu" ? pool.slice.topology : pool.slice.nodes.max,
        pool.capacity.map(({ kind }) => kind).join(),
        pool.closeTogether,
      ]),
    );
    const system = ["system", 3, "onDemand", false];
    expect(pools).toEqual([
      [system, ["h100", 12, "onDemand", true]],
      [system, ["v5p-4x4x8", "4x4x8", "reservation", true]],
      [system, ["h200", 5, "onDemand", true]],
    ]);
  });

  test("asks AWS for a placement group, and Google for the topology of the slice", () => {
    const aws = synthStack(platform.stack("stockholm", "foundation")).resource!;
    expect(Object.values(aws.aws_placement_group ?? {})).toMatchObject([{ strategy: "cluster" }]);
    const google = JSON.stringify(synthStack(platform.stack("eemshaven", "foundation")).resource);
    expect(google).toContain('"tpu_topology":"4x4x8"');
  });

  test("runs a gang of one rack in that rack, and waits until it fits into one", () => {
    const { completions, pod, annotations } = jobOf(workloads("frankfurt"), "rack");
    expect(completions).toBe(4);
    expect(pod.metadata.annotations["kueue.x-k8s.io/podset-required-topology"]).toBe(RACK);
    expect(annotations["hybrid-ai.io/placement"]).toBe("planned");
    expect(pod.spec.affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [{ key: RACK, operator: "In", values: [expect.stringMatching(/^r[1-4]$/)] }],
            },
          ],
        },
      },
    });
  });

  test("keeps a gang of two racks in one row", () => {
    const { completions, pod } = jobOf(workloads("frankfurt"), "row");
    expect(completions).toBe(8);
    expect(pod.metadata.annotations["kueue.x-k8s.io/podset-required-topology"]).toBe(ROW);
    expect(JSON.stringify(pod.spec.affinity)).toMatch(/"values":\["r1","r2"\]|"values":\["r3","r4"\]/);
  });

  test("runs a TPU gang on one slice, as intent: Google chooses the cubes", () => {
    const { replicas, completions, annotations, pod } = jobOf(workloads("eemshaven"), "cubes");
    expect([replicas, completions]).toEqual([1, 32]);
    expect(annotations["hybrid-ai.io/placement"]).toBe("intent");
    expect(pod.spec.affinity).toBeUndefined();
  });

  test("asks a public cloud for closeness only, as intent", () => {
    const { pod } = jobOf(workloads("stockholm"), "cloud");
    expect(pod.metadata.annotations).toMatchObject({
      "hybrid-ai.io/placement": "intent",
      "hybrid-ai.io/workload": "cloud",
      "kueue.x-k8s.io/podset-preferred-topology": "topology.k8s.aws/network-node-layer-3",
    });
    expect(pod.spec.affinity).toBeUndefined();
  });

  test("gives each team a quota of the nodes that its jobs take", () => {
    const queues = objects<{ metadata: { name: string } }>(workloads("frankfurt"), "ClusterQueue");
    expect(queues.map(({ metadata }) => metadata.name)).toEqual(["research"]);
    expect(JSON.stringify(queues)).toContain('{"name":"nvidia.com/gpu","nominalQuota":"96"}');
  });

  test("leaves the site's part of the plan in a ConfigMap, and nothing of other sites", () => {
    const [map] = Object.values(workloads("frankfurt").resource!.kubernetes_config_map_v1!) as {
      metadata: object;
      data: Record<string, string>;
    }[];
    expect(map!.metadata).toMatchObject({
      name: "hybrid-ai-placement",
      annotations: { "hybrid-ai.io/placement": "planned" },
    });
    const plan = JSON.parse(map!.data["plan.json"]!);
    expect(plan.parts.map(({ workload }: { workload: string }) => workload)).toEqual(["rack", "row"]);
    expect(plan.flows).toMatchObject([
      { workload: "staging", link: "eemshaven--frankfurt", wavelengths: [0] },
    ]);
    const [cloud] = Object.values(workloads("stockholm").resource!.kubernetes_config_map_v1!);
    expect(cloud).toMatchObject({ metadata: { annotations: { "hybrid-ai.io/placement": "intent" } } });
  });

  test("leaks no token", () => {
    for (const name of NAMES) {
      expect(findTokenLeaks(workloads(name))).toEqual([]);
    }
  });

  test("is the same in whatever order workloads are added", () => {
    const other = everywhere(newPlatform(), (names) => [...names].reverse()).platform;
    for (const name of NAMES) {
      expect(synthStack(other.stack(name, "workloads"))).toEqual(workloads(name));
    }
    expect(synthStack(other.stack("stockholm", "foundation"))).toEqual(
      synthStack(platform.stack("stockholm", "foundation")),
    );
  });
});

describe("jobs of planned gangs", () => {
  test("keep a declared team's settings and its own quota", () => {
    const platform = newPlatform();
    platform.addTraining("rack", gangOf(32, "h100"), JOB);
    const { queues } = platform.addCluster("train", {
      ...CLUSTERS.frankfurt,
      teams: [
        { name: "research", namespace: "lab", quotas: [{ pool: "h100", nodes: 2 }] },
        { name: "idle", quotas: [] },
      ],
    });
    expect([...queues!.clusterQueues.keys()]).toEqual(["research"]);
    const { resource } = synthStack(platform.stack("frankfurt", "workloads"));
    expect(Object.values(resource!.kubernetes_namespace_v1!)).toMatchObject([{ metadata: { name: "lab" } }]);
  });

  test("are asked for together only by labels where the model names no domains", () => {
    const platform = newPlatform({ models: [MODELS.frankfurt([hallPool([])])], links: [] });
    platform.addTraining("rack", gangOf(32, "h100"), JOB);
    platform.addCluster("train", CLUSTERS.frankfurt);
    const { pod, annotations } = jobOf(synthStack(platform.stack("frankfurt", "workloads")), "rack");
    expect(pod.spec.affinity).toBeUndefined();
    expect(annotations["hybrid-ai.io/placement"]).toBe("planned");
    expect(pod.metadata.annotations["kueue.x-k8s.io/podset-preferred-topology"]).toBe(RACK);
  });

  test("require a level whose key is known, also without values", () => {
    const platform = newPlatform({
      models: [MODELS.frankfurt([hallPool([{ of: "rack", label: RACK }])])],
      links: [],
    });
    platform.addTraining("rack", gangOf(32, "h100"), JOB);
    platform.addCluster("train", CLUSTERS.frankfurt);
    const { pod } = jobOf(synthStack(platform.stack("frankfurt", "workloads")), "rack");
    expect(pod.spec.affinity).toBeUndefined();
    expect(pod.metadata.annotations["kueue.x-k8s.io/podset-required-topology"]).toBe(RACK);
  });

  test("bring no node affinity of their own where the plan chooses the nodes", () => {
    const platform = newPlatform();
    const podSpec = { affinity: { nodeAffinity: {} } };
    platform.addTraining("rack", gangOf(32, "h100"), { ...JOB, podSpec });
    expect(codes(() => platform.addCluster("train", CLUSTERS.frankfurt))).toEqual(["NoEffect"]);
  });

  test("are refused at synth where the chosen site has no cluster that follows the plan", () => {
    const platform = newPlatform();
    addWorkloads(platform);
    platform.addCluster("train", CLUSTERS.frankfurt);
    expect(() => synthStack(platform.stack("frankfurt", "workloads"))).toThrow(/JobWithoutCluster.*"cloud"/);
  });

  test("that found no place are told by a warning", () => {
    const platform = newPlatform();
    platform.addTraining("huge", gangOf(1_024, "h100"), JOB);
    const { cluster } = platform.addCluster("train", CLUSTERS.frankfurt);
    expect(cluster.node.metadata.map(({ data }) => data)).toEqual([
      expect.stringMatching(/^\[WorkloadLeftOut\].*huge \(accelerator, domain-too-small\)/),
    ]);
  });
});

test("HyperNodes of Volcano follow from the labels of the site's domains", () => {
  const platform = newPlatform();
  const { placement } = platform.addCluster("train", { ...CLUSTERS.frankfurt, hyperNodes: true });
  const nodes = objects<{ metadata: { name: string }; spec: object }>(
    synthStack(platform.stack("frankfurt", "workloads")),
    "HyperNode",
  );
  expect([...placement!.hyperNodes.keys()]).toEqual(nodes.map(({ metadata }) => metadata.name).sort());
  expect(nodes.map(({ metadata, spec }) => [metadata.name, spec])).toEqual(
    expect.arrayContaining([
      [
        "h100-rack-r1",
        {
          tier: 1,
          tierName: "rack",
          members: [{ type: "Node", selector: { labelMatch: { matchLabels: { [RACK]: "r1" } } } }],
        },
      ],
      [
        "h100-row-b",
        {
          tier: 2,
          tierName: "row",
          members: ["r3", "r4"].map((rack) => ({
            type: "HyperNode",
            selector: { exactMatch: { name: `h100-rack-${rack}` } },
          })),
        },
      ],
    ]),
  );
  expect(
    codes(() =>
      newPlatform().addCluster("train", { ...CLUSTERS.frankfurt, plannedPools: undefined, hyperNodes: true }),
    ),
  ).toContain("NoEffect");
});

test("a workload that comes to one site changes nothing at the others", () => {
  const stacks = (more: boolean) => {
    const platform = newPlatform();
    if (more) {
      platform.addTraining("another", gangOf(16, "h200"), JOB);
    }
    everywhere(platform);
    return (["frankfurt", "eemshaven", "stockholm"] as const).map((site) =>
      synthStack(platform.stack(site, "workloads")),
    );
  };
  const [before, after] = [stacks(false), stacks(true)];
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(after[2]).not.toEqual(before[2]);
});

test("GPUs at Google get a compact policy, as intent", () => {
  const eemshaven = SITES.find(({ name }) => name === "eemshaven")!;
  const pool = CapacityPool.of("h200", {
    ...MODELS.stockholm.pools[0]!,
    fabric: Systems.cloudGpus("a3", { provider: "google", networkGbpsPerMachine: 3_200 }),
  });
  const model = SiteModel.of(eemshaven, { pools: [pool], pue: 1.1, gramsCo2PerKwh: 250 });
  const platform = newPlatform({ models: [model], links: [] });
  platform.addTraining("cloud", gangOf(32, "h200"), JOB);
  platform.addCluster("train", { ...CLUSTERS.eemshaven, plannedPools: {} });
  const { resource } = synthStack(platform.stack("eemshaven", "foundation"));
  expect(JSON.stringify(resource!.google_container_node_pool)).toContain(
    '"placement_policy":{"type":"COMPACT"}',
  );
  expect(jobOf(synthStack(platform.stack("eemshaven", "workloads")), "cloud").annotations).toMatchObject({
    "hybrid-ai.io/placement": "intent",
  });
});

describe("objects", () => {
  conformanceTest("of a planned cluster keep to their definitions, HyperNodes included", () => {
    const platform = newPlatform({ models: [MODELS.frankfurt()], links: [] });
    platform.addTraining("rack", gangOf(32, "h100"), JOB);
    platform.addCluster("train", { ...CLUSTERS.frankfurt, hyperNodes: true });
    const { failures, kinds } = conformance(platform.stack("frankfurt", "workloads"));
    expect(failures).toEqual([]);
    expect(kinds).toEqual(
      expect.arrayContaining(["topology.volcano.sh/v1alpha1 HyperNode", "jobset.x-k8s.io/v1alpha2 JobSet"]),
    );
  });
});
