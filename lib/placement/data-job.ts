import { Problems } from "../core/problems";
import { FabricErrors } from "../fabric/fabric-errors";
import { frozen } from "../fabric/frozen";
import { checkPositive } from "../fabric/quantities";
import { requireParts } from "../fabric/required-parts";
import { checkPlacementRules, type PlacementRules, type PlacementRulesProps, placementRules } from "./rules";

/** Where data goes: to a site, or to wherever a workload runs. */
export type DataTarget = { readonly site: string } | { readonly workload: string };

/** Data that moves between sites again and again: staging, replication, checkpoints. A plain, frozen value. */
export interface DataJob extends Omit<PlacementRules, "purchase" | "pinned" | "spread"> {
  readonly kind: "data";
  readonly name: string;
  /** Site that holds the data. */
  readonly from: string;
  readonly to: DataTarget;
  /** Bytes of one run. */
  readonly bytes: number;
  /** One run starts in each such period and must end before the next. */
  readonly everyHours: number;
}

export interface DataJobProps extends Omit<PlacementRulesProps, "purchase" | "pinned" | "spread"> {
  readonly from: string;
  readonly to: DataTarget;
  readonly bytes: number;
  readonly everyHours: number;
}

export const DataJob = {
  /**
   * Data that moves between sites.
   *
   * @param name unique among the workloads
   * @throws InvalidName, NotAQuantity, MissingValue, TokenNotAllowed, LinkToItself
   */
  of(name: string, props: DataJobProps): DataJob {
    const problems = new Problems(`DataJob.of("${name}")`);
    requireParts(problems, props, { to: "object" });
    const { from, to, bytes, everyHours } = props;
    problems.name("name", name);
    problems.name("from", from);
    if ("site" in to) {
      problems.name("to.site", to.site);
      if (to.site === from) {
        problems.add(FabricErrors.LinkToItself, { subject: "to.site", given: from, allowed: "another site" });
      }
    } else {
      problems.name("to.workload", to.workload);
    }
    checkPositive(problems, "bytes", bytes);
    checkPositive(problems, "everyHours", everyHours);
    checkPlacementRules(problems, props);
    problems.throwIfAny();
    const { value, countries, budgetUsdPerHour, keep } = placementRules(props);
    return frozen({
      kind: "data",
      name,
      from,
      to,
      bytes,
      everyHours,
      value,
      countries,
      budgetUsdPerHour,
      keep,
    });
  },
} as const;

/** Mean rate of a data job, in Gbit/s: all bytes of a run spread over its period. */
export function dataJobGbps(job: DataJob): number {
  return (job.bytes * 8) / (job.everyHours * 3_600) / 1e9;
}
