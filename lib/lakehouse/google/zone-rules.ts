import type { StorageBucketLifecycleRule } from "@cdktf/provider-google/lib/storage-bucket";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { LakehouseErrors } from "../errors";
import type { Tiering, ZoneModel } from "../lakehouse";

/** Cloud Storage keeps deleted objects for 7 to 90 days. Source: https://cloud.google.com/storage/docs/soft-delete */
export const SOFT_DELETE_DAYS = { min: 7, max: 90 };
/** BigQuery's time travel reaches 2 to 7 days back. Source: https://cloud.google.com/bigquery/docs/time-travel */
const TIME_TRAVEL_DAYS = { min: 2, max: 7 };

/** True if BigQuery owns files in this zone. Those of a copy belong to the job that copies. */
export function hasManagedTables(zone: ZoneModel): boolean {
  return zone.copyOf === undefined && zone.tables.length > 0;
}

/** Checks what Google limits per zone: the days for which files and snapshots can be brought back. */
export function checkZoneLimits(problems: Problems, zone: ZoneModel, noncurrentVersionDays: number): void {
  if (!hasManagedTables(zone)) {
    return;
  }
  problems.integer(
    `noncurrentVersionDays (zone "${zone.name}" holds tables: Cloud Storage soft delete)`,
    noncurrentVersionDays,
    SOFT_DELETE_DAYS,
  );
  const days = [...new Set(zone.tables.map((table) => table.snapshotRetentionDays))];
  const { min, max } = TIME_TRAVEL_DAYS;
  if (!isToken(days) && (days.length > 1 || days.some((day) => day < min || day > max))) {
    problems.add(LakehouseErrors.UnsupportedByCatalog, {
      subject: `zone "${zone.name}" snapshotRetentionDays`,
      given: days,
      allowed: `the same number, ${min} to ${max}, for all tables of a zone: BigQuery's time travel is a setting of the data set`,
      fix: `give all tables of the zone the same snapshotRetentionDays from ${min} to ${max}, or put them in zones of their own`,
    });
  }
}

function tieringRules(tiering: Tiering): StorageBucketLifecycleRule[] {
  const steps = [
    { days: tiering.warmAfterDays, storageClass: "NEARLINE" },
    { days: tiering.coldAfterDays, storageClass: "COLDLINE" },
    { days: tiering.archiveAfterDays, storageClass: "ARCHIVE" },
  ];
  const warmer = ["STANDARD"];
  return steps.flatMap(({ days, storageClass }) => {
    if (days === undefined) {
      return [];
    }
    const matchesStorageClass = [...warmer];
    warmer.push(storageClass);
    return [
      {
        action: { type: "SetStorageClass", storageClass },
        condition: { age: days, withState: "LIVE", matchesStorageClass },
      },
    ];
  });
}

/** Lifecycle of a zone's files. Uploads that were never finished are cleaned up after a week. */
export function lifecycleRules(
  zone: ZoneModel,
  versionDays: number | undefined,
): readonly StorageBucketLifecycleRule[] {
  const rules = tieringRules(zone.tiering);
  if (zone.retentionDays !== undefined) {
    rules.push({
      action: { type: "Delete" },
      condition: { age: zone.retentionDays, withState: "LIVE" },
    });
  }
  if (versionDays !== undefined) {
    rules.push({
      action: { type: "Delete" },
      condition: { daysSinceNoncurrentTime: versionDays, withState: "ARCHIVED" },
    });
  }
  return [...rules, { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } }];
}
