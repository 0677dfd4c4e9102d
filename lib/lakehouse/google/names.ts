import { resourceName } from "../../core/naming";
import type { NameRule, Problems } from "../../core/problems";

/** Names of what a lakehouse makes; functions of the prefix and the zone alone. */
export const googleNames = {
  bucket: (prefix: string, zone: string) => resourceName([prefix, zone], { maxLength: 63 }),
  dataset: (prefix: string, zone: string) => resourceName([prefix, zone], { maxLength: 200, separator: "_" }),
  /** Dataplex makes a data set of this name (hyphens become underscores), so it must not be the zone's own. */
  dataplexZone: (prefix: string, zone: string) => resourceName([prefix, zone, "dataplex"], { maxLength: 63 }),
  stagingBucket: (prefix: string) => resourceName([prefix, "etl-staging"], { maxLength: 63 }),
  serviceAccount: (prefix: string, name: string) => resourceName([prefix, name], { maxLength: 30 }),
} as const;

/**
 * Bucket names may neither begin with "goog" nor hold "google" or a close misspelling of it.
 * Source: https://cloud.google.com/storage/docs/buckets#naming
 */
const GOOGLE_BUCKET: NameRule = {
  pattern: /^(?!goog)(?!.*g[o0]{2}g[l1]e)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  maxLength: 63,
  form: 'a Cloud Storage bucket name: 3 to 63 lower-case letters, digits and hyphens, not beginning with "goog", without "google" or a misspelling of it',
};

/** Names of workload identity pools that Google keeps for itself. */
const NO_GCP_PREFIX: NameRule = {
  pattern: /^(?!gcp-)/,
  maxLength: 48,
  form: 'not beginning with "gcp-", which Google keeps for its own workload identity pools',
};

/** Checks all names that the prefix and the zones lead to. */
export function checkGoogleNames(
  problems: Problems,
  prefix: string,
  zones: readonly { readonly name: string }[],
  etl: boolean,
): void {
  problems.name("namePrefix", prefix, NO_GCP_PREFIX);
  const buckets = zones.map((zone) => googleNames.bucket(prefix, zone.name));
  for (const [index, bucket] of buckets.entries()) {
    problems.name(`zone "${zones[index]!.name}" bucket`, bucket, GOOGLE_BUCKET);
  }
  const staging = etl ? [googleNames.stagingBucket(prefix)] : [];
  for (const bucket of staging) {
    problems.name("etl staging bucket", bucket, GOOGLE_BUCKET);
  }
  problems.unique("bucket names", [...buckets, ...staging]);
  problems.unique(
    "data set names",
    zones.flatMap((zone) => [
      googleNames.dataset(prefix, zone.name),
      googleNames.dataplexZone(prefix, zone.name).replaceAll("-", "_"),
    ]),
  );
}
