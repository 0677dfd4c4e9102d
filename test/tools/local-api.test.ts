import {
  accountOf,
  buckets,
  pointAtLocalApi,
  protectedBuckets,
  rolesTakenForGranted,
} from "../../tools/e2e/apply-stack";

describe("a stack pointed at the local API", () => {
  test("every AWS provider asks only the local API, with the account still checked", () => {
    const { provider, terraform } = pointAtLocalApi({
      terraform: { backend: { s3: { bucket: "state" } } },
      provider: {
        aws: [
          { region: "eu-west-1", allowed_account_ids: ["111122223333"], endpoints: [{ s3: "https://x" }] },
          { alias: "replica", region: "eu-central-1", profile: "prod" },
        ],
      },
    });
    const local = {
      access_key: "dummy",
      secret_key: "dummy",
      max_retries: 2,
      s3_use_path_style: true,
      skip_credentials_validation: true,
      skip_metadata_api_check: true,
      skip_requesting_account_id: false,
    };
    expect(provider?.aws).toEqual([
      { region: "eu-west-1", allowed_account_ids: ["111122223333"], ...local },
      { alias: "replica", region: "eu-central-1", ...local },
    ]);
    expect(terraform?.backend).toEqual({ local: { path: "terraform.tfstate" } });
  });

  test("the account is the one that the providers insist on; two are refused", () => {
    const aws = (...accounts: string[]) => ({
      provider: { aws: accounts.map((account) => ({ allowed_account_ids: [account] })) },
    });
    expect(accountOf(aws("999900001111", "999900001111"))).toBe("999900001111");
    expect(accountOf({})).toBe("111122223333");
    expect(() => accountOf(aws("999900001111", "222233334444"))).toThrow("999900001111, 222233334444");
  });
});

describe("what the proof looks at", () => {
  const json = {
    resource: {
      aws_s3_bucket: {
        kept: { bucket: "zone", lifecycle: { prevent_destroy: true } },
        loose: { bucket: "results", force_destroy: true },
      },
      aws_iam_role: { own: { name: "made-here" } },
      aws_iam_role_policy: {
        a: { role: "${aws_iam_role.own.name}" },
        b: { role: "made-here" },
        c: { role: "bid-analysts" },
        d: { role: "bid-analysts" },
      },
    },
  };

  test("buckets that Terraform must refuse to destroy", () => {
    expect(protectedBuckets(json)).toEqual([{ address: "aws_s3_bucket.kept", bucket: "zone" }]);
    expect(buckets(json)).toEqual(["zone", "results"]);
  });

  test("roles that must exist before the apply", () => {
    expect(rolesTakenForGranted(json)).toEqual(["bid-analysts"]);
  });
});
