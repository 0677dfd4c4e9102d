import { captureValidationError } from "../../../lib/testing";
import { ACCOUNT, CUSTOMERS, lakehouse, ORDERS, QUIET, statements } from "./fixture";

const ADMIN = `arn:aws:iam::${ACCOUNT}:role/admin`;
const setUp = (props = {}) =>
  lakehouse({
    zones: [{ name: "raw" }, { name: "curated", tables: [CUSTOMERS, ORDERS] }],
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    ...QUIET,
    ...props,
  });

describe("Lake Formation", () => {
  test("reaches the registered zones with a role of its own", () => {
    const template = setUp().template();
    expect(template.count("aws_lakeformation_resource")).toBe(2);
    expect(template.resource("aws_lakeformation_resource", "raw")).toMatchObject({
      arn: expect.stringMatching(/^\$\{aws_s3_bucket\.lake_zone-raw.+\.arn\}$/),
      role_arn: expect.stringMatching(/^\$\{aws_iam_role\.lake_governance.+\.arn\}$/),
    });
    const policy = statements(template.resource("aws_iam_role_policy").policy);
    expect(policy.ReadAndWriteZones).toEqual({
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: ["arn:aws:s3:::acme-curated/*", "arn:aws:s3:::acme-raw/*"],
    });
    expect(policy.UseKey!.Resource).toEqual(["arn:aws:kms:eu-west-1:111122223333:key/1"]);
    expect(statements(template.resource("aws_iam_role").assume_role_policy)).toEqual({
      Service: {
        Effect: "Allow",
        Principal: { Service: "lakeformation.amazonaws.com" },
        Action: ["sts:AssumeRole"],
      },
    });
  });

  test("tells zones and personal data by tags that no other lakehouse uses", () => {
    const template = setUp().template();
    expect(
      Object.values(template.resources("aws_lakeformation_lf_tag")).map(({ key, values }) => ({
        key,
        values,
      })),
    ).toEqual([
      { key: "acme-pii", values: ["false", "true"] },
      { key: "acme-zone", values: ["curated", "raw"] },
    ]);
    expect(template.resource("aws_lakeformation_resource_lf_tag", "zone-of-raw")).toMatchObject({
      database: [{ name: "acme_raw" }],
      lf_tag: [{ value: "raw" }],
    });
    expect(template.resource("aws_lakeformation_resource_lf_tag", "pii-of-curated_")).toMatchObject({
      database: [{ name: "acme_curated" }],
      lf_tag: [{ value: "false" }],
    });
    expect(template.resource("aws_lakeformation_resource_lf_tag", "pii-of-curated-customers")).toMatchObject({
      table_with_columns: [{ database_name: "acme_curated", name: "customers", column_names: ["email"] }],
      lf_tag: [{ value: "true" }],
    });
    expect(template.count("aws_lakeformation_resource_lf_tag")).toBe(5);
  });

  test("leaves the account's settings alone, and a check warns if they make limits on columns void", () => {
    const template = setUp().template();
    expect(template.count("aws_lakeformation_data_lake_settings")).toBe(0);
    const [id] = Object.keys(template.json.data!.aws_lakeformation_data_lake_settings!);
    const { assert } = template.json.check![id!] as { assert: { condition: string }[] };
    expect(assert[0]!.condition).toContain(
      `data.aws_lakeformation_data_lake_settings.${id}.create_table_default_permissions`,
    );
    expect(assert[0]!.condition).toContain("IAM_ALLOWED_PRINCIPALS");
  });

  test("gets administrators only when they are named, before anything else", () => {
    const template = setUp({ lakeFormation: { administrators: [ADMIN] } }).template();
    expect(template.resource("aws_lakeformation_data_lake_settings")).toEqual({ admins: [ADMIN] });
    expect(template.json.data).toBeUndefined();
    for (const resource of [
      ...Object.values(template.resources("aws_lakeformation_resource")),
      ...Object.values(template.resources("aws_lakeformation_lf_tag")),
    ]) {
      expect(resource.depends_on).toContainEqual(
        expect.stringMatching(/^aws_lakeformation_data_lake_settings\./),
      );
    }
  });

  test.each([
    ["nobody", [], ["MissingValue"]],
    ["somebody twice", [ADMIN, ADMIN], ["DuplicateValue"]],
    ["a session", [`arn:aws:sts::${ACCOUNT}:assumed-role/admin/me`], ["InvalidPrincipal"]],
  ])("refuses %s as administrators", (_, administrators, codes) => {
    expect(captureValidationError(() => setUp({ lakeFormation: { administrators } })).codes).toEqual(codes);
  });

  test("can be switched off", () => {
    const template = setUp({ lakeFormation: false }).template();
    expect(
      Object.keys(template.json.resource!).filter((type) => type.startsWith("aws_lakeformation")),
    ).toEqual([]);
    expect(template.text).not.toContain("lakeformation");
  });
});
