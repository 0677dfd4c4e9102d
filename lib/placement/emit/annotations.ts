/** Annotation of objects and pods: whether their place is `planned` or `intent`, see `PlacementStatus`. */
export const PLACEMENT_ANNOTATION = "hybrid-ai.io/placement";
/** Annotation of pods: the workload of the plan that they are part of. */
export const WORKLOAD_ANNOTATION = "hybrid-ai.io/workload";
