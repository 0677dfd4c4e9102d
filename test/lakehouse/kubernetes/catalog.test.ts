import { files, helmValues, lakehouse, objects, synthesized } from "./support";

describe("the database of the catalogue", () => {
  test("has three instances, two of which hold a commit before it counts", () => {
    const template = synthesized();
    expect(objects(template, "Cluster")["acme-lake-catalog"]?.spec).toMatchObject({
      instances: 3,
      storage: { size: "20Gi" },
      bootstrap: { initdb: { database: "lakekeeper", owner: "lakekeeper" } },
      enableSuperuserAccess: false,
      enablePDB: true,
      postgresql: { synchronous: { method: "any", number: 1 } },
    });
    expect(template.resource("kubernetes_manifest", "catalog_database")).toMatchObject({
      lifecycle: { prevent_destroy: true },
      wait: { condition: [{ type: "Ready", status: "True" }] },
    });
  });

  test("can be one instance on a disk of the user's choice", () => {
    const catalog = { databaseInstances: 1, databaseStorage: "100Gi", databaseStorageClass: "nvme" };
    const { spec } = objects(synthesized({ catalog }), "Cluster")["acme-lake-catalog"] ?? { spec: undefined };
    expect(spec).toMatchObject({
      instances: 1,
      enablePDB: false,
      storage: { size: "100Gi", storageClass: "nvme" },
    });
    expect(spec).not.toHaveProperty("postgresql");
  });

  test("warns without a backup", () => {
    const warnings = lakehouse().catalog.node.metadata.map(({ data }) => String(data));
    expect(warnings).toEqual([expect.stringContaining("[CatalogWithoutBackup]")]);
  });

  test("is backed up through the Barman plugin, log and base", () => {
    const backup = { barmanObjectName: "offsite" };
    const template = synthesized({ catalog: { backup } });
    expect(objects(template, "Cluster")["acme-lake-catalog"]?.spec.plugins).toEqual([
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "offsite" },
      },
    ]);
    expect(objects(template, "ScheduledBackup")["acme-lake-catalog"]?.spec).toEqual({
      cluster: { name: "acme-lake-catalog" },
      schedule: "0 0 2 * * *",
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
      backupOwnerReference: "none",
      immediate: true,
    });
    const schedule = "0 30 4 * * *";
    const other = synthesized({ catalog: { backup: { ...backup, schedule } } });
    expect(objects(other, "ScheduledBackup")["acme-lake-catalog"]?.spec.schedule).toBe(schedule);
    expect(lakehouse({ catalog: { backup } }).catalog.node.metadata).toEqual([]);
  });
});

describe("Lakekeeper", () => {
  test("takes its credentials from Secrets that the cluster makes", () => {
    const values = helmValues(synthesized(), "acme-lake-lakekeeper");
    expect(values.externalDatabase).toEqual({
      type: "postgres",
      host_read: "acme-lake-catalog-rw.acme-lake.svc",
      host_write: "acme-lake-catalog-rw.acme-lake.svc",
      port: 5432,
      database: "lakekeeper",
      userSecret: "acme-lake-catalog-app",
      userSecretKey: "username",
      passwordSecret: "acme-lake-catalog-app",
      passwordSecretKey: "password",
    });
    expect(values.secretBackend.postgres).toEqual({
      encryptionKeySecret: "acme-lake-keys",
      encryptionKeySecretKey: "encryptionKey",
    });
    expect(values.postgresql).toEqual({ enabled: false });
    expect(values.catalog.config).toEqual({ LAKEKEEPER__PG_SSL_MODE: "require" });
  });

  test("has two replicas, one of which always stays", () => {
    expect(helmValues(synthesized(), "acme-lake-lakekeeper").catalog).toMatchObject({
      replicas: 2,
      podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
    });
    const single = helmValues(synthesized({ catalog: { replicas: 1 } }), "acme-lake-lakekeeper");
    expect(single.catalog).toMatchObject({ replicas: 1, podDisruptionBudget: { enabled: false } });
  });

  test("starts after its database and its keys", () => {
    const dependencies = synthesized().resource("helm_release", "lakekeeper").depends_on as string[];
    expect(dependencies.some((address) => address.includes("catalog_database"))).toBe(true);
    expect(
      dependencies.some((address) => address.startsWith("kubernetes_job_v1.") && address.includes("keys")),
    ).toBe(true);
  });
});

describe("the keys of the cluster", () => {
  test("are made in the cluster by an identity that may do nothing else", () => {
    const template = synthesized();
    expect(template.resource("kubernetes_role_v1", "keys").rule).toEqual([
      { api_groups: [""], resources: ["secrets"], verbs: ["create"] },
    ]);
    expect(JSON.parse(files(template, "acme-lake-make-keys")["config.json"] ?? "")).toEqual({
      secret: "acme-lake-keys",
      keys: ["encryptionKey", "sharedSecret"],
    });
  });
});

describe("the warehouses", () => {
  const config = (props: Parameters<typeof synthesized>[0] = {}) =>
    JSON.parse(files(synthesized(props), "acme-lake-warehouses")["config.json"] ?? "{}");

  test("are one per zone, with keys from the environment of the job", () => {
    expect(config()).toEqual({
      catalog: "http://acme-lake-lakekeeper.acme-lake.svc:8181",
      endpoint: "http://rook-ceph-rgw-s3.rook-ceph.svc",
      region: "us-east-1",
      stsEnabled: false,
      remoteSigningEnabled: false,
      warehouses: [
        {
          name: "curated",
          bucket: "acme-lake-curated",
          accessKeyEnv: "CURATED_ACCESS_KEY",
          secretKeyEnv: "CURATED_SECRET_KEY",
        },
        {
          name: "raw",
          bucket: "acme-lake-raw",
          accessKeyEnv: "RAW_ACCESS_KEY",
          secretKeyEnv: "RAW_SECRET_KEY",
        },
      ],
    });
  });

  test("sign requests of engines outside only if there is an address for them", () => {
    expect(config({ catalogUri: "https://catalog.example.com" }).remoteSigningEnabled).toBe(true);
  });
});
