import type { Chunk } from "./entries.js";

/** A table that takes rows which it does not have. */
export interface LogTable {
  /**
   * One commit: rows are in the table once, however often they are given. Gives how many were new.
   *
   * @throws Error if that is not certain
   */
  merge(chunk: Chunk): Promise<number>;
}
