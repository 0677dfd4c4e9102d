import { type AssignmentProblem, type Choice, type Picks, Slack } from "./assignment";

function reduced(prices: readonly number[], { cost, uses }: Choice): number {
  let sum = cost;
  for (let use = 0; use < uses.length; use++) {
    sum += prices[uses[use]!.resource]! * uses[use]!.amount;
  }
  return sum;
}

/** A workload's choices of the value that it is to have, the cheapest at the prices first. */
interface Ranked {
  readonly picks: readonly number[];
  readonly costs: readonly number[];
}

function rank(
  problem: AssignmentProblem,
  prices: readonly number[],
  workload: number,
  value: number,
): Ranked {
  const choices = problem.choices[workload]!;
  const ranked = [...choices.keys()]
    .filter((pick) => choices[pick]!.value === value)
    .map((pick) => ({ pick, cost: reduced(prices, choices[pick]!) }))
    .sort((a, b) => a.cost - b.cost || a.pick - b.pick);
  return { picks: ranked.map(({ pick }) => pick), costs: ranked.map(({ cost }) => cost) };
}

/**
 * The choices that are cheapest at the prices, made feasible: from each resource that is overdrawn workloads move away,
 * first those that lose least for each unit that they give back. What finds no room is left out.
 *
 * @param known says which workloads are accepted and with what value
 */
export function repaired(
  problem: AssignmentProblem,
  prices: readonly number[],
  known: Picks,
  fixed: Uint8Array,
): Picks {
  const picks = Int32Array.from(known);
  const slack = new Slack(problem.capacity);
  const ranks: (Ranked | undefined)[] = [];
  problem.choices.forEach((choices, workload) => {
    const now = choices[known[workload]!];
    if (now === undefined) {
      return;
    }
    if (!fixed[workload]) {
      ranks[workload] = rank(problem, prices, workload, now.value);
      picks[workload] = ranks[workload].picks[0]!;
    }
    slack.take(choices[picks[workload]!]!);
  });
  for (let resource = 0; resource < problem.capacity.length; resource++) {
    relieve(problem, picks, slack, ranks, resource);
  }
  return picks;
}

/** The move away from a resource that loses least per unit. */
function cheapestMove(
  problem: AssignmentProblem,
  picks: Picks,
  slack: Slack,
  ranked: Ranked,
  workload: number,
  resource: number,
): { readonly pick: number; readonly loss: number } | undefined {
  const choices = problem.choices[workload]!;
  const now = choices[picks[workload]!]!;
  const at = ranked.picks.indexOf(picks[workload]!);
  for (let index = 0; index < ranked.picks.length; index++) {
    const choice = choices[ranked.picks[index]!]!;
    if (choice === now || choice.uses.some((use) => use.resource === resource)) {
      continue;
    }
    if (slack.fits(choice)) {
      return { pick: ranked.picks[index]!, loss: ranked.costs[index]! - ranked.costs[at]! };
    }
  }
  return undefined;
}

function amountOf(choice: Choice | undefined, resource: number): number {
  return choice?.uses.find((use) => use.resource === resource)?.amount ?? 0;
}

function relieve(
  problem: AssignmentProblem,
  picks: Picks,
  slack: Slack,
  ranks: readonly (Ranked | undefined)[],
  resource: number,
): void {
  if (slack.left[resource]! >= 0) {
    return;
  }
  const chosen = (workload: number) => problem.choices[workload]![picks[workload]!];
  const members = new Set(
    [...picks.keys()].filter(
      (workload) => ranks[workload] !== undefined && amountOf(chosen(workload), resource) > 0,
    ),
  );
  while (slack.left[resource]! < 0 && members.size > 0) {
    const excess = -slack.left[resource]!;
    let best: { workload: number; pick: number; rate: number } | undefined;
    for (const workload of members) {
      const move = cheapestMove(problem, picks, slack, ranks[workload]!, workload, resource);
      const loss = move?.loss ?? Number.MAX_SAFE_INTEGER;
      const rate = loss / Math.min(amountOf(chosen(workload), resource), excess);
      if (best === undefined || rate < best.rate) {
        best = { workload, pick: move?.pick ?? -1, rate };
      }
    }
    const { workload, pick } = best!;
    slack.give(chosen(workload)!);
    picks[workload] = pick;
    members.delete(workload);
    if (pick >= 0) {
      slack.take(chosen(workload)!);
    }
  }
}
