import { TerraformVariable } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { Residency } from "../../../lib/fabric/residency";
import { GoogleLakehouse } from "../../../lib/google";
import type { GoogleLakehouseAttributes, GoogleZoneAttributes } from "../../../lib/lakehouse/google/imported";
import { captureValidationError, Template } from "../../../lib/testing";
import { CUSTOMERS, newStack, SITE } from "./fixture";

const ANALYSTS = Identity.googleGroup("analysts", "analysts@acme.example");
const CURATED: GoogleZoneAttributes = {
  name: "curated",
  bucket: "old-curated",
  dataset: "old_curated",
  tables: [CUSTOMERS],
};

function adopt(
  zone: Partial<GoogleZoneAttributes> = {},
  attributes: Partial<GoogleLakehouseAttributes> = {},
) {
  const stack = newStack();
  const lake = GoogleLakehouse.fromAttributes(stack, "lake", {
    site: SITE,
    namePrefix: "acme-use",
    zones: [{ ...CURATED, ...zone }],
    ...attributes,
  });
  return { stack, lake, template: () => Template.of(stack) };
}

test("adopting makes nothing", () => {
  expect(adopt().template().json.resource).toBeUndefined();
});

test("an adopted zone tells where it is", () => {
  const { lake } = adopt();
  expect(lake.zone("curated").location).toBe("gs://old-curated");
  expect(lake.catalogEndpoint("curated")).toEqual({
    kind: "bigquery",
    project: "acme-ai",
    location: "europe-west4",
    dataset: "old_curated",
    warehouse: "gs://old-curated",
  });
  expect(captureValidationError(() => lake.catalogEndpoint("raw")).codes).toEqual(["UnknownZone"]);
});

test("rights are given on what exists", () => {
  const { lake, template } = adopt();
  lake.zone("curated").grantRead(ANALYSTS);
  lake.zone("curated").table("customers").grantRead(ANALYSTS);
  expect(template().resource("google_storage_bucket_iam_member")).toMatchObject({
    bucket: "old-curated",
    condition: {
      title: "not-the-files-of-tables",
      expression: '!resource.name.startsWith("projects/_/buckets/old-curated/objects/old_curated/")',
    },
  });
  expect(template().resource("google_bigquery_dataset_iam_member").dataset_id).toBe("old_curated");
  expect(template().resource("google_bigquery_table_iam_member")).toMatchObject({
    dataset_id: "old_curated",
    table_id: "customers",
  });
});

test("names that only Terraform knows can be adopted", () => {
  const { stack, lake, template } = adopt();
  const bucket = new TerraformVariable(stack, "bucket", { type: "string" }).stringValue;
  const adopted = GoogleLakehouse.fromAttributes(stack, "other", {
    site: SITE,
    namePrefix: "acme-use",
    zones: [{ ...CURATED, bucket }],
  });
  adopted.zone("curated").table("customers").grantRead(ANALYSTS);
  adopted.zone("curated").grantRead(ANALYSTS);
  expect(lake.zoneNames).toEqual(["curated"]);
  expect(template().resource("google_storage_bucket_iam_member").bucket).toBe("${var.bucket}");
});

test("identities of clusters are trusted under the user's own names", () => {
  const { lake, template } = adopt();
  const pod = Identity.kubernetesServiceAccount("pod", {
    namespace: "ml",
    serviceAccount: "s",
    issuer: "https://oidc.acme.example",
  });
  expect(lake.zone("curated").grantRead(pod).access).toMatchObject({
    serviceAccount: "acme-use-pod@acme-ai.iam.gserviceaccount.com",
  });
  expect(template().resource("google_service_account").account_id).toBe("acme-use-pod");
  expect(template().count("google_project_service")).toBe(0);
});

describe("personal data", () => {
  const policyTags = { "customers.email": "tag/email", "customers.phone": "tag/phone" };

  test("it is granted on the policy tags that were given", () => {
    const { lake, template } = adopt({ policyTags });
    lake.zone("curated").grantRead(ANALYSTS, { includePii: true });
    expect(template().resource("google_data_catalog_policy_tag_iam_member", "email").policy_tag).toBe(
      "tag/email",
    );
    expect(template().resource("google_data_catalog_policy_tag_iam_member", "phone").policy_tag).toBe(
      "tag/phone",
    );
  });

  test("one column needs the tag of that column only", () => {
    const { lake, template } = adopt({ policyTags: { "customers.email": "tag/email" } });
    lake
      .zone("curated")
      .table("customers")
      .grantRead(ANALYSTS, { columns: ["id", "country", "email"] });
    expect(template().resource("google_data_catalog_policy_tag_iam_member").policy_tag).toBe("tag/email");
  });

  test("without its tags it cannot be granted", () => {
    const { lake } = adopt({ policyTags: { "customers.email": "tag/email" } });
    const zone = lake.zone("curated");
    expect(captureValidationError(() => zone.grantRead(ANALYSTS, { includePii: true })).codes).toEqual([
      "GrantNotApplicable",
    ]);
    expect(captureValidationError(() => zone.table("customers").grantWrite(ANALYSTS)).codes).toEqual([
      "GrantNotApplicable",
    ]);
  });

  test("in an adopted copy it cannot be left out", () => {
    const zone = adopt({ copyOf: "frankfurt" }).lake.zone("curated");
    expect(captureValidationError(() => zone.grantRead(ANALYSTS)).codes).toEqual(["GrantNotApplicable"]);
  });
});

test("a zone without bucket or data set is refused", () => {
  expect(captureValidationError(() => adopt({ bucket: "", dataset: "" })).codes).toEqual([
    "MissingValue",
    "MissingValue",
  ]);
});

test("the residency of an adopted lakehouse is checked too", () => {
  const error = captureValidationError(() => adopt({}, { residency: Residency.countries("DE") }));
  expect(error.codes).toEqual(["ResidencyViolation"]);
});
