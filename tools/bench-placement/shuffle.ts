import { SeededRandom } from "../../lib/placement/plan/random";
import type { PlanInput } from "../../lib/placement/workloads";

function shuffled<T>(items: readonly T[], random: SeededRandom): readonly T[] {
  const list = [...items];
  for (let index = list.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    [list[index], list[other]] = [list[other]!, list[index]!];
  }
  return list;
}

/** The same input in another order: a plan must not change by it. */
export function shuffledInput(input: PlanInput, seed: number): PlanInput {
  const random = new SeededRandom(seed);
  return {
    ...input,
    sites: shuffled(input.sites, random).map((site) => ({ ...site, pools: shuffled(site.pools, random) })),
    links: shuffled(input.links, random),
    workloads: shuffled(input.workloads, random),
  };
}
