import { type TerraformStack, TerraformVariable } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Slice } from "../../../lib/fabric/slice";
import { GangJobSet, type RemoteQuota, type WorkerCluster } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { conformance, conformanceTest } from "../conformance";
import * as clusters from "./clusters";
import { codesOf, type Group, groupOf, kindsOf, make, type Props, SPEECH, VISION } from "./queued";
import { objectOf, objectsOf, resourcesOf, stackOf } from "./synthesized";

const cks = () => clusters.cksCluster();
const aws = () => clusters.awsCluster([clusters.cloudPool(clusters.TRAIN, clusters.AWS_TRAIN)]);
const worker = (name: string, cluster?: IAcceleratorCluster): WorkerCluster => ({
  name,
  kubeconfigSecret: `${name}-kubeconfig`,
  cluster,
});
const dispatch = (workers: readonly WorkerCluster[], quota: Omit<RemoteQuota, "team">): Props => ({
  dispatch: { workers, quotas: [{ team: "vision", ...quota }] },
});
const ALL = [{ worker: "b", pool: "train", nodes: 4 }];

const flavorNames = (stack: TerraformStack) =>
  groupOf(stack, "vision-remote").flavors.map(({ name }) => name);

interface Pod {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly containers: readonly {
      readonly resources: { readonly limits: Readonly<Record<string, string>> };
    }[];
  };
}

/** What Kueue's scheduler asks of the flavors of the manager before it hands a gang on. */
function admits(stack: TerraformStack): boolean {
  const [job] = objectOf(stack, "JobSet").spec.replicatedJobs as readonly {
    readonly template: { readonly spec: { readonly parallelism: number; readonly template: Pod } };
  }[];
  const { parallelism, template } = job!.template.spec;
  const group = groupOf(stack, "vision-remote") as Group;
  const level = Object.entries(template.metadata?.annotations ?? {}).find(([key]) =>
    /podset-(required|preferred)-topology$/.test(key),
  )?.[1];
  const { limits } = template.spec.containers[0]!.resources;
  return group.flavors.some(({ name, resources }) => {
    const { nodeLabels, topologyName } = objectOf(stack, "ResourceFlavor", name).spec as {
      readonly nodeLabels?: Record<string, string>;
      readonly topologyName?: string;
    };
    const topology = objectsOf(stack).find(
      ({ kind, metadata }) => kind === "Topology" && metadata.name === topologyName,
    );
    const levels = ((topology?.spec.levels ?? []) as readonly { readonly nodeLabel: string }[]).map(
      ({ nodeLabel }) => nodeLabel,
    );
    const fits = Object.entries(limits).every(([resource, count]) => {
      const quota = resources.find((each) => each.name === resource)?.nominalQuota;
      return quota !== undefined && (quota === "1M" || Number(quota) >= Number(count) * parallelism);
    });
    const chosen = Object.entries(nodeLabels ?? {}).every(
      ([key, value]) => (template.spec.nodeSelector[key] ?? value) === value,
    );
    return chosen && fits && (level === undefined ? levels.length === 0 : levels.includes(level));
  });
}

/** A gang for a worker, put into the queue of the manager. */
function handOn(cluster: IAcceleratorCluster, props: Props): TerraformStack {
  const { queues, stack } = make(props);
  new GangJobSet(stack, "job", {
    cluster,
    pool: "train",
    name: "llama",
    queue: queues.remoteQueue("vision"),
    container: { name: "main", image: "registry.example.com/train:1" },
  });
  return stack;
}

describe("a gang that is handed on", () => {
  test.each([
    ["CoreWeave, with InfiniBand", cks],
    ["AWS, with EFA", aws],
    ["another hall", () => clusters.onPremCluster()],
  ])("is admitted by the manager for %s", (_, make) => {
    const cluster = make();

    expect(admits(handOn(cluster, dispatch([worker("b", cluster)], { pools: ALL })))).toBe(true);
  });

  test("is admitted for a worker that the app does not know, if its levels and resources are told", () => {
    const told = {
      resources: { "nvidia.com/gpu": 32, "rdma/ib": 4 },
      levels: cks().pools.get("train")!.topologyLevels,
      nodeLabels: { "hybrid-ai.io/pool": "train" },
    };
    const { levels: _, ...without } = told;

    expect(admits(handOn(cks(), dispatch([worker("b")], told)))).toBe(true);
    expect(admits(handOn(cks(), dispatch([worker("b")], without)))).toBe(false);
    expect(
      admits(handOn(cks(), dispatch([worker("b")], { ...told, resources: { "nvidia.com/gpu": 32 } }))),
    ).toBe(false);
  });

  test("is left alone by the JobSet controller of the manager, even if Kueue does not know the queue yet", () => {
    const { spec } = objectOf(handOn(cks(), dispatch([worker("b", cks())], { pools: ALL })), "JobSet");
    const { queues, stack } = make();
    new GangJobSet(stack, "job", {
      cluster: clusters.onPremCluster(),
      pool: "train",
      name: "llama",
      queue: queues.queue("vision"),
      container: { name: "main", image: "registry.example.com/train:1" },
    });

    expect(spec.managedBy).toBe("kueue.x-k8s.io/multikueue");
    expect(objectOf(stack, "JobSet").spec).not.toHaveProperty("managedBy");
  });

  test("is in the namespace and queue of its team", () => {
    const { metadata } = objectOf(handOn(cks(), dispatch([worker("b", cks())], { pools: ALL })), "JobSet");

    expect(metadata.labels).toEqual({ "kueue.x-k8s.io/queue-name": "vision-remote" });
    expect(metadata.namespace).toMatch(/^\$\{kubernetes_namespace_v1\./);
  });
});

describe("quotas of pools of workers", () => {
  test("are of all resources of the node, also those of the network", () => {
    const { stack } = make(
      dispatch([worker("b", aws())], { pools: [{ worker: "b", pool: "train", accelerators: 16 }] }),
    );
    const group = groupOf(stack, "vision-remote");

    expect(group.coveredResources).toEqual(["cpu", "memory", "nvidia.com/gpu", "vpc.amazonaws.com/efa"]);
    expect(group.flavors[0]!.resources).toEqual([
      { name: "cpu", nominalQuota: "380" },
      { name: "memory", nominalQuota: "4000Gi" },
      { name: "nvidia.com/gpu", nominalQuota: "16" },
      { name: "vpc.amazonaws.com/efa", nominalQuota: "1M" },
    ]);
  });

  test("are a flavor each, beside one of workers that the app does not know", () => {
    const workers = [worker("b", cks()), worker("c", aws()), worker("d")];
    const { stack, queues } = make(
      dispatch(workers, {
        pools: [...ALL, { worker: "c", pool: "train", nodes: 2 }, { worker: "b", pool: "system", nodes: 1 }],
        resources: { "amd.com/gpu": 8 },
      }),
    );

    expect(flavorNames(stack)).toEqual([
      expect.stringMatching(/^dispatch-b-system-[0-9a-f]{8}$/),
      "dispatch",
      expect.stringMatching(/^dispatch-b-train-[0-9a-f]{8}$/),
      expect.stringMatching(/^dispatch-c-train-[0-9a-f]{8}$/),
    ]);
    expect([...queues.dispatch!.flavors.keys()].sort()).toEqual([...flavorNames(stack)].sort());
    for (const { resources } of groupOf(stack, "vision-remote").flavors) {
      expect(resources.map(({ name }) => name)).toEqual(groupOf(stack, "vision-remote").coveredResources);
    }
  });

  test("of two teams share the flavor, and the topology also with pools of the manager", () => {
    const hall = clusters.onPremCluster();
    const { stack } = make({
      dispatch: {
        workers: [worker("b", hall)],
        quotas: [
          { team: "vision", pools: [{ worker: "b", pool: "train", nodes: 2 }] },
          { team: "speech", pools: [{ worker: "b", pool: "train", nodes: 2 }] },
        ],
      },
    });
    const kinds = kindsOf(stack);

    expect(kinds.filter((each) => each.startsWith("ResourceFlavor dispatch"))).toHaveLength(1);
    expect(kinds.filter((each) => each.startsWith("Topology"))).toHaveLength(1);
    expect(flavorNames(stack)).toEqual(groupOf(stack, "speech-remote").flavors.map(({ name }) => name));
  });

  test("stand in any order, and keep their addresses when another comes or goes", () => {
    const workers = [worker("b", cks()), worker("c", aws())];
    const pools = [...ALL, { worker: "c", pool: "train", nodes: 2 }];
    const of = (given: typeof pools) =>
      resourcesOf(make(dispatch(workers, { pools: given })).stack, "kubernetes_manifest");
    const one = make(dispatch([workers[0]!], { pools: ALL })).stack;

    expect(of([...pools].reverse())).toEqual(of(pools));
    expect(Object.keys(of(pools))).toEqual(
      expect.arrayContaining(Object.keys(resourcesOf(one, "kubernetes_manifest"))),
    );
  });

  test("are replaced by new flavors before the old ones go", () => {
    const { stack } = make(dispatch([worker("b", aws())], { pools: ALL }));
    const made = Object.values(resourcesOf(stack, "kubernetes_manifest")).filter(({ manifest }) =>
      (manifest as { metadata: { name: string } }).metadata.name.startsWith("dispatch-b"),
    );

    expect(made.map(({ lifecycle }) => lifecycle)).toEqual([{ create_before_destroy: true }]);
    expect(JSON.stringify(made[0]!.depends_on)).toContain("topology");
  });

  test("fit into the pools of each worker", () => {
    const teams = [VISION, SPEECH];
    const of = (nodes: number): Props => ({
      teams,
      dispatch: {
        workers: [worker("b", cks())],
        quotas: [
          { team: "vision", pools: [{ worker: "b", pool: "train", nodes: 2 }] },
          { team: "speech", pools: [{ worker: "b", pool: "train", nodes }] },
        ],
      },
    });

    expect(() => make(of(2))).not.toThrow();
    const refusal = captureValidationError(() => make(of(3)));
    expect(refusal.codes).toEqual(["QuotaOverCapacity"]);
    expect(refusal.message).toContain('worker "b"');
  });

  const KNOWN = [worker("b", cks())];
  const GPUS = { "nvidia.com/gpu": 8 };
  const LABELS = { "hybrid-ai.io/pool": "train" };
  test.each<[string, Props, readonly string[]]>([
    ["of a worker without its cluster", dispatch([worker("b")], { pools: ALL }), ["NotOneOf"]],
    [
      "of an unknown pool",
      dispatch(KNOWN, { pools: [{ worker: "b", pool: "x", nodes: 1 }] }),
      ["UnknownPool"],
    ],
    ["in no unit", dispatch(KNOWN, { pools: [{ worker: "b", pool: "train" }] }), ["QuotaUnitInvalid"]],
    ["twice", dispatch(KNOWN, { pools: [...ALL, { ...ALL[0]!, nodes: 0 }] }), ["DuplicateValue"]],
    ["that are missing", dispatch(KNOWN, { pools: [null as never] }), ["NoEffect", "MissingValue"]],
    ["of nothing", dispatch([worker("b")], {}), ["MissingValue"]],
    ["of no pools", dispatch([worker("b")], { pools: [] }), ["MissingValue"]],
    ["that leave a cluster without effect", dispatch(KNOWN, { resources: GPUS }), ["NoEffect"]],
    [
      "with levels, but no resources",
      dispatch(KNOWN, { pools: ALL, levels: ["rack"], nodeLabels: LABELS }),
      ["NoEffect", "NoEffect"],
    ],
    [
      "with levels, but no labels",
      dispatch([worker("b")], { resources: GPUS, levels: ["rack"] }),
      ["MissingValue"],
    ],
    [
      "with the host as a level",
      dispatch([worker("b")], { resources: GPUS, levels: ["kubernetes.io/hostname"], nodeLabels: LABELS }),
      ["DuplicateValue"],
    ],
    [
      "with no level",
      dispatch([worker("b")], { resources: GPUS, levels: [], nodeLabels: LABELS }),
      ["MissingValue", "NumberOutOfRange"],
    ],
    [
      "with a level that is no label",
      dispatch([worker("b")], { resources: GPUS, levels: ["a rack"], nodeLabels: LABELS }),
      ["InvalidName"],
    ],
    ["with no label", dispatch([worker("b")], { resources: GPUS, nodeLabels: {} }), ["MissingValue"]],
    [
      "with a cluster that is none",
      dispatch([worker("b", null as never)], { resources: GPUS }),
      ["MissingValue"],
    ],
  ])("%s are refused", (_, props, codes) => {
    expect(codesOf(props)).toEqual(codes);
  });

  test("of the manager itself are refused, whatever its name", () => {
    const cluster = clusters.onPremCluster();

    expect(codesOf(dispatch([worker("b", cluster)], { pools: ALL }), cluster)).toEqual(["WorkerIsManager"]);
  });

  test("are literals", () => {
    const token = new TerraformVariable(stackOf(), "label", {}).stringValue;

    expect(codesOf(dispatch([worker("b")], { resources: GPUS, nodeLabels: { role: token } }))[0]).toBe(
      "TokenNotAllowed",
    );
    expect(
      codesOf(dispatch([worker("b")], { resources: GPUS, levels: [token], nodeLabels: LABELS }))[0],
    ).toBe("TokenNotAllowed");
  });

  test("of CPU pools come first", () => {
    const sim = { name: "sim", slice: Slice.cpu({ vcpu: 16, memoryGib: 64, nodes: 2 }) };
    const cluster = clusters.awsCluster([clusters.cloudPool(clusters.TRAIN), clusters.cloudPool(sim)]);
    const { stack } = make(
      dispatch([worker("b", cluster)], { pools: [...ALL, { worker: "b", pool: "sim", nodes: 2 }] }),
    );

    expect(flavorNames(stack)[0]).toMatch(/^dispatch-b-sim-/);
  });
});

conformanceTest("what hands jobs on is what Kueue takes", () => {
  const told = {
    resources: { "nvidia.com/gpu": 32, "rdma/ib": 4 },
    levels: ["rack"],
    nodeLabels: { "hybrid-ai.io/pool": "train" },
  };
  const stacks = [
    handOn(cks(), dispatch([worker("b", cks())], { pools: ALL })),
    handOn(aws(), dispatch([worker("b", aws()), worker("c")], { pools: ALL, ...told })),
  ];

  expect(stacks.flatMap((stack) => conformance(stack).failures)).toEqual([]);
});
