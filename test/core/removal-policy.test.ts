import { TerraformStack, Token } from "cdktf";
import { Problems } from "../../lib/core/problems";
import { ALLOW_DESTROY_CONTEXT, mayDestroy, type RemovalPolicy } from "../../lib/core/removal-policy";
import { captureValidationError, testApp } from "../../lib/testing";

function decide(policy: RemovalPolicy | undefined, allow?: unknown): boolean {
  const app = testApp(allow === undefined ? {} : { [ALLOW_DESTROY_CONTEXT]: allow });
  const problems = new Problems("test");
  const decision = mayDestroy(new TerraformStack(app, "stack"), policy, problems);
  problems.throwIfAny();
  return decision;
}

test("both keys together destroy", () => {
  expect(decide("destroy", true)).toBe(true);
  expect(decide("destroy", "true")).toBe(true);
});

test.each([undefined, "retain"] as const)("the app's key alone changes nothing (%s)", (policy) => {
  expect(decide(policy, true)).toBe(false);
  expect(decide(policy)).toBe(false);
});

test.each<unknown>([undefined, false, "false", "", 1, "yes", "TRUE", {}])(
  "the construct's key alone is refused (context %p)",
  (allow) => {
    const error = captureValidationError(() => decide("destroy", allow));
    expect(error.codes).toEqual(["RemovalNeedsTwoKeys"]);
    expect(error.message).toContain("cdktf-hybrid-ai/allowDestroy");
  },
);

test("anything else is refused, tokens included", () => {
  expect(captureValidationError(() => decide("snapshot" as RemovalPolicy, true)).codes).toEqual(["NotOneOf"]);
  expect(captureValidationError(() => decide(Token.asString({}) as RemovalPolicy, true)).codes).toEqual([
    "TokenNotAllowed",
  ]);
});
