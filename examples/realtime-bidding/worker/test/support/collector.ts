import { createServer } from "node:http";

export interface Collector {
  readonly url: string;
  /** Method, path, type and content of each request. */
  readonly bodies: readonly string[];
  close(): void;
}

/** Takes spans by OTLP over HTTP, and answers with a status; undefined is silence. */
export async function startCollector(status: number | undefined): Promise<Collector> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = `${request.method} ${request.url} ${request.headers["content-type"]} `;
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      bodies.push(body);
      if (status !== undefined) {
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
