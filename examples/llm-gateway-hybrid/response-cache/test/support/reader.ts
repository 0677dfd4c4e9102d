import { Server, ServerCredentials, type ServerDuplexStream } from "@grpc/grpc-js";
import { type ProcessingRequest, type ProcessingResponse, SERVICE, setHeader } from "../../src/messages.js";

export interface StubProcessor {
  readonly port: number;
  /** Bodies of answers that passed by. */
  readonly answers: string[];
  /** Bodies of requests that passed by. */
  readonly requests: string[];
  close(): void;
}

async function stub(
  answer: (request: ProcessingRequest, of: StubProcessor) => object | undefined,
): Promise<StubProcessor> {
  const server = new Server();
  const made = {
    answers: [] as string[],
    requests: [] as string[],
    port: 0,
    close: () => server.forceShutdown(),
  };
  server.addService(SERVICE, {
    process(stream: ServerDuplexStream<ProcessingRequest, ProcessingResponse>) {
      stream.on("data", (request: ProcessingRequest) => {
        const reply = answer(request, made);
        if (reply) {
          stream.write(reply as ProcessingResponse);
        }
      });
      stream.on("end", () => stream.end());
      stream.on("error", () => undefined);
    },
  });
  made.port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  return made;
}

/** What the AI gateway's processor does at the router: reads the model, names it in a header, lets the route be chosen anew. */
export const modelReader = () =>
  stub((request) => {
    if (request.requestBody) {
      const { model } = JSON.parse(Buffer.from(request.requestBody.body).toString("utf8")) as {
        model: string;
      };
      const headerMutation = { setHeaders: [setHeader("x-ai-eg-model", model)] };
      return { requestBody: { response: { headerMutation, clearRouteCache: true } } };
    }
    return request.requestHeaders
      ? { requestHeaders: {} }
      : request.responseHeaders
        ? { responseHeaders: {} }
        : { responseBody: {} };
  });

/** A guardrail that sees prompts and answers and refuses a word. */
export const guard = () =>
  stub((request, seen) => {
    if (request.requestBody) {
      const text = Buffer.from(request.requestBody.body).toString("utf8");
      seen.requests.push(text);
      return text.includes("forbidden")
        ? {
            immediateResponse: {
              status: { code: 451 },
              headers: {},
              body: Buffer.from("no"),
              details: "guard",
            },
          }
        : { requestBody: {} };
    }
    if (request.responseBody) {
      seen.answers.push(Buffer.from(request.responseBody.body).toString("utf8"));
      return { responseBody: {} };
    }
    return request.requestHeaders ? { requestHeaders: {} } : { responseHeaders: {} };
  });
