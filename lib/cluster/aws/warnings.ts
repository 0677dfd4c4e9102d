import { defineWarnings } from "../../core/warnings";

export const AwsClusterWarnings = defineWarnings({
  DrainTimeOfManagedNodes:
    "EKS waits 15 minutes for the pods of a managed node to leave, whatever drainMinutes says, and stops the update if they do not; the time holds for nodes that Karpenter launches",
});
