import { FeatureSchema, type FeatureSchemaProps, FeatureSource } from "../../lib";
import { ACTIVITY_VIEW, codesOf, messageOf, PROFILE_VIEW, PROPS, schema, USER } from "./fixture";

const withView =
  (change: Record<string, unknown>): (() => FeatureSchema) =>
  () =>
    FeatureSchema.of({ ...PROPS, views: [{ ...ACTIVITY_VIEW, ...change }] } as FeatureSchemaProps);
const withFeature = (change: Record<string, unknown>): (() => FeatureSchema) =>
  withView({ features: [{ name: "clicks_7d", type: "long", ...change }] });
const withEntity =
  (change: Record<string, unknown>): (() => FeatureSchema) =>
  () =>
    FeatureSchema.of({ entities: [{ ...USER, ...change }], views: [ACTIVITY_VIEW] } as FeatureSchemaProps);

describe("a feature schema", () => {
  test("is a frozen value in an order of its own", () => {
    const made = schema();
    expect(Object.isFrozen(made.views[0]!.features)).toBe(true);
    expect(made).toEqual(schema({ views: [PROFILE_VIEW, ACTIVITY_VIEW] }));
    expect(made.views[0]!.features.map(({ name }) => name)).toEqual([
      "clicks_7d",
      "country",
      "is_new",
      "last_seen",
      "segment",
      "spend_30d",
    ]);
  });

  test("fills in column, owner and times", () => {
    const [activity, profile] = schema().views;
    expect(activity!.features.find(({ name }) => name === "country")).toMatchObject({
      column: "country_code",
      owner: "ads-team",
      pii: false,
      deprecated: false,
    });
    expect(activity!.features.find(({ name }) => name === "spend_30d")!.owner).toBe("finance");
    expect(activity!.freshnessSeconds).toBe(3600);
    expect(profile!.features.find(({ name }) => name === "taste")).toMatchObject({
      type: { notation: "list<float>" },
      embedding: { dimension: 64, metric: "cosine" },
    });
    expect(profile!.source).toMatchObject({ kind: "stream", topic: "profile-changes" });
  });

  test("a deprecated view deprecates its features", () => {
    const made = withView({ deprecated: true })();
    expect(made.views[0]!.features.every(({ deprecated }) => deprecated)).toBe(true);
  });

  test.each<[string, () => unknown, string]>([
    ["entity without key", withEntity({ keys: [] }), "EntityWithoutKey"],
    ["key twice", withEntity({ keys: [USER.keys[0], USER.keys[0]] }), "DuplicateValue"],
    [
      "key of another type",
      withEntity({ keys: [{ name: "user_id", type: "double" }] }),
      "UnsupportedKeyType",
    ],
    [
      "key that is a list",
      withEntity({ keys: [{ name: "user_id", type: "list<int>" }] }),
      "UnsupportedKeyType",
    ],
    ["entity that is none", withView({ entity: "shop" }), "UnknownEntity"],
    ["view without features", withView({ features: [] }), "ViewWithoutFeatures"],
    ["feature named like a key", withFeature({ name: "user_id" }), "DuplicateValue"],
    ["feature named like the event time", withFeature({ name: "event_time" }), "DuplicateValue"],
    ["feature type that no site holds", withFeature({ type: "map<string, int>" }), "UnsupportedFeatureType"],
    ["feature type that is none", withFeature({ type: "text" }), "UnsupportedFeatureType"],
    ["nested list", withFeature({ type: "list<list<int>>" }), "UnsupportedFeatureType"],
    ["upper case", withFeature({ name: "Clicks" }), "InvalidName"],
    ["double underscore", withFeature({ name: "clicks__7d" }), "InvalidName"],
    ["trailing underscore", withFeature({ name: "clicks_" }), "InvalidName"],
    ["61 letters", withFeature({ name: "a".repeat(61) }), "InvalidName"],
    ["a word of SageMaker", withFeature({ name: "is_deleted" }), "ReservedFeatureName"],
    ["a word of Vertex AI", withFeature({ name: "feature_timestamp" }), "ReservedFeatureName"],
    ["a word of Feast", withFeature({ name: "event_timestamp" }), "ReservedFeatureName"],
    ["a word of Python", withFeature({ name: "lambda" }), "ReservedFeatureName"],
    ["a name of all objects", withFeature({ name: "constructor" }), "ReservedFeatureName"],
    ["token", withFeature({ name: "${TfToken[TOKEN.1]}" }), "TokenNotAllowed"],
    ["no owner", withView({ owner: " " }), "MissingValue"],
    ["freshness that is no duration", withView({ freshness: "soon" }), "InvalidDuration"],
    ["freshness of zero", withView({ freshness: "0s" }), "InvalidDuration"],
    ["finer than a second", withView({ freshness: "5ms" }), "InvalidDuration"],
    ["ttl within the freshness", withView({ ttl: "1h" }), "NumberOutOfRange"],
    ["no source", withView({ source: undefined }), "MissingValue"],
    ["no views", () => FeatureSchema.of({ ...PROPS, views: [] }), "MissingValue"],
    ["views that are no list", () => FeatureSchema.of({ ...PROPS, views: "all" } as never), "NotOneOf"],
    ["view twice", () => schema({ views: [ACTIVITY_VIEW, ACTIVITY_VIEW] }), "DuplicateValue"],
    ["no schema", () => FeatureSchema.of(undefined as never), "MissingValue"],
    ["no event time", () => FeatureSource.table("curated", "t", {} as never), "EventTimeMissing"],
    [
      "no event time by hand",
      withView({ source: { kind: "table", zone: "z", table: "t" } }),
      "EventTimeMissing",
    ],
    ["no topic", () => FeatureSource.stream("", { zone: "z", table: "t", eventTime: "e" }), "MissingValue"],
    [
      "dimension",
      withView({ embeddings: [{ name: "taste", dimension: 8193, metric: "cosine" }] }),
      "NumberOutOfRange",
    ],
    ["metric", withView({ embeddings: [{ name: "taste", dimension: 8, metric: "hamming" }] }), "NotOneOf"],
  ])("%s is refused", (_, act, code) => {
    expect(codesOf(act)).toContain(code);
  });

  test("longest name and ttl just above the freshness pass", () => {
    expect(codesOf(withFeature({ name: "a".repeat(60) }))).toEqual([]);
    expect(codesOf(withView({ ttl: "1h0m1s" }))).toEqual([]);
  });

  test("all that is wrong is said at once", () => {
    const message = messageOf(withView({ owner: "", freshness: "x", entity: "shop" }));
    for (const code of ["MissingValue", "InvalidDuration", "UnknownEntity"]) {
      expect(message).toContain(code);
    }
  });
});
