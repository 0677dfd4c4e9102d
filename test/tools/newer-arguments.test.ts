import { dropNewerArguments } from "../../tools/lib/newer-arguments";

const stack = {
  resource: {
    aws_emrserverless_application: {
      spark: { name: "spark", runtime_configuration: [{ classification: "x" }] },
    },
    aws_s3_bucket: { raw: { bucket: "raw", runtime_configuration: "not the argument that is meant" } },
  },
};

test("an older provider is asked only for what it knows, and the rest is named", () => {
  const { json, notes } = dropNewerArguments(stack, "hashicorp/aws", "5.100.0");
  expect(json.resource).toEqual({
    aws_emrserverless_application: { spark: { name: "spark" } },
    aws_s3_bucket: stack.resource.aws_s3_bucket,
  });
  expect(notes).toEqual([
    "aws_emrserverless_application.runtime_configuration: left out, hashicorp/aws 5.100.0 does not have it (since 6.x)",
  ]);
});

test.each(["6.0.0", "6.25.0"])("provider %s gets the stack as it is", (version) => {
  expect(dropNewerArguments(stack, "hashicorp/aws", version)).toEqual({ json: stack, notes: [] });
});

test("the stack that was given is not changed", () => {
  const before = structuredClone(stack);
  dropNewerArguments(stack, "hashicorp/aws", "5.100.0");
  expect(stack).toEqual(before);
});
