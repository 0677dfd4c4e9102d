import { type NewRookObjectStoreProps, ObjectStore } from "../../../lib/lakehouse/kubernetes/object-store";
import { captureValidationError } from "../../../lib/testing";
import { files, lakehouse, objects, synthesized } from "./support";

const newRook = (props: Partial<NewRookObjectStoreProps> = {}) =>
  ObjectStore.newRook({ deviceFilter: "^nvme1n1$", ...props });

function bucketConfig(template: ReturnType<typeof synthesized>) {
  return JSON.parse(files(template, "acme-lake-buckets")["config.json"] ?? "{}");
}

describe("an existing Rook object store", () => {
  test("gives one protected bucket per zone by a claim", () => {
    const template = synthesized();
    const claims = objects(template, "ObjectBucketClaim");
    expect(Object.keys(claims).sort()).toEqual(["acme-lake-zone-curated", "acme-lake-zone-raw"]);
    expect(claims["acme-lake-zone-raw"]?.spec).toEqual({
      bucketName: "acme-lake-raw",
      storageClassName: "rook-bucket",
    });
    expect(template.resource("kubernetes_manifest", "bucket-raw")).toMatchObject({
      lifecycle: { prevent_destroy: true },
      wait: { fields: { "status.phase": "Bound" } },
    });
    expect(Object.keys(objects(template, "CephCluster"))).toEqual([]);
    expect(template.count("kubernetes_storage_class_v1")).toBe(0);
  });

  test("keeps its Secrets apart from those of the lakehouse, whatever the zones are called", () => {
    const zones = ["keys", "tables", "buckets", "make-keys", "warehouses", "maintenance"].map((name) => ({
      name,
    }));
    const template = synthesized({ zones });
    const own = Object.values(template.resources("kubernetes_config_map_v1")).map(
      ({ metadata }) => (metadata as { name: string }).name,
    );
    const claimed = Object.keys(objects(template, "ObjectBucketClaim"));
    expect(claimed).toHaveLength(zones.length);
    expect([...own, "acme-lake-keys"].filter((name) => claimed.includes(name))).toEqual([]);
  });

  test("is reached at its gateway, or where the user says", () => {
    expect(bucketConfig(synthesized()).endpoint).toBe("http://rook-ceph-rgw-s3.rook-ceph.svc");
    const store = ObjectStore.rook({
      storageClassName: "b",
      objectStore: { name: "s3", namespace: "ceph" },
      endpoint: "https://s3.internal",
      region: "fra",
    });
    const config = bucketConfig(synthesized({ objectStore: store }));
    expect([config.endpoint, config.region]).toEqual(["https://s3.internal", "fra"]);
  });

  test("warns where engines reach it without TLS", () => {
    const lake = lakehouse();
    const warnings = lake.storage.node.metadata.map(({ data }) => String(data));
    expect(warnings).toEqual([expect.stringContaining("[PlainHttpObjectStore]")]);
    const secure = ObjectStore.rook({
      storageClassName: "b",
      objectStore: { name: "s3" },
      endpoint: "https://s3",
    });
    expect(lakehouse({ objectStore: secure }).storage.node.metadata).toEqual([]);
  });

  test("publishes events of each bucket to Kafka, over TLS unless switched off", () => {
    const store = (tls?: boolean) =>
      ObjectStore.rook({
        storageClassName: "b",
        objectStore: { name: "s3" },
        eventsTo: { kafka: { uri: "kafka://kafka.streaming.svc:9093", tls } },
      });
    const template = synthesized({ objectStore: store() });
    expect(objects(template, "CephBucketTopic")["acme-lake-raw"]?.spec).toEqual({
      objectStoreName: "s3",
      objectStoreNamespace: "rook-ceph",
      persistent: true,
      endpoint: { kafka: { uri: "kafka://kafka.streaming.svc:9093", useSSL: true, ackLevel: "broker" } },
    });
    expect(objects(template, "CephBucketNotification")["acme-lake-raw"]?.spec).toEqual({
      topic: "acme-lake-raw",
      events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    });
    expect(objects(template, "ObjectBucketClaim")["acme-lake-zone-raw"]?.metadata.labels).toMatchObject({
      "bucket-notification-acme-lake-raw": "acme-lake-raw",
    });
    const plain = objects(synthesized({ objectStore: store(false) }), "CephBucketTopic");
    expect(plain["acme-lake-raw"]?.spec.endpoint.kafka.useSSL).toBe(false);
  });

  test("publishes events to an HTTP endpoint", () => {
    const store = ObjectStore.rook({
      storageClassName: "b",
      objectStore: { name: "s3" },
      eventsTo: { http: { uri: "https://events.example.com" } },
    });
    const topics = objects(synthesized({ objectStore: store, dataEvents: true }), "CephBucketTopic");
    expect(topics["acme-lake-raw"]?.spec.endpoint).toEqual({ http: { uri: "https://events.example.com" } });
    expect(Object.keys(objects(synthesized(), "CephBucketTopic"))).toEqual([]);
  });

  test("keeps the label of a notification within 63 characters", () => {
    const store = ObjectStore.rook({
      storageClassName: "b",
      objectStore: { name: "s3" },
      eventsTo: { http: { uri: "https://events" } },
    });
    const namePrefix = `p${"x".repeat(46)}e`;
    const zones = [{ name: "curated" }];
    const claims = objects(synthesized({ objectStore: store, namePrefix, zones }), "ObjectBucketClaim");
    const labels = Object.values(claims)[0]?.metadata.labels ?? {};
    const label = Object.keys(labels).find((key) => key.startsWith("bucket-notification-")) ?? "";
    expect(label.length).toBeLessThanOrEqual(63);
    expect(label).toBe(`bucket-notification-${labels[label]}`);
    expect(
      Object.keys(objects(synthesized({ objectStore: store, namePrefix, zones }), "CephBucketNotification")),
    ).toEqual([labels[label]]);
  });
});

describe("a new Rook object store", () => {
  test("is a Ceph cluster of the named devices only, encrypted at rest and in transit", () => {
    const template = synthesized({ objectStore: newRook() });
    expect(objects(template, "CephCluster")["rook-ceph"]?.spec).toMatchObject({
      cephVersion: { image: "quay.io/ceph/ceph:v20.2.4" },
      mon: { count: 3, allowMultiplePerNode: false },
      network: { connections: { requireMsgr2: true, encryption: { enabled: true } } },
      storage: {
        useAllNodes: true,
        useAllDevices: false,
        deviceFilter: "^nvme1n1$",
        config: { encryptedDevice: "true" },
      },
    });
    expect(template.resource("kubernetes_manifest", "ceph_cluster").lifecycle).toEqual({
      prevent_destroy: true,
    });
    expect(template.resource("kubernetes_manifest", "ceph_object-store").lifecycle).toEqual({
      prevent_destroy: true,
    });
  });

  test("is not the first to go when a node is full, and does not fill it", () => {
    const template = synthesized({ objectStore: newRook() });
    expect(objects(template, "CephCluster")["rook-ceph"]?.spec).toMatchObject({
      priorityClassNames: {
        mon: "system-node-critical",
        osd: "system-node-critical",
        mgr: "system-cluster-critical",
      },
      resources: {
        mon: { requests: { cpu: "1", memory: "1Gi" } },
        mgr: { requests: { cpu: "500m", memory: "512Mi" } },
        osd: { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "6Gi" } },
      },
    });
    expect(objects(template, "CephObjectStore").lakehouse?.spec.gateway).toMatchObject({
      priorityClassName: "system-cluster-critical",
      resources: { requests: { cpu: "1", memory: "1Gi" } },
    });
  });

  test("has a storage class that keeps buckets, which the claims use", () => {
    const template = synthesized({ objectStore: newRook({ rookNamespace: "ceph" }) });
    expect(template.resource("kubernetes_storage_class_v1")).toMatchObject({
      metadata: { name: "acme-lake-buckets" },
      storage_provisioner: "ceph.ceph.rook.io/bucket",
      reclaim_policy: "Retain",
      parameters: { objectStoreName: "lakehouse", objectStoreNamespace: "ceph" },
    });
    expect(objects(template, "ObjectBucketClaim")["acme-lake-zone-raw"]?.spec.storageClassName).toBe(
      "acme-lake-buckets",
    );
  });

  test("takes every setting", () => {
    const store = newRook({
      replicas: 4,
      gateways: 3,
      encryptDevices: false,
      encryptTraffic: false,
      cephImage: "quay.io/ceph/ceph:v19.2.3",
    });
    const template = synthesized({ objectStore: store });
    const cluster = objects(template, "CephCluster")["rook-ceph"]?.spec;
    expect(cluster.storage.config.encryptedDevice).toBe("false");
    expect(cluster.network.connections.encryption.enabled).toBe(false);
    expect(cluster.cephVersion.image).toBe("quay.io/ceph/ceph:v19.2.3");
    const objectStore = objects(template, "CephObjectStore").lakehouse?.spec;
    expect(objectStore.dataPool).toEqual({ failureDomain: "host", replicated: { size: 4 } });
    expect(objectStore.gateway.instances).toBe(3);
    expect(objectStore.preservePoolsOnDelete).toBe(true);
  });

  test("can save space by erasure coding", () => {
    const store = newRook({ erasureCoding: { dataChunks: 4, codingChunks: 2 } });
    const objectStore = objects(synthesized({ objectStore: store }), "CephObjectStore").lakehouse?.spec;
    expect(objectStore.dataPool).toEqual({
      failureDomain: "host",
      erasureCoded: { dataChunks: 4, codingChunks: 2 },
    });
    expect(objectStore.metadataPool.replicated.size).toBe(3);
  });

  test("logs operations unless access logs are off", () => {
    const gateway = (accessLogs?: boolean) =>
      objects(synthesized({ objectStore: newRook(), accessLogs }), "CephObjectStore").lakehouse?.spec.gateway;
    expect(gateway()).toHaveProperty("opsLogSidecar");
    expect(gateway(true)).toHaveProperty("opsLogSidecar");
    expect(gateway(false)).not.toHaveProperty("opsLogSidecar");
  });

  test("encrypts objects with customer keys in Vault", () => {
    const customerKeys = { address: "https://vault.example.com", tokenSecretName: "rgw-vault" };
    const template = synthesized({ objectStore: newRook({ customerKeys }) });
    expect(objects(template, "CephObjectStore").lakehouse?.spec.security).toEqual({
      s3: {
        connectionDetails: {
          KMS_PROVIDER: "vault",
          VAULT_ADDR: "https://vault.example.com",
          VAULT_BACKEND_PATH: "transit",
          VAULT_SECRET_ENGINE: "transit",
        },
        tokenSecretName: "rgw-vault",
      },
    });
    expect(bucketConfig(template).buckets[0].encrypted).toBe(true);
    const other = newRook({ customerKeys: { ...customerKeys, transitPath: "lake" } });
    const spec = objects(synthesized({ objectStore: other }), "CephObjectStore").lakehouse?.spec;
    expect(spec.security.s3.connectionDetails.VAULT_BACKEND_PATH).toBe("lake");
  });

  test.each<[string, Partial<NewRookObjectStoreProps>, readonly string[]]>([
    ["no devices", { deviceFilter: "" }, ["MissingValue"]],
    ["two copies", { replicas: 2 }, ["TooFewReplicas"]],
    [
      "copies and erasure coding",
      { replicas: 3, erasureCoding: { dataChunks: 4, codingChunks: 2 } },
      ["ContradictingOptions"],
    ],
    [
      "chunks out of range",
      { erasureCoding: { dataChunks: 1, codingChunks: 0 } },
      ["NumberOutOfRange", "NumberOutOfRange"],
    ],
    ["no gateway", { gateways: 0 }, ["NumberOutOfRange"]],
    [
      "a Vault without TLS",
      { customerKeys: { address: "http://vault", tokenSecretName: "t" } },
      ["PlainHttpEndpoint"],
    ],
    [
      "customer keys that encrypt nothing",
      { defaultEncryption: false, customerKeys: { address: "https://vault", tokenSecretName: "t" } },
      ["ContradictingOptions"],
    ],
    ["an event endpoint that is none", { eventsTo: {} }, ["MissingValue"]],
    [
      "two event endpoints",
      { eventsTo: { kafka: { uri: "kafka://k" }, http: { uri: "https://h" } } },
      ["ContradictingOptions"],
    ],
    ["events over plain HTTP", { eventsTo: { http: { uri: "http://h" } } }, ["InvalidEndpoint"]],
    ["a Kafka without scheme", { eventsTo: { kafka: { uri: "k:9092" } } }, ["InvalidEndpoint"]],
  ])("is refused with %s", (_name, props, expected) => {
    expect(captureValidationError(() => newRook(props)).codes).toEqual(expected);
  });
});

describe("an S3-compatible object store", () => {
  test("is used with the buckets and the Secret that exist", () => {
    const store = ObjectStore.s3Compatible({
      endpoint: "https://s3.example.com:9000",
      credentialsSecret: { name: "k", accessKeyIdKey: "id", secretAccessKeyKey: "secret" },
      buckets: { raw: "incoming" },
    });
    const template = synthesized({ objectStore: store });
    expect(Object.keys(objects(template, "ObjectBucketClaim"))).toEqual([]);
    expect(bucketConfig(template).buckets.map((bucket: { name: string }) => bucket.name)).toEqual([
      "acme-lake-curated",
      "incoming",
    ]);
    const job = template.resource("kubernetes_job_v1", "storage_configuration");
    expect(JSON.stringify(job)).toContain('"secret_key_ref":{"key":"id","name":"k"}');
    expect(JSON.stringify(job)).toContain('"secret_key_ref":{"key":"secret","name":"k"}');
  });

  test.each([
    ["plain HTTP", { endpoint: "http://s3" }, ["PlainHttpEndpoint"]],
    ["a path in its address", { endpoint: "https://s3/path" }, ["InvalidEndpoint"]],
    ["no Secret", { credentialsSecret: { name: "" } }, ["MissingValue"]],
  ])("is refused with %s", (_name, props, expected) => {
    const base = { endpoint: "https://s3", credentialsSecret: { name: "k" } };
    expect(captureValidationError(() => ObjectStore.s3Compatible({ ...base, ...props })).codes).toEqual(
      expected,
    );
  });

  test("offers short-lived keys if it has STS", () => {
    const config = (sts?: boolean) => {
      const store = ObjectStore.s3Compatible({
        endpoint: "https://s3",
        credentialsSecret: { name: "k" },
        sts,
      });
      const text = files(synthesized({ objectStore: store }), "acme-lake-warehouses")["config.json"];
      return JSON.parse(text ?? "{}").stsEnabled;
    };
    expect([config(), config(true)]).toEqual([false, true]);
  });
});

describe("the settings of buckets", () => {
  test("keep old versions for 30 days, expire and move objects as declared", () => {
    const store = ObjectStore.rook({
      storageClassName: "b",
      objectStore: { name: "s3" },
      tierClasses: { warm: "STANDARD_IA", cold: "COLD", archive: "TAPE" },
      defaultEncryption: true,
    });
    const zones = [
      {
        name: "raw",
        retentionDays: 400,
        tiering: { warmAfterDays: 30, coldAfterDays: 90, archiveAfterDays: 365 },
      },
    ];
    const config = bucketConfig(synthesized({ objectStore: store, zones, noncurrentVersionDays: 10 }));
    expect(config.buckets).toEqual([
      {
        name: "acme-lake-raw",
        accessKeyEnv: "RAW_ACCESS_KEY",
        secretKeyEnv: "RAW_SECRET_KEY",
        encrypted: true,
        noncurrentVersionDays: 10,
        retentionDays: 400,
        transitions: [
          { tier: "warm", days: 30, storageClass: "STANDARD_IA" },
          { tier: "cold", days: 90, storageClass: "COLD" },
          { tier: "archive", days: 365, storageClass: "TAPE" },
        ],
      },
    ]);
    expect(bucketConfig(synthesized()).buckets[1]).toEqual({
      name: "acme-lake-raw",
      accessKeyEnv: "RAW_ACCESS_KEY",
      secretKeyEnv: "RAW_SECRET_KEY",
      encrypted: false,
      noncurrentVersionDays: 30,
      transitions: [],
    });
  });

  test("are set only when the buckets are there", () => {
    const job = synthesized().resource("kubernetes_job_v1", "storage_configuration");
    expect((job.depends_on as string[]).filter((address) => address.includes("storage_bucket"))).toHaveLength(
      2,
    );
  });
});
