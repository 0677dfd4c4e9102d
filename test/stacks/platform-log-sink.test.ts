import type { IConstruct } from "constructs";
import { Identity } from "../../lib";
import { AwsLakehouse } from "../../lib/aws";
import { decisionLogTable } from "../../lib/streaming";
import { captureValidationError, findTokenLeaks, type Template } from "../../lib/testing";
import type { HybridPlatform, PlatformLogTable } from "../../stacks";
import { ZONES } from "../features/fixture";
import { objects } from "../lakehouse/kubernetes/support";
import {
  addAwsCluster,
  addGoogleCluster,
  addLakehouse,
  awsNetwork,
  codes,
  googleNetwork,
  IRELAND,
  newPlatform,
  refusal,
  TOPICS,
  template,
} from "./data-fixture";
import { PROMETHEUS, WORKER } from "./worker-fixture";

const LOG = decisionLogTable({ name: "decision_log" });
const topics = (pii = true) => [
  ...TOPICS,
  { name: "seen", throughput: { messagesPerSecond: 10, meanBytes: 900 }, retentionHours: 168, pii },
];

const lakeAt = (platform: HybridPlatform, at: readonly string[], more = {}, table = LOG) =>
  addLakehouse(platform, at, {
    zones: [
      ...ZONES.map((zone) => ({ ...zone, at: [...at] })),
      { name: "raw", at: [...at], tables: [table] },
    ],
    ...more,
  });

const configOf = (found: Template, id: string) =>
  JSON.parse((found.resource("kubernetes_config_map_v1", id).data as Record<string, string>)["config.json"]!);

function frankfurt(change: Partial<PlatformLogTable> = {}, more = {}, table = LOG, pii = true) {
  const platform = newPlatform();
  const lakehouse = lakeAt(platform, ["frankfurt"], more, table);
  const stream = platform.addStream("events", {
    at: ["frankfurt"],
    topics: topics(pii),
    delivery: "exactly-once",
    kubernetes: { namespace: "bidding", createNamespace: false },
  });
  const log = { lakehouse, zone: "raw", table: "decision_log", includePii: true, ...change };
  const add = () =>
    platform.addInlineInference("scorer", {
      ...WORKER,
      at: "frankfurt",
      stream,
      log: { topic: "seen", sampleRate: 0.1, table: log },
      tracing: { collector: { service: "otlp", namespace: "monitoring" }, samplingPercent: 1 },
    });
  return { platform, lakehouse, stream, add };
}

describe("the log of a worker at a Kubernetes site", () => {
  const made = frankfurt();
  made.add();
  const workloads = template(made.platform, "frankfurt", "workloads");

  test("goes into the table of the lakehouse by Trino, as an identity of its own", () => {
    expect(configOf(workloads, "scorer-log")).toMatchObject({
      kafka: { groupId: "scorer-log" },
      input: { topics: ["seen"] },
      table: {
        kind: "trino",
        catalog: "raw",
        schema: "main",
        table: "decision_log",
        user: "system:serviceaccount:bidding:scorer-log",
        endpoint: expect.stringMatching(/^https:\/\/.+-trino-query\..+\.svc:8443$/),
      },
    });
  });

  test("is traced where the worker is, to the same collector", () => {
    const traced = { endpoint: "http://otlp.monitoring.svc:4318", sampleRate: 0.01 };
    expect(configOf(workloads, "scorer_").tracing).toEqual(traced);
    expect(configOf(workloads, "scorer-log").tracing).toEqual(traced);
  });

  test("has exactly the rights that takes: its topic, its group, its table", () => {
    const users = Object.entries(objects(workloads, "KafkaUser"));
    const [, user] = users.find(([name]) => name.endsWith("scorer-log"))!;
    const acls = user.spec.authorization.acls as { resource: { name: string }; operations: string[] }[];
    expect(acls.map(({ resource, operations }) => [resource.name, operations.join()])).toEqual([
      ["scorer-log", "Describe,Read"],
      ["seen", "Describe,Read"],
    ]);
    const rules = JSON.parse(
      (
        Object.values(workloads.resources("kubernetes_config_map_v1")).find(
          ({ data }) => (data as Record<string, string>)["rules.json"],
        )!.data as Record<string, string>
      )["rules.json"]!,
    );
    const mine = rules.tables.filter((rule: { user?: string }) => rule.user?.endsWith(":scorer-log"));
    expect(
      mine.map((rule: { table?: string; privileges: string[] }) => [rule.table, rule.privileges]),
    ).toEqual([
      ["decision_log", ["SELECT", "INSERT", "DELETE", "UPDATE"]],
      [undefined, ["SELECT"]],
    ]);
  });

  test("trusts Trino by the issuer of the lakehouse", () => {
    expect(objects(workloads, "Certificate")["scorer-log"]!.spec.issuerRef.name).toBe("company-ca");
  });

  test("is written as it is said", () => {
    const own = frankfurt({
      batch: { size: 5, lingerMs: 10 },
      statementTimeoutMs: 2_000,
      drainMs: 7,
      resources: { cpu: "2" },
      logLevel: "debug",
    });
    own.add();
    const found = template(own.platform, "frankfurt", "workloads");
    expect(configOf(found, "scorer-log")).toMatchObject({
      batch: { size: 5, lingerMs: 10 },
      statementTimeoutMs: 2_000,
      drainMs: 7,
      logLevel: "debug",
    });
    expect(JSON.stringify(found.resource("kubernetes_deployment_v1", "scorer-log"))).toContain('"cpu":"2"');
  });

  test("without a table nothing reads the topic", () => {
    const { platform, stream } = frankfurt();
    platform.addInlineInference("scorer", {
      ...WORKER,
      at: "frankfurt",
      stream,
      log: { topic: "seen", sampleRate: 0.1 },
    });
    expect(template(platform, "frankfurt", "workloads").text).not.toContain("log-sink");
  });

  test("needs to be told who signed Trino's certificate, where the lakehouse has an authority of its own", () => {
    const kubernetes = { objectStore: addOptions().objectStore };
    const none = frankfurt({}, { kubernetes });
    expect(codes(none.add)).toEqual(["MissingValue"]);
    expect(refusal(none.add)).toContain("log.table.ca");
    const ca = { namespace: "bidding", name: "lake-ca", key: "ca.crt" };
    const told = frankfurt({ ca }, { kubernetes });
    told.add();
    const found = template(told.platform, "frankfurt", "workloads");
    expect(JSON.stringify(found.resource("kubernetes_deployment_v1", "scorer-log"))).toContain("lake-ca");
    expect(codes(frankfurt({ ca }).add)).toEqual(["NoEffect"]);
  });

  test("is refused for a table that the sink cannot write, and personal data without the right", () => {
    const table = { ...LOG, columns: LOG.columns.slice(1) };
    expect(codes(frankfurt({}, {}, table).add)).toEqual(["LogTableDiffers"]);
    expect(codes(frankfurt({}, {}, decisionLogTable({ name: "decision_log", pii: false })).add)).toEqual([
      "LogTableDiffers",
      "LogTableDiffers",
      "LogTableDiffers",
      "LogTableDiffers",
    ]);
    expect(codes(frankfurt({ includePii: false }).add)).toEqual(["PiiTopicNotGranted"]);
    expect(codes(frankfurt({ zone: "none" }).add)).toEqual(["UnknownZone"]);
    expect(codes(frankfurt({ table: "none" }).add)).toEqual(["UnknownTable"]);
  });
});

function addOptions() {
  const { ObjectStore } = require("../../lib/kubernetes") as typeof import("../../lib/kubernetes");
  return { objectStore: ObjectStore.rook({ storageClassName: "rook-bucket", objectStore: { name: "s3" } }) };
}

describe("the log of a worker at a Google site", () => {
  const platform = newPlatform();
  addGoogleCluster(platform);
  const stream = platform.addStream("events", {
    at: ["eemshaven"],
    topics: topics(),
    google: { engine: "managed-kafka", network: googleNetwork(platform) },
  });
  const lakehouse = lakeAt(platform, ["eemshaven"], { google: { etl: false, partitioning: "time-unit" } });
  platform.addInlineInference("scorer", {
    ...WORKER,
    at: "eemshaven",
    stream,
    scale: PROMETHEUS,
    log: {
      topic: "seen",
      sampleRate: 0.1,
      table: { lakehouse, zone: "raw", table: "decision_log", includePii: true },
    },
  });
  const foundation = template(platform, "eemshaven", "foundation");
  const workloads = template(platform, "eemshaven", "workloads");

  test("goes into BigQuery as a service account that may query and write that table", () => {
    expect(configOf(workloads, "scorer-log").table).toMatchObject({
      kind: "bigquery",
      auth: { kind: "google" },
      table: "decision_log",
    });
    const roles = [
      ...Object.values(foundation.resources("google_project_iam_member")),
      ...Object.values(foundation.resources("google_bigquery_table_iam_member")),
    ].filter(({ member }) => String(member).includes("scorer-log"));
    expect(roles.map(({ role, table_id }) => [role, table_id === undefined]).sort()).toEqual([
      ["roles/bigquery.dataEditor", false],
      ["roles/bigquery.jobUser", true],
      ["roles/managedkafka.client", true],
    ]);
  });

  test("leaves no value of another stack behind", () => {
    expect(workloads.text).not.toContain("cross-stack-output");
    expect(findTokenLeaks(workloads.json)).toEqual([]);
  });

  test("grantQuery is for identities of Google and of clusters", () => {
    const part = lakehouse.at("eemshaven") as import("../../lib/google").GoogleLakehouse;
    const role = Identity.awsRole("r", "arn:aws:iam::111122223333:role/r");
    expect(codes(() => part.grantQuery(role))).toEqual(["IdentityKindMismatch"]);
    const account = Identity.googleServiceAccount("sa", "sa@acme-ai.iam.gserviceaccount.com");
    expect(part.grantQuery(account).resources).toEqual(part.grantQuery(account).resources);
  });
});

function ireland({ lake = {}, sampleRate = 0.02, meanBytes = 900 } = {}) {
  const platform = newPlatform();
  addAwsCluster(platform);
  const [bids, decisions, seen] = topics();
  const stream = platform.addStream("events", {
    at: ["ireland"],
    topics: [bids!, decisions!, { ...seen!, throughput: { messagesPerSecond: 10, meanBytes } }],
    aws: { engine: "msk-provisioned", network: awsNetwork(platform) },
  });
  const lakehouse = lakeAt(platform, ["ireland"], { aws: { tableOptimizers: [], ...lake } });
  const add = (change: Partial<PlatformLogTable> = {}) =>
    platform.addInlineInference("scorer", {
      ...WORKER,
      at: "ireland",
      stream,
      egressCidrs: ["10.0.0.0/16"],
      log: {
        topic: "seen",
        sampleRate,
        table: { lakehouse, zone: "raw", table: "decision_log", includePii: true, ...change },
      },
    });
  return { platform, lakehouse, add };
}

describe("the log of a worker at an AWS site", () => {
  const { platform, add } = ireland();
  add();
  const foundation = template(platform, "ireland", "foundation");
  const workloads = template(platform, "ireland", "workloads");

  test("goes into the table of the lakehouse by Athena, in a work group of its own", () => {
    const { table, kafka } = configOf(workloads, "scorer-log");
    expect(table).toEqual({
      kind: "athena",
      endpoint: "https://athena.eu-west-1.amazonaws.com",
      auth: { kind: "aws", region: "eu-west-1", service: "athena" },
      catalog: "AwsDataCatalog",
      database: expect.stringMatching(/_raw$/),
      workgroup: expect.stringContaining("scorer_log_log_table_workgroup"),
      table: "decision_log",
    });
    expect(kafka).toMatchObject({ groupId: "scorer-log", sasl: { kind: "aws-iam", region: "eu-west-1" } });
    const groups = Object.values(foundation.resources("aws_athena_workgroup")).map(({ name }) =>
      String(name),
    );
    expect(groups.filter((name) => name.endsWith("-scorer-log"))).toHaveLength(1);
    const output = foundation.json.output as Record<string, { value: string }>;
    expect(output.scorer_log_log_table_workgroup!.value).toMatch(
      /^\$\{aws_athena_workgroup\..*scorer-log.*\.name\}$/,
    );
  });

  test("has exactly the rights that takes, as a role that only its pods have", () => {
    const mine = Object.values(foundation.resources("aws_iam_role_policy"))
      .map(({ policy }) => JSON.parse(String(policy)).Statement as { Action: string[]; Resource: string[] }[])
      .filter((statements) =>
        JSON.stringify(statements).includes("workgroup/acme-prod-lake-ireland-scorer-log"),
      );
    expect(mine).toHaveLength(1);
    const actions = mine[0]!.flatMap(({ Action }) => Action);
    expect(actions).toEqual(
      expect.arrayContaining([
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "glue:UpdateTable",
        "lakeformation:GetDataAccess",
        "s3:PutObject",
      ]),
    );
    expect(actions).not.toContain("athena:GetQueryResults");
    const tables = mine[0]!.filter(({ Action }) => Action.includes("glue:UpdateTable"));
    expect(tables.flatMap(({ Resource }) => Resource).filter((arn) => arn.includes(":table/"))).toEqual([
      expect.stringMatching(/_raw\/decision_log$/),
    ]);
    const permissions = Object.entries(foundation.resources("aws_lakeformation_permissions"))
      .filter(([name]) => name.includes("scorer-log"))
      .map(([, { permissions: given }]) => given);
    expect(permissions).toContainEqual(["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"]);
    const associations = Object.values(foundation.resources("aws_eks_pod_identity_association"));
    expect(associations.map(({ service_account: account }) => account)).toContain("scorer-log");
  });

  test("may reach Athena and the brokers only where it is said that they are", () => {
    const text = JSON.stringify(workloads.resource("kubernetes_network_policy_v1", "scorer-log"));
    expect(text).toContain("10.0.0.0/16");
    expect(text).toContain("169.254.170.23/32");
    expect(text).not.toContain("0.0.0.0/0");
  });

  test("leaves no value of another stack behind, and nothing to warn of", () => {
    expect(workloads.text).not.toContain("cross-stack-output");
    expect(findTokenLeaks(workloads.json)).toEqual([]);
    expect(warningsOf(platform.stack("ireland", "workloads"))).not.toContain("LogNearlyTooFast");
  });

  test("is warned of when Athena has to be fast, and refused when it never is", () => {
    // Of 2,000 events a second.
    const near = ireland({ sampleRate: 0.05 });
    near.add();
    expect(warningsOf(near.platform.stack("ireland", "workloads"))).toMatch(
      /\[LogNearlyTooFast\].*100 entries of 900 bytes a second need a statement of 262144 bytes every 2\.91 s/,
    );
    const { codes: refused, message } = captureValidationError(ireland({ sampleRate: 0.2 }).add);
    expect(refused).toEqual(["LogFasterThanTable"]);
    expect(message).toContain("at most 291 of them");
  });

  test("needs Athena", () => {
    expect(codes(ireland({ lake: { athena: false } }).add)).toEqual(["GrantNotApplicable"]);
  });
});

const warningsOf = (stack: IConstruct): string =>
  stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata.map(({ data }) => String(data)))
    .join("\n");

describe("the log of a worker elsewhere", () => {
  test("a lakehouse on AWS that is only known is refused", () => {
    const { add, lakehouse } = ireland();
    const stack = lakehouse.at("ireland").node.scope!;
    const known = AwsLakehouse.fromAttributes(stack, "known", {
      site: IRELAND,
      namePrefix: "known",
      zones: [{ name: "raw", tables: [LOG], bucketName: "known-raw", databaseName: "known_raw" }],
      encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    } as never);
    expect(
      codes(() => add({ lakehouse: { name: "known", sites: ["ireland"], at: () => known } as never })),
    ).toEqual(["LogTableNotForSink"]);
  });

  test("a lakehouse that is not at the worker's site is refused", () => {
    const { platform, stream } = frankfurt();
    const elsewhere = platform.addLakehouse("other", {
      zones: [{ name: "raw", at: ["ireland"], tables: [LOG] }],
      aws: { athena: false, tableOptimizers: [] },
    });
    const add = () =>
      platform.addInlineInference("scorer", {
        ...WORKER,
        at: "frankfurt",
        stream,
        log: {
          topic: "seen",
          sampleRate: 1,
          table: { lakehouse: elsewhere, zone: "raw", table: "decision_log" },
        },
      });
    expect(codes(add)).toEqual(["NoPartAtSite"]);
  });
});
