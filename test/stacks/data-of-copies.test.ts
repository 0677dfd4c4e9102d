import { FeatureSchema, FeatureSource, Identity, Site, StateBackend } from "../../lib";
import { ObjectStore } from "../../lib/kubernetes";
import { captureValidationError, type SynthesizedStack, synthStack, testApp } from "../../lib/testing";
import { HybridPlatform } from "../../stacks";

const table = {
  name: "activity",
  columns: [
    { name: "user_id", type: "string", pii: true },
    { name: "seen", type: "timestamptz" },
    { name: "clicks", type: "long" },
  ],
};

const schema = FeatureSchema.of({
  entities: [{ name: "user", keys: [{ name: "user_id", type: "string", pii: true }] }],
  views: [
    {
      name: "activity",
      entity: "user",
      source: FeatureSource.table("curated", "activity", { eventTime: "seen" }),
      features: [{ name: "clicks", type: "long" }],
      freshness: "1h",
      owner: "ads",
    },
  ],
});

/** Frankfurt owns the table; both clouds have copies, and serve features out of them. */
function platformWithCopies() {
  const platform = new HybridPlatform(testApp(), "adtech", {
    environment: "production",
    owner: "ads",
    costCentre: "cc-1",
    backend: StateBackend.s3({ bucket: "acme-terraform-state", region: "eu-west-1" }),
    sites: [
      Site.kubernetes("frankfurt", {
        country: "DE",
        kubeconfig: { context: "fra" },
        oidcIssuer: "https://oidc.frankfurt.acme.example",
      }),
      Site.aws("ireland", { region: "eu-west-1", account: "111122223333" }),
      Site.google("eemshaven", {
        region: "europe-west4",
        project: "acme-ai",
        projectNumber: "123456789012",
      }),
    ],
  });
  const lakehouse = platform.addLakehouse("lake", {
    zones: [{ name: "curated", at: ["frankfurt"], tables: [table] }],
    shares: [{ zone: "curated", from: "frankfurt", to: ["ireland", "eemshaven"], mode: "replication" }],
    kubernetes: {
      objectStore: ObjectStore.s3Compatible({
        endpoint: "https://s3.frankfurt.acme.example",
        credentialsSecret: { name: "s3-key" },
        sts: true,
      }),
    },
  });
  const store = platform.addFeatureStore("features", {
    at: ["ireland", "eemshaven"],
    schema,
    lakehouse,
    online: { activity: { p99LatencyMs: 40, readsPerSecond: 100, writesPerSecond: 10 } },
    aws: { offlineStore: false },
  });
  return { platform, lakehouse, store };
}

const named = (stack: SynthesizedStack, type: string) =>
  Object.entries((stack.resource?.[type] ?? {}) as Record<string, Record<string, unknown>>);

describe("features out of copies", () => {
  const { platform, lakehouse, store } = platformWithCopies();
  const stack = (site: string) => synthStack(platform.stack(site, "foundation"));

  test("say where the tables come from", () => {
    expect(lakehouse.at("frankfurt").zone("curated").copyOf).toBeUndefined();
    expect(lakehouse.at("ireland").zone("curated").copyOf).toBe("frankfurt");
  });

  test("are read by a right on the zone", () => {
    const job = named(stack("ireland"), "aws_lakeformation_permissions").filter(
      ([, { principal, table }]) => {
        return String(principal).includes("job-role") && table !== undefined;
      },
    );
    expect(job.map(([, body]) => body)).toMatchObject([
      { permissions: ["DESCRIBE", "SELECT"], table: { wildcard: true } },
    ]);
    const agent = named(stack("eemshaven"), "google_bigquery_dataset_iam_member").filter(([, { member }]) =>
      String(member).includes("gcp-sa-aiplatform"),
    );
    expect(agent).toHaveLength(1);
  });

  test("can be applied before the first copy: the view of latest rows waits for a right, and that for the table", () => {
    const eemshaven = stack("eemshaven");
    const rights = named(eemshaven, "google_bigquery_dataset_iam_member").filter(([, { member }]) =>
      String(member).includes("gcp-sa-aiplatform"),
    );
    const tables = named(eemshaven, "google_bigquery_table");
    const [view] = tables.filter(([, body]) => body.view !== undefined).map(([, body]) => body);
    const [copied] = tables.filter(([, body]) => body.external_catalog_table_options !== undefined);
    expect((view!.view as { query: string }).query).toContain(
      `acme-ai.adtech_production_lake_eemshaven_curated.${copied![1].table_id}`,
    );
    expect(view!.depends_on).toContain(`google_bigquery_dataset_iam_member.${rights[0]![0]}`);
    expect(rights[0]![1].depends_on).toEqual([`google_bigquery_table.${copied![0]}`]);
  });

  test("give a history with personal data only as a whole", () => {
    const view = store.at("ireland").view("activity");
    const trainer = Identity.awsRole("trainer", "arn:aws:iam::111122223333:role/trainer");
    expect(captureValidationError(() => view.grantReadHistory(trainer)).codes).toEqual([
      "GrantNotApplicable",
    ]);
    expect(view.grantReadHistory(trainer, { includePii: true }).resources).not.toEqual([]);
  });
});

test("names of vector stores are cut to what engines take", () => {
  const { platform } = platformWithCopies();
  const store = platform.addVectorStore("creatives", {
    at: ["frankfurt"],
    collections: [
      {
        name: "creatives",
        dimension: 64,
        metric: "cosine",
        vectors: 1_000,
        queriesPerSecond: 10,
        p95LatencyMs: 50,
      },
    ],
    kubernetes: { engine: "qdrant" },
  });
  const { endpoint } = store.at("frankfurt").collection("creatives").lookup();
  expect(endpoint).toMatch(/^https:\/\/adtech-prod[a-z0-9-]{0,9}-qdrant\./);
});
