import { TerraformVariable } from "cdktf";
import type { InlineTracing } from "../../../lib/streaming/inline/props";
import { captureValidationError } from "../../../lib/testing";
import { kubernetesStack } from "../../lakehouse/kubernetes/support";
import { configOf, processor, synthesized } from "./support";

const COLLECTOR = { service: "acme-otlp-collector", namespace: "monitoring" };
const SECRET = { namespace: "bidding", name: "otlp-ca", key: "ca.crt" };

const emitted = (tracing?: InlineTracing) => configOf(synthesized({ tracing })).tracing;

describe("traces of a processor", () => {
  test("are not made unless they are asked for", () => {
    expect(emitted()).toBeUndefined();
  });

  test("go to the collector by HTTP, one event of a hundred by default", () => {
    expect(emitted({ collector: COLLECTOR })).toEqual({
      endpoint: "http://acme-otlp-collector.monitoring.svc:4318",
      sampleRate: 0.01,
    });
  });

  test("go to another port", () => {
    expect(emitted({ collector: { ...COLLECTOR, port: 14318 } }).endpoint).toMatch(/:14318$/);
  });

  test.each([
    [0, 0],
    [0.7, 0.007],
    [100, 1],
  ])("of %d percent are a rate of %d", (samplingPercent, sampleRate) => {
    expect(emitted({ collector: COLLECTOR, samplingPercent }).sampleRate).toBe(sampleRate);
  });

  test("go by TLS to a collector whose authority is given, as a file of the pod", () => {
    const template = synthesized({ tracing: { collector: COLLECTOR, ca: SECRET } });
    expect(configOf(template).tracing).toMatchObject({
      endpoint: "https://acme-otlp-collector.monitoring.svc:4318",
      caFile: "/var/run/inline-inference/tracing/ca.crt",
    });
    expect(JSON.stringify(template.resources("kubernetes_deployment_v1"))).toContain(
      JSON.stringify({ items: [{ key: "ca.crt", path: "tracing/ca.crt" }], name: "otlp-ca" }),
    );
  });

  test("pass the processor's network policy to the collector's namespace", () => {
    const egress = (tracing?: InlineTracing) =>
      JSON.stringify(synthesized({ tracing }).resources("kubernetes_network_policy_v1"));
    const namespace = '"kubernetes.io/metadata.name":"monitoring"';
    expect(egress({ collector: COLLECTOR })).toContain(namespace);
    expect(egress()).not.toContain(namespace);
  });
});

const stack = kubernetesStack();
const TOKEN = new TerraformVariable(stack, "percent", {}).numberValue;

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ["to no collector", {}, "MissingValue"],
  ["to a Service that has no such name", { collector: { ...COLLECTOR, service: "Otlp" } }, "InvalidName"],
  ["to a namespace of no such name", { collector: { ...COLLECTOR, namespace: "a.b" } }, "InvalidName"],
  ["to a port of no such number", { collector: { ...COLLECTOR, port: 65_536 } }, "NumberOutOfRange"],
  ["of less than nothing", { collector: COLLECTOR, samplingPercent: -0.1 }, "NumberOutOfRange"],
  ["of more than all", { collector: COLLECTOR, samplingPercent: 100.1 }, "NumberOutOfRange"],
  ["of text", { collector: COLLECTOR, samplingPercent: "1" }, "NumberOutOfRange"],
  ["of what only Terraform knows", { collector: COLLECTOR, samplingPercent: TOKEN }, "TokenNotAllowed"],
  ["with an authority as text", { collector: COLLECTOR, ca: "-----BEGIN" }, "SecretAsText"],
  [
    "with an authority of another namespace",
    { collector: COLLECTOR, ca: { ...SECRET, namespace: "monitoring" } },
    "SecretInOtherNamespace",
  ],
];

describe("traces are refused", () => {
  test.each(REFUSED)("%s", (_, tracing, code) => {
    expect(captureValidationError(() => processor({ tracing: tracing as InlineTracing })).codes).toEqual([
      code,
    ]);
  });
});
