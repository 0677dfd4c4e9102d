import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";

const MAX_CONNECTING = 256;
const CONNECT_MS = 5_000;
const OPTIONS = { keepAlive: true, maxSockets: 256, scheduling: "lifo" } as const;

/** Options of a request, as its agent gets them to make a connection. */
export interface ConnectionOptions {
  /** False once the request has given up. */
  readonly stillWanted?: () => boolean;
}

/** Of `https.Agent`: the place that a connection is to. */
type Options = ConnectionOptions & { readonly _agentKey: string };
type Made = (error: Error | null, socket?: Socket) => void;

/**
 * Makes connections for an agent, so many at once. They have a time of their own, and outlive requests that give up: the next
 * request finds them open. Else a handshake longer than the time for an answer would never come to an end.
 */
class Connections {
  private connecting = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly open = new Map<string, Set<Socket>>();

  constructor(
    private readonly connect: (options: Options) => Socket,
    private readonly ready: "connect" | "secureConnect",
  ) {}

  make(options: Options, made: Made): void {
    const kept = this.take(options._agentKey);
    if (kept !== undefined) {
      made(null, kept);
    } else if (this.connecting >= MAX_CONNECTING) {
      this.waiting.push(() => this.make(options, made));
    } else {
      this.begin(options, made);
    }
  }

  private begin(options: Options, made: Made): void {
    this.connecting += 1;
    const socket = this.connect(options);
    const end = (error: Error | null) => {
      clearTimeout(timer);
      socket.off("error", end).off(this.ready, connected);
      this.connecting -= 1;
      if (error !== null) {
        socket.on("error", () => {}).destroy();
        made(error);
      } else if (options.stillWanted?.() ?? true) {
        made(null, socket);
      } else {
        this.keep(options._agentKey, socket);
        made(new Error("given up"));
      }
      this.waiting.shift()?.();
    };
    const connected = () => end(null);
    const timer = setTimeout(() => end(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
    socket.once("error", end).once(this.ready, connected);
  }

  private keep(place: string, socket: Socket): void {
    const others = this.open.get(place) ?? new Set();
    this.open.set(place, others.add(socket));
    socket
      .unref()
      .on("error", ignore)
      .once("close", () => others.delete(socket));
  }

  private take(place: string): Socket | undefined {
    const others = this.open.get(place);
    for (const socket of others ?? []) {
      others!.delete(socket);
      if (!socket.destroyed && socket.writable) {
        return socket.ref().off("error", ignore);
      }
    }
    return undefined;
  }
}

const ignore = () => {};

function connectingApart<T extends HttpAgent>(agent: T, ready: "connect" | "secureConnect"): T {
  // `createConnection` of agents is documented, but not in Node's declarations of this version.
  const connect = (Reflect.get(agent, "createConnection") as (options: Options) => Socket).bind(agent);
  const connections = new Connections(connect, ready);
  return Object.assign(agent, {
    // Given no socket, the agent waits for the callback.
    createConnection: (options: Options, made: Made) => connections.make(options, made),
  });
}

/** Agents that keep connections. @param ca authorities that are trusted. @default - the public ones */
export function keepAliveAgents(ca: readonly string[] | undefined) {
  return {
    "http:": connectingApart(new HttpAgent(OPTIONS), "connect"),
    "https:": connectingApart(new HttpsAgent({ ...OPTIONS, ca: ca && [...ca] }), "secureConnect"),
  };
}
