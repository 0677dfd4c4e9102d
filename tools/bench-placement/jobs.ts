import { Residency } from "../../lib/fabric/residency";
import { DataJob } from "../../lib/placement/data-job";
import { Gang, type GangProps, type ParallelLayout } from "../../lib/placement/gang";
import { InferencePool } from "../../lib/placement/inference-pool";
import type { SeededRandom } from "../../lib/placement/plan/random";
import { MODELS } from "./fleet";

/** `prefix-0007`: names sort by number. */
export function numbered(prefix: string, index: number): string {
  return `${prefix}-${String(index).padStart(4, "0")}`;
}

export function oneOf<T>(random: SeededRandom, items: readonly T[]): T {
  return items[random.below(items.length)]!;
}

/** Heavy-tailed sizes: P(2^k) falls with 2^(-0.72 k). */
export function heavyTail(random: SeededRandom, largestPower: number): number {
  const weights = Array.from({ length: largestPower + 1 }, (_, power) =>
    Math.round(1e6 * 2 ** (-0.72 * power)),
  );
  let at = random.below(weights.reduce((sum, weight) => sum + weight, 0));
  for (let power = 0; power <= largestPower; power++) {
    at -= weights[power]!;
    if (at < 0) {
      return 2 ** power;
    }
  }
  return 1;
}

const BASE = { cp: 1, microbatchSize: 1, interleave: 1, sharding: "zero3-kept", gradientBytes: 4 } as const;

/** A model and layout that fill so many accelerators; small jobs train small models. */
function jobOf(
  random: SeededRandom,
  accelerators: number,
): { readonly model: (typeof MODELS)[keyof typeof MODELS]; readonly layouts: readonly ParallelLayout[] } {
  const kind = random.below(4);
  if (accelerators >= 64 && kind === 0 && accelerators % 8 === 0) {
    const layout = { ...BASE, tp: 1, pp: 1, dp: accelerators, ep: 8, microbatches: 4 };
    return { model: MODELS.moe, layouts: [layout] };
  }
  if (accelerators >= 1_024 && kind !== 1 && accelerators % 128 === 0) {
    const layout = { ...BASE, tp: 8, pp: 16, dp: accelerators / 128, ep: 1, microbatches: 32, interleave: 4 };
    return { model: MODELS["405b"], layouts: [layout] };
  }
  if (accelerators >= 32 && kind !== 2 && accelerators % 8 === 0) {
    const layout = { ...BASE, tp: 8, pp: 1, dp: accelerators / 8, ep: 1, microbatches: 8 };
    return { model: MODELS["70b"], layouts: [layout] };
  }
  return {
    model: MODELS["8b"],
    layouts: [{ ...BASE, tp: 1, pp: 1, dp: accelerators, ep: 1, microbatches: 4 }],
  };
}

export function gangOf(
  random: SeededRandom,
  name: string,
  accelerators: number,
  kinds: readonly string[],
  rules: Partial<GangProps> = {},
): Gang {
  return Gang.of(name, {
    ...jobOf(random, accelerators),
    accelerators: kinds,
    purchase: ["on-demand", "reserved"],
    value: accelerators,
    ...rules,
  });
}

/** An inference pool with users at given round-trip times. */
export function poolOf(
  random: SeededRandom,
  name: string,
  kinds: readonly string[],
  rttMs: Readonly<Record<string, number>>,
): InferencePool {
  const residency = random.below(4) === 0 ? { residency: Residency.EU } : {};
  return InferencePool.of(name, {
    model: random.below(2) === 0 ? MODELS["8b"] : MODELS["70b"],
    tp: 8,
    promptTokens: 1_000 + random.below(2_000),
    outputTokens: 100 + random.below(300),
    users: [{ name: "users", country: "DE", requestsPerSecond: 1 + random.below(40), rttMs }],
    firstTokenMs: 600 + random.below(400),
    accelerators: kinds,
    value: 64,
    ...residency,
  });
}

export function dataOf(random: SeededRandom, name: string, from: string, to: DataJob["to"]): DataJob {
  return DataJob.of(name, { from, to, bytes: (1 + random.below(50)) * 1e12, everyHours: 24, value: 5 });
}
