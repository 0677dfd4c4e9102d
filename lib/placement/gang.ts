import { Problems } from "../core/problems";
import { frozen } from "../fabric/frozen";
import { checkCount, checkPositive, checkQuantity } from "../fabric/quantities";
import { requireParts } from "../fabric/required-parts";
import type { Dims } from "../fabric/torus";
import { checkAcceleratorNames, checkModel, type ModelShape } from "./model-shape";
import { WorkloadErrors } from "./placement-errors";
import { checkPlacementRules, type PlacementRules, type PlacementRulesProps, placementRules } from "./rules";

/**
 * What is kept in pieces by the data-parallel ranks. `none` and `zero1` move the same bytes: each step a reduce-scatter
 * and an all-gather of the gradients or weights. `zero3` (FSDP) gathers the weights for the forward and the backward
 * pass; `zero3-kept` keeps them from the forward to the backward pass, as Llama 3 does.
 */
export type Sharding = "none" | "zero1" | "zero3" | "zero3-kept";

/**
 * How a gang splits its model. Ranks are `tp * cp * pp * dp`. Ranks are laid out from the inside: tp, cp, ep, pp, then
 * what is left of dp; so an expert group is made of data-parallel ranks and `ep` divides `dp`.
 */
export interface ParallelLayout {
  /** Tensor-parallel degree, with sequence parallelism. */
  readonly tp: number;
  /** Context-parallel degree. */
  readonly cp: number;
  /** Pipeline stages. */
  readonly pp: number;
  /** Data-parallel degree, over which FSDP and ZeRO shard. */
  readonly dp: number;
  /** Expert-parallel degree; 1 for dense models. */
  readonly ep: number;
  /** Microbatches that one pipeline works through in a step. */
  readonly microbatches: number;
  /** Sequences in one microbatch. */
  readonly microbatchSize: number;
  /** Model chunks on each stage (virtual stages); 1 is not interleaved. */
  readonly interleave: number;
  readonly sharding: Sharding;
  /** Bytes of one gradient element on the wire: 2 for bf16, 4 for fp32. */
  readonly gradientBytes: 2 | 4;
}

/** What share of a transfer can run behind computation, 0 to 1. */
export interface Overlap {
  /** Of data-parallel traffic. */
  readonly data: number;
  /** Of pipeline traffic. */
  readonly pipeline: number;
  /** Of expert traffic. */
  readonly expert: number;
}

/** A training job: all its accelerators at the same time, or none. A plain, frozen value. */
export interface Gang extends PlacementRules {
  readonly kind: "gang";
  readonly name: string;
  readonly model: ModelShape;
  /** Layouts that the job can run with, at least one; a planner chooses. All train the same model. */
  readonly layouts: readonly ParallelLayout[];
  /** Names of accelerators that it can run on. */
  readonly accelerators: readonly string[];
  /** Slice shapes that it can run on where the fabric is a torus; absent: any legal shape of the right size. */
  readonly sliceShapes?: readonly Dims[];
  /** Share of the peak rate that its kernels reach when nothing waits for the network, 0 to 1. */
  readonly kernelEfficiency: number;
  readonly overlap: Overlap;
  /** True if its data-parallel ranks may be split over two sites. */
  readonly maySpanSites: boolean;
}

export interface GangProps extends PlacementRulesProps {
  readonly model: ModelShape;
  readonly layouts: readonly ParallelLayout[];
  readonly accelerators: readonly string[];
  readonly sliceShapes?: readonly Dims[];
  /** @default 0.5 - between what published runs reach, 38 to 43 % of peak with communication, and kernels alone */
  readonly kernelEfficiency?: number;
  /** @default - data 0.9, pipeline 1, expert 0: gradients overlap with the backward pass, sends are hidden, dispatch waits */
  readonly overlap?: Partial<Overlap>;
  /** @default false */
  readonly maySpanSites?: boolean;
}

const DEFAULT_OVERLAP: Overlap = { data: 0.9, pipeline: 1, expert: 0 };

/** Ranks of a layout, which is the number of accelerators that it takes. */
export function ranksOf(layout: ParallelLayout): number {
  return layout.tp * layout.cp * layout.pp * layout.dp;
}

/** Tokens that one optimiser step works through. */
export function tokensPerStep(model: ModelShape, layout: ParallelLayout): number {
  return layout.dp * layout.microbatches * layout.microbatchSize * model.sequence;
}

function divides(problems: Problems, subject: string, part: number, whole: number, what: string): void {
  if (Number.isInteger(part) && Number.isInteger(whole) && part > 0 && whole % part !== 0) {
    problems.add(WorkloadErrors.ParallelismImpossible, {
      subject,
      given: part,
      allowed: `a divisor of ${what}, ${whole}`,
    });
  }
}

/**
 * Embedding and output can be chunks of a pipeline of their own: Llama 3 has 126 layers in 128 chunks.
 *
 * Source: arXiv 2407.21783, section 3.3.2
 */
const OUTER_CHUNKS = 2;

function checkLayout(problems: Problems, subject: string, layout: ParallelLayout, model: ModelShape): void {
  for (const degree of [
    "tp",
    "cp",
    "pp",
    "dp",
    "ep",
    "microbatches",
    "microbatchSize",
    "interleave",
  ] as const) {
    checkCount(problems, `${subject}.${degree}`, layout[degree]);
  }
  problems.oneOf(`${subject}.sharding`, layout.sharding, ["none", "zero1", "zero3", "zero3-kept"]);
  problems.oneOf(`${subject}.gradientBytes`, String(layout.gradientBytes), ["2", "4"]);
  divides(problems, `${subject}.ep`, layout.ep, layout.dp, "the data-parallel degree");
  divides(problems, `${subject}.cp`, layout.cp, model.sequence, "the tokens of a sequence");
  if (layout.pp * layout.interleave > model.layers + OUTER_CHUNKS) {
    problems.add(WorkloadErrors.ParallelismImpossible, {
      subject: `${subject}.pp`,
      given: layout.pp * layout.interleave,
      allowed: `stages times interleave at most ${model.layers + OUTER_CHUNKS}: the layers, embedding and output`,
    });
  }
  if (layout.ep > (model.moe?.experts ?? 1)) {
    problems.add(WorkloadErrors.ParallelismImpossible, {
      subject: `${subject}.ep`,
      given: layout.ep,
      allowed: `at most the number of experts, ${model.moe?.experts ?? "1 for a dense model"}`,
    });
  }
}

function checkShapes(problems: Problems, shapes: readonly Dims[]): void {
  shapes.forEach((dims, index) => {
    problems.integer(`sliceShapes[${index}].length`, dims.length, { min: 1, max: 3 });
    dims.forEach((side, axis) => {
      checkCount(problems, `sliceShapes[${index}][${axis}]`, side);
    });
  });
}

export const Gang = {
  /**
   * A training job.
   *
   * @param name unique among the workloads
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, NotOneOf, MissingValue, DuplicateValue, TokenNotAllowed,
   *   ParallelismImpossible, NothingAllowed, InvalidCountry
   */
  of(name: string, props: GangProps): Gang {
    const problems = new Problems(`Gang.of("${name}")`);
    requireParts(problems, props, { model: "object", layouts: "list", accelerators: "list" });
    const { model, layouts, accelerators, sliceShapes, kernelEfficiency = 0.5, maySpanSites = false } = props;
    const overlap = { ...DEFAULT_OVERLAP, ...props.overlap };
    problems.name("name", name);
    checkModel(problems, model);
    if (layouts.length === 0) {
      problems.required("layouts", undefined, "at least one layout");
    }
    layouts.forEach((layout, index) => {
      checkLayout(problems, `layouts[${index}]`, layout, model);
    });
    checkAcceleratorNames(problems, accelerators);
    checkShapes(problems, sliceShapes ?? []);
    checkPositive(problems, "kernelEfficiency", kernelEfficiency, 1);
    for (const axis of ["data", "pipeline", "expert"] as const) {
      checkQuantity(problems, `overlap.${axis}`, overlap[axis], { max: 1 });
    }
    checkPlacementRules(problems, props);
    problems.throwIfAny();
    return frozen({
      kind: "gang",
      name,
      model,
      layouts,
      accelerators,
      sliceShapes,
      kernelEfficiency,
      overlap,
      maySpanSites,
      ...placementRules(props),
    });
  },
} as const;
