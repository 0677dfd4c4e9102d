import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import type { Tracer } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { TracingConfig } from "../config/fields.js";
import { errorText, type Log } from "../log.js";
import type { Metrics } from "../metrics.js";

/** Of one export, its repetitions included. */
const EXPORT_MS = 5_000;

export interface Export {
  readonly tracer: Tracer;
  /** Sends what is left, and gives up after `withinMs`. Never rejects. */
  close(withinMs: number): Promise<void>;
}

/** Spans are lost, decisions are not: what fails is counted and told. */
function told(exporter: SpanExporter, metrics: Metrics, log: Log): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        metrics.spansExported(failed ? "failed" : "ok", spans.length);
        if (failed) {
          log("warn", "Spans were lost", { spans: spans.length, error: errorText(result.error) });
        }
        done({ code: ExportResultCode.SUCCESS });
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Sends spans by OTLP over HTTP, in batches, beside the work. What does not fit into its queue of 2,048 is dropped. */
export function spanExport(
  { endpoint, caFile }: TracingConfig,
  service: { readonly name: string; readonly instance: string },
  metrics: Metrics,
  log: Log,
): Export {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, "")}/v1/traces`,
    timeoutMillis: EXPORT_MS,
    httpAgentOptions: caFile === undefined ? {} : { ca: [...rootCertificates, readFileSync(caFile, "utf8")] },
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": service.name,
      "service.instance.id": service.instance,
    }),
    // Which events are sampled is decided before a span is made.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: told(exporter, metrics, log),
        exportTimeoutMillis: 2 * EXPORT_MS,
      }),
    ],
  });
  return {
    tracer: provider.getTracer("inline-inference-worker"),
    async close(withinMs) {
      const closed = provider.shutdown().catch((error: unknown) => {
        log("warn", "Spans were lost", { error: errorText(error) });
      });
      await Promise.race([closed, sleep(withinMs, undefined, { ref: false })]);
    },
  };
}
