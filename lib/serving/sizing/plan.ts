import { type Finding, ValidationError } from "../../core/errors";
import { Problems } from "../../core/problems";
import { frozen } from "../../fabric/frozen";
import { ServingErrors } from "../errors";
import { type Candidate, weigh } from "./candidate";
import { computedTokens, fullNextToken, mixOf, outputOf, promptSeconds, sum, workSeconds } from "./load";
import { memoryOf, memorySum } from "./memory";
import { acceleratorsOf, type Division } from "./parts";
import { type Settings, settingsOf } from "./settings";
import { candidates, holdsContext, smallestThatFits } from "./shapes";
import { stepsOf } from "./steps";
import { decodeStep } from "./times";
import type { ClassPrediction, EndpointPlan, EndpointPlanProps, PlannedReplicas } from "./types";

/** Seconds on top of the longest generation until a replica is taken away. */
const DRAIN_MARGIN_SECONDS = 30;

/** Adds what the largest division that was tried lacks, and the smallest that would do. */
function doesNotFit(problems: Problems, settings: Settings, divisions: readonly Division[]): void {
  const { model, machines } = settings;
  const widest = divisions.at(-1)!;
  const memory = memoryOf(widest, machines.accelerator);
  const { tensor, pipeline } = widest.parallelism;
  const smallest = smallestThatFits(widest, machines);
  const given = `${memorySum(memory)} (tensor ${tensor}, pipeline ${pipeline})`;
  if (memory.cacheGib <= 0) {
    problems.add(ServingErrors.ModelDoesNotFit, {
      subject: `model "${model.name}" on ${machines.accelerator.name}`,
      given,
      allowed: `the smallest shape that fits: ${smallest}`,
    });
    return;
  }
  problems.add(ServingErrors.ContextExceedsMemory, {
    subject: `contextTokens of "${model.name}" on ${machines.accelerator.name}`,
    given: `${model.contextTokens} tokens; ${given}`,
    allowed: `at most ${memory.cacheTokens / widest.parallelism.data} tokens in ${memory.cacheGib.toFixed(2)} GiB; the smallest shape that fits: ${smallest}`,
  });
}

function isUnknown({ error }: Finding): boolean {
  return error === ServingErrors.AcceleratorFactsMissing;
}

/** The first division that fits and answers in time. Throws why there is none. */
function choose(problems: Problems, settings: Settings): Candidate {
  const { model, machines, parallelism } = settings;
  const tried = candidates(model, parallelism, machines).map((each) => ({ ...settings, parallelism: each }));
  if (tried.length === 0) {
    problems.add(ServingErrors.ReplicaDoesNotFillNodes, {
      subject: "parallelism",
      given: parallelism,
      allowed: `numbers of accelerators that divide ${machines.acceleratorsPerNode} or are a multiple of it`,
    });
    problems.throwIfAny();
  }
  const fitting = tried.filter((division) => holdsContext(division, machines.accelerator));
  if (fitting.length === 0) {
    doesNotFit(problems, settings, tried);
    problems.throwIfAny();
  }
  let findings: readonly Finding[] = [];
  let widest = 0;
  for (const division of fitting) {
    const outcome = weigh(settings, division.parallelism);
    if ("candidate" in outcome) {
      return outcome.candidate;
    }
    // The widest tensor parallelism is the quickest, but for one of which too little is known to tell.
    const { tensor } = division.parallelism;
    if (findings.length === 0 || (tensor > widest && !outcome.findings.every(isUnknown))) {
      findings = outcome.findings;
      widest = tensor;
    }
  }
  throw new ValidationError("planEndpoint", findings as [Finding, ...Finding[]]);
}

function replicasOf(settings: Settings, { staffing }: Candidate): PlannedReplicas {
  const { spareReplicas, prefillDecode } = settings;
  return prefillDecode === "split"
    ? { kind: "split", prefill: staffing.prefill + spareReplicas, decode: staffing.decode + spareReplicas }
    : { kind: "together", count: staffing.prefill + spareReplicas };
}

function replicaCount(replicas: PlannedReplicas): number {
  return replicas.kind === "split" ? replicas.prefill + replicas.decode : replicas.count;
}

/** Share of the accelerators' time by class: of each phase its part, weighed by the replicas of the phase. */
function shareOf(settings: Settings, { load, staffing, speed }: Candidate, index: number): number {
  const { classes } = settings;
  const step = decodeStep(speed, load.batch, mixOf(classes).context).total / load.batch;
  const prefill = classes.map((of) => of.requestsPerSecond * promptSeconds(speed, of).busy);
  const decode = classes.map((of) => outputOf(of) * step);
  const part = (work: readonly number[]) => work[index]! / sum(work, (each) => each);
  if (settings.prefillDecode === "together") {
    return part(classes.map((_, at) => prefill[at]! + decode[at]!));
  }
  const { prefill: first, decode: second } = staffing;
  return (part(prefill) * first + part(decode) * second) / (first + second);
}

function predictionsOf(
  settings: Settings,
  chosen: Candidate,
  usdPerHour: number | undefined,
): readonly ClassPrediction[] {
  const { load, staffing } = chosen;
  const split = settings.prefillDecode === "split";
  return settings.classes.map((of, index) => {
    const share = shareOf(settings, chosen, index);
    return {
      name: of.name,
      firstTokenP95Ms: settings.rttMs + 1e3 * (staffing.queueSeconds + workSeconds(load, of, split)),
      nextTokenMs: 1e3 * staffing.nextTokenSeconds,
      share,
      ...(usdPerHour === undefined ? {} : { usdPerHour: share * usdPerHour }),
    };
  });
}

function checkBudgets(problems: Problems, settings: Settings, classes: readonly ClassPrediction[]): void {
  settings.classes.forEach(({ name, budgetUsdPerHour }, index) => {
    const cost = classes[index]!.usdPerHour;
    if (budgetUsdPerHour !== undefined && cost !== undefined && cost > budgetUsdPerHour) {
      problems.add(ServingErrors.ClassOverBudget, {
        subject: `class "${name}" budgetUsdPerHour`,
        given: budgetUsdPerHour,
        allowed: `at least ${cost.toFixed(2)} USD per hour, its share of the endpoint`,
      });
    }
  });
}

function drainSeconds(settings: Settings, { load, speed }: Candidate): number {
  const split = settings.prefillDecode === "split";
  const next = fullNextToken(speed, settings.classes, load.batch, split);
  const longest = Math.max(
    ...settings.classes.map((of) => workSeconds(load, of, split) + of.maxOutputTokens * next),
  );
  return Math.ceil(longest) + DRAIN_MARGIN_SECONDS;
}

function planOf(problems: Problems, settings: Settings, chosen: Candidate): EndpointPlan {
  const { model, machines, engine, prefillDecode, memoryUtilization, prefillChunkTokens } = settings;
  const { parallelism, memory, batchLimit, load, speed, staffing } = chosen;
  const { accelerator, acceleratorsPerNode } = machines;
  const mix = mixOf(settings.classes);
  const acceleratorsPerReplica = acceleratorsOf(parallelism);
  const nodesPerReplica = Math.ceil(acceleratorsPerReplica / acceleratorsPerNode);
  const replicas = replicasOf(settings, chosen);
  const accelerators = replicaCount(replicas) * acceleratorsPerReplica;
  const price = settings.usdPerAcceleratorHour;
  const usdPerHour = price === undefined ? undefined : price * accelerators;
  const classes = predictionsOf(settings, chosen, usdPerHour);
  checkBudgets(problems, settings, classes);
  problems.throwIfAny();
  const prefilled = sum(settings.classes, (of) => of.requestsPerSecond * computedTokens(of));
  const prefillBusy = sum(settings.classes, (of) => of.requestsPerSecond * promptSeconds(speed, of).busy);
  const most = staffing.requestsPerSecond;
  return frozen({
    model: model.name,
    engine,
    accelerator,
    acceleratorsPerNode,
    parallelism,
    acceleratorsPerReplica,
    nodesPerReplica,
    prefillDecode,
    memoryUtilization,
    memory,
    maxBatch: load.batch,
    batchLimit,
    prefillChunkTokens,
    prefillTokensPerSecond: prefilled / prefillBusy,
    decodeTokensPerSecond: load.batch / decodeStep(speed, load.batch, mix.context).total,
    replicas,
    spareReplicas: settings.spareReplicas,
    accelerators,
    nodes: Math.ceil(accelerators / acceleratorsPerNode),
    queueP95Ms: 1e3 * staffing.queueSeconds,
    classes,
    planned: {
      requestsPerSecond: most,
      outputTokensPerSecond: (most * mix.outputTokensPerSecond) / mix.requestsPerSecond,
      ...(usdPerHour === undefined ? {} : { usdPerHour }),
    },
    utilisation: staffing.utilisation,
    ...(usdPerHour === undefined
      ? {}
      : { usdPerMillionOutputTokens: (usdPerHour * 1e6) / (3600 * mix.outputTokensPerSecond) }),
    drainSeconds: drainSeconds(settings, chosen),
    efficiency: settings.efficiency,
    steps: stepsOf(settings, chosen),
  });
}

/**
 * Sizes an endpoint: how a replica is divided, how many sequences it works on, how many replicas the traffic needs.
 *
 * A capacity model with stated assumptions (see `explainEndpoint`, and README.md of this room), not a measurement: measure
 * before you promise. Memory is a sum that must fit; speed is bound by memory bandwidth, by the peak rate and by messages, at
 * the shares of `efficiency`; replicas follow from a queue of M/M/c whose tail keeps every class within its time to the first token.
 *
 * @returns a frozen value; the same props always give the same one
 * @throws MissingValue, NotOneOf, NumberOutOfRange, NotAQuantity, DuplicateValue, TokenNotAllowed, UnknownAccelerator,
 *   AcceleratorFactsMissing, PrecisionUnsupported, ModelDoesNotFit, ContextExceedsMemory, TensorDoesNotDivideHeads,
 *   TensorOverSlowTier, PipelineDoesNotDivideLayers, ExpertsNotDivisible, DataParallelWithoutExperts,
 *   ReplicaDoesNotFillNodes, ClassExceedsContext, LatencyTargetOutOfReach, TrafficOutOfReach, PriceUnknown, ClassOverBudget
 */
export function planEndpoint(props: EndpointPlanProps): EndpointPlan {
  const problems = new Problems("planEndpoint");
  const settings = settingsOf(problems, props);
  return planOf(problems, settings, choose(problems, settings));
}
