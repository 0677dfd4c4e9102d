import type { Picks } from "./assignment";
import { chosenOf, type FlatProblem, FlatSlack, reducedCosts } from "./flat";

/**
 * An assignment at prices that is being made feasible. Of each workload only choices of the value that it is to have count,
 * the cheapest at the prices first.
 */
class Repair {
  /** Choice of each workload; -1 is none. */
  readonly chosen: Int32Array;
  private readonly slack: FlatSlack;
  private readonly reduced: Float64Array;
  /** Filled where it is asked for: most workloads keep their first choice. */
  private readonly ranks: (readonly number[] | undefined)[] = [];
  /** How many of these are known not to fit: while nothing but what is relieved is given back they will not. */
  private readonly passed: Int32Array;

  constructor(
    private readonly flat: FlatProblem,
    prices: readonly number[],
    known: Picks,
    private readonly fixed: Uint8Array,
  ) {
    this.reduced = reducedCosts(flat, prices);
    this.slack = new FlatSlack(flat);
    this.chosen = new Int32Array(flat.workloads).fill(-1);
    this.passed = new Int32Array(flat.workloads);
    for (let workload = 0; workload < flat.workloads; workload++) {
      const now = chosenOf(flat, known, workload);
      if (now >= 0) {
        this.chosen[workload] = fixed[workload] ? now : this.cheapest(workload, flat.value[now]!);
        this.slack.take(this.chosen[workload]!);
      }
    }
  }

  private cheapest(workload: number, value: number): number {
    let best = -1;
    for (let choice = this.flat.first[workload]!; choice < this.flat.first[workload + 1]!; choice++) {
      const cheaper = best < 0 || this.reduced[choice]! < this.reduced[best]!;
      if (this.flat.value[choice] === value && cheaper) {
        best = choice;
      }
    }
    return best;
  }

  private ranked(workload: number): readonly number[] {
    const known = this.ranks[workload];
    if (known !== undefined) {
      return known;
    }
    const { first, value } = this.flat;
    const wanted = value[this.chosen[workload]!]!;
    const ranked: number[] = [];
    for (let choice = first[workload]!; choice < first[workload + 1]!; choice++) {
      if (value[choice] === wanted) {
        ranked.push(choice);
      }
    }
    ranked.sort((a, b) => this.reduced[a]! - this.reduced[b]! || a - b);
    this.ranks[workload] = ranked;
    return ranked;
  }

  private amount(choice: number, resource: number): number {
    const { firstUse, useResource, useAmount } = this.flat;
    for (let use = firstUse[choice]!; use < firstUse[choice + 1]!; use++) {
      if (useResource[use] === resource) {
        return useAmount[use]!;
      }
    }
    return 0;
  }

  private takes(choice: number, resource: number): boolean {
    const { firstUse, useResource } = this.flat;
    for (let use = firstUse[choice]!; use < firstUse[choice + 1]!; use++) {
      if (useResource[use] === resource) {
        return true;
      }
    }
    return false;
  }

  /** The move away from a resource that loses least; -1 if there is none. */
  private cheapestMove(workload: number, resource: number): number {
    const now = this.chosen[workload]!;
    const ranked = this.ranked(workload);
    let at = this.passed[workload]!;
    while (at < ranked.length && !this.canMove(now, ranked[at]!, resource)) {
      at++;
    }
    this.passed[workload] = at;
    return ranked[at] ?? -1;
  }

  private canMove(now: number, choice: number, resource: number): boolean {
    return choice !== now && !this.takes(choice, resource) && this.slack.fits(choice);
  }

  /** Takes a choice back. */
  private giveUp(choice: number, resource: number): void {
    const { firstUse, useResource } = this.flat;
    this.slack.give(choice);
    if (firstUse[choice + 1]! - firstUse[choice]! > 1 || useResource[firstUse[choice]!] !== resource) {
      this.passed.fill(0);
    }
  }

  /** Moves workloads away until the resource is not overdrawn: those first that lose least for each unit given back. */
  relieve(resource: number): void {
    if (this.slack.left[resource]! >= 0) {
      return;
    }
    this.passed.fill(0);
    const members = new Set<number>();
    for (let workload = 0; workload < this.flat.workloads; workload++) {
      const now = this.chosen[workload]!;
      if (now >= 0 && !this.fixed[workload] && this.amount(now, resource) > 0) {
        members.add(workload);
      }
    }
    while (this.slack.left[resource]! < 0 && members.size > 0) {
      const excess = -this.slack.left[resource]!;
      let [mover, target, least] = [-1, -1, 0];
      for (const workload of members) {
        const now = this.chosen[workload]!;
        const move = this.cheapestMove(workload, resource);
        const loss = move < 0 ? Number.MAX_SAFE_INTEGER : this.reduced[move]! - this.reduced[now]!;
        const rate = loss / Math.min(this.amount(now, resource), excess);
        if (mover < 0 || rate < least) {
          [mover, target, least] = [workload, move, rate];
        }
      }
      this.giveUp(this.chosen[mover]!, resource);
      this.chosen[mover] = target;
      members.delete(mover);
      if (target >= 0) {
        this.slack.take(target);
      }
    }
  }
}

/**
 * The choices that are cheapest at the prices, made feasible: from each resource that is overdrawn workloads move away,
 * first those that lose least for each unit that they give back. What finds no room is left out.
 *
 * @param known says which workloads are accepted and with what value
 */
export function repaired(
  flat: FlatProblem,
  prices: readonly number[],
  known: Picks,
  fixed: Uint8Array,
): Picks {
  const repair = new Repair(flat, prices, known, fixed);
  for (let resource = 0; resource < flat.capacity.length; resource++) {
    repair.relieve(resource);
  }
  return repair.chosen.map((choice, workload) => (choice < 0 ? -1 : choice - flat.first[workload]!));
}
