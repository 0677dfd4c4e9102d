import {
  type FeatureSchema,
  type FeatureSchemaProps,
  FeatureSource,
  lockText,
  parseSchemaLock,
  requireCompatible,
  schemaDiff,
  schemaLock,
} from "../../lib";
import { ACTIVITY_VIEW, codesOf, messageOf, PROFILE_VIEW, schema, USER } from "./fixture";

const lock = schemaLock(schema());
const clicks = { name: "clicks_7d", type: "long", description: "Clicks of seven days" };
const others = ACTIVITY_VIEW.features.filter(({ name }) => name !== "clicks_7d");

function next(view: Record<string, unknown> = {}, more: Partial<FeatureSchemaProps> = {}): FeatureSchema {
  return schema({ views: [{ ...ACTIVITY_VIEW, ...view } as never, PROFILE_VIEW], ...more });
}

describe("the schema lock", () => {
  test("is text that a reviewer reads, and is read back", () => {
    const text = lockText(lock);
    expect(parseSchemaLock(text)).toEqual(JSON.parse(text));
    expect(text).toMatchInlineSnapshot(`
"{
  "entities": {
    "user": {
      "keys": [
        "user_id: string"
      ],
      "piiKeys": []
    }
  },
  "retiredViews": [],
  "version": 1,
  "views": {
    "user_activity": {
      "createdTime": "loaded_at",
      "deprecated": false,
      "entity": "user",
      "eventTime": "event_time",
      "features": {
        "clicks_7d": {
          "column": "clicks_7d",
          "deprecated": false,
          "owner": "ads-team",
          "pii": false,
          "type": "long"
        },
        "country": {
          "column": "country_code",
          "deprecated": false,
          "owner": "ads-team",
          "pii": false,
          "type": "int"
        },
        "is_new": {
          "column": "is_new",
          "deprecated": false,
          "owner": "ads-team",
          "pii": false,
          "type": "boolean"
        },
        "last_seen": {
          "column": "last_seen",
          "deprecated": false,
          "owner": "ads-team",
          "pii": false,
          "type": "timestamptz"
        },
        "segment": {
          "column": "segment",
          "deprecated": false,
          "owner": "ads-team",
          "pii": false,
          "type": "string"
        },
        "spend_30d": {
          "column": "spend_30d",
          "deprecated": false,
          "owner": "finance",
          "pii": false,
          "type": "double"
        }
      },
      "freshness": "1h",
      "owner": "ads-team",
      "retired": [],
      "table": "curated/user_activity"
    },
    "user_profile": {
      "deprecated": false,
      "entity": "user",
      "eventTime": "as_of",
      "features": {
        "interests": {
          "column": "interests",
          "deprecated": false,
          "owner": "profile-team",
          "pii": false,
          "type": "list<string>"
        },
        "mail": {
          "column": "mail",
          "deprecated": false,
          "owner": "profile-team",
          "pii": true,
          "type": "string"
        },
        "taste": {
          "column": "vector",
          "deprecated": false,
          "dimension": 64,
          "metric": "cosine",
          "owner": "profile-team",
          "pii": false,
          "type": "list<float>"
        }
      },
      "freshness": "40m",
      "owner": "profile-team",
      "retired": [],
      "table": "curated/user_profile",
      "topic": "profile-changes"
    }
  }
}
"
`);
    expect(schemaDiff(parseSchemaLock(text), schema())).toEqual([]);
  });

  test("does not depend on the order of declaration", () => {
    expect(lockText(schemaLock(schema({ views: [PROFILE_VIEW, ACTIVITY_VIEW] })))).toBe(lockText(lock));
  });

  test.each<[string, string]>([
    ["no JSON", "{"],
    ["another version", JSON.stringify({ ...lock, version: 2 })],
    ["a list", "[]"],
    ["no views", JSON.stringify({ ...lock, views: undefined })],
    [
      "a view without features",
      JSON.stringify({ ...lock, views: { a: { ...lock.views.user_activity, features: [1] } } }),
    ],
    ["keys that are no texts", JSON.stringify({ ...lock, entities: { user: { keys: [1], piiKeys: [] } } })],
  ])("%s is refused", (_, text) => {
    expect(codesOf(() => parseSchemaLock(text))).toEqual(["SchemaLockUnreadable"]);
  });
});

describe("evolution", () => {
  const source = (change: Record<string, unknown>) =>
    ({ ...ACTIVITY_VIEW.source, ...change }) as typeof ACTIVITY_VIEW.source;

  test.each<[string, FeatureSchema, string]>([
    [
      "an added feature",
      next({ features: [...ACTIVITY_VIEW.features, { name: "visits", type: "int" }] }),
      "+ view user_activity feature visits: int (null in records that are older)",
    ],
    [
      "an added view",
      schema({ views: [ACTIVITY_VIEW, PROFILE_VIEW, { ...ACTIVITY_VIEW, name: "second_view" }] }),
      "+ view second_view: 6 features of user",
    ],
    [
      "an added entity",
      next({}, { entities: [USER, { name: "shop", keys: [{ name: "shop_id", type: "long" }] }] }),
      "+ entity shop: shop_id: long",
    ],
    [
      "deprecation",
      next({ features: [...others, { ...clicks, deprecated: true }] }),
      "~ view user_activity feature clicks_7d deprecated: false -> true",
    ],
    [
      "personal data",
      next({ features: [...others, { ...clicks, pii: true }] }),
      "~ view user_activity feature clicks_7d pii: false -> true (grants without includePii lose it)",
    ],
    [
      "another freshness",
      next({ freshness: "2h" }),
      "~ view user_activity freshness: 1h -> 2h (alerts and schedules follow)",
    ],
    [
      "a ttl",
      next({ ttl: "48h" }),
      "~ view user_activity ttl: none -> 48h (values disappear earlier or later)",
    ],
  ])("%s is allowed and shown", (_, changed, line) => {
    expect(schemaDiff(lock, changed)).toContain(line);
    expect(codesOf(() => requireCompatible(lock, changed))).toEqual([]);
  });

  test.each<[string, FeatureSchema, string]>([
    [
      "another type",
      next({ features: [...others, { ...clicks, type: "double" }] }),
      "! view user_activity feature clicks_7d type: long -> double (models read it as the old type, and so does the history)",
    ],
    [
      "another column",
      next({ features: [...others, { ...clicks, column: "clicks_30d" }] }),
      "! view user_activity feature clicks_7d column: clicks_7d -> clicks_30d (the same name would mean other values before and after)",
    ],
    [
      "a dropped feature that was not deprecated",
      next({ features: others }),
      "! view user_activity feature clicks_7d: dropped (models may still read it: deprecate it first, drop it in the next change)",
    ],
    [
      "personal data that is no longer marked",
      schema({
        views: [
          ACTIVITY_VIEW,
          { ...PROFILE_VIEW, features: [PROFILE_VIEW.features[0], { name: "mail", type: "string" }] },
        ],
      }),
      "! view user_profile feature mail pii: true -> false (who was never granted personal data would see it)",
    ],
    [
      "another dimension",
      schema({
        views: [
          ACTIVITY_VIEW,
          { ...PROFILE_VIEW, embeddings: [{ ...PROFILE_VIEW.embeddings[0], dimension: 128 }] },
        ],
      }),
      "! view user_profile feature taste dimension: 64 -> 128 (vectors of two lengths cannot be compared)",
    ],
    [
      "another metric",
      schema({
        views: [
          ACTIVITY_VIEW,
          { ...PROFILE_VIEW, embeddings: [{ ...PROFILE_VIEW.embeddings[0], metric: "dot" }] },
        ],
      }),
      "! view user_profile feature taste metric: cosine -> dot (similarity would mean something else)",
    ],
    [
      "another event time",
      next({ source: source({ eventTime: "loaded_at" }) }),
      "! view user_activity eventTime: event_time -> loaded_at (point-in-time joins would order the history by another time)",
    ],
    [
      "another table",
      next({ source: source({ table: "other" }) }),
      "! view user_activity table: curated/user_activity -> curated/other (training would read another history than the one that models were trained on)",
    ],
    [
      "another entity",
      next(
        { entity: "shop" },
        { entities: [USER, { name: "shop", keys: [{ name: "shop_id", type: "long" }] }] },
      ),
      "! view user_activity entity: user -> shop (records would be looked up by other keys)",
    ],
    [
      "another key",
      next({}, { entities: [{ ...USER, keys: [{ name: "user_id", type: "long" }] }] }),
      "! entity user keys: user_id: string -> user_id: long (every record would have to be found by other keys)",
    ],
    [
      "a dropped view that was not deprecated",
      schema({ views: [ACTIVITY_VIEW] }),
      "! view user_profile: dropped (models may still read it: deprecate it first, drop it in the next change)",
    ],
  ])("%s is refused, with the line that says why", (_, changed, line) => {
    expect(schemaDiff(lock, changed)).toContain(line);
    expect(codesOf(() => requireCompatible(lock, changed))).toContain("IncompatibleSchema");
    expect(messageOf(() => requireCompatible(lock, changed))).toContain(line);
  });

  test("a key that is no longer personal data is refused", () => {
    const personal = { ...USER, keys: [{ name: "user_id", type: "string", pii: true }] };
    const before = schemaLock(schema({ entities: [personal] }));
    expect(codesOf(() => requireCompatible(before, schema()))).toEqual(["IncompatibleSchema"]);
    expect(codesOf(() => requireCompatible(lock, schema({ entities: [personal] })))).toEqual([]);
  });

  test("what was deprecated may be dropped, and its name stays retired", () => {
    const deprecated = next({ features: [...others, { ...clicks, deprecated: true }] });
    const committed = schemaLock(deprecated, lock);
    const dropped = next({ features: others });
    expect(schemaDiff(committed, dropped)).toEqual([
      "- view user_activity feature clicks_7d: deprecated -> dropped (the name stays retired)",
    ]);
    const after = parseSchemaLock(lockText(schemaLock(dropped, committed)));
    expect(after.views.user_activity!.retired).toEqual(["clicks_7d"]);
    expect(codesOf(() => requireCompatible(after, next()))).toEqual(["IncompatibleSchema"]);
    expect(schemaLock(dropped, after).views.user_activity!.retired).toEqual(["clicks_7d"]);
  });

  test("a deprecated view may be dropped, and its name stays retired", () => {
    const old = { ...PROFILE_VIEW, deprecated: true };
    const committed = schemaLock(schema({ views: [ACTIVITY_VIEW, old] }), lock);
    const dropped = schema({ views: [ACTIVITY_VIEW] });
    expect(codesOf(() => requireCompatible(committed, dropped))).toEqual([]);
    const after = schemaLock(dropped, committed);
    expect(after.retiredViews).toEqual(["user_profile"]);
    expect(codesOf(() => requireCompatible(after, schema()))).toEqual(["IncompatibleSchema"]);
  });

  test("a view may move from a table to a stream that keeps the same history", () => {
    const stream = FeatureSource.stream("activity", { ...ACTIVITY_VIEW.source, topic: undefined } as never);
    expect(codesOf(() => requireCompatible(lock, next({ source: stream })))).toEqual([]);
    expect(schemaDiff(lock, next({ source: stream }))).toHaveLength(1);
  });
});
