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

export const PlanErrors = defineErrors({
  UnknownPlace: {
    meaning: "the input names a site, pool, link end or workload that it does not hold",
    fix: "correct the name, or add what it names to the input",
  },
  ContradictoryRules: {
    meaning: "rules that are never traded contradict each other, so no plan can keep them",
    fix: "drop or change one of the rules named",
  },
  UnsoundInput: {
    meaning: "the input holds a number that nothing can be computed with",
    fix: "give finite numbers that are not negative; build values with the builders, which check them",
  },
  LockOfAnotherModel: {
    meaning: "the lock was written for another model: none of what it placed is in the input",
    fix: "give the lock file of this program, or none",
  },
  LockUnreadable: {
    meaning: "the text is not a placement lock of this version",
    fix: "restore the lock file from version control, or delete it to plan from nothing",
  },
  SitePlanUnreadable: {
    meaning: "the text is not the plan of a site",
    fix: "give plan.json of the ConfigMap hybrid-ai-placement, as it is",
  },
  KubernetesListUnreadable: {
    meaning: "not a list of Kubernetes objects",
    fix: "give what kubectl get … -o json prints, parsed",
  },
  PlanRefusedByChecker: {
    meaning: "the independent checker refuses the plan, so it is not handed out",
    fix: "this is a fault of the library: report it with the input",
  },
});
