import type { AcceleratorFacts, Precision } from "../catalog/facts";
import type { NumberFormat } from "./serving";

interface FormatFacts {
  /** Bytes of one weight with its share of the scales. */
  readonly bytes: number;
  /** Peak rate that such weights are multiplied at, the first that the accelerator has. */
  readonly computedAs: readonly Precision[];
}

/**
 * Number formats of weights.
 *
 * Bytes: int4 in groups of 128 with a scale of 2 bytes and a zero point of half a byte (GPTQ and AWQ as published);
 * nvfp4 in blocks of 16 with a scale of one byte (NVIDIA, Introducing NVFP4); mxfp4 in blocks of 32 with a scale of one
 * byte (OCP Microscaling Formats 1.0); scales of fp8 and int8 per channel or per block of 128 x 128 are below 0.1 %.
 *
 * Rates: fp8, int8 and nvfp4 need hardware that multiplies them (fp8 from Ada and Hopper on, nvfp4 from Blackwell on:
 * https://docs.vllm.ai/en/v0.14.0/features/quantization/). int4 and mxfp4 are turned back into 16 bits where they are not
 * multiplied as they are. Weight-only fp8 (Marlin), which older GPUs can, is not modelled, so it is refused there.
 * Read 2026-11.
 */
const FORMATS: Readonly<Record<NumberFormat, FormatFacts>> = {
  fp32: { bytes: 4, computedAs: ["fp32"] },
  bf16: { bytes: 2, computedAs: ["bf16"] },
  fp16: { bytes: 2, computedAs: ["fp16", "bf16"] },
  fp8: { bytes: 1, computedAs: ["fp8"] },
  int8: { bytes: 1, computedAs: ["int8"] },
  int4: { bytes: 0.5 + 2.5 / 128, computedAs: ["bf16", "fp16"] },
  nvfp4: { bytes: 0.5 + 1 / 16, computedAs: ["fp4"] },
  mxfp4: { bytes: 0.5 + 1 / 32, computedAs: ["fp4", "bf16"] },
};

export function bytesOf(format: NumberFormat): number {
  return FORMATS[format].bytes;
}

/** Embeddings and the last projection stay in 16 bits in quantised models. */
export function embeddingBytesOf(format: NumberFormat): number {
  return format === "fp32" ? 4 : 2;
}

/** Dense peak rate in operations per second; undefined if the accelerator cannot multiply such numbers. */
export function peakOf(accelerator: AcceleratorFacts, format: NumberFormat): number | undefined {
  const tflops = FORMATS[format].computedAs
    .map((precision) => accelerator.peakTflops?.[precision])
    .find((rate) => rate !== undefined);
  return tflops === undefined ? undefined : tflops * 1e12;
}

/** Formats that the accelerator can multiply. */
export function formatsOf(accelerator: AcceleratorFacts): readonly NumberFormat[] {
  return (Object.keys(FORMATS) as NumberFormat[]).filter((format) => peakOf(accelerator, format));
}
