import type { PlacedDomains } from "../../placement";
import type { PartShape } from "../costing";
import type { PartPlan } from "../model";

/** What is looked for inside a pool. */
export interface Request {
  readonly part: PartPlan;
  /** Cost of the workload if this part lies so; only compared. */
  readonly costOf: (shape: PartShape) => number;
  /** Leaves, cubes or tori that it must stay out of. */
  readonly banned?: ReadonlySet<number>;
  /** Which of several equally good places is taken; 0 the tightest. */
  readonly variation: number;
}

/** A place, not yet taken. */
export interface Place {
  readonly domains: PlacedDomains;
  /** Absent for interiors that cannot be chosen and for what has no steps. */
  readonly shape?: PartShape;
}

/** Free capacity inside one pool, while a plan is made. */
export interface Packer {
  /** @returns undefined if no place is free */
  find(request: Request): Place | undefined;
  take(domains: PlacedDomains): void;
  give(domains: PlacedDomains): void;
  /** True if all of these domains are free. */
  isFree(domains: PlacedDomains): boolean;
}

/** Domains (leaves, cubes, tori) that something lies in. */
export function domainsOf(placed: PlacedDomains): readonly number[] {
  switch (placed.kind) {
    case "leaves":
      return placed.leaves.map(({ leaf }) => leaf);
    case "cubes":
      return placed.cubes;
    case "box":
      return [placed.box.copy];
    case "intent":
      return [];
  }
}
