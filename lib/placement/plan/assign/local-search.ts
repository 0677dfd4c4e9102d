import type { SeededRandom } from "../random";
import {
  type AssignmentProblem,
  better,
  type Choice,
  type Picks,
  type Score,
  type Slack,
  scoreOf,
  slackAfter,
} from "./assignment";

/** Choices that are tried for one workload in an exchange, the cheapest first. */
const TRIED = 6;

/** Workloads that are tried to be moved for one other. */
const BLOCKERS = 16;

/** Rounds without a gain after which shaking ends. */
const PATIENCE = 400;

/** Workloads taken out at once. */
const RUIN = 6;

/** An assignment that is improved step by step. Choices of each workload are sorted: most value first, then least cost. */
export class Search {
  readonly picks: Picks;
  private readonly slack: Slack;
  private readonly members: Set<number>[];

  /** @param fixed workloads that stay where they are */
  constructor(
    private readonly problem: AssignmentProblem,
    picks: Picks,
    private readonly fixed: Uint8Array,
  ) {
    this.picks = Int32Array.from(picks);
    this.slack = slackAfter(problem, picks);
    this.members = problem.capacity.map(() => new Set<number>());
    problem.choices.forEach((_, workload) => {
      this.enlist(workload, this.current(workload), true);
    });
  }

  private current(workload: number): Choice | undefined {
    return this.problem.choices[workload]![this.picks[workload]!];
  }

  private enlist(workload: number, choice: Choice | undefined, enter: boolean): void {
    for (const { resource } of choice?.uses ?? []) {
      if (enter) {
        this.members[resource]!.add(workload);
      } else {
        this.members[resource]!.delete(workload);
      }
    }
  }

  private set(workload: number, pick: number): void {
    const before = this.current(workload);
    if (before !== undefined) {
      this.slack.give(before);
      this.enlist(workload, before, false);
    }
    this.picks[workload] = pick;
    const after = this.current(workload);
    if (after !== undefined) {
      this.slack.take(after);
      this.enlist(workload, after, true);
    }
  }

  score(): Score {
    return scoreOf(this.problem, this.picks);
  }

  /** Takes the best choice that fits, or none. */
  insert(workload: number): boolean {
    const best = this.bestFit(workload);
    if (best >= 0) {
      this.set(workload, best);
    }
    return best >= 0;
  }

  /** The first choice that fits, which is the one of the most value and then the least cost. */
  private bestFit(workload: number): number {
    const choices = this.problem.choices[workload]!;
    for (let pick = 0; pick < choices.length; pick++) {
      if (this.slack.fits(choices[pick]!)) {
        return pick;
      }
    }
    return -1;
  }

  /** Moves single workloads to better choices until none is left. */
  private relocate(): boolean {
    let moved = false;
    for (let workload = 0; workload < this.picks.length; workload++) {
      if (this.fixed[workload]) {
        continue;
      }
      const before = this.picks[workload]!;
      const now = this.current(workload);
      this.set(workload, -1);
      const best = this.bestFit(workload);
      const found = this.problem.choices[workload]![best];
      const gains = found !== undefined && (now === undefined || better(found, now));
      this.set(workload, gains ? best : before);
      moved ||= gains;
    }
    return moved;
  }

  /** Workloads of which one must go so that the choice fits: those that give up enough, the smallest first. */
  private blockers(choice: Choice): readonly number[] {
    let scarce = -1;
    let short = 0;
    for (const { resource, amount } of choice.uses) {
      const left = this.slack.left[resource]!;
      if (left < amount) {
        if (scarce >= 0) {
          return [];
        }
        scarce = resource;
        short = amount - left;
      }
    }
    if (scarce < 0) {
      return [];
    }
    const gives = (workload: number) =>
      this.current(workload)?.uses.find(({ resource }) => resource === scarce)?.amount ?? 0;
    return [...this.members[scarce]!]
      .filter((workload) => !this.fixed[workload])
      .map((workload) => ({ workload, amount: gives(workload) }))
      .filter(({ amount }) => amount >= short)
      .sort((a, b) => a.amount - b.amount || a.workload - b.workload)
      .slice(0, BLOCKERS)
      .map(({ workload }) => workload);
  }

  /** Puts a workload in the place of another one, which moves elsewhere, if both together gain. */
  private exchangeFor(workload: number): boolean {
    const now = this.current(workload);
    const before = this.picks[workload]!;
    const choices = this.problem.choices[workload]!;
    for (let pick = 0, tried = 0; pick < choices.length && tried < TRIED; pick++) {
      const wanted = choices[pick]!;
      if (now !== undefined && !better(wanted, now)) {
        break;
      }
      tried++;
      this.set(workload, -1);
      const blockers = this.blockers(wanted);
      for (const other of blockers) {
        if (this.tryExchange(workload, pick, other, now)) {
          return true;
        }
      }
      this.set(workload, before);
    }
    return false;
  }

  /** The workload is out; its place is taken only if the other one gives it up for another place and both gain. */
  private tryExchange(workload: number, pick: number, other: number, now: Choice | undefined): boolean {
    const otherNow = this.current(other)!;
    const wanted = this.problem.choices[workload]![pick]!;
    this.slack.give(otherNow);
    if (!this.slack.fits(wanted)) {
      this.slack.take(otherNow);
      return false;
    }
    this.slack.take(wanted);
    const next = this.bestFit(other);
    const otherNext = this.problem.choices[other]![next];
    this.slack.give(wanted);
    this.slack.take(otherNow);
    const value = wanted.value + (otherNext?.value ?? 0) - (now?.value ?? 0) - otherNow.value;
    const cost = wanted.cost + (otherNext?.cost ?? 0) - (now?.cost ?? 0) - otherNow.cost;
    if (value < 0 || (value === 0 && cost >= 0)) {
      return false;
    }
    this.set(other, -1);
    this.set(workload, pick);
    this.set(other, next);
    return true;
  }

  private exchange(): boolean {
    let moved = false;
    for (let workload = 0; workload < this.picks.length; workload++) {
      if (!this.fixed[workload] && this.problem.choices[workload]!.length > 0) {
        moved = this.exchangeFor(workload) || moved;
      }
    }
    return moved;
  }

  /** Relocations alone, at most so many rounds. */
  settle(rounds: number): void {
    for (let round = 0; round < rounds && this.relocate(); round++) {}
  }

  /** Relocations and exchanges until nothing improves, at most so many rounds. */
  descend(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      const relocated = this.relocate();
      const exchanged = this.exchange();
      if (!relocated && !exchanged) {
        return;
      }
    }
  }

  /** Takes some workloads out, puts them back in another order, and keeps what is not worse. True if anything is gained. */
  shake(iterations: number, random: SeededRandom): boolean {
    const movable = [...this.picks.keys()].filter(
      (workload) => !this.fixed[workload] && this.problem.choices[workload]!.length > 0,
    );
    if (movable.length < 2) {
      return false;
    }
    let stale = 0;
    let gained = false;
    for (let iteration = 0; iteration < iterations && stale < PATIENCE; iteration++) {
      const out = this.chooseRuin(movable, random);
      const before = out.map((workload) => this.picks[workload]!);
      const was = sum(...out.map((workload) => this.current(workload)));
      for (const workload of out) {
        this.set(workload, -1);
      }
      for (const workload of out) {
        this.insert(workload);
      }
      const now = sum(...out.map((workload) => this.current(workload)));
      gained ||= better(now, was);
      stale = better(now, was) ? 0 : stale + 1;
      if (better(was, now)) {
        for (const workload of out) {
          this.set(workload, -1);
        }
        out.forEach((workload, index) => {
          this.set(workload, before[index]!);
        });
      }
    }
    return gained;
  }

  private chooseRuin(movable: readonly number[], random: SeededRandom): readonly number[] {
    const seed = movable[random.below(movable.length)]!;
    const choices = this.problem.choices[seed]!;
    const near = choices[random.below(Math.min(TRIED, choices.length))]!.uses[0]?.resource;
    const neighbours = near === undefined ? [] : [...this.members[near]!].sort((a, b) => a - b);
    const out = new Set([seed]);
    const size = 2 + random.below(RUIN - 1);
    for (let tries = 0; out.size < size && tries < 2 * RUIN; tries++) {
      const pool = neighbours.length > 0 && random.below(3) > 0 ? neighbours : movable;
      const chosen = pool[random.below(pool.length)]!;
      if (!this.fixed[chosen]) {
        out.add(chosen);
      }
    }
    return [...out];
  }
}

function sum(...choices: readonly (Choice | undefined)[]): Score {
  let value = 0;
  let cost = 0;
  for (const choice of choices) {
    value += choice?.value ?? 0;
    cost += choice?.cost ?? 0;
  }
  return { value, cost };
}
