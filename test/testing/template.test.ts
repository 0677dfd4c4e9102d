import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformStack } from "cdktf";
import { ValidationError } from "../../lib/core/errors";
import { Problems } from "../../lib/core/problems";
import { captureValidationError, Template, testApp } from "../../lib/testing";

function template(): Template {
  const stack = new TerraformStack(testApp(), "stack");
  new AwsProvider(stack, "aws");
  new KubernetesProvider(stack, "kubernetes");
  new S3Bucket(stack, "raw", { bucket: "acme-raw" });
  new S3Bucket(stack, "curated", { bucket: "acme-curated" });
  new Manifest(stack, "map", { manifest: { apiVersion: "v1", kind: "ConfigMap" } });
  return Template.of(stack);
}

test("all resources of a type, by id", () => {
  expect(template().resources("aws_s3_bucket")).toEqual({
    raw: { bucket: "acme-raw" },
    curated: { bucket: "acme-curated" },
  });
  expect(template().resources("aws_kms_key")).toEqual({});
});

test("the one resource whose id holds a part", () => {
  expect(template().resource("aws_s3_bucket", "cur")).toEqual({ bucket: "acme-curated" });
  expect(template().resource("kubernetes_manifest")).toEqual({
    manifest: { apiVersion: "v1", kind: "ConfigMap" },
  });
});

test("asking for one of several, or for none, fails with the ids that exist", () => {
  expect(() => template().resource("aws_s3_bucket")).toThrow(
    'expected exactly one aws_s3_bucket whose id holds "", found 2; ids: curated, raw',
  );
  expect(() => template().resource("aws_s3_bucket", "refined")).toThrow("found 0; ids: curated, raw");
  expect(() => template().resource("aws_kms_key")).toThrow("found 0; ids: none");
});

test("the number of resources of a type", () => {
  expect([template().count("aws_s3_bucket"), template().count("aws_kms_key")]).toEqual([2, 0]);
});

test("Kubernetes objects, by id", () => {
  expect(template().manifests()).toEqual({ map: { apiVersion: "v1", kind: "ConfigMap" } });
});

test("the whole stack as text", () => {
  expect(template().text).toContain("acme-raw");
  expect(JSON.parse(template().text)).toEqual(template().json);
});

test("reads files of app.synth() too, without their comments", () => {
  const written = new Template({
    "//": { metadata: {} },
    resource: { aws_s3_bucket: { raw: { "//": { metadata: { path: "stack/raw" } }, bucket: "b" } } },
  });
  expect(written.resource("aws_s3_bucket")).toEqual({ bucket: "b" });
});

test("an empty stack has nothing", () => {
  expect(new Template({}).resources("x")).toEqual({});
  expect(new Template({}).count("x")).toBe(0);
});

test("validations run", () => {
  const stack = new TerraformStack(testApp(), "stack");
  stack.node.addValidation({ validate: () => ["wrong"] });
  expect(() => Template.of(stack)).toThrow("wrong");
});

describe("captureValidationError", () => {
  const invalid = () => {
    const problems = new Problems("test");
    problems.name("name", "");
    problems.throwIfAny();
  };

  test("gives the error", () => {
    const error = captureValidationError(invalid);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.code).toBe("InvalidName");
  });

  test("lets another error through", () => {
    const body = () => {
      throw new TypeError("another");
    };
    expect(() => captureValidationError(body)).toThrow(TypeError);
  });

  test("fails if nothing is thrown", () => {
    expect(() => captureValidationError(() => 1)).toThrow(
      "expected a ValidationError, but nothing was thrown",
    );
  });
});
