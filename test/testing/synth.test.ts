import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { Annotations, type App, Aspects, TerraformOutput, TerraformStack } from "cdktf";
import { expectStable, normaliseStack, synthStack, testApp } from "../../lib/testing";

function stackIn(app = testApp(), id = "stack"): TerraformStack {
  const stack = new TerraformStack(app, id);
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  return stack;
}

describe("synthStack", () => {
  test("gives what Terraform gets", () => {
    const stack = stackIn();
    new S3Bucket(stack, "raw", { bucket: "acme-raw" });
    expect(synthStack(stack)).toEqual({
      "//": { metadata: { backend: "local", stackName: "stack", version: "stubbed" }, outputs: {} },
      provider: { aws: [{ region: "eu-west-1" }] },
      resource: { aws_s3_bucket: { raw: { bucket: "acme-raw" } } },
      terraform: {
        required_providers: { aws: { source: "aws", version: expect.stringMatching(/^\d+\.\d+\.\d+$/) } },
      },
    });
  });

  test("keeps what was written into the stack's metadata", () => {
    const stack = stackIn();
    stack.addOverride("//.metadata.mine", "kept");
    expect(synthStack(stack)["//"]).toMatchObject({ metadata: { mine: "kept" } });
  });

  test("makes cdktf's cross-stack references, whichever stack is looked at first", () => {
    const app = testApp();
    const [consumer, producer] = [stackIn(app, "consumer"), stackIn(app, "producer")];
    const bucket = new S3Bucket(producer, "raw");
    new TerraformOutput(consumer, "used", { value: bucket.arn });
    expect(Object.keys(synthStack(producer).output ?? {})).toEqual([
      "cross-stack-output-aws_s3_bucketrawarn",
    ]);
    expect(synthStack(consumer).output?.used?.value).toContain("data.terraform_remote_state.");
  });

  test("runs aspects", () => {
    const stack = stackIn();
    const bucket = new S3Bucket(stack, "raw");
    Aspects.of(stack).add({ visit: (node) => node === bucket && bucket.addOverride("bucket", "seen") });
    expect(synthStack(stack).resource?.aws_s3_bucket?.raw?.bucket).toBe("seen");
  });

  test("runs the validations of the stack and of all in it", () => {
    const stack = stackIn();
    new S3Bucket(stack, "raw").node.addValidation({ validate: () => ["[Code] the bucket is wrong"] });
    expect(() => synthStack(stack)).toThrow("[stack/raw] [Code] the bucket is wrong");
  });

  test("runs the validations of the app", () => {
    const app = testApp();
    app.node.addValidation({ validate: () => ["[Code] the app is wrong"] });
    expect(() => synthStack(stackIn(app))).toThrow("[Code] the app is wrong");
  });

  test("refuses error annotations, as app.synth() does, and lets warnings pass", () => {
    const stack = stackIn();
    Annotations.of(stack).addWarning("just saying");
    expect(synthStack(stack).provider).toBeDefined();
    Annotations.of(new S3Bucket(stack, "raw")).addError("this is wrong");
    expect(() => synthStack(stack)).toThrow("[stack/raw] this is wrong");
  });

  test("refuses a stack without the provider that it needs", () => {
    const stack = new TerraformStack(testApp(), "stack");
    new S3Bucket(stack, "raw");
    expect(() => synthStack(stack)).toThrow("without a matching provider construct");
  });
});

test("testApp gives its context to every construct", () => {
  const stack = stackIn(testApp({ key: ["value"] }));
  expect(stack.node.tryGetContext("key")).toEqual(["value"]);
});

describe("normaliseStack", () => {
  test("drops comments wherever they are and sorts keys", () => {
    const normal = normaliseStack({
      terraform: {},
      "//": { metadata: { version: "0.21.0" } },
      resource: { b: { y: { "//": { metadata: {} }, list: [{ "//": 1, z: 1, a: 2 }] } }, a: {} },
    });
    expect(JSON.stringify(normal)).toBe(
      '{"resource":{"a":{},"b":{"y":{"list":[{"a":2,"z":1}]}}},"terraform":{}}',
    );
  });

  test("does not change what it was given", () => {
    const given = { "//": 1, resource: {} };
    normaliseStack(given);
    expect(given).toEqual({ "//": 1, resource: {} });
  });
});

describe("expectStable", () => {
  const withValue = (value: () => string) => (app: App) => {
    const stack = stackIn(app);
    new TerraformOutput(stack, "fixed", { value: "always" });
    new TerraformOutput(stack, "value", { value: value() });
  };

  test("accepts a program that gives the same twice", () => {
    expect(() => expectStable(withValue(() => "same"))).not.toThrow();
  });

  test("names the stack and the line that differ", () => {
    let runs = 0;
    expect(() => expectStable(withValue(() => `run ${++runs}`))).toThrow(
      /^stack "stack" differs between two runs, line \d+: "value": "run 1" became "value": "run 2"$/,
    );
  });

  test("finds what is only there the second time", () => {
    let runs = 0;
    const program = (app: App) => {
      const stack = stackIn(app);
      if (++runs === 2) {
        new TerraformOutput(stack, "late", { value: "x" });
      }
    };
    expect(() => expectStable(program)).toThrow('stack "stack" differs');
  });

  test("finds stacks that come and go", () => {
    let runs = 0;
    expect(() => expectStable((app) => void stackIn(app, `stack-${++runs}`))).toThrow(
      "two runs declare different stacks: stack-1, then stack-2",
    );
  });

  test("checks every stack, nested ones too, with the context", () => {
    const seen: unknown[] = [];
    let runs = 0;
    const program = (app: App) => {
      seen.push(app.node.tryGetContext("key"));
      new TerraformStack(stackIn(app), "inner").addOverride("locals.run", ++runs);
    };
    expect(() => expectStable(program, { key: "value" })).toThrow('stack "stack/inner" differs');
    expect(seen).toEqual(["value", "value"]);
  });

  test("refuses a program that declares nothing", () => {
    expect(() => expectStable(() => undefined)).toThrow("declares no stack");
  });

  test("lets the program's own errors through", () => {
    const program = () => {
      throw new Error("mine");
    };
    expect(() => expectStable(program)).toThrow("mine");
  });
});
