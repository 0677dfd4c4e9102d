import { createServer, type Server } from "node:http";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { MeterMetrics } from "./metrics.js";

const PLAIN = { "content-type": "text/plain; charset=utf-8" };

export interface Telemetry {
  readonly metrics: MeterMetrics;
  /** Serves `/livez`, `/readyz` and `/metrics`. Gives the port. */
  listen(port: number, ready: () => boolean): Promise<number>;
  close(): Promise<void>;
}

export function telemetry(serviceName: string): Telemetry {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer();
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ "service.name": serviceName }),
    readers: [exporter],
  });
  let server: Server | undefined;
  return {
    metrics: new MeterMetrics(provider.getMeter("response-cache")),
    listen(port, ready) {
      const started = createServer(async ({ url }, response) => {
        const answer = (status: number, body: string) => response.writeHead(status, PLAIN).end(`${body}\n`);
        if (url === "/livez") {
          answer(200, "alive");
        } else if (url === "/readyz") {
          answer(ready() ? 200 : 503, ready() ? "ready" : "draining");
        } else if (url === "/metrics") {
          const { resourceMetrics } = await exporter.collect();
          answer(200, serializer.serialize(resourceMetrics));
        } else {
          answer(404, "there are /livez, /readyz and /metrics");
        }
      });
      server = started;
      return new Promise((resolve, reject) => {
        started.once("error", reject);
        started.listen(port, () => resolve((started.address() as { port: number }).port));
      });
    },
    async close() {
      server?.closeAllConnections();
      server?.close();
      await provider.shutdown();
    },
  };
}
