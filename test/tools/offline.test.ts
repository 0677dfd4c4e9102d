import { makeOffline } from "../../tools/lib/offline";
import type { StackJson } from "../../tools/lib/stacks";

const mirror = { directory: "/m", versions: new Map([["hashicorp/aws", ["5.100.0"]]]) };

function awsStack(more: Partial<StackJson> = {}): StackJson {
  return {
    terraform: {
      backend: { s3: { bucket: "state", key: "k", region: "eu-west-1" } },
      required_providers: { aws: { source: "aws", version: "~> 6.25" } },
    },
    provider: {
      aws: [
        { region: "eu-west-1", allowed_account_ids: ["111122223333"], profile: "prod" },
        { alias: "replica", region: "eu-central-1", assume_role: [{ role_arn: "arn:aws:iam::1:role/x" }] },
      ],
    },
    resource: { aws_s3_bucket: { b: { bucket: "b" } } },
    ...more,
  };
}

describe("a stack made fit for a check without credentials", () => {
  test("keeps its state beside the configuration and leaves the original alone", () => {
    const original = awsStack();
    const copy = structuredClone(original);
    expect(makeOffline(original, mirror).json.terraform?.backend).toEqual({
      local: { path: "terraform.tfstate" },
    });
    expect(original).toEqual(copy);
  });

  test("every AWS provider, aliased ones too, gets dummy keys and loses roles, profiles and account checks", () => {
    const dummy = {
      access_key: "dummy",
      secret_key: "dummy",
      max_retries: 1,
      skip_credentials_validation: true,
      skip_metadata_api_check: true,
      skip_region_validation: true,
      skip_requesting_account_id: true,
    };
    expect(makeOffline(awsStack(), mirror).json.provider?.aws).toEqual([
      { region: "eu-west-1", ...dummy },
      { alias: "replica", region: "eu-central-1", ...dummy },
    ]);
  });

  test("is pinned to the version of the mirror, and says so", () => {
    const { json, rewritten } = makeOffline(awsStack(), mirror);
    expect(json.terraform?.required_providers).toEqual({ aws: { source: "aws", version: "5.100.0" } });
    expect(rewritten).toContain("provider hashicorp/aws: 5.100.0 from the mirror instead of ~> 6.25");
  });

  test("keeps its constraint when no mirror holds the provider", () => {
    const { json, rewritten } = makeOffline(awsStack(), undefined);
    expect(json.terraform?.required_providers?.aws?.version).toBe("~> 6.25");
    expect(rewritten.join()).not.toContain("mirror");
  });

  test("says nothing about a mirror version that meets the constraint", () => {
    const fitting = { directory: "/m", versions: new Map([["hashicorp/aws", ["6.30.0"]]]) };
    const { json, rewritten } = makeOffline(awsStack(), fitting);
    expect(json.terraform?.required_providers?.aws?.version).toBe("6.30.0");
    expect(rewritten.join()).not.toContain("mirror");
  });

  test("outputs of other stacks become unknown values, one stand-in for each state", () => {
    const { json, standIns, noPlan } = makeOffline(
      awsStack({
        data: { terraform_remote_state: { "state-of-fra": { backend: "s3" } } },
        resource: {
          aws_s3_bucket: {
            b: {
              bucket: "${data.terraform_remote_state.state-of-fra.outputs.bucket_name}",
              tags: { a: '${data.terraform_remote_state.state-of-fra.outputs["issuer-url"]}' },
            },
          },
        },
      }),
      mirror,
    );
    expect(json.data).toBeUndefined();
    expect(json.resource?.aws_s3_bucket?.b).toEqual({
      bucket: '${local.remote_state_state-of-fra["bucket_name"]}',
      tags: { a: '${local.remote_state_state-of-fra["issuer-url"]}' },
    });
    const unknown = "${jsondecode(terraform_data.remote_state_state-of-fra.id)}";
    expect(json.locals).toEqual({
      "remote_state_state-of-fra": { bucket_name: unknown, "issuer-url": unknown },
    });
    expect(standIns).toEqual(["remote_state_state-of-fra"]);
    expect(noPlan).toEqual([]);
  });

  test("cannot be planned if a data source asks AWS; data that AWS is not asked for is fine", () => {
    const asking = awsStack({
      data: { aws_caller_identity: { me: {} }, aws_iam_policy_document: { p: {} } },
    });
    expect(makeOffline(asking, mirror).noPlan).toEqual(["data aws_caller_identity asks the service at plan"]);
    const local = awsStack({ data: { aws_partition: { p: {} }, aws_region: { r: {} } } });
    expect(makeOffline(local, mirror).noPlan).toEqual([]);
  });

  test("can be planned if the data waits for a resource that the same stack makes", () => {
    const data = (after: string) => awsStack({ data: { aws_vpc: { v: { depends_on: [after] } } } });
    expect(makeOffline(data("aws_s3_bucket.b"), mirror).noPlan).toEqual([]);
    expect(makeOffline(data("aws_s3_bucket.other"), mirror).noPlan).toEqual([
      "data aws_vpc asks the service at plan",
    ]);
  });

  test("cannot be planned with a provider that asks a cluster, or that has no known dummy credentials", () => {
    const json: StackJson = {
      terraform: { required_providers: { kubernetes: { source: "kubernetes" }, x: { source: "acme/x" } } },
    };
    expect(makeOffline(json, mirror).noPlan).toEqual([
      "kubernetes asks the cluster at plan",
      "no dummy credentials are known for acme/x",
    ]);
  });
});
