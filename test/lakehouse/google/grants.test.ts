import { TerraformOutput, TerraformVariable } from "cdktf";
import { Identity } from "../../../lib/fabric/identity";
import { Site } from "../../../lib/fabric/site";
import { captureValidationError } from "../../../lib/testing";
import { attribute, CUSTOMERS, lakehouse, ORDERS } from "./fixture";

const ANALYSTS = Identity.googleGroup("analysts", "analysts@acme.example");
const POD = Identity.kubernetesServiceAccount("trainer", {
  namespace: "ml",
  serviceAccount: "trainer",
  issuer: "https://oidc.fra.acme.example/cluster",
});
const ZONES = [{ name: "raw" }, { name: "curated", tables: [CUSTOMERS, ORDERS] }];
const WITHOUT_TABLES = {
  title: "not-the-files-of-tables",
  expression: expect.stringMatching(
    /^!resource\.name\.startsWith\("projects\/_\/buckets\/\$\{google_storage_bucket\..+\.name\}\/objects\/\$\{google_bigquery_dataset\..+\.dataset_id\}\/"\)$/,
  ),
};
const READER = "roles/datacatalog.categoryFineGrainedReader";

/** Without ETL, so that all rights in the output are those that the test gave. */
const setUp = () => lakehouse({ zones: ZONES, etl: false });

describe("zones", () => {
  test("reading a zone of files gives its bucket and its data set", () => {
    const { lake, template } = setUp();
    const grant = lake.zone("raw").grantRead(ANALYSTS);
    expect(template().resource("google_storage_bucket_iam_member", "analysts")).toEqual({
      bucket: expect.stringContaining("zone-raw_bucket"),
      role: "roles/storage.objectViewer",
      member: "group:analysts@acme.example",
    });
    expect(template().resource("google_bigquery_dataset_iam_member")).toEqual({
      project: "acme-ai",
      dataset_id: expect.stringContaining("zone-raw_dataset"),
      role: "roles/bigquery.dataViewer",
      member: "group:analysts@acme.example",
    });
    expect(grant.resources).toHaveLength(2);
    expect(grant.access).toBeUndefined();
  });

  test("writing a zone of files gives the same with the writer's roles", () => {
    const { lake, template } = setUp();
    lake.zone("raw").grantWrite(ANALYSTS);
    expect(template().resource("google_storage_bucket_iam_member", "analysts").role).toBe(
      "roles/storage.objectUser",
    );
    expect(template().resource("google_bigquery_dataset_iam_member").role).toBe("roles/bigquery.dataEditor");
  });

  test("who may not read personal data gets no files of tables, which policy tags do not protect", () => {
    const { lake, template } = setUp();
    lake.zone("curated").grantRead(ANALYSTS);
    expect(template().resource("google_storage_bucket_iam_member", "analysts")).toMatchObject({
      role: "roles/storage.objectViewer",
      condition: WITHOUT_TABLES,
    });
    expect(template().count("google_data_catalog_policy_tag_iam_member")).toBe(0);
  });

  test("with personal data the files are open and the tables' tags are granted", () => {
    const { lake, template } = setUp();
    lake.zone("curated").grantRead(ANALYSTS, { includePii: true });
    expect(template().resource("google_storage_bucket_iam_member", "analysts").condition).toBeUndefined();
    expect(template().resource("google_data_catalog_policy_tag_iam_member")).toEqual({
      policy_tag: expect.stringMatching(/taxonomy_curated_customers_[0-9A-F]{8}\.name/),
      role: READER,
      member: "group:analysts@acme.example",
    });
  });

  test("a zone whose tables hold no personal data is read without condition", () => {
    const { lake, template } = lakehouse({ zones: [{ name: "curated", tables: [ORDERS] }], etl: false });
    lake.zone("curated").grantRead(ANALYSTS);
    expect(template().resource("google_storage_bucket_iam_member", "analysts").condition).toBeUndefined();
  });

  test("nobody but BigQuery may write the files of tables", () => {
    const { lake, template } = setUp();
    lake.zone("curated").grantWrite(ANALYSTS);
    expect(
      template().resource("google_storage_bucket_iam_member", "analysts_zone-curated_files-write"),
    ).toMatchObject({
      role: "roles/storage.objectUser",
      condition: WITHOUT_TABLES,
    });
    const read = template().resource("google_storage_bucket_iam_member", "analysts_zone-curated_files-read");
    expect(read.role).toBe("roles/storage.objectViewer");
    expect(read.condition).toBeUndefined();
  });

  test("the same right twice is the same resources", () => {
    const { lake, template } = setUp();
    const first = lake.zone("curated").grantRead(ANALYSTS, { includePii: true });
    const second = lake.zone("curated").grantRead(ANALYSTS, { includePii: true });
    expect(second.resources).toEqual(first.resources);
    expect(template().count("google_bigquery_dataset_iam_member")).toBe(1);
  });

  test("reading and writing do not get in each other's way", () => {
    const { lake, template } = setUp();
    lake.zone("raw").grantRead(ANALYSTS);
    lake.zone("raw").grantWrite(ANALYSTS);
    expect(attribute(template(), "google_bigquery_dataset_iam_member", "role")).toEqual([
      "roles/bigquery.dataEditor",
      "roles/bigquery.dataViewer",
    ]);
  });

  test("a member that only Terraform knows can be granted", () => {
    const { lake, template, stack } = setUp();
    const email = new TerraformVariable(stack, "email", { type: "string" }).stringValue;
    lake.zone("raw").grantRead(Identity.googleServiceAccount("batch", email));
    expect(template().resource("google_bigquery_dataset_iam_member").member).toBe(
      "serviceAccount:${var.email}",
    );
  });
});

describe("tables", () => {
  test("reading a table gives the table alone, without personal data", () => {
    const { lake, template } = setUp();
    lake.zone("curated").table("customers").grantRead(ANALYSTS);
    expect(template().resource("google_bigquery_table_iam_member")).toEqual({
      project: "acme-ai",
      dataset_id: expect.stringContaining("zone-curated_dataset"),
      table_id: expect.stringMatching(/^\$\{google_bigquery_table\..+\.table_id\}$/),
      role: "roles/bigquery.dataViewer",
      member: "group:analysts@acme.example",
    });
    expect(template().text).not.toContain("categoryFineGrainedReader");
    expect(template().text).not.toContain('"roles/storage.objectViewer"');
  });

  test("with personal data the table's tag is granted", () => {
    const { lake, template } = setUp();
    lake.zone("curated").table("customers").grantRead(ANALYSTS, { includePii: true });
    expect(template().resource("google_data_catalog_policy_tag_iam_member")).toMatchObject({ role: READER });
  });

  test("writing a table gives the editor's role and its personal data", () => {
    const { lake, template } = setUp();
    lake.zone("curated").table("customers").grantWrite(ANALYSTS);
    expect(template().resource("google_bigquery_table_iam_member").role).toBe("roles/bigquery.dataEditor");
    expect(template().count("google_data_catalog_policy_tag_iam_member")).toBe(1);
  });

  test("columns can be chosen among those that hold personal data", () => {
    const { lake, template } = setUp();
    lake
      .zone("curated")
      .table("customers")
      .grantRead(ANALYSTS, { columns: ["id", "country", "email"] });
    expect(template().resource("google_data_catalog_policy_tag_iam_member")).toMatchObject({
      policy_tag: expect.stringContaining("columns_email"),
      role: READER,
    });
  });

  test("a choice of columns is not widened by includePii", () => {
    const { lake, template } = setUp();
    const columns = ["id", "country", "email"];
    lake.zone("curated").table("customers").grantRead(ANALYSTS, { columns, includePii: true });
    expect(template().resource("google_data_catalog_policy_tag_iam_member")).toMatchObject({
      policy_tag: expect.stringContaining("columns_email"),
    });
  });

  test("columns without policy tag cannot be left out", () => {
    const { lake } = setUp();
    const table = lake.zone("curated").table("customers");
    const error = captureValidationError(() => table.grantRead(ANALYSTS, { columns: ["id", "email"] }));
    expect(error.codes).toEqual(["ColumnGrantUnsupported"]);
    expect(error.findings[0]?.allowed).toContain("missing: country");
  });
});

describe("copies", () => {
  const copy = () =>
    lakehouse({ zones: [{ name: "curated", copyOf: "fra", tables: [CUSTOMERS] }], etl: false });

  test("the job that copies may write all files of the zone", () => {
    const { lake, template } = copy();
    lake.zone("curated").grantWrite(ANALYSTS);
    const files = template().resource("google_storage_bucket_iam_member");
    expect(files.role).toBe("roles/storage.objectUser");
    expect(files.condition).toBeUndefined();
  });

  test("personal data in a copy cannot be left out", () => {
    const zone = copy().lake.zone("curated");
    expect(captureValidationError(() => zone.grantRead(ANALYSTS)).codes).toEqual(["GrantNotApplicable"]);
    expect(zone.grantRead(ANALYSTS, { includePii: true }).resources).toHaveLength(2);
  });

  test("a table of a copy cannot be granted alone, because its files are given with the bucket", () => {
    const table = copy().lake.zone("curated").table("customers");
    expect(captureValidationError(() => table.grantRead(ANALYSTS)).codes).toEqual(["GrantNotApplicable"]);
  });
});

describe("identities of clusters", () => {
  test("they impersonate a service account of their own, and only they", () => {
    const { lake, template } = setUp();
    const grant = lake.zone("raw").grantRead(POD);
    expect(template().resource("google_iam_workload_identity_pool_provider")).toMatchObject({
      workload_identity_pool_provider_id: "kubernetes",
      attribute_mapping: { "google.subject": "assertion.sub" },
      attribute_condition: 'assertion.sub in ["system:serviceaccount:ml:trainer"]',
      oidc: { issuer_uri: "https://oidc.fra.acme.example/cluster" },
    });
    expect(template().resource("google_service_account")).toMatchObject({ account_id: "acme-trainer" });
    expect(template().resource("google_service_account_iam_member")).toMatchObject({
      role: "roles/iam.workloadIdentityUser",
      member: expect.stringMatching(
        /^principal:\/\/iam\.googleapis\.com\/\$\{google_iam_workload_identity_pool\..+\.name\}\/subject\/system:serviceaccount:ml:trainer$/,
      ),
    });
    expect(template().resource("google_bigquery_dataset_iam_member").member).toMatch(
      /^serviceAccount:\$\{google_service_account\..+\.email\}$/,
    );
    expect(attribute(template(), "google_project_iam_member", "role")).toEqual([
      "roles/bigquery.jobUser",
      "roles/bigquery.readSessionUser",
      "roles/serviceusage.serviceUsageConsumer",
    ]);
    expect(grant.access).toEqual({
      kind: "google",
      serviceAccount: "acme-trainer@acme-ai.iam.gserviceaccount.com",
      audience: expect.stringMatching(
        /^\/\/iam\.googleapis\.com\/projects\/123456\/locations\/global\/workloadIdentityPools\/acme-[0-9a-f]{8}\/providers\/kubernetes$/,
      ),
    });
    expect(grant.resources.map((resource) => resource.terraformResourceType).sort()).toEqual([
      "google_bigquery_dataset_iam_member",
      "google_iam_workload_identity_pool",
      "google_iam_workload_identity_pool_provider",
      "google_project_iam_member",
      "google_project_iam_member",
      "google_project_iam_member",
      "google_service_account",
      "google_service_account_iam_member",
      "google_storage_bucket_iam_member",
    ]);
  });

  test("the id of the pool in the output is the one in the audience", () => {
    const { lake, template } = setUp();
    const { access } = lake.zone("raw").grantRead(POD);
    const pool = String(template().resource("google_iam_workload_identity_pool").workload_identity_pool_id);
    expect(access?.kind === "google" && access.audience).toContain(`/workloadIdentityPools/${pool}/`);
    expect(pool).toMatch(/^[a-z0-9-]{4,32}$/);
  });

  test("without a project number the audience is known at apply", () => {
    const site = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });
    const { lake, stack, template } = lakehouse({ site, etl: false });
    const { access } = lake.zone("raw").grantRead(POD);
    new TerraformOutput(stack, "access", { value: access });
    expect(template().json.output?.access?.value).toMatchObject({
      audience: expect.stringMatching(
        /^\/\/iam\.googleapis\.com\/\$\{google_iam_workload_identity_pool_provider\..+\.name\}$/,
      ),
    });
  });

  test("one cluster is one pool, whatever the order in which its identities are granted", () => {
    const other = Identity.kubernetesServiceAccount("etl", {
      ...POD,
      namespace: "etl",
      serviceAccount: "spark",
    });
    const conditionOf = (...pods: readonly (typeof POD)[]) => {
      const { lake, template } = setUp();
      for (const pod of pods) {
        lake.zone("raw").grantRead(pod);
      }
      expect(template().count("google_iam_workload_identity_pool")).toBe(1);
      return template().resource("google_iam_workload_identity_pool_provider").attribute_condition;
    };
    expect(conditionOf(POD, other)).toBe(
      'assertion.sub in ["system:serviceaccount:etl:spark", "system:serviceaccount:ml:trainer"]',
    );
    expect(conditionOf(other, POD)).toBe(conditionOf(POD, other));
  });

  test("two clusters are two pools, because their subjects look alike", () => {
    const { lake, template } = setUp();
    lake.zone("raw").grantRead(POD);
    const issuer = "https://oidc.ber.acme.example";
    lake.zone("raw").grantRead(Identity.kubernetesServiceAccount("berlin", { ...POD, issuer }));
    expect(template().count("google_iam_workload_identity_pool")).toBe(2);
  });

  test("the same right twice is the same resources", () => {
    const { lake, template } = setUp();
    const first = lake.zone("raw").grantRead(POD);
    expect(lake.zone("raw").grantRead(POD)).toEqual(first);
    expect(template().count("google_service_account")).toBe(1);
  });

  test("long names give ids that Google takes", () => {
    const { lake, template } = lakehouse({
      namePrefix: "a".repeat(40),
      zones: [{ name: "raw" }],
      etl: false,
    });
    lake.zone("raw").grantRead(Identity.kubernetesServiceAccount("b".repeat(32), POD));
    const account = String(template().resource("google_service_account").account_id);
    const pool = String(template().resource("google_iam_workload_identity_pool").workload_identity_pool_id);
    expect(account).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
    expect(pool).toMatch(/^[a-z0-9-]{4,32}$/);
  });

  test("without an issuer they are refused", () => {
    const nobody = Identity.kubernetesServiceAccount("nobody", { namespace: "ml", serviceAccount: "x" });
    expect(captureValidationError(() => setUp().lake.zone("raw").grantRead(nobody)).codes).toEqual([
      "MissingOidcIssuer",
    ]);
  });

  test("a subject longer than Google takes is refused", () => {
    const pod = (length: number) =>
      Identity.kubernetesServiceAccount("pod", {
        ...POD,
        namespace: "n".repeat(63),
        serviceAccount: "s".repeat(length),
      });
    const grant = (length: number) => setUp().lake.zone("raw").grantRead(pod(length));
    expect(() => grant(41)).not.toThrow();
    expect(captureValidationError(() => grant(42)).codes).toEqual(["GrantNotApplicable"]);
  });

  test("more service accounts of a cluster than fit in Google's condition are refused", () => {
    const { lake } = setUp();
    const grant = (index: number) =>
      lake.zone("raw").grantRead(
        Identity.kubernetesServiceAccount(`pod-${index}`, {
          ...POD,
          namespace: "n".repeat(60),
          serviceAccount: `s${index}`,
        }),
      );
    const all = () => Array.from({ length: 60 }, (_, index) => grant(index));
    expect(captureValidationError(all).codes).toEqual(["GrantNotApplicable"]);
  });
});

describe("other identities", () => {
  test("a role of AWS means nothing here", () => {
    const role = Identity.awsRole("etl", "arn:aws:iam::123456789012:role/etl");
    expect(captureValidationError(() => setUp().lake.zone("raw").grantRead(role)).codes).toEqual([
      "IdentityKindMismatch",
    ]);
  });

  test("one name for two identities is refused, because the name is part of ids", () => {
    const { lake } = setUp();
    lake.zone("raw").grantRead(ANALYSTS);
    const other = Identity.googleGroup("analysts", "others@acme.example");
    expect(captureValidationError(() => lake.zone("raw").grantRead(other)).codes).toEqual(["DuplicateValue"]);
  });
});
