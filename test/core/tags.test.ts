import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AutoscalingGroup } from "@cdktf/provider-aws/lib/autoscaling-group";
import { AutoscalingGroupTagA } from "@cdktf/provider-aws/lib/autoscaling-group-tag";
import { DevopsguruResourceCollection } from "@cdktf/provider-aws/lib/devopsguru-resource-collection";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { S3Object } from "@cdktf/provider-aws/lib/s3-object";
import { CloudIdentityGroup } from "@cdktf/provider-google/lib/cloud-identity-group";
import { CloudRunService } from "@cdktf/provider-google/lib/cloud-run-service";
import { ContainerCluster } from "@cdktf/provider-google/lib/container-cluster";
import { MonitoringMetricDescriptor } from "@cdktf/provider-google/lib/monitoring-metric-descriptor";
import { MonitoringNotificationChannel } from "@cdktf/provider-google/lib/monitoring-notification-channel";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { App, Lazy, TerraformStack, TerraformVariable, Token } from "cdktf";
import fc from "fast-check";
import { type Ownership, tagStack } from "../../lib/core/tags";
import { captureValidationError, synthStack, testApp } from "../../lib/testing";
import { hostileText } from "../hostile-text";
import { OWNERSHIP, resource, TAGS, tagged } from "./tagged";

describe("ownership", () => {
  const refused = (ownership: Partial<Ownership>) =>
    captureValidationError(() => tagged(() => undefined, { ...OWNERSHIP, ...ownership }));

  test("the data class and tags of your own are used, keys sorted", () => {
    const stack = tagged((scope) => new S3Bucket(scope, "it"), {
      ...OWNERSHIP,
      dataClass: "confidential",
      extra: { zeta: "last", alpha: "first" },
    });
    const tags = resource(stack).tags as Record<string, string>;
    expect(tags).toEqual({ ...TAGS, "data-class": "confidential", alpha: "first", zeta: "last" });
    expect(Object.keys(tags)).toEqual(Object.keys(tags).sort());
  });

  test.each([
    ["owner", { owner: "Data Platform" }],
    ["environment", { environment: "" }],
    ["cost-centre", { costCentre: "1042" }],
    ["data-class", { dataClass: "top-" }],
    ["my", { extra: { my: "x".repeat(64) } }],
  ])("refuses a %s that not every provider takes", (key, ownership) => {
    const error = refused(ownership);
    expect(error.codes).toEqual(["InvalidName"]);
    expect(error.findings[0]?.subject).toContain(`tag "${key}"`);
  });

  test.each(["UPPER", "a b", "-a", "a-", "x".repeat(64), "aws:x", "a/b", "__proto__"])(
    "refuses the key %j",
    (key) => {
      expect(refused({ extra: Object.fromEntries([[key, "value"]]) }).codes).toEqual(["InvalidName"]);
    },
  );

  test("accepts keys and values of 63 characters", () => {
    const longest = "x".repeat(63);
    const stack = tagged((scope) => new S3Bucket(scope, "it"), {
      ...OWNERSHIP,
      extra: { [longest]: longest },
    });
    expect(resource(stack).tags).toMatchObject({ [longest]: longest });
  });

  test.each(Object.keys(TAGS))("refuses %s as a tag of your own, because the library sets it", (key) => {
    const error = refused({ extra: { [key]: "mine" } });
    expect(error.codes).toEqual(["ReservedTag"]);
    expect(error.findings[0]).toMatchObject({
      subject: `extra tag "${key}"`,
      given: "mine",
      allowed: "any key but owner, environment, cost-centre, data-class, managed-by",
    });
  });

  test("refuses tokens: tags decide who pays and must be known", () => {
    const owner = new TerraformVariable(new TerraformStack(new App(), "s"), "owner", {}).stringValue;
    expect(refused({ owner }).codes).toEqual(["TokenNotAllowed"]);
  });

  test("never crashes on hostile text and never lets it through", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        fc.pre(!/^[a-z]([a-z0-9_-]*[a-z0-9])?$/.test(text));
        expect(refused({ owner: text }).codes).toEqual(["InvalidName"]);
      }),
    );
  });
});

describe("AWS", () => {
  test("every resource with tags gets them; its own win", () => {
    const stack = tagged((scope) => {
      new S3Bucket(scope, "bucket", { tags: { owner: "me", Name: "Bucket" } });
      new KmsKey(scope, "key");
    });
    expect(stack.resource?.aws_s3_bucket?.bucket?.tags).toEqual({ ...TAGS, owner: "me", Name: "Bucket" });
    expect(stack.resource?.aws_kms_key?.key?.tags).toEqual(TAGS);
  });

  test("resources without tags stay as they are", () => {
    const stack = tagged((scope) => {
      new S3BucketVersioningA(scope, "it", { bucket: "b", versioningConfiguration: { status: "Enabled" } });
    });
    expect(Object.keys(resource(stack)).sort()).toEqual(["bucket", "versioning_configuration"]);
  });

  test("tags that only Terraform knows are merged by Terraform, the resource's own last", () => {
    const stack = tagged((scope) => {
      const given = new TerraformVariable(scope, "given", { type: "map(string)" });
      new S3Bucket(scope, "map", { tags: Token.asStringMap(given.value) });
      new S3Bucket(scope, "value", { tags: given.value });
      new S3Bucket(scope, "entry", { tags: { team: given.stringValue } });
    });
    const merged =
      '${merge({"cost-centre" = "cc-1042", "data-class" = "internal", "environment" = "prod", "managed-by" = "cdktf-hybrid-ai", "owner" = "data-platform"}, var.given)}';
    expect(stack.resource?.aws_s3_bucket?.map?.tags).toBe(merged);
    expect(stack.resource?.aws_s3_bucket?.value?.tags).toBe(merged);
    expect(stack.resource?.aws_s3_bucket?.entry?.tags).toEqual({ ...TAGS, team: "${var.given}" });
  });

  test("an Auto Scaling group gets its list of tags, which reach the instances", () => {
    const stack = tagged((scope) => {
      new AutoscalingGroup(scope, "it", {
        minSize: 0,
        maxSize: 1,
        tag: [{ key: "owner", value: "me", propagateAtLaunch: false }],
      });
    });
    const { owner: _, ...others } = TAGS;
    expect(resource(stack).tag).toEqual([
      { key: "owner", value: "me", propagate_at_launch: false },
      ...Object.entries(others).map(([key, value]) => ({ key, value, propagate_at_launch: true })),
    ]);
  });

  test("a list of tags that only Terraform knows is refused, not overwritten", () => {
    const declare = () =>
      tagged((scope) => {
        new AutoscalingGroup(scope, "it", {
          minSize: 0,
          maxSize: 1,
          tag: Lazy.anyValue({ produce: () => [] }),
        });
      });
    expect(captureValidationError(declare).codes).toEqual(["TokenNotAllowed"]);
  });

  test("an object in S3 takes ten tags, the stack's included", () => {
    const object = (own: number) =>
      tagged((scope) => {
        const tags = Object.fromEntries(Array.from({ length: own }, (_, index) => [`t${index}`, "x"]));
        new S3Object(scope, "it", { bucket: "b", key: "k", tags });
      });
    expect(Object.keys(resource(object(5)).tags as object)).toHaveLength(10);
    const error = captureValidationError(() => object(6));
    expect(error.codes).toEqual(["TooManyTags"]);
    expect(error.where).toBe("stack/it");
  });

  test("tags that mean something else stay as they are", () => {
    const stack = tagged((scope) => {
      new DevopsguruResourceCollection(scope, "choice", {
        type: "AWS_TAGS",
        tags: [{ appBoundaryKey: "DevOps-Guru-x", tagValues: ["y"] }],
      });
      new AutoscalingGroupTagA(scope, "tag", {
        autoscalingGroupName: "g",
        tag: { key: "k", value: "v", propagateAtLaunch: true },
      });
    });
    expect(stack.resource?.aws_devopsguru_resource_collection?.choice?.tags).toEqual([
      { app_boundary_key: "DevOps-Guru-x", tag_values: ["y"] },
    ]);
    expect(stack.resource?.aws_autoscaling_group_tag?.tag?.tag).toEqual({
      key: "k",
      value: "v",
      propagate_at_launch: true,
    });
  });
});

describe("Google", () => {
  test("every resource with labels gets them; its own win", () => {
    const stack = tagged((scope) => {
      new StorageBucket(scope, "it", { name: "b", location: "EU", labels: { owner: "me" } });
    });
    expect(resource(stack).labels).toEqual({ ...TAGS, owner: "me" });
  });

  test("labels go where a type keeps them", () => {
    const stack = tagged((scope) => {
      new ContainerCluster(scope, "cluster", { name: "c" });
      new MonitoringNotificationChannel(scope, "channel", {
        type: "email",
        labels: { email_address: "a@b.test" },
      });
      new CloudRunService(scope, "service", { name: "s", location: "l" });
    });
    expect(stack.resource?.google_container_cluster?.cluster?.resource_labels).toEqual(TAGS);
    expect(stack.resource?.google_monitoring_notification_channel?.channel).toMatchObject({
      labels: { email_address: "a@b.test" },
      user_labels: TAGS,
    });
    expect(stack.resource?.google_cloud_run_service?.service?.metadata).toEqual({ labels: TAGS });
  });

  test("labels that mean something else stay as they are", () => {
    const stack = tagged((scope) => {
      new CloudIdentityGroup(scope, "group", {
        parent: "customers/C",
        groupKey: { id: "g@b.test" },
        labels: { "cloudidentity.googleapis.com/groups.discussion_forum": "" },
      });
      new MonitoringMetricDescriptor(scope, "metric", {
        description: "d",
        displayName: "d",
        metricKind: "GAUGE",
        type: "custom.googleapis.com/x",
        valueType: "INT64",
        labels: [{ key: "zone" }],
      });
    });
    expect(stack.resource?.google_cloud_identity_group?.group?.labels).toEqual({
      "cloudidentity.googleapis.com/groups.discussion_forum": "",
    });
    expect(stack.resource?.google_monitoring_metric_descriptor?.metric?.labels).toEqual([{ key: "zone" }]);
  });
});

test("synthesizing twice gives the same", () => {
  const stack = new TerraformStack(testApp(), "stack");
  new AwsProvider(stack, "aws");
  new KubernetesProvider(stack, "kubernetes");
  new AutoscalingGroup(stack, "group", { minSize: 0, maxSize: 1 });
  new Manifest(stack, "late", {
    manifest: Lazy.anyValue({ produce: () => ({ kind: "X" }) }) as unknown as Record<string, unknown>,
  });
  new S3Bucket(stack, "bucket", { tags: new TerraformVariable(stack, "given", {}).value });
  tagStack(stack, OWNERSHIP);
  expect(synthStack(stack)).toEqual(synthStack(stack));
});

describe("the bindings", () => {
  /** Types of the resources in a provider package whose property takes something else than a map of text. */
  function exceptions(provider: string, property: string): string[] {
    const root = join(dirname(require.resolve(`@cdktf/provider-${provider}/package.json`)), "lib");
    return readdirSync(root)
      .filter((module) => !module.startsWith("data-") && !module.includes("."))
      .filter((module) => {
        const source = readFileSync(join(root, module, "index.d.ts"), "utf8");
        const resource = source.slice(source.indexOf("extends cdktf.TerraformResource {"));
        const type = new RegExp(`get ${property}Input\\(\\): ([^;]+);`).exec(resource)?.[1];
        return type !== undefined && !/^\{\s*\[key: string\]: string/.test(type);
      })
      .map((module) => `${provider}_${module.replaceAll("-", "_")}`);
  }

  test("know no other AWS tags that are not a map than those that are handled", () => {
    expect(exceptions("aws", "tags")).toEqual(["aws_devopsguru_resource_collection"]);
  });

  test("know no other Google labels that are not a map than those that are handled", () => {
    expect(exceptions("google", "labels")).toEqual([
      "google_deployment_manager_deployment",
      "google_monitoring_metric_descriptor",
    ]);
    expect(exceptions("google", "userLabels")).toEqual([]);
    expect(exceptions("google", "resourceLabels")).toEqual([]);
  });
});
