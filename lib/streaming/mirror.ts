import type { Problems } from "../core/problems";
import { StreamingErrors } from "./errors";
import { GROUP_NAME } from "./event-stream-base";
import type { IEventStream } from "./streaming";
import type { StreamTopicModel } from "./topic";

/** What is copied from one stream to another. */
export interface MirrorRequest {
  readonly source: IEventStream;
  readonly target: Pick<IEventStream, "site" | "streamName" | "engine" | "delivery">;
  /** Topics of the source. */
  readonly topics: readonly string[];
}

/** Checks the groups whose positions a mirror carries. Adds MissingValue, InvalidName, DuplicateValue. */
export function checkMirrorGroups(
  problems: Problems,
  { name, consumerGroups }: { readonly name: string; readonly consumerGroups?: readonly string[] },
): void {
  if (consumerGroups === undefined) {
    return;
  }
  problems.required("consumerGroups", consumerGroups[0], "one group or more");
  for (const group of consumerGroups) {
    problems.name(`consumerGroups "${group}"`, group, GROUP_NAME);
  }
  problems.unique("consumerGroups, and the group that the mirror itself is", [name, ...consumerGroups]);
}

/** Name of a copy: topics of two sources stay apart, and a copy is never copied back as if it were an original. */
export function mirroredTopic(source: Pick<IEventStream, "site">, topic: string): string {
  return `${source.site.name}.${topic}`;
}

/**
 * Checks a copy of topics to another site. What is wrong goes to `problems`; an unknown topic throws at once.
 *
 * Adds MirrorOfItself, UnsupportedByEngine, MirrorBreaksResidency, ExactlyOnceUnsupported, MissingValue, DuplicateValue.
 */
export function checkMirror(
  problems: Problems,
  { source, target, topics }: MirrorRequest,
): readonly StreamTopicModel[] {
  problems.required("topics", topics[0], "one topic or more");
  problems.unique("topics", topics);
  if (source.site.name === target.site.name && source.streamName === target.streamName) {
    problems.add(StreamingErrors.MirrorOfItself, {
      subject: "source",
      given: `${source.streamName} of ${source.site.name}`,
      allowed: "another stream",
    });
  }
  for (const [subject, { engine }] of Object.entries({ source, target })) {
    if (engine.protocol !== "kafka") {
      problems.add(StreamingErrors.UnsupportedByEngine, {
        subject,
        given: engine.engine,
        allowed: "a stream that speaks Kafka",
      });
    }
  }
  if (target.delivery === "exactly-once") {
    problems.add(StreamingErrors.ExactlyOnceUnsupported, {
      subject: "target",
      given: target.delivery,
      allowed: "at-least-once: a copy can repeat messages after a failure",
      fix: "copy to a stream of its own with delivery at-least-once",
    });
  }
  return topics.map((name) => {
    const { model } = source.topic(name);
    if (!model.residency.allows(target.site.country)) {
      problems.add(StreamingErrors.MirrorBreaksResidency, {
        subject: `topic "${name}" of ${source.site.name}`,
        given: `a copy at ${target.site.name} (${target.site.country})`,
        allowed: `${model.residency.name}: ${model.residency.describe()}`,
      });
    }
    return model;
  });
}
