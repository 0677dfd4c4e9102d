import { defineErrors } from "../core/errors";

export const WorkloadErrors = defineErrors({
  ParallelismImpossible: {
    meaning: "the model cannot be split this way",
    fix: "choose degrees that divide what they split: pipeline stages the layers, expert groups the data-parallel ranks",
  },
  NothingAllowed: {
    meaning: "the rules of the workload leave no place where it could run",
    fix: "widen the residency, the accelerators or the ways of buying",
  },
  LatencyTargetImpossible: {
    meaning: "the latency target is shorter than the way of the light or the work itself",
    fix: "raise the target, or choose sites nearer to the users",
  },
});

export const CostErrors = defineErrors({
  FootprintMismatch: {
    meaning: "the footprint does not fit the fabric or the layout that it is to be costed with",
    fix: "give the footprint of the same fabric, with as many accelerators as the layout has ranks",
  },
});
