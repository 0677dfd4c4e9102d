import type { StepNs } from "../placement";
import type { Explanation, WorkloadExplanation } from "./explain";
import { digits, duration, sentence, some, usd, where } from "./words";

function stepLine(step: StepNs): string {
  const parts: readonly (readonly [string, number])[] = [
    ["compute", step.computeNs],
    ["TP", step.tensorNs],
    ["CP", step.contextNs],
    ["EP", step.expertNs],
    ["PP", step.pipelineNs],
    ["bubble", step.bubbleNs],
    ["DP exposed", step.exposedDataNs],
  ];
  const shown = parts.filter(([, time]) => time > 0).map(([name, time]) => `${name} ${duration(time)}`);
  return `step ${duration(step.totalNs)}: ${shown.join(", ")}`;
}

function acceptedLines(explained: WorkloadExplanation, verbose: boolean): readonly string[] {
  const { placed, runnerUp, usdPerMillionTokens } = explained;
  const lines = [`${explained.workload}`];
  for (const part of placed!.parts) {
    const serving =
      part.serving === undefined ? "" : `, ${part.serving.replicas} replicas (${part.serving.phase})`;
    lines.push(
      `  ${part.site}/${part.pool}, ${part.accelerators} ${part.purchase}: ${where(part.domains)}${serving}`,
    );
  }
  for (const flow of placed!.flows) {
    lines.push(
      `  link ${flow.link}: ${digits(flow.gbps, 2)} Gbit/s${flow.waves > 0 ? `, ${flow.waves} wavelengths` : ""}`,
    );
  }
  const { cost, step } = placed!;
  const unit =
    usdPerMillionTokens === undefined ? "" : `, ${digits(usdPerMillionTokens, 3)} USD per million tokens`;
  const carbon = `${digits(cost.milligramsCo2 / 1e6, 2)} kg CO2e/h`;
  lines.push(
    `  ${usd(cost.microUsdAccelerators + cost.microUsdNetwork)}, ${carbon}${unit}; counts as ${usd(cost.microUsdEffective)}`,
  );
  if (step !== undefined) {
    lines.push(`  ${stepLine(step)}`);
  }
  if (runnerUp !== undefined) {
    const places = runnerUp.places.map(({ site, pool }) => `${site}/${pool}`).join(" + ");
    const more = runnerUp.microUsdMore;
    lines.push(
      `  next best: ${places}, ${usd(Math.abs(more))} ${more >= 0 ? "more" : "less, but others need it"}`,
    );
  }
  return verbose ? [...lines, ...explained.refused.map((reason) => `  not ${sentence(reason)}`)] : lines;
}

function leftOutLines({ workload, refused }: WorkloadExplanation): readonly string[] {
  return [`${workload}`, ...refused.map((reason) => `  ${sentence(reason)}`)];
}

function summary(explanation: Explanation): readonly string[] {
  const { objective, bound, workloads } = explanation;
  const left = workloads.filter(({ status }) => status === "left-out").length;
  const cost = objective.microUsdEffective + objective.microUsdChurn;
  const proof =
    bound.method === "exact"
      ? "no plan is better"
      : `no plan for the same workloads counts as less than ${usd(bound.microUsd)}: gap ${digits(bound.gapPpm / 1e4, 3)} %`;
  return [
    `${workloads.length - left} of ${workloads.length} workloads have a place${left > 0 ? `, ${left} are left out` : ""}`,
    `counts as ${usd(cost)}${objective.microUsdChurn > 0 ? `, ${usd(objective.microUsdChurn)} of it for moving` : ""}; ${proof}`,
  ];
}

function scarceLines({ scarce }: Explanation): readonly string[] {
  return scarce.slice(0, 10).map(({ of, site, pool, link, microUsdPerHour }) => {
    const what =
      of === "pool"
        ? `one accelerator more at ${site}/${pool}`
        : `one more unit of ${of === "link" ? `link ${link}` : "budget"}`;
    return `${what} would save ${usd(microUsdPerHour)}`;
  });
}

function roomLines({ rooms }: Explanation): readonly string[] {
  return rooms.map(({ site, pool, used, capacity, largestPlaceable }) => {
    const largest = largestPlaceable > 0 ? `, largest slice still placeable ${largestPlaceable}` : "";
    return `${site}/${pool}: ${used} of ${capacity ?? "unlimited"} used${largest}`;
  });
}

function linkLines({ links }: Explanation): readonly string[] {
  return links
    .filter(({ gbpsUsed }) => gbpsUsed > 0)
    .map(({ link, gbpsUsed, gbpsFree, wavesUsed }) => {
      const waves = wavesUsed > 0 ? `, ${wavesUsed} wavelengths` : "";
      return `${link}: ${digits(gbpsUsed, 2)} Gbit/s used${waves}, ${digits(gbpsFree, 2)} free`;
    });
}

function uplinkLines({ uplinks }: Explanation): readonly string[] {
  return uplinks.map(({ site, pool, tier, domain, workloads, utilisation }) => {
    const busy = `busy ${digits(utilisation * 100, 1)} % of a step`;
    return `${site}/${pool}, ${tier} of domain ${domain}: ${some(workloads, 4)}, ${busy}`;
  });
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

export interface TextOptions {
  /** Also say why each other place was refused to what has a place. @default false */
  readonly verbose?: boolean;
}

/** An explanation as plain text for a terminal; no colour, no trailing newline. */
export function explanationText(explanation: Explanation, options: TextOptions = {}): string {
  const { workloads, changes } = explanation;
  const accepted = workloads.filter(({ status }) => status === "accepted");
  const left = workloads.filter(({ status }) => status === "left-out");
  const moved = changes.map(({ workload, change, before, after }) => {
    const way =
      change === "moved" ? `${some(before, 3)} -> ${some(after, 3)}` : some([...after, ...before], 3);
    return `${change} ${workload}: ${way}`;
  });
  return [
    ...summary(explanation),
    ...section("Left out", left.flatMap(leftOutLines)),
    ...section(
      "Placed",
      accepted.flatMap((workload) => acceptedLines(workload, options.verbose ?? false)),
    ),
    ...section("Scarce", scarceLines(explanation)),
    ...section("Room", roomLines(explanation)),
    ...section("Links", linkLines(explanation)),
    ...section("Uplinks that are shared, or slow a step", uplinkLines(explanation)),
    ...section("Since the lock", moved),
  ].join("\n");
}
