import type { SeededRandom } from "../random";
import { better, type Picks, type Score } from "./assignment";
import { chosenOf, type FlatProblem, FlatSlack, flatScore } from "./flat";

/** Choices that are tried for one workload in an exchange, the cheapest first. */
const TRIED = 6;

/** Workloads that are tried to be moved for one other. */
const BLOCKERS = 16;

/** Rounds without a gain after which shaking ends. */
const PATIENCE = 400;

/** Workloads taken out at once. */
const RUIN = 6;

/**
 * An assignment that is improved step by step. Choices of each workload are sorted: most value first, then least cost. So
 * the first one that fits is the best that fits, and after one that gains nothing none gains.
 */
export class Search {
  /** Choice of each workload; -1 is none. */
  private readonly chosen: Int32Array;
  private readonly slack: FlatSlack;
  /** By resource, the uses of it by choices that are taken, in no order. */
  private readonly members: number[][];
  /** Where each of these uses is in its list. */
  private readonly position: Int32Array;
  private readonly owner: Int32Array;
  /** What `findBlockers` found, the smallest first. */
  private readonly blockers = new Int32Array(BLOCKERS);
  private readonly blockerAmounts = new Float64Array(BLOCKERS);

  /** @param fixed workloads that stay where they are */
  constructor(
    private readonly flat: FlatProblem,
    picks: Picks,
    private readonly fixed: Uint8Array,
  ) {
    this.chosen = new Int32Array(flat.workloads).fill(-1);
    this.slack = new FlatSlack(flat);
    this.members = Array.from(flat.capacity, () => []);
    this.position = new Int32Array(flat.useAmount.length);
    this.owner = new Int32Array(flat.useAmount.length);
    for (let workload = 0; workload < flat.workloads; workload++) {
      const [start, end] = [flat.first[workload]!, flat.first[workload + 1]!];
      this.owner.fill(workload, flat.firstUse[start], flat.firstUse[end]);
      this.set(workload, chosenOf(flat, picks, workload));
    }
  }

  get picks(): Picks {
    return this.chosen.map((choice, workload) => (choice < 0 ? -1 : choice - this.flat.first[workload]!));
  }

  score(): Score {
    return flatScore(this.flat, this.picks);
  }

  private set(workload: number, choice: number): void {
    const { firstUse, useResource } = this.flat;
    const before = this.chosen[workload]!;
    if (before >= 0) {
      this.slack.give(before);
      for (let use = firstUse[before]!; use < firstUse[before + 1]!; use++) {
        const list = this.members[useResource[use]!]!;
        const last = list.pop()!;
        if (last !== use) {
          list[this.position[use]!] = last;
          this.position[last] = this.position[use]!;
        }
      }
    }
    this.chosen[workload] = choice;
    if (choice >= 0) {
      this.slack.take(choice);
      for (let use = firstUse[choice]!; use < firstUse[choice + 1]!; use++) {
        const list = this.members[useResource[use]!]!;
        this.position[use] = list.length;
        list.push(use);
      }
    }
  }

  private isBetter(choice: number, other: number): boolean {
    const { value, cost } = this.flat;
    return value[choice] === value[other] ? cost[choice]! < cost[other]! : value[choice]! > value[other]!;
  }

  /** The choice of the most value and then the least cost that fits; -1 if none does. */
  private bestFit(workload: number): number {
    for (let choice = this.flat.first[workload]!; choice < this.flat.first[workload + 1]!; choice++) {
      if (this.slack.fits(choice)) {
        return choice;
      }
    }
    return -1;
  }

  /** The best choice that fits once `now` is given back, if it is better than that; else -1. */
  private betterFit(workload: number, now: number): number {
    let found = -1;
    this.slack.give(now);
    for (let choice = this.flat.first[workload]!; choice < now && this.isBetter(choice, now); choice++) {
      if (this.slack.fits(choice)) {
        found = choice;
        break;
      }
    }
    this.slack.take(now);
    return found;
  }

  /** Moves single workloads to better choices until none is left. */
  private relocate(): boolean {
    let moved = false;
    for (let workload = 0; workload < this.chosen.length; workload++) {
      if (this.fixed[workload]) {
        continue;
      }
      const now = this.chosen[workload]!;
      const best = now < 0 ? this.bestFit(workload) : this.betterFit(workload, now);
      if (best >= 0) {
        this.set(workload, best);
        moved = true;
      }
    }
    return moved;
  }

  /** The only resource that a choice finds too little of; -1 if there is none, or more than one. */
  private scarce(choice: number): number {
    const { firstUse, useResource, useAmount } = this.flat;
    let scarce = -1;
    for (let use = firstUse[choice]!; use < firstUse[choice + 1]!; use++) {
      if (this.slack.left[useResource[use]!]! < useAmount[use]!) {
        if (scarce >= 0) {
          return -1;
        }
        scarce = use;
      }
    }
    return scarce;
  }

  /** Workloads of which one must go so that the choice fits: those that give up enough, the smallest first. */
  private findBlockers(choice: number): number {
    const scarce = this.scarce(choice);
    if (scarce < 0) {
      return 0;
    }
    const { useResource, useAmount } = this.flat;
    const resource = useResource[scarce]!;
    const short = useAmount[scarce]! - this.slack.left[resource]!;
    let count = 0;
    for (const use of this.members[resource]!) {
      const workload = this.owner[use]!;
      const amount = useAmount[use]!;
      if (amount < short || this.fixed[workload]) {
        continue;
      }
      if (count < BLOCKERS || this.isSmaller(amount, workload, count - 1)) {
        count = Math.min(count + 1, BLOCKERS);
        this.insertBlocker(amount, workload, count - 1);
      }
    }
    return count;
  }

  /** Puts a blocker among the sorted ones before a position; the one that is there goes. */
  private insertBlocker(amount: number, workload: number, last: number): void {
    let at = last;
    for (; at > 0 && this.isSmaller(amount, workload, at - 1); at--) {
      this.blockers[at] = this.blockers[at - 1]!;
      this.blockerAmounts[at] = this.blockerAmounts[at - 1]!;
    }
    this.blockers[at] = workload;
    this.blockerAmounts[at] = amount;
  }

  private isSmaller(amount: number, workload: number, than: number): boolean {
    const other = this.blockerAmounts[than]!;
    return amount < other || (amount === other && workload < this.blockers[than]!);
  }

  /** True if a blocker before this one has the same choices and is in the same place: what that could not do, it cannot. */
  private isLikeEarlier(index: number): boolean {
    const { alike, first } = this.flat;
    const blocker = this.blockers[index]!;
    const amount = this.blockerAmounts[index]!;
    for (let earlier = index - 1; earlier >= 0 && this.blockerAmounts[earlier] === amount; earlier--) {
      const other = this.blockers[earlier]!;
      const picked = this.chosen[other]! - first[other]! === this.chosen[blocker]! - first[blocker]!;
      if (picked && alike[other] === alike[blocker]) {
        return true;
      }
    }
    return false;
  }

  /** Puts a workload in the place of another one, which moves elsewhere, if both together gain. */
  private exchangeFor(workload: number): boolean {
    const now = this.chosen[workload]!;
    const start = this.flat.first[workload]!;
    const end = Math.min(this.flat.first[workload + 1]!, start + TRIED);
    if (now >= 0 && !this.isBetter(start, now)) {
      return false;
    }
    this.set(workload, -1);
    for (let wanted = start; wanted < end; wanted++) {
      if (now >= 0 && !this.isBetter(wanted, now)) {
        break;
      }
      const count = this.findBlockers(wanted);
      for (let index = 0; index < count; index++) {
        const isNew = !this.isLikeEarlier(index);
        if (isNew && this.tryExchange(workload, wanted, this.blockers[index]!, now)) {
          return true;
        }
      }
    }
    this.set(workload, now);
    return false;
  }

  /** The workload is out; its place is taken only if the other one gives it up for another place and both gain. */
  private tryExchange(workload: number, wanted: number, other: number, now: number): boolean {
    const { first, value, cost } = this.flat;
    const otherNow = this.chosen[other]!;
    const valueToBeat = (now < 0 ? 0 : value[now]!) + value[otherNow]! - value[wanted]!;
    const costToBeat = (now < 0 ? 0 : cost[now]!) + cost[otherNow]! - cost[wanted]!;
    const mayDrop = valueToBeat < 0 || (valueToBeat === 0 && costToBeat > 0);
    this.slack.give(otherNow);
    if (!this.slack.fits(wanted)) {
      this.slack.take(otherNow);
      return false;
    }
    this.slack.take(wanted);
    let next = -1;
    let gains = mayDrop;
    for (let choice = first[other]!, end = first[other + 1]!; choice < end; choice++) {
      const better =
        value[choice]! > valueToBeat || (value[choice] === valueToBeat && cost[choice]! < costToBeat);
      if (!better && !mayDrop) {
        break;
      }
      if (this.slack.fits(choice)) {
        next = choice;
        gains = better;
        break;
      }
    }
    this.slack.give(wanted);
    this.slack.take(otherNow);
    if (!gains) {
      return false;
    }
    this.set(other, -1);
    this.set(workload, wanted);
    this.set(other, next);
    return true;
  }

  private exchange(): boolean {
    let moved = false;
    for (let workload = 0; workload < this.chosen.length; workload++) {
      if (!this.fixed[workload] && this.flat.first[workload]! < this.flat.first[workload + 1]!) {
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
    const movable = [...this.chosen.keys()].filter(
      (workload) => !this.fixed[workload] && this.flat.first[workload]! < this.flat.first[workload + 1]!,
    );
    if (movable.length < 2) {
      return false;
    }
    let stale = 0;
    let gained = false;
    for (let iteration = 0; iteration < iterations && stale < PATIENCE; iteration++) {
      const out = this.chooseRuin(movable, random);
      const before = out.map((workload) => this.chosen[workload]!);
      const was = this.sum(out);
      for (const workload of out) {
        this.set(workload, -1);
      }
      for (const workload of out) {
        this.set(workload, this.bestFit(workload));
      }
      const now = this.sum(out);
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

  private sum(workloads: readonly number[]): Score {
    let [value, cost] = [0, 0];
    for (const workload of workloads) {
      const choice = this.chosen[workload]!;
      if (choice >= 0) {
        value += this.flat.value[choice]!;
        cost += this.flat.cost[choice]!;
      }
    }
    return { value, cost };
  }

  /** Workloads in whose place one choice lies, by number. */
  private neighbours(choice: number): Int32Array {
    const { firstUse, useResource } = this.flat;
    const uses =
      firstUse[choice] === firstUse[choice + 1] ? [] : this.members[useResource[firstUse[choice]!]!]!;
    return Int32Array.from(uses, (use) => this.owner[use]!).sort();
  }

  private chooseRuin(movable: readonly number[], random: SeededRandom): readonly number[] {
    const seed = movable[random.below(movable.length)]!;
    const start = this.flat.first[seed]!;
    const size = this.flat.first[seed + 1]! - start;
    const neighbours = this.neighbours(start + random.below(Math.min(TRIED, size)));
    const out = new Set([seed]);
    const wanted = 2 + random.below(RUIN - 1);
    for (let tries = 0; out.size < wanted && tries < 2 * RUIN; tries++) {
      const pool = neighbours.length > 0 && random.below(3) > 0 ? neighbours : movable;
      const chosen = pool[random.below(pool.length)]!;
      if (!this.fixed[chosen]) {
        out.add(chosen);
      }
    }
    return [...out];
  }
}
