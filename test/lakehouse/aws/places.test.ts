import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, Token } from "cdktf";
import { Residency, Site } from "../../../lib";
import { AwsLakehouse, AwsNetwork } from "../../../lib/aws";
import { captureValidationError, synthStack, testApp } from "../../../lib/testing";

const ireland = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });

function lakehouse(provider: { region?: string; allowedAccountIds?: string[]; alias?: string }) {
  const stack = new TerraformStack(testApp(), "plain");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  if (provider.alias === undefined) {
    stack.node.tryRemoveChild("aws");
  }
  new AwsProvider(stack, "other", provider);
  new AwsLakehouse(stack, "lake", { site: ireland, namePrefix: "acme-prod", residency: Residency.EU });
  return stack;
}

describe("the place where the provider works", () => {
  test("in another region than the site is refused: residency and ARNs follow the site", () => {
    expect(() => synthStack(lakehouse({ region: "us-east-1" }))).toThrow(
      /ProviderOfOtherPlace[\s\S]*given: {3}"us-east-1"[\s\S]*eu-west-1, the region of site "ireland"/,
    );
  });

  test("in another account than the site is refused", () => {
    const stack = lakehouse({ region: "eu-west-1", allowedAccountIds: ["999999999999"] });
    expect(() => synthStack(stack)).toThrow("ProviderOfOtherPlace");
  });

  test.each([
    ["the same", { region: "eu-west-1", allowedAccountIds: ["111122223333"] }],
    ["known to Terraform only", { region: Token.asString({ Ref: "region" }) }],
    ["that of a provider with an alias", { region: "us-east-1", alias: "recovery" }],
  ])("%s is taken", (_, provider) => {
    expect(synthStack(lakehouse(provider)).resource?.aws_s3_bucket).toBeDefined();
  });

  test("is checked for a network too", () => {
    const stack = new TerraformStack(testApp(), "plain");
    new AwsProvider(stack, "aws", { region: "us-east-1" });
    const availabilityZones = ["eu-west-1a", "eu-west-1b"];
    new AwsNetwork(stack, "net", {
      site: ireland,
      namePrefix: "acme",
      cidrBlock: "10.0.0.0/16",
      availabilityZones,
    });
    expect(() => synthStack(stack)).toThrow("ProviderOfOtherPlace");
  });
});

describe("names", () => {
  const two = (second: string) => {
    const stack = new TerraformStack(testApp(), "plain");
    new AwsProvider(stack, "aws", { region: "eu-west-1" });
    new AwsLakehouse(stack, "one", { site: ireland, namePrefix: "acme-prod" });
    new AwsLakehouse(stack, "two", { site: ireland, namePrefix: second });
    return stack;
  };

  test("of two lakehouses must differ", () => {
    expect(() => synthStack(two("acme-prod"))).toThrow(
      /NamesTaken[\s\S]*acme-prod[\s\S]*any but that of plain\/one/,
    );
    expect(synthStack(two("acme-test")).resource?.aws_kms_key).toBeDefined();
  });

  test.each([
    ["bucketName", { bucketName: "Client Bucket", databaseName: "raw" }, "InvalidName"],
    ["databaseName", { bucketName: "client-raw", databaseName: "Bad DB!" }, "InvalidName"],
  ])("of adopted resources must be possible: %s", (_, zone, code) => {
    const adopt = () =>
      AwsLakehouse.fromAttributes(new TerraformStack(testApp(), "plain"), "lake", {
        site: ireland,
        namePrefix: "acme-prod",
        zones: [{ name: "raw", ...zone }],
      });
    expect(captureValidationError(adopt).code).toBe(code);
  });

  test("of an adopted key must be an ARN", () => {
    const adopt = () =>
      AwsLakehouse.fromAttributes(new TerraformStack(testApp(), "plain"), "lake", {
        site: ireland,
        namePrefix: "acme-prod",
        encryptionKeyArn: "abc",
        zones: [{ name: "raw", bucketName: "client-raw", databaseName: "raw" }],
      });
    expect(captureValidationError(adopt).code).toBe("InvalidArn");
  });
});

test("what types would have told is told to programs that run without a type check", () => {
  const stack = () => new TerraformStack(testApp(), "plain");
  const codes = (body: () => unknown) => captureValidationError(body).codes;
  const untyped = (props: object) => codes(() => new AwsLakehouse(stack(), "lake", props as never));
  expect(untyped({ site: ireland })).toEqual(["MissingValue"]);
  expect(untyped({ site: ireland, namePrefix: "acme", warehouse: {} })).toEqual(["MissingValue"]);
  const network = { site: ireland, namePrefix: "acme", cidrBlock: "10.0.0.0/16" } as never;
  expect(codes(() => new AwsNetwork(stack(), "net", network))).toContain("MissingValue");
});
