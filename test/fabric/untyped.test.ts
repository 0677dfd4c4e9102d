import { Lazy } from "cdktf";
import { Accelerator } from "../../lib/fabric/accelerators";
import { Capacity } from "../../lib/fabric/capacity";
import { Machine } from "../../lib/fabric/machines";
import { checkPool } from "../../lib/fabric/pool";
import { Site } from "../../lib/fabric/site";
import { Slice } from "../../lib/fabric/slice";
import { captureValidationError } from "../../lib/testing";

/** Programs without types call as they like. */
const call = <T>(made: T) => made as unknown as (...args: unknown[]) => unknown;
const codes = (make: () => unknown) => [...captureValidationError(make).codes];

const CPU = Slice.cpu({ vcpu: 8, memoryGib: 32, nodes: 2 });
const pool = (props: Record<string, unknown>) =>
  codes(() => call(checkPool)("cluster", { name: "pool", slice: CPU, ...props }));

describe("a function without what it needs", () => {
  test.each<[string, unknown, unknown[]]>([
    ["Machine.aws", Machine.aws, []],
    ["Machine.google", Machine.google, [null]],
    ["Machine.coreWeave", Machine.coreWeave, []],
    ["Machine.onPrem", Machine.onPrem, []],
    ["Accelerator.of", Accelerator.of, []],
    ["Site.aws", Site.aws, ["x"]],
    ["Site.google", Site.google, ["x", null]],
    ["Site.kubernetes", Site.kubernetes, ["x"]],
    ["Site.kubernetes without a kubeconfig", Site.kubernetes, ["x", { country: "DE" }]],
  ])("%s", (_, make, args) => {
    expect(codes(() => call(make)(...args))).toEqual(["MissingValue"]);
  });

  test.each<[string, unknown, unknown[]]>([
    ["Machine.aws", Machine.aws, ["p5.48xlarge"]],
    ["Accelerator.of", Accelerator.of, [["h200"]]],
    ["Site.aws", Site.aws, ["x", "eu-west-1"]],
    ["Site.kubernetes", Site.kubernetes, ["x", { country: "DE", kubeconfig: "~/.kube/config" }]],
    ["kubeconfig.context", Site.kubernetes, ["x", { country: "DE", kubeconfig: { context: 1 } }]],
    ["kubeconfig.path", Site.kubernetes, ["x", { country: "DE", kubeconfig: { context: "c", path: 5 } }]],
    ["a description of an accelerator", Slice.accelerators, [{}, { perNode: 1, nodes: 1 }]],
    ["a topology", Slice.tpu, ["tpu-v6e", { topology: 88 }]],
    ["an AWS reservation", Capacity.reservation, [{ aws: "cr-0123456789abcdef0" }]],
    ["a Google reservation", Capacity.reservation, [{ google: ["r"] }]],
    ["owned machines", Capacity.reservation, [{ owned: "yes" }]],
    ["reserved instances", Capacity.reservation, [{ coreWeave: {} }]],
  ])("is told what it got instead: %s", (_, make, args) => {
    expect(codes(() => call(make)(...args))).toEqual(["NotOneOf"]);
  });

  test("an account is a text: numbers lose their zeros", () => {
    expect(codes(() => call(Site.aws)("x", { region: "eu-west-1", account: 111122223333 }))).toEqual([
      "InvalidAccount",
    ]);
  });
});

describe("a pool", () => {
  test.each<[string, unknown, string]>([
    ["slice", undefined, "MissingValue"],
    ["slice", null, "MissingValue"],
    ["slice", {}, "NotOneOf"],
    ["slice", "h200", "NotOneOf"],
    ["slice", { kind: "cpu" }, "NotOneOf"],
    ["slice", { kind: "accelerators", accelerator: {}, perNode: 8, nodes: 2 }, "NotOneOf"],
    ["slice", { ...CPU, nodes: 2 }, "NotOneOf"],
    ["slice", { kind: "tpu", topology: "4x4" }, "NotOneOf"],
    ["zones", "a", "NotOneOf"],
    ["zones", {}, "NotOneOf"],
    ["zones", [1], "NotOneOf"],
    ["zones", [null], "MissingValue"],
    ["zones", [], "MissingValue"],
    ["taints", {}, "NotOneOf"],
    ["taints", "gpu", "NotOneOf"],
    ["taints", ["gpu"], "NotOneOf"],
    ["taints", [null], "MissingValue"],
    ["labels", "ab", "NotOneOf"],
    ["labels", ["a"], "NotOneOf"],
    ["disruption", "none", "NotOneOf"],
    ["disruption", { repair: "no" }, "NotOneOf"],
    ["closeTogether", "no", "NotOneOf"],
    ["closeTogether", 1, "NotOneOf"],
    ["machineType", 5, "NotOneOf"],
    ["machineType", {}, "MissingValue"],
    ["name", "constructor", "InvalidName"],
    ["name", "__proto__", "InvalidName"],
    ["name", undefined, "InvalidName"],
    ["capacity", { kind: "flexStart" }, "NumberOutOfRange"],
    ["capacity", { kind: "capacityBlock" }, "MissingValue"],
    ["capacity", { kind: "reservation" }, "MissingValue"],
  ])("with %s %p", (option, value, code) => {
    expect(pool({ [option]: value })).toEqual([code]);
  });

  test("with tokens that would shape it", () => {
    const later = Lazy.anyValue({ produce: () => ({}) });
    expect(pool({ slice: later })).toEqual(["TokenNotAllowed"]);
    expect(pool({ labels: later })).toEqual(["TokenNotAllowed"]);
  });

  test("of which nothing at all is a pool is told by its cluster", () => {
    expect(codes(() => call(checkPool)("cluster", {}))).toEqual(["InvalidName", "MissingValue"]);
  });
});

test("slices that are written by hand are taken if they are whole", () => {
  const slice = { kind: "cpu", vcpu: 8, memoryGib: 32, arch: "amd64", nodes: { min: 1, max: 2 } } as const;
  expect(checkPool("cluster", { name: "pool", slice }).slice).toBe(slice);
});
