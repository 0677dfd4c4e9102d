import { readFileSync } from "node:fs";
import { createClient, RESP_TYPES } from "@redis/client";
import type { Config } from "./config.js";
import { errorText, type Log } from "./log.js";

/** An answer as it is kept. */
export interface Kept {
  readonly contentType: string;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  readonly tokens: number;
  readonly body: Buffer;
}

/** Where answers are kept. Whatever fails throws; whoever calls decides that it is a miss. */
export interface Store {
  get(key: string): Promise<Kept | undefined>;
  set(key: string, kept: Kept, ttlSeconds: number): Promise<void>;
  /** Waits until nothing is in work. */
  close(): Promise<void>;
}

const NEWLINE = 0x0a;

/** One line of JSON, then the body as it was. */
function encode({ body, ...head }: Kept): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

function decode(bytes: Buffer): Kept {
  const end = bytes.indexOf(NEWLINE);
  const head = JSON.parse(bytes.subarray(0, end).toString("utf8")) as Omit<Kept, "body">;
  return { ...head, body: bytes.subarray(end + 1) };
}

/** Rejects if it takes longer; what was asked is not called off. */
async function within<T>(ms: number, asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Redis or Valkey. Commands fail at once while there is no connection: a request never waits for one. */
export class RemoteStore implements Store {
  readonly #client: ReturnType<typeof connection>;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(
    private readonly config: Config["store"],
    private readonly prefix: string,
    log: Log,
    /** Commands that may wait for a store that does not answer: each may hold an answer in memory. */
    mostWaiting = 500,
  ) {
    this.#client = connection(config, mostWaiting);
    let told = 0;
    this.#client.on("error", (error: unknown) => {
      // Every attempt to connect fails like this; once a minute is enough.
      if (Date.now() - told > 60_000) {
        told = Date.now();
        log("warn", "The store does not answer; requests pass", { error: errorText(error) });
      }
    });
    this.#client.on("ready", () => {
      told = 0;
      log("info", "The store answers");
    });
    this.#client.connect().catch(() => undefined);
  }

  async get(key: string): Promise<Kept | undefined> {
    const bytes = await this.#within(this.#client.get(this.prefix + key));
    return bytes === null ? undefined : decode(bytes);
  }

  async set(key: string, kept: Kept, ttlSeconds: number): Promise<void> {
    await this.#within(
      this.#client.set(this.prefix + key, encode(kept), { expiration: { type: "EX", value: ttlSeconds } }),
    );
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#pending);
    this.#client.destroy();
  }

  async #within<T>(asked: Promise<T>): Promise<T> {
    const limited = within(this.config.budgetMs, asked);
    this.#pending.add(limited);
    try {
      return await limited;
    } finally {
      this.#pending.delete(limited);
    }
  }
}

function connection({ host, port, tls, caFile, passwordFile }: Config["store"], mostWaiting: number) {
  const read = (file: string | undefined) =>
    file === undefined ? undefined : readFileSync(file, "utf8").trim();
  const timing = {
    connectTimeout: 2_000,
    reconnectStrategy: (retries: number) => Math.min(100 * 2 ** retries, 5_000),
  };
  return createClient({
    socket: tls
      ? { host, port, tls: true, servername: host, ca: read(caFile), ...timing }
      : { host, port, ...timing },
    // Asked at each connection, so that a rotated password needs no new pod.
    credentialsProvider:
      passwordFile === undefined
        ? undefined
        : { type: "async-credentials-provider", credentials: async () => ({ password: read(passwordFile) }) },
    disableOfflineQueue: true,
    commandsQueueMaxLength: mostWaiting,
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
}
