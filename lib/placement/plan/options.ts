import type { PlacementLock } from "../placement";

/** How a plan is made. Budgets count iterations, never time: the same input gives the same plan on every machine. */
export interface PlanOptions {
  /**
   * What ran where. What still holds stays, unless moving it is the only way to accept more value, or saves more than the
   * churn price of the rules (only if that is above zero). @default - plan from nothing
   */
  readonly lock?: PlacementLock;
  /**
   * Spend more on the bound and on complete searches: five times the subgradient steps, twenty times the nodes. A complete
   * search may find a better plan. @default false
   */
  readonly prove?: boolean;
  /** Start of the pseudo-random sequence of the search. @default 1 */
  readonly seed?: number;
  /** Steps of the subgradient search for the bound. @default 400 */
  readonly boundIterations?: number;
  /** Rounds of the large-neighbourhood search inside sites, all pools together. @default 3000 */
  readonly searchIterations?: number;
  /** Nodes of the exact search of small inputs; 0 switches it off. @default 200000 */
  readonly exactNodes?: number;
}

export type ResolvedOptions = Required<Omit<PlanOptions, "lock">> & Pick<PlanOptions, "lock">;

export function resolveOptions(options: PlanOptions): ResolvedOptions {
  const { lock, prove = false, seed = 1, searchIterations = 3_000 } = options;
  const { boundIterations = 400, exactNodes = 200_000 } = options;
  return {
    lock,
    prove,
    seed,
    searchIterations,
    boundIterations: boundIterations * (prove ? 5 : 1),
    exactNodes: exactNodes * (prove ? 20 : 1),
  };
}
