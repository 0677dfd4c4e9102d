import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { type App, TerraformStack } from "cdktf";
import { CustomResource } from "../../lib/kubernetes";
import { recordCluster } from "../../lib/kubernetes/installed-component";
import { refuseOtherScalers } from "../../lib/kubernetes/scaler-guard";
import { synthStack, testApp } from "../../lib/testing";

function stackIn(app: App, id: string, cluster?: string): TerraformStack {
  const stack = new TerraformStack(app, id);
  new KubernetesProvider(stack, "kubernetes");
  if (cluster !== undefined) {
    recordCluster(stack, cluster);
  }
  return stack;
}

function scaledObject(
  stack: TerraformStack,
  id: string,
  change: { readonly namespace?: string; readonly target?: object } = {},
): CustomResource {
  return new CustomResource(stack, id, {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    name: id,
    namespace: change.namespace ?? "jobs",
    spec: { scaleTargetRef: change.target ?? { name: "worker" }, triggers: [] },
  });
}

function autoscaler(
  stack: TerraformStack,
  kind = "Deployment",
  namespace: string | undefined = "jobs",
): void {
  new HorizontalPodAutoscalerV2(stack, "hpa", {
    metadata: { name: "hpa", namespace },
    spec: { maxReplicas: 3, scaleTargetRef: { kind, name: "worker" } },
  });
}

/** A stack in which something scales the Deployment `worker`, and another one of the same app. */
function guarded(clusters: readonly [string?, string?] = ["a", "a"], namespace = "jobs") {
  const app = testApp();
  const stack = stackIn(app, "workloads", clusters[0]);
  const other = stackIn(app, "other", clusters[1]);
  const own = scaledObject(stack, "own", { namespace }).manifest;
  refuseOtherScalers(stack, {
    owner: "the worker's KEDA",
    own,
    namespace,
    kinds: ["Deployment"],
    names: ["worker"],
  });
  return { stack, other, synth: () => synthStack(stack) };
}

describe("a second scaler is refused", () => {
  test.each<[string, (made: ReturnType<typeof guarded>) => void]>([
    ["of KEDA", ({ stack }) => void scaledObject(stack, "mine")],
    ["of KEDA, in another stack of the cluster", ({ other }) => void scaledObject(other, "mine")],
    ["an autoscaler", ({ stack }) => autoscaler(stack)],
    ["an autoscaler in another stack of the cluster", ({ other }) => autoscaler(other)],
  ])("%s", (_, add) => {
    const made = guarded();
    add(made);
    expect(made.synth).toThrow(/TwoScalers.*(mine|hpa)[\s\S]*the worker's KEDA scales: worker/);
  });

  test("in the namespace that is meant where none is given", () => {
    const made = guarded(["a", "a"], "default");
    new HorizontalPodAutoscalerV2(made.stack, "hpa", {
      metadata: { name: "hpa" },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "worker" } },
    });
    expect(made.synth).toThrow(/TwoScalers/);
  });
});

describe("accepted is what scales", () => {
  test.each<[string, (made: ReturnType<typeof guarded>) => void]>([
    ["another object", ({ stack }) => void scaledObject(stack, "mine", { target: { name: "web" } })],
    ["another kind", ({ stack }) => autoscaler(stack, "StatefulSet")],
    ["in another namespace", ({ stack }) => void scaledObject(stack, "mine", { namespace: "web" })],
    ["nothing else", () => undefined],
  ])("%s", (_, add) => {
    const made = guarded();
    add(made);
    expect(made.synth).not.toThrow();
  });

  test.each<[string, readonly [string?, string?]]>([
    ["another cluster", ["a", "b"]],
    ["a stack of which nobody knows the cluster", ["a", undefined]],
    ["a stack like that, for one like that", [undefined, undefined]],
  ])("the same in %s", (_, clusters) => {
    const made = guarded(clusters);
    scaledObject(made.other, "mine");
    expect(made.synth).not.toThrow();
  });
});
