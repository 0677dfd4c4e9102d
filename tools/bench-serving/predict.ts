import { planEndpoint, type ServingEfficiency, TrafficClass } from "../../lib/serving/index";
import { modelOf } from "./models";
import type { PublishedRow } from "./published";

/** So slow that nothing but memory and the stated limit decides the batch. */
const NO_TARGET_MS = 1e9;

/** What the capacity model predicts for the row, in the unit of its figure. */
export function predict(row: PublishedRow, efficiency?: Partial<ServingEfficiency>): number {
  const { accelerators, inputTokens, outputTokens } = row;
  const parallelism =
    row.division === "tensor"
      ? { tensor: accelerators, pipeline: 1 }
      : { tensor: 1, pipeline: 1, data: accelerators, expert: accelerators };
  const plan = planEndpoint({
    model: modelOf(row.model, row.precision, row.cachePrecision, inputTokens + outputTokens),
    classes: [
      TrafficClass.of("load", {
        requestsPerSecond: 1e-6,
        promptTokens: inputTokens,
        outputTokens,
        maxOutputTokens: outputTokens,
        firstTokenP95Ms: NO_TARGET_MS,
        nextTokenMs: NO_TARGET_MS,
      }),
    ],
    accelerator: row.accelerator,
    acceleratorsPerNode: 8,
    parallelism,
    memoryUtilization: row.memoryUtilization,
    maxSequences: row.sequences,
    ...(efficiency === undefined ? {} : { efficiency }),
  });
  return row.metric === "decode" ? plan.decodeTokensPerSecond : plan.planned.outputTokensPerSecond;
}
