import {
  type EndpointPlan,
  type EndpointPlanProps,
  planEndpoint,
  ServedModel,
  type ServedModelProps,
  type ServedModelShape,
  TrafficClass,
  type TrafficClassProps,
  ValidationError,
  Weights,
} from "../../lib";

/** Llama 3.3 70B, by its config.json. */
export const LLAMA_70B: ServedModelShape = {
  params: 70.55e9,
  layers: 80,
  hidden: 8192,
  sequence: 131_072,
  kvHidden: 1024,
  attentionHeads: 64,
  kvHeads: 8,
  vocabulary: 128_256,
};

/** Qwen3 235B, of which 22B work on a token. */
export const QWEN_235B: ServedModelShape = {
  params: 235.09e9,
  layers: 94,
  hidden: 4096,
  sequence: 131_072,
  kvHidden: 512,
  attentionHeads: 64,
  kvHeads: 4,
  vocabulary: 151_936,
  moe: { layers: 94, experts: 128, topK: 8, expertParams: 94 * 128 * 3 * 4096 * 1536 },
};

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
export const WEIGHTS = Weights.objectStorage("s3://acme-models/llama");

export function model(changes: Partial<ServedModelProps> = {}): ServedModel {
  return ServedModel.of("llama", {
    shape: LLAMA_70B,
    weights: WEIGHTS,
    precision: "fp8",
    cachePrecision: "fp8",
    contextTokens: 32_768,
    ...changes,
  });
}

export function chat(changes: Partial<TrafficClassProps> = {}, name = "chat"): TrafficClass {
  return TrafficClass.of(name, {
    requestsPerSecond: 10,
    promptTokens: 2000,
    outputTokens: 300,
    firstTokenP95Ms: 1500,
    nextTokenMs: 50,
    ...changes,
  });
}

export function plan(changes: Partial<EndpointPlanProps> = {}): EndpointPlan {
  return planEndpoint({
    model: model(),
    classes: [chat()],
    accelerator: "h100",
    acceleratorsPerNode: 8,
    ...changes,
  });
}

/** The error that making throws; fails the test if it throws none. */
export function refusal(make: () => unknown): ValidationError {
  try {
    make();
  } catch (error) {
    if (ValidationError.is(error)) {
      return error;
    }
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Codes of what is refused; none if nothing is. */
export function codes(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (ValidationError.is(error)) {
      return [...new Set(error.codes)];
    }
    throw error;
  }
  return [];
}
