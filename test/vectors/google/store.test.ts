import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { DefaultTokenResolver, StringConcat, TerraformStack, Tokenization } from "cdktf";
import { Identity, Site } from "../../../lib";
import { GoogleNetwork, GoogleVectorStore, type GoogleVectorStoreProps } from "../../../lib/google";
import { Template, testApp } from "../../../lib/testing";
import { codes, docs } from "../fixture";

const SITE = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456789012",
});
const APP = Identity.googleServiceAccount("app", "app@acme-ai.iam.gserviceaccount.com");
const POD = Identity.kubernetesServiceAccount("rag", {
  namespace: "rag",
  serviceAccount: "app",
  issuer: "https://oidc.example.com/fra",
});
const ADMIN = Identity.googleServiceAccount("admin", "admin@acme-ai.iam.gserviceaccount.com");

type Props = Partial<GoogleVectorStoreProps>;
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
type Any = any;

function make(props: Props = {}) {
  const stack = new TerraformStack(testApp(), "data");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  const network = new GoogleNetwork(stack, "network", {
    site: SITE,
    namePrefix: "acme",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.4.0.0/14",
    servicesCidr: "10.8.0.0/20",
  });
  const store = new GoogleVectorStore(stack, "vectors", {
    site: SITE,
    namePrefix: "acme",
    engine: "vertex",
    network,
    collections: [docs()],
    ...(props.engine === "alloydb" ? { alloydb: { administrator: ADMIN } } : {}),
    ...props,
  });
  return { stack, store, template: () => Template.of(stack) };
}

describe("Vertex AI", () => {
  test("a client is told host and port of gRPC, the deployed index, and the full name of the endpoint", () => {
    const { stack, store } = make();
    const { endpoint, target, container, auth } = store.collection("docs").lookup();
    expect(
      Tokenization.resolve(
        { endpoint, target, container },
        { scope: stack, resolver: new DefaultTokenResolver(new StringConcat()) },
      ),
    ).toEqual({
      endpoint: expect.stringMatching(/^\$\{google_compute_address\.[^}]+\.address\}:10000$/),
      target: "acme_docs_europe_west4",
      container: expect.stringMatching(/^\$\{google_vertex_ai_index_endpoint\.[^}]+\.id\}$/),
    });
    expect(auth).toEqual({ kind: "google-jwt", audience: "acme-vectors" });
  });

  test("an index of the declared shape, split and searched as the sizing says", () => {
    const { store, template } = make({ collections: [docs({ vectors: 10_000_000 })] });
    const { deployment, searchParameters } = store.sizing.collections[0]!;
    const { config } = (template().resource("google_vertex_ai_index") as Any).metadata;
    expect(config).toEqual({
      dimensions: 768,
      distance_measure_type: "DOT_PRODUCT_DISTANCE",
      feature_norm_type: "UNIT_L2_NORM",
      shard_size: deployment!.shardSize,
      approximate_neighbors_count: 150,
      algorithm_config: {
        tree_ah_config: {
          leaf_node_embedding_count: 1000,
          leaf_nodes_to_search_percent: searchParameters.leafNodesToSearchPercent,
        },
      },
    });
    expect(template().resource("google_vertex_ai_index_endpoint_deployed_index")).toMatchObject({
      deployed_index_id: "acme_docs_europe_west4",
      dedicated_resources: {
        machine_spec: { machine_type: deployment!.machineType },
        min_replica_count: deployment!.replicas,
        max_replica_count: 2 * deployment!.replicas,
      },
    });
  });

  test.each([
    ["dot", "DOT_PRODUCT_DISTANCE", "NONE"],
    ["euclidean", "SQUARED_L2_DISTANCE", "NONE"],
  ] as const)("%s", (metric, measure, norm) => {
    const { config } = (
      make({ collections: [docs({ metric })] })
        .template()
        .resource("google_vertex_ai_index") as Any
    ).metadata;
    expect([config.distance_measure_type, config.feature_norm_type]).toEqual([measure, norm]);
  });

  test("a flat index compares with everything", () => {
    const collections = [docs({ vectors: 10_000, index: { kind: "flat" } })];
    const { config } = (make({ collections }).template().resource("google_vertex_ai_index") as Any).metadata;
    expect(config.algorithm_config).toEqual({ brute_force_config: {} });
  });

  test("has no way from the internet, and takes queries from nobody until somebody is granted", () => {
    const { store, template } = make();
    const endpoint = template().resource("google_vertex_ai_index_endpoint") as Any;
    expect(endpoint.public_endpoint_enabled).toBe(false);
    expect(endpoint.private_service_connect_config.enable_private_service_connect).toBe(true);
    const issuers = () =>
      (template().resource("google_vertex_ai_index_endpoint_deployed_index") as Any)
        .deployed_index_auth_config.auth_provider.allowed_issuers;
    expect(issuers()).toHaveLength(1);
    store.collection("docs").grantRead(APP);
    const { access } = store.collection("docs").grantRead(POD);
    expect(issuers()).toEqual([
      expect.stringContaining("google_service_account"),
      "acme-vec-europe-west4-rag@acme-ai.iam.gserviceaccount.com",
      "app@acme-ai.iam.gserviceaccount.com",
    ]);
    expect(access).toMatchObject({
      kind: "google",
      serviceAccount: "acme-vec-europe-west4-rag@acme-ai.iam.gserviceaccount.com",
    });
    expect(template().count("google_project_iam_custom_role")).toBe(0);
  });

  test("who writes may change indexes, and reads too", () => {
    const { store, template } = make();
    store.collection("docs").grantWrite(APP);
    expect(template().resource("google_project_iam_custom_role").permissions).toEqual([
      "aiplatform.indexes.get",
      "aiplatform.indexes.update",
    ]);
  });
});

describe("Vertex AI with a public endpoint", () => {
  const open = { publicEndpoint: true, network: undefined };

  test("a client is told the domain of REST, and that an access token lets it in", () => {
    const { stack, store } = make(open);
    const { endpoint, target, container, auth } = store.collection("docs").lookup();
    expect(
      Tokenization.resolve(
        { endpoint, target, container },
        { scope: stack, resolver: new DefaultTokenResolver(new StringConcat()) },
      ),
    ).toEqual({
      endpoint: expect.stringMatching(
        /^https:\/\/\$\{google_vertex_ai_index_endpoint\.[^}]+\.public_endpoint_domain_name\}$/,
      ),
      target: "acme_docs_europe_west4",
      container: expect.stringMatching(/^\$\{google_vertex_ai_index_endpoint\.[^}]+\.id\}$/),
    });
    expect(auth).toEqual({ kind: "google-oauth" });
  });

  test("is reached from the internet, by no address of a network, and asks IAM", () => {
    const made = make(open).template();
    const endpoint = made.resource("google_vertex_ai_index_endpoint") as Any;
    expect(endpoint.public_endpoint_enabled).toBe(true);
    expect(endpoint.private_service_connect_config).toBeUndefined();
    const deployed = made.resource("google_vertex_ai_index_endpoint_deployed_index") as Any;
    expect(deployed.deployed_index_auth_config).toBeUndefined();
    for (const type of [
      "google_compute_address",
      "google_compute_forwarding_rule",
      "google_service_account",
    ]) {
      expect(made.count(type)).toBe(0);
    }
  });

  test("who reads may query, and nothing else; who writes may change indexes as well", () => {
    const { store, template } = make({ ...open, collections: [docs(), docs({ name: "faq" })] });
    store.collection("docs").grantRead(APP);
    store.collection("faq").grantRead(APP);
    const roles = () =>
      Object.values(template().resources("google_project_iam_custom_role")).map(
        ({ permissions }) => permissions,
      );
    expect(roles()).toEqual([["aiplatform.indexEndpoints.queryVectors"]]);
    const members = Object.values(template().resources("google_project_iam_member")).filter(({ role }) =>
      String(role).includes("custom_role"),
    );
    expect(members.map(({ member }) => member)).toEqual([
      "serviceAccount:app@acme-ai.iam.gserviceaccount.com",
    ]);
    expect(template().count("google_service_account_iam_member")).toBe(0);
    store.collection("docs").grantWrite(APP);
    expect(roles()).toContainEqual(["aiplatform.indexes.get", "aiplatform.indexes.update"]);
  });

  test("takes no network, and not collections of which only some hold personal data", () => {
    const network = {} as Any;
    expect(codes(() => make({ ...open, network }))).toEqual(["NoEffect"]);
    const mixed = [docs(), docs({ name: "faces", pii: true })];
    expect(codes(() => make({ ...open, collections: mixed }))).toEqual(["PublicVectorsMixed"]);
    expect(() => make({ ...open, collections: mixed.slice(1) })).not.toThrow();
    expect(codes(() => make({ publicEndpoint: false, network: undefined }))).toEqual(["MissingValue"]);
    expect(codes(() => make({ engine: "alloydb", publicEndpoint: true }))).toEqual(["VectorOptionMismatch"]);
  });
});

describe("AlloyDB", () => {
  const engine = "alloydb";

  test("an encrypted private cluster with the machine of the sizing, without a password", () => {
    const { store, template } = make({ engine });
    const made = template();
    expect(made.resource("google_alloydb_cluster")).toMatchObject({
      psc_config: { psc_enabled: true },
      encryption_config: { kms_key_name: expect.stringContaining("google_kms_crypto_key") },
      continuous_backup_config: { enabled: true, recovery_window_days: 14 },
      lifecycle: { prevent_destroy: true },
    });
    expect(made.resource("google_alloydb_instance")).toMatchObject({
      instance_type: "PRIMARY",
      availability_type: "REGIONAL",
      machine_config: { cpu_count: store.sizing.capacity.vcpusPerNode },
      database_flags: { "alloydb.iam_authentication": "on" },
      client_connection_config: { ssl_config: { ssl_mode: "ENCRYPTED_ONLY" } },
    });
    expect(made.text).not.toContain("password");
  });

  test("more work than the primary can do goes to a read pool", () => {
    const { store, template } = make({ engine, collections: [docs({ queriesPerSecond: 20_000 })] });
    expect(template().resource("google_alloydb_instance", "read-pool")).toMatchObject({
      instance_type: "READ_POOL",
      read_pool_config: { node_count: store.sizing.capacity.count },
    });
  });

  test("ScaNN is built after the load, quantised as declared", () => {
    const { store, template } = make({
      engine,
      collections: [docs({ index: { kind: "scann" }, precision: "int8" })],
    });
    expect(store.alloydb!.sql.schema).toContain("CREATE EXTENSION IF NOT EXISTS alloydb_scann CASCADE;");
    expect(store.alloydb!.sql.afterLoad).toContain(
      "USING scann (embedding cosine) WITH (num_leaves = 1000, quantizer = 'SQ8')",
    );
    expect(template().text).toContain("after-load-sql");
  });

  test("a right is a database user of IAM in the role of the collection", () => {
    const { store, template } = make({ engine });
    const grant = store.collection("docs").grantRead(APP);
    expect(grant.databaseUser).toBe("app@acme-ai.iam");
    expect(store.alloydb!.sql.schema).toContain('GRANT "docs_reader" TO "app@acme-ai.iam";');
    expect(template().resource("google_alloydb_user", "user-app")).toMatchObject({
      user_type: "ALLOYDB_IAM_USER",
      user_id: "app@acme-ai.iam",
      database_roles: ["alloydbiamuser"],
    });
  });
});

describe("refused", () => {
  const refusal = (props: Props) => codes(() => make(props));

  test.each<[string, Props, string]>([
    ["options of AlloyDB with Vertex AI", { alloydb: { administrator: ADMIN } }, "VectorOptionMismatch"],
    ["a key with Vertex AI", { kmsKey: "k" }, "VectorOptionMismatch"],
    ["a rotation with Vertex AI", { keyRotationDays: 30 }, "VectorOptionMismatch"],
    ["AlloyDB without an administrator", { engine: "alloydb", alloydb: undefined }, "MissingValue"],
    [
      "a group as administrator",
      { engine: "alloydb", alloydb: { administrator: Identity.googleGroup("g", "g@example.com") } },
      "IdentityKindMismatch",
    ],
    [
      "a window of a year",
      { engine: "alloydb", alloydb: { administrator: ADMIN, recoveryWindowDays: 365 } },
      "NumberOutOfRange",
    ],
    ["no network", { network: undefined as never }, "MissingValue"],
    ["an engine of another site", { engine: "qdrant" as never }, "NotOneOf"],
    ["deletion without the app's consent", { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
  ])("%s", (_what, props, code) => {
    expect(refusal(props)[0]).toBe(code);
  });

  test("identities that mean nothing here", () => {
    const { store } = make();
    const right = (identity: Identity) => codes(() => store.collection("docs").grantRead(identity));
    expect(right(Identity.awsRole("a", "arn:aws:iam::111122223333:role/a"))).toEqual([
      "IdentityKindMismatch",
    ]);
    expect(right(Identity.googleGroup("g", "g@example.com"))).toEqual(["GrantNotApplicable"]);
    expect(right(Identity.kubernetesServiceAccount("c", { namespace: "c", serviceAccount: "c" }))).toEqual([
      "MissingOidcIssuer",
    ]);
    store.collection("docs").grantRead(APP);
    expect(right(Identity.googleServiceAccount("app", "b@acme-ai.iam.gserviceaccount.com"))).toEqual([
      "DuplicateValue",
    ]);
  });
});
