import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Residency } from "../../../lib/fabric/residency";
import { AwsLakehouse } from "../../../lib/lakehouse/aws/lakehouse";
import { captureValidationError, Template } from "../../../lib/testing";
import { newStack, QUIET, SITE, statements } from "./fixture";

const ZONES = [{ name: "raw" }, { name: "curated", dataClass: "confidential" }];

function replicated(replication: object = {}, props: object = {}, provider: object = {}) {
  const stack = newStack();
  const there = new AwsProvider(stack, "there", { region: "eu-central-1", alias: "there", ...provider });
  new AwsLakehouse(stack, "lake", {
    site: SITE,
    namePrefix: "acme",
    zones: ZONES,
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    accessLogs: false,
    lakeFormation: false,
    ...QUIET,
    replication: { region: "eu-central-1", provider: there, ...replication },
    ...props,
  });
  return Template.of(stack);
}

describe("replication", () => {
  test("copies every zone with deletions, encrypted by a key of the other region", () => {
    const template = replicated();
    expect(template.count("aws_s3_bucket_replication_configuration")).toBe(2);
    expect(template.resource("aws_s3_bucket_replication_configuration", "replicate-raw").rule).toEqual([
      {
        id: "everything",
        priority: 0,
        status: "Enabled",
        filter: { prefix: "" },
        delete_marker_replication: { status: "Enabled" },
        source_selection_criteria: { sse_kms_encrypted_objects: { status: "Enabled" } },
        destination: {
          bucket: expect.stringContaining("aws_s3_bucket.lake_replication_replica-raw"),
          storage_class: "STANDARD",
          encryption_configuration: {
            replica_kms_key_id: expect.stringContaining("aws_kms_key.lake_replication_key"),
          },
        },
      },
    ]);
  });

  test("keeps the copies in the other region, as hardened as the zones", () => {
    const template = replicated();
    for (const type of [
      "aws_s3_bucket",
      "aws_s3_bucket_versioning",
      "aws_s3_bucket_policy",
      "aws_s3_bucket_public_access_block",
      "aws_s3_bucket_ownership_controls",
      "aws_s3_bucket_lifecycle_configuration",
      "aws_s3_bucket_server_side_encryption_configuration",
    ]) {
      expect(template.resource(type, "replica-curated").provider).toBe("aws.there");
    }
    expect(template.resource("aws_kms_key").provider).toBe("aws.there");
    expect(template.resource("aws_s3_bucket", "replica-curated")).toMatchObject({
      bucket: "acme-curated-replica",
      tags: { "data-class": "confidential" },
      lifecycle: { prevent_destroy: true },
    });
    const policies = ["replica-curated", "zone-curated"].map((id) =>
      Object.keys(statements(template.resource("aws_s3_bucket_policy", id).policy)),
    );
    expect(policies[0]).toEqual(policies[1]);
  });

  test("works with a role that reads the zones and writes the copies only", () => {
    const policy = statements(replicated().resource("aws_iam_role_policy").policy);
    const { Resource: key, ...encrypt } = policy.EncryptCopy!;
    expect(policy.WriteCopies).toEqual({
      Effect: "Allow",
      Action: ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: ["arn:aws:s3:::acme-curated-replica/*", "arn:aws:s3:::acme-raw-replica/*"],
    });
    expect(policy.DecryptSource).toEqual({
      Effect: "Allow",
      Action: ["kms:Decrypt"],
      Resource: ["arn:aws:kms:eu-west-1:111122223333:key/1"],
      Condition: { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
    });
    expect(key).toEqual([expect.stringContaining("aws_kms_key.lake_replication_key")]);
    expect(encrypt.Condition).toEqual({
      StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" },
    });
  });

  test("of chosen zones leaves the others alone", () => {
    const template = replicated({ zones: ["raw"] });
    expect(template.count("aws_s3_bucket_replication_configuration")).toBe(1);
    expect(template.count("aws_s3_bucket")).toBe(3);
  });

  test("is done by S3 and nobody else", () => {
    expect(statements(replicated().resource("aws_iam_role").assume_role_policy)).toEqual({
      Service: { Effect: "Allow", Principal: { Service: "s3.amazonaws.com" }, Action: ["sts:AssumeRole"] },
    });
  });

  test("out of the residency of a copied zone is refused", () => {
    const zones = [{ name: "raw" }, { name: "german", residency: Residency.countries("IE") }];
    const error = captureValidationError(() => replicated({}, { zones }));
    expect(error.codes).toEqual(["ResidencyViolation"]);
    expect(error.findings[0]!.subject).toBe('replication of zone "german"');
    expect(() => replicated({ zones: ["raw"] }, { zones })).not.toThrow();
  });

  test.each<[string, object, object, string]>([
    ["to the same region", { region: "eu-west-1" }, { region: "eu-west-1" }, "ReplicaInSameRegion"],
    ["with a provider of another region", {}, { region: "eu-north-1" }, "ReplicaProviderMismatch"],
    ["with a provider without alias", {}, { alias: undefined }, "ReplicaProviderMismatch"],
    ["of an unknown zone", { zones: ["gold"] }, {}, "UnknownZone"],
    ["of a zone twice", { zones: ["raw", "raw"] }, {}, "DuplicateValue"],
    ["of no zone", { zones: [] }, {}, "MissingValue"],
    ["to an unknown region", { region: "eu-moon-1" }, { region: "eu-moon-1" }, "RegionCountryUnknown"],
    ["to another country than the region's", { country: "FR" }, {}, "RegionCountryContradiction"],
    ["to no country", { country: "XX" }, {}, "InvalidCountry"],
  ])("%s is refused", (_, replication, provider, code) => {
    expect(captureValidationError(() => replicated(replication, {}, provider)).codes).toContain(code);
  });

  test("to a region that the catalogue does not know needs its country", () => {
    expect(() =>
      replicated({ region: "eu-moon-1", country: "IE" }, {}, { region: "eu-moon-1" }),
    ).not.toThrow();
  });

  test("of S3 Tables is refused, because only files would be copied", () => {
    const error = captureValidationError(() =>
      replicated({}, { tableCatalog: "s3-tables", tableOptimizers: undefined }),
    );
    expect(error.codes).toEqual(["UnsupportedByCatalog"]);
  });

  test("of a zone whose copy has the name of another zone is refused", () => {
    const zones = [{ name: "raw" }, { name: "raw-replica" }];
    expect(captureValidationError(() => replicated({ zones: ["raw"] }, { zones })).codes).toEqual([
      "DuplicateValue",
    ]);
  });
});
