import { Residency } from "cdktf-hybrid-ai";
import type { DataJobProps, GangProps, InferencePoolProps, ParallelLayout } from "cdktf-hybrid-ai/placement";
import type { TrainingJob } from "cdktf-hybrid-ai/stacks";

const GERMANY = Residency.countries("DE");

const SMALL = { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 };
const LARGE = { params: 70.6e9, layers: 80, hidden: 8_192, sequence: 8_192, kvHidden: 1_024 };
const EXPERTS = {
  params: 132e9,
  layers: 40,
  hidden: 6_144,
  sequence: 4_096,
  kvHidden: 1_024,
  moe: { layers: 40, experts: 16, topK: 4, expertParams: 127e9 },
};

/** Data parallel unless more is said; weights are kept in pieces by all ranks. */
const layout = (given: Partial<ParallelLayout>): ParallelLayout => ({
  tp: 1,
  cp: 1,
  pp: 1,
  dp: 1,
  ep: 1,
  microbatches: 4,
  microbatchSize: 1,
  interleave: 1,
  sharding: "zero3-kept",
  gradientBytes: 4,
  ...given,
});

const job = (team: string, name: string): TrainingJob => ({
  team,
  container: {
    name: "train",
    image: `registry.acme.example/${name}:1.4.0`,
    command: ["torchrun", "train.py"],
  },
});

interface Training {
  readonly gang: GangProps;
  readonly job: TrainingJob;
}

/** Gangs: each has a place for all its accelerators, or none. `value` decides who is left out if not all fit. */
export const training: Readonly<Record<string, Training>> = {
  foundation: {
    gang: {
      model: LARGE,
      layouts: [layout({ tp: 8, pp: 4, dp: 9, microbatches: 16 })],
      accelerators: ["gb200"],
      residency: Residency.EU,
      value: 10,
    },
    job: job("research", "foundation"),
  },
  "support-ft": {
    gang: {
      model: SMALL,
      layouts: [layout({ dp: 64 })],
      accelerators: ["h100", "h200"],
      // Letters of customers stay in Germany.
      residency: GERMANY,
      value: 5,
    },
    job: job("support", "support-ft"),
  },
  ranker: {
    gang: {
      model: SMALL,
      layouts: [layout({ dp: 32 })],
      accelerators: ["h200"],
      // Starts again where it was when machines are taken away.
      purchase: ["spot"],
      budgetUsdPerHour: 100,
    },
    job: job("ads", "ranker"),
  },
  experts: {
    gang: {
      model: EXPERTS,
      layouts: [layout({ tp: 4, dp: 64, ep: 16 })],
      accelerators: ["tpu-v5p"],
      value: 8,
      keep: true,
    },
    job: job("research", "experts"),
  },
  speech: {
    gang: {
      model: SMALL,
      layouts: [layout({ dp: 128 })],
      accelerators: ["tpu-v5p", "h200"],
      pinned: { site: "eemshaven" },
    },
    job: job("speech", "speech"),
  },
};

/** Replicas that answer requests: as many as the busiest hour needs, where the users are served in time. */
export const inference: Readonly<Record<string, InferencePoolProps>> = {
  assistant: {
    model: LARGE,
    tp: 8,
    promptTokens: 1_500,
    outputTokens: 300,
    users: [
      { name: "nordics", requestsPerSecond: 3, rttMs: { stockholm: 8, frankfurt: 30 } },
      { name: "dach", requestsPerSecond: 4, rttMs: { stockholm: 30, frankfurt: 7 } },
    ],
    firstTokenMs: 1_200,
    nextTokenMs: 60,
    accelerators: ["h100", "h200"],
    maxSites: 2,
    residency: Residency.EU,
    value: 6,
  },
  completion: {
    model: SMALL,
    tp: 1,
    promptTokens: 400,
    outputTokens: 60,
    users: [{ name: "stores", requestsPerSecond: 20, rttMs: { stockholm: 9, frankfurt: 34 } }],
    firstTokenMs: 40,
    accelerators: ["h200", "h100"],
    residency: Residency.EU,
    value: 3,
  },
};

/** What moves between sites; it follows the workload that reads it. */
export const data: Readonly<Record<string, DataJobProps>> = {
  bids: { from: "frankfurt", to: { workload: "experts" }, bytes: 6e14, everyHours: 6, value: 2 },
};
