import { Identity, Residency, type VectorLookup } from "../../../lib";
import {
  KubernetesVectorOperators,
  KubernetesVectorStore,
  type KubernetesVectorStoreProps,
} from "../../../lib/kubernetes";
import { Template } from "../../../lib/testing";
import { AWS, codes, docs } from "../fixture";
import { FRANKFURT, kubernetesStack, MILVUS, RAG, store } from "./support";

type Props = Partial<KubernetesVectorStoreProps>;

function synthesized(props: Props = {}, use: (made: ReturnType<typeof store>) => void = () => undefined) {
  const stack = kubernetesStack();
  use(store(props, stack));
  return Template.of(stack);
}

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
type Any = any;

const objects = (template: Template, kind: string): Any[] =>
  Object.values(template.manifests()).filter((manifest) => (manifest as Any).kind === kind);

const values = (template: Template): Any =>
  JSON.parse((template.resource("helm_release").values as string[])[0]!.replaceAll("$${", "${"));

function config(template: Template, name: string): Any {
  const found = Object.values(template.resources("kubernetes_config_map_v1")).find(
    ({ metadata }) => (metadata as Any).name === name,
  ) as Any;
  return JSON.parse(found.data["config.json"]);
}

describe("Qdrant", () => {
  test("has the nodes, memory and volumes of the sizing", () => {
    const stack = kubernetesStack();
    const made = store({ collections: [docs({ vectors: 10_000_000 })], storageClass: "fast" }, stack);
    const { capacity } = made.sizing;
    const chart = values(Template.of(stack));
    expect(chart.replicaCount).toBe(capacity.count);
    expect(chart.resources).toEqual({
      requests: { cpu: String(capacity.vcpusPerNode), memory: `${capacity.memoryGibPerNode}Gi` },
      limits: { memory: `${capacity.memoryGibPerNode}Gi` },
    });
    expect(chart.persistence).toMatchObject({
      size: `${capacity.diskGibPerNode}Gi`,
      storageClassName: "fast",
    });
    expect(chart.snapshotPersistence.enabled).toBe(true);
  });

  test("speaks TLS to clients and between nodes, and takes its key from a Secret that the cluster makes", () => {
    const template = synthesized();
    const chart = values(template);
    expect(chart.config.service).toEqual({ enable_tls: true, jwt_rbac: true });
    expect(chart.config.cluster.p2p.enable_tls).toBe(true);
    expect(chart.env).toEqual([
      {
        name: "QDRANT__SERVICE__API_KEY",
        valueFrom: { secretKeyRef: { name: "acme-qdrant-keys", key: "api-key" } },
      },
    ]);
    expect(template.count("kubernetes_secret_v1")).toBe(0);
    const leaf = objects(template, "Certificate").find(({ metadata }) => metadata.name === "acme-qdrant");
    expect(leaf.spec.dnsNames).toContain("acme-qdrant-2.acme-qdrant-headless");
    expect(leaf.spec.dnsNames).toContain("acme-qdrant.acme-vectors.svc");
  });

  test("gets a collection of the declared shape, in as many shards and copies as the sizing says", () => {
    const [collection] = config(
      synthesized({ collections: [docs({ precision: "int8", index: { kind: "hnsw", m: 32 } })] }),
      "acme-qdrant-collections",
    ).collections;
    expect(collection).toEqual({
      name: "docs",
      body: {
        vectors: { size: 768, distance: "Cosine", on_disk: true },
        quantization_config: { scalar: { type: "int8", quantile: 0.99, always_ram: true } },
        hnsw_config: { m: 32, ef_construct: 128 },
        optimizers_config: { default_segment_number: 2 },
        shard_number: 3,
        replication_factor: 2,
        on_disk_payload: true,
      },
      fields: [
        { field_name: "tenant", field_schema: "keyword" },
        { field_name: "year", field_schema: "integer" },
      ],
    });
  });

  test("a right is a token for one collection that is renewed, in the namespace of its holder", () => {
    const stack = kubernetesStack();
    const made = store({}, stack);
    const grant = made.collection("docs").grantRead(RAG);
    expect(made.collection("docs").grantRead(RAG)).toBe(grant);
    expect(grant.secret).toEqual({
      namespace: "rag",
      name: expect.stringMatching(/^acme-docs-retriever-read-[0-9a-f]{6}$/),
      keys: ["endpoint", "target", "lookup.json", "token", "ca.crt"],
    });
    const template = Template.of(stack);
    const task = Object.values(template.resources("kubernetes_config_map_v1")).find(({ data }) =>
      Object.hasOwn(data as object, "issue_access.py"),
    ) as Any;
    expect(JSON.parse(task.data["config.json"])).toMatchObject({
      kind: "token",
      seconds: 86_400,
      access: [{ collection: "docs", access: "r" }],
      holder: { namespace: "rag", name: grant.secret!.name },
    });
    expect(template.count("kubernetes_cron_job_v1")).toBe(1);
    const role = template.resource("kubernetes_role_v1", "role-holder") as Any;
    expect(role.metadata.namespace).toBe("rag");
    expect(role.rule[1].resource_names).toEqual([grant.secret!.name]);
    const policy = template.resource("kubernetes_network_policy_v1", "clients-rag") as Any;
    expect(policy.spec.ingress[0].from[0].namespace_selector.match_labels).toEqual({
      "kubernetes.io/metadata.name": "rag",
    });
  });

  test("a right to write is another token", () => {
    const made = store();
    const read = made.collection("docs").grantRead(RAG);
    const write = made.collection("docs").grantWrite(RAG);
    expect(write.secret!.name).not.toBe(read.secret!.name);
  });
});

describe("Milvus", () => {
  test("has query nodes by the sizing, its dependencies told, TLS and passwords on", () => {
    const stack = kubernetesStack();
    const made = store({ engine: "milvus", collections: [docs({ vectors: 20_000_000 })] }, stack);
    const { capacity } = made.sizing;
    const [milvus] = objects(Template.of(stack), "Milvus");
    expect(milvus.spec.components.queryNode).toEqual({
      replicas: capacity.count,
      resources: {
        requests: { cpu: String(capacity.vcpusPerNode), memory: `${capacity.memoryGibPerNode}Gi` },
        limits: { memory: `${capacity.memoryGibPerNode}Gi` },
      },
    });
    expect(milvus.spec.config.queryCoord).toEqual({ clusterLevelLoadReplicaNumber: 2 });
    expect(milvus.spec.config.common.security).toEqual({ authorizationEnabled: true, tlsMode: 1 });
    expect(milvus.spec.dependencies.storage).toMatchObject({
      external: true,
      endpoint: "s3.example.com:9000",
      secretRef: "store-key",
      ssl: { enabled: true },
    });
    expect(milvus.spec.dependencies.msgStreamType).toBe("woodpecker");
    expect(milvus.spec.dependencies.etcd.inCluster.deletionPolicy).toBe("Retain");
  });

  test("gets collections and users by jobs", () => {
    const template = synthesized({ engine: "milvus" }, (made) => made.collection("docs").grantWrite(RAG));
    const [collection] = config(template, "acme-milvus-collections").collections;
    expect(collection.schema.fields[1]).toEqual({
      fieldName: "embedding",
      dataType: "FloatVector",
      elementTypeParams: { dim: 768 },
    });
    expect(collection.indexParams[0]).toEqual({
      fieldName: "embedding",
      indexName: "embedding",
      metricType: "COSINE",
      indexType: "HNSW",
      params: { M: 16, efConstruction: 128 },
    });
    expect(template.text).toContain("CollectionReadWrite");
    expect(template.text).not.toContain("CollectionReadOnly");
  });

  test.each([
    [{ index: { kind: "hnsw" }, precision: "int8" }, "HNSW_SQ"],
    [{ index: { kind: "ivf" } }, "IVF_FLAT"],
    [{ index: { kind: "ivf" }, precision: "int8" }, "IVF_SQ8"],
    [{ index: { kind: "disk-ann" } }, "DISKANN"],
    [{ index: { kind: "flat" }, vectors: 10_000 }, "FLAT"],
    [{ precision: "float16" }, "Float16Vector"],
  ] as const)("%j is %s", (changes, name) => {
    expect(synthesized({ engine: "milvus", collections: [docs(changes)] }).text).toContain(`\\"${name}\\"`);
  });
});

describe("pgvector", () => {
  test("has instances and memory by the sizing, the extension, and roles for rights", () => {
    const stack = kubernetesStack();
    const made = store({ engine: "pgvector", collections: [docs({ vectors: 5_000_000 })] }, stack);
    const template = Template.of(stack);
    const [cluster] = objects(template, "Cluster");
    expect(cluster.spec.instances).toBe(made.sizing.capacity.count);
    expect(cluster.spec.resources.limits.memory).toBe(`${made.sizing.capacity.memoryGibPerNode}Gi`);
    expect(objects(template, "Database")[0].spec.extensions).toEqual([{ name: "vector", ensure: "present" }]);
    expect(objects(template, "DatabaseRole").map(({ spec }) => spec.name)).toEqual([
      "docs_reader",
      "docs_writer",
    ]);
    expect((template.resource("kubernetes_manifest", "cluster") as Any).lifecycle.prevent_destroy).toBe(true);
  });

  test("a right is a user in the role of the collection", () => {
    const stack = kubernetesStack();
    const grant = store({ engine: "pgvector" }, stack).collection("docs").grantRead(RAG);
    const template = Template.of(stack);
    const user = objects(template, "DatabaseRole").find(({ spec }) => spec.login);
    expect(user.spec).toMatchObject({
      name: grant.databaseUser,
      inRoles: ["docs_reader"],
      databaseRoleReclaimPolicy: "delete",
      passwordSecret: { name: expect.stringMatching(/^acme-login-docs-retriever-read/) },
    });
    expect(grant.secret!.keys).toEqual([
      "endpoint",
      "target",
      "lookup.json",
      "username",
      "password",
      "ca.crt",
    ]);
  });

  test("warns that there is no backup", () => {
    const warned = (props: Props) => {
      const stack = kubernetesStack();
      const { postgres } = store({ engine: "pgvector", ...props }, stack);
      return postgres!.node.metadata.map(({ data }) => String(data));
    };
    expect(warned({}).join()).toContain("[VectorsWithoutBackup]");
    expect(warned({ pgvector: { backup: { barmanObjectName: "store" } } })).toEqual([]);
  });
});

describe("look-up", () => {
  test.each<["qdrant" | "milvus" | "pgvector", Partial<VectorLookup>]>([
    [
      "qdrant",
      {
        endpoint: "https://acme-qdrant.acme-vectors.svc:6333",
        target: "faq-docs",
        searchParameters: { hnsw_ef: 128 },
        auth: {
          kind: "kubernetes-secret",
          header: "api-key",
          caSecret: { namespace: "acme-vectors", name: "acme-qdrant-tls" },
        },
      },
    ],
    [
      "milvus",
      {
        endpoint: "https://acme-milvus-milvus.acme-vectors.svc:19530",
        target: "faq_docs",
        container: "default",
      },
    ],
    ["pgvector", { endpoint: "acme-postgres-rw.acme-vectors.svc", target: "faq_docs", container: "vectors" }],
  ])("%s", (engine, expected) => {
    const lookup = store({ engine, collections: [docs({ name: "faq-docs" })] })
      .collection("faq-docs")
      .lookup();
    expect(lookup).toMatchObject({ kind: engine, dimension: 768, metric: "cosine", topK: 10, ...expected });
  });
});

describe("refused", () => {
  const refusal = (props: Props) => codes(() => store(props));

  test.each<[string, Props, string]>([
    ["an option of another engine", { pgvector: {} }, "VectorOptionMismatch"],
    [
      "an issuer with pgvector",
      { engine: "pgvector", certificateIssuer: { name: "a" } },
      "VectorOptionMismatch",
    ],
    ["Milvus without an object store", { engine: "milvus", milvus: undefined }, "MissingValue"],
    [
      "an object store with a scheme",
      { engine: "milvus", milvus: { objectStorage: { ...MILVUS.objectStorage, endpoint: "https://s3" } } },
      "InvalidName",
    ],
    ["no room for etcd", { engine: "milvus", milvus: { ...MILVUS, etcdStorageGib: 0 } }, "NumberOutOfRange"],
    ["an engine that is not one of the cluster", { engine: "vertex" as never }, "NotOneOf"],
    ["limits that are no number", { limits: { maxVcpus: 0.5 } }, "NumberOutOfRange"],
    ["a namespace with capitals", { namespace: "Vectors" }, "InvalidName"],
    ["a site abroad", { residency: Residency.countries("FR") }, "CollectionOutsideResidency"],
    ["nodes that are too small", { limits: { maxMemoryGib: 1, maxNodes: 3 } }, "StoreTooLarge"],
    ["deletion without the app's consent", { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
  ])("%s", (_what, props, code) => {
    expect(refusal(props)).toEqual([code]);
  });

  test("a collection that the store does not have", () => {
    expect(codes(() => store().collection("other"))).toEqual(["UnknownCollection"]);
  });

  test("a right of an identity of a cloud", () => {
    const role = Identity.awsRole("app", `arn:aws:iam::${AWS.account}:role/app`);
    expect(codes(() => store().collection("docs").grantRead(role))).toEqual(["IdentityKindMismatch"]);
  });

  test("a right on personal data that does not say so, to read or to write", () => {
    const collection = store({ collections: [docs({ pii: true })] }).collection("docs");
    expect(codes(() => collection.grantRead(RAG))).toEqual(["PersonalVectorsNotGranted"]);
    expect(codes(() => collection.grantWrite(RAG))).toEqual(["PersonalVectorsNotGranted"]);
    expect(codes(() => collection.grantRead(RAG, { includePii: true }))).toEqual([]);
  });

  test.each([
    ["in two namespaces, whose names do not meet", false],
    ["of which one identity would get two Secrets of one name", true],
  ])("two stores of one prefix %s", (_, shared) => {
    const stack = kubernetesStack();
    const docsOf = (id: string, namespace: string) =>
      new KubernetesVectorStore(stack, id, {
        site: FRANKFURT,
        namePrefix: "acme",
        engine: "qdrant",
        collections: [docs()],
        namespace,
      }).collection("docs");
    docsOf("one", "one").grantRead(RAG);
    const other = docsOf("two", "two");
    if (shared) {
      other.grantRead(RAG);
      expect(() => Template.of(stack)).toThrow("VectorNamesTaken");
    } else {
      expect(() => Template.of(stack)).not.toThrow();
    }
  });

  test("two stores of one name in one cluster", () => {
    const stack = kubernetesStack();
    store({ createNamespace: false }, stack);
    new (store({}, kubernetesStack()).constructor as Any)(stack, "other", {
      site: FRANKFURT,
      namePrefix: "acme",
      engine: "qdrant",
      collections: [docs()],
      createNamespace: false,
    });
    expect(() => Template.of(stack)).toThrow("VectorNamesTaken");
  });
});

test("operators of the engines, each only if it is needed", () => {
  const stack = kubernetesStack();
  const all = new KubernetesVectorOperators(stack, "all", { engines: ["qdrant", "milvus", "pgvector"] });
  expect([all.certManager, all.cloudNativePg, all.milvusOperator].every(Boolean)).toBe(true);
  const one = new KubernetesVectorOperators(kubernetesStack(), "one", {
    engines: ["pgvector"],
    cloudNativePg: false,
  });
  expect([one.certManager, one.cloudNativePg, one.milvusOperator]).toEqual([undefined, undefined, undefined]);
});
