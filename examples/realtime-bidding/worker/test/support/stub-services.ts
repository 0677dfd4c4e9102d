import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Http, type HttpAnswer, NoAnswer } from "../../src/http/http.js";

interface InferRequest {
  readonly inputs: readonly { readonly shape: readonly [number, number]; readonly data: readonly number[] }[];
}

interface FeastRequest {
  readonly features: readonly string[];
  readonly entities: Readonly<Record<string, readonly unknown[]>>;
}

/** Scores are the price and the click rate together, so that a test can tell whose event a decision is of. */
export function inferAnswer(body: string): string {
  const { shape, data } = (JSON.parse(body) as InferRequest).inputs[0]!;
  const score = Array.from(
    { length: shape[0] },
    (_, row) => data[row * shape[1]]! + (data[row * shape[1] + 1] ?? 0),
  );
  return JSON.stringify({
    outputs: [{ name: "score", datatype: "FP32", shape: [shape[0], 1], data: score }],
  });
}

/** Every user has a click rate of one half, but `nobody` is not known. */
export function feastAnswer(body: string): string {
  const { features, entities } = JSON.parse(body) as FeastRequest;
  const keys = Object.values(entities)[0]!;
  const known = keys.map((key) => key !== "nobody");
  return JSON.stringify({
    metadata: { feature_names: features.map((name) => name.replace(":", "__")) },
    results: features.map(() => ({
      values: known.map((is) => (is ? 0.5 : null)),
      statuses: known.map((is) => (is ? "PRESENT" : "NOT_FOUND")),
    })),
  });
}

/** How the model behaves, to be changed while it is asked. */
export interface ModelBehaviour {
  status: number;
  delayMs: number;
  calls: number;
}

/** Both services without a socket. */
export function stubHttp(behaviour: ModelBehaviour): Http {
  return async ({ url, body, timeoutMs }): Promise<HttpAnswer> => {
    if (url.endsWith("/get-online-features")) {
      return { status: 200, body: feastAnswer(body!) };
    }
    behaviour.calls += 1;
    if (behaviour.delayMs > 0) {
      await sleep(Math.min(behaviour.delayMs, timeoutMs));
    }
    if (behaviour.delayMs > timeoutMs) {
      throw new NoAnswer(`no answer within ${timeoutMs} ms`);
    }
    return { status: behaviour.status, body: behaviour.status === 200 ? inferAnswer(body!) : "out of order" };
  };
}

export interface StubServer {
  readonly url: string;
  close(): void;
}

/** Both services on a socket of this machine. */
export async function startServices(behaviour: ModelBehaviour): Promise<StubServer> {
  const http = stubHttp(behaviour);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const answer = await http({ method: "POST", url: request.url!, body, timeoutMs: 60_000 });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
