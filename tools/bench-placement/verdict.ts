import type { FamilyResult, OracleResult, ScaleResult } from "./compare";
import type { FuzzResult } from "./fuzz";

/** All that one run measures. */
export interface Measured {
  readonly families: readonly FamilyResult[];
  readonly oracle: OracleResult;
  readonly scale: readonly ScaleResult[];
  readonly fuzz: FuzzResult;
}

/** What of the promises of the planner does not hold, in a sentence each. Nothing measured is nothing held. */
export function missedPromises({ families, oracle, scale, fuzz }: Measured): readonly string[] {
  const missed: string[] = [];
  const need = (held: boolean, what: string) => {
    if (!held) {
      missed.push(what);
    }
  };
  need(families.length > 0, "no family was measured");
  for (const { family, baseline, worse, violations, reordered } of families) {
    need(worse === 0, `${family}: worse than ${baseline} on ${worse} instances`);
    need(violations === 0, `${family}: the checker finds ${violations} violations`);
    need(reordered === 0, `${family}: other bytes in another order of input on ${reordered} instances`);
  }
  need(oracle.solved > 0, "the exact solver solved nothing");
  need(oracle.equal === oracle.solved, `${oracle.solved - oracle.equal} plans are not the exact optimum`);
  need(scale.length > 0, "no large instance was measured");
  for (const {
    name,
    violations,
    gapPpm,
    gapLimitPpm,
    plan,
    cpuLimitMs,
    threadLimitMs = cpuLimitMs,
  } of scale) {
    need(violations === 0, `${name}: the checker finds ${violations} violations`);
    need(gapPpm <= gapLimitPpm, `${name}: gap of ${gapPpm} ppm, at most ${gapLimitPpm}`);
    const [threadMs, cpuMs] = [Math.round(plan.threadMs), Math.round(plan.cpuMs)];
    need(threadMs <= threadLimitMs, `${name}: ${threadMs} ms of one thread, at most ${threadLimitMs}`);
    need(cpuMs <= cpuLimitMs, `${name}: ${cpuMs} ms of all threads, at most ${cpuLimitMs}`);
  }
  need(fuzz.runs > 0, "no generated instance was checked");
  need(fuzz.violation === undefined, `a generated instance is wrong: ${fuzz.violation}`);
  need(fuzz.runs === 0 || fuzz.refused < fuzz.runs, "every generated instance was refused");
  return [...new Set(missed)];
}
