import { Problems } from "../../lib/core/problems";
import { checkComponentFacts } from "../../lib/kubernetes/chart-checks";
import type { ComponentFacts } from "../../lib/kubernetes/component-facts";
import { COMPONENTS } from "../../lib/kubernetes/components";

const rows = Object.entries<ComponentFacts>(COMPONENTS);
const names = rows.map(([, { name }]) => name);

test("every component has a name of its own", () => {
  expect(new Set(names).size).toBe(rows.length);
});

describe.each(rows)("%s", (_, facts) => {
  test("could be installed as it is", () => {
    const problems = new Problems(facts.name);
    checkComponentFacts(problems, facts);
    expect(() => problems.throwIfAny()).not.toThrow();
  });

  test("says where its facts come from and when they were read", () => {
    expect(facts.source).toMatch(/, 2026-\d\d$/);
  });

  test("refers only to components of the table", () => {
    const named = [
      ...(facts.requires ?? []),
      ...(facts.conflictsWith ?? []),
      ...Object.keys(facts.bundles ?? {}),
      ...(facts.crdChart ? [facts.crdChart] : []),
    ];
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });

  test("names groups exactly if it brings definitions", () => {
    const withoutGroups = ["argo-workflows", "argo-cd", "argo-rollouts"];
    const brings = facts.crds === "crds-directory" || facts.crds === "templates";
    expect(facts.apiGroups !== undefined).toBe(brings && !withoutGroups.includes(facts.name));
    expect(facts.crdChart !== undefined).toBe(facts.crds === "chart-of-its-own");
  });
});

test("charts on registry.k8s.io have no leading v, those of KServe, Envoy, Jetstack and others have one", () => {
  const withV = rows.filter(([, { version }]) => version.startsWith("v")).map(([, { name }]) => name);
  expect(withV.sort()).toEqual([
    "aws-efa-k8s-device-plugin",
    "cert-manager",
    "envoy-ai-gateway",
    "envoy-ai-gateway-crds",
    "envoy-gateway",
    "gpu-operator",
    "kserve",
    "kserve-crd",
    "kserve-llmisvc",
    "kserve-llmisvc-crd",
    "kserve-runtime-configs",
    "liqo",
    "rook-ceph",
    "rook-ceph-cluster",
  ]);
});
