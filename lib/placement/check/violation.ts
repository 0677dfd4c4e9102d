/** What a checker finds wrong. */
export type ViolationCode =
  | "not-this-input"
  | "workloads"
  | "residency"
  | "pin"
  | "keep"
  | "accelerator"
  | "purchase"
  | "spread"
  | "capacity"
  | "shape"
  | "layout"
  | "memory"
  | "latency"
  | "flow"
  | "wavelengths"
  | "link"
  | "budget"
  | "step"
  | "cost"
  | "objective"
  | "bound"
  | "reasons";

/** One thing that is wrong with a plan. */
export interface Violation {
  readonly code: ViolationCode;
  /** Workload, pool or link that is meant. */
  readonly subject: string;
  /** What the plan says and what was recomputed. */
  readonly detail: string;
}

/** Collects violations. */
export class Findings {
  readonly list: Violation[] = [];

  add(code: ViolationCode, subject: string, detail: string): void {
    this.list.push({ code, subject, detail });
  }

  /** Asserts; what is false is a violation. */
  that(holds: boolean, code: ViolationCode, subject: string, detail: () => string): boolean {
    if (!holds) {
      this.add(code, subject, detail());
    }
    return holds;
  }
}

/** Two ways of computing the same may differ in the last digits. */
export function close(a: number, b: number, slack = 3): boolean {
  return Math.abs(a - b) <= slack + 1e-7 * Math.max(Math.abs(a), Math.abs(b));
}
