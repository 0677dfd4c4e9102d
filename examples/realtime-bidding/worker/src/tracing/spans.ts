import {
  type Attributes,
  type Context,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { WorkerConfig } from "../config/config.js";
import type { InputRecord, OutputRecord } from "../stream/member.js";
import { batchOf, errorType, operation, placeOf } from "./attributes.js";
import { recordHeaders, sampledByWriter } from "./headers.js";
import type { BatchTrace, CallSpan, Ended, Taken, Tracing } from "./tracing.js";

const PROPAGATOR = new W3CTraceContextPropagator();

function headersOf(at: Context): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  PROPAGATOR.inject(at, headers, defaultTextMapSetter);
  return headers;
}

/** What a program does with a batch. */
export interface Stage {
  readonly name: string;
  /** By their names. @default - none are made */
  readonly lookUps?: ReadonlyMap<string, Attributes>;
  /** @default - none is asked */
  readonly model?: { readonly name: string; readonly attributes: Attributes };
}

/** What is the same for all spans of one program. */
interface Facts {
  readonly tracer: Tracer;
  readonly consumer: Attributes;
  readonly stage: Stage;
}

class SpanOfCall implements CallSpan {
  readonly headers: Readonly<Record<string, string>>;

  constructor(private readonly span: Span) {
    this.headers = headersOf(trace.setSpan(ROOT_CONTEXT, span));
  }

  end({ error, attributes = {} }: Parameters<CallSpan["end"]>[0] = {}): void {
    this.span.setAttributes(attributes);
    if (error !== undefined) {
      this.span.setAttribute("error.type", errorType(error));
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

/**
 * One span for each sampled event, in the trace of whoever wrote it. What the batch does together (look-ups, model,
 * commit) is in the trace of the first of them; the others link to it.
 */
class SpansOfBatch implements BatchTrace {
  readonly #first: Context;
  readonly #decide: Span;
  readonly #decideAt: Context;
  #send: Span | undefined;
  #over = false;

  constructor(
    private readonly facts: Facts,
    private readonly events: ReadonlyMap<InputRecord, Span>,
    size: number,
  ) {
    const [first, ...others] = events.values();
    this.#first = trace.setSpan(ROOT_CONTEXT, first!);
    const links = others.map((span) => ({ context: span.spanContext() }));
    this.#decide = facts.tracer.startSpan(
      facts.stage.name,
      { attributes: batchOf(size), links },
      this.#first,
    );
    this.#decideAt = trace.setSpan(ROOT_CONTEXT, this.#decide);
    for (const span of others) {
      span.addLink({ context: this.#decide.spanContext() });
    }
  }

  lookUp(name: string, events: number): CallSpan {
    const batch = events > 1 ? { "db.operation.batch.size": events } : {};
    return this.#call(`look up ${name}`, { ...this.facts.stage.lookUps?.get(name), ...batch });
  }

  modelCall(rows: number, attempt: number): CallSpan {
    const { name, attributes } = this.facts.stage.model ?? { name: "model", attributes: {} };
    const again = attempt > 1 ? { "http.request.resend_count": attempt - 1 } : {};
    return this.#call(name, { ...attributes, ...again, "inline_inference.model.rows": rows });
  }

  #call(name: string, attributes: Attributes): CallSpan {
    return new SpanOfCall(
      this.facts.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, this.#decideAt),
    );
  }

  ended(record: InputRecord, { outcome, reason, outputs }: Ended): readonly OutputRecord[] {
    const span = this.events.get(record);
    if (span === undefined || this.#over) {
      return outputs;
    }
    span.setAttribute("inline_inference.outcome", outcome);
    if (reason !== "") {
      span.setAttribute("inline_inference.reason", reason);
    }
    if (outcome === "dead-letter") {
      span.setAttribute("error.type", reason);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    const carried = headersOf(trace.setSpan(ROOT_CONTEXT, span));
    return outputs.map((output) => ({ ...output, headers: { ...output.headers, ...carried } }));
  }

  decided(): void {
    this.#decide.end();
  }

  committing(outputs: readonly OutputRecord[]): void {
    if (outputs.length === 0) {
      return;
    }
    const topics = [...new Set(outputs.map(({ topic }) => topic))];
    const only = topics.length === 1 ? topics[0] : undefined;
    const attributes = {
      ...operation("send"),
      ...batchOf(outputs.length),
      ...(only === undefined ? {} : { "messaging.destination.name": only }),
    };
    // Not PRODUCER: records carry the context of their events, not of this.
    const kind = SpanKind.CLIENT;
    const name = only === undefined ? "send" : `send ${only}`;
    this.#send = this.facts.tracer.startSpan(name, { kind, attributes }, this.#first);
  }

  committed(): void {
    this.#end();
  }

  abandoned(): void {
    this.#end("abandoned");
  }

  #end(error?: string): void {
    if (this.#over) {
      return;
    }
    this.#over = true;
    const open = [this.#decide, this.#send, ...this.events.values()].filter((span) => span?.isRecording());
    for (const span of open) {
      if (error !== undefined) {
        span!.setAttribute("error.type", error);
        span!.setStatus({ code: SpanStatusCode.ERROR });
      }
      span!.end();
    }
  }
}

/** Spans of a program that reads Kafka. */
export class SpanTracing implements Tracing {
  readonly #facts: Facts;
  readonly #rate: number;

  constructor(
    tracer: Tracer,
    config: { readonly kafka: Pick<WorkerConfig["kafka"], "groupId"> } & Pick<
      WorkerConfig,
      "name" | "tracing"
    >,
    stage: Stage,
  ) {
    this.#rate = config.tracing?.sampleRate ?? 0;
    this.#facts = {
      tracer,
      consumer: {
        ...operation("process"),
        "messaging.client.id": config.name,
        "messaging.consumer.group.name": config.kafka.groupId,
      },
      stage,
    };
  }

  begin(batch: readonly Taken[]): BatchTrace | undefined {
    let events: Map<InputRecord, Span> | undefined;
    for (let index = 0; index < batch.length; index += 1) {
      const { record, takenAt } = batch[index]!;
      if (this.#isSampled(record)) {
        events ??= new Map();
        events.set(record, this.#process(record, takenAt));
      }
    }
    return events && new SpansOfBatch(this.#facts, events, batch.length);
  }

  #isSampled({ headers }: InputRecord): boolean {
    const already = headers.length === 0 ? undefined : sampledByWriter(headers);
    return already ?? (this.#rate > 0 && Math.random() < this.#rate);
  }

  #process(record: InputRecord, takenAt: number): Span {
    const written = PROPAGATOR.extract(ROOT_CONTEXT, record.headers, recordHeaders);
    const writer = trace.getSpanContext(written);
    return this.#facts.tracer.startSpan(
      `process ${record.topic}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: takenAt,
        attributes: { ...this.#facts.consumer, ...placeOf(record) },
        links: writer === undefined ? [] : [{ context: writer }],
      },
      written,
    );
  }
}
