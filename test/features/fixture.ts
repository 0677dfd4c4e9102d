import { ValidationError } from "../../lib/core/errors";
import { FeatureSchema, type FeatureSchemaProps } from "../../lib/features/schema";
import { FeatureSource } from "../../lib/features/source";
import type { TableProps } from "../../lib/lakehouse";

/** Codes of what is thrown; empty if nothing is. */
export function codesOf(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (ValidationError.is(error)) {
      return error.codes;
    }
    throw error;
  }
}

/** Message of what is thrown. */
export function messageOf(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** A table with one column of each type that all three lakehouses hold. */
export const ACTIVITY: TableProps = {
  name: "user_activity",
  columns: [
    { name: "user_id", type: "string", required: true },
    { name: "event_time", type: "timestamptz", required: true },
    { name: "loaded_at", type: "timestamptz" },
    { name: "is_new", type: "boolean" },
    { name: "clicks_7d", type: "long" },
    { name: "country_code", type: "int" },
    { name: "spend_30d", type: "double" },
    { name: "segment", type: "string" },
    { name: "last_seen", type: "timestamptz" },
  ],
};

/** Collections and personal data. */
export const PROFILE: TableProps = {
  name: "user_profile",
  columns: [
    { name: "user_id", type: "string", required: true },
    { name: "as_of", type: "timestamptz", required: true },
    { name: "interests", type: "list<string>" },
    { name: "vector", type: "list<float>" },
    { name: "mail", type: "string", pii: true },
    { name: "price", type: "decimal(10, 2)" },
    { name: "payload", type: "binary" },
  ],
};

/** A zone with the sources, and one for what is kept of the online store. */
export const ZONES = [{ name: "curated", tables: [ACTIVITY, PROFILE] }, { name: "features" }];

export const USER = { name: "user", keys: [{ name: "user_id", type: "string" }], description: "One account" };

export const ACTIVITY_VIEW = {
  name: "user_activity",
  entity: "user",
  source: FeatureSource.table("curated", "user_activity", {
    eventTime: "event_time",
    createdTime: "loaded_at",
  }),
  features: [
    { name: "is_new", type: "boolean" },
    { name: "clicks_7d", type: "long", description: "Clicks of seven days" },
    { name: "country", type: "int", column: "country_code" },
    { name: "spend_30d", type: "double", owner: "finance" },
    { name: "segment", type: "string" },
    { name: "last_seen", type: "timestamptz" },
  ],
  freshness: "1h",
  owner: "ads-team",
} as const;

export const PROFILE_VIEW = {
  name: "user_profile",
  entity: "user",
  source: FeatureSource.stream("profile-changes", {
    zone: "curated",
    table: "user_profile",
    eventTime: "as_of",
  }),
  features: [
    { name: "interests", type: "list<string>" },
    { name: "mail", type: "string", pii: true },
  ],
  embeddings: [{ name: "taste", column: "vector", dimension: 64, metric: "cosine" }],
  freshness: "40m",
  owner: "profile-team",
} as const;

export const PROPS: FeatureSchemaProps = { entities: [USER], views: [ACTIVITY_VIEW, PROFILE_VIEW] };

export function schema(props: Partial<FeatureSchemaProps> = {}): FeatureSchema {
  return FeatureSchema.of({ ...PROPS, ...props });
}

export const ONLINE = {
  user_activity: { p99LatencyMs: 40, readsPerSecond: 2000, writesPerSecond: 200, items: 5_000_000 },
  user_profile: { p99LatencyMs: 40, readsPerSecond: 500, writesPerSecond: 50 },
};
