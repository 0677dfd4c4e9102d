import { Problems } from "../core/problems";
import { FeatureErrors } from "./errors";
import type { FeatureSchema } from "./schema";
import { type FeatureSchemaLock, type LockedFeature, type LockedView, schemaLock } from "./schema-lock";

/** One difference between the committed lock and the schema. */
export interface SchemaChange {
  /** `forbidden` breaks models that exist; `noted` is allowed and worth a look. */
  readonly verdict: "added" | "noted" | "removed" | "forbidden";
  /** Path, for example `view user_activity feature clicks_7d type`. */
  readonly subject: string;
  /** What changed, in words: `long -> double`. */
  readonly change: string;
  /** Why it is forbidden, or what follows from it. */
  readonly because?: string;
}

type Say = (verdict: SchemaChange["verdict"], subject: string, change: string, because?: string) => void;

const SIGNS = { added: "+", noted: "~", removed: "-", forbidden: "!" } as const;
const show = (value: unknown): string => (value === undefined ? "none" : String(value));

/** What may never change of a feature, and why. */
const FEATURE_RULES: readonly (readonly [field: keyof LockedFeature, because: string])[] = [
  ["type", "models read it as the old type, and so does the history"],
  ["column", "the same name would mean other values before and after"],
  ["dimension", "vectors of two lengths cannot be compared"],
  ["metric", "similarity would mean something else"],
];

const VIEW_RULES: readonly (readonly [field: keyof LockedView, because: string])[] = [
  ["entity", "records would be looked up by other keys"],
  ["table", "training would read another history than the one that models were trained on"],
  ["eventTime", "point-in-time joins would order the history by another time"],
];

const NOTED: readonly (readonly [field: keyof LockedView, because: string])[] = [
  ["topic", "the online store is filled another way; the history stays"],
  ["createdTime", "late rows are told apart by another column"],
  ["freshness", "alerts and schedules follow"],
  ["ttl", "values disappear earlier or later"],
  ["owner", "somebody else answers for it"],
];

function diffFeature(say: Say, at: string, before: LockedFeature, after: LockedFeature): void {
  for (const [field, because] of FEATURE_RULES) {
    if (before[field] !== after[field]) {
      say("forbidden", `${at} ${field}`, `${show(before[field])} -> ${show(after[field])}`, because);
    }
  }
  if (before.pii && !after.pii) {
    say("forbidden", `${at} pii`, "true -> false", "who was never granted personal data would see it");
  } else if (!before.pii && after.pii) {
    say("noted", `${at} pii`, "false -> true", "grants without includePii lose it");
  }
  if (before.deprecated !== after.deprecated) {
    say("noted", `${at} deprecated`, `${before.deprecated} -> ${after.deprecated}`);
  }
  if (before.owner !== after.owner) {
    say("noted", `${at} owner`, `${before.owner} -> ${after.owner}`);
  }
}

function diffFeatures(say: Say, view: string, before: LockedView, after: LockedView): void {
  for (const [name, feature] of Object.entries(after.features)) {
    const at = `${view} feature ${name}`;
    const known = before.features[name];
    if (known !== undefined) {
      diffFeature(say, at, known, feature);
    } else if (before.retired.includes(name)) {
      say(
        "forbidden",
        at,
        "dropped before -> added again",
        "the history still holds values of the dropped feature",
      );
    } else {
      say("added", at, feature.type, "null in records that are older");
    }
  }
  for (const [name, feature] of Object.entries(before.features)) {
    if (after.features[name] === undefined) {
      const at = `${view} feature ${name}`;
      if (feature.deprecated) {
        say("removed", at, "deprecated -> dropped", "the name stays retired");
      } else {
        say(
          "forbidden",
          at,
          "dropped",
          "models may still read it: deprecate it first, drop it in the next change",
        );
      }
    }
  }
}

function diffView(say: Say, at: string, before: LockedView, after: LockedView): void {
  for (const [rules, verdict] of [
    [VIEW_RULES, "forbidden"],
    [NOTED, "noted"],
  ] as const) {
    for (const [field, because] of rules) {
      if (before[field] !== after[field]) {
        say(verdict, `${at} ${field}`, `${show(before[field])} -> ${show(after[field])}`, because);
      }
    }
  }
  if (before.deprecated !== after.deprecated) {
    say("noted", `${at} deprecated`, `${before.deprecated} -> ${after.deprecated}`);
  }
  diffFeatures(say, at, before, after);
}

function diffEntities(say: Say, before: FeatureSchemaLock, after: FeatureSchemaLock): void {
  for (const [name, entity] of Object.entries(after.entities)) {
    const known = before.entities[name];
    if (known === undefined) {
      say("added", `entity ${name}`, entity.keys.join(", "));
      continue;
    }
    const [old, now] = [known.keys.join(", "), entity.keys.join(", ")];
    if (old !== now) {
      say(
        "forbidden",
        `entity ${name} keys`,
        `${old} -> ${now}`,
        "every record would have to be found by other keys",
      );
    }
    for (const key of known.piiKeys.filter((each) => !entity.piiKeys.includes(each))) {
      say(
        "forbidden",
        `entity ${name} key ${key} pii`,
        "true -> false",
        "who was never granted personal data would see it",
      );
    }
    for (const key of entity.piiKeys.filter((each) => !known.piiKeys.includes(each))) {
      say(
        "noted",
        `entity ${name} key ${key} pii`,
        "false -> true",
        "grants without includePii lose its views",
      );
    }
  }
  for (const name of Object.keys(before.entities).filter((each) => after.entities[each] === undefined)) {
    say("removed", `entity ${name}`, "dropped", "no view is about it any more");
  }
}

/** What changed against the committed lock, in the order of names. */
export function schemaChanges(lock: FeatureSchemaLock, schema: FeatureSchema): readonly SchemaChange[] {
  const changes: SchemaChange[] = [];
  const say: Say = (verdict, subject, change, because) => {
    changes.push({ verdict, subject, change, because });
  };
  const next = schemaLock(schema, lock);
  diffEntities(say, lock, next);
  for (const [name, view] of Object.entries(next.views)) {
    const known = lock.views[name];
    if (known !== undefined) {
      diffView(say, `view ${name}`, known, view);
    } else if (lock.retiredViews.includes(name)) {
      say(
        "forbidden",
        `view ${name}`,
        "dropped before -> added again",
        "the history still holds rows of the dropped view",
      );
    } else {
      say("added", `view ${name}`, `${Object.keys(view.features).length} features of ${view.entity}`);
    }
  }
  for (const [name, view] of Object.entries(lock.views).filter(([each]) => next.views[each] === undefined)) {
    if (view.deprecated) {
      say("removed", `view ${name}`, "deprecated -> dropped", "the name stays retired");
    } else {
      say(
        "forbidden",
        `view ${name}`,
        "dropped",
        "models may still read it: deprecate it first, drop it in the next change",
      );
    }
  }
  return changes;
}

function line({ verdict, subject, change, because }: SchemaChange): string {
  return `${SIGNS[verdict]} ${subject}: ${change}${because === undefined ? "" : ` (${because})`}`;
}

/**
 * The differences as a reviewer reads them, one line each: `+` added, `~` changed and allowed, `-` dropped and
 * allowed, `!` forbidden, with the reason. Empty if nothing changed.
 */
export function schemaDiff(lock: FeatureSchemaLock, schema: FeatureSchema): readonly string[] {
  return schemaChanges(lock, schema).map(line);
}

/**
 * Refuses a schema that breaks what the lock promises. The finding shows every forbidden line of the diff.
 *
 * Adds IncompatibleSchema.
 */
export function checkEvolution(problems: Problems, lock: FeatureSchemaLock, schema: FeatureSchema): void {
  for (const change of schemaChanges(lock, schema).filter(({ verdict }) => verdict === "forbidden")) {
    problems.add(FeatureErrors.IncompatibleSchema, {
      subject: change.subject,
      given: line(change),
      allowed: "added views and features, deprecation, drops of what is deprecated in the lock, stricter pii",
    });
  }
}

/**
 * As `checkEvolution`, for programs that check a schema without making a feature store.
 *
 * @throws IncompatibleSchema
 */
export function requireCompatible(lock: FeatureSchemaLock, schema: FeatureSchema): void {
  const problems = new Problems("FeatureSchema against its lock");
  checkEvolution(problems, lock, schema);
  problems.throwIfAny();
}
