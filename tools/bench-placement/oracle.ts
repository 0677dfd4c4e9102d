import { CapacityPool } from "../../lib/fabric/capacity-pool";
import { Fabric } from "../../lib/fabric/fabric";
import { Site } from "../../lib/fabric/site";
import { SiteModel } from "../../lib/fabric/site-model";
import { Facts, interior } from "../../lib/placement/check/facts";
import { stretchOf } from "../../lib/placement/check/gang-place";
import { recomputeHour } from "../../lib/placement/check/money";
import { chargedAccelerators } from "../../lib/placement/check/options";
import { recomputeStep } from "../../lib/placement/check/step";
import { spreadOf } from "../../lib/placement/check/tree-times";
import type { PlacedLeaves } from "../../lib/placement/placement";
import { SeededRandom } from "../../lib/placement/plan/random";
import { type PlanInput, PlanRules } from "../../lib/placement/workloads";
import { ACCELERATORS } from "./fleet";
import { gangOf, numbered } from "./jobs";

type Leaves = PlacedLeaves["leaves"];

/** What the oracle needs of HiGHS. */
export interface Solver {
  solve(
    problem: string,
    options: { readonly time_limit: number; readonly mip_rel_gap: number },
  ): { readonly Status: string; readonly ObjectiveValue: number };
}

/** HiGHS in WebAssembly. */
export async function loadSolver(): Promise<Solver> {
  const load: () => Promise<Solver> = require("highs");
  return load();
}

/** Two halls of three racks, some gangs: small enough to list every place that each gang can have. */
export function smallInstance(seed: number): PlanInput {
  const random = new SeededRandom(seed);
  const sites = ["east", "west"].map((name) => {
    const fabric = Fabric.tree("racks", {
      acceleratorsPerHost: 8,
      scaleUp: { accelerators: 8, oneWayGBps: 450, latencyUs: 2 },
      nicGbps: 400,
      tiers: [
        { name: "rack", joins: 4, oversubscription: 1, latencyUs: 3, medium: "copper" },
        { name: "core", joins: 3, oversubscription: 8 + random.below(24), latencyUs: 8, medium: "optics" },
      ],
    });
    const pool = CapacityPool.of("racks", {
      accelerator: ACCELERATORS.h100,
      fabric,
      free: { kind: "leaves", freeHosts: [0, 1, 2].map(() => 1 + random.below(4)) },
      offers: [{ model: "reserved", usdPerAcceleratorHour: 2 + random.below(200) / 100 }],
    });
    const site = Site.kubernetes(name, { country: "DE", kubeconfig: { context: name } });
    return SiteModel.of(site, { pools: [pool], pue: 1.2, gramsCo2PerKwh: random.below(500) });
  });
  const workloads = Array.from({ length: 3 + random.below(4) }, (_, index) =>
    gangOf(random, numbered("job", index), 8 * (1 + random.below(6)), ["h100"], {
      overlap: { data: 0 },
      value: 1 + random.below(9),
    }),
  );
  return { sites, links: [], workloads, rules: PlanRules.of({ carbonUsdPerTonne: 100 }) };
}

/** All ways to take so many hosts from what leaves have free. */
function allShares(free: readonly number[], hosts: number, leaf = 0): readonly Leaves[] {
  if (hosts === 0) {
    return [[]];
  }
  if (leaf === free.length) {
    return [];
  }
  return Array.from({ length: Math.min(free[leaf]!, hosts) + 1 }, (_, share) => share).flatMap((share) =>
    allShares(free, hosts - share, leaf + 1).map((rest) =>
      share === 0 ? rest : [{ leaf, hosts: share }, ...rest],
    ),
  );
}

interface Column {
  readonly name: string;
  readonly workload: number;
  readonly microUsd: number;
  readonly uses: readonly { readonly row: string; readonly amount: number }[];
}

/** Every place of every gang, costed by the checker's formulae. */
function columns(input: PlanInput): readonly Column[] {
  const facts = new Facts(input);
  return input.workloads.flatMap((gang, workload) =>
    gang.kind !== "gang"
      ? []
      : input.sites.flatMap((site, at) =>
          site.pools.flatMap((pool) => {
            const fabric = interior(pool.fabric);
            const [layout] = gang.layouts;
            if (fabric.kind !== "tree" || pool.free.kind !== "leaves" || layout === undefined) {
              return [];
            }
            const accelerators = chargedAccelerators(
              pool,
              layout.tp * layout.cp * layout.pp * layout.dp,
              layout.tp,
            );
            return allShares(pool.free.freeHosts, accelerators / fabric.acceleratorsPerHost).map(
              (leaves, index) => {
                const ground = { kind: "tree" as const, fabric, spread: spreadOf(fabric, leaves) };
                const step = recomputeStep(gang, layout, pool.accelerator, ground)!;
                const bought = [{ site, pool, offer: pool.offers[0]!, accelerators }];
                const hour = recomputeHour(facts, bought, [], stretchOf(facts, gang, 0, step.total));
                return {
                  name: `x${workload}_${at}_${index}`,
                  workload,
                  microUsd: hour.microUsdEffective,
                  uses: leaves.map(({ leaf, hosts }) => ({ row: `c${at}_${leaf}`, amount: hosts })),
                };
              },
            );
          }),
        ),
  );
}

/** Terms of a sum, one a line: the format limits the length of lines. */
function terms(list: readonly { readonly weight: number; readonly name: string }[]): string {
  return list.map(({ weight, name }) => `${weight < 0 ? "-" : "+"} ${Math.abs(weight)} ${name}`).join("\n ");
}

/** What one unit of value weighs against USD per hour: more than everything together can cost. */
const VALUE_WEIGHT = 100_000;

/**
 * The exact optimum of a small instance: the most value, then the least effective cost; undefined if the solver stops
 * before it knows.
 */
export function exactOptimum(
  solver: Solver,
  input: PlanInput,
): { readonly value: number; readonly usd: number } | undefined {
  const all = columns(input);
  const values = input.workloads.map(({ value }) => value);
  const objective = all.map(({ name, microUsd, workload }) => ({
    name,
    weight: microUsd / 1e6 - values[workload]! * VALUE_WEIGHT,
  }));
  const rows = new Map<string, { weight: number; name: string }[]>();
  for (const { name, workload, uses } of all) {
    for (const { row, amount } of [{ row: `g${workload}`, amount: 1 }, ...uses]) {
      rows.set(row, [...(rows.get(row) ?? []), { weight: amount, name }]);
    }
  }
  const most = (row: string) => {
    const [at, leaf] = row.slice(1).split("_").map(Number) as [number, number];
    const { free } = input.sites[at]?.pools[0] ?? {};
    return row.startsWith("g") || free?.kind !== "leaves" ? 1 : free.freeHosts[leaf]!;
  };
  const constraints = [...rows].map(([row, list]) => ` ${row}: ${terms(list)} <= ${most(row)}`);
  const problem = [
    "Minimize",
    ` obj: ${terms(objective)}`,
    "Subject To",
    ...constraints,
    "Binary",
    ...all.map(({ name }) => ` ${name}`),
    "End",
  ].join("\n");
  const { Status, ObjectiveValue } = solver.solve(problem, { time_limit: 20, mip_rel_gap: 0 });
  if (Status !== "Optimal") {
    return undefined;
  }
  const value = Math.ceil(-ObjectiveValue / VALUE_WEIGHT - 1e-9);
  return { value, usd: ObjectiveValue + value * VALUE_WEIGHT };
}
