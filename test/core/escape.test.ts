import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { TerraformOutput, TerraformStack } from "cdktf";
import fc from "fast-check";
import { escapeTemplate } from "../../lib/core/escape";
import { Template, testApp } from "../../lib/testing";
import { hostileText } from "../hostile-text";

/** What Terraform makes of the literal parts of a template; `undefined` if it would interpolate anything. */
function readByTerraform(template: string): string | undefined {
  let read = "";
  for (let at = 0; at < template.length; at++) {
    const rest = template.slice(at);
    if (rest.startsWith("$${") || rest.startsWith("%%{")) {
      read += rest.slice(1, 3);
      at += 2;
    } else if (rest.startsWith("${") || rest.startsWith("%{")) {
      return undefined;
    } else {
      read += template.charAt(at);
    }
  }
  return read;
}

// Each pair was put into an output and applied with Terraform 1.11.4: the output was the first text again.
test.each([
  ["x ${HOME} y", "x $${HOME} y"],
  ["x $${x} y", "x $$${x} y"],
  ["$$${x}", "$$$${x}"],
  ["$$$${x}", "$$$$${x}"],
  ["%{if}", "%%{if}"],
  ["%%{if}", "%%%{if}"],
  ["$%{x}", "$%%{x}"],
  ["%${x}", "%$${x}"],
  ["$%%{", "$%%%{"],
  ["$$%{", "$$%%{"],
  ["$$", "$$"],
  ["$", "$"],
  ['a\nb"q"\\n', 'a\nb"q"\\n'],
])("%j is written as %j", (text, template) => {
  expect(escapeTemplate(text)).toBe(template);
  expect(readByTerraform(template)).toBe(text);
});

test("Terraform reads every escaped text as the text that was given", () => {
  const hostile = fc
    .array(fc.constantFrom("$", "%", "{", "}", "\n", '"', "\\", "x", "${", "%{"))
    .map((signs) => signs.join(""));
  fc.assert(
    fc.property(fc.oneof(hostile, hostileText), (text) => {
      expect(readByTerraform(escapeTemplate(text))).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

test("a token inside the text is still interpolated, the text around it is not", () => {
  const stack = new TerraformStack(testApp(), "stack");
  new AwsProvider(stack, "aws");
  const bucket = new S3Bucket(stack, "bucket");
  new TerraformOutput(stack, "mixed", { value: escapeTemplate(`\${aws:username}\n${bucket.arn} %{x}`) });
  new TerraformOutput(stack, "alone", { value: escapeTemplate(bucket.arn) });
  expect(Template.of(stack).json.output).toEqual({
    mixed: { value: "$${aws:username}\n${aws_s3_bucket.bucket.arn} %%{x}" },
    alone: { value: "${aws_s3_bucket.bucket.arn}" },
  });
});
