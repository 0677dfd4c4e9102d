import { InlineLogSink } from "../../../lib/streaming/inline/log-sink";
import type { InlineLogSinkProps } from "../../../lib/streaming/inline/log-sink-props";
import { Template } from "../../../lib/testing";
import { kubernetesStack } from "../../lakehouse/kubernetes/support";
import { access } from "./support";

export const TRINO = {
  kind: "trino",
  endpoint: "https://lake-trino-query.lake.svc:8443",
  user: "system:serviceaccount:bidding:scorer-log",
  auth: { kind: "service-account", audience: "lake-trino" },
  catalog: "raw",
  schema: "main",
  table: "decision_log",
} as const;

export const BIGQUERY = {
  kind: "bigquery",
  project: "acme-ai",
  location: "europe-west4",
  dataset: "lake_raw",
  table: "decision_log",
} as const;

export const ATHENA = {
  kind: "athena",
  region: "eu-west-1",
  workgroup: "acme-lake-scorer-log",
  database: "acme_lake_raw",
  table: "decision_log",
} as const;

export const SINK: InlineLogSinkProps = {
  name: "scorer-log",
  namespace: "bidding",
  image: `registry.example.com/inline-inference@sha256:${"a".repeat(64)}`,
  input: access("log", { consumerGroup: "scorer-log" }),
  table: TRINO,
};

export const sink = (props: Partial<InlineLogSinkProps> = {}, stack = kubernetesStack()) =>
  new InlineLogSink(stack, "sink", { ...SINK, ...props });

export function synthesizedSink(props: Partial<InlineLogSinkProps> = {}): Template {
  const stack = kubernetesStack();
  sink(props, stack);
  return Template.of(stack);
}
