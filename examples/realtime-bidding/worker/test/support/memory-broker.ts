import { setTimeout as sleep } from "node:timers/promises";
import {
  type Assignment,
  type Fetched,
  type InputRecord,
  laneOf,
  type OutputRecord,
  type Position,
  type StreamMember,
} from "../../src/stream/member.js";

/** Of all events. */
export const TIME = Date.UTC(2026, 10, 1, 12);

/** A log in this process: partitions, committed positions, and commits that are all or nothing. */
export class MemoryBroker {
  readonly written: OutputRecord[] = [];
  readonly #partitions: InputRecord[][];
  readonly #committed = new Map<string, bigint>();

  constructor(
    private readonly topic: string,
    partitions: number,
  ) {
    this.#partitions = Array.from({ length: partitions }, () => []);
  }

  produce(
    partition: number,
    key: string,
    value: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const lane = this.#partitions[partition]!;
    lane.push({
      topic: this.topic,
      partition,
      offset: BigInt(lane.length),
      timestamp: TIME,
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)] as const),
    });
  }

  of(topic: string): readonly OutputRecord[] {
    return this.written.filter((each) => each.topic === topic);
  }

  /** `perFetch` events a partition at most. `beforeCommit` may throw: the commit is then not made. */
  member(perFetch = 50, beforeCommit: () => void | Promise<void> = () => {}): StreamMember {
    const all = this.#partitions.map((_, partition) => ({ topic: this.topic, partition }));
    const broker = this;
    return {
      epoch: 1,
      async join() {},
      async assignment(): Promise<Assignment> {
        const at = all.map((each) => ({ ...each, offset: broker.#committed.get(laneOf(each)) ?? 0n }));
        return { epoch: 1, byBroker: [at] };
      },
      async fetch(positions): Promise<readonly Fetched[]> {
        await sleep(1);
        return positions.map(({ topic, partition, offset }) => {
          const lane = broker.#partitions[partition]!;
          const records = lane.slice(Number(offset), Number(offset) + perFetch);
          return {
            topic,
            partition,
            records,
            next: offset + BigInt(records.length),
            end: BigInt(lane.length),
          };
        });
      },
      async commit(_epoch, outputs, positions: readonly Position[]) {
        await beforeCommit();
        broker.written.push(...outputs);
        for (const position of positions) {
          broker.#committed.set(laneOf(position), position.offset);
        }
      },
      async recover() {},
      async close() {},
    };
  }
}
