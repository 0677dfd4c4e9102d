import type { SinkConfig } from "../../src/log-sink/config.js";

export interface SinkPlaces {
  readonly bootstrap?: string;
  readonly group?: string;
  readonly log?: string;
  readonly trino?: string;
}

/** A whole configuration of small numbers, changed where a test is about it. */
export function sinkConfigOf(places: SinkPlaces = {}, change: Partial<SinkConfig> = {}): SinkConfig {
  return {
    version: 1,
    name: "bidder-log",
    kafka: {
      bootstrapServers: places.bootstrap ?? "broker:9092",
      groupId: places.group ?? "bidder-log",
      tls: { enabled: false },
      sasl: { kind: "none" },
      sessionTimeoutMs: 2_000,
    },
    input: { topics: [places.log ?? "log"], startFrom: "earliest" },
    batch: { size: 50, lingerMs: 20 },
    table: {
      kind: "trino",
      endpoint: places.trino ?? "http://trino",
      auth: { kind: "none" },
      user: "bidder-log",
      catalog: "raw",
      schema: "main",
      table: "decision_log",
    },
    statementTimeoutMs: 5_000,
    trustedCaFiles: [],
    server: { port: 0 },
    drainMs: 5_000,
    logLevel: "error",
    ...change,
  };
}

/** The same sink, into a table of Athena. */
export function athenaConfigOf(
  endpoint: string,
  places: SinkPlaces = {},
  change: Partial<SinkConfig> = {},
): SinkConfig {
  return sinkConfigOf(places, {
    table: {
      kind: "athena",
      endpoint,
      auth: { kind: "none" },
      workgroup: "bidder-log",
      catalog: "AwsDataCatalog",
      database: "lake_raw",
      table: "decision_log",
    },
    ...change,
  });
}
