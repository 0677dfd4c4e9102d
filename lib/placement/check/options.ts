import type { CapacityPool, Offer } from "../../fabric/capacity-pool";
import type { SliceShape } from "../../fabric/torus";
import type { Gang } from "../gang";
import type { PlacementRules } from "../rules";
import { type Facts, grantable, interior, leafHosts, leavesUnder, pieceOf } from "./facts";
import type { Ground } from "./step";
import { filled, spreadOf } from "./tree-times";

/** Accelerators that so many ranks are charged with: whole hosts, whole tensor groups; chips of a slice as they are. */
export function chargedAccelerators(pool: CapacityPool, ranks: number, tp: number): number {
  const fabric = interior(pool.fabric);
  if (fabric.kind !== "tree") {
    return pool.fabric.kind === "opaque" ? Math.ceil(ranks / pieceOf(fabric)) * pieceOf(fabric) : ranks;
  }
  const piece = fabric.acceleratorsPerHost;
  const unit = fabric.scaleUp.accelerators > piece ? Math.ceil(tp / piece) : 1;
  return Math.ceil(Math.ceil(ranks / piece) / unit) * unit * piece;
}

/** The way of buying that costs least for the work that is done. */
export function bestOffer(
  facts: Facts,
  rules: Pick<PlacementRules, "purchase">,
  pool: CapacityPool,
): Offer | undefined {
  const worth = ({ model, usdPerAcceleratorHour }: Offer) =>
    model === "spot" ? usdPerAcceleratorHour / facts.input.rules.spotAvailability : usdPerAcceleratorHour;
  const allowed = pool.offers
    .filter(({ model }) => rules.purchase.includes(model))
    .sort((a, b) => worth(a) - worth(b) || (a.model < b.model ? -1 : 1));
  return allowed[0];
}

/** Every triple (or fewer) of whole sides with so many chips. */
export function slicesOf(pool: CapacityPool, chips: number): readonly SliceShape[] {
  const fabric = interior(pool.fabric);
  if (fabric.kind === "tree") {
    return [];
  }
  const most = fabric.kind === "torus" ? fabric.dims : [chips, chips, chips];
  let sides: readonly (readonly number[])[] = [[]];
  most.forEach((limit) => {
    sides = sides.flatMap((done) => {
      const rest = chips / done.reduce((a, b) => a * b, 1);
      const lengths = [...new Array(Math.min(limit, rest)).keys()].map((index) => index + 1);
      return lengths.filter((length) => rest % length === 0).map((length) => [...done, length]);
    });
  });
  const exact = sides.filter((dims) => dims.reduce((a, b) => a * b, 1) === chips);
  if (fabric.kind === "torus") {
    return exact.map((dims) => ({ dims, twisted: false }));
  }
  const legal = exact
    .filter(([a, b, c]) => a! <= b! && b! <= c!)
    .filter((dims) =>
      dims.every((side) => side % fabric.side === 0)
        ? chips / fabric.side ** 3 <= fabric.largestSliceCubes
        : dims.every((side) => fabric.side % side === 0),
    );
  const twistable = ([a, b, c]: readonly number[]) => a! % 4 === 0 && c === 2 * a! && (b === a || b === c);
  return legal.flatMap((dims) =>
    fabric.twist && twistable(dims)
      ? [
          { dims, twisted: false },
          { dims, twisted: true },
        ]
      : [{ dims, twisted: false }],
  );
}

/** Grounds of which one is at least as good as any place that the pool has for the gang. */
export function bestGrounds(gang: Gang, tp: number, ranks: number, pool: CapacityPool): readonly Ground[] {
  const fabric = interior(pool.fabric);
  if (chargedAccelerators(pool, ranks, tp) > grantable(pool)) {
    return [];
  }
  if (fabric.kind !== "tree") {
    const plain = (dims: readonly number[]) =>
      dims
        .filter((side) => side > 1)
        .sort((a, b) => a - b)
        .join();
    return slicesOf(pool, ranks)
      .filter(({ dims }) => gang.sliceShapes?.some((allowed) => plain(allowed) === plain(dims)) ?? true)
      .map((shape) => ({ kind: "slice", fabric, shape }));
  }
  const hosts = chargedAccelerators(pool, ranks, tp) / fabric.acceleratorsPerHost;
  if (pool.free.kind !== "leaves") {
    const fits = hosts <= leavesUnder(fabric).at(-1)! * leafHosts(fabric);
    return fits ? [{ kind: "tree", fabric, spread: spreadOf(fabric, filled(fabric, hosts)) }] : [];
  }
  const wide = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost;
  const piece = fabric.acceleratorsPerHost;
  const crossed = new Map<number, number>();
  let domains = 1;
  const free = pool.free.freeHosts;
  leavesUnder(fabric).forEach((_, tier) => {
    const below = tier === 0 ? (wide ? 1 : 0) : leavesUnder(fabric)[tier - 1]!;
    if (below === 0) {
      if (hosts * piece > fabric.scaleUp.accelerators) {
        crossed.set(0, fabric.scaleUp.accelerators);
      }
      return;
    }
    const sums: number[] = [];
    free.forEach((count, leaf) => {
      const at = Math.floor(leaf / below);
      sums[at] = (sums[at] ?? 0) + count;
    });
    sums.sort((a, b) => b - a);
    let fewest = 0;
    for (let sum = 0; sum < hosts; fewest++) {
      sum += sums[fewest]!;
    }
    if (tier === 0) {
      domains = fewest;
    }
    if (fewest > 1) {
      crossed.set(tier, Math.floor(hosts / fewest) * piece);
    }
  });
  if (!wide) {
    return [{ kind: "tree", fabric, spread: { scaleUp: fabric.scaleUp.accelerators, crossed } }];
  }
  if (domains === 1) {
    return [{ kind: "tree", fabric, spread: { scaleUp: hosts * piece, crossed } }];
  }
  const unit = Math.ceil(tp / piece);
  const most = Math.floor(hosts / domains / unit);
  return [...new Array(most).keys()].map((index) => {
    const share = (index + 1) * unit * piece;
    return {
      kind: "tree",
      fabric,
      spread: { scaleUp: share, crossed: new Map([...crossed, [0, share] as const]) },
    };
  });
}
