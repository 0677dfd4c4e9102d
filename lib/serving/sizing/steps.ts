import type { Candidate } from "./candidate";
import { fullNextToken, mixOf, promptSeconds, sharedBusy, sum } from "./load";
import { acceleratorsOf } from "./parts";
import type { Settings } from "./settings";
import { decodeStep } from "./times";
import type { EndpointStep } from "./types";

const POPE = "R. Pope et al., arXiv 2211.05102, section 2, and the roofline (CACM 52(4), 2009)";
const KWON = "W. Kwon et al., PagedAttention, arXiv 2309.06180; each term: lib/serving/sizing/memory.ts";
const ERLANG =
  "M/M/c: arrivals at random, exponential service, one queue in order (Kleinrock, Queueing Systems I, 3.5)";
const LITTLE = "J. Little, Operations Research 9(3), 1961";

/** A number as people read it. */
export function n(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 3 : 1 });
}

function memorySteps({ memory }: Candidate): readonly EndpointStep[] {
  const { usableGib, weightsGib, adaptersGib, activationsGib, graphsGib, overheadGib, cacheGib } = memory;
  return [
    {
      what: "GiB for keys and values on each accelerator",
      formula: `${n(usableGib)} usable - ${n(weightsGib)} weights - ${n(adaptersGib)} adapters - ${n(activationsGib)} activations - ${n(graphsGib)} CUDA graphs - ${n(overheadGib)} overhead`,
      result: cacheGib,
      source: KWON,
    },
    {
      what: "tokens that the cache of a replica holds",
      formula: `${n(cacheGib)} GiB / ${n(memory.cacheBytesPerToken)} bytes on each accelerator`,
      result: memory.cacheTokens,
      source: KWON,
    },
  ];
}

function speedSteps(
  settings: Settings,
  { load, speed, batchLimit, memory }: Candidate,
): readonly EndpointStep[] {
  const mix = mixOf(settings.classes);
  const step = decodeStep(speed, load.batch, mix.context);
  const ms = (seconds: number) => n(seconds * 1e3);
  const split = settings.prefillDecode === "split";
  return [
    {
      what: "sequences of one replica at a time",
      formula: `${n(memory.cacheTokens)} tokens / ${n(mix.heldTokens)} of a sequence, at most ${settings.maxSequences}; decided by ${batchLimit}`,
      result: load.batch,
      source: "the largest batch, or a part of it, that keeps all targets with the fewest replicas",
    },
    {
      what: "ms of one step of decoding",
      formula: `${ms(step.weights)} weights + ${ms(step.attention)} attention + ${ms(step.activations)} activations + ${ms(step.talk)} messages + ${ms(step.overhead)} engine`,
      result: step.total * 1e3,
      source: POPE,
    },
    {
      what: "ms between two tokens in a full replica",
      formula: split ? `${ms(step.total)}` : `${ms(step.total)} + prompts that come in meanwhile`,
      result: fullNextToken(speed, settings.classes, load.batch, split) * 1e3,
      source: split ? "prompts are worked on elsewhere" : "each sequence that ends lets a prompt in",
    },
    ...settings.classes.map((of) => ({
      what: `ms of a prompt of "${of.name}"`,
      formula: `${n(of.promptTokens)} tokens x (1 - ${n(of.cachedShare)} cached) on ${acceleratorsOf(speed.parallelism)} accelerators at ${n(speed.efficiency.compute)} of peak`,
      result: promptSeconds(speed, of).latency * 1e3,
      source: POPE,
    })),
  ];
}

function queueSteps(settings: Settings, { load, speed, staffing }: Candidate): readonly EndpointStep[] {
  const { requestsPerSecond: arrivals } = mixOf(settings.classes);
  const split = settings.prefillDecode === "split";
  const busy = split
    ? sum(settings.classes, (of) => of.requestsPerSecond * promptSeconds(speed, of).busy) / arrivals
    : sharedBusy(load);
  return [
    {
      what: split ? "replicas for prefill" : "replicas",
      formula: `fewest c with ${n(arrivals)}/s x ${n(busy)} s < c and every class in time`,
      result: staffing.prefill,
      source: ERLANG,
    },
    ...(split
      ? [
          {
            what: "replicas for decoding",
            formula: `fewest c with ${load.batch} places each whose wait is within one step`,
            result: staffing.decode,
            source: ERLANG,
          },
        ]
      : []),
    {
      what: "ms in the queue, 95th percentile",
      formula: `ln(C / 0.05) S / (c - a), C by Erlang${split ? "; both waits at 0.975, added" : ""}`,
      result: staffing.queueSeconds * 1e3,
      source: ERLANG,
    },
    {
      what: "ms between two tokens at the planned load",
      formula: "step of as many sequences as are there, without the time for prompts",
      result: staffing.nextTokenSeconds * 1e3,
      source: LITTLE,
    },
  ];
}

export function stepsOf(settings: Settings, chosen: Candidate): readonly EndpointStep[] {
  return [...memorySteps(chosen), ...speedSteps(settings, chosen), ...queueSteps(settings, chosen)];
}
