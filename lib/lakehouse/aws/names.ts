import { resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import { AwsLakehouseErrors } from "./errors";

/**
 * Names that S3 reserves for itself.
 *
 * Sources (read 2026-11-21): https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html ,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets-naming.html
 */
const FORBIDDEN_PREFIXES = ["xn--", "sthree-", "amzn-s3-demo-"];
const FORBIDDEN_SUFFIXES = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3", ".mrap", "-an"];

/** Name of a bucket of the lakehouse; the first part is the lakehouse's name prefix. */
export function bucketName(...parts: readonly string[]): string {
  return resourceName(parts, { maxLength: 63 });
}

/** Refuses bucket names that S3 keeps for itself. */
export function checkBucketName(problems: Problems, subject: string, name: string): void {
  const prefix = FORBIDDEN_PREFIXES.find((entry) => name.startsWith(entry));
  const suffix = FORBIDDEN_SUFFIXES.find((entry) => name.endsWith(entry));
  if (prefix !== undefined || suffix !== undefined) {
    problems.add(AwsLakehouseErrors.BucketNameForbidden, {
      subject: `${subject} bucket`,
      given: name,
      allowed: `no name that starts with ${FORBIDDEN_PREFIXES.join(", ")} or ends with ${FORBIDDEN_SUFFIXES.join(", ")}`,
    });
  }
}

/** Name of the Glue database (or S3 Tables namespace) of a zone: no hyphen, so that SQL needs no quotes. */
export function databaseName(namePrefix: string, zone: string): string {
  return resourceName([namePrefix, zone], { maxLength: 128, separator: "_" });
}

/** Name of an IAM role of the lakehouse. */
export function roleName(...parts: readonly string[]): string {
  return resourceName(parts, { maxLength: 64 });
}

/** Name of the identity of one of the lakehouse's own engines, different in every lakehouse. */
export function engineName(namePrefix: string, engine: string): string {
  return resourceName([namePrefix, engine], { maxLength: 32 });
}
