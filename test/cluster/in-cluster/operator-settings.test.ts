import { type TerraformStack, TerraformVariable } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Accelerator } from "../../../lib/fabric/accelerators";
import { Slice } from "../../../lib/fabric/slice";
import * as clusters from "./clusters";
import { codesOf, eks, gke, install, type Props, QUEUEING, releases, values } from "./installed";
import { resourcesOf, stackOf } from "./synthesized";

describe("Kueue", () => {
  const config = (cluster: IAcceleratorCluster, props: Props = {}) => {
    const { managerConfig } = values(cluster, "kueue", props) as {
      readonly managerConfig: { readonly controllerManagerConfigYaml: string };
    };
    return JSON.parse(managerConfig.controllerManagerConfigYaml) as Record<string, never>;
  };

  test("comes last and leaves operators' namespaces alone", () => {
    const { operators } = install(clusters.onPremCluster());
    const kueue = operators.releases.get("kueue")!.release;

    expect(kueue.dependsOn).toHaveLength(operators.releases.size);
    expect(config(clusters.onPremCluster()).managedJobsNamespaceSelector).toEqual({
      matchExpressions: [
        {
          key: "kubernetes.io/metadata.name",
          operator: "NotIn",
          values: ["gpu-operator", "jobset-system", "kube-system", "kueue-system", "lws-system"],
        },
      ],
    });
  });

  test("watches jobs whose definitions are there", () => {
    const frameworks = (props: Props = {}) =>
      (config(gke(), props).integrations as unknown as { frameworks: string[] }).frameworks;

    expect(frameworks()).toEqual([
      "batch/job",
      "jobset.x-k8s.io/jobset",
      "pod",
      "statefulset",
      "leaderworkerset.x-k8s.io/leaderworkerset",
    ]);
    expect(
      frameworks({ operators: { jobset: { state: "off" }, leaderworkerset: { state: "off" } } }),
    ).toEqual(["batch/job", "pod"]);
    expect(frameworks({ operators: { jobset: { state: "installed" } } })).toContain("jobset.x-k8s.io/jobset");
  });

  test("gives a place back whose pods do not get ready", () => {
    const kueue = { podsReadyMinutes: 20, podsReadyRetries: 2, excludedNamespaces: ["monitoring"] };
    const read = config(gke(), { kueue });

    expect(read.waitForPodsReady).toMatchObject({
      timeout: "20m",
      requeuingStrategy: { backoffLimitCount: 2 },
    });
    expect(JSON.stringify(read.managedJobsNamespaceSelector)).toContain("monitoring");
  });

  test("has feature gates only as told", () => {
    const gates = (kueue: Props["kueue"]) =>
      (values(gke(), "kueue", { kueue }).controllerManager as { featureGates: unknown }).featureGates;

    expect(gates({})).toEqual([]);
    expect(gates({ featureGates: { Zeta: false, Alpha: true } })).toEqual([
      { name: "Alpha", enabled: true },
      { name: "Zeta", enabled: false },
    ]);
  });

  test.each<[NonNullable<Props["kueue"]>, string]>([
    [{ podsReadyMinutes: 0 }, "NumberOutOfRange"],
    [{ podsReadyMinutes: 1441 }, "NumberOutOfRange"],
    [{ podsReadyRetries: 101 }, "NumberOutOfRange"],
    [{ replicas: 4 }, "NumberOutOfRange"],
    [{ excludedNamespaces: ["A"] }, "InvalidName"],
    [{ excludedNamespaces: ["a", "a"] }, "DuplicateValue"],
    [{ featureGates: { lower: true } }, "InvalidName"],
  ])("refuses %j", (kueue, code) => {
    expect(codesOf(gke(), { kueue })).toEqual([code]);
  });
});

describe("one may say what to do about each operator", () => {
  test("it is there", () => {
    expect(
      releases(clusters.onPremCluster(), { operators: { "gpu-operator": { state: "installed" } } }),
    ).toEqual(QUEUEING);
  });

  test("it is not wanted", () => {
    expect(releases(gke(), { operators: { kueue: { state: "off" } } })).toEqual(["jobset", "lws"]);
    expect(releases(eks(), { operators: { "dcgm-exporter": { state: "off" } } })).not.toContain(
      "dcgm-exporter",
    );
  });

  test("it is wanted though no pool needs it", () => {
    expect(releases(clusters.edgeCluster(), { operators: { kueue: { state: "install" } } })).toContain(
      "kueue",
    );
  });

  test("with values, a version and a time of one's own", () => {
    const token = (stack: TerraformStack) => new TerraformVariable(stack, "user", {}).stringValue;
    const stack = stackOf();
    install(
      gke(),
      {
        operators: {
          jobset: { version: "0.12.1", timeoutSeconds: 99, values: { image: { tag: token(stack) } } },
        },
      },
      stack,
    );
    const jobset = Object.values(resourcesOf(stack, "helm_release")).find(({ name }) => name === "jobset");

    expect(jobset).toMatchObject({ version: "0.12.1", timeout: 99 });
    expect(JSON.stringify(jobset)).toContain("var.user");
  });

  test.each<[string, () => IAcceleratorCluster, Props, string]>([
    [
      "what pods need, switched off",
      clusters.eksEverything,
      { operators: { karpenter: { state: "off" } } },
      "OperatorNeeded",
    ],
    [
      "a device plugin that is switched off",
      eks,
      { operators: { "nvidia-device-plugin": { state: "off" } } },
      "OperatorNeeded",
    ],
    [
      "what CoreWeave manages",
      () => clusters.cksCluster(),
      { operators: { "gpu-operator": { state: "install" } } },
      "ManagedByProvider",
    ],
    [
      "the network operator at CoreWeave",
      () => clusters.cksCluster(),
      { operators: { "network-operator": { state: "install" } } },
      "ManagedByProvider",
    ],
    [
      "a device plugin at GKE",
      gke,
      { operators: { "nvidia-device-plugin": { state: "install" } } },
      "ManagedByProvider",
    ],
    [
      "a device plugin beside the GPU operator",
      () => clusters.onPremCluster(),
      { operators: { "nvidia-device-plugin": { state: "install" } } },
      "OperatorsExclude",
    ],
    [
      "metrics beside the GPU operator",
      () => clusters.onPremCluster(),
      { operators: { "dcgm-exporter": { state: "install" } } },
      "OperatorsExclude",
    ],
    ["an unknown operator", gke, { operators: { coffee: {} } as never }, "NotOneOf"],
    ["an unknown state", gke, { operators: { kueue: { state: "maybe" as never } } }, "NotOneOf"],
    [
      "values of what is not installed",
      gke,
      { operators: { kueue: { state: "off", values: {} } } },
      "NoEffect",
    ],
    ["a GPU driver where nobody installs one", gke, { gpuDriver: "host" }, "NoEffect"],
    ["a toolkit where nobody installs one", gke, { containerToolkit: "host" }, "NoEffect"],
    ["settings of Kueue without Kueue", () => clusters.edgeCluster(), { kueue: {} }, "NoEffect"],
    ["a RuntimeClass that no pod needs", gke, { createRuntimeClass: true }, "NoEffect"],
    ["a device resource that no pool has", gke, { deviceResources: ["amd.com/gpu"] }, "NoEffect"],
    ["destruction with one key", gke, { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
  ])("%s is refused", (_, cluster, props, code) => {
    expect(codesOf(cluster(), props)[0]).toBe(code);
  });
});

test("accelerators without a chart need a word that their plugin is there", () => {
  const mi300x = Accelerator.of({ name: "mi300x-own", vendor: "amd", kind: "gpu", resource: "amd.com/gpu" });
  const cluster = clusters.onPremCluster({
    pools: [clusters.SYSTEM, { name: "amd", slice: Slice.accelerators(mi300x, { perNode: 8, nodes: 1 }) }],
    nodes: { system: { nodeSelector: { role: "s" } }, amd: { machines: [{ name: "amd-0" }] } },
  });

  expect(codesOf(cluster, {})).toEqual(["NoOperatorForAccelerator"]);
  expect(releases(cluster, { deviceResources: ["amd.com/gpu"] })).toEqual(QUEUEING);
});
