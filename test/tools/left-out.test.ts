import { LEFT_OUT, leaveOut, mustBeApplied, wronglyLeftOut } from "../../tools/e2e/left-out";

describe("types left out of the apply test", () => {
  test("each has a reason", () => {
    for (const [type, reason] of Object.entries(LEFT_OUT)) {
      expect(type).toMatch(/^aws_[a-z0-9_]+$/);
      expect(reason.length).toBeGreaterThan(20);
    }
  });

  test("none is of S3, KMS, IAM, VPC, Glue or Lake Formation", () => {
    expect(wronglyLeftOut()).toEqual([]);
  });

  test.each([
    ...["aws_s3_bucket", "aws_s3_bucket_policy", "aws_kms_key", "aws_iam_role", "aws_vpc", "aws_default_vpc"],
    ...[
      "aws_vpc_endpoint",
      "aws_vpc_security_group_egress_rule",
      "aws_subnet",
      "aws_route",
      "aws_route_table",
    ],
    ...[
      "aws_route_table_association",
      "aws_security_group",
      "aws_internet_gateway",
      "aws_nat_gateway",
      "aws_eip",
    ],
    ...[
      "aws_network_acl",
      "aws_flow_log",
      "aws_glue_catalog_table_optimizer",
      "aws_lakeformation_permissions",
    ],
  ])("%s can never be left out", (type) => {
    expect(mustBeApplied(type)).toBe(true);
    expect(() => leaveOut({}, { [type]: "any reason" })).toThrow(type);
  });

  test.each(["aws_emrserverless_application", "aws_route53_zone", "aws_sqs_queue"])("%s could be", (type) => {
    expect(mustBeApplied(type)).toBe(false);
  });
});

describe("leaving out", () => {
  const json = {
    resource: {
      aws_msk: { stream: { name: "s" } },
      aws_sqs_queue: {
        direct: { name: "${aws_msk.stream.arn}" },
        ordered: { name: "o", depends_on: ["aws_sqs_queue.direct"] },
        alike: { name: "${aws_msk.stream2.arn} aws_msk.stream-x" },
        free: { name: "f" },
      },
    },
    data: { aws_x: { d: { name: "${aws_msk.stream.arn}" } } },
    output: { told: { value: "${data.aws_x.d.id}" }, kept: { value: "${aws_sqs_queue.free.id}" } },
    check: { c: { assert: [{ condition: "${aws_sqs_queue.ordered.id != null}" }] } },
  };
  const { json: left, leftOut } = leaveOut(json, { aws_msk: "no such service" });

  test("takes everything that refers to a left-out resource as well, also through others", () => {
    expect(leftOut).toEqual([
      { address: "aws_msk.stream", reason: "no such service" },
      { address: "aws_sqs_queue.direct", reason: "refers to aws_msk.stream" },
      { address: "aws_sqs_queue.ordered", reason: "refers to aws_sqs_queue.direct" },
      { address: "data.aws_x.d", reason: "refers to aws_msk.stream" },
      { address: "output.told", reason: "refers to data.aws_x.d" },
      { address: "check.c", reason: "refers to aws_sqs_queue.ordered" },
    ]);
  });

  test("keeps the rest, a resource with a similar name too, and no empty block", () => {
    expect(left).toEqual({
      resource: { aws_sqs_queue: { alike: json.resource.aws_sqs_queue.alike, free: { name: "f" } } },
      data: undefined,
      output: { kept: { value: "${aws_sqs_queue.free.id}" } },
      check: undefined,
    });
  });
});
