export interface StoreServer {
  readonly name: string;
  readonly port: number;
  /** Does not answer any more, but keeps its connections. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}
