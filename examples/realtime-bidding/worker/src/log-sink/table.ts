import type { Chunk, ChunkLimit } from "./entries.js";

/** What the engine told of a statement. */
export interface Merged {
  /** Rows that were new. */
  readonly added?: number;
  /** What the statement read, where that is paid for. */
  readonly scannedBytes?: number;
}

/** A table that takes rows which it does not have. */
export interface LogTable {
  /** Of one statement. */
  readonly limit: ChunkLimit;
  /**
   * One commit: rows are in the table once, however often they are given.
   *
   * @throws Error if that is not certain
   */
  merge(chunk: Chunk): Promise<Merged>;
}
