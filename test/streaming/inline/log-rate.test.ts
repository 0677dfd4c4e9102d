import { Problems } from "../../../lib/core/problems";
import { checkLogRate } from "../../../lib/streaming/inline/log-rate";
import { captureValidationError } from "../../../lib/testing";

const check = (
  entriesPerSecond: number,
  meanBytes: number,
  kind: "athena" | "trino" | "bigquery" = "athena",
) => {
  const problems = new Problems("stack/bidder");
  const warning = checkLogRate(problems, "log.sampleRate", kind, { entriesPerSecond, meanBytes });
  problems.throwIfAny();
  return warning;
};

describe("a log that goes into Athena", () => {
  test("is written as fast as statements of five seconds are, without a word", () => {
    expect(check(52, 1_008)).toBeUndefined();
  });

  test("is warned of beyond that, with how fast Athena has to be", () => {
    expect(check(53, 1_000)).toBe(
      "53 entries of 1000 bytes a second need a statement of 262144 bytes every 4.95 s; at 5 s a statement 52.4 entries a second are written",
    );
    expect(check(262, 1_000)).toContain("every 1 s");
  });

  test("is refused where every statement would have to end within a second", () => {
    const error = captureValidationError(() => check(263, 1_000));
    expect(error.codes).toEqual(["LogFasterThanTable"]);
    expect(error.findings[0]).toMatchObject({
      subject: "log.sampleRate",
      given: "263 entries of 1000 bytes a second",
      allowed: expect.stringContaining("at most 262 of them"),
    });
  });
});

test.each(["trino", "bigquery"] as const)("%s is as fast as it commits, and nothing is said", (kind) => {
  expect(check(1_000, 10_000, kind)).toBeUndefined();
});
