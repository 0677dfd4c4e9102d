import type { CapacityPool } from "../../fabric/capacity-pool";
import type { PlacedDomains, Placement } from "../placement";
import { chipsOfBox, type Facts, grantable, interior, leafHosts, leavesUnder, pieceOf } from "./facts";
import type { Findings } from "./violation";

type Leaves = Extract<PlacedDomains, { kind: "leaves" }>;
type Cubes = Extract<PlacedDomains, { kind: "cubes" }>;

function product(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}

/** Accelerators that domains take, by their kind. */
export function takenBy(pool: CapacityPool, domains: PlacedDomains): number {
  const piece = pieceOf(interior(pool.fabric));
  switch (domains.kind) {
    case "leaves":
      return domains.leaves.reduce((sum, { hosts }) => sum + hosts, 0) * piece;
    case "box":
      return product(domains.box.dims);
    case "cubes":
      return product(domains.shape.dims);
    case "intent":
      return domains.hosts * piece;
  }
}

function checkLeaves(
  findings: Findings,
  subject: string,
  pool: CapacityPool,
  placed: readonly Leaves[],
): void {
  const fabric = interior(pool.fabric);
  if (fabric.kind !== "tree" || pool.free.kind !== "leaves") {
    findings.add("shape", subject, "leaves in a pool that has none");
    return;
  }
  const count = leavesUnder(fabric).at(-1)!;
  const left = new Map(pool.free.freeHosts.map((hosts, leaf) => [leaf, Math.min(hosts, leafHosts(fabric))]));
  for (const { leaves } of placed) {
    const twice = new Set(leaves.map(({ leaf }) => leaf)).size !== leaves.length;
    findings.that(!twice, "shape", subject, () => "a leaf is listed twice");
    for (const { leaf, hosts } of leaves) {
      const sound = Number.isInteger(hosts) && hosts > 0 && leaf >= 0 && leaf < count;
      findings.that(sound, "shape", subject, () => `leaf ${leaf} with ${hosts} hosts`);
      left.set(leaf, (left.get(leaf) ?? 0) - hosts);
    }
  }
  for (const [leaf, hosts] of left) {
    findings.that(hosts >= 0, "capacity", subject, () => `leaf ${leaf} is short of ${-hosts} hosts`);
  }
}

function checkCubes(findings: Findings, subject: string, pool: CapacityPool, placed: readonly Cubes[]): void {
  const fabric = interior(pool.fabric);
  if (fabric.kind !== "cubes" || pool.free.kind !== "cubes") {
    findings.add("shape", subject, "cubes in a pool that has none");
    return;
  }
  const volume = fabric.side ** 3;
  const left = [...pool.free.freeChips];
  for (const { shape, cubes } of placed) {
    const chips = product(shape.dims);
    const whole = shape.dims.every((length) => length % fabric.side === 0);
    const inside = shape.dims.every((length) => fabric.side % length === 0);
    const needed = whole ? chips / volume : 1;
    findings.that(
      shape.dims.length === 3 &&
        (whole || inside) &&
        cubes.length === needed &&
        new Set(cubes).size === needed,
      "shape",
      subject,
      () => `${shape.dims.join("x")} on ${cubes.length} cubes`,
    );
    findings.that(
      !whole || chips / volume <= fabric.largestSliceCubes,
      "shape",
      subject,
      () => `${chips / volume} cubes, at most ${fabric.largestSliceCubes} in one slice`,
    );
    const [a, b, c] = [...shape.dims].sort((x, y) => x - y);
    const twistable = a! % 4 === 0 && c === 2 * a! && (b === a || b === c);
    findings.that(!shape.twisted || (fabric.twist && twistable), "shape", subject, () => "no such twist");
    for (const cube of cubes) {
      left[cube] = (left[cube] ?? -1) - Math.min(volume, chips);
    }
  }
  left.forEach((chips, cube) => {
    findings.that(chips >= 0, "capacity", subject, () => `cube ${cube} is short of ${-chips} chips`);
  });
  const before = pool.free.freeChips.filter((chips) => chips === volume).length;
  const spare = left.filter((chips) => chips === volume).length;
  findings.that(
    spare >= Math.min(before, fabric.spareCubes),
    "capacity",
    subject,
    () => `${spare} free cubes, ${fabric.spareCubes} are to be spared`,
  );
}

function checkBoxes(
  findings: Findings,
  subject: string,
  pool: CapacityPool,
  placed: readonly Extract<PlacedDomains, { kind: "box" }>[],
): void {
  const fabric = interior(pool.fabric);
  if (fabric.kind !== "torus" || pool.free.kind !== "boxes") {
    findings.add("shape", subject, "a box in a pool that has none");
    return;
  }
  const taken = new Set<string>();
  for (const { copy, anchor, dims } of pool.free.taken) {
    for (const chip of chipsOfBox(fabric.dims, anchor, dims)) {
      taken.add(`${copy}${chip}`);
    }
  }
  for (const { copy, anchor, dims } of placed.map(({ box }) => box)) {
    const legal = fabric.dims.every((side, axis) => {
      const [from, length] = [anchor[axis] ?? -1, dims[axis] ?? 0];
      const through = from + length <= side || fabric.wrapped[axis] === true;
      return from >= 0 && from < side && length >= 1 && length <= side && through;
    });
    if (
      !findings.that(legal && copy >= 0 && copy < fabric.copies, "shape", subject, () =>
        JSON.stringify({ copy, anchor, dims }),
      )
    ) {
      continue;
    }
    for (const chip of chipsOfBox(fabric.dims, anchor, dims)) {
      findings.that(
        !taken.has(`${copy}${chip}`),
        "capacity",
        subject,
        () => `chip ${chip} of torus ${copy} twice`,
      );
      taken.add(`${copy}${chip}`);
    }
  }
}

/** Holds what is placed in each pool against what is free there. */
export function checkOccupancy(findings: Findings, facts: Facts, placement: Placement): void {
  const byPool = new Map<string, { pool: CapacityPool; placed: PlacedDomains[]; sum: number }>();
  for (const workload of placement.workloads) {
    for (const part of workload.status === "accepted" ? workload.parts : []) {
      const pool = facts.pool(part.site, part.pool);
      if (pool === undefined) {
        continue;
      }
      const key = `${part.site}/${part.pool}`;
      const entry = byPool.get(key) ?? { pool, placed: [], sum: 0 };
      entry.placed.push(part.domains);
      entry.sum += part.accelerators;
      byPool.set(key, entry);
      const taken = takenBy(pool, part.domains);
      findings.that(
        taken === part.accelerators,
        "capacity",
        workload.workload,
        () => `${taken} taken, ${part.accelerators} said`,
      );
    }
  }
  for (const [key, { pool, placed, sum }] of byPool) {
    const most = grantable(pool);
    findings.that(sum <= most, "capacity", key, () => `${sum} accelerators, ${most} are free`);
    const kind =
      pool.fabric.kind === "opaque"
        ? "intent"
        : { tree: "leaves", torus: "box", cubes: "cubes" }[pool.fabric.kind];
    findings.that(
      placed.every((domains) => domains.kind === kind),
      "shape",
      key,
      () => `not all are ${kind}`,
    );
    if (kind === "leaves") {
      checkLeaves(
        findings,
        key,
        pool,
        placed.filter((domains): domains is Leaves => domains.kind === "leaves"),
      );
    } else if (kind === "cubes") {
      checkCubes(
        findings,
        key,
        pool,
        placed.filter((domains): domains is Cubes => domains.kind === "cubes"),
      );
    } else if (kind === "box") {
      checkBoxes(
        findings,
        key,
        pool,
        placed.filter((domains) => domains.kind === "box"),
      );
    }
  }
}
