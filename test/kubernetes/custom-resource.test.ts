import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { Fn, TerraformVariable } from "cdktf";
import fc from "fast-check";
import { tagStack } from "../../lib/core/tags";
import { CustomResource } from "../../lib/kubernetes/custom-resource";
import { Template } from "../../lib/testing/template";
import {
  CLUSTER,
  errorOf,
  resourceOf,
  type Synthesized,
  specOf,
  stackWithProvider,
} from "./custom-resources";

describe("the object", () => {
  test("a minimal object has exactly what was said", () => {
    expect(resourceOf()).toEqual({
      manifest: {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { name: "catalog", namespace: "lake" },
      },
    });
  });

  test("labels, annotations, spec and other fields are written with sorted keys", () => {
    const { manifest } = resourceOf({
      namespace: undefined,
      labels: { b: "2", "example.com/a": "1" },
      annotations: { note: "costs ${5}" },
      spec: { z: 1, a: { y: [true, false], b: "text" } },
      fields: { provisioner: "rook-ceph.ceph.rook.io/bucket", data: { k: "v" } },
    });
    expect(manifest).toEqual({
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: {
        name: "catalog",
        labels: { b: "2", "example.com/a": "1" },
        annotations: { note: "costs $${5}" },
      },
      spec: { a: { b: "text", y: [true, false] }, z: 1 },
      provisioner: "rook-ceph.ceph.rook.io/bucket",
      data: { k: "v" },
    });
    expect(Object.keys(manifest.spec)).toEqual(["a", "z"]);
  });

  test("the order in which keys are declared does not matter", () => {
    const one = resourceOf({ spec: { a: 1, b: { c: 2, d: 3 } }, labels: { x: "1", y: "2" } });
    const other = resourceOf({ labels: { y: "2", x: "1" }, spec: { b: { d: 3, c: 2 }, a: 1 } });
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
  });

  test("undefined keys are left out, at any depth", () => {
    expect(specOf({ a: undefined, b: { c: undefined, d: [{ e: undefined, f: 1 }] } })).toEqual({
      b: { d: [{ f: 1 }] },
    });
    expect(resourceOf({ fields: { data: undefined } }).manifest).not.toHaveProperty("data");
  });

  test("template markers in values and keys stay text", () => {
    expect(specOf({ "${key}": "${HOME} and %{if}", plain: "$HOME" })).toEqual({
      "$${key}": "$${HOME} and %%{if}",
      plain: "$HOME",
    });
  });

  test("values that only Terraform knows pass: text, number, list and map", () => {
    const stack = stackWithProvider();
    const text = new TerraformVariable(stack, "text", { type: "string" });
    const number = new TerraformVariable(stack, "number", { type: "number" });
    const list = new TerraformVariable(stack, "list", { type: "list(string)" });
    new CustomResource(stack, "object", {
      ...CLUSTER,
      spec: {
        text: `postgres://${text.stringValue}`,
        instances: number.numberValue,
        hosts: list.listValue,
        lazy: list.value,
        resources: { requests: { memory: text.stringValue } },
        mixed: [text.stringValue, { a: 1 }],
      },
    });
    expect(Template.of(stack).manifests()).toEqual({
      [Object.keys(Template.of(stack).manifests())[0] ?? ""]: expect.objectContaining({
        spec: {
          text: "postgres://${var.text}",
          instances: "${var.number}",
          hosts: "${var.list}",
          lazy: "${var.list}",
          resources: { requests: { memory: "${var.text}" } },
          mixed: ["${var.text}", { a: 1 }],
        },
      }),
    });
  });

  test("a namespace made by a resource orders the object after it", () => {
    const stack = stackWithProvider();
    const namespace = new NamespaceV1(stack, "namespace", { metadata: { name: "lake" } });
    new CustomResource(stack, "object", { ...CLUSTER, namespace: namespace.metadata.name });
    const [manifest] = Object.values(Template.of(stack).manifests()) as Synthesized["manifest"][];
    expect(manifest?.metadata.namespace).toBe("${kubernetes_namespace_v1.namespace.metadata[0].name}");
  });

  test("labels of the stack are added to the object's own", () => {
    const stack = stackWithProvider();
    new CustomResource(stack, "object", { ...CLUSTER, labels: { owner: "lake-team", tier: "db" } });
    tagStack(stack, { owner: "data-platform", environment: "prod", costCentre: "cc-1" });
    const [manifest] = Object.values(Template.of(stack).manifests()) as Synthesized["manifest"][];
    expect(manifest?.metadata.labels).toMatchObject({
      owner: "lake-team",
      tier: "db",
      "cost-centre": "cc-1",
    });
  });
});

describe("quantities and durations in fields known as such", () => {
  test("resource requests and limits, wherever they are, get the API server's form", () => {
    expect(
      specOf({
        resources: { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: 2, "nvidia.com/gpu": 8 } },
        storage: { volumes: [{ spec: { resources: { requests: { storage: "1024Gi" } } } }] },
        daemons: { resources: { mgr: { limits: { memory: "0.5Gi" } } } },
        template: { volumes: [{ emptyDir: { sizeLimit: "2048Mi" } }] },
      }),
    ).toEqual({
      resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", "nvidia.com/gpu": "8" } },
      storage: { volumes: [{ spec: { resources: { requests: { storage: "1Ti" } } } }] },
      daemons: { resources: { mgr: { limits: { memory: "512Mi" } } } },
      template: { volumes: [{ emptyDir: { sizeLimit: "2Gi" } }] },
    });
  });

  test("a text that only looks like a quantity is never touched", () => {
    const spec = {
      driver: { memory: "512m", cores: 1000 },
      size: "1024Gi",
      timeout: "240h",
      limits: ["1000m"],
    };
    expect(specOf(spec)).toEqual(spec);
  });

  test("fields of known kinds: Karpenter limits, Kueue quotas, cert-manager durations", () => {
    const of = (apiVersion: string, kind: string, spec: Record<string, unknown>) =>
      specOf(spec, { apiVersion, kind });
    expect(of("karpenter.sh/v1", "NodePool", { limits: { cpu: "1000" } })).toEqual({ limits: { cpu: "1k" } });
    expect(of("cert-manager.io/v1", "Certificate", { duration: "2160h", renewBefore: "360h" })).toEqual({
      duration: "2160h0m0s",
      renewBefore: "360h0m0s",
    });
    expect(of("external-secrets.io/v1", "ExternalSecret", { refreshInterval: "1h" })).toEqual({
      refreshInterval: "1h0m0s",
    });
    expect(
      of("kueue.x-k8s.io/v1beta2", "ClusterQueue", {
        resourceGroups: [
          { flavors: [{ resources: [{ name: "cpu", nominalQuota: "9000m", lendingLimit: 1 }] }] },
        ],
      }),
    ).toEqual({
      resourceGroups: [{ flavors: [{ resources: [{ name: "cpu", nominalQuota: "9", lendingLimit: "1" }] }] }],
    });
  });

  test("a user names more of them", () => {
    const spec = { size: "1024Gi", pools: [{ size: "2048Mi", ttl: "90m" }] };
    expect(
      specOf(spec, {
        quantityFields: ["spec.size", "spec.pools.*.size"],
        durationFields: ["spec.pools.0.ttl"],
      }),
    ).toEqual({ size: "1Ti", pools: [{ size: "2Gi", ttl: "1h30m0s" }] });
  });

  test("what is no quantity or duration there is refused, with its path", () => {
    const error = errorOf({
      spec: { resources: { limits: { cpu: "two", memory: "8Ei" } }, parts: [{ ttl: "1 day" }] },
      durationFields: ["spec.parts.*.ttl"],
    });
    expect(error.findings.map(({ error, subject }) => [error.code, subject])).toEqual([
      ["InvalidDuration", "spec.parts[0].ttl"],
      ["InvalidQuantity", "spec.resources.limits.cpu"],
      ["QuantityNotRepresentable", "spec.resources.limits.memory"],
    ]);
  });
});

describe("what the provider is told", () => {
  test("computed fields keep the provider's own two", () => {
    expect(resourceOf({ computedFields: ["spec.replicas"] }).computed_fields).toEqual([
      "metadata.annotations",
      "metadata.labels",
      "spec.replicas",
    ]);
    expect(resourceOf({ computedFields: [] })).not.toHaveProperty("computed_fields");
  });

  test.each([
    [{ condition: { type: "Ready", status: "True" } }, { condition: [{ type: "Ready", status: "True" }] }],
    [
      { fields: { "status.phase": "^Bound$", "status.a": "${x}" } },
      { fields: { "status.a": "$${x}", "status.phase": "^Bound$" } },
    ],
    [{ rollout: true }, { rollout: true }],
    [
      { rollout: false, condition: { type: "A", status: "False" } },
      { condition: [{ type: "A", status: "False" }] },
    ],
  ])("waiting for %j", (waitFor, wait) => {
    expect(resourceOf({ waitFor }).wait).toEqual(wait);
  });

  test("timeouts", () => {
    expect(resourceOf({ timeouts: { create: "30m", delete: "5m" } }).timeouts).toEqual({
      create: "30m",
      delete: "5m",
    });
  });

  test("protection against destroy, only when asked for", () => {
    expect(resourceOf({ protect: true }).lifecycle).toEqual({ prevent_destroy: true });
    expect(resourceOf({ protect: false })).not.toHaveProperty("lifecycle");
  });

  test("explicit dependencies", () => {
    const stack = stackWithProvider();
    const first = new CustomResource(stack, "first", CLUSTER);
    new CustomResource(stack, "second", { ...CLUSTER, name: "other", dependsOn: [first.manifest] });
    expect(Template.of(stack).resource("kubernetes_manifest", "second").depends_on).toEqual([
      `kubernetes_manifest.${first.manifest.friendlyUniqueId}`,
    ]);
  });

  test("overrides on the resource survive", () => {
    const stack = stackWithProvider();
    const { manifest } = new CustomResource(stack, "object", CLUSTER);
    manifest.addOverride("field_manager.force_conflicts", true);
    expect(Template.of(stack).resource("kubernetes_manifest").field_manager).toEqual({
      force_conflicts: true,
    });
  });
});

test("any JSON without null either becomes the object, escaped, or is refused as a mixed list", () => {
  const text = fc.string({ maxLength: 8 });
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: "small" }, text, fc.integer(), fc.boolean(), tie("list"), tie("map")),
    list: fc.array(tie("any"), { maxLength: 3 }),
    map: fc.dictionary(text, tie("any"), { maxKeys: 3 }),
  })).map;
  const escaped = (given: unknown): unknown =>
    JSON.parse(JSON.stringify(given).replaceAll("${", "$${").replaceAll("%{", "%%{"));
  let accepted = 0;
  fc.assert(
    fc.property(value, (spec) => {
      const stack = stackWithProvider();
      try {
        const object = new CustomResource(stack, "object", {
          ...CLUSTER,
          spec: spec as Record<string, unknown>,
        });
        accepted++;
        const written = object.manifest.manifestInput?.spec;
        expect(JSON.parse(JSON.stringify(written))).toEqual(escaped(spec));
      } catch (error) {
        expect((error as { codes?: string[] }).codes?.every((code) => code === "MixedListElements")).toBe(
          true,
        );
      }
    }),
    { seed: 4, numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test("a text built by Terraform keeps its quotes and braces", () => {
  expect(specOf({ json: Fn.jsonencode({ a: "b" }) }).json).toBe('${jsonencode({"a" = "b"})}');
});
