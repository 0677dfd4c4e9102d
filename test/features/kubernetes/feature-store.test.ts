import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { TerraformStack } from "cdktf";
import { Identity } from "../../../lib";
import { COMPONENTS, component, HelmComponent } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { ACTIVITY_VIEW, codesOf, messageOf, ONLINE, PROFILE_VIEW, schema, USER } from "../fixture";
import { featureStore, filesOf } from "./fixture";

const POD = Identity.kubernetesServiceAccount("scorer", { namespace: "bidding", serviceAccount: "scorer" });
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
type Body = Record<string, any>;

function objects(kind: string, props = {}): readonly Body[] {
  const { template } = featureStore(props);
  return (Object.values(template().manifests()) as Body[]).filter(
    (each) => each.kind === kind && each.metadata.namespace === "features",
  );
}

const spec = (props = {}): Body => objects("FeatureStore", props)[0]!.spec;

describe("Feast", () => {
  test("keeps everything in stores that survive its pods, and reads secrets by reference", () => {
    const { services } = spec();
    expect(services.offlineStore.persistence.store).toEqual({
      type: "trino",
      secretRef: { name: "acme-feast-stores" },
    });
    expect(services.registry.local.persistence.store.type).toBe("sql");
    expect(services.onlineStore.persistence.store.type).toBe("redis");
    expect(services.onlineStore.server.env.slice(0, 3)).toEqual([
      { name: "REGISTRY_USER", valueFrom: { secretKeyRef: { name: "acme-registry-app", key: "username" } } },
      {
        name: "REGISTRY_PASSWORD",
        valueFrom: { secretKeyRef: { name: "acme-registry-app", key: "password" } },
      },
      { name: "VALKEY_PASSWORD", valueFrom: { secretKeyRef: { name: "valkey-password", key: "password" } } },
    ]);
  });

  test("finds its stores by settings that name variables, not values", () => {
    const { template } = featureStore();
    const files = filesOf(template(), "kubernetes_secret_v1", "acme-feast-stores");
    expect(JSON.parse(files.redis!)).toEqual({
      connection_string:
        "acme-valkey.features.svc:6379,ssl=true,ssl_ca_certs=/etc/feast-tls/ca.crt,password=${VALKEY_PASSWORD}",
    });
    expect(JSON.parse(files.sql!).path).toBe(
      "postgresql+psycopg://${REGISTRY_USER}:${REGISTRY_PASSWORD}@acme-registry-rw.features.svc:5432/feast?sslmode=require",
    );
    expect(JSON.parse(files.trino!)).toMatchObject({
      host: "acme-lake-trino-query.acme-lake.svc",
      port: 8443,
      user: "system:serviceaccount:features:feast-acme",
      auth: { type: "jwt", config: { token: "${TRINO_TOKEN}" } },
    });
  });

  test("materializes views of tables as often as the freshest needs, and none of streams", () => {
    const { cronJob } = spec();
    expect(cronJob.schedule).toBe("*/30 * * * *");
    expect(cronJob.concurrencyPolicy).toBe("Forbid");
    expect(cronJob.containerConfigs.commands[0]).toContain(
      'feast materialize-incremental --views user_activity "$(date',
    );
    const streams = {
      schema: schema({ views: [PROFILE_VIEW] }),
      online: { user_profile: ONLINE.user_profile },
    };
    expect(spec(streams).cronJob).toBeUndefined();
  });

  test("starts anew when the definitions change", () => {
    const before = spec().services.podAnnotations;
    const views = [{ ...ACTIVITY_VIEW, owner: "others" }, PROFILE_VIEW];
    expect(spec({ schema: schema({ views }) }).services.podAnnotations).not.toEqual(before);
  });

  test("grows with its load", () => {
    const busy = { ...ONLINE, user_activity: { ...ONLINE.user_activity, readsPerSecond: 6000 } };
    expect([spec().replicas, spec({ online: busy }).replicas]).toEqual([5, 11]);
  });

  test("reads just the columns of its views, through Trino", () => {
    const { template } = featureStore();
    const rules = JSON.parse(
      filesOf(template(), "kubernetes_config_map_v1", "acme-lake-trino-rules")["rules.json"]!,
    );
    const mine = rules.tables.filter(
      ({ user }: Body) => user === "system:serviceaccount:features:feast-acme",
    );
    expect(
      mine.map(({ table, privileges, columns }: Body) => [
        table,
        privileges,
        columns?.map((each: Body) => each.name),
      ]),
    ).toEqual([
      ["user_activity", ["SELECT"], undefined],
      ["user_profile", ["SELECT"], ["price", "payload"]],
      [undefined, ["SELECT"], undefined],
    ]);
  });
});

describe("definitions", () => {
  test("are Python of the schema", () => {
    const { template } = featureStore();
    expect(
      filesOf(template(), "kubernetes_config_map_v1", "acme-definitions")["features.py"],
    ).toMatchSnapshot();
  });

  test("quote what people write", () => {
    const description = 'A "quoted" \\ ${text}\nwith lines';
    const views = [{ ...ACTIVITY_VIEW, description }];
    const { template } = featureStore({
      schema: schema({ views }),
      online: { user_activity: ONLINE.user_activity },
    });
    expect(filesOf(template(), "kubernetes_config_map_v1", "acme-definitions")["features.py"]).toContain(
      `description="A \\"quoted\\" \\\\ \${text}\\nwith lines",`,
    );
  });

  test("make an entity with two keys two entities, because Feast's have one", () => {
    const entities = [{ ...USER, keys: [...USER.keys, { name: "segment", type: "string" }] }];
    const views = [{ ...ACTIVITY_VIEW, features: [{ name: "is_new", type: "boolean" }], ttl: "48h" }];
    const { template } = featureStore({
      schema: schema({ entities, views }),
      online: { user_activity: ONLINE.user_activity },
    });
    const python = filesOf(template(), "kubernetes_config_map_v1", "acme-definitions")["features.py"]!;
    expect(python).toContain("entities=[user__user_id_entity, user__segment_entity],");
    expect(python).toContain("ttl=timedelta(seconds=172800),");
    const settings = filesOf(template(), "kubernetes_secret_v1", "acme-feast-stores");
    expect(JSON.parse(settings.redis!).key_ttl_seconds).toBe(172_800);
  });
});

describe("around Feast", () => {
  test("Valkey asks for a password, speaks TLS, keeps copies and evicts nothing", () => {
    const { template } = featureStore();
    const releases = Object.values(template().resources("helm_release")) as Body[];
    const values = JSON.parse(releases.find(({ name }) => name === "acme-valkey")!.values[0]);
    expect(values.auth).toEqual({
      enabled: true,
      usersExistingSecret: "valkey-password",
      aclUsers: { default: { permissions: "~* &* +@all", passwordKey: "password" } },
    });
    expect(values.tls.enabled).toBe(true);
    expect(values.replica).toMatchObject({ enabled: true, replicas: 2, minReplicasToWrite: 1 });
    expect(values.valkeyConfig).toContain("maxmemory-policy noeviction");
    expect(values.resources.limits.memory).toMatch(/^\d+Mi$/);
  });

  test("the registry is protected, and its database is kept", () => {
    const { template } = featureStore();
    const manifests = Object.values(template().resources("kubernetes_manifest")) as Body[];
    const kept = manifests.filter(
      ({ lifecycle, manifest }) => lifecycle?.prevent_destroy && manifest.metadata.namespace === "features",
    );
    expect(kept.map(({ manifest }) => manifest.kind).sort()).toEqual(["Cluster", "Database"]);
    const free = featureStore({ removalPolicy: "destroy" }, { "cdktf-hybrid-ai/allowDestroy": true });
    const bodies = Object.values(free.template().resources("kubernetes_manifest")) as Body[];
    const own = bodies.filter(({ manifest }) => manifest.metadata.namespace === "features");
    expect(own.some(({ lifecycle }) => lifecycle?.prevent_destroy)).toBe(false);
  });

  test("late values are an alert, by materialization or by pushes", () => {
    const [rule] = objects("PrometheusRule", { ruleLabels: { release: "prometheus" } });
    expect(rule!.metadata.labels.release).toBe("prometheus");
    expect(rule!.spec.groups[0].rules.map(({ expr }: Body) => expr)).toEqual([
      'max(feast_feature_freshness_seconds{project="acme",feature_view="user_activity"}) > 3600 or absent(feast_feature_freshness_seconds{project="acme",feature_view="user_activity"})',
      '(sum(increase(feast_push_request_total{push_source="user_profile_push"}[2400s])) or vector(0)) < 1',
    ]);
  });

  test("clients come in to the look-up port only", () => {
    const { template } = featureStore({ clientNamespaces: ["bidding"] });
    const policies = Object.values(template().resources("kubernetes_network_policy_v1")) as Body[];
    const clients = policies.find(({ metadata }) => metadata.name === "acme-clients")!;
    expect(clients.spec.ingress[0]).toEqual({
      from: [{ namespace_selector: { match_labels: { "kubernetes.io/metadata.name": "bidding" } } }],
      ports: [{ port: "6567", protocol: "TCP" }],
    });
  });
});

describe("grants", () => {
  test("bind the role of a view, once", () => {
    const { store, template } = featureStore();
    const first = store.view("user_activity").grantRead(POD);
    expect(store.view("user_activity").grantRead(POD).resources).toEqual(first.resources);
    store.view("user_profile").grantWrite(POD);
    const bindings = (Object.values(template().resources("kubernetes_role_binding_v1")) as Body[]).filter(
      ({ metadata }) => metadata.namespace === "features",
    );
    expect(
      bindings.map(({ role_ref, subject }) => [role_ref.name, subject[0].namespace, subject[0].name]),
    ).toEqual([
      ["acme-user-activity-reader", "bidding", "scorer"],
      ["acme-user-profile-writer", "bidding", "scorer"],
    ]);
  });

  test("the operator makes the roles of all views", () => {
    expect(spec().authz.kubernetes.roles).toEqual([
      "acme-user-activity-reader",
      "acme-user-activity-writer",
      "acme-user-profile-reader",
      "acme-user-profile-writer",
    ]);
  });

  test("personal data and identities of clouds are refused", () => {
    const { store } = featureStore();
    const role = Identity.awsRole("a", "arn:aws:iam::111122223333:role/a");
    expect(codesOf(() => store.view("user_profile").grantRead(POD))).toEqual(["PiiNotGranted"]);
    expect(codesOf(() => store.view("user_activity").grantRead(role))).toEqual(["GrantToForeignIdentity"]);
    expect(codesOf(() => store.view("user_activity").grantWrite(role))).toEqual(["GrantToForeignIdentity"]);
  });
});

test("a client is told where to look up, and how", () => {
  const { store } = featureStore();
  expect(store.view("user_profile").online()).toMatchObject({
    kind: "feast",
    endpoint: "https://feast-acme-online.features.svc",
    resource: "user_profile",
    auth: "kubernetes-token",
    features: [
      { name: "interests", type: "list<string>", siteType: "Array(String)", pii: false },
      { name: "mail", type: "string", siteType: "String", pii: true },
      { name: "taste", type: "list<float>", siteType: "Array(Float32)", pii: false },
    ],
  });
});

describe("refused", () => {
  const slow = (change: Record<string, unknown>) => ({
    online: { ...ONLINE, user_activity: { ...ONLINE.user_activity, ...change } },
  });
  test.each<[string, Record<string, unknown>, string]>([
    ["latency", slow({ p99LatencyMs: 19 }), "OnlineUnreachable"],
    ["more data than a primary holds", slow({ items: 1_000_000_000 }), "OnlineUnreachable"],
    ["more reads than a primary gives", slow({ readsPerSecond: 80_000 }), "OnlineUnreachable"],
    ["more reads than pods give", slow({ readsPerSecond: 61_000 }), "OnlineUnreachable"],
    ["records", slow({ meanBytes: 1024 ** 2 + 1 }), "OnlineUnreachable"],
    ["steady traffic", slow({ traffic: "steady" }), "NoEffect"],
    ["a namespace that is none", { namespace: "Features" }, "InvalidName"],
    ["no issuer", { certificateIssuer: undefined }, "MissingValue"],
    ["another issuer than Trino's", { certificateIssuer: { name: "other" } }, "TrinoCertificateUntrusted"],
    [
      "an issuer of another kind than Trino's",
      { certificateIssuer: { name: "company-ca", kind: "Issuer" } },
      "TrinoCertificateUntrusted",
    ],
    ["an issuer kind that is none", { certificateIssuer: { name: "company-ca", kind: "CA" } }, "NotOneOf"],
    ["no Trino", { trino: undefined }, "MissingValue"],
    ["no password", { valkeyPassword: undefined }, "MissingValue"],
    ["no instances", { registryInstances: 0 }, "NumberOutOfRange"],
    ["a client twice", { clientNamespaces: ["a", "a"] }, "DuplicateValue"],
    ["a client that is none", { clientNamespaces: ["A"] }, "InvalidName"],
  ])("%s", (_, props, code) => {
    expect(codesOf(() => featureStore(props))).toContain(code);
  });

  test("Trino with an authority of its own", () => {
    expect(codesOf(() => featureStore({}, {}, { query: {} }))).toEqual(["TrinoCertificateUntrusted"]);
  });

  test("a zone that Trino does not have", () => {
    const { lakehouse } = featureStore();
    const trino = { ...lakehouse.query.endpoint, catalogs: { features: "features" } };
    expect(codesOf(() => featureStore({ trino }))).toEqual(["NotOneOf", "NotOneOf"]);
  });

  test("a cluster that nobody gave Feast's operator, at synth", () => {
    const { stack } = featureStore({ operatorInstalled: false });
    expect(messageOf(() => synthStack(stack))).toContain("[FeastOperatorMissing]");
    const { stack: other } = featureStore({ operatorInstalled: false });
    const feast = component({
      ...COMPONENTS.valkey,
      name: "feast-operator",
      chart: "feast-operator",
      repository: "https://charts.example.com",
      crds: "templates",
      apiGroups: ["feast.dev"],
    });
    const platform = new TerraformStack(other.node.root, "platform");
    new HelmProvider(platform, "helm");
    new HelmComponent(platform, "feast", { component: feast });
    other.addDependency(platform);
    expect(messageOf(() => synthStack(other))).toBe("");
  });
});

test("two synths give the same bytes", () => {
  const once = JSON.stringify(synthStack(featureStore().stack));
  expect(JSON.stringify(synthStack(featureStore().stack))).toBe(once);
});

conformanceTest("every object is what its definition says", () => {
  const { failures, kinds } = conformance(featureStore().stack);
  expect(failures).toEqual([]);
  expect(kinds).toEqual(
    expect.arrayContaining([
      "cert-manager.io/v1 Certificate",
      "feast.dev/v1 FeatureStore",
      "monitoring.coreos.com/v1 PrometheusRule",
      "postgresql.cnpg.io/v1 Cluster",
      "postgresql.cnpg.io/v1 Database",
    ]),
  );
});
