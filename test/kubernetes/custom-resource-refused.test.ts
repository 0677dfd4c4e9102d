import { Token } from "cdktf";
import type { CustomResourceProps } from "../../lib/kubernetes/custom-resource";
import { errorOf, resourceOf, specOf } from "./custom-resources";

describe("refused", () => {
  const token = Token.asString({ resolve: () => "later" });

  test.each(["apiVersion", "kind", "name"])("a %s that only Terraform knows", (key) => {
    expect(errorOf({ [key]: token }).codes).toEqual(["TokenNotAllowed"]);
  });

  test.each<Partial<CustomResourceProps>>([
    { apiVersion: "Cnpg.io/v1" },
    { apiVersion: "1" },
    { apiVersion: "a/b/v1" },
    { kind: "cluster" },
    { kind: "" },
    { name: "Catalog" },
    { name: "a".repeat(254) },
    { name: "-a" },
    { namespace: "not a namespace" },
    { labels: { "a/b/c": "x" } },
    { labels: { a: "no spaces" } },
    { labels: { a: "x".repeat(64) } },
    { annotations: { "": "x" } },
  ])("the malformed %j", (props) => {
    expect(errorOf(props).codes).toEqual(["InvalidName"]);
  });

  test.each<Partial<CustomResourceProps>>([
    { apiVersion: "v1" },
    { apiVersion: "kueue.x-k8s.io/v1beta2" },
    { name: "a".repeat(253) },
    { name: "a.b-c.d" },
    { labels: { a: "" } },
    { labels: { a: token } },
    { annotations: { a: "any text\nwith lines" } },
  ])("but not the well-formed %j", (props) => {
    expect(() => resourceOf(props)).not.toThrow();
  });

  test("a status", () => {
    expect(errorOf({ fields: { status: { phase: "x" } } }).codes).toEqual(["StatusInManifest"]);
  });

  test.each(["apiVersion", "kind", "metadata", "spec"])("%s among the other fields", (key) => {
    expect(errorOf({ fields: { [key]: {} } }).codes).toEqual(["ReservedManifestField"]);
  });

  test("null, at any depth, with its path", () => {
    const error = errorOf({ spec: { a: null, b: [{ c: null }] } });
    expect(error.findings.map(({ error, subject }) => [error.code, subject])).toEqual([
      ["NullInManifest", "spec.a"],
      ["NullInManifest", "spec.b[0].c"],
    ]);
  });

  test("a list of different kinds; objects of different shapes are one kind", () => {
    expect(errorOf({ spec: { list: ["a", 1] } }).codes).toEqual(["MixedListElements"]);
    expect(errorOf({ spec: { list: [{}, []] } }).codes).toEqual(["MixedListElements"]);
    expect(
      specOf({
        env: [
          { name: "a", value: "1" },
          { name: "b", valueFrom: {} },
        ],
      }),
    ).toEqual({
      env: [
        { name: "a", value: "1" },
        { name: "b", valueFrom: {} },
      ],
    });
  });

  const loop: Record<string, unknown> = {};
  loop.self = loop;
  test.each([
    ["a function", () => 1],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["not a number", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a big integer", 1n],
    ["a symbol", Symbol("x")],
    ["an object that holds itself", loop],
    ["a hole in a list", [undefined]],
  ])("%s", (_, value) => {
    expect(errorOf({ spec: { value } }).codes).toEqual(["NotPlainData"]);
  });

  test("the same object twice is no loop", () => {
    const shared = { a: 1 };
    expect(specOf({ one: shared, two: shared })).toEqual({ one: { a: 1 }, two: { a: 1 } });
  });

  test("a key that only Terraform knows", () => {
    expect(errorOf({ spec: { map: { [token]: 1 } } }).codes).toEqual(["TokenNotAllowed"]);
  });

  test("more than one thing to wait for, or none", () => {
    expect(errorOf({ waitFor: { rollout: true, fields: { a: "b" } } }).codes).toEqual(["MoreThanOneWait"]);
    expect(errorOf({ waitFor: {} }).codes).toEqual(["MissingValue"]);
    expect(errorOf({ waitFor: { fields: {} } }).codes).toEqual(["MissingValue"]);
    expect(errorOf({ waitFor: { condition: { type: "", status: "True" } } }).codes).toEqual(["MissingValue"]);
    expect(errorOf({ waitFor: { condition: { type: "Ready", status: "true" } } }).codes).toEqual([
      "NotOneOf",
    ]);
  });

  test("a timeout that is no duration", () => {
    expect(errorOf({ timeouts: { create: "30 minutes" } }).codes).toEqual(["InvalidDuration"]);
  });

  test("computed fields that are empty, repeated or always there", () => {
    expect(errorOf({ computedFields: [""] }).codes).toEqual(["MissingValue"]);
    expect(errorOf({ computedFields: ["spec.a", "spec.a"] }).codes).toEqual(["DuplicateValue"]);
    expect(errorOf({ computedFields: ["metadata.labels"] }).codes).toEqual(["DuplicateValue"]);
    expect(errorOf({ computedFields: [token] }).codes).toEqual(["TokenNotAllowed"]);
  });

  test("everything wrong is told at once", () => {
    expect(errorOf({ kind: "x", name: "Y", spec: { a: null }, timeouts: { delete: "x" } }).codes).toEqual([
      "InvalidName",
      "InvalidName",
      "NullInManifest",
      "InvalidDuration",
    ]);
  });
});
