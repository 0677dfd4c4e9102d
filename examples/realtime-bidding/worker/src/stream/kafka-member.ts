import { setTimeout as sleep } from "node:timers/promises";
import {
  Admin,
  type BaseOptions,
  Consumer,
  FetchIsolationLevels,
  ListOffsetTimestamps,
} from "@platformatic/kafka";
import type { WorkerConfig } from "../config/config.js";
import { errorText, type Log } from "../log.js";
import { committedRecords } from "./decode.js";
import {
  AtLeastOnceWriter,
  type GroupMember,
  type KafkaWriter,
  TransactionalWriter,
} from "./kafka-producer.js";
import {
  type Assignment,
  type Fetched,
  laneOf,
  type OutputRecord,
  type Position,
  type StreamMember,
} from "./member.js";

/** A partition with room again waits at most this long for a fetch that others are waiting in. */
const FETCH_WAIT_MS = 100;
const FETCH_BYTES = 4 << 20;
const PARTITION_BYTES = 512 << 10;
const GROUP_WAIT_MS = 20;

/**
 * One member of a group of Kafka, on the client's requests rather than on its stream of messages: that one pauses all
 * partitions or none, and keeps positions of its own when the group changes while a fetch is under way.
 */
export class KafkaMember implements StreamMember {
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  readonly #writer: KafkaWriter;
  #epoch = 0;
  #writing: Promise<void> = Promise.resolve();
  #topicIds = new Map<string, string>();
  #leaders = new Map<string, number>();
  #closed = false;

  constructor(
    private readonly config: Pick<WorkerConfig, "kafka" | "input" | "delivery">,
    options: BaseOptions,
    /** Unique among running workers, and kept over a restart of the same: its transactions are then aborted at once. */
    workerName: string,
    private readonly log: Log,
  ) {
    const { kafka, delivery } = config;
    this.#consumer = new Consumer({
      ...options,
      groupId: kafka.groupId,
      sessionTimeout: kafka.sessionTimeoutMs,
      rebalanceTimeout: kafka.sessionTimeoutMs,
      heartbeatInterval: Math.floor(kafka.sessionTimeoutMs / 4),
      autocommit: false,
      isolationLevel: FetchIsolationLevels.READ_COMMITTED,
    });
    this.#admin = new Admin(options);
    this.#writer =
      delivery === "exactly-once"
        ? new TransactionalWriter(options, `${kafka.transactionalIdPrefix}${workerName}`)
        : new AtLeastOnceWriter(options, (positions) =>
            this.#consumer.commit({
              offsets: positions.map((position) => ({ ...position, leaderEpoch: -1 })),
            }),
          );
    // Heartbeats fail here when the group changes; the client joins again by itself.
    this.#consumer.on("consumer:group:join", () => {
      this.#epoch += 1;
    });
    (this.#consumer as unknown as NodeJS.EventEmitter).on("error", (error) => {
      this.log("warn", "The group reports an error", { error: errorText(error) });
    });
  }

  get epoch(): number {
    return this.#epoch;
  }

  async join(): Promise<void> {
    await this.#writer.recover();
    this.#consumer.topics.trackAll(...this.config.input.topics);
    await this.#consumer.joinGroup({});
  }

  async assignment(): Promise<Assignment> {
    while (!this.#consumer.isActive() || this.#consumer.assignments === null) {
      if (this.#closed) {
        throw new Error("the member has left the group");
      }
      await sleep(GROUP_WAIT_MS);
    }
    const epoch = this.#epoch;
    const assigned = this.#consumer.assignments.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    const metadata = await this.#consumer.metadata({
      topics: [...this.config.input.topics],
      forceUpdate: true,
    });
    this.#topicIds = new Map([...metadata.topics].map(([name, { id }]) => [name, id]));
    const positions = assigned.length === 0 ? [] : await this.#positions(assigned);
    const byBroker = new Map<number, Position[]>();
    for (const position of positions) {
      const leader = metadata.topics.get(position.topic)!.partitions[position.partition]!.leader;
      byBroker.set(leader, [...(byBroker.get(leader) ?? []), position]);
    }
    this.#leaders = new Map(
      [...byBroker].flatMap(([leader, each]) => each.map((at) => [laneOf(at), leader])),
    );
    return { epoch, byBroker: [...byBroker.values()] };
  }

  /** Committed positions; where there is none, or what was committed is not kept any more, where the group starts. */
  async #positions(assigned: readonly { topic: string; partition: number }[]): Promise<readonly Position[]> {
    const topics = [...new Set(assigned.map(({ topic }) => topic))];
    const { groupId } = this.config.kafka;
    const listed = (timestamp: bigint) => this.#consumer.listOffsets({ topics, timestamp });
    const [groups, first, last] = await Promise.all([
      // Waits while a transaction is open that would move the positions: whoever holds it may still commit.
      this.#admin.listConsumerGroupOffsets({
        groups: [
          {
            groupId,
            topics: topics.map((name) => ({
              name,
              partitionIndexes: assigned
                .filter(({ topic }) => topic === name)
                .map(({ partition }) => partition),
            })),
          },
        ],
        requireStable: true,
      }),
      listed(ListOffsetTimestamps.EARLIEST),
      listed(ListOffsetTimestamps.LATEST),
    ]);
    const committed = new Map(
      groups.flatMap((group) =>
        group.topics.flatMap(({ name, partitions }) =>
          partitions.map((each) => [
            laneOf({ topic: name, partition: each.partitionIndex }),
            each.committedOffset,
          ]),
        ),
      ) as [string, bigint][],
    );
    return assigned.map(({ topic, partition }) => {
      const offset = committed.get(laneOf({ topic, partition })) ?? -1n;
      const earliest = first.get(topic)![partition]!;
      if (offset >= 0n && offset < earliest) {
        this.log("error", "Events were deleted before they were read", {
          topic,
          partition,
          lost: Number(earliest - offset),
        });
        return { topic, partition, offset: earliest };
      }
      const start = this.config.input.startFrom === "earliest" ? earliest : last.get(topic)![partition]!;
      return { topic, partition, offset: offset >= 0n ? offset : start };
    });
  }

  async fetch(positions: readonly Position[]): Promise<readonly Fetched[]> {
    const topics = [...new Set(positions.map(({ topic }) => topic))];
    const answer = await this.#consumer.fetch({
      node: this.#leaders.get(laneOf(positions[0]!))!,
      maxWaitTime: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      topics: topics.map((topic) => ({
        topicId: this.#topicIds.get(topic)!,
        partitions: positions
          .filter((position) => position.topic === topic)
          .map(({ partition, offset }) => ({
            partition,
            fetchOffset: offset,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
            partitionMaxBytes: PARTITION_BYTES,
          })),
      })),
    });
    const names = new Map([...this.#topicIds].map(([name, id]) => [id, name]));
    const asked = new Map(positions.map((position) => [laneOf(position), position.offset]));
    return answer.responses.flatMap(({ topicId, partitions }) =>
      partitions.map((answered) => {
        const at = { topic: names.get(topicId)!, partition: answered.partitionIndex };
        const read = committedRecords(at.topic, answered, asked.get(laneOf(at))!);
        return { ...at, ...read, end: answered.highWatermark };
      }),
    );
  }

  async commit(
    epoch: number,
    outputs: readonly OutputRecord[],
    positions: readonly Position[],
  ): Promise<void> {
    const { generationId, memberId, coordinatorId } = this.#consumer;
    if (epoch !== this.#epoch || memberId === null || coordinatorId === null || this.#closed) {
      throw new Error("the group changed");
    }
    const group: GroupMember = { groupId: this.config.kafka.groupId, generationId, memberId, coordinatorId };
    const writing = this.#writer.write(group, outputs, positions);
    this.#writing = writing.catch(() => {});
    await writing;
  }

  async recover(): Promise<void> {
    await this.#writing;
    if (!this.#closed) {
      await this.#writer.recover();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#writer.close();
    try {
      await this.#consumer.leaveGroup(true);
    } catch (error) {
      this.log("warn", "The group was not left in order", { error: errorText(error) });
    }
    await Promise.all([this.#consumer.close(true), this.#admin.close()]);
  }
}
