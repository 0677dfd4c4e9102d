import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server was asked. */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export type Answer = readonly [status: number, body?: unknown];

/** A server that remembers what it was asked. */
export class Recorder {
  readonly requests: Request[] = [];
  private server?: Server;

  async start(answer: (request: Request) => Answer): Promise<string> {
    this.server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("end", () => {
        const { method = "", url = "", headers } = incoming;
        const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
        this.requests.push(request);
        const [status, body] = answer(request);
        response.writeHead(status).end(typeof body === "object" ? JSON.stringify(body) : body);
      });
    });
    await new Promise<void>((resolve) => this.server?.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const { server } = this;
    await (server && new Promise((resolve) => server.close(resolve)));
  }
}

/** Runs Python with the scripts of these folders at hand. */
export function python(
  folders: readonly string[],
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = {
      env: { ...process.env, ...env, PYTHONPATH: folders.join(":"), PYTHONDONTWRITEBYTECODE: "1" },
    };
    execFile("python3", [...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
    });
  });
}
