import {
  type API,
  addPartitionsToTxnV3,
  type BaseOptions,
  type Callback,
  kGetApi,
  kGetConnection,
  type MessageToProduce,
  Producer,
  txnOffsetCommitV3,
} from "@platformatic/kafka";
import type { OutputRecord, Position } from "./member.js";
import { partitionHash } from "./partitioner.js";

/**
 * `AddPartitionsToTxn` from version 4 on is what brokers ask each other, and takes the right to act for the cluster; the
 * client would choose the newest. Version 3 is what clients are for: an identity with rights on its topics, its group
 * and its transactional ids is enough. https://cwiki.apache.org/confluence/display/KAFKA/KIP-890, read 2026-10.
 */
class LeastPrivilegeProducer extends Producer<Buffer, Buffer, string, string> {
  override [kGetApi]<Arguments extends unknown[], Response>(
    name: string,
    callback: Callback<API<Arguments, Response>>,
  ): void {
    if (name === "AddPartitionsToTxn") {
      callback(null, addPartitionsToTxnV3.api as unknown as API<Arguments, Response>);
    } else {
      super[kGetApi](name, callback);
    }
  }

  /** All positions in one request; the client has one for each partition. */
  async commitPositions(
    transactionalId: string,
    group: GroupMember,
    positions: readonly Position[],
  ): Promise<void> {
    const { brokers } = await this.metadata({});
    const topics = [...new Set(positions.map(({ topic }) => topic))].map((name) => ({
      name,
      partitions: positions
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: -1,
        })),
    }));
    await new Promise<void>((resolve, reject) => {
      this[kGetConnection](brokers.get(group.coordinatorId)!, (error, connection) => {
        if (error) {
          reject(error);
          return;
        }
        txnOffsetCommitV3.api(
          connection!,
          transactionalId,
          group.groupId,
          this.producerId!,
          this.producerEpoch!,
          group.generationId,
          group.memberId,
          null,
          topics,
          (failed) => (failed ? reject(failed) : resolve()),
        );
      });
    });
  }
}

/** Who reads, as the group's coordinator knows it. */
export interface GroupMember {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly coordinatorId: number;
}

const toMessage = (output: OutputRecord): MessageToProduce<Buffer, Buffer, string, string> => ({
  topic: output.topic,
  key: output.key,
  value: Buffer.from(output.value, "utf8"),
  headers: output.headers,
  partition: output.key === undefined ? output.partition : undefined,
});

const utf8 = (text?: string): Buffer => Buffer.from(text ?? "", "utf8");

/** The resumed id is found by the broker: what the client sends by default would claim to be producer 0. */
const ANY_PRODUCER = { producerId: -1n, producerEpoch: -1 };

/** How long an open transaction of a worker that died holds back readers of committed decisions. */
const TRANSACTION_TIMEOUT_MS = 10_000;

function makeProducer(options: BaseOptions, transactionalId?: string): LeastPrivilegeProducer {
  return new LeastPrivilegeProducer({
    ...options,
    idempotent: true,
    transactionalId,
    timeout: TRANSACTION_TIMEOUT_MS,
    partitioner: (_message, key) => partitionHash(key!),
    serializers: { headerKey: utf8, headerValue: utf8 },
  });
}

export interface KafkaWriter {
  write(group: GroupMember, outputs: readonly OutputRecord[], positions: readonly Position[]): Promise<void>;
  /** Ends whatever was begun, here and at the broker. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Outputs and positions in one transaction; who is not of the group any more cannot commit. */
export class TransactionalWriter implements KafkaWriter {
  #producer: LeastPrivilegeProducer | undefined;

  constructor(
    private readonly options: BaseOptions,
    private readonly transactionalId: string,
  ) {}

  async recover(): Promise<void> {
    await this.close();
    const producer = makeProducer(this.options, this.transactionalId);
    this.#producer = producer;
    // Registers the id: aborts what an earlier holder left open, and fences it.
    await (await producer.beginTransaction(ANY_PRODUCER)).cancel();
  }

  async write(
    group: GroupMember,
    outputs: readonly OutputRecord[],
    positions: readonly Position[],
  ): Promise<void> {
    const transaction = await this.#producer!.beginTransaction(ANY_PRODUCER);
    // One call for all records: the client merges equal requests that are under way into one, and loses partitions.
    await transaction.send({ messages: outputs.map(toMessage) });
    await transaction.addConsumer(group as never);
    await this.#producer!.commitPositions(this.transactionalId, group, positions);
    await transaction.commit();
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close();
  }
}

/** Outputs first, then positions: a crash between the two writes the same decisions once more, with the same ids. */
export class AtLeastOnceWriter implements KafkaWriter {
  #producer: LeastPrivilegeProducer | undefined;

  constructor(
    private readonly options: BaseOptions,
    private readonly commitPositions: (positions: readonly Position[]) => Promise<void>,
  ) {}

  async recover(): Promise<void> {
    await this.close();
    this.#producer = makeProducer(this.options);
  }

  async write(
    _group: GroupMember,
    outputs: readonly OutputRecord[],
    positions: readonly Position[],
  ): Promise<void> {
    if (outputs.length > 0) {
      await this.#producer!.send({ messages: outputs.map(toMessage) });
    }
    await this.commitPositions(positions);
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close();
  }
}
