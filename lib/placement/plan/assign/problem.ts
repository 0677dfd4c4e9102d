import type { Choice } from "./assignment";
import type { FlatProblem } from "./flat";

/**
 * Which workload goes where, as a generalised assignment problem: each workload takes one of its choices or none, no
 * resource is used beyond its capacity, the value accepted is as large and then the cost as small as possible.
 */
export interface AssignmentProblem {
  /** By workload. */
  readonly choices: readonly (readonly Choice[])[];
  /** By resource, in whole units. */
  readonly capacity: readonly number[];
  /** By resource: false for rules that are no capacity and get no price. */
  readonly priced: readonly boolean[];
  /** The same for inner loops. */
  readonly flat: FlatProblem;
}
