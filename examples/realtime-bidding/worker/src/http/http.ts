import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { rootCertificates } from "node:tls";
import { type ConnectionOptions, keepAliveAgents } from "./agents.js";

export interface HttpRequest {
  readonly method: "DELETE" | "GET" | "POST" | "PUT";
  readonly url: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends one request. Rejects when no answer came in time. Injected, so that tests need no socket. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** No answer: the connection failed, or time was up. */
export class NoAnswer extends Error {}

/**
 * Keeps connections open: a handshake would cost more than a small model.
 *
 * @param trusted certificates of authorities beside the public ones, PEM
 */
export function keepAliveHttp(trusted: readonly string[] = []): Http {
  const agents = keepAliveAgents(trusted.length === 0 ? undefined : [...rootCertificates, ...trusted]);
  return ({ method, url, body, headers, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const target = new URL(url);
      const secure = target.protocol === "https:";
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(new NoAnswer(`${method} ${target.origin}: ${error.message}`));
      };
      const length: Record<string, string | number> =
        body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const connection: ConnectionOptions = { stillWanted: () => !sent.destroyed };
      const sent = (secure ? httpsRequest : httpRequest)(
        target,
        {
          ...connection,
          method,
          agent: agents[secure ? "https:" : "http:"],
          headers: { ...length, ...headers },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", fail);
          answer.on("end", () => {
            clearTimeout(timer);
            resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
          });
        },
      );
      // The whole exchange, not only silence on the socket: a server that drips bytes would never time out.
      const timer = setTimeout(() => {
        const error = new Error(`no answer within ${timeoutMs} ms`);
        // A request that has no connection yet says nothing before it gets one.
        fail(error);
        sent.destroy(error);
      }, timeoutMs);
      sent.on("error", fail);
      sent.end(body);
    });
}
