import type { Problems } from "../core/problems";
import { DNS_LABEL } from "./metadata";

/** A Service that takes OTLP, such as that of a `TelemetryCollector`: `<namePrefix>-otlp-collector`. */
export interface OtlpCollector {
  readonly service: string;
  readonly namespace: string;
  /** @default - 4317 for what sends by gRPC (gateways), 4318 for what sends by HTTP (inline inference) */
  readonly port?: number;
}

export interface Tracing {
  readonly collector: OtlpCollector;
  /** Percent of requests about which no one decided before. Gateways take whole numbers from 1 to 100. @default 1 */
  readonly samplingPercent?: number;
}

/** @throws InvalidName, NumberOutOfRange, TokenNotAllowed, which go to `problems` */
export function checkCollector(
  problems: Problems,
  subject: string,
  collector: OtlpCollector | undefined,
): void {
  if (collector) {
    problems.name(`${subject}.service`, collector.service, DNS_LABEL);
    problems.name(`${subject}.namespace`, collector.namespace, DNS_LABEL);
    if (collector.port !== undefined) {
      problems.literalInteger(`${subject}.port`, collector.port, { min: 1, max: 65_535 });
    }
  }
}
