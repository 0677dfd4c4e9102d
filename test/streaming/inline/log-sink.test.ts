import { TerraformVariable } from "cdktf";
import type { InlineLogSinkProps } from "../../../lib/streaming/inline/log-sink-props";
import { captureValidationError } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { kubernetesStack, objects } from "../../lakehouse/kubernetes/support";
import { ATHENA, BIGQUERY, SINK, sink, synthesizedSink, TRINO } from "./log-sink-support";
import { access, configOf, GOOGLE, IAM, SCRAM } from "./support";

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
const resource = (type: string, props = {}): any => Object.values(synthesizedSink(props).resources(type))[0];
const pod = (props = {}) => resource("kubernetes_deployment_v1", props).spec.template.spec;
const log = (change = {}) => access("log", { consumerGroup: "scorer-log", ...change });
const codes = (props: object) => captureValidationError(() => sink(props)).codes;

const SECRET = { namespace: "bidding", name: "keys", key: "token" };
/** Between them they use every way of saying something. */
const VARIANTS: Readonly<Record<string, Partial<InlineLogSinkProps>>> = {
  "as small as can be": {},
  "Trino without a login": { table: { ...TRINO, auth: undefined } },
  "Trino behind a header": { table: { ...TRINO, auth: { kind: "header", name: "api-key", secret: SECRET } } },
  "Trino behind IAM": {
    table: { ...TRINO, auth: { kind: "aws", region: "eu-west-1", service: "execute-api" } },
  },
  "Trino behind a login": { table: { ...TRINO, auth: { kind: "login", user: "scorer", password: SECRET } } },
  BigQuery: { table: BIGQUERY, input: log({ ...GOOGLE, deadLetter: { topic: "log-dlq" } }) },
  "BigQuery elsewhere": { table: { ...BIGQUERY, endpoint: "https://bigquery-acme.p.googleapis.com" } },
  Athena: { table: ATHENA, input: log(IAM), awsRegion: "eu-west-1" },
  "Athena by another name": {
    table: {
      ...ATHENA,
      catalog: "s3tablescatalog/acme",
      endpoint: "https://vpce-1.athena.eu-west-1.vpce.amazonaws.com",
    },
  },
  MSK: { input: log(IAM), awsRegion: "eu-west-1" },
  SCRAM: { input: log(SCRAM) },
  "every number": {
    startFrom: "latest",
    batch: { size: 10, lingerMs: 0 },
    statementTimeoutMs: 1_000,
    drainMs: 0,
    sessionTimeoutMs: 6_000,
    logLevel: "debug",
    trustedCas: [{ ...SECRET, key: "ca.crt" }],
    tracing: {
      collector: { service: "otlp", namespace: "monitoring" },
      ca: { ...SECRET, key: "otlp.crt" },
    },
  },
};

const NOT_EMITTED = /\.(token|value|password)\.name$/;

function pathsOf(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) {
    return value.flatMap((entry) => pathsOf(entry, `${path}[]`));
  }
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, entry]) => pathsOf(entry, path === "" ? key : `${path}.${key}`))
    : [path];
}

const program = () => import("../../../examples/realtime-bidding/worker/src/log-sink/config.js");

describe("what the sink writes is what its program reads", () => {
  test.each(Object.entries(VARIANTS))("%s", async (_, props) => {
    const { parseSinkConfig } = await program();
    const config = configOf(synthesizedSink(props));
    expect(parseSinkConfig(config)).toEqual(config);
  });

  test("every field of the configuration can be set by a prop", async () => {
    const { sinkConfigPaths } = await program();
    const written = new Set(
      Object.values(VARIANTS).flatMap((props) => pathsOf(configOf(synthesizedSink(props)))),
    );
    expect(sinkConfigPaths().filter((path) => !written.has(path) && !NOT_EMITTED.test(path))).toEqual([]);
  });
});

describe("the pod of a sink", () => {
  test("is another program of the worker's image, and never two at once", () => {
    const { spec } = resource("kubernetes_deployment_v1");
    expect(spec.template.spec.container[0]).toMatchObject({ args: ["log-sink"], image: SINK.image });
    expect([spec.replicas, spec.strategy]).toEqual(["1", { type: "Recreate" }]);
  });

  test("runs as nobody, on a file system that it cannot write", () => {
    expect(pod().security_context.run_as_non_root).toBe(true);
    expect(pod().container[0].security_context).toEqual({
      allow_privilege_escalation: false,
      capabilities: { drop: ["ALL"] },
      read_only_root_filesystem: true,
    });
  });

  test("shows Trino a token that is good for Trino only", () => {
    const [{ sources }] = pod().volume[1].projected;
    expect(sources).toContainEqual({
      service_account_token: { path: "table/token", audience: "lake-trino", expiration_seconds: 3_600 },
    });
    expect(configOf(synthesizedSink()).table.auth).toEqual({
      kind: "bearer",
      token: { from: "file", path: "/var/run/inline-inference/table/token" },
    });
  });

  test("trusts who signed Trino's certificate, by a certificate of its own", () => {
    const props = { certificateIssuer: { name: "internal-ca" } };
    const { spec } = objects(synthesizedSink(props), "Certificate")["scorer-log"]!;
    expect(spec.issuerRef).toEqual({ name: "internal-ca", kind: "ClusterIssuer" });
    expect(configOf(synthesizedSink(props)).trustedCaFiles).toEqual([
      "/var/run/inline-inference/trusted/0.crt",
    ]);
    expect(JSON.stringify(pod(props).volume)).toContain(spec.secretName);
    expect(objects(synthesizedSink(), "Certificate")).toEqual({});
  });

  test("asks Athena where its region is, as the pod's role", () => {
    const table = (change = {}) => configOf(synthesizedSink({ table: { ...ATHENA, ...change } })).table;
    expect(table()).toEqual({
      kind: "athena",
      endpoint: "https://athena.eu-west-1.amazonaws.com",
      auth: { kind: "aws", region: "eu-west-1", service: "athena" },
      workgroup: "acme-lake-scorer-log",
      catalog: "AwsDataCatalog",
      database: "acme_lake_raw",
      table: "decision_log",
    });
    expect(table({ region: "cn-north-1" }).endpoint).toBe("https://athena.cn-north-1.amazonaws.com.cn");
  });

  test("reaches Athena by https where it is said to be, and the agent of its role", () => {
    const { egress } = resource("kubernetes_network_policy_v1", {
      table: ATHENA,
      egressCidrs: ["10.0.0.0/16"],
    }).spec;
    const blocks = egress.map(
      ({ to, ports }: { to: { ip_block?: { cidr: string } }[]; ports?: { port: string }[] }) => [
        to.flatMap(({ ip_block }) => ip_block?.cidr ?? []),
        ports?.map(({ port }) => port),
      ],
    );
    expect(blocks).toContainEqual([["10.0.0.0/16"], ["443"]]);
    expect(blocks).toContainEqual([["169.254.170.23/32"], ["80"]]);
    expect(blocks.flatMap(([cidrs]: [string[]]) => cidrs)).not.toContain("0.0.0.0/0");
  });

  test("reaches brokers and table, and nothing else", () => {
    const { egress, ingress } = resource("kubernetes_network_policy_v1").spec;
    const text = JSON.stringify(egress);
    expect(egress).toHaveLength(3);
    expect(text).toContain('"kubernetes.io/metadata.name":"kafka"');
    expect(text).toContain('"kubernetes.io/metadata.name":"lake"');
    expect(ingress ?? []).toEqual([]);
    const outside = JSON.stringify(
      resource("kubernetes_network_policy_v1", { table: BIGQUERY, egressCidrs: ["199.36.153.8/30"] }).spec
        .egress,
    );
    expect(outside).toContain("199.36.153.8/30");
    expect(outside).toContain("169.254.169.252/32");
  });

  test("reaches the collector of its spans", () => {
    const tracing = { collector: { service: "otlp", namespace: "monitoring" } };
    const { egress } = resource("kubernetes_network_policy_v1", { tracing }).spec;
    expect(egress).toHaveLength(4);
    expect(JSON.stringify(egress)).toContain('"kubernetes.io/metadata.name":"monitoring"');
    expect(configOf(synthesizedSink({ tracing })).tracing.endpoint).toBe("http://otlp.monitoring.svc:4318");
  });
});

const REFUSED: readonly (readonly [string, object, string])[] = [
  ["no table", { table: undefined }, "MissingValue"],
  ["a table of something else", { table: { kind: "redshift" } }, "NotOneOf"],
  ["a name that needs quotes", { table: { ...TRINO, table: 'x"y' } }, "InvalidName"],
  ["a data set that needs quotes", { table: { ...BIGQUERY, dataset: "a-b" } }, "InvalidName"],
  ["a database that needs quotes", { table: { ...ATHENA, database: 'a"b' } }, "InvalidName"],
  ["no work group", { table: { ...ATHENA, workgroup: undefined } }, "MissingValue"],
  ["a work group that is none", { table: { ...ATHENA, workgroup: "a b" } }, "InvalidName"],
  ["a catalogue that is none", { table: { ...ATHENA, catalog: "a b" } }, "InvalidName"],
  ["no region", { table: { ...ATHENA, region: undefined } }, "InvalidName"],
  ["a region that is none", { table: { ...ATHENA, region: "Ireland" } }, "InvalidName"],
  ["no user", { table: { ...TRINO, user: undefined } }, "MissingValue"],
  ["no project", { table: { ...BIGQUERY, project: undefined } }, "MissingValue"],
  ["a password in an address", { table: { ...TRINO, endpoint: "https://a:b@trino" } }, "SecretAsText"],
  ["a token as text", { table: { ...TRINO, auth: { kind: "bearer", secret: "x" } } }, "SecretAsText"],
  ["Kinesis", { input: { kind: "kinesis" } }, "InlinePathUnsupported"],
  ["the access of a producer", { input: access("log") }, "InlineAccessIncomplete"],
  ["no topic", { input: undefined }, "MissingValue"],
  ["an image by tag", { image: "r/w:1" }, "ImageNotPinned"],
  ["Secrets of another namespace", { namespace: "ml" }, "SecretInOtherNamespace"],
  ["no batch", { batch: { size: 0 } }, "NumberOutOfRange"],
  ["too large a batch", { batch: { size: 10_001 } }, "NumberOutOfRange"],
  ["an hour of waiting", { batch: { lingerMs: 900_001 } }, "NumberOutOfRange"],
  ["a statement of no time", { statementTimeoutMs: 999 }, "NumberOutOfRange"],
  ["draining for ever", { drainMs: 600_001 }, "NumberOutOfRange"],
  ["a region that nobody asks for", { awsRegion: "eu-west-1" }, "NoEffect"],
  ["MSK without a region", { input: log(IAM) }, "MissingValue"],
  ["CIDRs that are none", { egressCidrs: ["all"] }, "InvalidCidr"],
  ["traces that go nowhere", { tracing: {} }, "MissingValue"],
];

describe("a sink is refused with", () => {
  test.each(REFUSED)("%s", (_, props, code) => {
    expect(codes(props)).toContain(code);
  });

  test("a number that only Terraform knows", () => {
    const stack = kubernetesStack();
    const size = new TerraformVariable(stack, "size", { type: "number" }).numberValue;
    expect(captureValidationError(() => sink({ batch: { size } }, stack)).codes).toEqual(["TokenNotAllowed"]);
  });

  test("nothing, where a data set is known to Terraform only", () => {
    const stack = kubernetesStack();
    const dataset = new TerraformVariable(stack, "dataset", { type: "string" }).stringValue;
    expect(() => sink({ table: { ...BIGQUERY, dataset } }, stack)).not.toThrow();
  });

  test("a region that only Terraform knows, but not for names of work group and database", () => {
    const stack = kubernetesStack();
    const name = new TerraformVariable(stack, "name", { type: "string" }).stringValue;
    expect(captureValidationError(() => sink({ table: { ...ATHENA, region: name } }, stack)).codes).toEqual([
      "TokenNotAllowed",
    ]);
    expect(() =>
      sink({ table: { ...ATHENA, workgroup: name, database: name } }, kubernetesStack()),
    ).not.toThrow();
  });
});

conformanceTest("objects are as their definitions say", () => {
  const stack = kubernetesStack();
  sink({ certificateIssuer: { name: "ca" }, monitoring: { namespace: "monitoring" } }, stack);
  const { failures, kinds } = conformance(stack);
  expect(failures).toEqual([]);
  expect(kinds).toEqual(
    expect.arrayContaining(["cert-manager.io/v1 Certificate", "monitoring.coreos.com/v1 PodMonitor"]),
  );
});
