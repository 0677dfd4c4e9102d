import { Token } from "cdktf";
import { Identity } from "../../../lib";
import { Partition } from "../../../lib/lakehouse/table";
import { captureValidationError } from "../../../lib/testing";
import { CUSTOMERS, lakehouse, ORDERS } from "./fixture";

const zone = (tables: readonly object[] = [CUSTOMERS]) => ({
  name: "curated",
  copyOf: "frankfurt",
  tables: tables as never,
});
const copy = (tables?: readonly object[], context = {}, props = {}) =>
  lakehouse({ zones: [zone(tables)], etl: false, ...props }, context);

const EVENTS = {
  name: "events",
  comment: 'What ${happened} "when"',
  columns: [
    { name: "id", type: "uuid", required: true },
    { name: "at", type: "timestamptz", comment: "UTC" },
    { name: "tags", type: "map<string, fixed(16)>" },
  ],
  partitionBy: [Partition.day("at")],
};

describe("tables of a copy, before the first copy", () => {
  test("are there, empty, in the form that Iceberg's BigQuery catalogue reads and updates", () => {
    const template = copy().template();
    const seed = template.resource("google_storage_bucket_object");
    expect(seed.name).toMatch(/^acme_curated\/customers\/metadata\/00000-[0-9a-f-]{36}\.metadata\.json$/);
    const metadata = JSON.parse(seed.content as string);
    expect(metadata).toMatchObject({
      "format-version": 2,
      location: "gs://acme-curated/acme_curated/customers",
      "current-snapshot-id": -1,
      snapshots: [],
    });
    expect(
      metadata.schemas[0].fields.map(({ name, type, required }: never) => [name, type, required]),
    ).toEqual([
      ["id", "long", true],
      ["country", "string", false],
      ["email", "string", false],
      ["phone", "string", false],
    ]);
    expect(template.resource("google_bigquery_table")).toMatchObject({
      table_id: "customers",
      external_catalog_table_options: {
        storage_descriptor: {
          location_uri: "gs://acme-curated/acme_curated/customers",
          input_format: "org.apache.hadoop.mapred.FileInputFormat",
          output_format: "org.apache.hadoop.mapred.FileOutputFormat",
          serde_info: { serialization_library: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe" },
        },
        parameters: {
          table_type: "iceberg",
          metadata_location: `gs://acme-curated/${seed.name}`,
          uuid: metadata["table-uuid"],
          EXTERNAL: "TRUE",
        },
      },
    });
  });

  test("have all that Iceberg can hold, also what BigQuery's own tables cannot", () => {
    const seed = copy([EVENTS]).template().resource("google_storage_bucket_object");
    const metadata = JSON.parse((seed.content as string).replaceAll("$${", "${"));
    expect(metadata["partition-specs"][0].fields[0]).toMatchObject({ name: "at_day", transform: "day" });
    expect(metadata.properties.comment).toBe(EVENTS.comment);
    expect(metadata.schemas[0].fields[1].doc).toBe("UTC");
    expect(seed.content).toContain("What $${happened}");
  });

  test("belong to the job that copies: Terraform makes them once and changes nothing later", () => {
    const template = copy().template();
    const once = { ignore_changes: "all", prevent_destroy: true };
    expect(template.resource("google_storage_bucket_object").lifecycle).toEqual(once);
    const table = template.resource("google_bigquery_table");
    expect(table.lifecycle).toEqual(once);
    expect(table.deletion_protection).toBe(true);
    expect(table.depends_on).toEqual([expect.stringContaining("google_storage_bucket_object.")]);
  });

  test("go with the lakehouse if that may be destroyed", () => {
    const template = copy(
      undefined,
      { "cdktf-hybrid-ai/allowDestroy": true },
      { removalPolicy: "destroy" },
    ).template();
    expect(template.resource("google_bigquery_table")).toMatchObject({
      deletion_protection: false,
      lifecycle: { prevent_destroy: false },
    });
  });

  test("are there before anybody gets a right on the zone", () => {
    const { lake, template } = copy([CUSTOMERS, ORDERS]);
    lake
      .zone("curated")
      .grantRead(Identity.googleServiceAccount("reader", "reader@acme-ai.iam.gserviceaccount.com"), {
        includePii: true,
      });
    const right = template().resource("google_bigquery_dataset_iam_member");
    expect(right.depends_on).toEqual([
      expect.stringMatching(/^google_bigquery_table\..*customers/),
      expect.stringMatching(/^google_bigquery_table\..*orders/),
    ]);
  });

  test("another name, zone or lakehouse is another table", () => {
    const uuids = [copy(), copy([ORDERS]), copy(undefined, {}, { namePrefix: "other" })].map(
      ({ template }) =>
        JSON.parse(template().resource("google_storage_bucket_object").content as string)["table-uuid"],
    );
    expect(new Set(uuids).size).toBe(3);
  });

  test("a copy without declared tables gets none", () => {
    const template = copy([]).template();
    expect(template.count("google_bigquery_table")).toBe(0);
    expect(template.count("google_storage_bucket_object")).toBe(0);
  });

  test.each([
    ["table", { ...ORDERS, comment: Token.asString({ var: "x" }) }],
    ["column", { name: "t", columns: [{ name: "id", type: "long", comment: Token.asString({ var: "x" }) }] }],
  ])("a comment of a %s that only Terraform knows is refused: it goes into the first file", (_, table) => {
    expect(captureValidationError(() => copy([table])).codes).toEqual(["TokenNotAllowed"]);
  });
});
