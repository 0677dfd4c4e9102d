import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { checkCollector } from "../../kubernetes/otlp";
import type { SecretFiles } from "./program-setup";
import type { InlineTracing } from "./props";
import { checkSecret } from "./services";

const OTLP_HTTP = 4318;
const PERCENT = 100;
/** Of a percentage that is written by hand; more would be what dividing left over. */
const DIGITS = 12;

export function checkTracing(
  problems: Problems,
  tracing: InlineTracing | undefined,
  namespace: string,
): void {
  if (tracing === undefined) {
    return;
  }
  problems.required("tracing.collector", tracing.collector, "a Service that takes OTLP by HTTP");
  checkCollector(problems, "tracing.collector", tracing.collector);
  const { samplingPercent = 1, ca } = tracing;
  const allowed = "a number from 0 to 100";
  if (
    problems.literal("tracing.samplingPercent", samplingPercent, allowed) &&
    !(typeof samplingPercent === "number" && samplingPercent >= 0 && samplingPercent <= PERCENT)
  ) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject: "tracing.samplingPercent",
      given: samplingPercent,
      allowed,
    });
  }
  if (ca !== undefined) {
    checkSecret(problems, "tracing.ca", ca, namespace);
  }
}

/** Where spans go, as a service that the program talks to. */
export function collectorService({ collector, ca }: InlineTracing): { readonly endpoint: string } {
  const { service, namespace, port = OTLP_HTTP } = collector;
  return { endpoint: `${ca === undefined ? "http" : "https"}://${service}.${namespace}.svc:${port}` };
}

/** As both programs read it. */
export function tracingConfig(files: SecretFiles, tracing: InlineTracing | undefined): object | undefined {
  return (
    tracing && {
      ...collectorService(tracing),
      sampleRate: Number(((tracing.samplingPercent ?? 1) / PERCENT).toPrecision(DIGITS)),
      caFile: files.maybe("tracing/ca.crt", tracing.ca),
    }
  );
}
