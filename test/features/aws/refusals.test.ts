import { FeatureSource, Identity, Site, schemaLock } from "../../../lib";
import { AwsFeatureStore, type AwsFeatureStoreProps, AwsLakehouse } from "../../../lib/aws";
import {
  ACTIVITY,
  ACTIVITY_VIEW,
  codesOf,
  messageOf,
  ONLINE,
  PROFILE,
  PROFILE_VIEW,
  PROPS,
  schema,
  USER,
} from "../fixture";
import { awsLakehouse, awsStack, featureStore, IRELAND } from "./fixture";

const only = (view: Record<string, unknown>): Partial<AwsFeatureStoreProps> => ({
  schema: schema({ views: [{ ...ACTIVITY_VIEW, ...view } as never] }),
  online: { user_activity: ONLINE.user_activity },
});
const feature = (change: Record<string, unknown>) =>
  only({ features: [{ name: "clicks_7d", type: "long", ...change }] });
const times = (change: Record<string, unknown>) => only({ source: { ...ACTIVITY_VIEW.source, ...change } });
const online = (change: Record<string, unknown>) => ({
  online: { ...ONLINE, user_activity: { ...ONLINE.user_activity, ...change } },
});
const fromProfile = (features: readonly Record<string, unknown>[]) =>
  only({
    source: FeatureSource.table("curated", "user_profile", { eventTime: "as_of" }),
    features,
  });

describe("refused at synth", () => {
  test.each<[string, Partial<AwsFeatureStoreProps>, string]>([
    ["a source column that does not exist", feature({ column: "clicks" }), "SourceColumnMissing"],
    ["a source column of another type", feature({ type: "int" }), "SourceColumnType"],
    ["a source table that does not exist", times({ table: "none" }), "SourceTableMissing"],
    ["a source zone that does not exist", times({ zone: "none" }), "SourceTableMissing"],
    ["an event time that does not exist", times({ eventTime: "at" }), "EventTimeMissing"],
    ["an event time that is no instant", times({ eventTime: "country_code" }), "EventTimeType"],
    ["a created time that is no instant", times({ createdTime: "country_code" }), "EventTimeType"],
    [
      "a key that is no column",
      {
        ...only({}),
        schema: schema({
          entities: [{ ...USER, keys: [{ name: "id", type: "string" }] }],
          views: [ACTIVITY_VIEW],
        }),
      },
      "KeyColumnMissing",
    ],
    [
      "a key of another type",
      {
        ...only({}),
        schema: schema({
          entities: [{ ...USER, keys: [{ name: "user_id", type: "long" }] }],
          views: [ACTIVITY_VIEW],
        }),
      },
      "SourceColumnType",
    ],
    ["personal data that lost its mark", fromProfile([{ name: "mail", type: "string" }]), "PiiUnmarked"],
    [
      "a type that SageMaker rounds",
      fromProfile([{ name: "price", type: "decimal(10, 2)" }]),
      "TypeUnsupportedAtSite",
    ],
    [
      "a type that SageMaker lacks",
      fromProfile([{ name: "payload", type: "binary" }]),
      "TypeUnsupportedAtSite",
    ],
    [
      "two keys",
      {
        ...only({}),
        schema: schema({
          entities: [{ ...USER, keys: [...USER.keys, { name: "segment", type: "string" }] }],
          views: [{ ...ACTIVITY_VIEW, features: [{ name: "is_new", type: "boolean" }] }],
        }),
      },
      "UnsupportedAtSite",
    ],
    ["a freshness that no run reaches", only({ freshness: "10m" }), "FreshnessUnreachable"],
    ["latency", online({ p99LatencyMs: 4 }), "OnlineUnreachable"],
    ["reads", online({ readsPerSecond: 40_001 }), "OnlineUnreachable"],
    ["writes", online({ writesPerSecond: 40_001 }), "OnlineUnreachable"],
    ["records", online({ meanBytes: 350 * 1024 + 1 }), "OnlineUnreachable"],
    ["steady traffic in memory", online({ p99LatencyMs: 10, traffic: "steady" }), "NoEffect"],
    ["traffic of another kind", online({ traffic: "odd" }), "NotOneOf"],
    ["reads that are no number", online({ readsPerSecond: Number.NaN }), "NotAQuantity"],
    ["no targets of a view", { online: { user_activity: ONLINE.user_activity } }, "MissingValue"],
    ["targets of no view", { online: { ...ONLINE, shop: ONLINE.user_profile } }, "NotOneOf"],
    ["views that are none", { views: ["shop"] }, "NotOneOf"],
    ["an interval that is none", { materialization: { every: "7m" } }, "NotOneOf"],
    ["a job time that is none", { materialization: { jobTime: "long" } }, "InvalidDuration"],
    ["a lag of no stream", { ...only({}), materialization: { streamLag: "5s" } }, "NoEffect"],
    [
      "an interval of no job",
      {
        schema: schema({ views: [PROFILE_VIEW] }),
        online: { user_profile: ONLINE.user_profile },
        materialization: { every: "10m" },
      },
      "NoEffect",
    ],
    ["no Spark", { spark: undefined }, "SparkMissing"],
    ["executors", { spark: { applicationId: "00abc", maxExecutors: 0 } }, "NumberOutOfRange"],
    ["vcpus", { spark: { applicationId: "00abc", executorVcpu: 17 } }, "NumberOutOfRange"],
    ["no application", { spark: { applicationId: "" } }, "MissingValue"],
    ["an offline zone with tables", { offlineStore: { zone: "curated" } }, "OfflineZoneWithTables"],
    ["an offline zone that is none", { offlineStore: { zone: "none" } }, "NotOneOf"],
    ["no word on the offline store", { offlineStore: undefined }, "MissingValue"],
    ["a key that is none", { encryptionKeyArn: "key" }, "InvalidArn"],
    ["a topic that is none", { alarmTopicArns: ["oncall"] }, "InvalidArn"],
    ["a prefix that is none", { namePrefix: "Acme" }, "InvalidName"],
    ["destroy without the app's consent", { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
    ["no schema", { schema: undefined }, "MissingValue"],
    [
      "a lakehouse of another site",
      { site: Site.aws("dublin", { region: "eu-west-1", account: "111122223333" }) },
      "LakehouseOfOtherSite",
    ],
  ])("%s", (_, props, code) => {
    expect(codesOf(() => featureStore(props))).toContain(code);
  });

  test("a schema that breaks its lock, with the diff in the message", () => {
    const lock = schemaLock(schema());
    const changed = feature({ type: "double" });
    expect(codesOf(() => featureStore({ ...changed, lock }))).toContain("IncompatibleSchema");
    expect(messageOf(() => featureStore({ ...changed, lock }))).toContain(
      "! view user_activity feature clicks_7d type: long -> double",
    );
    expect(codesOf(() => featureStore({ lock }))).toEqual([]);
  });

  test("a freshness is refused with what can be reached", () => {
    expect(messageOf(() => featureStore(only({ freshness: "10m" })))).toContain("20m or more");
  });

  test("a lakehouse that was adopted without its key", () => {
    const stack = awsStack();
    const lakehouse = AwsLakehouse.fromAttributes(stack, "lake", {
      site: IRELAND,
      namePrefix: "other",
      zones: [
        { name: "curated", bucketName: "b-curated", databaseName: "d_curated", tables: [ACTIVITY, PROFILE] },
        { name: "features", bucketName: "b-features", databaseName: "d_features" },
      ],
    });
    const make = (id: string, props: Partial<AwsFeatureStoreProps>) => () =>
      new AwsFeatureStore(stack, id, {
        site: IRELAND,
        namePrefix: "acme",
        schema: schema(PROPS),
        lakehouse,
        online: ONLINE,
        offlineStore: { zone: "features" },
        spark: { applicationId: "00abc" },
        ...props,
      });
    expect(codesOf(make("refused", {}))).toEqual(["MissingValue", "MissingValue"]);
    expect(
      codesOf(
        make("taken", {
          offlineStore: false,
          schema: schema({ views: [PROFILE_VIEW] }),
          online: { user_profile: ONLINE.user_profile },
        }),
      ),
    ).toEqual([]);
  });

  test("limits are values that pass", () => {
    expect(codesOf(() => featureStore(online({ p99LatencyMs: 5 })))).toEqual([]);
    expect(codesOf(() => featureStore(online({ readsPerSecond: 40_000, meanBytes: 4096 })))).toEqual([]);
  });

  test("an identity that is not there is not asked for", () => {
    const lakehouse = awsLakehouse(awsStack());
    expect(lakehouse.zone("curated").tableNames).toEqual(["user_activity", "user_profile"]);
    expect(lakehouse.zone("curated").table("user_activity").columns[0]).toMatchObject({ name: "user_id" });
    expect(Identity.awsRole("a", "arn:aws:iam::111122223333:role/a").name).toBe("a");
  });
});
