import { Token } from "cdktf";
import { ALLOW_DESTROY_CONTEXT } from "../../../lib/core/removal-policy";
import { Identity } from "../../../lib/fabric/identity";
import { Residency } from "../../../lib/fabric/residency";
import { Site } from "../../../lib/fabric/site";
import { KubernetesLakehouse } from "../../../lib/lakehouse/kubernetes/lakehouse";
import { ObjectStore } from "../../../lib/lakehouse/kubernetes/object-store";
import type { KubernetesLakehouseProps } from "../../../lib/lakehouse/kubernetes/props";
import { captureValidationError, Template } from "../../../lib/testing";
import {
  ANALYST,
  BIDS,
  FRANKFURT,
  files,
  kubernetesStack,
  lakehouse,
  ROOK,
  S3,
  synthesized,
} from "./support";

const NEW_ROOK = ObjectStore.newRook({ deviceFilter: "^nvme1n1$" });

function codes(props: Partial<KubernetesLakehouseProps>): readonly string[] {
  return captureValidationError(() => lakehouse(props)).codes;
}

function rules(template: Template) {
  return JSON.parse(files(template, "acme-lake-trino-rules")["rules.json"] ?? "{}");
}

describe("a Kubernetes lakehouse", () => {
  test("makes a protected namespace in which only restricted pods run", () => {
    const namespace = synthesized().resource("kubernetes_namespace_v1");
    expect(namespace).toEqual({
      lifecycle: { prevent_destroy: true },
      metadata: {
        labels: {
          "app.kubernetes.io/part-of": "acme-lake",
          "pod-security.kubernetes.io/audit": "restricted",
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
        name: "acme-lake",
      },
    });
  });

  test("can use a namespace that is made elsewhere", () => {
    const template = synthesized({ namespace: "data", createNamespace: false });
    expect(template.count("kubernetes_namespace_v1")).toBe(0);
    expect(template.resource("kubernetes_service_v1").metadata).toMatchObject({ namespace: "data" });
  });

  test("runs every pod of its own as nobody, with a read-only root and a token only where it needs one", () => {
    const template = synthesized();
    const jobs = Object.values(template.resources("kubernetes_job_v1")) as {
      metadata: { name: string };
      spec: { template: { spec: { [key: string]: unknown; container: unknown[] } } };
    }[];
    expect(jobs.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{8}$/, "")).sort()).toEqual([
      "acme-lake-buckets",
      "acme-lake-make-keys",
      "acme-lake-tables",
      "acme-lake-warehouses",
    ]);
    for (const job of jobs) {
      const pod = job.spec.template.spec;
      expect(pod.security_context).toMatchObject({
        run_as_non_root: true,
        seccomp_profile: { type: "RuntimeDefault" },
      });
      expect(pod.container[0]).toMatchObject({
        security_context: {
          allow_privilege_escalation: false,
          read_only_root_filesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
      expect(pod.automount_service_account_token).toBe(job.metadata.name.includes("make-keys"));
    }
  });

  test("gives a job another name when what it does changes, and only then", () => {
    const jobName = (props: Partial<KubernetesLakehouseProps>) =>
      Object.values(synthesized(props).resources("kubernetes_job_v1"))
        .map(({ metadata }) => (metadata as { name: string }).name)
        .find((name) => name.startsWith("acme-lake-tables-"));
    const first = jobName({});
    expect(jobName({})).toBe(first);
    expect(jobName({ maintenanceSchedule: "0 5 * * *" })).toBe(first);
    const changed = { ...BIDS, columns: [...BIDS.columns, { name: "country", type: "string" }] };
    expect(jobName({ zones: [{ name: "raw" }, { name: "curated", tables: [changed] }] })).not.toBe(first);
  });

  test("may be destroyed only with both keys", () => {
    expect(codes({ removalPolicy: "destroy" })).toEqual(["RemovalNeedsTwoKeys"]);
    const stack = kubernetesStack({ [ALLOW_DESTROY_CONTEXT]: true });
    lakehouse({ removalPolicy: "destroy" }, stack);
    expect(Template.of(stack).text).not.toContain("prevent_destroy");
    const kept = kubernetesStack();
    lakehouse({}, kept);
    const protectedTypes = Object.entries(Template.of(kept).json.resource ?? {}).flatMap(
      ([type, resources]) =>
        Object.values(resources).flatMap((resource) => (resource.lifecycle ? [type] : [])),
    );
    expect(protectedTypes.sort()).toEqual([
      "kubernetes_manifest",
      "kubernetes_manifest",
      "kubernetes_manifest",
      "kubernetes_namespace_v1",
    ]);
  });

  test("is the same, whatever the order of grants", () => {
    const other = Identity.kubernetesServiceAccount("etl", { namespace: "etl", serviceAccount: "spark" });
    const synth = (grants: (lake: KubernetesLakehouse) => void) => {
      const stack = kubernetesStack();
      grants(lakehouse({}, stack));
      return Template.of(stack).text;
    };
    const one = synth((lake) => {
      lake.zone("curated").grantRead(ANALYST);
      lake.zone("raw").grantWrite(other);
    });
    const two = synth((lake) => {
      lake.zone("raw").grantWrite(other);
      lake.zone("curated").grantRead(ANALYST);
      lake.zone("curated").grantRead(ANALYST);
    });
    expect(two).toBe(one);
  });

  test("holds no secret: every credential is a reference that a pod resolves", () => {
    const template = synthesized({ objectStore: S3 });
    expect(template.text).not.toMatch(/"type":"kubernetes_secret/);
    expect(template.count("kubernetes_secret_v1")).toBe(0);
    expect(template.text).toContain("store-key");
  });

  test("names its zones' places", () => {
    const lake = lakehouse();
    expect(lake.zoneNames).toEqual(["curated", "raw"]);
    expect(lake.zone("curated").location).toBe("s3://acme-lake-curated");
    const buckets = { curated: "golden" };
    const credentialsSecret = { name: "k" };
    const store = ObjectStore.s3Compatible({ endpoint: "https://s3", credentialsSecret, buckets });
    expect(lakehouse({ objectStore: store }).zone("curated").location).toBe("s3://golden");
  });
});

const TOKEN = Token.asString({ resolve: () => "text" });

describe("what a Kubernetes lakehouse refuses", () => {
  test.each<[string, Partial<KubernetesLakehouseProps>, readonly string[]]>([
    ["access logs of a store that is not made here", { accessLogs: true }, ["UnsupportedByCatalog"]],
    [
      "a retention of access logs",
      { accessLogRetentionDays: 30, objectStore: NEW_ROOK },
      ["UnsupportedByCatalog"],
    ],
    ["data events without a place to send them", { dataEvents: true }, ["UnsupportedByCatalog"]],
    [
      "a tier that the store has no class for",
      { zones: [{ name: "raw", tiering: { warmAfterDays: 30, coldAfterDays: 60, archiveAfterDays: 90 } }] },
      ["UnsupportedByCatalog", "UnsupportedByCatalog", "UnsupportedByCatalog"],
    ],
    [
      "a column that Trino cannot make",
      {
        zones: [{ name: "raw", tables: [{ name: "t", columns: [{ name: "h", type: "list<fixed(16)>" }] }] }],
      },
      ["UnsupportedByCatalog"],
    ],
    [
      "a site whose tokens Trino cannot check",
      { site: Site.kubernetes("edge", { country: "DE", kubeconfig: { context: "e" } }) },
      ["MissingOidcIssuer"],
    ],
    ["keys over plain HTTP", { query: { jwksUri: "http://keys" } }, ["PlainHttpEndpoint"]],
    ["a catalogue over plain HTTP", { catalogUri: "http://catalog" }, ["PlainHttpEndpoint"]],
    [
      "networks of clients without an address for them",
      { catalogClientCidrs: ["10.0.0.0/8"] },
      ["ContradictingOptions"],
    ],
    ["a wrong network", { catalogUri: "https://c", catalogClientCidrs: ["10.0.0.1/8"] }, ["InvalidCidr"]],
    ["settings for copies that are not there", { copySettings: { executors: 3 } }, ["ContradictingOptions"]],
    ["a namespace that is no DNS label", { namespace: "Data" }, ["InvalidName"]],
    ["an unclear image", { jobImage: "python" }, ["InvalidName"]],
    ["a wrong schedule", { maintenanceSchedule: "daily" }, ["InvalidName"]],
    [
      "a wrong backup schedule",
      { catalog: { backup: { barmanObjectName: "b", schedule: "0 2 * * *" } } },
      ["InvalidName"],
    ],
    [
      "sizes out of range",
      {
        catalog: { databaseInstances: 0, replicas: 17, databaseStorage: "20" },
        query: { workers: 0, cpus: 0, memory: "16GB" },
      },
      [
        "NumberOutOfRange",
        "InvalidSize",
        "NumberOutOfRange",
        "NumberOutOfRange",
        "NumberOutOfRange",
        "InvalidSize",
      ],
    ],
    [
      "a token that decides the heap",
      { query: { memory: Token.asString({ resolve: () => "1Gi" }) } },
      ["TokenNotAllowed"],
    ],
    [
      "a token that decides how much memory a query may use",
      { query: { workers: Token.asNumber({ resolve: () => 3 }) } },
      ["TokenNotAllowed"],
    ],
    [
      "comments that a job could not be named after",
      {
        zones: [
          {
            name: "raw",
            tables: [{ name: "t", comment: TOKEN, columns: [{ name: "c", type: "long", comment: TOKEN }] }],
          },
        ],
      },
      ["TokenNotAllowed", "TokenNotAllowed"],
    ],
    [
      "a zone outside its residency",
      { residency: Residency.countries("FR") },
      ["ResidencyViolation", "ResidencyViolation"],
    ],
  ])("%s", (_name, props, expected) => {
    expect(codes(props)).toEqual(expected);
  });

  test("a bucket for a zone that is not there", () => {
    const store = ObjectStore.s3Compatible({
      endpoint: "https://s3",
      credentialsSecret: { name: "k" },
      buckets: { golden: "b" },
    });
    expect(codes({ objectStore: store })).toEqual(["UnknownZone"]);
  });

  test("events that are to be sent and not", () => {
    const store = ObjectStore.rook({
      storageClassName: "b",
      objectStore: { name: "s3" },
      eventsTo: { http: { uri: "https://events" } },
    });
    expect(codes({ objectStore: store, dataEvents: false })).toEqual(["ContradictingOptions"]);
  });

  test("nothing of the shared defaults that this site does not have", () => {
    expect(() => lakehouse({ accessLogs: false, dataEvents: false, objectStore: ROOK })).not.toThrow();
  });
});

describe("rights in a Kubernetes lakehouse", () => {
  test("are rules of Trino", () => {
    const stack = kubernetesStack();
    const lake = lakehouse({}, stack);
    const grant = lake
      .zone("curated")
      .table("bids")
      .grantRead(ANALYST, { columns: ["bid_id", "price"] });
    expect(grant.resources).toEqual([lake.query.rules]);
    expect(grant.access).toBeUndefined();
    expect(rules(Template.of(stack)).tables).toContainEqual({
      user: "system:serviceaccount:bi:dashboards",
      catalog: "curated",
      schema: "main",
      table: "bids",
      privileges: ["SELECT"],
      columns: [
        { name: "event_time", allow: false },
        { name: "ip_address", allow: false },
      ],
    });
  });

  test("are only for service accounts of clusters", () => {
    const lake = lakehouse();
    const role = Identity.awsRole("etl", "arn:aws:iam::123456789012:role/etl");
    expect(captureValidationError(() => lake.zone("raw").grantRead(role)).code).toBe("IdentityKindMismatch");
    expect(captureValidationError(() => lake.grantForeignRead("x", role)).codes).toEqual([
      "NotOneOf",
      "IdentityKindMismatch",
    ]);
  });

  test("on a copy whose columns are unknown include personal data knowingly, or not at all", () => {
    const lake = lakehouse({ zones: [{ name: "shared", copyOf: "ireland" }] });
    const error = captureValidationError(() => lake.zone("shared").grantRead(ANALYST));
    expect(error.code).toBe("ColumnGrantUnsupported");
    expect(lake.zone("shared").grantRead(ANALYST, { includePii: true }).resources).toHaveLength(1);
  });

  test("administrators may do everything, also stop queries", () => {
    const root = Identity.kubernetesServiceAccount("root", { namespace: "ops", serviceAccount: "root" });
    const text = rules(synthesized({ administrators: [root] }));
    const user = "system:serviceaccount:ops:root";
    expect(text.catalogs[0]).toEqual({ user, allow: "all" });
    expect(text.queries[0]).toEqual({ user, allow: ["execute", "kill", "view"] });
  });
});

describe("the catalogue of a Kubernetes lakehouse", () => {
  test("is known to other sites only by an address outside the cluster", () => {
    expect(captureValidationError(() => lakehouse().catalogEndpoint("raw")).code).toBe(
      "MissingCatalogEndpoint",
    );
    expect(lakehouse({ catalogUri: "https://catalog.example.com" }).catalogEndpoint("curated")).toEqual({
      kind: "iceberg-rest",
      uri: "https://catalog.example.com",
      warehouse: "curated",
      namespace: "main",
    });
    expect(captureValidationError(() => lakehouse().catalogEndpoint("golden")).code).toBe("UnknownZone");
  });

  test("tells who its engines are before it exists, for grants in clouds", () => {
    const names = { namePrefix: "acme-lake" };
    expect(KubernetesLakehouse.queryIdentity(FRANKFURT, names)).toEqual({
      kind: "kubernetes-service-account",
      name: "acme-lake-trino",
      namespace: "acme-lake",
      serviceAccount: "acme-lake-trino",
      issuer: "https://oidc.example.com/fra",
    });
    expect(KubernetesLakehouse.copyIdentity(FRANKFURT, { ...names, namespace: "data" })).toMatchObject({
      namespace: "data",
      serviceAccount: "acme-lake-spark",
    });
    const accounts = Object.values(synthesized().resources("kubernetes_service_account_v1"));
    expect(accounts.map(({ metadata }) => (metadata as { name: string }).name)).toContain("acme-lake-spark");
  });
});

describe("an adopted Kubernetes lakehouse", () => {
  const adopt = (extra: object = {}) =>
    KubernetesLakehouse.fromAttributes(kubernetesStack(), "lake", {
      site: FRANKFURT,
      namePrefix: "acme-lake",
      zones: [{ name: "curated", tables: [BIDS] }],
      buckets: { curated: "golden" },
      ...extra,
    });

  test("names its zones and its catalogue", () => {
    const lake = adopt({ catalogUri: "https://c" });
    expect(lake.zone("curated").location).toBe("s3://golden");
    expect(lake.catalogEndpoint("curated")).toMatchObject({ uri: "https://c", warehouse: "curated" });
  });

  test("gives no rights", () => {
    const error = captureValidationError(() => adopt().zone("curated").grantRead(ANALYST));
    expect(error.code).toBe("GrantNotApplicable");
  });

  test("needs the bucket of every zone", () => {
    expect(captureValidationError(() => adopt({ buckets: {} })).code).toBe("MissingValue");
    expect(captureValidationError(() => adopt().catalogEndpoint("curated")).code).toBe(
      "MissingCatalogEndpoint",
    );
  });
});
