import type { AcceleratorFacts } from "../../catalog/facts";
import type { Finding } from "../../core/errors";
import { ServingErrors } from "../errors";
import type { Parallelism } from "../serving";
import {
  fullNextToken,
  type Load,
  largest,
  mixOf,
  type Staffing,
  sharedBusy,
  staffSplit,
  staffTogether,
  workSeconds,
} from "./load";
import { memoryOf } from "./memory";
import { acceleratorsOf } from "./parts";
import type { Settings } from "./settings";
import type { ReplicaSpeed } from "./times";
import type { EndpointMemory } from "./types";

/**
 * One direction between cards without links of their own, in GB/s: half of PCIe 4.0 x16, because two cards share the way
 * through a switch or processor. Assumption; `scaleUp` of `Accelerator.of` replaces it.
 */
const PCIE_GBPS = 16;

/** A division with its numbers. */
export interface Candidate {
  readonly parallelism: Parallelism;
  readonly speed: ReplicaSpeed;
  readonly memory: EndpointMemory;
  readonly load: Load;
  readonly batchLimit: "memory" | "latency" | "maxSequences";
  readonly staffing: Staffing;
}

export type Outcome = { readonly candidate: Candidate } | { readonly findings: readonly Finding[] };

function missing(accelerator: AcceleratorFacts, fact: string): Finding {
  const error = ServingErrors.AcceleratorFactsMissing;
  return { error, subject: "accelerator", given: accelerator.name, allowed: `a known ${fact}` };
}

/** Speeds of the links that the division needs, or what is not known of them. */
function speedOf(settings: Settings, parallelism: Parallelism): ReplicaSpeed | Finding {
  const { machines, model, efficiency, networkGbps, prefillDecode } = settings;
  const { accelerator, scaleUpDomain } = machines;
  const accelerators = acceleratorsOf(parallelism);
  const link = accelerator.scaleUp === undefined ? PCIE_GBPS : accelerator.scaleUp.oneWayGBps;
  if (accelerators > 1 && link === undefined) {
    return missing(accelerator, "scaleUp.oneWayGBps");
  }
  if (networkGbps === undefined && (accelerators > scaleUpDomain || prefillDecode === "split")) {
    return missing(accelerator, "nicGbps, or networkGbps of the plan");
  }
  return {
    model,
    accelerator,
    parallelism,
    efficiency,
    linkBytesPerSecond: (link ?? PCIE_GBPS) * 1e9,
    scaleUpDomain,
    ...(networkGbps === undefined ? {} : { networkBytesPerSecond: (networkGbps * 1e9) / 8 }),
  };
}

function loadOf(settings: Settings, speed: ReplicaSpeed, batch: number): Load {
  const { classes, prefillChunkTokens, rttMs } = settings;
  return { speed, classes, batch, prefillChunkTokens, rttMs };
}

/** What a class gets from a replica that works on `batch` sequences, before any queue, in milliseconds. */
function unqueued(settings: Settings, load: Load) {
  const split = settings.prefillDecode === "split";
  const nextTokenMs = 1e3 * fullNextToken(load.speed, load.classes, load.batch, split);
  const firstTokenMs = load.classes.map((of) => load.rttMs + 1e3 * workSeconds(load, of, split));
  return { nextTokenMs, firstTokenMs };
}

function quickEnough(settings: Settings, load: Load): boolean {
  const { nextTokenMs, firstTokenMs } = unqueued(settings, load);
  return settings.classes.every(
    (of, index) => nextTokenMs <= of.nextTokenMs && firstTokenMs[index]! < of.firstTokenP95Ms,
  );
}

/** Why even a batch of one is too slow. */
function tooSlow(settings: Settings, load: Load, shape: string): readonly Finding[] {
  const { nextTokenMs, firstTokenMs } = unqueued(settings, load);
  const error = ServingErrors.LatencyTargetOutOfReach;
  return settings.classes.flatMap((of, index) => {
    const subject = `class "${of.name}"`;
    const first = firstTokenMs[index]!;
    return [
      ...(nextTokenMs > of.nextTokenMs
        ? [
            {
              error,
              subject: `${subject} nextTokenMs`,
              given: of.nextTokenMs,
              allowed: `at least ${nextTokenMs.toFixed(1)} ms on ${shape}, one sequence alone`,
            },
          ]
        : []),
      ...(first >= of.firstTokenP95Ms
        ? [
            {
              error,
              subject: `${subject} firstTokenP95Ms`,
              given: of.firstTokenP95Ms,
              allowed: `more than ${first.toFixed(1)} ms on ${shape}, without any queue`,
            },
          ]
        : []),
    ];
  });
}

function tooMuch(settings: Settings, load: Load, shape: string): Finding {
  const { requestsPerSecond } = mixOf(settings.classes);
  const { maxReplicas, spareReplicas } = settings;
  const needed =
    settings.prefillDecode === "split"
      ? ""
      : `, ${(requestsPerSecond * sharedBusy(load)).toFixed(1)} replicas' work without any queue`;
  return {
    error: ServingErrors.TrafficOutOfReach,
    subject: "classes",
    given: `${requestsPerSecond} requests per second${needed} on ${shape}`,
    allowed: `at most ${maxReplicas} replicas, of which ${spareReplicas} are spare`,
  };
}

function total({ prefill, decode }: Staffing): number {
  return prefill + decode;
}

/**
 * A smaller batch answers sooner and wastes more: of the largest that is quick enough, its half, a quarter and so on, the
 * one that needs the fewest replicas, and of these the largest.
 */
function staffed(settings: Settings, speed: ReplicaSpeed, most: number) {
  const split = settings.prefillDecode === "split";
  const allowed = settings.maxReplicas - settings.spareReplicas * (split ? 2 : 1);
  let best: { readonly load: Load; readonly staffing: Staffing } | undefined;
  for (let batch = most; batch >= 1; batch = Math.floor(batch / 2)) {
    const load = loadOf(settings, speed, batch);
    const staffing =
      allowed < 1 ? undefined : split ? staffSplit(load, allowed) : staffTogether(load, allowed);
    if (staffing !== undefined && (best === undefined || total(staffing) < total(best.staffing))) {
      best = { load, staffing };
    }
  }
  return best;
}

/** Sizes a division that fits, or tells why it is not enough. */
export function weigh(settings: Settings, parallelism: Parallelism): Outcome {
  const speed = speedOf(settings, parallelism);
  if ("error" in speed) {
    return { findings: [speed] };
  }
  const { model, machines, classes, maxSequences } = settings;
  const memory = memoryOf({ ...settings, parallelism }, machines.accelerator);
  const held = Math.floor(memory.cacheTokens / mixOf(classes).heldTokens);
  const room = Math.min(held, maxSequences);
  const batch = largest(room, (size) => quickEnough(settings, loadOf(settings, speed, size)));
  const shape = `${acceleratorsOf(parallelism)} x ${machines.accelerator.name} for ${model.name} (tensor ${parallelism.tensor}, pipeline ${parallelism.pipeline})`;
  if (batch === 0) {
    return { findings: tooSlow(settings, loadOf(settings, speed, 1), shape) };
  }
  const best = staffed(settings, speed, batch);
  if (best === undefined) {
    return { findings: [tooMuch(settings, loadOf(settings, speed, batch), shape)] };
  }
  const full = best.load.batch === room;
  const batchLimit = !full ? "latency" : held < maxSequences ? "memory" : "maxSequences";
  return { candidate: { parallelism, speed, memory, ...best, batchLimit } };
}
