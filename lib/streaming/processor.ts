import type { IConstruct } from "constructs";
import { COMMON_NAME, type Problems } from "../core/problems";
import type { Identity } from "../fabric/identity";
import type { Site } from "../fabric/site";
import type { ILakehouse } from "../lakehouse/index";
import { StreamingErrors } from "./errors";
import type { Delivery, IEventStream, StreamGrant, TopicAccess } from "./streaming";

/** A topic that a processor reads. */
export interface ProcessorSource {
  readonly stream: IEventStream;
  readonly topic: string;
  /** The processor may see personal data. Needed for topics with `pii`. @default false */
  readonly includePii?: boolean;
}

/** Where a processor writes: a topic, or a zone of a lakehouse with its tables. */
export type ProcessorSink =
  | { readonly stream: IEventStream; readonly topic: string }
  | { readonly lakehouse: ILakehouse; readonly zone: string };

/**
 * What happens to state when the job changes: `savepoint` stops with a full copy and goes on from it, `stateless` starts
 * afresh.
 */
export type UpgradeMode = "savepoint" | "stateless";

/** What every processor shares, wherever it runs. */
export interface StreamProcessorProps<S extends Site = Site> {
  readonly site: S;
  /** 1 to 32 lower-case letters, digits and hyphens; also the name of its consumer group. Literal. */
  readonly name: string;
  /** One or more. */
  readonly sources: readonly ProcessorSource[];
  /** @default - none: the job has effects of another kind */
  readonly sinks?: readonly ProcessorSink[];
  /**
   * `exactly-once`: refused unless every sink takes part: topics of a stream with `delivery: "exactly-once"`, tables.
   * @default "at-least-once"
   */
  readonly delivery?: Delivery;
  /** @default "savepoint" */
  readonly upgrade?: UpgradeMode;
}

/** A job that reads topics and writes elsewhere. */
export interface IStreamProcessor extends IConstruct {
  readonly site: Site;
  readonly processorName: string;
  /** Who the job is. */
  readonly identity: Identity;
  /** How the job connects to its sources, in their order. */
  readonly sources: readonly TopicAccess[];
  /** How the job connects to the topics among its sinks, in their order. */
  readonly sinks: readonly TopicAccess[];
}

/** A processor after validation. */
export interface ProcessorModel {
  readonly delivery: Delivery;
  readonly upgrade: UpgradeMode;
}

/** Why a sink does not take part in exactly-once; undefined if it does. */
function sinkProblem(sink: ProcessorSink): string | undefined {
  if ("lakehouse" in sink) {
    return undefined;
  }
  const { stream } = sink;
  if (stream.engine.protocol === "pubsub") {
    return "a publisher of Pub/Sub that retries writes twice";
  }
  return stream.delivery === "exactly-once"
    ? undefined
    : (stream.engine.noExactlyOnce ?? `stream "${stream.streamName}" has delivery at-least-once`);
}

function describe(sink: ProcessorSink): string {
  return "lakehouse" in sink ? `zone "${sink.zone}"` : `topic "${sink.topic}"`;
}

/**
 * Checks what all processors share and fills in defaults. What is wrong goes to `problems`.
 *
 * @param checkpoints whether the job keeps checkpoints
 */
export function resolveProcessor(
  problems: Problems,
  props: StreamProcessorProps,
  checkpoints: boolean,
): ProcessorModel {
  problems.name("name", props.name, COMMON_NAME);
  problems.required("sources", props.sources?.[0], "one topic or more");
  const delivery = props.delivery ?? "at-least-once";
  problems.oneOf("delivery", delivery, ["at-least-once", "exactly-once"]);
  const upgrade = props.upgrade ?? "savepoint";
  problems.oneOf("upgrade", upgrade, ["savepoint", "stateless"]);
  if (upgrade === "savepoint" && !checkpoints) {
    problems.add(StreamingErrors.SavepointWithoutCheckpoints, {
      subject: "upgrade",
      given: upgrade,
      allowed: "stateless, without checkpoints",
    });
  }
  if (delivery === "exactly-once" && !checkpoints) {
    problems.add(StreamingErrors.ExactlyOnceUnsupported, {
      subject: "delivery",
      given: delivery,
      allowed: "at-least-once, without checkpoints",
    });
  }
  for (const sink of props.sinks ?? []) {
    const reason = delivery === "exactly-once" ? sinkProblem(sink) : undefined;
    if (reason !== undefined) {
      problems.add(StreamingErrors.ExactlyOnceUnsupported, {
        subject: `sink ${describe(sink)}`,
        given: delivery,
        allowed: `at-least-once: ${reason}`,
      });
    }
    checkLoop(problems, sink, props.sources ?? []);
  }
  return { delivery, upgrade };
}

function checkLoop(problems: Problems, sink: ProcessorSink, sources: readonly ProcessorSource[]): void {
  if (
    !("lakehouse" in sink) &&
    sources.some(({ stream, topic }) => stream === sink.stream && topic === sink.topic)
  ) {
    problems.add(StreamingErrors.SourceAndSink, {
      subject: `sink ${describe(sink)}`,
      given: sink.topic,
      allowed: "a topic that is no source",
    });
  }
}

/** Gives a processor the rights that its declaration asks for. */
export function grantProcessor(
  props: StreamProcessorProps,
  identity: Identity,
): { readonly sources: readonly StreamGrant[]; readonly sinks: readonly StreamGrant[] } {
  const sources = props.sources.map(({ stream, topic, includePii }) =>
    stream.topic(topic).grantConsume(identity, { group: props.name, includePii }),
  );
  const sinks = (props.sinks ?? []).flatMap((sink) => {
    if ("lakehouse" in sink) {
      sink.lakehouse.zone(sink.zone).grantWrite(identity);
      return [];
    }
    return [sink.stream.topic(sink.topic).grantProduce(identity)];
  });
  return { sources, sinks };
}
