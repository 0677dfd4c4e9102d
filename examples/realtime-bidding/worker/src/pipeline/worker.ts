import { setTimeout as sleep } from "node:timers/promises";
import type { WorkerConfig } from "../config/config.js";
import { errorText, type Log } from "../log.js";
import type { Gauges, Metrics } from "../metrics.js";
import {
  type Assignment,
  type InputRecord,
  laneOf,
  type OutputRecord,
  type Position,
  type StreamMember,
} from "../stream/member.js";
import type { BatchTrace, Taken, Tracing } from "../tracing/tracing.js";
import type { Decide } from "./decide.js";

/** One partition of the assignment. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  /** The next to be fetched. */
  position: bigint;
  committed: bigint;
  end: bigint;
  /** Fetched and not yet taken: what one fetch gave beyond the room there was. */
  buffer: readonly InputRecord[];
  inFlight: number;
  paused: boolean;
}

interface Batch {
  readonly waiting: readonly Taken[];
  readonly trace: BatchTrace | undefined;
  outputs?: readonly OutputRecord[];
  waitedMs: number;
}

/** All that is void once the group changes. */
class Work {
  readonly lanes = new Map<string, Lane>();
  readonly queue: Taken[] = [];
  /** In the order in which they were formed, and in which they are committed. */
  readonly batches: Batch[] = [];
  deciding = 0;
  inFlight = 0;
  lingerTimer: NodeJS.Timeout | undefined;
  over = false;

  constructor(readonly assignment: Assignment) {
    for (const { topic, partition, offset } of assignment.byBroker.flat()) {
      this.lanes.set(laneOf({ topic, partition }), {
        topic,
        partition,
        position: offset,
        committed: offset,
        end: offset,
        buffer: [],
        inFlight: 0,
        paused: false,
      });
    }
  }
}

const RETRY_MS = { first: 100, most: 10_000 };

/**
 * Fetches, forms batches, lets several be decided at once, and commits them in the order in which they were formed:
 * decisions of a partition, and so of a key, come out in the order of its events.
 */
export class Worker implements Gauges {
  #work: Work | undefined;
  #draining = false;
  #failed: ((error: unknown) => void) | undefined;
  #drained: (() => void) | undefined;
  #room: (() => void)[] = [];
  #committing = false;

  constructor(
    private readonly config: Pick<WorkerConfig, "batch" | "deadline" | "drainMs">,
    private readonly member: StreamMember,
    private readonly decide: Decide,
    private readonly metrics: Metrics,
    private readonly log: Log,
    private readonly tracing?: Tracing,
  ) {}

  /** True while there is an assignment to work on, even an empty one. */
  get ready(): boolean {
    return this.#work !== undefined && !this.#work.over && !this.#draining;
  }

  inFlight(): number {
    return this.#work?.inFlight ?? 0;
  }

  pausedPartitions(): number {
    return [...(this.#work?.lanes.values() ?? [])].filter(({ paused }) => paused).length;
  }

  *lag(): Iterable<{ topic: string; partition: number; lag: number }> {
    for (const { topic, partition, committed, end } of this.#work?.lanes.values() ?? []) {
      yield { topic, partition, lag: Number(end > committed ? end - committed : 0n) };
    }
  }

  /** Works until `drain`. What fails is taken up again from the committed offsets, later and later. */
  async run(): Promise<void> {
    try {
      await this.member.join();
    } catch (error) {
      if (this.#draining) {
        return;
      }
      throw error;
    }
    let delayMs = RETRY_MS.first;
    while (!this.#draining) {
      const startedAt = performance.now();
      try {
        await this.#session(await this.member.assignment());
      } catch (error) {
        this.#end();
        if (this.#draining) {
          break;
        }
        const groupChanged = this.member.epoch !== this.#work?.assignment.epoch;
        this.metrics.restarted(groupChanged ? "rebalance" : "error");
        this.log(groupChanged ? "info" : "warn", "Work is taken up again from the committed offsets", {
          reason: errorText(error),
        });
        delayMs = performance.now() - startedAt > RETRY_MS.most ? RETRY_MS.first : delayMs;
        if (!groupChanged) {
          await sleep(delayMs * (0.5 + Math.random() / 2));
          delayMs = Math.min(RETRY_MS.most, delayMs * 2);
        }
        await this.member.recover().catch((failed: unknown) => {
          this.log("warn", "The producer could not be made anew", { error: errorText(failed) });
        });
      }
    }
    this.#end();
  }

  /** Fetches nothing more, decides and commits what was fetched, as far as `drainMs` allow, and leaves the group. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#wake();
    const work = this.#work;
    if (work !== undefined && !work.over && work.inFlight > 0) {
      this.#formBatches(work, true);
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#drained = resolve;
        }),
        sleep(this.config.drainMs, undefined, { ref: false }),
      ]);
    }
    this.#failed?.(new Error("the worker stops"));
    await this.member.close();
  }

  #end(): void {
    if (this.#work !== undefined) {
      this.#work.over = true;
      clearTimeout(this.#work.lingerTimer);
      for (const { trace } of this.#work.batches) {
        trace?.abandoned();
      }
    }
    this.#wake();
    this.#drained?.();
  }

  /** Runs until something fails; the group changing is a failure too. */
  async #session(assignment: Assignment): Promise<never> {
    const work = new Work(assignment);
    this.#work = work;
    this.#committing = false;
    this.log("info", "Assigned", { epoch: assignment.epoch, partitions: [...work.lanes.keys()] });
    const failed = new Promise<never>((_, reject) => {
      this.#failed = reject;
    });
    const watch = setInterval(() => this.#checkEpoch(work), 50);
    try {
      const loops = assignment.byBroker.map((positions) =>
        this.#fetchLoop(
          work,
          positions.map((position) => work.lanes.get(laneOf(position))!),
        ),
      );
      return await Promise.race([failed, Promise.all(loops).then(() => failed)]);
    } finally {
      clearInterval(watch);
    }
  }

  #checkEpoch(work: Work): void {
    if (this.member.epoch !== work.assignment.epoch) {
      this.#failed?.(new Error("the group changed"));
    }
  }

  async #fetchLoop(work: Work, lanes: readonly Lane[]): Promise<void> {
    while (!work.over && !this.#draining) {
      const open = lanes.filter((lane) => !this.#full(work, lane));
      if (open.length === 0) {
        await new Promise<void>((resolve) => this.#room.push(resolve));
        continue;
      }
      const fetched = await this.member.fetch(
        open.map(({ topic, partition, position }) => ({ topic, partition, offset: position })),
      );
      if (work.over || this.#draining) {
        return;
      }
      for (const { records, next, end, ...at } of fetched) {
        Object.assign(work.lanes.get(laneOf(at))!, { buffer: records, position: next, end });
      }
      this.#take(work);
    }
  }

  /** Takes what was fetched into work, as far as there is room. */
  #take(work: Work): void {
    const takenAt = performance.now();
    for (const lane of work.lanes.values()) {
      const room = Math.min(this.#share(work) - lane.inFlight, this.config.batch.maxInFlight - work.inFlight);
      if (room > 0 && lane.buffer.length > 0) {
        const taken = lane.buffer.slice(0, room);
        lane.buffer = lane.buffer.slice(room);
        lane.inFlight += taken.length;
        work.inFlight += taken.length;
        for (const record of taken) {
          work.queue.push({ record, takenAt });
        }
      }
    }
    this.#formBatches(work);
  }

  #share(work: Work): number {
    return Math.max(1, Math.floor(this.config.batch.maxInFlight / work.lanes.size));
  }

  /** A partition is held back from its share of `maxInFlight` on, until it is down to half of it. */
  #full(work: Work, lane: Lane): boolean {
    const share = this.#share(work);
    const held = lane.inFlight + lane.buffer.length;
    lane.paused = lane.paused ? held > share / 2 : held >= share;
    return lane.paused || lane.buffer.length > 0 || work.inFlight >= this.config.batch.maxInFlight;
  }

  #wake(): void {
    const waiting = this.#room;
    this.#room = [];
    for (const resolve of waiting) {
      resolve();
    }
  }

  #formBatches(work: Work, all = this.#draining): void {
    const { size, concurrency, lingerMs } = this.config.batch;
    while (work.queue.length > 0 && work.deciding < concurrency) {
      const dueInMs = work.queue[0]!.takenAt + lingerMs - performance.now();
      if (!all && work.queue.length < size && dueInMs > 0) {
        work.lingerTimer ??= setTimeout(() => {
          work.lingerTimer = undefined;
          this.#formBatches(work);
        }, dueInMs);
        return;
      }
      const waiting = work.queue.splice(0, size);
      const batch: Batch = { waiting, waitedMs: 0, trace: this.tracing?.begin(waiting) };
      work.batches.push(batch);
      work.deciding += 1;
      void this.#decideBatch(work, batch);
    }
  }

  async #decideBatch(work: Work, batch: Batch): Promise<void> {
    try {
      const deadline = batch.waiting[0]!.takenAt + this.config.deadline.ms;
      const { outputs, waitedMs } = await this.decide(
        batch.waiting.map(({ record }) => record),
        deadline,
        batch.trace,
      );
      batch.trace?.decided();
      batch.waitedMs = waitedMs;
      batch.outputs = outputs;
    } catch (error) {
      this.#fail(work, error);
      return;
    }
    work.deciding -= 1;
    if (!work.over) {
      this.#formBatches(work);
      void this.#commitReady(work);
    }
  }

  /** Commits all that is ready in one transaction; what gets ready meanwhile goes into the next. */
  async #commitReady(work: Work): Promise<void> {
    if (this.#committing) {
      return;
    }
    this.#committing = true;
    try {
      while (!work.over && work.batches[0]?.outputs !== undefined) {
        let ready = 0;
        while (work.batches[ready]?.outputs !== undefined) {
          ready += 1;
        }
        const batches = work.batches.slice(0, ready);
        const positions = positionsAfter(batches);
        const started = performance.now();
        for (const { trace, outputs } of batches) {
          trace?.committing(outputs!);
        }
        await this.member.commit(
          work.assignment.epoch,
          batches.flatMap(({ outputs }) => outputs!),
          positions,
        );
        if (work.over) {
          return;
        }
        work.batches.splice(0, ready);
        this.#committed(work, batches, positions, started);
      }
    } catch (error) {
      this.#fail(work, error);
    } finally {
      if (work === this.#work) {
        this.#committing = false;
      }
    }
  }

  #committed(work: Work, batches: readonly Batch[], positions: readonly Position[], started: number): void {
    const now = performance.now();
    let events = 0;
    for (const { waiting, waitedMs, trace } of batches) {
      trace?.committed();
      events += waiting.length;
      for (const { record, takenAt } of waiting) {
        work.lanes.get(laneOf(record))!.inFlight -= 1;
        this.metrics.eventDone(now - takenAt, Math.max(0, now - takenAt - waitedMs));
      }
    }
    work.inFlight -= events;
    for (const position of positions) {
      work.lanes.get(laneOf(position))!.committed = position.offset;
    }
    this.metrics.committed(now - started, events);
    if (work.inFlight === 0) {
      this.#drained?.();
    }
    if (!this.#draining) {
      this.#take(work);
    }
    this.#wake();
  }

  #fail(work: Work, error: unknown): void {
    if (work === this.#work && !work.over) {
      work.over = true;
      this.#failed?.(error);
    }
  }
}

function positionsAfter(batches: readonly Batch[]): readonly Position[] {
  const last = new Map<string, Position>();
  for (const { waiting } of batches) {
    for (const { record } of waiting) {
      last.set(laneOf(record), {
        topic: record.topic,
        partition: record.partition,
        offset: record.offset + 1n,
      });
    }
  }
  return [...last.values()];
}
