import type { S3BucketLifecycleConfigurationRule } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import type { Problems } from "../../core/problems";
import { LakehouseErrors } from "../errors";
import type { Tiering, ZoneModel } from "../lakehouse";

/**
 * S3 does not move objects to Standard-IA before this age, nor from Standard-IA to an archive class sooner after.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 * (read 2026-11-21)
 */
const STANDARD_IA_MINIMUM_DAYS = 30;

const EVERY_OBJECT = [{ prefix: "" }];

/** Refuses transitions that S3 would refuse when they are applied. */
export function checkTransitions(problems: Problems, zone: ZoneModel): void {
  const { warmAfterDays, coldAfterDays, archiveAfterDays } = zone.tiering;
  if (warmAfterDays === undefined) {
    return;
  }
  const refuse = (tier: string, given: number, minimum: number): void => {
    if (given < minimum) {
      problems.add(LakehouseErrors.TransitionTooEarly, {
        subject: `zone "${zone.name}" tiering.${tier}`,
        given,
        allowed: `${minimum} days or more`,
      });
    }
  };
  refuse("warmAfterDays", warmAfterDays, STANDARD_IA_MINIMUM_DAYS);
  const afterWarm = warmAfterDays + STANDARD_IA_MINIMUM_DAYS;
  if (coldAfterDays !== undefined) {
    refuse("coldAfterDays", coldAfterDays, afterWarm);
  }
  if (archiveAfterDays !== undefined) {
    refuse("archiveAfterDays", archiveAfterDays, afterWarm);
  }
}

function transitions(tiering: Tiering): { days: number; storageClass: string }[] {
  return [
    { days: tiering.warmAfterDays, storageClass: "STANDARD_IA" },
    { days: tiering.coldAfterDays, storageClass: "GLACIER_IR" },
    { days: tiering.archiveAfterDays, storageClass: "DEEP_ARCHIVE" },
  ].filter((entry): entry is { days: number; storageClass: string } => entry.days !== undefined);
}

/** Old versions go after `days`, and with the last of them the marker that says "deleted". */
export function noncurrentRule(days: number): S3BucketLifecycleConfigurationRule {
  return {
    id: "expire-old-versions",
    status: "Enabled",
    filter: EVERY_OBJECT,
    noncurrentVersionExpiration: [{ noncurrentDays: days }],
    expiration: [{ expiredObjectDeleteMarker: true }],
  };
}

/** Objects of this age go. */
export function retentionRule(days: number): S3BucketLifecycleConfigurationRule {
  return { id: "retention", status: "Enabled", filter: EVERY_OBJECT, expiration: [{ days }] };
}

/** What happens to the objects of a zone as they age. */
export function zoneLifecycle(
  zone: ZoneModel,
  noncurrentVersionDays: number,
): readonly S3BucketLifecycleConfigurationRule[] {
  const tiers = transitions(zone.tiering);
  return [
    noncurrentRule(noncurrentVersionDays),
    ...(tiers.length === 0
      ? []
      : [{ id: "tiering", status: "Enabled", filter: EVERY_OBJECT, transition: tiers }]),
    ...(zone.retentionDays === undefined ? [] : [retentionRule(zone.retentionDays)]),
  ];
}
