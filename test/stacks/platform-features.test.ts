import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "cdktf";
import { FeatureSchema } from "../../lib";
import { expectStable, findAbsolutePaths, findTokenLeaks, synthStack } from "../../lib/testing";
import { HybridPlatform, type PlatformFeatureStoreProps } from "../../stacks";
import { ACTIVITY_VIEW, ONLINE, PROPS, schema, USER } from "../features/fixture";
import {
  addLakehouse,
  charts,
  codes,
  EEMSHAVEN,
  FRANKFURT,
  IRELAND,
  ISSUER,
  kinds,
  newPlatform,
  OSLO,
  OWNERSHIP,
  POD,
  refusal,
  S3,
  stacksOf,
  template,
} from "./data-fixture";

const FEAST = {
  namespace: "features",
  valkeyPassword: { secretName: "valkey-password" },
  certificateIssuer: ISSUER,
  operatorInstalled: true,
};
const SITES = ["ireland", "eemshaven", "frankfurt"];

function everywhere(platform: HybridPlatform, change: Partial<PlatformFeatureStoreProps> = {}) {
  return platform.addFeatureStore("features", {
    at: SITES,
    schema: schema(),
    lakehouse: addLakehouse(platform, SITES),
    online: ONLINE,
    aws: { offlineStore: { zone: "features" } },
    kubernetes: FEAST,
    ...change,
  });
}

/** A store at one Kubernetes site. */
function atFrankfurt(platform: HybridPlatform, change: Partial<PlatformFeatureStoreProps> = {}) {
  return platform.addFeatureStore("features", {
    at: ["frankfurt"],
    schema: schema(),
    lakehouse: addLakehouse(platform, ["frankfurt"]),
    online: ONLINE,
    kubernetes: FEAST,
    ...change,
  });
}

describe("a feature store at three kinds of sites", () => {
  const platform = newPlatform();
  const store = everywhere(platform);
  const foundation = template(platform, "ireland", "foundation");

  test("has its parts in the stacks where they belong", () => {
    expect(stacksOf(platform)).toEqual([
      "acme-eemshaven-foundation",
      "acme-frankfurt-platform",
      "acme-frankfurt-workloads",
      "acme-ireland-foundation",
    ]);
    expect(foundation.count("aws_sagemaker_feature_group")).toBe(2);
    expect(template(platform, "eemshaven", "foundation").count("google_vertex_ai_feature_online_store")).toBe(
      1,
    );
    expect(kinds(template(platform, "frankfurt", "workloads"))).toEqual(
      expect.arrayContaining(["FeatureStore", "PrometheusRule"]),
    );
    expect(kinds(template(platform, "frankfurt", "platform"))).toEqual([]);
    expect(charts(platform, "frankfurt")).toEqual(["cert-manager", "cloudnative-pg", "spark-operator"]);
  });

  test("serves the same views everywhere, with the same keys", () => {
    const views = store.sites.map((site) => store.at(site).viewNames);
    expect(views).toEqual(Array(3).fill(["user_activity", "user_profile"]));
    const keys = store.sites.map((site) =>
      store
        .at(site)
        .view("user_activity")
        .online()
        .keys.map(({ name }) => name),
    );
    expect(keys).toEqual(Array(3).fill(["user_id"]));
  });

  test("takes Spark of the lakehouse at AWS", () => {
    expect(foundation.text).toContain("aws_emrserverless_application.lake_");
  });

  test("takes Trino of the lakehouse on Kubernetes", () => {
    const text = template(platform, "frankfurt", "workloads").text;
    expect(text).toContain("https://acme-prod-lake-frankfurt-trino");
  });

  test("gives rights at each site by itself", () => {
    expect(store.at("frankfurt").view("user_activity").grantRead(POD).resources).toHaveLength(1);
    expect(codes(() => store.at("oslo"))).toEqual(["UnknownSite"]);
  });

  test("leaves no token and no path of this machine in the output", () => {
    for (const json of [foundation.json, synthStack(platform.stack("frankfurt", "workloads"))]) {
      expect(findTokenLeaks(json)).toEqual([]);
      expect(findAbsolutePaths(json)).toEqual([]);
    }
  });
});

test("personal data is tagged as the lakehouse tags it, where AWS keeps its history", () => {
  const platform = newPlatform();
  const segment = { name: "segment", type: "string", pii: true } as const;
  platform.addFeatureStore("features", {
    at: ["ireland"],
    schema: schema({ views: [{ ...ACTIVITY_VIEW, features: [segment] }] }),
    lakehouse: addLakehouse(platform, ["ireland"]),
    online: { user_activity: ONLINE.user_activity },
    aws: { offlineStore: { zone: "features" } },
  });
  const tag = template(platform, "ireland", "foundation").resource(
    "aws_lakeformation_resource_lf_tag",
    "features_group",
  );
  expect(tag.table_with_columns).toMatchObject([{ column_names: ["segment"] }]);
  expect(JSON.stringify(tag.lf_tag)).toContain("aws_lakeformation_lf_tag.lake_governance_pii-tag");
});

test("Trino and Spark may be others than the lakehouse's", () => {
  const platform = newPlatform();
  const lakehouse = addLakehouse(platform, ["frankfurt"]);
  const trino = {
    uri: "https://trino.query.svc:8443",
    audience: "trino",
    namespace: "query",
    schema: "lake",
    catalogs: { curated: "curated" },
    certificateIssuer: ISSUER,
  };
  platform.addFeatureStore("features", {
    at: ["frankfurt"],
    schema: schema(),
    lakehouse,
    online: ONLINE,
    kubernetes: { ...FEAST, trino },
  });
  expect(template(platform, "frankfurt", "workloads").text).toContain("trino.query.svc");
  const aws = newPlatform();
  aws.addFeatureStore("features", {
    at: ["ireland"],
    schema: schema(),
    lakehouse: addLakehouse(aws, ["ireland"]),
    online: ONLINE,
    aws: { offlineStore: false, spark: { applicationId: "00other" } },
  });
  expect(template(aws, "ireland", "foundation").text).toContain("00other");
});

describe("the lock file", () => {
  const folder = mkdtempSync(join(tmpdir(), "features-"));
  const lockFile = join(folder, "features.lock.json");
  afterAll(() => rmSync(folder, { recursive: true }));

  const wider = FeatureSchema.of({
    ...PROPS,
    views: [
      {
        ...ACTIVITY_VIEW,
        features: ACTIVITY_VIEW.features.map((feature) =>
          feature.name === "clicks_7d" ? { ...feature, type: "string" as const, column: "segment" } : feature,
        ),
      },
    ],
  });

  test("is written only when asked, read back, and not touched when nothing changes", () => {
    const platform = newPlatform();
    atFrankfurt(platform, { lockFile });
    synthStack(platform.stack("frankfurt", "workloads"));
    expect(readdirSync(folder)).toEqual([]);
    platform.writeLock();
    expect(readdirSync(folder)).toEqual(["features.lock.json"]);
    const text = readFileSync(lockFile, "utf8");
    expect(text).toContain("user_activity");
    expect(text.endsWith("\n")).toBe(true);
    utimesSync(lockFile, 1, 1);
    const again = newPlatform();
    atFrankfurt(again, { lockFile });
    again.writeLock();
    expect(statSync(lockFile).mtimeMs).toBe(1_000);
    expect(readFileSync(lockFile, "utf8")).toBe(text);
  });

  test("leaves nothing of itself in the output", () => {
    const withFile = newPlatform();
    atFrankfurt(withFile, { lockFile });
    const without = newPlatform();
    atFrankfurt(without);
    expect(template(withFile, "frankfurt", "workloads").text).toBe(
      template(without, "frankfurt", "workloads").text,
    );
  });

  test("refuses a schema that breaks it, with the difference, and stays as it was", () => {
    const before = readFileSync(lockFile, "utf8");
    const platform = newPlatform();
    const declare = () => atFrankfurt(platform, { lockFile, schema: wider });
    const error = refusal(declare);
    expect(error).toContain("IncompatibleSchema");
    expect(error).toContain("clicks_7d");
    expect(error).toContain("long");
    expect(error).toContain("string");
    expect(codes(() => platform.writeLock())).toEqual(["MissingValue"]);
    expect(readFileSync(lockFile, "utf8")).toBe(before);
  });

  test("grows with what may be added", () => {
    const platform = newPlatform();
    const more = {
      ...ACTIVITY_VIEW,
      features: [...ACTIVITY_VIEW.features, { name: "group", type: "string" as const, column: "segment" }],
    };
    const [, profile] = PROPS.views;
    const grown = FeatureSchema.of({ entities: [USER], views: [more, profile!] });
    atFrankfurt(platform, { lockFile, schema: grown });
    platform.writeLock();
    expect(readFileSync(lockFile, "utf8")).toContain('"group"');
  });

  test("that cannot be read is refused", () => {
    const broken = join(folder, "broken.json");
    writeFileSync(broken, "{");
    expect(codes(() => atFrankfurt(newPlatform(), { lockFile: broken }))).toEqual(["SchemaLockUnreadable"]);
  });

  test("has to be declared by something, before it can be written", () => {
    const platform = newPlatform();
    atFrankfurt(platform);
    expect(codes(() => platform.writeLock())).toEqual(["MissingValue"]);
    expect(refusal(() => platform.writeLock())).toContain("lockFile");
  });
});

describe("a feature store is refused", () => {
  test.each<[string, Partial<PlatformFeatureStoreProps>, string, string]>([
    ["at no site", { at: [] }, "MissingValue", "at"],
    ["at a site that nobody knows", { at: ["mars"] }, "UnknownSite", "mars"],
    ["at one site twice", { at: ["frankfurt", "frankfurt"] }, "DuplicateValue", "at"],
    ["without choices for Kubernetes", { kubernetes: undefined }, "MissingValue", "kubernetes.namespace"],
    ["where the lakehouse has no part", { at: ["frankfurt", "oslo"] }, "NoPartAtSite", "oslo"],
    ["with choices of another kind of site", { aws: { offlineStore: false } }, "OptionsWithoutSite", "aws"],
    ["with choices for a site that it is not at", { perSite: { oslo: {} } }, "UnknownSite", "oslo"],
    [
      "with choices of the wrong kind for a site",
      { perSite: { frankfurt: { aws: { offlineStore: false } } } },
      "OptionsWithoutSite",
      "frankfurt",
    ],
  ])("%s", (_, change, code, text) => {
    const declare = () => atFrankfurt(newPlatform(), change);
    expect(codes(declare)).toEqual([code]);
    expect(refusal(declare)).toContain(text);
  });

  test("at AWS without a word on the history", () => {
    const platform = newPlatform();
    const lakehouse = addLakehouse(platform, ["ireland"]);
    const declare = () =>
      platform.addFeatureStore("features", { at: ["ireland"], schema: schema(), lakehouse, online: ONLINE });
    expect(codes(declare)).toEqual(["MissingValue"]);
    expect(refusal(declare)).toContain("aws.offlineStore");
  });

  test("under a name that is taken", () => {
    const platform = newPlatform();
    const lakehouse = addLakehouse(platform, ["frankfurt"]);
    const props = { at: ["frankfurt"], schema: schema(), lakehouse, online: ONLINE, kubernetes: FEAST };
    platform.addFeatureStore("features", props);
    expect(codes(() => platform.addFeatureStore("features", props))).toEqual(["DuplicateName"]);
  });
});

test("the output is the same in every run, and whatever the order of sites and views", () => {
  expectStable((app: App) => {
    const sites = [IRELAND, EEMSHAVEN, FRANKFURT, OSLO];
    everywhere(new HybridPlatform(app, "acme", { ...OWNERSHIP, backend: S3, sites }));
  });
  const text = (change: Partial<PlatformFeatureStoreProps>) => {
    const platform = newPlatform();
    everywhere(platform, change);
    return [
      template(platform, "ireland", "foundation").text,
      template(platform, "eemshaven", "foundation").text,
      template(platform, "frankfurt", "workloads").text,
    ];
  };
  const reversed = schema({ views: [...PROPS.views].reverse() });
  expect(text({ at: [...SITES].reverse(), schema: reversed })).toEqual(text({}));
});
