import { Problems } from "../../lib/core/problems";
import { durationOf, secondsOf } from "../../lib/features/duration";
import {
  checkMaterialization,
  type MaterializationProps,
  materializationPlan,
} from "../../lib/features/freshness";
import type { FeatureView } from "../../lib/features/schema";
import { ACTIVITY_VIEW, codesOf, messageOf, PROFILE_VIEW, schema } from "./fixture";

function plan(
  kind: "aws" | "google" | "kubernetes",
  freshness: string,
  props: MaterializationProps = {},
  view: Record<string, unknown> = ACTIVITY_VIEW,
) {
  const made = schema({ views: [{ ...view, freshness } as never] }).views[0] as FeatureView;
  const problems = new Problems("test");
  checkMaterialization(problems, props);
  const planned = materializationPlan(problems, kind, made, props);
  problems.throwIfAny();
  return planned!;
}

describe("materialization", () => {
  test.each([
    ["20m", 600, "*/10 * * * *"],
    ["40m", 1800, "*/30 * * * *"],
    ["1h", 1800, "*/30 * * * *"],
    ["1h10m", 3600, "0 * * * *"],
    ["3h", 7200, "0 */2 * * *"],
    ["48h", 86_400, "0 0 * * *"],
  ])("a freshness of %s on AWS is kept by a run every %d s", (freshness, every, cron) => {
    const made = plan("aws", freshness);
    expect(made).toMatchObject({ kind: "batch", everySeconds: every, cron });
    expect(made.reachSeconds).toBeLessThanOrEqual(secondsOf(freshness)!);
  });

  test("says how the numbers came about", () => {
    expect(plan("aws", "1h").because).toBe(
      "a run every 30m that takes up to 10m serves a value at most 40m after its commit; asked for: 1h",
    );
  });

  test.each<["aws" | "google" | "kubernetes", string, MaterializationProps]>([
    ["aws", "19m59s", {}],
    ["google", "29m", {}],
    ["kubernetes", "9m", {}],
    ["aws", "1h", { every: "1h" }],
    ["aws", "24h", { every: "5m" }],
    ["aws", "30m", { jobTime: "20m" }],
  ])("%s refuses a freshness of %s with %j", (kind, freshness, props) => {
    expect(codesOf(() => plan(kind, freshness, props))).toEqual(["FreshnessUnreachable"]);
  });

  test("says what could be reached", () => {
    expect(messageOf(() => plan("aws", "5m"))).toContain("20m or more: runs of 10m, one after another");
  });

  test("a measured job time makes more possible", () => {
    expect(plan("aws", "5m", { jobTime: "90s" })).toMatchObject({ everySeconds: 180, cron: "*/3 * * * *" });
  });

  test("a stream is as fresh as its processor where the site takes writes", () => {
    expect(plan("aws", "30s", {}, PROFILE_VIEW)).toMatchObject({ kind: "stream", reachSeconds: 10 });
    expect(plan("kubernetes", "30s", {}, PROFILE_VIEW).cron).toBeUndefined();
    expect(codesOf(() => plan("aws", "30s", { streamLag: "31s" }, PROFILE_VIEW))).toEqual([
      "FreshnessUnreachable",
    ]);
  });

  test("Vertex AI syncs what comes by a stream, and says so", () => {
    expect(plan("google", "1h", {}, PROFILE_VIEW)).toMatchObject({ kind: "batch", everySeconds: 2700 - 900 });
    expect(messageOf(() => plan("google", "30s", {}, PROFILE_VIEW))).toContain("cannot be fed by a stream");
  });

  test.each([["7m"], ["90m"], ["25h"]])("an interval of %s is refused", (every) => {
    expect(codesOf(() => plan("aws", "100h", { every }))).toContain("NotOneOf");
  });

  test("durations are read and written", () => {
    for (const text of ["1s", "90s", "1h30m", "24h", "1h0m1s"]) {
      expect(secondsOf(durationOf(secondsOf(text)!))).toBe(secondsOf(text));
    }
    expect([secondsOf(""), secondsOf("1d"), secondsOf("m")]).toEqual([undefined, undefined, undefined]);
  });
});
