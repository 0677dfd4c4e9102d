import { DEAD_LETTER_PARTITIONS } from "./sizing";
import type { StreamTopicModel } from "./topic";

const MS_PER_HOUR = 3_600_000;

/** A topic of Kafka as its admin protocol takes it. */
export interface KafkaTopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Settings of the topic. */
  readonly config: Readonly<Record<string, string>>;
}

/** Shortest retention of a topic whose older messages move. Source: https://docs.aws.amazon.com/msk/latest/developerguide/msk-tiered-storage.html (2026-11) */
const TIERED_FROM_HOURS = 72;

/** Whether messages of a topic move to cheaper storage after so many hours. */
export function isTiered(
  topic: { readonly retentionHours: number; readonly compaction: boolean },
  tieredAfterHours: number | undefined,
): tieredAfterHours is number {
  return (
    tieredAfterHours !== undefined &&
    !topic.compaction &&
    topic.retentionHours >= TIERED_FROM_HOURS &&
    topic.retentionHours > tieredAfterHours
  );
}

/** Topics and dead-letter topics of a stream. */
export function kafkaTopics(
  topics: readonly StreamTopicModel[],
  tieredAfterHours?: number,
): readonly KafkaTopicSpec[] {
  return topics.flatMap((topic): KafkaTopicSpec[] => {
    const { name, partitions, deadLetter } = topic;
    const main = { name, partitions, config: configOf(topic, tieredAfterHours) };
    if (!deadLetter) {
      return [main];
    }
    const { retentionHours } = deadLetter;
    const config = configOf({ retentionHours, compaction: false }, tieredAfterHours);
    return [main, { name: deadLetter.topic, partitions: DEAD_LETTER_PARTITIONS, config }];
  });
}

/** Of a compacted topic the retention time is that of deletions: consumers that are away longer miss them. */
function configOf(
  topic: { readonly retentionHours: number; readonly compaction: boolean },
  tieredAfterHours: number | undefined,
): Record<string, string> {
  const retention = `${topic.retentionHours * MS_PER_HOUR}`;
  if (topic.compaction) {
    return { "cleanup.policy": "compact", "delete.retention.ms": retention };
  }
  const config = { "cleanup.policy": "delete", "retention.ms": retention };
  return isTiered(topic, tieredAfterHours)
    ? {
        ...config,
        "local.retention.ms": `${tieredAfterHours * MS_PER_HOUR}`,
        "remote.storage.enable": "true",
      }
    : config;
}

/** Start of the transactional ids of an identity; the hyphen keeps `a` from those of `ab`. */
export function transactionalPrefix(identity: string): string {
  return `${identity}-`;
}
