import type { Problems } from "../core/problems";
import { checkCount, checkPositive } from "../fabric/quantities";

/** The part of a mixture-of-experts model that routes tokens. */
export interface ExpertShape {
  /** Layers whose feed-forward part is a set of experts. */
  readonly layers: number;
  readonly experts: number;
  /** Experts that each token visits. */
  readonly topK: number;
  /** Parameters of all experts together; the rest of the model is dense. */
  readonly expertParams: number;
}

/** A transformer, as far as its traffic and its work depend on it. */
export interface ModelShape {
  /** All parameters, experts included. */
  readonly params: number;
  readonly layers: number;
  readonly hidden: number;
  /** Tokens of one sequence. */
  readonly sequence: number;
  /** Key/value heads times the size of one head: the width of K, and of V. */
  readonly kvHidden: number;
  /** @default - dense */
  readonly moe?: ExpertShape;
}

/** Parameters that work on one token: all of a dense model; of experts only those that it visits. */
export function activeParams(model: ModelShape): number {
  const { moe, params } = model;
  return moe === undefined ? params : params - moe.expertParams * (1 - moe.topK / moe.experts);
}

/** Collects what is wrong with the shape of a model. */
export function checkModel(problems: Problems, model: ModelShape): void {
  checkPositive(problems, "model.params", model.params);
  for (const measure of ["layers", "hidden", "sequence", "kvHidden"] as const) {
    checkCount(problems, `model.${measure}`, model[measure]);
  }
  if (model.moe !== undefined) {
    const { moe } = model;
    problems.literalInteger("model.moe.layers", moe.layers, { min: 1, max: model.layers });
    if (checkCount(problems, "model.moe.experts", moe.experts)) {
      problems.literalInteger("model.moe.topK", moe.topK, { min: 1, max: moe.experts });
    }
    checkPositive(problems, "model.moe.expertParams", moe.expertParams, model.params);
  }
}

/** Collects what is wrong with the names of accelerators that a workload can run on. */
export function checkAcceleratorNames(problems: Problems, accelerators: readonly string[]): void {
  if (accelerators.length === 0) {
    problems.required("accelerators", undefined, "at least one accelerator");
  }
  problems.unique("accelerators", accelerators);
  for (const name of accelerators) {
    problems.name("accelerators", name);
  }
}
