import type { PlacedDomains } from "../../lib/placement/placement";
import { type CandidateSet, findCandidates } from "../../lib/placement/plan/candidates/candidates";
import { canonicalInput, inputDigest } from "../../lib/placement/plan/canonical";
import { Costing, type PartShape } from "../../lib/placement/plan/costing";
import { buildModel, type Candidate, type PartPlan, type PoolRef } from "../../lib/placement/plan/model";
import { PlanState } from "../../lib/placement/plan/plan-state";
import { SeededRandom } from "../../lib/placement/plan/random";
import { signatureOf } from "../../lib/placement/plan/tree-signature";
import type { PlanInput } from "../../lib/placement/workloads";
import { cellsOf, firstAnchor, firstCubes, type Taken, torus3d } from "./slice-policies";
import {
  anyLeaves,
  firstFit,
  kueueBalanced,
  kueueBestFit,
  slurmBlock,
  slurmTree,
  type TreePolicy,
  volcano,
} from "./tree-policies";

/** A rule that schedulers go by, implemented again. One workload after another in the order of arrival. */
export interface Baseline {
  readonly name: string;
  /** Which sites and layouts are tried first: the cheapest, though these schedulers know no prices, or any. */
  readonly places: "cheapest" | "random";
  readonly order: "arrival" | "size";
  readonly tree: TreePolicy;
  readonly torus: typeof torus3d;
}

export const BASELINES: readonly Baseline[] = [
  { name: "kueue best-fit", places: "cheapest", order: "arrival", tree: kueueBestFit, torus: firstAnchor },
  { name: "kueue balanced", places: "cheapest", order: "arrival", tree: kueueBalanced, torus: firstAnchor },
  {
    name: "kueue best-fit, by size",
    places: "cheapest",
    order: "size",
    tree: kueueBestFit,
    torus: firstAnchor,
  },
  { name: "slurm tree", places: "cheapest", order: "arrival", tree: slurmTree, torus: firstAnchor },
  { name: "slurm block", places: "cheapest", order: "arrival", tree: slurmBlock, torus: torus3d },
  { name: "slurm torus3d", places: "cheapest", order: "arrival", tree: slurmTree, torus: torus3d },
  { name: "volcano", places: "cheapest", order: "arrival", tree: volcano, torus: firstAnchor },
  { name: "skypilot", places: "cheapest", order: "arrival", tree: firstFit, torus: firstAnchor },
  { name: "random", places: "random", order: "arrival", tree: anyLeaves, torus: firstAnchor },
];

/** What is free, as a scheduler sees it. */
class Free {
  private readonly leaves = new Map<number, number[]>();
  private readonly cubes = new Map<number, number[]>();
  private readonly tori = new Map<number, Uint8Array[]>();

  constructor(
    private readonly set: CandidateSet,
    private readonly baseline: Baseline,
    private readonly random: SeededRandom,
  ) {
    for (const { index, pool, known } of set.context.model.pools) {
      if (pool.free.kind === "leaves") {
        this.leaves.set(index, [...pool.free.freeHosts]);
      } else if (pool.free.kind === "cubes") {
        this.cubes.set(index, [...pool.free.freeChips]);
      } else if (pool.free.kind === "boxes" && known.kind === "torus") {
        const volume = known.dims.reduce((product, side) => product * side, 1);
        const taken = Array.from({ length: known.copies }, () => new Uint8Array(volume));
        for (const box of pool.free.taken) {
          cellsOf(known, box.anchor, box.dims).forEach((cell) => {
            taken[box.copy]![cell] = 1;
          });
        }
        this.tori.set(index, taken);
      }
    }
  }

  find(part: PartPlan): { readonly domains: PlacedDomains; readonly shape?: PartShape } | undefined {
    const { pool } = part;
    if (pool.opaque) {
      const shape = part.shapes?.[0]?.shape;
      const together = part.hosts > 1 && part.serving === undefined;
      return { domains: { kind: "intent", hosts: part.hosts, together, ...(shape ? { shape } : {}) } };
    }
    // Schedulers know no cost of shapes: they take the most cube-like, without a twist.
    const shapes = [...(part.shapes ?? [])].map(({ shape }) => shape);
    const longest = ({ dims }: (typeof shapes)[number]) => Math.max(...dims);
    shapes.sort((a, b) => Number(a.twisted) - Number(b.twisted) || longest(a) - longest(b));
    switch (pool.known.kind) {
      case "tree":
        return this.findLeaves(part, pool);
      case "cubes": {
        const domains = firstCubes(pool.known, this.cubes.get(pool.index)!, shapes);
        return domains?.kind === "cubes"
          ? { domains, shape: { kind: "slice", shape: domains.shape } }
          : undefined;
      }
      case "torus": {
        const box = this.baseline.torus(pool.known, this.tori.get(pool.index)! as Taken, shapes);
        return (
          box && {
            domains: { kind: "box", box },
            shape: { kind: "slice", shape: { dims: box.dims, twisted: false } },
          }
        );
      }
    }
  }

  private findLeaves(part: PartPlan, pool: PoolRef) {
    const shape = this.set.context.tree(pool);
    const { hosts, unit } = part;
    const free = this.leaves.get(pool.index)!.map((count) => Math.floor(count / unit) * unit);
    const shares = this.baseline.tree({ shape, free, hosts, unit, random: this.random });
    if (shares === undefined) {
      return undefined;
    }
    const leaves = [...shares].sort((a, b) => a.leaf - b.leaf);
    return {
      domains: { kind: "leaves" as const, leaves },
      shape: { kind: "tree" as const, signature: signatureOf(shape, leaves) },
    };
  }

  take({ index, known }: PoolRef, domains: PlacedDomains): void {
    if (domains.kind === "leaves") {
      for (const { leaf, hosts } of domains.leaves) {
        this.leaves.get(index)![leaf]! -= hosts;
      }
    } else if (domains.kind === "cubes" && known.kind === "cubes") {
      const chips = domains.shape.dims.reduce((product, side) => product * side, 1);
      for (const cube of domains.cubes) {
        this.cubes.get(index)![cube]! -= Math.min(chips, known.side ** 3);
      }
    } else if (domains.kind === "box" && known.kind === "torus") {
      cellsOf(known, domains.box.anchor, domains.box.dims).forEach((cell) => {
        this.tori.get(index)![domains.box.copy]![cell] = 1;
      });
    }
  }
}

function sizeOf(candidates: readonly Candidate[]): number {
  return candidates[0]?.parts[0]?.accelerators ?? 0;
}

function ordered(candidates: readonly Candidate[], places: Baseline["places"], random: SeededRandom) {
  const keyed = candidates.map((candidate, index) => ({ candidate, index, key: random.below(1e9) }));
  const by = (a: (typeof keyed)[number], b: (typeof keyed)[number]) =>
    places === "random" ? a.key - b.key : 0;
  return keyed.sort((a, b) => by(a, b) || a.index - b.index).map(({ candidate }) => candidate);
}

/** What a baseline reaches, counted as plans are. */
export function runBaseline(input: PlanInput, baseline: Baseline, seed: number) {
  const canonical = canonicalInput(input);
  const model = buildModel(canonical, inputDigest(canonical));
  const set = findCandidates(model, new Costing(model), new Map());
  const random = new SeededRandom(seed);
  const state = new PlanState(set, new Map());
  const free = new Free(set, baseline, random);
  const workloads = [...set.candidates.keys()];
  if (baseline.order === "size") {
    workloads.sort((a, b) => sizeOf(set.candidates[b]!) - sizeOf(set.candidates[a]!) || a - b);
  }
  for (const workload of workloads) {
    for (const candidate of ordered(set.candidates[workload]!, baseline.places, random)) {
      const found = candidate.parts.map((part) => free.find(part));
      if (found.some((place) => place === undefined)) {
        continue;
      }
      const domains = found.map((place) => place!.domains);
      const shapes = found.map((place) => place!.shape);
      if (state.placeAt(workload, candidate, domains, shapes)) {
        domains.forEach((taken, index) => {
          free.take(candidate.parts[index]!.pool, taken);
        });
        break;
      }
    }
  }
  const { value, cost } = state.score();
  return { microValue: value, microUsd: cost };
}
