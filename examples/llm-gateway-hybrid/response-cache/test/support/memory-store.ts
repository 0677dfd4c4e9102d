import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { StoreServer } from "./store-server.js";

type Value = { readonly bytes: Buffer; readonly ends: number };

const bulk = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);

/** Whole commands at the start of what came, and what is left. */
function commands(bytes: Buffer): { readonly whole: Buffer[][]; readonly rest: Buffer } {
  const whole: Buffer[][] = [];
  let at = 0;
  for (;;) {
    let position = at;
    const line = () => {
      const end = bytes.indexOf("\r\n", position);
      const text = end < 0 ? undefined : bytes.toString("latin1", position, end);
      position = end + 2;
      return text;
    };
    const count = line();
    if (count === undefined) {
      return { whole, rest: bytes.subarray(at) };
    }
    const parts: Buffer[] = [];
    for (let index = 0; index < Number(count.slice(1)); index++) {
      const size = line();
      if (size === undefined || bytes.length < position + Number(size.slice(1)) + 2) {
        return { whole, rest: bytes.subarray(at) };
      }
      parts.push(bytes.subarray(position, position + Number(size.slice(1))));
      position += Number(size.slice(1)) + 2;
    }
    whole.push(parts);
    at = position;
  }
}

/** The few commands that the program sends, where no Valkey is at hand. */
export async function startMemoryStore(password: string): Promise<StoreServer> {
  const values = new Map<string, Value>();
  const sockets = new Set<Socket>();
  let frozen = false;
  let waiting: (() => void)[] = [];
  const answer = ([name = Buffer.alloc(0), ...rest]: Buffer[]): Buffer | string => {
    const args = rest.map((each) => each.toString("latin1"));
    switch (name.toString("latin1").toUpperCase()) {
      case "HELLO":
        return args.includes(password) ? "%1\r\n+proto\r\n:3\r\n" : "-WRONGPASS wrong password\r\n";
      case "GET": {
        const found = values.get(args[0]!);
        return found !== undefined && found.ends > Date.now() ? bulk(found.bytes) : "_\r\n";
      }
      case "SET":
        values.set(args[0]!, { bytes: Buffer.from(rest[1]!), ends: Date.now() + Number(args[3]) * 1_000 });
        return "+OK\r\n";
      default:
        return "+OK\r\n";
    }
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let left = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      const { whole, rest } = commands(Buffer.concat([left, chunk]));
      left = Buffer.from(rest);
      const work = () => {
        for (const command of whole) {
          socket.write(answer(command));
        }
      };
      if (frozen) {
        waiting.push(work);
      } else {
        work();
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    name: "a stand-in for Valkey in memory",
    port: (server.address() as { port: number }).port,
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
      for (const work of waiting) {
        work();
      }
      waiting = [];
    },
    async stop() {
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
