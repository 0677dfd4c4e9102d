import { GangJobSet, GangService, poolScheduling } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import * as clusters from "./clusters";
import { eks, install, codesOf as operatorCodes } from "./installed";
import { codesOf, type Props, VISION } from "./queued";
import { stackOf } from "./synthesized";

/** What JavaScript, or a cast, lets through. */
const none = null as never;

describe("what is said about an operator", () => {
  test.each([
    ["a text", "off", "NotOneOf"],
    ["a switch", false, "NotOneOf"],
    ["nothing", null, "MissingValue"],
  ])("is an object, not %s", (_, kueue, code) => {
    expect(operatorCodes(eks(), { operators: { kueue: kueue as never } })).toEqual([code]);
  });

  test("is shown as it should be", () => {
    const { message } = captureValidationError(() =>
      install(eks(), { operators: { kueue: "installed" as never } }),
    );

    expect(message).toContain("operators.kueue");
    expect(message).toContain('{ state: "off" }');
  });
});

describe("a missing object is told, all others with it", () => {
  test.each<[string, Props, readonly string[]]>([
    ["a team", { teams: [none] }, ["MissingValue"]],
    [
      "one team of two",
      { teams: [none, { ...VISION, name: "A" }] },
      ["MissingValue", "InvalidName", "InvalidName"],
    ],
    ["all teams", { teams: none }, ["MissingValue"]],
    ["a team that is a name", { teams: ["vision" as never] }, ["NotOneOf"]],
    ["teams that are no list", { teams: VISION as never }, ["NotOneOf"]],
    ["a quota", { teams: [{ ...VISION, quotas: [none] }] }, ["MissingValue"]],
    ["all quotas", { teams: [{ ...VISION, quotas: none }] }, ["MissingValue"]],
    ["quotas left out", { teams: [{ name: "vision" } as never] }, ["MissingValue"]],
    ["a priority", { priorities: [none] }, ["MissingValue"]],
    ["where to", { dispatch: none }, ["MissingValue"]],
    [
      "a worker",
      { dispatch: { workers: [none], quotas: [{ team: "vision", resources: { "nvidia.com/gpu": 1 } }] } },
      ["MissingValue"],
    ],
    [
      "a remote quota",
      { dispatch: { workers: [{ name: "b", kubeconfigSecret: "b" }], quotas: [none] } },
      ["MissingValue"],
    ],
    ["workers and quotas", { dispatch: {} as never }, ["MissingValue", "MissingValue"]],
    ["the cluster", { cluster: none }, ["MissingValue"]],
  ])("%s", (_, props, codes) => {
    expect(codesOf(props)).toEqual(codes);
  });

  test("the cluster of operators, and settings of Kueue", () => {
    expect(operatorCodes(none, {})).toEqual(["MissingValue"]);
    expect(operatorCodes(eks(), { kueue: none })).toEqual(["MissingValue"]);
  });

  test("parts of gangs", () => {
    const whole = {
      cluster: clusters.onPremCluster(),
      pool: "train",
      name: "llama",
      queue: { namespace: "vision", queueName: "vision" },
      container: { name: "main", image: "registry.example.com/a:1" },
    };
    const codes = (props: object) =>
      captureValidationError(() => new GangJobSet(stackOf(), "job", { ...whole, ...props })).codes;

    expect(captureValidationError(() => poolScheduling(none, "train")).codes).toEqual(["MissingValue"]);
    expect(codes({ cluster: none })).toEqual(["MissingValue"]);
    expect(codes({ container: none })).toEqual(["InvalidName", "MissingValue"]);
    expect(codes({ queue: none })).toEqual(["MissingValue", "InvalidName"]);
    expect(codes({ placement: none })).toEqual(["MissingValue"]);
    expect(
      captureValidationError(() => new GangService(stackOf(), "s", { ...whole, leader: none })).codes,
    ).toEqual(["InvalidName", "MissingValue"]);
  });
});
