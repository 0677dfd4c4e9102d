/** Bytes and dependent operations of one accelerator in a step. */
export interface Load {
  readonly bytes: number;
  readonly steps: number;
}

export interface Loads {
  readonly tp: Load;
  readonly cp: Load;
  readonly ep: Load;
  readonly pp: Load;
  readonly dp: Load;
}

/** Seconds of the traffic of each axis. */
export type AxisSeconds = Readonly<Record<keyof Loads, number>>;

/** Shares of ideal bandwidth that links reach. */
export const SHARES = { network: 0.8, scaleUp: 0.8, torus: 0.82, twist: 0.94, wide: 0.8 } as const;
