import type { IAcceleratorCluster } from "../../../lib/cluster";
import { Sharing } from "../../../lib/fabric/sharing";
import { COMPONENTS, component, HelmComponent } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import * as clusters from "./clusters";
import { codesOf, eks, install, type Props, RACK, RAIL, releases, values, waitsFor } from "./installed";
import { resourcesOf, valuesOf } from "./synthesized";

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

  test("in the device plugin, where that needs labels of GPUs", () => {
    const pools = (sharing?: Sharing) => [clusters.SYSTEM, { ...clusters.TRAIN, sharing }];
    const props: Props = { operators: { "gpu-operator": { state: "off" } } };
    const shared = clusters.onPremCluster({ rdma: RAIL, pools: pools(Sharing.mps(2)) });
    const whole = clusters.onPremCluster({ rdma: RAIL, pools: pools() });

    expect(values(shared, "nvidia-device-plugin", props).nfd).toMatchObject({ enabled: true });
    expect(values(shared, "network-operator", props).nfd).toMatchObject({ enabled: false });
    expect(values(whole, "nvidia-device-plugin", props).nfd).toMatchObject({ enabled: false });
    expect(values(whole, "network-operator", props).nfd).toMatchObject({ enabled: true });
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

describe("metrics of GPUs", () => {
  const namesOf = (cluster: IAcceleratorCluster, props: Partial<Props> = {}) =>
    install(cluster, props).operators.metrics.map(({ namespace, podLabels, port }) => ({
      namespace,
      podLabels,
      port,
    }));

  test("come from the pods that the GPU operator runs", () => {
    expect(namesOf(clusters.onPremCluster())).toEqual([
      { namespace: "gpu-operator", podLabels: { app: "nvidia-dcgm-exporter" }, port: "metrics" },
    ]);
  });

  test("come from the exporter's own chart where there is no GPU operator", () => {
    expect(namesOf(eks())).toEqual([
      {
        namespace: "dcgm-exporter",
        podLabels: { "app.kubernetes.io/name": "dcgm-exporter" },
        port: "metrics",
      },
    ]);
  });

  test("are not scraped twice: not where the provider publishes them, nor where charts make monitors", () => {
    expect(namesOf(clusters.onPremCluster({ managed: ["gpu-metrics"] }))).toEqual([]);
    expect(namesOf(clusters.onPremCluster(), { prometheusOperator: true })).toEqual([]);
  });
});
