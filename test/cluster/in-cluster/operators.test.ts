import { TerraformStack, TerraformVariable } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Accelerator } from "../../../lib/fabric/accelerators";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import {
  attachCluster,
  ClusterOperators,
  type ClusterOperatorsProps,
  COMPONENTS,
  component,
  HelmComponent,
  KubernetesCluster,
} from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { releasesOf, resourcesOf, stackOf, valuesOf } from "./synthesized";

type Props = Partial<ClusterOperatorsProps>;

function install(cluster: IAcceleratorCluster, props: Props = {}, stack: TerraformStack = stackOf()) {
  const operators = new ClusterOperators(stack, "operators", { cluster, ...props });
  return { operators, stack };
}

const releases = (cluster: IAcceleratorCluster, props: Props = {}) =>
  releasesOf(install(cluster, props).stack);
const values = (cluster: IAcceleratorCluster, release: string, props: Props = {}) =>
  valuesOf(install(cluster, props).stack, release) as Record<string, unknown>;
const codesOf = (cluster: IAcceleratorCluster, props: Props) =>
  captureValidationError(() => install(cluster, props)).codes;

const gpuPool = (sharing?: Sharing) => clusters.cloudPool({ ...clusters.TRAIN, sharing }, clusters.AWS_TRAIN);
const eks = (sharing?: Sharing) =>
  clusters.awsCluster([clusters.cloudPool(clusters.SYSTEM), gpuPool(sharing)]);
const gke = () =>
  clusters.googleCluster([
    clusters.cloudPool(clusters.SYSTEM),
    clusters.cloudPool(clusters.TRAIN, clusters.GOOGLE_TRAIN),
  ]);
/** What a release waits for, as Terraform addresses. */
const waitsFor = (stack: TerraformStack, release: string) =>
  (Object.values(resourcesOf(stack, "helm_release")).find(({ name }) => name === release)?.depends_on ??
    []) as readonly string[];
const RAIL = { mode: "sriov", link: "infiniband", rails: [{ name: "rail-0", interface: "ibs1f0" }] } as const;
const RACK = { name: "rack", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 18 }) };
const QUEUEING = ["jobset", "kueue", "lws"];

describe("every cluster gets what its pools need and its provider does not bring", () => {
  test.each<[string, () => IAcceleratorCluster, readonly string[]]>([
    [
      "EKS with GPUs, EFA, Trainium and Karpenter",
      clusters.eksEverything,
      [
        "aws-efa-k8s-device-plugin",
        "dcgm-exporter",
        ...["jobset", "karpenter", "karpenter-crd", "kueue", "lws", "neuron-helm-chart"],
        "nvidia-device-plugin",
      ],
    ],
    ["EKS with CPUs only", () => clusters.awsCluster([clusters.cloudPool(clusters.SYSTEM)]), QUEUEING],
    ["GKE with GPUs", gke, QUEUEING],
    ["CoreWeave", () => clusters.cksCluster(), QUEUEING],
    ["one's own hall", () => clusters.onPremCluster(), ["gpu-operator", ...QUEUEING]],
    [
      "one's own hall with RDMA",
      () => clusters.onPremCluster({ rdma: RAIL }),
      ["gpu-operator", "jobset", "kueue", "lws", "network-operator"],
    ],
    ["the edge", () => clusters.edgeCluster(), ["dcgm-exporter", "nvidia-device-plugin"]],
    [
      "NVL72 racks",
      () => clusters.cksCluster([clusters.SYSTEM, RACK]),
      ["dra-driver-nvidia-gpu", ...QUEUEING],
    ],
  ])("%s", (_, cluster, expected) => {
    expect(releases(cluster())).toEqual(expected);
  });
});

describe("GPU operator", () => {
  test("installs driver and toolkit in one's own hall, or leaves them to the host", () => {
    const cluster = clusters.onPremCluster();

    expect(values(cluster, "gpu-operator")).toMatchObject({
      driver: { enabled: true, rdma: { enabled: false, useHostMofed: false } },
      toolkit: { enabled: true },
      mig: { strategy: "single" },
      migManager: { enabled: false },
      dcgmExporter: { enabled: true, serviceMonitor: { enabled: false } },
    });
    expect(values(cluster, "gpu-operator", { gpuDriver: "host" })).toMatchObject({
      driver: { enabled: false },
      toolkit: { enabled: false },
    });
    expect(
      values(cluster, "gpu-operator", { gpuDriver: "host", containerToolkit: "operator" }),
    ).toMatchObject({
      toolkit: { enabled: true },
    });
  });

  test("leaves drivers alone that the machines come with", () => {
    const cluster = clusters.onPremCluster({ managed: ["gpu-driver"] });

    expect(values(cluster, "gpu-operator")).toMatchObject({ driver: { enabled: false } });
    expect(codesOf(cluster, { gpuDriver: "operator" })).toEqual(["ManagedByProvider"]);
  });

  test("never makes a ClusterPolicy beside that of its chart", () => {
    const { stack } = install(clusters.onPremCluster());

    expect(resourcesOf(stack, "kubernetes_manifest")).toEqual({});
  });

  test("cuts GPUs where a pool is cut, also at AWS, with the drivers of the image", () => {
    expect(releases(eks(Sharing.mig("1g.18gb")))).toContain("gpu-operator");
    expect(values(eks(Sharing.mig("1g.18gb")), "gpu-operator")).toMatchObject({
      driver: { enabled: false },
      toolkit: { enabled: false },
      migManager: { enabled: true },
    });
  });

  test("knows each way of sharing by name, and hands GPUs out whole elsewhere", () => {
    const cluster = clusters.onPremCluster({
      pools: [clusters.SYSTEM, { ...clusters.TRAIN, sharing: Sharing.timeSlicing(4) }],
    });

    expect(values(cluster, "gpu-operator").devicePlugin).toEqual({
      enabled: true,
      config: {
        create: true,
        name: "shared-gpus",
        default: "whole",
        data: {
          "time-slicing-4":
            '{"sharing":{"timeSlicing":{"failRequestsGreaterThanOne":true,"resources":[{"name":"nvidia.com/gpu","replicas":4}]}},"version":"v1"}',
          whole: '{"version":"v1"}',
        },
      },
    });
  });

  test("uses the RDMA driver of whoever installs it", () => {
    const rdma = (driver: "operator" | "host") => clusters.onPremCluster({ rdma: { ...RAIL, driver } });

    expect(values(rdma("host"), "gpu-operator")).toMatchObject({
      driver: { rdma: { enabled: true, useHostMofed: true } },
    });
    expect(values(rdma("operator"), "gpu-operator")).toMatchObject({
      driver: { rdma: { enabled: true, useHostMofed: false } },
    });
  });

  test("may take the device plugin's place at the edge, and finds the containerd of k3s", () => {
    const props: Props = {
      operators: { "gpu-operator": { state: "install" } },
      containerToolkit: "operator",
    };

    expect(releases(clusters.edgeCluster(), props)).toEqual(["gpu-operator"]);
    expect(values(clusters.edgeCluster(), "gpu-operator", props).toolkit).toEqual({
      enabled: true,
      env: [{ name: "CONTAINERD_SOCKET", value: "/run/k3s/containerd/containerd.sock" }],
    });
  });
});

describe("node feature discovery runs once", () => {
  test("in the GPU operator, where both operators are", () => {
    const cluster = clusters.onPremCluster({ rdma: RAIL });

    expect(values(cluster, "gpu-operator").nfd).toEqual({ enabled: true });
    expect(values(cluster, "network-operator").nfd).toMatchObject({ enabled: false });
    expect(() => synthStack(install(cluster).stack)).not.toThrow();
  });

  test("also where the cluster had the GPU operator before", () => {
    const cluster = clusters.onPremCluster({ rdma: RAIL });
    const props: Props = { operators: { "gpu-operator": { state: "installed" } } };

    expect(values(cluster, "network-operator", props).nfd).toMatchObject({ enabled: false });
  });

  test("in the network operator, where it is alone", () => {
    const cluster = clusters.onPremCluster({ rdma: RAIL, managed: ["gpu-device-plugin"] });

    expect(values(cluster, "network-operator").nfd).toMatchObject({ enabled: true });
  });

  test("so that a second one is refused", () => {
    const { stack } = install(clusters.onPremCluster());
    new HelmComponent(stack, "nfd", { component: COMPONENTS.nodeFeatureDiscovery });

    expect(() => synthStack(stack)).toThrow(/ComponentConflict/);
  });
});

describe("device plugins", () => {
  test("NVIDIA's goes to the pools with GPUs; GPUs are labelled only if something reads the labels", () => {
    expect(values(eks(), "nvidia-device-plugin")).toMatchObject({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "hybrid-ai.io/pool", operator: "In", values: ["train"] }] },
            ],
          },
        },
      },
      gfd: { enabled: false },
      nfd: { enabled: false },
    });
    expect(values(eks(Sharing.mps(2)), "nvidia-device-plugin")).toMatchObject({
      gfd: { enabled: true },
      nfd: { enabled: true },
      config: { default: "whole" },
    });
    expect(values(eks(Sharing.timeSlicing(2)), "nvidia-device-plugin")).toMatchObject({
      gfd: { enabled: false },
    });
  });

  test("run in NVIDIA's runtime at the edge", () => {
    const cluster = clusters.edgeCluster();

    expect(values(cluster, "nvidia-device-plugin").runtimeClassName).toBe("nvidia");
    expect(values(cluster, "dcgm-exporter").runtimeClassName).toBe("nvidia");
  });

  test("EFA's and Neuron's know the instance types of the pools, however new", () => {
    const cluster = clusters.eksEverything();

    expect(values(cluster, "aws-efa-k8s-device-plugin")).toMatchObject({
      supportedInstanceLabels: { values: ["p5en.48xlarge"] },
      privilegedSupportedInstanceLabels: { values: ["trn2.48xlarge"] },
    });
    expect(values(cluster, "neuron-helm-chart")).toMatchObject({
      neuronInstances: ["trn2.48xlarge"],
      npd: { enabled: false },
    });
    const gpusOnly = values(eks(), "aws-efa-k8s-device-plugin");
    expect(gpusOnly).not.toHaveProperty("privilegedSupportedInstanceLabels");
  });

  test("and NVIDIA's DRA driver never hand out the same GPUs", () => {
    const cluster = clusters.onPremCluster({
      pools: [clusters.SYSTEM, RACK],
      nodes: { system: { nodeSelector: { role: "s" } }, rack: { machines: clusters.machines("tray", 18) } },
    });
    const { stack } = install(cluster);

    expect(valuesOf(stack, "dra-driver-nvidia-gpu")).toMatchObject({
      nvidiaDriverRoot: "/run/nvidia/driver",
      resources: { gpus: { enabled: false }, computeDomains: { enabled: true } },
    });
    expect(() => synthStack(stack)).not.toThrow();
    const both: Props = {
      operators: { "nvidia-dra-driver": { values: { resources: { gpus: { enabled: true } } } } },
    };
    expect(() => synthStack(install(cluster, both).stack)).toThrow(/ComponentConflict/);
  });

  test.each<[string, () => IAcceleratorCluster, Props, string]>([
    ["CoreWeave", () => clusters.cksCluster([clusters.SYSTEM, RACK]), {}, "/"],
    [
      "GKE",
      () =>
        clusters.googleCluster([
          clusters.cloudPool(clusters.SYSTEM),
          clusters.cloudPool(RACK, { nvlinkDomainLabel: "nvidia.com/gpu.clique" }),
        ]),
      {},
      "/home/kubernetes/bin/nvidia",
    ],
  ])("the DRA driver finds the GPU driver at %s", (_, cluster, props, root) => {
    expect(values(cluster(), "dra-driver-nvidia-gpu", props).nvidiaDriverRoot).toBe(root);
  });
});

test("EFA by device plugin and by DRA exclude each other", () => {
  const { stack } = install(clusters.eksEverything());
  new HelmComponent(stack, "dranet", { component: COMPONENTS.efaDraDriver });

  expect(() => synthStack(stack)).toThrow(/ComponentConflict/);
});

describe("Karpenter", () => {
  test("is there if the cluster has its objects, after its definitions, with the names of the cluster", () => {
    const { operators, stack } = install(clusters.eksEverything());

    expect(valuesOf(stack, "karpenter")).toMatchObject({
      settings: {
        clusterName: "acme",
        interruptionQueue: "acme-interruption",
        isolatedVPC: false,
        featureGates: { nodeRepair: true },
      },
    });
    expect(operators.karpenterDefinitions).toBeDefined();
    expect(waitsFor(stack, "karpenter")).toEqual([expect.stringContaining("karpenter-definitions")]);
  });

  test("has definitions of its own version and repository", () => {
    const mirror = component({ ...COMPONENTS.karpenter, repository: "oci://registry.example.com/karpenter" });
    const { stack } = install(clusters.eksEverything(), {
      operators: { karpenter: { component: mirror, version: "1.14.2" } },
    });
    const found = Object.values(resourcesOf(stack, "helm_release")).filter(({ name }) =>
      String(name).startsWith("karpenter"),
    );

    expect(found.map(({ repository, version }) => [repository, version])).toEqual([
      ["oci://registry.example.com/karpenter", "1.14.2"],
      ["oci://registry.example.com/karpenter", "1.14.2"],
    ]);
  });
});

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

describe("controllers run where the system runs", () => {
  test("on nodes of tier system, with what these tolerate", () => {
    const tainted = { ...clusters.SYSTEM, taints: [{ key: "quiet", effect: "PreferNoSchedule" }] as const };
    const cluster = clusters.awsCluster([clusters.cloudPool(tainted)]);

    expect(values(cluster, "lws")).toMatchObject({
      nodeSelector: { "hybrid-ai.io/tier": "system" },
      tolerations: [{ key: "quiet", operator: "Exists", effect: "PreferNoSchedule" }],
    });
  });

  test("on the nodes of a selector, where labels are the user's", () => {
    const cluster = clusters.onPremCluster({
      nodes: {
        system: { nodeSelector: { role: "system" } },
        train: { machines: clusters.machines("gpu", 4) },
      },
    });

    expect(values(cluster, "lws").nodeSelector).toEqual({ role: "system" });
  });

  test("anywhere, where no pool is the system's", () => {
    const cluster = clusters.onPremCluster({
      pools: [clusters.TRAIN],
      nodes: { train: { machines: clusters.machines("gpu", 4) } },
    });

    expect(values(cluster, "lws")).toEqual({ enablePrometheus: false });
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

test("namespaces allow what their pods do, and outlive a mistake", () => {
  const { stack } = install(clusters.onPremCluster({ rdma: RAIL }));
  const levels = Object.values(resourcesOf(stack, "kubernetes_namespace_v1")).map((each) => {
    const metadata = each.metadata as { readonly name: string; readonly labels: Record<string, string> };
    expect(each.lifecycle).toEqual({ prevent_destroy: true });
    return [metadata.name, metadata.labels["pod-security.kubernetes.io/enforce"]];
  });

  expect(Object.fromEntries(levels)).toEqual({
    "gpu-operator": "privileged",
    "jobset-system": "restricted",
    "kueue-system": "restricted",
    "lws-system": "baseline",
    "nvidia-network-operator": "privileged",
  });
});

test("monitors are made only where the Prometheus operator is", () => {
  const cluster = eks();

  expect(values(cluster, "jobset").prometheus).toEqual({ enable: false });
  expect(values(cluster, "dcgm-exporter").serviceMonitor).toEqual({ enabled: false });
  expect(values(cluster, "dcgm-exporter", { prometheusOperator: true }).serviceMonitor).toEqual({
    enabled: true,
  });
  expect(values(cluster, "kueue", { prometheusOperator: true }).enablePrometheus).toBe(true);
});

test("the runtime class is made on request", () => {
  const { operators, stack } = install(clusters.edgeCluster(), { createRuntimeClass: true });

  expect(Object.values(resourcesOf(stack, "kubernetes_runtime_class_v1"))[0]).toMatchObject({
    handler: "nvidia",
    metadata: { name: "nvidia" },
  });
  expect(operators.releases.get("nvidia-device-plugin")!.release.dependsOn).toHaveLength(2);
});

test("operators wait for the nodes of their own stack, not for those of another", () => {
  const stack = new TerraformStack(stackOf().node.root, "platform");
  attachCluster(stack, { kind: "kubeconfig", context: "cks" });
  const cluster = new KubernetesCluster(stack, "cluster", {
    site: clusters.CKS,
    provider: "coreweave",
    namePrefix: "acme",
    pools: [clusters.SYSTEM, clusters.TRAIN],
  });
  install(cluster, {}, stack);
  const elsewhere = install(clusters.cksCluster());

  expect(waitsFor(stack, "jobset")).toEqual(
    expect.arrayContaining([expect.stringContaining("kubernetes_manifest.cluster_train")]),
  );
  expect(JSON.stringify(waitsFor(elsewhere.stack, "jobset"))).not.toContain("manifest");
});
