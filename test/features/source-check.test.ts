import { Site } from "../../lib";
import { GoogleFeatureStore, GoogleLakehouse } from "../../lib/google";
import { KubernetesLakehouse } from "../../lib/kubernetes";
import { featureStore as awsFeatureStore, awsLakehouse, awsStack } from "./aws/fixture";
import { ACTIVITY, codesOf, ONLINE, PROFILE, schema, ZONES } from "./fixture";
import { featureStore as googleFeatureStore, googleStack } from "./google/fixture";
import { featureStore as kubernetesFeatureStore } from "./kubernetes/fixture";

describe("what a lakehouse tells its readers", () => {
  test.each([
    ["AWS", () => awsFeatureStore().lakehouse, /aws_kms_key|TfToken/],
    ["Google Cloud", () => googleFeatureStore().lakehouse, /google_kms_crypto_key|TfToken/],
    ["Kubernetes", () => kubernetesFeatureStore().lakehouse, undefined],
  ] as const)("%s", (_, make, key) => {
    const zone = make().zone("curated");
    expect(zone.tableNames).toEqual(["user_activity", "user_profile"]);
    expect(zone.table("user_profile").columns.map(({ name, pii }) => [name, pii])).toEqual(
      PROFILE.columns.map(({ name, pii = false }) => [name, pii]),
    );
    expect(zone.table("user_activity").columns[4]).toMatchObject({
      name: "clicks_7d",
      type: { kind: "primitive", name: "long" },
    });
    if (key === undefined) {
      expect(zone.encryptionKey).toBeUndefined();
    } else {
      expect(zone.encryptionKey).toMatch(key);
    }
  });

  test("an adopted one tells what its attributes say", () => {
    const stack = googleStack();
    const site = Site.google("eemshaven", { region: "europe-west4", project: "acme-ai", projectNumber: "1" });
    const lakehouse = GoogleLakehouse.fromAttributes(stack, "lake", {
      site,
      namePrefix: "acme-lake",
      zones: [
        {
          name: "curated",
          bucket: "b",
          dataset: "d",
          tables: [ACTIVITY, PROFILE],
          policyTags: {
            "user_profile.mail": "projects/acme-ai/locations/europe-west4/taxonomies/1/policyTags/2",
          },
        },
      ],
    });
    expect(lakehouse.zone("curated").encryptionKey).toBeUndefined();
    const make = () =>
      new GoogleFeatureStore(stack, "features", {
        site,
        namePrefix: "acme",
        schema: schema(),
        lakehouse,
        online: ONLINE,
      });
    expect(codesOf(make)).toEqual([]);
    const cluster = Site.kubernetes("fra", { country: "DE", kubeconfig: { context: "fra" } });
    const adopted = KubernetesLakehouse.fromAttributes(stack, "cluster", {
      site: cluster,
      namePrefix: "acme",
      zones: ZONES,
      buckets: { curated: "b", features: "f" },
    });
    expect(adopted.zone("curated").tableNames).toEqual(["user_activity", "user_profile"]);
  });

  test("a lakehouse without the tables is refused, whoever made it", () => {
    const lakehouse = awsLakehouse(awsStack(), { zones: [{ name: "curated" }, { name: "features" }] });
    expect(codesOf(() => awsFeatureStore({ lakehouse }))).toEqual([
      "SourceTableMissing",
      "SourceTableMissing",
    ]);
  });
});

describe("a site may serve some of the views", () => {
  const some = { views: ["user_activity"], online: { user_activity: ONLINE.user_activity } };
  test.each([
    ["AWS", () => awsFeatureStore(some).store],
    ["Google Cloud", () => googleFeatureStore(some).store],
    ["Kubernetes", () => kubernetesFeatureStore(some).store],
  ])("%s", (_, make) => {
    const store = make();
    expect(store.viewNames).toEqual(["user_activity"]);
    expect(codesOf(() => store.view("user_profile"))).toEqual(["UnknownView"]);
    expect(store.schema.views).toHaveLength(2);
  });
});
