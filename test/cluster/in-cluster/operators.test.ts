import { TerraformStack } from "cdktf";
import type { IAcceleratorCluster } from "../../../lib/cluster";
import { attachCluster, KubernetesCluster } from "../../../lib/kubernetes";
import * as clusters from "./clusters";
import { eks, gke, install, QUEUEING, RACK, RAIL, releases, values, waitsFor } from "./installed";
import { resourcesOf, stackOf } from "./synthesized";

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
