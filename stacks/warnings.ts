import { defineWarnings } from "../lib/core/warnings";

export const StackWarnings = defineWarnings({
  LocalState: "the state is a file on one machine, which nobody else sees or locks, and it may hold secrets",
  WorkloadLeftOut: "the plan has no place for the workload, so nothing of it is made",
});
