import { stableJson } from "../core/json";
import { Problems } from "../core/problems";
import { durationOf } from "./duration";
import { FeatureErrors } from "./errors";
import type { Feature, FeatureSchema, FeatureView } from "./schema";

/** A feature as the lock keeps it. */
export interface LockedFeature {
  /** Iceberg's notation. */
  readonly type: string;
  readonly column: string;
  readonly pii: boolean;
  readonly deprecated: boolean;
  readonly owner: string;
  /** Set for embeddings. */
  readonly dimension?: number;
  readonly metric?: string;
}

export interface LockedView {
  readonly entity: string;
  /** `zone/table`. */
  readonly table: string;
  /** Set for streams. */
  readonly topic?: string;
  readonly eventTime: string;
  readonly createdTime?: string;
  readonly freshness: string;
  readonly ttl?: string;
  readonly owner: string;
  readonly deprecated: boolean;
  readonly features: Readonly<Record<string, LockedFeature>>;
  /** Names that were dropped. They are never given to anything else: rows with them are still in the history. */
  readonly retired: readonly string[];
}

export interface LockedEntity {
  /** Key name and type, in the order of look-ups, for example `user_id: string`. */
  readonly keys: readonly string[];
  /** Keys that are personal data, sorted. */
  readonly piiKeys: readonly string[];
}

/** What was promised to models that exist: kept in version control, read by people, written by `lockText`. */
export interface FeatureSchemaLock {
  readonly version: 1;
  readonly entities: Readonly<Record<string, LockedEntity>>;
  readonly views: Readonly<Record<string, LockedView>>;
  /** Names of views that were dropped, sorted. */
  readonly retiredViews: readonly string[];
}

const byKey = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries(entries);

function lockedFeature(feature: Feature): LockedFeature {
  const { type, column, pii, deprecated, owner, embedding } = feature;
  return { type: type.notation, column, pii, deprecated, owner, ...embedding };
}

function lockedView(view: FeatureView, before: LockedView | undefined): LockedView {
  const { source } = view;
  const names = view.features.map(({ name }) => name);
  const gone = Object.keys(before?.features ?? {}).filter((name) => !names.includes(name));
  return {
    entity: view.entity.name,
    table: `${source.zone}/${source.table}`,
    topic: source.topic,
    eventTime: source.eventTime,
    createdTime: source.createdTime,
    freshness: durationOf(view.freshnessSeconds),
    ttl: view.ttlSeconds === undefined ? undefined : durationOf(view.ttlSeconds),
    owner: view.owner,
    deprecated: view.deprecated,
    features: byKey(view.features.map((feature) => [feature.name, lockedFeature(feature)])),
    retired: [...new Set([...(before?.retired ?? []), ...gone])].sort(),
  };
}

/**
 * What the next change of a schema is compared with.
 *
 * @param before the lock that is committed, so that dropped names stay retired. @default - the first lock
 */
export function schemaLock(schema: FeatureSchema, before?: FeatureSchemaLock): FeatureSchemaLock {
  const names = schema.views.map(({ name }) => name);
  const gone = Object.keys(before?.views ?? {}).filter((name) => !names.includes(name));
  return {
    version: 1,
    entities: byKey(
      schema.entities.map(({ name, keys }) => [
        name,
        {
          keys: keys.map((key) => `${key.name}: ${key.type.notation}`),
          piiKeys: keys.flatMap((key) => (key.pii ? [key.name] : [])).sort(),
        },
      ]),
    ),
    views: byKey(schema.views.map((view) => [view.name, lockedView(view, before?.views[view.name])])),
    retiredViews: [...new Set([...(before?.retiredViews ?? []), ...gone])].sort(),
  };
}

/** The text of a lock file: the same schema gives the same bytes. */
export function lockText(lock: FeatureSchemaLock): string {
  return `${stableJson(lock, 2)}\n`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isText = (value: unknown): boolean => typeof value === "string";
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const allOf = (value: unknown, test: (entry: unknown) => boolean): boolean =>
  isRecord(value) && Object.values(value).every(test);

function isFeature(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value.type, value.column, value.owner].every(isText) &&
    [value.pii, value.deprecated].every((flag) => typeof flag === "boolean")
  );
}

function isView(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value.entity, value.table, value.eventTime, value.freshness, value.owner].every(isText) &&
    typeof value.deprecated === "boolean" &&
    areTexts(value.retired) &&
    allOf(value.features, isFeature)
  );
}

function isLock(value: Readonly<Record<string, unknown>>): boolean {
  const isEntity = (entry: unknown): boolean =>
    isRecord(entry) && areTexts(entry.keys) && areTexts(entry.piiKeys);
  return allOf(value.entities, isEntity) && allOf(value.views, isView) && areTexts(value.retiredViews);
}

/**
 * The lock in the text of a lock file.
 *
 * @throws SchemaLockUnreadable
 */
export function parseSchemaLock(text: string): FeatureSchemaLock {
  const problems = new Problems("parseSchemaLock");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    problems.add(FeatureErrors.SchemaLockUnreadable, { subject: "lock", given: text, allowed: "JSON" });
    problems.throwIfAny();
  }
  if (!isRecord(value) || value.version !== 1 || !isLock(value)) {
    problems.add(FeatureErrors.SchemaLockUnreadable, {
      subject: "lock",
      given: isRecord(value) ? `version ${String(value.version)}` : value,
      allowed: "an object of version 1 with entities, views and retiredViews",
    });
  }
  problems.throwIfAny();
  return value as unknown as FeatureSchemaLock;
}
