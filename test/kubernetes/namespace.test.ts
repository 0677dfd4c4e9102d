import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { Fn, TerraformStack } from "cdktf";
import { ALLOW_DESTROY_CONTEXT } from "../../lib/core/removal-policy";
import { Namespace, type NamespaceProps } from "../../lib/kubernetes/namespace";
import { testApp } from "../../lib/testing/synth";
import { captureValidationError, Template } from "../../lib/testing/template";

function make(props: Partial<NamespaceProps> = {}, context: Record<string, unknown> = {}) {
  const stack = new TerraformStack(testApp(context), "platform");
  new KubernetesProvider(stack, "kubernetes", { configContext: "fra" });
  return { stack, namespace: new Namespace(stack, "lake", { name: "lake", ...props }) };
}

function resourceOf(props?: Partial<NamespaceProps>, context?: Record<string, unknown>) {
  return Template.of(make(props, context).stack).resource("kubernetes_namespace_v1");
}

function errorOf(props: Partial<NamespaceProps>) {
  return captureValidationError(() => make(props));
}

test("a namespace is restricted and protected unless told otherwise", () => {
  expect(resourceOf()).toEqual({
    metadata: {
      name: "lake",
      labels: {
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
    lifecycle: { prevent_destroy: true },
  });
});

test("each property changes it", () => {
  const props = {
    podSecurity: "privileged",
    labels: { team: "storage" },
    annotations: { note: "${x}" },
    removalPolicy: "destroy",
  } as const;
  expect(resourceOf(props, { [ALLOW_DESTROY_CONTEXT]: true })).toEqual({
    metadata: {
      name: "lake",
      annotations: { note: "$${x}" },
      labels: {
        team: "storage",
        "pod-security.kubernetes.io/audit": "privileged",
        "pod-security.kubernetes.io/enforce": "privileged",
        "pod-security.kubernetes.io/warn": "privileged",
      },
    },
  });
});

test("its reference orders what uses it, its name is a literal", () => {
  const { stack, namespace } = make();
  expect(namespace.name).toBe("lake");
  const id = namespace.resource.friendlyUniqueId;
  stack.addOverride("output.reference.value", namespace.reference);
  expect(Template.of(stack).json.output?.reference?.value).toBe(
    `\${kubernetes_namespace_v1.${id}.metadata[0].name}`,
  );
});

test("refused: malformed names, unknown levels, labels of Pod Security, removal with one key", () => {
  expect(errorOf({ name: "Lake" }).codes).toEqual(["InvalidName"]);
  expect(errorOf({ name: "a".repeat(64) }).codes).toEqual(["InvalidName"]);
  expect(errorOf({ name: Fn.join("", ["a", "b"]) }).codes).toEqual(["TokenNotAllowed"]);
  expect(errorOf({ podSecurity: "strict" as "restricted" }).codes).toEqual(["NotOneOf"]);
  expect(errorOf({ labels: { "pod-security.kubernetes.io/enforce": "baseline" } }).codes).toEqual([
    "PodSecurityLabel",
  ]);
  expect(errorOf({ removalPolicy: "destroy" }).codes).toEqual(["RemovalNeedsTwoKeys"]);
});
