import { createServer, type Server } from "node:http";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { MeterMetrics } from "./metrics.js";

export interface Health {
  /** The process does what it should. */
  alive(): boolean;
  /** It has its part of the work. */
  ready(): boolean;
}

export interface Telemetry {
  readonly metrics: MeterMetrics;
  /** Serves `/livez`, `/readyz` and `/metrics`. Gives the port. */
  listen(port: number, health: Health): Promise<number>;
  close(): Promise<void>;
}

const PLAIN = { "content-type": "text/plain; charset=utf-8" };

export function telemetry(serviceName: string): Telemetry {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer();
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ "service.name": serviceName }),
    readers: [exporter],
  });
  let server: Server | undefined;
  return {
    metrics: new MeterMetrics(provider.getMeter("inline-inference-worker")),
    listen(port, health) {
      const started = createServer(async (request, response) => {
        const answer = (status: number, body: string) => response.writeHead(status, PLAIN).end(`${body}\n`);
        if (request.url === "/livez") {
          answer(health.alive() ? 200 : 503, health.alive() ? "alive" : "stuck");
        } else if (request.url === "/readyz") {
          answer(health.ready() ? 200 : 503, health.ready() ? "ready" : "not ready");
        } else if (request.url === "/metrics") {
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
