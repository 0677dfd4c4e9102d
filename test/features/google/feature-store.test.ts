import { Identity, Site } from "../../../lib";
import { GoogleFeatureStore } from "../../../lib/google";
import { synthStack } from "../../../lib/testing";
import { ACTIVITY_VIEW, codesOf, messageOf, ONLINE, PROFILE_VIEW, schema, USER } from "../fixture";
import { featureStore, googleLakehouse, googleStack } from "./fixture";

const SCORER = Identity.googleServiceAccount("scorer", "scorer@acme-ai.iam.gserviceaccount.com");
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
type Body = Record<string, any>;

function bodies(type: string, props = {}): readonly Body[] {
  return Object.values(featureStore(props).template().resources(type)) as Body[];
}

const fast = (p99LatencyMs: number) => ({
  online: { ...ONLINE, user_activity: { ...ONLINE.user_activity, p99LatencyMs } },
});
const PSC = { servingEndpoint: "https://features.internal.example.com" };

describe("feature groups", () => {
  test("are over a view of the latest rows, with columns named like features", () => {
    const view = bodies("google_bigquery_table").find(({ table_id }) => table_id === "user_activity")!;
    const own = bodies("google_bigquery_table").filter(({ view: sql }) => sql !== undefined);
    expect(view).toBeDefined();
    expect(own.map(({ view: sql }) => sql.query)).toMatchSnapshot();
  });

  test("have keys and a feature per column", () => {
    const groups = bodies("google_vertex_ai_feature_group");
    expect(groups.map(({ name, labels, big_query }) => [name, labels, big_query.entity_id_columns])).toEqual([
      ["acme_user_activity", { entity: "user" }, ["user_id"]],
      ["acme_user_profile", { entity: "user", pii: "true" }, ["user_id"]],
    ]);
    expect(groups[0]!.big_query.big_query_source.input_uri).toMatch(
      /^bq:\/\/acme-ai\..*dataset_id}\..*table_id}$/,
    );
    const features = bodies("google_vertex_ai_feature_group_feature");
    expect(features.map(({ name }) => name).sort()).toEqual([
      "clicks_7d",
      "country",
      "interests",
      "is_new",
      "last_seen",
      "mail",
      "segment",
      "spend_30d",
      "taste",
    ]);
    expect(features.find(({ name }) => name === "mail")!.labels).toEqual({ pii: "true" });
    expect(features.find(({ name }) => name === "taste")!.description).toBe(
      "Type: list<float>, 64 elements, cosine. Owner: profile-team.",
    );
  });

  test("may have two keys", () => {
    const entities = [{ ...USER, keys: [...USER.keys, { name: "segment", type: "string" }] }];
    const views = [{ ...ACTIVITY_VIEW, features: [{ name: "is_new", type: "boolean" }] }];
    const props = { schema: schema({ entities, views }), online: { user_activity: ONLINE.user_activity } };
    expect(bodies("google_vertex_ai_feature_group", props)[0]!.big_query.entity_id_columns).toEqual([
      "user_id",
      "segment",
    ]);
  });
});

describe("the online store", () => {
  test("is the cheaper one that is fast enough, with nodes for its load", () => {
    const [store] = bodies("google_vertex_ai_feature_online_store");
    expect(store!.bigtable.auto_scaling).toEqual({
      min_node_count: 1,
      max_node_count: 10,
      cpu_utilization_target: 50,
    });
    expect(store!.optimized).toBeUndefined();
    expect(featureStore().store.size.because).toEqual([
      "bigtable: every view is content with 30 ms or more, and it costs less than optimized",
      "nodes: 1 for the traffic at 50% of their processor, 1 for 1617 MiB",
    ]);
    const busy = {
      online: { ...ONLINE, user_activity: { ...ONLINE.user_activity, readsPerSecond: 17_000 } },
    };
    expect(
      bodies("google_vertex_ai_feature_online_store", busy)[0]!.bigtable.auto_scaling.min_node_count,
    ).toBe(3);
  });

  test("is optimized and private where the latency asks for it, and says that Google gives it up", () => {
    const { store, stack, template } = featureStore({ ...fast(29), ...PSC });
    const [made] = Object.values(template().resources("google_vertex_ai_feature_online_store")) as Body[];
    expect(made!.optimized).toEqual({});
    expect(
      made!.dedicated_serving_endpoint.private_service_connect_config.enable_private_service_connect,
    ).toBe(true);
    expect(store.view("user_activity").online().endpoint).toBe(PSC.servingEndpoint);
    expect(JSON.stringify(stack.node.findAll().flatMap((node) => node.node.metadata))).toContain(
      "OptimizedServingDeprecated",
    );
  });

  test("is protected, and can be destroyed with its views only with both keys", () => {
    const [kept] = bodies("google_vertex_ai_feature_online_store");
    expect([kept!.lifecycle.prevent_destroy, kept!.force_destroy]).toEqual([true, false]);
    const free = featureStore(
      { removalPolicy: "destroy" },
      { "cdktf-hybrid-ai/allowDestroy": true },
    ).template();
    const [store] = Object.values(free.resources("google_vertex_ai_feature_online_store")) as Body[];
    expect([store!.lifecycle?.prevent_destroy, store!.force_destroy]).toEqual([undefined, true]);
  });

  test("says that it has no customer key", () => {
    const { stack } = featureStore();
    expect(JSON.stringify(stack.node.findAll().flatMap((node) => node.node.metadata))).toContain(
      "OnlineStoreWithoutCustomerKey",
    );
  });
});

describe("syncs", () => {
  test("are as frequent as the freshness of each view asks, streams too", () => {
    const views = bodies("google_vertex_ai_feature_online_store_featureview");
    expect(views.map(({ name, sync_config }) => [name, sync_config.cron])).toEqual([
      ["user_activity", "TZ=Etc/UTC */30 * * * *"],
      ["user_profile", "TZ=Etc/UTC */20 * * * *"],
    ]);
    expect(views[0]!.feature_registry_source.feature_groups[0].feature_ids).toContain("clicks_7d");
  });

  test("read the columns of the view as Vertex AI itself, personal data by its policy tag", () => {
    const template = featureStore().template();
    const tables = Object.values(template.resources("google_bigquery_table_iam_member")) as Body[];
    expect(tables.map(({ role, member }) => [role, member])).toEqual(
      Array(2).fill([
        "roles/bigquery.dataViewer",
        "serviceAccount:service-123456@gcp-sa-aiplatform.iam.gserviceaccount.com",
      ]),
    );
    expect(Object.values(template.resources("google_data_catalog_policy_tag_iam_member"))).toHaveLength(1);
  });

  test("that are late are an alert", () => {
    const policies = bodies("google_monitoring_alert_policy", {
      notificationChannels: ["projects/acme-ai/notificationChannels/1"],
    });
    expect(policies.map(({ conditions }) => conditions[0].condition_threshold.threshold_value)).toEqual([
      3600, 2400,
    ]);
    expect(policies[0]!.notification_channels).toEqual(["projects/acme-ai/notificationChannels/1"]);
    expect(policies[0]!.conditions[0].condition_threshold.filter).toContain(
      'feature_online_store_id = "acme_features"',
    );
  });
});

describe("grants", () => {
  test("give one member a role that only looks up, on one feature view", () => {
    const { store, template, stack } = featureStore();
    const first = store.view("user_activity").grantRead(SCORER);
    expect(store.view("user_activity").grantRead(SCORER).resources).toEqual(first.resources);
    const made = template();
    const members = Object.values(
      made.resources("google_vertex_ai_feature_online_store_featureview_iam_member"),
    ) as Body[];
    expect(members).toHaveLength(1);
    expect(members[0]).toMatchObject({
      provider: "google-beta",
      member: "serviceAccount:scorer@acme-ai.iam.gserviceaccount.com",
      region: "europe-west4",
    });
    const [role] = Object.values(made.resources("google_project_iam_custom_role")) as Body[];
    expect(role!.permissions).toEqual(["aiplatform.featureViews.fetchFeatureValues"]);
    const json = synthStack(stack) as Body;
    expect(json.terraform.required_providers["google-beta"]).toEqual({
      source: "hashicorp/google-beta",
      version: "~> 6.50",
    });
    expect(json.provider["google-beta"]).toEqual([{ project: "acme-ai", region: "europe-west4" }]);
  });

  test("two feature stores share the provider, and without grants there is none", () => {
    const { store, lakehouse, stack } = featureStore();
    const second = new GoogleFeatureStore(stack, "second", {
      site: store.site,
      namePrefix: "other",
      schema: schema(),
      lakehouse,
      online: ONLINE,
      enableServices: false,
    });
    expect((synthStack(stack) as Body).provider["google-beta"]).toBeUndefined();
    store.view("user_activity").grantRead(SCORER);
    second.view("user_activity").grantRead(SCORER);
    expect((synthStack(stack) as Body).provider["google-beta"]).toHaveLength(1);
  });

  test("writes, personal data and other identities are refused", () => {
    const { store } = featureStore();
    const role = Identity.awsRole("a", "arn:aws:iam::111122223333:role/a");
    expect(codesOf(() => store.view("user_activity").grantWrite(SCORER))).toEqual(["WriteNotPossible"]);
    expect(codesOf(() => store.view("user_profile").grantRead(SCORER))).toEqual(["PiiNotGranted"]);
    expect(codesOf(() => store.view("user_activity").grantRead(role))).toEqual(["GrantToForeignIdentity"]);
  });
});

test("a client is told where to look up, and how", () => {
  expect(featureStore().store.view("user_activity").online()).toMatchObject({
    kind: "vertex",
    endpoint: "https://europe-west4-aiplatform.googleapis.com",
    resource:
      "projects/acme-ai/locations/europe-west4/featureOnlineStores/acme_features/featureViews/user_activity",
    auth: "google-oauth",
  });
});

test("without a project number Google is asked who Vertex AI is", () => {
  const stack = googleStack();
  const site = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai" });
  const lakehouse = googleLakehouse(stack, { site });
  new GoogleFeatureStore(stack, "features", {
    site,
    namePrefix: "acme",
    schema: schema(),
    lakehouse,
    online: ONLINE,
  });
  expect(JSON.stringify(synthStack(stack))).toContain("@gcp-sa-aiplatform.iam.gserviceaccount.com");
});

describe("refused", () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      "a ttl",
      { schema: schema({ views: [{ ...ACTIVITY_VIEW, ttl: "48h" }, PROFILE_VIEW] }) },
      "UnsupportedAtSite",
    ],
    [
      "a freshness that no sync reaches",
      { schema: schema({ views: [ACTIVITY_VIEW, { ...PROFILE_VIEW, freshness: "29m" }] }) },
      "FreshnessUnreachable",
    ],
    ["latency", { ...fast(9), ...PSC }, "OnlineUnreachable"],
    ["an optimized store without an address", fast(29), "ServingEndpointMissing"],
    ["an address that has no effect", PSC, "NoEffect"],
    [
      "steady traffic",
      { online: { ...ONLINE, user_activity: { ...ONLINE.user_activity, traffic: "steady" } } },
      "NoEffect",
    ],
    [
      "records",
      { online: { ...ONLINE, user_activity: { ...ONLINE.user_activity, meanBytes: 11 * 1024 ** 2 } } },
      "OnlineUnreachable",
    ],
    ["a lag, because streams are synced", { materialization: { streamLag: "5s" } }, "NoEffect"],
    ["a channel twice", { notificationChannels: ["a", "a"] }, "DuplicateValue"],
    ["a channel that is none", { notificationChannels: ["oncall"] }, "InvalidName"],
    ["an address that is none", { ...fast(29), servingEndpoint: "features.internal" }, "InvalidName"],
    ["a view twice", { views: ["user_activity", "user_activity"] }, "DuplicateValue"],
    ["no view", { views: [] }, "MissingValue"],
  ])("%s", (_, props, code) => {
    expect(codesOf(() => featureStore(props))).toContain(code);
  });

  test("decimals, which would be rounded", () => {
    const views = [
      { ...PROFILE_VIEW, embeddings: [], features: [{ name: "price", type: "decimal(10, 2)" }] },
    ];
    const message = messageOf(() =>
      featureStore({ schema: schema({ views }), online: { user_profile: ONLINE.user_profile } }),
    );
    expect(message).toContain("[TypeUnsupportedAtSite]");
    expect(message).toContain("a Vertex AI FeatureValue has no exact decimal");
  });
});
