import { Release } from "@cdktf/provider-helm/lib/release";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { Labels } from "@cdktf/provider-kubernetes/lib/labels";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { Lazy, type TerraformStack, TerraformVariable, Token } from "cdktf";
import { captureValidationError } from "../../lib/testing";
import { resource, TAGS, tagged } from "./tagged";

describe("Kubernetes", () => {
  test("typed resources get labels beside their own metadata; pods and selectors do not change", () => {
    const stack = tagged((scope) => {
      new NamespaceV1(scope, "space", { metadata: { name: "n", labels: { owner: "me" } } });
      new ConfigMapV1(scope, "map", { metadata: {} });
      new DeploymentV1(scope, "app", {
        metadata: { name: "d", annotations: { a: "b" } },
        spec: {
          selector: { matchLabels: { app: "d" } },
          template: { metadata: { labels: { app: "d" } }, spec: { container: [{ name: "c", image: "i" }] } },
        },
      });
    });
    expect(stack.resource?.kubernetes_namespace_v1?.space?.metadata).toEqual({
      name: "n",
      labels: { ...TAGS, owner: "me" },
    });
    expect(stack.resource?.kubernetes_config_map_v1?.map?.metadata).toEqual({ labels: TAGS });
    const app = stack.resource?.kubernetes_deployment_v1?.app;
    expect(app?.metadata).toEqual({ name: "d", annotations: { a: "b" }, labels: TAGS });
    expect(app?.spec).toMatchObject({
      selector: { match_labels: { app: "d" } },
      template: { metadata: { labels: { app: "d" } } },
    });
  });

  test("a resource that only points at an object stays as it is", () => {
    const stack = tagged((scope) => {
      new Labels(scope, "it", {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: "n" },
        labels: { a: "b" },
      });
    });
    expect(resource(stack)).toMatchObject({ metadata: { name: "n" }, labels: { a: "b" } });
    expect(resource(stack).metadata as object).toEqual({ name: "n" });
  });

  test("Helm releases stay as they are", () => {
    const stack = tagged((scope) => new Release(scope, "it", { name: "r", chart: "c" }));
    expect(resource(stack)).toEqual({ chart: "c", name: "r" });
  });

  describe("a manifest", () => {
    const manifest = (labels?: unknown) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "m", ...(labels ? { labels } : {}) },
      data: { a: "b" },
    });

    test("gets labels inside its metadata; its own win", () => {
      const stack = tagged(
        (scope) => new Manifest(scope, "it", { manifest: manifest({ app: "x", owner: "me" }) }),
      );
      expect(resource(stack).manifest).toEqual({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "m", labels: { ...TAGS, app: "x", owner: "me" } },
        data: { a: "b" },
      });
    });

    test("that the user gave is never changed, and may be used twice", () => {
      const given = manifest({ app: "x" });
      const before = structuredClone(given);
      const stack = tagged((scope) => {
        new Manifest(scope, "first", { manifest: given });
        new Manifest(scope, "second", { manifest: given });
      });
      expect(given).toEqual(before);
      const { first, second } = stack.resource?.kubernetes_manifest ?? {};
      expect(first).toEqual(second);
      expect(first?.manifest).toMatchObject({ metadata: { labels: { app: "x", owner: "data-platform" } } });
    });

    test("without metadata gets some", () => {
      const stack = tagged(
        (scope) => new Manifest(scope, "it", { manifest: { apiVersion: "v1", kind: "X" } }),
      );
      expect(resource(stack).manifest).toEqual({ apiVersion: "v1", kind: "X", metadata: { labels: TAGS } });
    });

    test("may hold tokens as values, as labels and as the whole map of labels", () => {
      const stack = tagged((scope) => {
        const given = new TerraformVariable(scope, "given", {});
        new Manifest(scope, "value", { manifest: { ...manifest(), data: { a: given.stringValue } } });
        new Manifest(scope, "label", { manifest: manifest({ app: given.stringValue }) });
        new Manifest(scope, "labels", { manifest: manifest(given.value) });
      });
      const { value, label, labels } = stack.resource?.kubernetes_manifest ?? {};
      expect(value?.manifest).toMatchObject({ data: { a: "${var.given}" }, metadata: { labels: TAGS } });
      expect(label?.manifest).toMatchObject({ metadata: { labels: { ...TAGS, app: "${var.given}" } } });
      expect(labels?.manifest).toMatchObject({
        metadata: { labels: expect.stringMatching(/^\$\{merge\(.*var\.given\)\}$/) },
      });
    });

    test("that is made late is labelled when it is made", () => {
      const stack = tagged((scope) => {
        new Manifest(scope, "it", {
          manifest: Lazy.anyValue({ produce: () => manifest({ app: "x" }) }) as unknown as Record<
            string,
            unknown
          >,
        });
      });
      expect(resource(stack).manifest).toMatchObject({
        metadata: { name: "m", labels: { ...TAGS, app: "x" } },
      });
    });

    const unknown = (scope: TerraformStack) => new TerraformVariable(scope, "given", {}).value;

    test.each<[string, (scope: TerraformStack) => unknown, string]>([
      ["a token", (scope) => Token.asAnyMap(unknown(scope)), "manifest"],
      ["a reference", unknown, "manifest"],
      [
        "metadata as a token",
        (scope) => ({ kind: "X", metadata: Token.asAnyMap(unknown(scope)) }),
        "manifest.metadata",
      ],
      ["metadata as a reference", (scope) => ({ kind: "X", metadata: unknown(scope) }), "manifest.metadata"],
      ["metadata as text", () => ({ kind: "X", metadata: "m" }), "manifest.metadata"],
    ])("that only Terraform knows is refused: %s", (_name, make, subject) => {
      const declare = () =>
        tagged((scope) => {
          new Manifest(scope, "it", { manifest: make(scope) as Record<string, unknown> });
        });
      const error = captureValidationError(declare);
      expect(error.codes).toEqual(["OpaqueManifest"]);
      expect(error.findings[0]?.subject).toBe(subject);
    });
  });
});
