/** An event as it lies in the log. */
export interface InputRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970, as the topic says: when the event was made, or when it came. */
  readonly timestamp: number;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
}

export interface OutputRecord {
  readonly topic: string;
  readonly key: Buffer | undefined;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Taken where there is no key, modulo the partitions of the topic. */
  readonly partition: number;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  /** The next to be read. */
  readonly offset: bigint;
}

/** What this member of the group works on until the group changes. */
export interface Assignment {
  /** Grows with each assignment. Work of an older one is void. */
  readonly epoch: number;
  /** Positions to start from, by the broker that is asked. */
  readonly byBroker: readonly (readonly Position[])[];
}

/** What one partition answered. */
export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  /** In order of offsets. */
  readonly records: readonly InputRecord[];
  /** Where to go on; markers of transactions have offsets too. */
  readonly next: bigint;
  /** End of the partition. */
  readonly end: bigint;
}

/** One member of a consumer group that also writes. The pipeline knows nothing of Kafka but this. */
export interface StreamMember {
  /** Joins the group. */
  join(): Promise<void>;
  /** The assignment as it is now, positions as committed. Waits for the group, and for transactions left open. */
  assignment(): Promise<Assignment>;
  /** Grows when the group changes; compared with `Assignment.epoch`. */
  readonly epoch: number;
  /** Waits for events a short time. All positions are at one broker. */
  fetch(positions: readonly Position[]): Promise<readonly Fetched[]>;
  /**
   * Writes outputs and positions: all of it or nothing under exactly-once, outputs before positions otherwise.
   * Rejects if the assignment is not the one of `epoch` any more. Never called twice at once.
   */
  commit(epoch: number, outputs: readonly OutputRecord[], positions: readonly Position[]): Promise<void>;
  /** Ends a transaction that failed and gets ready for the next. */
  recover(): Promise<void>;
  /** Leaves the group at once, so that others need not wait for a time-out. */
  close(): Promise<void>;
}

export const laneOf = (position: { readonly topic: string; readonly partition: number }): string =>
  `${position.topic}:${position.partition}`;
