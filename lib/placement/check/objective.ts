import type { AcceptedWorkload, PlacedPart, Placement, PlacementLock } from "../placement";
import { type Facts, interior, pieceOf } from "./facts";
import { largestLeft } from "./largest-left";
import { takenBy } from "./occupancy";
import type { Findings } from "./violation";

/** Accelerators that a part and what ran before have in common. */
function kept(facts: Facts, old: PlacedPart, part: PlacedPart | undefined): number {
  if (part === undefined) {
    return 0;
  }
  const pool = facts.pool(part.site, part.pool)!;
  const piece = pieceOf(interior(pool.fabric));
  const [before, now] = [old.domains, part.domains];
  if (before.kind === "leaves" && now.kind === "leaves") {
    const hosts = now.leaves.map(({ leaf, hosts: count }) =>
      Math.min(count, before.leaves.find((other) => other.leaf === leaf)?.hosts ?? 0),
    );
    return hosts.reduce((a, b) => a + b, 0) * piece;
  }
  if (before.kind === "cubes" && now.kind === "cubes") {
    const same = now.cubes.filter((cube) => before.cubes.includes(cube)).length;
    const each = [before, now].map((domains) => takenBy(pool, domains) / domains.cubes.length);
    return same * Math.min(...each);
  }
  if (before.kind === "box" && now.kind === "box") {
    const key = ({ box }: typeof now) => [box.copy, ...box.anchor, "/", ...box.dims].join();
    return key(before) === key(now) ? takenBy(pool, now) : 0;
  }
  return before.kind === "intent" && now.kind === "intent" ? Math.min(before.hosts, now.hosts) * piece : 0;
}

function movedFrom(facts: Facts, before: AcceptedWorkload, now: AcceptedWorkload): number {
  return before.parts.reduce((sum, old) => {
    const part = now.parts.find(
      ({ site, pool, serving }) =>
        site === old.site &&
        pool === old.pool &&
        (serving?.phase ?? "both") === (old.serving?.phase ?? "both"),
    );
    return sum + Math.max(0, old.accelerators - kept(facts, old, part));
  }, 0);
}

/** Recomputes the objective, the budget of the whole and what must stay. */
export function checkObjective(
  findings: Findings,
  facts: Facts,
  placement: Placement,
  lock: PlacementLock | undefined,
): void {
  const { rules, workloads } = facts.input;
  const values = new Map(workloads.map(({ name, value }) => [name, Math.round(value * 1e6)]));
  const accepted = placement.workloads.filter((workload) => workload.status === "accepted");
  const before = new Map((lock?.workloads ?? []).map((workload) => [workload.workload, workload]));
  let [value, effective, churn, money] = [0, 0, 0, 0];
  for (const placed of accepted) {
    value += values.get(placed.workload)!;
    effective += placed.cost.microUsdEffective;
    money += placed.cost.microUsdAccelerators + placed.cost.microUsdNetwork;
    const old = before.get(placed.workload);
    const moved = old === undefined ? 0 : movedFrom(facts, old, placed);
    churn += Math.round(moved * rules.churnUsdPerAcceleratorHour * 1e6);
    const keep = (facts.gangs.get(placed.workload) ?? facts.servers.get(placed.workload))?.keep;
    const stays =
      old === undefined ||
      placed.parts.every((part) =>
        old.parts.some((other) => other.site === part.site && other.pool === part.pool),
      );
    findings.that(!keep || stays, "keep", placed.workload, () => "it must stay in the pool where it ran");
  }
  const said = placement.objective;
  findings.that(
    said.microValue === value,
    "objective",
    "microValue",
    () => `${said.microValue}, ${value} recomputed`,
  );
  findings.that(
    said.microUsdEffective === effective,
    "objective",
    "microUsdEffective",
    () => `${said.microUsdEffective}, ${effective}`,
  );
  findings.that(
    said.microUsdChurn === churn,
    "objective",
    "microUsdChurn",
    () => `${said.microUsdChurn}, ${churn}`,
  );
  const largest = largestLeft(facts, placement);
  findings.that(
    said.largestPlaceable === largest,
    "objective",
    "largestPlaceable",
    () => `${said.largestPlaceable}, ${largest}`,
  );
  const most = rules.budgetUsdPerHour;
  findings.that(
    most === undefined || money <= most * 1e6 + 1,
    "budget",
    "plan",
    () => `${money} micro-USD, at most ${most} USD`,
  );
}
