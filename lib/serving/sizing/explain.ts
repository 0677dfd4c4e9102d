import { n } from "./steps";
import type { EndpointPlan, PlannedReplicas } from "./types";

function replicasText(replicas: PlannedReplicas, spare: number): string {
  const text =
    replicas.kind === "split"
      ? `${replicas.prefill} replicas for prefill and ${replicas.decode} for decoding`
      : `${replicas.count} ${replicas.count === 1 ? "replica" : "replicas"}`;
  return spare === 0 ? text : `${text}, ${spare} of each kind spare`;
}

/** The plan as text for a terminal: what is planned, what is predicted, and each step with its formula and source. */
export function explainEndpoint(plan: EndpointPlan): string {
  const { parallelism: of, planned } = plan;
  const shape = `tensor ${of.tensor}, pipeline ${of.pipeline}, expert ${of.expert}, data ${of.data}`;
  const nodes = plan.nodesPerReplica === 1 ? "within one node" : `over ${plan.nodesPerReplica} nodes`;
  const cost =
    planned.usdPerHour === undefined
      ? ["  price: not known"]
      : [
          `  price: ${n(planned.usdPerHour)} USD per hour, ${n(plan.usdPerMillionOutputTokens!)} USD per million tokens of output at the planned traffic`,
        ];
  return [
    `endpoint of "${plan.model}" on ${plan.engine}: predicted by a capacity model, not measured`,
    `  ${replicasText(plan.replicas, plan.spareReplicas)} of ${plan.acceleratorsPerReplica} x ${plan.accelerator.name} (${shape}) ${nodes}: ${plan.accelerators} accelerators`,
    `  at most ${plan.maxBatch} sequences a replica; ${n(100 * plan.utilisation)} % of ${n(planned.requestsPerSecond)} requests and ${n(planned.outputTokensPerSecond)} tokens of output per second`,
    ...cost,
    `  drain: ${plan.drainSeconds} s`,
    ...plan.classes.map(
      ({ name, firstTokenP95Ms, nextTokenMs, share }) =>
        `  class "${name}": first token within ${n(firstTokenP95Ms)} ms for 95 of 100, ${n(nextTokenMs)} ms between tokens, ${n(100 * share)} % of the work`,
    ),
    "steps",
    ...plan.steps.map(
      ({ what, formula, result, source }) => `  ${what} = ${formula} = ${n(result)}   [${source}]`,
    ),
  ].join("\n");
}
