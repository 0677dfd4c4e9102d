import { readFileSync } from "node:fs";
import type { Tracer } from "@opentelemetry/api";
import type { WorkerConfig } from "./config/config.js";
import { type Http, keepAliveHttp } from "./http/http.js";
import type { Log } from "./log.js";
import { featureLookup, vectorLookup } from "./lookups/lookups.js";
import type { Metrics } from "./metrics.js";
import { ModelClient } from "./model/model.js";
import { decider } from "./pipeline/decide.js";
import { Outputs } from "./pipeline/outputs.js";
import { Worker } from "./pipeline/worker.js";
import { KafkaMember } from "./stream/kafka-member.js";
import { kafkaOptions } from "./stream/kafka-options.js";
import type { StreamMember } from "./stream/member.js";
import { lookUps, model } from "./tracing/attributes.js";
import { SpanTracing } from "./tracing/spans.js";

/** Puts a worker together from its configuration. `member` and `http` are given by tests. */
export function makeWorker(
  config: WorkerConfig,
  parts: {
    readonly metrics: Metrics;
    readonly log: Log;
    readonly workerName: string;
    /** @default - no spans */
    readonly tracer?: Tracer;
  },
  given: { readonly http?: Http; readonly member?: StreamMember } = {},
): Worker {
  const { metrics, log, workerName, tracer } = parts;
  const trusted = config.trustedCaFiles.map((file) => readFileSync(file, "utf8"));
  const { http = keepAliveHttp(trusted), member } = given;
  const decide = decider({
    config,
    features: config.features.map((each) => featureLookup(each, http)),
    vectors: config.vectors.map((each) => vectorLookup(each, http, trusted)),
    model: new ModelClient(config, http, metrics),
    outputs: new Outputs(config),
    metrics,
    log,
  });
  const reader =
    member ?? new KafkaMember(config, kafkaOptions(config.kafka, config.name, http), workerName, log);
  const tracing =
    tracer &&
    new SpanTracing(tracer, config, { name: "decide", lookUps: lookUps(config), model: model(config) });
  return new Worker(config, reader, decide, metrics, log, tracing);
}
