import { TerraformVariable, Token } from "cdktf";
import { KubernetesLakehouse } from "../../../lib/lakehouse/kubernetes/lakehouse";
import type { KubernetesLakehouseProps } from "../../../lib/lakehouse/kubernetes/props";
import type { FederatedAccess, ForeignCatalog } from "../../../lib/lakehouse/sharing";
import { captureValidationError, Template } from "../../../lib/testing";
import {
  ANALYST,
  FRANKFURT,
  files,
  helmValues,
  kubernetesStack,
  lakehouse,
  objects,
  ROOK,
  synthesized,
} from "./support";

const AWS: FederatedAccess = { kind: "aws", roleArn: "arn:aws:iam::123456789012:role/query" };
const GOOGLE: FederatedAccess = {
  kind: "google",
  serviceAccount: "query@acme-ai.iam.gserviceaccount.com",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/fra",
};
const GLUE: ForeignCatalog = {
  name: "ireland_curated",
  endpoint: { kind: "glue", region: "eu-west-1", database: "curated", location: "s3://acme-curated" },
  access: AWS,
};
const BIGQUERY: ForeignCatalog = {
  name: "eemshaven_curated",
  endpoint: {
    kind: "bigquery",
    project: "acme-ai",
    location: "europe-west4",
    dataset: "curated",
    warehouse: "gs://acme-curated",
  },
  access: GOOGLE,
};
const REST: ForeignCatalog = {
  name: "paris_curated",
  endpoint: { kind: "iceberg-rest", uri: "https://catalog.paris", warehouse: "curated", namespace: "main" },
};

const trino = (props: Partial<KubernetesLakehouseProps> = {}) =>
  helmValues(synthesized(props), "acme-lake-trino");

describe("Trino", () => {
  test("has one catalogue per zone, with keys from the environment, and none of the chart's own", () => {
    const values = trino();
    expect(Object.keys(values.catalogs).sort()).toEqual(["curated", "raw", "tpcds", "tpch"]);
    expect([values.catalogs.tpch, values.catalogs.tpcds]).toEqual([null, null]);
    expect(values.catalogs.curated.trimEnd().split("\n")).toEqual([
      "connector.name=iceberg",
      "iceberg.catalog.type=rest",
      "iceberg.rest-catalog.uri=http://acme-lake-lakekeeper.acme-lake.svc:8181/catalog",
      "iceberg.rest-catalog.warehouse=curated",
      "iceberg.expire-snapshots.min-retention=1d",
      "fs.native-s3.enabled=true",
      "s3.endpoint=http://rook-ceph-rgw-s3.rook-ceph.svc",
      "s3.region=us-east-1",
      "s3.path-style-access=true",
      "s3.aws-access-key=${ENV:CURATED_ACCESS_KEY}",
      "s3.aws-secret-key=${ENV:CURATED_SECRET_KEY}",
    ]);
    expect(values.env).toContainEqual({
      name: "CURATED_SECRET_KEY",
      valueFrom: { secretKeyRef: { name: "acme-lake-zone-curated", key: "AWS_SECRET_ACCESS_KEY" } },
    });
  });

  test("writes hyphens of zones as underscores", () => {
    const values = trino({ zones: [{ name: "ad-events" }] });
    expect(values.catalogs.ad_events).toContain("iceberg.rest-catalog.warehouse=ad-events\n");
    expect(values.catalogs.ad_events).toContain("${ENV:AD_EVENTS_ACCESS_KEY}");
  });

  test("lets in only who shows a token of the cluster that is meant for it, over TLS", () => {
    expect(trino().server.coordinatorExtraConfig.split("\n")).toEqual([
      "http-server.https.enabled=true",
      "http-server.https.port=8443",
      "http-server.https.keystore.path=/var/run/trino-tls/tls-combined.pem",
      "http-server.authentication.type=JWT",
      "http-server.authentication.jwt.key-file=https://oidc.example.com/fra/openid/v1/jwks",
      "http-server.authentication.jwt.required-issuer=https://oidc.example.com/fra",
      "http-server.authentication.jwt.required-audience=acme-lake-trino",
      "web-ui.enabled=false",
    ]);
    const jwksUri = "https://keys.example.com";
    expect(trino({ query: { jwksUri } }).server.coordinatorExtraConfig).toContain(
      `jwt.key-file=${jwksUri}\n`,
    );
    expect(trino().additionalConfigProperties).toEqual([
      "internal-communication.shared-secret=${ENV:TRINO_SHARED_SECRET}",
    ]);
  });

  test("denies what no rule allows", () => {
    expect(trino().accessControl).toEqual({
      type: "properties",
      properties:
        "access-control.name=file\nsecurity.config-file=/etc/trino-rules/rules.json\nsecurity.refresh-period=30s",
    });
    const rules = JSON.parse(files(synthesized(), "acme-lake-trino-rules")["rules.json"] ?? "{}");
    expect(rules.catalogs.at(-1)).toEqual({ allow: "none" });
    expect(rules.schemas.at(-1)).toEqual({ owner: false });
    expect(rules.tables.at(-1)).toEqual({ privileges: [] });
  });

  test("has two workers of 16 GiB, three quarters of it heap", () => {
    const values = trino();
    expect(values.server.workers).toBe(2);
    expect(values.server.config.query.maxMemory).toBe("12288MB");
    for (const node of [values.coordinator, values.worker]) {
      expect(node).toMatchObject({
        jvm: { maxHeapSize: "12288M" },
        config: { memory: { heapHeadroomPerNode: "3686MB" }, query: { maxMemoryPerNode: "6144MB" } },
        resources: { requests: { cpu: "4", memory: "16Gi" }, limits: { memory: "16Gi" } },
      });
    }
    const large = trino({ query: { workers: 5, memory: "64Gi", cpus: 16 } });
    expect(large.server.workers).toBe(5);
    expect(large.worker.jvm.maxHeapSize).toBe("49152M");
    expect(large.worker.resources.requests).toEqual({ cpu: "16", memory: "64Gi" });
    expect(large.server.config.query.maxMemory).toBe("122880MB");
  });

  test("is reached at a service of its own and keeps all but one worker during disruptions", () => {
    const template = synthesized();
    expect(template.resource("kubernetes_service_v1")).toMatchObject({
      metadata: { name: "acme-lake-trino-query", namespace: "acme-lake" },
      spec: {
        selector: {
          "app.kubernetes.io/component": "coordinator",
          "app.kubernetes.io/instance": "acme-lake-trino",
          "app.kubernetes.io/name": "trino",
        },
        port: [{ name: "https", port: 8443, target_port: "8443", protocol: "TCP" }],
      },
    });
    expect(template.resource("kubernetes_pod_disruption_budget_v1").spec).toMatchObject({
      max_unavailable: "1",
    });
  });
});

describe("Trino's certificate", () => {
  test("comes from an authority in the namespace", () => {
    const template = synthesized();
    expect(Object.keys(objects(template, "Issuer")).sort()).toEqual([
      "acme-lake-ca",
      "acme-lake-self-signed",
    ]);
    expect(objects(template, "Certificate")["acme-lake-trino"]?.spec).toMatchObject({
      secretName: "acme-lake-trino-tls",
      dnsNames: ["acme-lake-trino-query.acme-lake.svc", "acme-lake-trino-query.acme-lake.svc.cluster.local"],
      additionalOutputFormats: [{ type: "CombinedPEM" }],
      issuerRef: { name: "acme-lake-ca", kind: "Issuer" },
    });
  });

  test("comes from an issuer of the user", () => {
    const issuer = (kind?: "Issuer") => {
      const template = synthesized({ query: { certificateIssuer: { name: "corporate", kind } } });
      expect(Object.keys(objects(template, "Issuer"))).toEqual([]);
      return objects(template, "Certificate")["acme-lake-trino"]?.spec.issuerRef;
    };
    expect(issuer()).toEqual({ name: "corporate", kind: "ClusterIssuer" });
    expect(issuer("Issuer")).toEqual({ name: "corporate", kind: "Issuer" });
  });
});

const TOKEN = Token.asString({ resolve: () => "text" });

describe("foreign catalogues", () => {
  test("of AWS are read with the pod's own token, without a key", () => {
    const values = trino({ foreignCatalogs: [GLUE] });
    expect(values.catalogs.ireland_curated.trimEnd().split("\n")).toEqual([
      "connector.name=iceberg",
      "iceberg.catalog.type=glue",
      "hive.metastore.glue.region=eu-west-1",
      "hive.metastore.glue.use-web-identity-token-credentials-provider=true",
      "iceberg.security=read_only",
      "fs.native-s3.enabled=true",
      "s3.region=eu-west-1",
      "s3.use-web-identity-token-credentials-provider=true",
    ]);
    expect(values.env).toContainEqual({
      name: "AWS_ROLE_ARN",
      value: "arn:aws:iam::123456789012:role/query",
    });
    expect(values.worker.additionalVolumes).toContainEqual({
      name: "aws-token",
      projected: {
        sources: [
          { serviceAccountToken: { audience: "sts.amazonaws.com", expirationSeconds: 3600, path: "token" } },
        ],
      },
    });
  });

  test("of Google are read with the pod's own token, by a credential configuration without secrets", () => {
    const template = synthesized({ foreignCatalogs: [BIGQUERY] });
    const values = helmValues(template, "acme-lake-trino");
    expect(values.catalogs.eemshaven_curated.trimEnd().split("\n")).toEqual([
      "connector.name=bigquery",
      "bigquery.project-id=acme-ai",
      "bigquery.parent-project-id=acme-ai",
      "bigquery.credentials-file=/etc/google-eemshaven_curated/credential.json",
    ]);
    const configuration = files(template, "acme-lake-trino-google-eemshaven-curated")["credential.json"];
    expect(JSON.parse(configuration ?? "")).toEqual({
      type: "external_account",
      audience: GOOGLE.audience,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: "https://sts.googleapis.com/v1/token",
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${GOOGLE.serviceAccount}:generateAccessToken`,
      credential_source: {
        file: "/var/run/secrets/google-eemshaven_curated/token",
        format: { type: "text" },
      },
    });
    expect(JSON.stringify(values.coordinator.additionalVolumes)).toContain(`"audience":"${GOOGLE.audience}"`);
  });

  test("of Google have a credential configuration that no quote or template can break", () => {
    const access: FederatedAccess = { kind: "google", serviceAccount: 'a"b%{if}', audience: '//x"\\${y}' };
    const template = synthesized({ foreignCatalogs: [{ ...BIGQUERY, access }] });
    const { data } = template.resource("kubernetes_config_map_v1", "google-eemshaven_curated");
    const text = (data as Record<string, string>)["credential.json"] ?? "";
    expect(text).not.toMatch(/(?<!\$)\$\{|(?<!%)%\{/);
    const read = JSON.parse(text.replaceAll("$${", "${").replaceAll("%%{", "%{"));
    expect(read.audience).toBe('//x"\\${y}');
    expect(read.service_account_impersonation_url).toContain('/a"b%{if}:generateAccessToken');
  });

  test("of other clusters are read with the keys that they give out", () => {
    expect(trino({ foreignCatalogs: [REST] }).catalogs.paris_curated).toContain(
      "iceberg.rest-catalog.uri=https://catalog.paris\niceberg.rest-catalog.warehouse=curated\niceberg.rest-catalog.vended-credentials-enabled=true",
    );
  });

  test("may have addresses and roles that only Terraform knows", () => {
    const stack = kubernetesStack();
    const uri = new TerraformVariable(stack, "uri", { type: "string" });
    const role = new TerraformVariable(stack, "role", { type: "string" });
    const endpoint = { ...REST.endpoint, uri: uri.stringValue } as ForeignCatalog["endpoint"];
    // Every read of an attribute is another token of the same role.
    const access = (): FederatedAccess => ({ kind: "aws", roleArn: role.stringValue });
    const glue = [
      { ...GLUE, access: access() },
      { ...GLUE, name: "ireland_raw", access: access() },
    ];
    lakehouse({ foreignCatalogs: [{ name: "paris_curated", endpoint }, ...glue] }, stack);
    const [values] = Template.of(stack).resource("helm_release", "trino").values as [string];
    expect(values).toContain('join("=", ["iceberg.rest-catalog.uri", var.uri])');
    expect(values).toContain('{"name":"AWS_ROLE_ARN","value":${jsonencode(var.role)}}');
  });

  test("can be read only by whom it is granted to", () => {
    const stack = kubernetesStack();
    const lake = lakehouse({ foreignCatalogs: [REST] }, stack);
    expect(lake.grantForeignRead("paris_curated", ANALYST).resources).toEqual([lake.query.rules]);
    const rules = JSON.parse(files(Template.of(stack), "acme-lake-trino-rules")["rules.json"] ?? "{}");
    const user = "system:serviceaccount:bi:dashboards";
    expect(rules.catalogs).toContainEqual({ user, catalog: "paris_curated", allow: "read-only" });
    expect(rules.tables).toContainEqual({ user, catalog: "paris_curated", privileges: ["SELECT"] });
  });

  test.each<[string, readonly ForeignCatalog[], readonly string[]]>([
    ["glue without an AWS role", [{ ...GLUE, access: undefined }], ["UnsupportedShare"]],
    ["bigquery with an AWS role", [{ ...BIGQUERY, access: AWS }], ["UnsupportedShare"]],
    ["a credential that Trino would not send", [{ ...REST, access: GOOGLE }], ["UnsupportedShare"]],
    ["a name that Trino forbids", [{ ...REST, name: "paris-curated" }], ["InvalidName"]],
    ["the name of a zone", [{ ...REST, name: "curated" }], ["DuplicateValue"]],
    [
      "two AWS roles, because a pod has one identity",
      [
        GLUE,
        { ...GLUE, name: "other", access: { kind: "aws", roleArn: "arn:aws:iam::123456789012:role/b" } },
      ],
      ["UnsupportedShare"],
    ],
  ])("are refused with %s", (_name, foreignCatalogs, expected) => {
    const make = () =>
      new KubernetesLakehouse(kubernetesStack(), "lake", {
        site: FRANKFURT,
        namePrefix: "acme-lake",
        objectStore: ROOK,
        foreignCatalogs,
        zones: [{ name: "curated" }],
      });
    expect(captureValidationError(make).codes).toEqual(expected);
  });

  test.each<[string, ForeignCatalog["endpoint"], FederatedAccess, readonly string[]]>([
    ["an unknown kind", { kind: "hive" } as never, GOOGLE, ["NotOneOf"]],
    ["a kind only Terraform knows", { kind: TOKEN } as never, GOOGLE, ["TokenNotAllowed"]],
    [
      "a region only Terraform knows",
      { kind: "glue", region: TOKEN, database: "d", location: "s3://b" },
      { kind: "aws", roleArn: TOKEN },
      ["TokenNotAllowed"],
    ],
    [
      "a project and a location only Terraform knows",
      { kind: "bigquery", project: TOKEN, location: TOKEN, dataset: "d", warehouse: "gs://b" },
      GOOGLE,
      ["TokenNotAllowed", "TokenNotAllowed"],
    ],
    [
      "a region that says more",
      { kind: "glue", region: "eu-west-1\nx=y", database: "d", location: "s3://b" },
      { kind: "aws", roleArn: TOKEN },
      ["InvalidName"],
    ],
  ])("with %s are refused", (_name, endpoint, access, expected) => {
    const declare = () => lakehouse({ foreignCatalogs: [{ name: "x", endpoint, access }] });
    expect(captureValidationError(declare).codes).toEqual(expected);
  });

  test("of two databases may share one role", () => {
    expect(() => trino({ foreignCatalogs: [GLUE, { ...GLUE, name: "ireland_raw" }] })).not.toThrow();
  });
});
