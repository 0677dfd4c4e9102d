import { ALLOW_DESTROY_CONTEXT } from "../../../lib/core/removal-policy";
import {
  KubernetesLakehouseOperators,
  type KubernetesLakehouseOperatorsProps,
} from "../../../lib/lakehouse/kubernetes/operators";
import { captureValidationError, Template } from "../../../lib/testing";
import { helmValues, kubernetesStack } from "./support";

function synthesized(props?: KubernetesLakehouseOperatorsProps, context = {}): Template {
  const stack = kubernetesStack(context);
  new KubernetesLakehouseOperators(stack, "operators", props);
  return Template.of(stack);
}

function releases(props?: KubernetesLakehouseOperatorsProps): readonly unknown[] {
  return Object.values(synthesized(props).resources("helm_release"))
    .map(({ name }) => name)
    .sort();
}

describe("the operators of a Kubernetes lakehouse", () => {
  test("are those that every lakehouse needs", () => {
    expect(releases()).toEqual(["cert-manager", "cloudnative-pg", "spark-operator"]);
  });

  test("can each be left out where the cluster has them", () => {
    expect(releases({ certManager: false })).toEqual(["cloudnative-pg", "spark-operator"]);
    expect(releases({ cloudNativePg: false })).toEqual(["cert-manager", "spark-operator"]);
    expect(releases({ sparkOperator: false })).toEqual(["cert-manager", "cloudnative-pg"]);
  });

  test("include Rook and its CSI drivers in a namespace for privileged pods", () => {
    const template = synthesized({ rookCeph: true, rookNamespace: "ceph" });
    expect(releases({ rookCeph: true })).toEqual(expect.arrayContaining(["ceph-csi-drivers", "rook-ceph"]));
    expect(template.resource("kubernetes_namespace_v1").metadata).toMatchObject({
      name: "ceph",
      labels: { "pod-security.kubernetes.io/enforce": "privileged" },
    });
    const drivers = helmValues(template, "ceph-csi-drivers");
    expect(drivers.operatorConfig.namespace).toBe("ceph");
    expect(drivers.drivers.rbd).toEqual({ enabled: true, name: "ceph.rbd.csi.ceph.com" });
    expect(template.resource("helm_release", "csi").depends_on).toEqual([
      expect.stringContaining("helm_release.operators_rook-ceph"),
    ]);
  });

  test("let go of Rook's namespace only with both keys", () => {
    const lifecycle = (props: KubernetesLakehouseOperatorsProps, allowed: boolean) =>
      synthesized({ rookCeph: true, ...props }, { [ALLOW_DESTROY_CONTEXT]: allowed }).resource(
        "kubernetes_namespace_v1",
      ).lifecycle;
    expect(lifecycle({ removalPolicy: "destroy" }, true)).toBeUndefined();
    expect(lifecycle({}, true)).toEqual({ prevent_destroy: true });
    expect(captureValidationError(() => lifecycle({ removalPolicy: "destroy" }, false)).codes).toEqual([
      "RemovalNeedsTwoKeys",
    ]);
  });

  test("include the Barman plugin after what it needs, also where the cluster has that", () => {
    const dependencies = synthesized({ barmanCloudPlugin: true }).resource(
      "helm_release",
      "barman",
    ).depends_on;
    expect(dependencies).toHaveLength(2);
    expect(() =>
      synthesized({ barmanCloudPlugin: true, certManager: false, cloudNativePg: false }),
    ).not.toThrow();
  });

  test("run Spark jobs in all namespaces, or in those that are named", () => {
    const namespaces = (props?: KubernetesLakehouseOperatorsProps) =>
      helmValues(synthesized(props), "spark-operator").spark;
    expect(namespaces()).toMatchObject({ jobNamespaces: [""], serviceAccount: { create: false } });
    expect(namespaces({ sparkJobNamespaces: ["lake"] }).jobNamespaces).toEqual(["lake"]);
  });

  test.each<[KubernetesLakehouseOperatorsProps, readonly string[]]>([
    [{ sparkJobNamespaces: ["a"], sparkOperator: false }, ["ContradictingOptions"]],
    [{ sparkJobNamespaces: [] }, ["MissingValue"]],
    [{ sparkJobNamespaces: ["a", "a"] }, ["DuplicateValue"]],
    [{ rookNamespace: "ceph" }, ["ContradictingOptions"]],
    [{ removalPolicy: "retain" }, ["ContradictingOptions"]],
    [{ rookCeph: true, rookNamespace: "Ceph" }, ["InvalidName"]],
  ])("refuse %j", (props, expected) => {
    expect(captureValidationError(() => synthesized(props)).codes).toEqual(expected);
  });
});
