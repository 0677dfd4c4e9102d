import { Identity } from "../../../lib";
import { ACTIVITY_VIEW, codesOf, ONLINE, PROFILE_VIEW, schema } from "../fixture";
import { featureStore } from "./fixture";

const READER = Identity.awsRole("scorer", "arn:aws:iam::111122223333:role/scorer");
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
type Body = Record<string, any>;

function groups(props = {}) {
  const { template } = featureStore(props);
  const all = Object.values(template().resources("aws_sagemaker_feature_group")) as Body[];
  return Object.fromEntries(all.map((group) => [group.feature_group_name, group]));
}

function statementsOf(policy: string): Record<string, Body> {
  return Object.fromEntries(JSON.parse(policy).Statement.map((each: Body) => [each.Sid, each]));
}

describe("feature groups", () => {
  test("have key, event time and features with SageMaker's types", () => {
    const group = groups()["acme-user_activity"]!;
    expect(group.record_identifier_feature_name).toBe("user_id");
    expect(group.event_time_feature_name).toBe("event_time");
    expect(group.feature_definition).toEqual([
      { feature_name: "user_id", feature_type: "String" },
      { feature_name: "event_time", feature_type: "Fractional" },
      { feature_name: "clicks_7d", feature_type: "Integral" },
      { feature_name: "country", feature_type: "Integral" },
      { feature_name: "is_new", feature_type: "Integral" },
      { feature_name: "last_seen", feature_type: "Fractional" },
      { feature_name: "segment", feature_type: "String" },
      { feature_name: "spend_30d", feature_type: "Fractional" },
    ]);
  });

  test("hold collections and vectors in memory, and keep no offline store then", () => {
    const group = groups()["acme-user_profile"]!;
    expect(group.feature_definition.slice(2)).toEqual([
      { feature_name: "interests", feature_type: "String", collection_type: "List" },
      { feature_name: "mail", feature_type: "String" },
      {
        feature_name: "taste",
        feature_type: "Fractional",
        collection_type: "Vector",
        collection_config: { vector_config: { dimension: 64 } },
      },
    ]);
    expect(group.online_store_config.storage_type).toBe("InMemory");
    expect(group.offline_store_config).toBeUndefined();
    expect(group.throughput_config).toEqual({ throughput_mode: "OnDemand" });
  });

  test("are encrypted, and keep what was written as Iceberg under the lakehouse's key", () => {
    const group = groups()["acme-user_activity"]!;
    expect(group.online_store_config).toEqual({
      enable_online_store: true,
      storage_type: "Standard",
      security_config: { kms_key_id: expect.stringMatching(/aws_kms_key\.features_key/) },
    });
    expect(group.offline_store_config).toEqual({
      table_format: "Iceberg",
      s3_storage_config: {
        s3_uri: "s3://acme-lake-features/feature-store/acme",
        kms_key_id: expect.stringMatching(/aws_kms_key\.lake_key/),
      },
      data_catalog_config: {
        catalog: "AwsDataCatalog",
        database: "acme_lake_features",
        table_name: expect.stringMatching(/^acme_user_activity_/),
      },
    });
  });

  test("are protected, never replaced by a new feature, and say how to add one", () => {
    const { lifecycle } = groups()["acme-user_activity"]!;
    expect(lifecycle.prevent_destroy).toBe(true);
    expect(lifecycle.ignore_changes).toEqual(["feature_definition"]);
    expect(lifecycle.postcondition[0].condition).toContain('"clicks_7d:Integral"');
    expect(lifecycle.postcondition[0].error_message).toContain("update-feature-group");
    const free = featureStore({ removalPolicy: "destroy" }, { "cdktf-hybrid-ai/allowDestroy": true });
    const [group] = Object.values(free.template().resources("aws_sagemaker_feature_group")) as Body[];
    expect(group!.lifecycle.prevent_destroy).toBeUndefined();
  });

  test.each([
    ["14d", "336h", { unit: "Weeks", value: 2 }],
    ["2d", "48h", { unit: "Days", value: 2 }],
    ["90m", "1h30m", { unit: "Minutes", value: 90 }],
  ])("have a time to live: %s", (_, ttl, expected) => {
    const views = [{ ...PROFILE_VIEW, ttl }];
    const made = groups({
      schema: schema({ views }),
      online: { user_profile: ONLINE.user_profile },
      spark: undefined,
    });
    expect(made["acme-user_profile"]!.online_store_config.ttl_duration).toEqual(expected);
  });

  test("personal data is tagged where it is kept", () => {
    const mail = { name: "segment", type: "string", pii: true };
    const activity = { ...ACTIVITY_VIEW, features: [mail] };
    const { template } = featureStore({
      schema: schema({ views: [activity as never] }),
      online: { user_activity: ONLINE.user_activity },
    });
    const tags = Object.values(template().resources("aws_lakeformation_resource_lf_tag")) as Body[];
    const own = tags.filter((tag) => tag.table_with_columns?.[0]?.name?.startsWith("acme_user_activity"));
    expect(own.map((tag) => tag.table_with_columns[0].column_names)).toEqual([["segment"]]);
  });
});

describe("materialization", () => {
  test("a schedule starts the job with settings that the job understands", () => {
    const { template } = featureStore();
    const [schedule] = Object.values(template().resources("aws_scheduler_schedule")) as Body[];
    expect(schedule!.schedule_expression).toBe("cron(0/30 * * * ? *)");
    expect(schedule!.target.arn).toBe("arn:aws:scheduler:::aws-sdk:emrserverless:startJobRun");
    const input = JSON.parse(schedule!.target.input);
    expect(input.JobDriver.SparkSubmit.EntryPoint).toMatch(
      /^s3:\/\/acme-lake-curated\/_jobs\/acme\/materialize-[0-9a-f]{8}\.py$/,
    );
    expect(JSON.parse(input.JobDriver.SparkSubmit.EntryPointArguments[0])).toMatchObject({
      table: "acme_lake_curated.user_activity",
      key: { name: "user_id", type: "string" },
      eventTime: "event_time",
      createdTime: "loaded_at",
      featureGroup: "acme-user_activity",
      windowSeconds: 7200,
    });
  });

  test("only views that come from tables have a job", () => {
    const { store } = featureStore();
    expect(Object.keys(store.materializations)).toEqual(["user_activity"]);
    expect(store.view("user_profile").materialization.kind).toBe("stream");
  });

  test("the job's role may write its group and nothing else", () => {
    const { template } = featureStore();
    const policies = Object.values(template().resources("aws_iam_role_policy")) as Body[];
    const writer = policies.map(({ policy }) => statementsOf(policy)).find((each) => each.WriteRecords)!;
    expect(writer.WriteRecords!.Resource).toEqual([
      "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/acme-user_activity",
    ]);
    expect(writer.ReportWrites!.Condition).toEqual({
      StringEquals: { "cloudwatch:namespace": "FeatureStore/acme" },
    });
    for (const { policy } of policies) {
      for (const { Action, Resource, Sid } of Object.values(statementsOf(policy))) {
        const open = Resource.includes("*") && !["ReportWrites", "AskLakeFormation"].includes(Sid);
        expect(open || Action.includes("*")).toBe(false);
      }
    }
  });

  test("silence for longer than the freshness is an alarm", () => {
    const topic = "arn:aws:sns:eu-west-1:111122223333:oncall";
    const { template } = featureStore({ alarmTopicArns: [topic] });
    const alarms = Object.values(template().resources("aws_cloudwatch_metric_alarm")) as Body[];
    expect(
      alarms.map(({ dimensions, period, evaluation_periods }) => [
        dimensions.View,
        period,
        evaluation_periods,
      ]),
    ).toEqual([
      ["user_activity", 3600, 1],
      ["user_profile", 2400, 1],
    ]);
    expect(alarms[0]).toMatchObject({
      treat_missing_data: "breaching",
      alarm_actions: [topic],
      namespace: "FeatureStore/acme",
    });
  });
});

describe("grants", () => {
  test("a reader may look up just the groups it was granted", () => {
    const { store, template } = featureStore();
    const first = store.view("user_activity").grantRead(READER);
    expect(store.view("user_activity").grantRead(READER).resources).toEqual(first.resources);
    const policies = Object.values(template().resources("aws_iam_role_policy")) as Body[];
    const mine = policies.find(({ name }) => name === "acme-features-scorer")!;
    expect(mine.role).toBe("scorer");
    expect(Object.keys(statementsOf(mine.policy))).toEqual(["LookUpRecords", "UseKey"]);
    expect(statementsOf(mine.policy).LookUpRecords!.Resource).toHaveLength(1);
  });

  test("personal data is refused without includePii", () => {
    const { store } = featureStore();
    expect(codesOf(() => store.view("user_profile").grantRead(READER))).toEqual(["PiiNotGranted"]);
    expect(codesOf(() => store.view("user_profile").grantRead(READER, { includePii: true }))).toEqual([]);
  });

  test("the history is granted by columns, without personal data", () => {
    const { store, template } = featureStore();
    store.view("user_profile").grantReadHistory(READER);
    const rights = Object.values(template().resources("aws_lakeformation_permissions")) as Body[];
    const columns = rights.filter(({ table_with_columns: table }) => table?.name === "user_profile");
    expect(columns.map(({ table_with_columns }) => table_with_columns.column_names)).toEqual([
      ["user_id", "as_of", "interests", "vector"],
    ]);
  });

  test.each([
    ["pod", Identity.kubernetesServiceAccount("pod", { namespace: "a", serviceAccount: "b" })],
    ["google", Identity.googleGroup("google", "a@example.com")],
    ["role of another account", Identity.awsRole("other", "arn:aws:iam::999999999999:role/x")],
  ])("%s is refused", (_, identity) => {
    const { store } = featureStore();
    expect(codesOf(() => store.view("user_activity").grantRead(identity))).toEqual([
      "GrantToForeignIdentity",
    ]);
  });

  test("two roles of one name are refused", () => {
    const { store } = featureStore();
    store.view("user_activity").grantRead(READER);
    const twin = Identity.awsRole("scorer", "arn:aws:iam::111122223333:role/twin");
    expect(codesOf(() => store.view("user_activity").grantRead(twin))).toEqual(["DuplicateValue"]);
  });

  test("a view that is not there is refused", () => {
    expect(codesOf(() => featureStore().store.view("shop"))).toEqual(["UnknownView"]);
  });
});

describe("look-up", () => {
  test("tells a client all that it needs", () => {
    const { store } = featureStore();
    expect(store.view("user_activity").online()).toMatchObject({
      kind: "sagemaker-feature-store",
      endpoint: "https://featurestore-runtime.sagemaker.eu-west-1.amazonaws.com",
      view: "user_activity",
      keys: [{ name: "user_id", type: "string", siteType: "String", pii: false }],
      eventTime: "event_time",
      auth: "aws-sigv4",
    });
    expect(store.view("user_activity").online().features[2]).toEqual({
      name: "is_new",
      type: "boolean",
      siteType: "Integral",
      pii: false,
    });
  });
});
