import type { CapacityPool } from "../../fabric/capacity-pool";
import type { AcceptedWorkload } from "../placement";
import type { ServingPool } from "../sized-pool";
import { type Facts, grantable, interior, pieceOf } from "./facts";
import { checkHour } from "./gang-place";
import { boughtBy, recomputeHour } from "./money";
import { slicesOf } from "./options";
import { replicaGib, replicaWidth, servingFault } from "./serving";
import type { Findings } from "./violation";

/** Accelerators that so many replicas are charged with; undefined if no slice holds them. */
export function chargedReplicas(pool: CapacityPool, tp: number, replicas: number): number | undefined {
  const fabric = interior(pool.fabric);
  const piece = pieceOf(fabric);
  if (fabric.kind === "tree") {
    const room = Math.min(piece, fabric.scaleUp.accelerators);
    const perPiece = Math.floor(room / tp) * Math.floor(piece / room);
    return perPiece > 0 ? Math.ceil(replicas / perPiece) * piece : replicas * Math.ceil(tp / piece) * piece;
  }
  const volume = fabric.kind === "torus" ? fabric.dims.reduce((a, b) => a * b, 1) : fabric.side ** 3;
  const most = fabric.kind === "torus" ? volume : volume * fabric.largestSliceCubes;
  for (let chips = replicas * tp; chips <= most; chips++) {
    if (fabric.kind === "cubes" && chips > volume && chips % volume !== 0) {
      continue;
    }
    if (slicesOf(pool, chips).length > 0) {
      return pool.fabric.kind === "opaque" ? Math.ceil(chips / piece) * piece : chips;
    }
  }
  return undefined;
}

/** Recomputes capacity, latency and cost of an inference pool where it lies. */
export function checkServer(
  findings: Findings,
  facts: Facts,
  server: ServingPool,
  placed: AcceptedWorkload,
): void {
  const { name } = server;
  const places = new Map<string, AcceptedWorkload["parts"]>();
  for (const part of placed.parts) {
    const key = `${part.site}/${part.pool}`;
    places.set(key, [...(places.get(key) ?? []), part]);
    const pool = facts.pool(part.site, part.pool)!;
    const fabric = interior(pool.fabric);
    findings.that(part.serving !== undefined, "layout", name, () => "a part without replicas");
    const tp = replicaWidth(server, part.site, pool);
    if (tp === undefined) {
      findings.add("layout", name, `no replica was sized for ${key}`);
      continue;
    }
    const need = chargedReplicas(pool, tp, part.serving?.replicas ?? 0);
    findings.that(
      need === part.accelerators,
      "layout",
      name,
      () => `${part.accelerators} accelerators, ${need} needed`,
    );
    const torn =
      fabric.kind === "tree" &&
      (tp > fabric.scaleUp.accelerators ||
        (tp > fabric.acceleratorsPerHost &&
          part.domains.kind === "leaves" &&
          part.domains.leaves.some(({ hosts }) => hosts % Math.ceil(tp / fabric.acceleratorsPerHost) !== 0)));
    findings.that(!torn, "layout", name, () => "a replica lies in two domains");
    const gib = replicaGib(server, part.site, pool);
    findings.that(gib <= pool.accelerator.memoryGib * (1 + 1e-9), "memory", name, () => `${gib} GiB`);
  }
  const sites = new Set(placed.parts.map(({ site }) => site));
  findings.that(
    sites.size <= server.maxSites,
    "layout",
    name,
    () => `${sites.size} sites, at most ${server.maxSites}`,
  );
  const served: string[] = [];
  for (const parts of places.values()) {
    const count = (...phases: readonly string[]) =>
      parts.reduce((sum, { serving }) => sum + (phases.includes(serving!.phase) ? serving!.replicas : 0), 0);
    const users = parts[0]!.serving?.users ?? [];
    served.push(...users);
    const replicas = { prompt: count("both", "prefill"), token: count("decode") };
    const pool = facts.pool(parts[0]!.site, parts[0]!.pool)!;
    const fault = servingFault(server, pool, parts[0]!.site, users, replicas);
    findings.that(fault === undefined, "latency", name, () => fault!);
  }
  const all = server.users.map((group) => group.name).sort();
  findings.that(
    served.sort().join() === all.join(),
    "latency",
    name,
    () => `serves ${served.join()}, not ${all.join()}`,
  );
  const bought = placed.parts.map((part) => boughtBy(facts, part));
  if (bought.every((entry) => entry !== undefined)) {
    checkHour(findings, name, placed, recomputeHour(facts, bought, placed.flows, 1));
  }
}

/** Fewest replicas by phase that answer all users from a pool; undefined if none do. */
export function fewestReplicas(
  server: ServingPool,
  pool: CapacityPool,
  site: string,
): { readonly prompt: number; readonly token: number } | undefined {
  const users = server.users.map(({ name }) => name);
  const most = Math.min(
    4_096,
    Math.floor(grantable(pool) / (replicaWidth(server, site, pool) ?? Number.POSITIVE_INFINITY)),
  );
  const fits = (prompt: number, token: number) =>
    servingFault(server, pool, site, users, { prompt, token }) === undefined;
  if (most < 1) {
    return undefined;
  }
  const split = server.prefillDecode === "split";
  const many = 1e6;
  const first = [...new Array(most).keys()].map((index) => index + 1);
  const prompt = fits(many, many) ? first.find((count) => fits(count, many)) : undefined;
  const token = split && prompt !== undefined ? first.find((count) => fits(prompt, count)) : 0;
  return prompt === undefined || token === undefined || prompt + token > most ? undefined : { prompt, token };
}
