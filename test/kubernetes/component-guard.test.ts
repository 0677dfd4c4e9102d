import { type App, TerraformStack } from "cdktf";
import type { ComponentFacts } from "../../lib/kubernetes/component-facts";
import { COMPONENTS, component } from "../../lib/kubernetes/components";
import { HelmComponent, type HelmComponentProps } from "../../lib/kubernetes/helm-component";
import { attachCluster } from "../../lib/kubernetes/providers";
import { synthStack, testApp } from "../../lib/testing/synth";

function stackOf(app: App, name: string, context = "fra"): TerraformStack {
  const stack = new TerraformStack(app, name);
  attachCluster(stack, { kind: "kubeconfig", context });
  return stack;
}

function install(
  stack: TerraformStack,
  id: string,
  facts: ComponentFacts,
  props: Partial<HelmComponentProps> = {},
): void {
  new HelmComponent(stack, id, { component: facts, ...props });
}

function chart(name: string, extra: Partial<ComponentFacts> = {}): ComponentFacts {
  return component({
    name,
    repository: "https://charts.example.com",
    chart: name,
    version: "1.0.0",
    namespace: name,
    ...extra,
  });
}

describe("components that exclude each other", () => {
  test("are refused in one stack, whichever of the two says so, and told once", () => {
    for (const reverse of [false, true]) {
      const stack = stackOf(testApp(), "platform");
      const charts = [chart("a", { conflictsWith: ["b"] }), chart("b")];
      for (const facts of reverse ? charts.reverse() : charts) {
        install(stack, facts.name, facts);
      }
      let message = "";
      try {
        synthStack(stack);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message.match(/\[ComponentConflict\]/g)).toHaveLength(1);
      expect(message).toMatch(/a \(platform\/a\)/);
      expect(message).toMatch(/b \(platform\/b\)/);
    }
  });

  test("are refused in two stacks of one cluster, and fine in two clusters", () => {
    for (const [context, throws] of [
      ["fra", true],
      ["muc", false],
    ] as const) {
      const app = testApp();
      const first = stackOf(app, "first");
      install(first, "a", chart("a", { conflictsWith: ["b"] }));
      install(stackOf(app, "second", context), "b", chart("b"));
      const synth = expect(() => synthStack(first));
      throws ? synth.toThrow("[ComponentConflict]") : synth.not.toThrow();
    }
  });

  test("include a second release of a chart whose definitions belong to one release", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "one", COMPONENTS.kueue);
    install(stack, "two", COMPONENTS.kueue, { releaseName: "kueue-2" });
    expect(() => synthStack(stack)).toThrow("allowed: one release of kueue per cluster");
  });

  test("do not include a second release of an ordinary chart", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "one", COMPONENTS.trino);
    install(stack, "two", COMPONENTS.trino, { releaseName: "trino-2" });
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("include what a chart installs along, and the message names the value that switches it off", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "gpu", COMPONENTS.gpuOperator);
    install(stack, "nfd", COMPONENTS.nodeFeatureDiscovery);
    expect(() => synthStack(stack)).toThrow(
      "fix:     set nfd.enabled to false in the values of gpu-operator (platform/gpu)",
    );
  });

  test("include two charts that install the same one along", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "network", COMPONENTS.networkOperator);
    install(stack, "gpu", COMPONENTS.gpuOperator);
    expect(() => synthStack(stack)).toThrow("allowed: one node-feature-discovery per cluster");
  });

  test("the other way round as well: first the chart, then the one that installs it along", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "jobset", COMPONENTS.jobset);
    install(stack, "trainer", COMPONENTS.kubeflowTrainer);
    expect(() => synthStack(stack)).toThrow(
      "fix:     set jobset.install to false in the values of kubeflow-trainer (platform/trainer)",
    );
  });

  test("are fine once that value is off", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "nfd", COMPONENTS.nodeFeatureDiscovery);
    install(stack, "gpu", COMPONENTS.gpuOperator, { values: { nfd: { enabled: false } } });
    install(stack, "network", COMPONENTS.networkOperator, { values: { nfd: { enabled: false } } });
    expect(() => synthStack(stack)).not.toThrow();
  });
});

describe("components that need another", () => {
  const needy = chart("needy", { requires: ["base"] });

  test("are refused without it, and the message names both ways out", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "needy", needy);
    expect(() => synthStack(stack)).toThrow(
      [
        "[ComponentRequirementMissing] needy (platform/needy): a component needs another one that no stack of this app installs in its cluster",
        '    given:   "no release of base"',
        '    allowed: a HelmComponent of base for the same cluster, or alreadyInstalled: ["base"]',
      ].join("\n"),
    );
  });

  test("are fine with it in the same stack or in another stack of the cluster", () => {
    const same = stackOf(testApp(), "platform");
    install(same, "needy", needy);
    install(same, "base", chart("base"));
    expect(() => synthStack(same)).not.toThrow();

    const app = testApp();
    const platform = stackOf(app, "platform");
    install(platform, "needy", needy);
    install(stackOf(app, "earlier"), "base", chart("base"));
    expect(() => synthStack(platform)).not.toThrow();
  });

  test("are refused with it in another cluster only", () => {
    const app = testApp();
    const platform = stackOf(app, "platform");
    install(platform, "needy", needy);
    install(stackOf(app, "elsewhere", "muc"), "base", chart("base"));
    expect(() => synthStack(platform)).toThrow("[ComponentRequirementMissing]");
  });

  test("are fine when the cluster is said to have it", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "needy", needy, { alreadyInstalled: ["base"] });
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("are fine when another chart installs it along, and only then", () => {
    for (const [install_, throws] of [
      [true, false],
      [false, true],
    ]) {
      const stack = stackOf(testApp(), "platform");
      install(stack, "needs-jobset", chart("needs-jobset", { requires: ["jobset"] }));
      install(stack, "trainer", COMPONENTS.kubeflowTrainer, { values: { jobset: { install: install_ } } });
      const synth = expect(() => synthStack(stack));
      throws ? synth.toThrow("[ComponentRequirementMissing]") : synth.not.toThrow();
    }
  });

  test("a chart whose definitions are in a chart of their own needs that chart", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "karpenter", COMPONENTS.karpenter);
    expect(() => synthStack(stack)).toThrow("no release of karpenter-crd");
    install(stack, "crds", COMPONENTS.karpenterCrd);
    expect(() => synthStack(stack)).not.toThrow();
  });

  test("Rook's cluster needs its operator and the CSI drivers", () => {
    const stack = stackOf(testApp(), "platform");
    install(stack, "cluster", COMPONENTS.rookCephCluster);
    expect(() => synthStack(stack)).toThrow(/no release of rook-ceph"[\s\S]*no release of ceph-csi-drivers"/);
  });
});
