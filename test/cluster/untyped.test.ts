import { GoogleCluster, type GoogleClusterProps } from "../../lib/google";
import { captureValidationError } from "../../lib/testing";
import { cluster as aws } from "./aws/fixture";
import { cluster as google } from "./google/fixture";
import { make as existing } from "./kubernetes/machines-of";

/** Clusters of programs without types, each with these pools. */
const CLUSTERS: readonly [string, (pools: never) => unknown][] = [
  ["AwsCluster", (pools) => aws([], { pools })],
  ["GoogleCluster", (pools) => google([], { pools })],
  ["KubernetesCluster", (pools) => existing({ pools })],
];

describe.each(CLUSTERS)("%s", (_, make) => {
  test.each<[unknown, string]>([
    [undefined, "MissingValue"],
    [null, "MissingValue"],
    [[], "MissingValue"],
    [[null], "MissingValue"],
    [["train"], "NotOneOf"],
    [{}, "NotOneOf"],
    ["train", "NotOneOf"],
  ])("refuses pools %p", (pools, code) => {
    expect([...captureValidationError(() => make(pools as never)).codes]).toEqual([code]);
  });
});

test("zones of a cluster at Google are a list", () => {
  const zones = (given: unknown) =>
    captureValidationError(() => google([], { zones: given as GoogleClusterProps["zones"] })).code;
  expect(zones("europe-west4-a")).toBe("NotOneOf");
  expect(zones({})).toBe("NotOneOf");
  expect(zones(undefined)).toBe("MissingValue");
  expect(google().made).toBeInstanceOf(GoogleCluster);
});
