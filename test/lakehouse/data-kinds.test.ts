import { coldArchiveZone, type ILakehouse, logZone, multimodalZone, type ZoneProps } from "../../lib";
import { AwsLakehouse } from "../../lib/aws";
import { Template } from "../../lib/testing";
import { codes } from "../vectors/fixture";
import { newStack, QUIET, SITE } from "./aws/fixture";

function lake(zones: readonly ZoneProps[]): { readonly lake: ILakehouse; readonly template: () => Template } {
  const stack = newStack();
  return {
    lake: new AwsLakehouse(stack, "lake", { ...QUIET, site: SITE, namePrefix: "acme", zones }),
    template: () => Template.of(stack),
  };
}

test("a multimodal zone has a row per object, with columns of your own", () => {
  const made = lake([
    multimodalZone({ name: "images", columns: [{ name: "photographer", type: "string", pii: true }] }),
  ]);
  made.lake.zone("images").table("objects");
  const text = made.template().text;
  expect(text).toContain("checksum_sha256");
  expect(text).toContain("embedding_id");
  expect(text).toContain("photographer");
  expect(made.template().resource("aws_s3_bucket_notification").eventbridge).toBe(true);
});

test("objects that a table describes are not archived", () => {
  expect(codes(() => lake([multimodalZone({ name: "images", tiering: { archiveAfterDays: 90 } })]))).toEqual([
    "ArchiveBreaksTables",
  ]);
  expect(codes(() => lake([multimodalZone({ name: "images", tiering: { coldAfterDays: 90 } })]))).toEqual([]);
});

test("logs get colder and go", () => {
  const rules = JSON.stringify(
    lake([logZone({ name: "logs" })])
      .template()
      .resource("aws_s3_bucket_lifecycle_configuration", "zone-logs"),
  );
  expect(rules).toContain('"days":30,"storage_class":"STANDARD_IA"');
  expect(rules).toContain('"days":90,"storage_class":"GLACIER_IR"');
  expect(rules).toContain('"days":400');
  expect(codes(() => lake([logZone({ name: "logs", retentionDays: 60 })]))).toEqual([
    "RetentionBeforeTransition",
  ]);
});

test("a cold archive is archived on the next day and kept for seven years", () => {
  const rules = JSON.stringify(
    lake([coldArchiveZone({ name: "ledger" })])
      .template()
      .resource("aws_s3_bucket_lifecycle_configuration", "ledger"),
  );
  expect(rules).toContain('"days":1,"storage_class":"DEEP_ARCHIVE"');
  expect(rules).toContain('"days":2555');
  expect(coldArchiveZone({ name: "ledger", retentionDays: 3650, archiveAfterDays: 30 })).toEqual({
    name: "ledger",
    retentionDays: 3650,
    tiering: { archiveAfterDays: 30 },
  });
});
