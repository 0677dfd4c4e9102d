import { type CubeFabric, chipsOf } from "../../../fabric/torus";
import type { PlacedDomains } from "../../placement";
import type { Packer, Place, Request } from "./packer";

/** Free chips of cubes. Any free cubes make a slice; smaller slices share cubes, the tightest that holds them first. */
export class CubePacker implements Packer {
  private readonly free: Int32Array;
  private readonly volume: number;

  constructor(
    private readonly fabric: CubeFabric,
    freeChips: readonly number[],
  ) {
    this.free = Int32Array.from(freeChips);
    this.volume = fabric.side ** 3;
  }

  private whole(banned: ReadonlySet<number> | undefined): readonly number[] {
    const cubes: number[] = [];
    for (let cube = 0; cube < this.free.length; cube++) {
      if (this.free[cube] === this.volume && !banned?.has(cube)) {
        cubes.push(cube);
      }
    }
    return cubes;
  }

  /** Whole free cubes beyond the spare ones. */
  private unspared(): number {
    return this.whole(undefined).length - this.fabric.spareCubes;
  }

  /** The tightest cube with room, the first one if several are; a fresh one only if it need not be spared. */
  private shared(chips: number, banned: ReadonlySet<number> | undefined): number | undefined {
    let best: number | undefined;
    for (let cube = 0; cube < this.free.length; cube++) {
      const free = this.free[cube]!;
      const usable = free >= chips && free < this.volume && !banned?.has(cube);
      if (usable && (best === undefined || free < this.free[best]!)) {
        best = cube;
      }
    }
    return best ?? (this.unspared() >= 1 ? this.whole(banned)[0] : undefined);
  }

  find({ part, banned }: Request): Place | undefined {
    for (const { shape, chips } of part.shapes ?? []) {
      if (chips % this.volume !== 0) {
        const cube = this.shared(chips, banned);
        if (cube !== undefined) {
          return { domains: { kind: "cubes", shape, cubes: [cube] }, shape: { kind: "slice", shape } };
        }
        continue;
      }
      const count = chips / this.volume;
      const whole = this.whole(banned);
      if (count <= whole.length && count <= this.unspared()) {
        const cubes = whole.slice(0, count);
        return { domains: { kind: "cubes", shape, cubes }, shape: { kind: "slice", shape } };
      }
    }
    return undefined;
  }

  private change(domains: PlacedDomains, sign: number): void {
    if (domains.kind === "cubes") {
      const each = Math.min(this.volume, chipsOf(domains.shape.dims));
      for (const cube of domains.cubes) {
        this.free[cube]! += sign * each;
      }
    }
  }

  take(domains: PlacedDomains): void {
    this.change(domains, -1);
  }

  give(domains: PlacedDomains): void {
    this.change(domains, 1);
  }

  isFree(domains: PlacedDomains): boolean {
    if (domains.kind !== "cubes") {
      return false;
    }
    const each = Math.min(this.volume, chipsOf(domains.shape.dims));
    const opened = domains.cubes.filter((cube) => this.free[cube] === this.volume).length;
    return (
      domains.cubes.every((cube) => (this.free[cube] ?? 0) >= each) && opened <= Math.max(0, this.unspared())
    );
  }
}
