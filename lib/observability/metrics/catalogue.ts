import type { Exporter } from "../../kubernetes/metrics-source";
import { ACCELERATOR_EXPORTERS } from "./accelerators";
import { ENGINE_EXPORTERS } from "./engines";
import { GATEWAY_EXPORTERS } from "./gateways";
import type { ExporterFacts } from "./metric";
import { QUEUE_EXPORTERS } from "./queues";

/**
 * What each exporter publishes, with the code or page that says so. Only metrics that rules and dashboards use: an
 * exporter may publish more.
 */
export const METRICS: Readonly<Record<Exporter, ExporterFacts>> = Object.freeze(
  Object.fromEntries(
    [...ENGINE_EXPORTERS, ...GATEWAY_EXPORTERS, ...ACCELERATOR_EXPORTERS, ...QUEUE_EXPORTERS].map((facts) => [
      facts.exporter,
      facts,
    ]),
  ) as Record<Exporter, ExporterFacts>,
);
