import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { TerraformStack } from "cdktf";
import { diffAddresses, formerly, movedAddresses, resourceAddresses } from "../../lib/core/addresses";
import { synthStack, testApp } from "../../lib/testing";

/** A stack with these buckets; a bucket may have had another id. */
function stackWith(buckets: Readonly<Record<string, string | undefined>>) {
  const stack = new TerraformStack(testApp(), "stack");
  new AwsProvider(stack, "aws");
  for (const [id, former] of Object.entries(buckets)) {
    const bucket = new S3Bucket(stack, id);
    if (former) {
      expect(formerly(bucket, former)).toBe(bucket);
    }
  }
  return synthStack(stack);
}

test("addresses are sorted and hold managed resources only", () => {
  expect(resourceAddresses(stackWith({ b: undefined, a: undefined }))).toEqual([
    "aws_s3_bucket.a",
    "aws_s3_bucket.b",
  ]);
  expect(resourceAddresses({})).toEqual([]);
});

test("a former id becomes a moved block", () => {
  const stack = stackWith({ fresh: "old" });
  expect(stack.moved).toEqual([{ from: "aws_s3_bucket.old", to: "aws_s3_bucket.fresh" }]);
  expect([...movedAddresses(stack)]).toEqual([["aws_s3_bucket.old", "aws_s3_bucket.fresh"]]);
  expect([...movedAddresses(stackWith({ fresh: undefined }))]).toEqual([]);
});

test("a resource has one former id only", () => {
  const bucket = new S3Bucket(new TerraformStack(testApp(), "stack"), "fresh");
  formerly(bucket, "old");
  expect(() => formerly(bucket, "older")).toThrow("fresh");
});

describe("comparing with committed addresses", () => {
  const diff = (committed: string[], stack: Parameters<typeof diffAddresses>[1]) => {
    const { missing, added, moved } = diffAddresses(committed, stack);
    return { missing, added, moved: Object.fromEntries(moved) };
  };

  test("no change, whatever the order", () => {
    const stack = stackWith({ a: undefined, b: undefined });
    expect(diff(["aws_s3_bucket.b", "aws_s3_bucket.a"], stack)).toEqual({
      missing: [],
      added: [],
      moved: {},
    });
  });

  test("an address that is gone is missing, a new one is added", () => {
    expect(diff(["aws_s3_bucket.old"], stackWith({ fresh: undefined }))).toEqual({
      missing: ["aws_s3_bucket.old"],
      added: ["aws_s3_bucket.fresh"],
      moved: {},
    });
  });

  test("a moved block hands the address over", () => {
    expect(diff(["aws_s3_bucket.old"], stackWith({ fresh: "old", other: undefined }))).toEqual({
      missing: [],
      added: ["aws_s3_bucket.other"],
      moved: { "aws_s3_bucket.old": "aws_s3_bucket.fresh" },
    });
  });

  test("moved blocks are followed to their end", () => {
    const chain = {
      resource: { t: { c: {} } },
      moved: [
        { from: "t.a", to: "t.b" },
        { from: "t.b", to: "t.c" },
      ],
    };
    expect(diff(["t.a"], chain)).toEqual({ missing: [], added: [], moved: { "t.a": "t.c" } });
    expect(diff(["t.b"], chain)).toEqual({ missing: [], added: [], moved: { "t.b": "t.c" } });
  });

  test("a moved block to nowhere, to a committed address or in a circle excuses nothing", () => {
    const nowhere = { resource: {}, moved: [{ from: "t.a", to: "t.b" }] };
    expect(diff(["t.a"], nowhere).missing).toEqual(["t.a"]);
    const occupied = { resource: { t: { b: {} } }, moved: [{ from: "t.a", to: "t.b" }] };
    expect(diff(["t.a", "t.b"], occupied).missing).toEqual(["t.a"]);
    const circle = {
      resource: { t: { c: {} } },
      moved: [
        { from: "t.a", to: "t.b" },
        { from: "t.b", to: "t.a" },
      ],
    };
    expect(diff(["t.a"], circle)).toEqual({ missing: ["t.a"], added: ["t.c"], moved: {} });
  });

  test("two addresses cannot be moved to the same one", () => {
    const stack = {
      resource: { t: { c: {} } },
      moved: [
        { from: "t.a", to: "t.c" },
        { from: "t.b", to: "t.c" },
      ],
    };
    expect(diff(["t.b", "t.a"], stack)).toEqual({ missing: ["t.b"], added: [], moved: { "t.a": "t.c" } });
  });
});
