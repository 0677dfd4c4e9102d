import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import {
  DataTerraformRemoteStateLocal,
  Fn,
  Lazy,
  TerraformCount,
  TerraformIterator,
  TerraformLocal,
  TerraformStack,
  TerraformVariable,
  Token,
} from "cdktf";
import fc from "fast-check";
import { isToken } from "../../lib/core/tokens";
import { testApp } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const stack = new TerraformStack(testApp(), "stack");
const bucket = new S3Bucket(stack, "bucket");
const identity = new DataAwsCallerIdentity(stack, "identity");
const variable = new TerraformVariable(stack, "variable", { type: "string" });
const local = new TerraformLocal(stack, "local", "value");
const remote = new DataTerraformRemoteStateLocal(stack, "remote", { path: "x" });
const iterator = TerraformIterator.fromList(["a", "b"]);
const mapIterator = TerraformIterator.fromMap({ a: "b" });
const count = TerraformCount.of(2);

const TOKENS: Readonly<Record<string, unknown>> = {
  "a string": Token.asString({ a: 1 }),
  "a number": Token.asNumber("${aws_x.y.z}"),
  "a list of strings": Token.asList("${aws_x.y.z}"),
  "a list of numbers": Token.asNumberList("${aws_x.y.z}"),
  "a map of strings": Token.asStringMap("${aws_x.y.z}"),
  "a map of numbers": Token.asNumberMap("${aws_x.y.z}"),
  "a map of booleans": Token.asBooleanMap("${aws_x.y.z}"),
  "a map of anything": Token.asAnyMap("${aws_x.y.z}"),
  "any value": Token.asAny({ a: 1 }),
  null: Token.nullValue(),
  "a lazy string": Lazy.stringValue({ produce: () => "x" }),
  "a lazy number": Lazy.numberValue({ produce: () => 1 }),
  "a lazy list": Lazy.listValue({ produce: () => ["x"] }),
  "a lazy value": Lazy.anyValue({ produce: () => ({}) }),
  "an attribute": bucket.arn,
  "a map attribute": bucket.tagsAll,
  "a block of a resource": bucket.versioning,
  "a list of blocks": bucket.grant,
  "an attribute of a data source": identity.accountId,
  "a variable as string": variable.stringValue,
  "a variable as number": variable.numberValue,
  "a variable as list": variable.listValue,
  "a variable as boolean": variable.booleanValue,
  "a variable as value": variable.value,
  "a local": local.asString,
  "remote state as string": remote.getString("x"),
  "remote state as number": remote.getNumber("x"),
  "remote state as list": remote.getList("x"),
  "remote state as boolean": remote.getBoolean("x"),
  "remote state as value": remote.get("x"),
  "a function of strings": Fn.join("-", ["a", "b"]),
  "a function of numbers": Fn.max([1, 2]),
  "a function of lists": Fn.concat([["a"], ["b"]]),
  "a function of maps": Fn.merge([{ a: "b" }, { c: "d" }]),
  "a raw string": Fn.rawString("x"),
  "an iterator's value": iterator.value,
  "an iterator's key": mapIterator.key,
  "an iterator's entries": iterator.dynamic({ a: iterator.value }),
  "a count's index": count.index,
  "a concatenation": `a-${bucket.arn}-b`,
  "two in a text": `${bucket.arn}${bucket.id}`,
  "a number in a text": `bucket-${count.index}`,
  "a number at the start of a text": `${count.index}`,
  "a list element in a text": `x${Token.asList("${a.b}")[0]}`,
  "one in a list": ["literal", bucket.arn],
  "one in an object": { a: { b: [{ c: bucket.arn }] } },
  "one as a key": { [bucket.arn]: "value" },
  "one in an object without prototype": Object.assign(Object.create(null), { a: bucket.arn }),
};

test.each(Object.entries(TOKENS))("%s is a token", (_name, value) => {
  expect(isToken(value)).toBe(true);
});

test("a number token made after many others is a token", () => {
  for (let made = 0; made < 500; made++) {
    expect(isToken(Token.asNumber(`\${x.y${made}}`))).toBe(true);
  }
});

test.each<unknown>([
  "${HOME}",
  "${aws:username}",
  "$${TfToken",
  "${TfToken[",
  "${TfToken[not a key]}",
  "{TfToken[0]}",
  "%{ if true }",
  "#{expression}",
  "&{x}",
  "",
  "1.5e+300",
  "-8e+29",
  0,
  -0,
  -1e300,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  undefined,
  null,
  true,
  10n,
  Symbol("x"),
  () => "x",
  new Date(0),
  new Map([["a", "b"]]),
  [],
  {},
  { resolve: "not a function" },
])("%p is no token", (value) => {
  expect(isToken(value)).toBe(false);
});

test("no JSON value is a token", () => {
  const outsideTheEncoding = (value: unknown) => !/e\+2[89]\d/.test(JSON.stringify(value));
  fc.assert(
    fc.property(fc.jsonValue().filter(outsideTheEncoding), (value) => {
      expect(isToken(value)).toBe(false);
    }),
  );
});

test("any text around a token is a token", () => {
  fc.assert(
    fc.property(hostileText, hostileText, (before, after) => {
      expect(isToken(`${before}${bucket.arn}${after}`)).toBe(true);
    }),
  );
});

test("circular objects are searched once", () => {
  const circular: Record<string, unknown> = { name: "x" };
  circular.self = [circular];
  expect(isToken(circular)).toBe(false);
  circular.arn = bucket.arn;
  expect(isToken(circular)).toBe(true);
});
