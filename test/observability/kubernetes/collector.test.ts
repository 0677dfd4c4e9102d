import { Fn, type TerraformStack } from "cdktf";
import { TelemetryCollector, type TelemetryCollectorProps } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { kubernetesStack } from "./support";

const IMAGE = `ghcr.io/open-telemetry/collector-contrib@sha256:${"a".repeat(64)}`;

const FULL: TelemetryCollectorProps = {
  namePrefix: "acme",
  image: IMAGE,
  traces: {
    kind: "otlp",
    endpoint: "tempo.tracing.svc:4317",
    authorization: { name: "tempo", key: "header" },
  },
  logs: { kind: "s3", bucket: "acme-logs", region: "eu-west-1" },
  clientNamespaces: ["serving"],
};

function collector(props: Partial<TelemetryCollectorProps> = {}, stack: TerraformStack = kubernetesStack()) {
  return new TelemetryCollector(stack, "telemetry", { ...FULL, ...props });
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown> & { config: Config };
}
interface Config {
  readonly processors: Record<string, Record<string, unknown>>;
  readonly exporters: Record<string, Record<string, unknown>>;
  readonly receivers: Record<string, Record<string, unknown>>;
  readonly service: { readonly pipelines: Record<string, { processors: string[]; exporters: string[] }> };
}

function manifests(props: Partial<TelemetryCollectorProps> = {}): Record<string, Manifest> {
  const stack = kubernetesStack();
  collector(props, stack);
  const { resource } = synthStack(stack) as unknown as {
    resource: { kubernetes_manifest: Record<string, { manifest: Manifest }> };
  };
  return Object.fromEntries(
    Object.values(resource.kubernetes_manifest).map(({ manifest }) => [manifest.metadata.name, manifest]),
  );
}

const config = (props: Partial<TelemetryCollectorProps> = {}) => manifests(props)["acme-otlp"]!.spec.config;

function codes(props: Partial<TelemetryCollectorProps>): readonly string[] {
  try {
    collector(props);
  } catch (error) {
    return (error as { codes: readonly string[] }).codes;
  }
  return [];
}

describe("what is masked", () => {
  const masks = (name: string, text: string, props: Partial<TelemetryCollectorProps> = {}) => {
    const redaction = config(props).processors.redaction ?? {};
    const re2 = (pattern: string) =>
      new RegExp(pattern.replace(/^\(\?i\)/, ""), pattern.startsWith("(?i)") ? "i" : "");
    const list = (key: string) => ((redaction[key] as string[] | undefined) ?? []).map(re2);
    return (
      list("blocked_key_patterns").some((pattern) => pattern.test(name)) ||
      list("blocked_values").some((pattern) => pattern.test(text))
    );
  };

  test.each([
    ["http.request.header.authorization", "Basic abc"],
    ["note", "Bearer abcdefgh12345678"],
    ["note", "card 4111 1111 1111 1111"],
    ["note", "DE89370400440532013000"],
    ["note", "write to jane.doe@example.com"],
    ["note", "+49 30 1234567"],
    ["gen_ai.input.messages", "hello"],
    ["input.value", "hello"],
  ])("%s: %s", (name, text) => {
    expect(masks(name, text)).toBe(true);
  });

  test.each([
    ["gen_ai.usage.output_tokens", "512"],
    ["gen_ai.request.model", "llama-3.3-70b"],
    ["k8s.pod.name", "assistant-7d9f"],
    ["http.response.status_code", "200"],
  ])("not %s: %s", (name, text) => {
    expect(masks(name, text)).toBe(false);
  });

  test("texts of logs are masked by the same patterns", () => {
    const body = config().processors["transform/body"]!;
    const [{ statements }] = body.log_statements as [{ statements: string[] }];
    const values = config().processors.redaction!.blocked_values as string[];
    expect(statements).toHaveLength(2 * values.length);
    expect(statements.every((statement) => values.some((value) => statement.includes(`"${value}"`)))).toBe(
      true,
    );
    expect(values.some((value) => /[\\"]/.test(value))).toBe(false);
  });

  test("content is kept on demand, and nothing else with it", () => {
    expect(masks("gen_ai.input.messages", "hello", { keep: ["content"] })).toBe(false);
    expect(masks("note", "jane@example.com", { keep: ["content"] })).toBe(true);
    const all = { keep: ["content", "credentials", "personal", "payment"] as const, includePii: true };
    expect(Object.keys(config(all).processors).sort()).toEqual([
      "batch",
      "k8sattributes",
      "memory_limiter",
      "tail_sampling",
    ]);
  });

  test("personal data is kept only by a second word", () => {
    expect(codes({ keep: ["personal"] })).toEqual(["PersonalDataInTelemetry"]);
    expect(codes({ keep: ["personal"], includePii: true })).toEqual([]);
    expect(codes({ includePii: true })).toEqual(["NoEffect"]);
    expect(codes({ keep: ["gossip" as "content"] })).toEqual(["NotOneOf"]);
    expect(codes({ keep: ["content", "content"] })).toEqual(["DuplicateValue"]);
  });

  test("every pipeline masks before it samples, batches or sends", () => {
    for (const manifest of Object.values(manifests())) {
      for (const { processors } of Object.values(manifest.spec.config.service.pipelines)) {
        expect(processors[0]).toBe("memory_limiter");
        expect(processors.at(-1)).toBe("batch");
        expect(processors).toContain("redaction");
      }
    }
  });
});

describe("targets", () => {
  test("traces by OTLP with a header from a Secret", () => {
    const { exporters } = config();
    expect(exporters["otlp/traces"]).toMatchObject({
      endpoint: "tempo.tracing.svc:4317",
      tls: { insecure: false },
      headers: { authorization: "$${env:TRACES_AUTHORIZATION}" },
    });
    expect(manifests()["acme-otlp"]!.spec.env).toEqual([
      { name: "TRACES_AUTHORIZATION", valueFrom: { secretKeyRef: { name: "tempo", key: "header" } } },
    ]);
  });

  test("X-Ray and Cloud Trace", () => {
    expect(config({ traces: { kind: "xray", region: "eu-west-1" } }).exporters.awsxray).toEqual({
      region: "eu-west-1",
    });
    expect(config({ traces: { kind: "cloud-trace", project: "acme-ai" } }).exporters.googlecloud).toEqual({
      project: "acme-ai",
    });
  });

  test("logs to a log zone, whose bucket may be a token", () => {
    const { exporters } = config({
      logs: {
        kind: "s3",
        bucket: Fn.join("-", ["acme", "logs"]),
        region: "eu-west-1",
        prefix: "app",
        endpoint: "https://s3.example.com:9000",
      },
    });
    expect(exporters.awss3!.s3uploader).toMatchObject({
      s3_prefix: "app",
      endpoint: "https://s3.example.com:9000",
      s3_force_path_style: true,
      compression: "gzip",
    });
  });

  test("logs to a topic, signed in, never making it", () => {
    const logs = {
      kind: "kafka",
      brokers: ["kafka:9093"],
      topic: "logs",
      caSecret: "kafka-ca",
      user: { name: "collector", password: { name: "kafka-user", key: "password" } },
    } as const;
    expect(config({ logs }).exporters.kafka).toMatchObject({
      brokers: ["kafka:9093"],
      logs: { topic: "logs" },
      tls: { insecure: false, ca_file: "/etc/collector-ca/logs/ca.crt" },
      producer: { required_acks: -1, allow_auto_topic_creation: false },
      auth: {
        sasl: { mechanism: "SCRAM-SHA-512", username: "collector", password: "$${env:LOGS_PASSWORD}" },
      },
    });
    expect(manifests({ logs })["acme-otlp"]!.spec.volumes).toEqual([
      { name: "secret-0", secret: { secretName: "kafka-ca" } },
    ]);
  });

  test("only logs, only traces, no logs of containers", () => {
    expect(Object.keys(config({ traces: undefined }).service.pipelines)).toEqual(["logs"]);
    expect(Object.keys(config({ logs: undefined }).service.pipelines)).toEqual(["traces"]);
    expect(Object.keys(manifests({ podLogs: false }))).toEqual(["acme-otlp"]);
    expect(Object.keys(manifests({ logs: undefined }))).toEqual(["acme-otlp"]);
  });

  test("errors and slow traces are kept, of the others a share", () => {
    const sampling = { slowerThanMs: 2000, share: 0.01, waitSeconds: 90 };
    const { decision_wait, policies } = config({ traces: { kind: "xray", region: "eu-west-1", sampling } })
      .processors.tail_sampling as { decision_wait: string; policies: object[] };
    expect(decision_wait).toBe("90s");
    expect(policies).toEqual([
      { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } },
      { name: "slow", type: "latency", latency: { threshold_ms: 2000 } },
      { name: "some", type: "probabilistic", probabilistic: { sampling_percentage: 1 } },
    ]);
  });
});

describe("refused", () => {
  test.each<readonly [string, Partial<TelemetryCollectorProps>, readonly string[]]>([
    ["an image by tag", { image: "otel/collector:0.158.0" }, ["ImageNotPinned"]],
    ["no target", { traces: undefined, logs: undefined }, ["MissingValue"]],
    [
      "a trace target with a scheme",
      { traces: { kind: "otlp", endpoint: "http://tempo:4317" } },
      ["InvalidTarget"],
    ],
    [
      "a header as text",
      { traces: { kind: "otlp", endpoint: "tempo:4317", authorization: "Bearer x" as never } },
      ["SecretAsText"],
    ],
    [
      "a store without TLS",
      { logs: { kind: "s3", bucket: "a", region: "b", endpoint: "http://s3" } },
      ["InvalidTarget"],
    ],
    ["no broker", { logs: { kind: "kafka", brokers: [], topic: "logs" } }, ["MissingValue"]],
    ["a bad topic", { logs: { kind: "kafka", brokers: ["k:1"], topic: "a b" } }, ["InvalidName"]],
    [
      "a password as text",
      {
        logs: {
          kind: "kafka",
          brokers: ["k:1"],
          topic: "a",
          user: { name: "u", password: "secret" as never },
        },
      },
      ["SecretAsText"],
    ],
    ["pod logs without logs", { logs: undefined, podLogs: true }, ["NoEffect"]],
    ["excluded namespaces without pod logs", { podLogs: false, excludedNamespaces: ["a"] }, ["NoEffect"]],
    [
      "a share above one",
      { traces: { kind: "xray", region: "r", sampling: { share: 1.1 } } },
      ["NumberOutOfRange"],
    ],
    ["a client twice", { clientNamespaces: ["a", "a"] }, ["DuplicateValue"]],
    ["no memory", { memoryMebibytes: 1 }, ["NumberOutOfRange"]],
    ["a token as image", { image: Fn.join("", ["a"]) }, ["TokenNotAllowed"]],
  ])("%s", (_, props, expected) => {
    expect(codes(props)).toEqual(expected);
  });

  test("messages do not repeat what may be a secret", () => {
    expect(() =>
      collector({ traces: { kind: "otlp", endpoint: "tempo:4317", authorization: "hunter2" as never } }),
    ).toThrow(expect.objectContaining({ message: expect.not.stringContaining("hunter2") }));
  });
});

test("only named namespaces may send, and programs learn where to", () => {
  const made = collector();
  expect(made.endpoint).toBe("http://acme-otlp-collector.monitoring.svc:4317");
  expect(collector({ receiverTlsSecret: "otlp-tls" }).endpoint).toMatch(/^https:/);
  const stack = kubernetesStack();
  collector(
    { clientNamespaces: ["serving"], serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn" } },
    stack,
  );
  const json = JSON.stringify(synthStack(stack));
  expect(json).toContain('"kubernetes.io/metadata.name":"serving"');
  expect(json).toContain('"eks.amazonaws.com/role-arn":"arn"');
});

test("the receiving collector does not run as root; that of nodes reads files of root and has no capability", () => {
  const all = manifests({ receiverTlsSecret: "otlp-tls", memoryMebibytes: 512 });
  expect(all["acme-otlp"]!.spec).toMatchObject({
    podSecurityContext: { runAsNonRoot: true },
    securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    resources: { requests: { memory: "256Mi" }, limits: { memory: "512Mi" } },
  });
  expect(all["acme-pod-logs"]!.spec).toMatchObject({
    mode: "daemonset",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  });
  const { filelog } = manifests({ excludedNamespaces: ["noisy"] })["acme-pod-logs"]!.spec.config.receivers;
  expect(filelog!.exclude).toEqual(["/var/log/pods/noisy_*/*/*.log"]);
});

conformanceTest("collectors are valid against the published definition", () => {
  const stack = kubernetesStack();
  collector({ receiverTlsSecret: "otlp-tls" }, stack);
  const { failures, kinds } = conformance(stack);
  expect(failures).toEqual([]);
  expect(kinds.map((kind) => kind.split(" ")[1])).toContain("OpenTelemetryCollector");
});
