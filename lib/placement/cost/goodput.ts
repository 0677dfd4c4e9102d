import type { KnownFabric } from "../../fabric/fabric";
import type { CubeFabric } from "../../fabric/torus";
import { guard, guardCounts } from "./guard";

/**
 * Probability that a cube works: all its hosts do, h^hosts.
 *
 * @param hostAvailability h, above 0 and at most 1
 * @throws NotAQuantity, NumberOutOfRange
 */
export function cubeAvailability(hostAvailability: number, hostsPerCube: number): number {
  guard("cubeAvailability", { hostAvailability }, { "1 - hostAvailability": 1 - hostAvailability });
  guardCounts("cubeAvailability", { hostsPerCube });
  return hostAvailability ** hostsPerCube;
}

/**
 * Probability that at least `atLeast` of `trials` succeed.
 *
 * Terms are formed in logarithms, so that large numbers of trials neither overflow nor vanish.
 */
export function binomialTail(trials: number, probability: number, atLeast: number): number {
  guardCounts("binomialTail", { trials, atLeast }, 0);
  guard("binomialTail", {}, { probability, "1 - probability": 1 - probability });
  if (atLeast <= 0 || probability === 1) {
    return atLeast <= trials ? 1 : 0;
  }
  if (probability === 0) {
    return 0;
  }
  let tail = 0;
  let logTerm = trials * Math.log(probability);
  for (let successes = trials; successes >= atLeast; successes--) {
    tail += Math.exp(logTerm);
    logTerm += Math.log(successes / (trials - successes + 1)) + Math.log((1 - probability) / probability);
  }
  return Math.min(1, tail);
}

/** A pod of cubes and the slices that are cut from it. */
export interface SlicePlan {
  /** Cubes in the pod (N). */
  readonly cubes: number;
  /** Cubes of each slice (k). */
  readonly cubesPerSlice: number;
  /** Probability that a cube works. */
  readonly cubeAvailability: number;
}

function checkPlan(where: string, { cubes, cubesPerSlice, cubeAvailability: up }: SlicePlan): void {
  guardCounts(where, { cubes, cubesPerSlice });
  guard(where, { cubeAvailability: up }, { "1 - cubeAvailability": 1 - up });
}

/**
 * Slices that can be promised at a time where any working cube can join any slice: the largest j with
 * P(Binomial(N, c) >= j k) >= q.
 *
 * @param confidence q, for example 0.97
 * @throws NotAQuantity, NumberOutOfRange
 */
export function deliverableSlices(plan: SlicePlan, confidence: number): number {
  checkPlan("deliverableSlices", plan);
  guard("deliverableSlices", { confidence }, { "1 - confidence": 1 - confidence });
  for (let slices = Math.floor(plan.cubes / plan.cubesPerSlice); slices > 0; slices--) {
    if (binomialTail(plan.cubes, plan.cubeAvailability, slices * plan.cubesPerSlice) >= confidence) {
      return slices;
    }
  }
  return 0;
}

/**
 * Goodput behind optical circuit switches: share of the pod's cubes in slices that can be promised, j k / N.
 *
 * Source: the shape of the curve in N. Jouppi et al., TPU v4, arXiv 2304.01433; the formula is derived here
 * @throws NotAQuantity, NumberOutOfRange
 */
export function switchedGoodput(plan: SlicePlan, confidence: number): number {
  return (deliverableSlices(plan, confidence) * plan.cubesPerSlice) / plan.cubes;
}

/**
 * Goodput with fixed wiring: each slice has its own k cubes and is lost with any of them: floor(N/k) k/N c^k, the mean
 * share. A model of fixed blocks, not of any scheduler.
 *
 * @throws NotAQuantity, NumberOutOfRange
 */
export function staticGoodput(plan: SlicePlan): number {
  checkPlan("staticGoodput", plan);
  const { cubes, cubesPerSlice, cubeAvailability: up } = plan;
  return ((Math.floor(cubes / cubesPerSlice) * cubesPerSlice) / cubes) * up ** cubesPerSlice;
}

/**
 * Spare cubes with which a number of cubes can be promised: the smallest x with P(Binomial(n + x, c) >= n) >= q.
 *
 * @param cubes n, that must work
 * @throws NotAQuantity, NumberOutOfRange
 */
export function spareCubesNeeded(cubes: number, availability: number, confidence: number): number {
  checkPlan("spareCubesNeeded", { cubes, cubesPerSlice: 1, cubeAvailability: availability });
  guard("spareCubesNeeded", { confidence, "1 - confidence": 1 - confidence });
  let spares = 0;
  while (binomialTail(cubes + spares, availability, cubes) < confidence) {
    spares += 1;
  }
  return spares;
}

/**
 * Goodput of a pod that is cut into slices of `cubesPerSlice` cubes, from what the fabric says of its hosts.
 *
 * @throws NotAQuantity, NumberOutOfRange
 */
export function podGoodput(fabric: CubeFabric, cubesPerSlice: number, confidence: number): number {
  const up = cubeAvailability(fabric.hostAvailability, fabric.hostsPerCube);
  return switchedGoodput({ cubes: fabric.cubes, cubesPerSlice, cubeAvailability: up }, confidence);
}

/** Seconds that a job waits for its circuits, once, when it starts. A step never waits for them. */
export function setUpSeconds(fabric: KnownFabric): number {
  return fabric.kind === "cubes" ? fabric.ocs.reconfigurationMs / 1e3 : 0;
}
