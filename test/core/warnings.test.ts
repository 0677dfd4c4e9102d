import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { addWarning, defineWarnings } from "../../lib/core/warnings";
import { captureValidationError, testApp } from "../../lib/testing";

const Warnings = defineWarnings({ Costly: "this costs a lot", CostlyToo: "this too" });

/** Warnings that a construct at `stack/lake/zone` gets. */
function warnings(acknowledgedWarnings?: unknown): readonly string[] {
  const app = testApp(
    acknowledgedWarnings === undefined
      ? {}
      : { "cdktf-hybrid-ai/acknowledgedWarnings": acknowledgedWarnings },
  );
  const zone = new Construct(new Construct(new TerraformStack(app, "stack"), "lake"), "zone");
  addWarning(zone, Warnings.Costly, "3 gateways");
  return zone.node.metadata.filter((entry) => entry.type === "@cdktf/warn").map((entry) => entry.data);
}

const WARNED = ["[Costly] this costs a lot: 3 gateways"];

test("warns with the stable id, the meaning and the case", () => {
  expect(Warnings.Costly).toEqual({ id: "Costly", meaning: "this costs a lot" });
  expect(warnings()).toEqual(WARNED);
});

test.each([["Costly"], ["Costly:stack"], ["Costly:stack/lake"], ["Costly:stack/lake/zone"]])(
  "is silent once %s is acknowledged",
  (entry) => {
    expect(warnings(["Other", entry])).toEqual([]);
  },
);

test.each([
  ["CostlyToo"],
  ["Cost"],
  ["costly"],
  ["Costly:"],
  ["Costly:stack/la"],
  ["Costly:stack/lake/zone/inner"],
  ["Costly:other"],
  ["Costly:stack:lake"],
  ["Costly/stack"],
])("still warns when %s is acknowledged", (entry) => {
  expect(warnings([entry])).toEqual(WARNED);
});

test.each<unknown>(["Costly", { Costly: true }, [1], true])(
  "refuses context of another form: %p",
  (context) => {
    const error = captureValidationError(() => warnings(context));
    expect(error.codes).toEqual(["InvalidContext"]);
    expect(error.findings[0]?.given).toEqual(context);
  },
);
