import type { PlacedDomains } from "../../placement";
import { type LeafShare, signatureOf, type TreeShape } from "../tree-signature";
import type { Packer, Place, Request } from "./packer";

/** How hosts are divided among the domains of a level. */
interface Division {
  /** `packed` fills the largest first and ends in the tightest; `even` gives as equal shares as it can. */
  readonly kind: "packed" | "even";
  /** Domains more than the fewest that can hold all. */
  readonly more: number;
  /** Choose the tightest domains that hold an equal share, not the emptiest. */
  readonly tight: boolean;
}

const DIVISIONS: readonly Division[] = [
  { kind: "even", more: 0, tight: true },
  { kind: "packed", more: 0, tight: true },
  { kind: "even", more: 0, tight: false },
  { kind: "even", more: 1, tight: true },
  { kind: "even", more: 2, tight: true },
];

/** Domains of the lowest level that fits which are looked at. */
const WIDTH = 3;

/** A domain and the hosts that can be used of it. */
interface Room {
  readonly group: number;
  readonly hosts: number;
}

function byTightness(a: Room, b: Room): number {
  return a.hosts - b.hosts || a.group - b.group;
}

function byEmptiness(a: Room, b: Room): number {
  return b.hosts - a.hosts || a.group - b.group;
}

/** Free hosts of a tree, by leaf, with sums for each level. */
export class TreePacker implements Packer {
  private readonly sums: Int32Array[];

  constructor(
    private readonly shape: TreeShape,
    freeHosts: readonly number[],
  ) {
    this.sums = shape.levels.map(({ groups }) => new Int32Array(groups));
    freeHosts.forEach((hosts, leaf) => {
      this.add(leaf, hosts);
    });
  }

  private add(leaf: number, hosts: number): void {
    this.shape.levels.forEach(({ leaves }, level) => {
      this.sums[level]![Math.floor(leaf / leaves)]! += hosts;
    });
  }

  private leafFree(leaf: number): number {
    const first = this.shape.levels[0]!;
    return first.leaves === 1 ? this.sums[0]![leaf]! : this.sums[0]![0]!;
  }

  /** Sums of what a request can use: whole units, outside banned leaves. */
  private usable(unit: number, banned: ReadonlySet<number> | undefined): readonly Int32Array[] {
    if (unit === 1 && (banned === undefined || banned.size === 0)) {
      return this.sums;
    }
    const sums = this.shape.levels.map(({ groups }) => new Int32Array(groups));
    for (let leaf = 0; leaf < this.shape.leaves; leaf++) {
      const hosts = banned?.has(leaf) ? 0 : Math.floor(this.leafFree(leaf) / unit) * unit;
      this.shape.levels.forEach(({ leaves }, level) => {
        sums[level]![Math.floor(leaf / leaves)]! += hosts;
      });
    }
    return sums;
  }

  /** The tightest domains of the lowest level at which one holds all hosts. */
  private domains(sums: readonly Int32Array[], hosts: number): { level: number; rooms: readonly Room[] } {
    for (let level = 0; level < this.shape.levels.length; level++) {
      const at = sums[level]!;
      const rooms: Room[] = [];
      for (let group = 0; group < at.length; group++) {
        const room = at[group]!;
        const last = rooms[WIDTH - 1];
        if (room >= hosts && (last === undefined || room < last.hosts)) {
          rooms.push({ group, hosts: room });
          rooms.sort(byTightness);
          rooms.length = Math.min(rooms.length, WIDTH);
        }
      }
      if (rooms.length > 0) {
        return { level, rooms };
      }
    }
    return { level: -1, rooms: [] };
  }

  private rooms(sums: readonly Int32Array[], level: number, group: number): Room[] {
    const per = this.shape.levels[level]!.leaves / this.shape.levels[level - 1]!.leaves;
    const below = sums[level - 1]!;
    const rooms: Room[] = [];
    for (let child = group * per; child < Math.min((group + 1) * per, below.length); child++) {
      if (below[child]! > 0) {
        rooms.push({ group: child, hosts: below[child]! });
      }
    }
    return rooms.sort(byEmptiness);
  }

  /** Divides hosts among the leaves below one domain. */
  private divide(
    sums: readonly Int32Array[],
    level: number,
    group: number,
    hosts: number,
    unit: number,
    division: Division,
    shares: LeafShare[],
  ): void {
    if (level === 0 || this.shape.levels.length === 1) {
      shares.push({ leaf: group, hosts });
      return;
    }
    const rooms = this.rooms(sums, level, group);
    const split = division.kind === "packed" ? packed(rooms, hosts) : even(rooms, hosts, unit, division);
    for (const { group: child, hosts: share } of split) {
      this.divide(sums, level - 1, child, share, unit, division, shares);
    }
  }

  find({ part, costOf, banned, variation }: Request): Place | undefined {
    const { hosts, unit } = part;
    const sums = this.usable(unit, banned);
    const { level, rooms } = this.domains(sums, hosts);
    let best: { shares: readonly LeafShare[]; cost: number; left: number; place: Place } | undefined;
    const count = level === 0 ? 1 : rooms.length;
    for (let index = 0; index < count; index++) {
      const room = rooms[(index + variation) % rooms.length]!;
      for (const division of level === 0 ? DIVISIONS.slice(0, 1) : DIVISIONS) {
        const shares: LeafShare[] = [];
        this.divide(sums, level, room.group, hosts, unit, division, shares);
        shares.sort((a, b) => a.leaf - b.leaf);
        const signature = signatureOf(this.shape, shares);
        const cost = costOf({ kind: "tree", signature });
        const left = shares.reduce((sum, share) => sum + this.leafFree(share.leaf) - share.hosts, 0);
        if (best === undefined || cost < best.cost || (cost === best.cost && left < best.left)) {
          const domains = { kind: "leaves", leaves: shares } as const;
          best = { shares, cost, left, place: { domains, shape: { kind: "tree", signature } } };
        }
      }
    }
    return best?.place;
  }

  take(domains: PlacedDomains): void {
    if (domains.kind === "leaves") {
      for (const { leaf, hosts } of domains.leaves) {
        this.add(leaf, -hosts);
      }
    }
  }

  give(domains: PlacedDomains): void {
    if (domains.kind === "leaves") {
      for (const { leaf, hosts } of domains.leaves) {
        this.add(leaf, hosts);
      }
    }
  }

  isFree(domains: PlacedDomains): boolean {
    return (
      domains.kind === "leaves" &&
      domains.leaves.every(({ leaf, hosts }) => leaf < this.shape.leaves && this.leafFree(leaf) >= hosts)
    );
  }
}

/** The largest first; the last one is the tightest that holds the rest. */
function packed(rooms: readonly Room[], hosts: number): readonly Room[] {
  const split: Room[] = [];
  const open = [...rooms];
  let left = hosts;
  while (left > 0) {
    let chosen = 0;
    for (let index = open.length - 1; index >= 0; index--) {
      if (open[index]!.hosts >= left) {
        chosen = index;
        break;
      }
    }
    const [room] = open.splice(chosen, 1);
    const share = Math.min(left, room!.hosts);
    split.push({ group: room!.group, hosts: share });
    left -= share;
  }
  return split;
}

/** Shares as equal as possible in the fewest domains, and in some more. */
function even(rooms: readonly Room[], hosts: number, unit: number, division: Division): readonly Room[] {
  let count = 0;
  for (let sum = 0; sum < hosts; count++) {
    sum += rooms[count]!.hosts;
  }
  count = Math.min(count + division.more, rooms.length, Math.floor(hosts / unit));
  const share = Math.ceil(hosts / count / unit) * unit;
  const holding = division.tight ? rooms.filter((room) => room.hosts >= share) : [];
  const chosen = holding.length >= count ? holding.slice(-count) : rooms.slice(0, count);
  const sorted = [...chosen].sort(byTightness);
  let left = hosts;
  const split: Room[] = [];
  sorted.forEach((room, index) => {
    const equal = Math.ceil(left / (sorted.length - index) / unit) * unit;
    const given = Math.min(room.hosts, equal, left);
    if (given > 0) {
      split.push({ group: room.group, hosts: given });
    }
    left -= given;
  });
  return left > 0 ? packed(rooms, hosts) : split;
}
