import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { TerraformCount, TerraformOutput, TerraformStack, Token } from "cdktf";
import fc from "fast-check";
import { findAbsolutePaths, findTokenLeaks, synthStack, testApp } from "../../lib/testing";

describe("findTokenLeaks", () => {
  test("finds a number token in a template string, where it is", () => {
    const stack = new TerraformStack(testApp(), "stack");
    new AwsProvider(stack, "aws");
    const count = TerraformCount.of(2);
    new S3Bucket(stack, "raw", { bucket: `raw-${count.index}`, count });
    new S3Bucket(stack, "good", { bucket: `good-${Token.asString(count.index)}`, count });
    const leaks = findTokenLeaks(synthStack(stack));
    expect(leaks.map((leak) => leak.path)).toEqual(["resource.aws_s3_bucket.raw.bucket"]);
  });

  test("finds nothing in a good stack", () => {
    const stack = new TerraformStack(testApp(), "stack");
    new AwsProvider(stack, "aws");
    const bucket = new S3Bucket(stack, "raw");
    new TerraformOutput(stack, "arn", { value: `arn is ${bucket.arn}` });
    expect(findTokenLeaks(synthStack(stack))).toEqual([]);
  });

  test.each<[unknown, string]>([
    [{ a: "${TfToken[TOKEN.12]}" }, "a"],
    [{ a: ["x", "#{TfToken[TOKEN.1]}"] }, "a.1"],
    [{ a: { "&{TfToken[TOKEN.1]}": "x" } }, "a.(key) &{TfToken[TOKEN.1]}"],
    [{ a: "TfToken[cut" }, "a"],
    [{ a: "bucket-token.3" }, "a"],
    [{ a: "b--8.10956221259138e+298" }, "a"],
    [{ a: Token.asNumber("${x.y}") }, "a"],
    [{ a: Token.asNumberList("${x.y}") }, "a.0"],
    [{ a: 2 * Token.asNumber("${x.y}") }, "a"],
    [{ a: Token.asNumberList("${x.y}").map((entry) => entry * 2) }, "a.0"],
    [{ a: "String Map Token Value" }, "a"],
    [{ a: "arn:[object Object]" }, "a"],
  ])("finds %j", (json, path) => {
    expect(findTokenLeaks(json).map((leak) => leak.path)).toEqual([path]);
  });

  test.each<unknown>([
    { a: "${aws_s3_bucket.raw.arn}", b: 1e300, c: -1, d: "1.5e+10", e: null, f: true },
    { token: "csrf-token", a: "a token", b: "object Object" },
    [],
    "text",
    undefined,
  ])("finds nothing in %j", (json) => {
    expect(findTokenLeaks(json)).toEqual([]);
  });

  test("never crashes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        for (const leak of findTokenLeaks(json)) {
          expect(typeof leak.path).toBe("string");
        }
      }),
    );
  });
});

describe("findAbsolutePaths", () => {
  const roots = ["/work/app", "/root"];

  test.each<[unknown, string]>([
    [{ a: { b: "/work/app/cdktf.out/x.zip" } }, "a.b"],
    [{ a: "see /work/app" }, "a"],
    [{ a: ["file:///work/app/x"] }, "a.0"],
    [{ a: "/work/application:/work/app/x" }, "a"],
    [{ "/root/.kube": "x" }, "(key) /root/.kube"],
    [{ a: "/home/bob/x" }, "a"],
    [{ a: "/Users/bob/x" }, "a"],
    [{ a: "C:\\state" }, "a"],
    [{ a: "d:/state" }, "a"],
    [{ a: "file:///home/bob" }, "a"],
  ])("finds %j", (json, path) => {
    expect(findAbsolutePaths(json, roots).map((leak) => leak.path)).toEqual([path]);
  });

  test.each<unknown>([
    { a: "/", b: "/service-role/", c: "/var/run/secrets", d: "~/.kube/config", e: "../../../state" },
    {
      a: "/work/application/x",
      b: "/rootless",
      c: "s3://bucket/home/x",
      d: "https://x.test/Users/y",
      e: "s3://b/root/x",
    },
    { a: "arn:aws:iam::1:role/x", b: 5 },
  ])("finds nothing in %j", (json) => {
    expect(findAbsolutePaths(json, roots)).toEqual([]);
  });

  test("looks for the working directory by default", () => {
    expect(findAbsolutePaths({ a: `${process.cwd()}/x` })).toEqual([
      { path: "a", text: `${process.cwd()}/x` },
    ]);
    expect(findAbsolutePaths({ a: "/opt/x" })).toEqual([]);
  });

  test("a root of one sign would match everything and is left out", () => {
    expect(findAbsolutePaths({ a: "/opt/x" }, ["/", ""])).toEqual([]);
  });

  test("finds the path that cdktf's own default backend writes", () => {
    const stack = new TerraformStack(testApp(), "stack");
    stack.ensureBackendExists();
    expect(findAbsolutePaths(synthStack(stack)).map((leak) => leak.path)).toEqual([
      "terraform.backend.local.path",
    ]);
  });
});
