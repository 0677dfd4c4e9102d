import type { TorusBox } from "../../../fabric/capacity-pool";
import { type Dims, shapeName, type TorusFabric } from "../../../fabric/torus";
import type { PlacedDomains } from "../../placement";
import type { Packer, Place, Request } from "./packer";

/** Free anchors that are compared before one is taken. */
const COMPARED = 64;

/** Places where a box can have its lowest corner, those that are multiples of its sides first. */
function anchorsOf(fabric: TorusFabric, dims: Dims): readonly Dims[] {
  let anchors: Dims[] = [[]];
  fabric.dims.forEach((side, axis) => {
    const last = fabric.wrapped[axis] && dims[axis]! < side ? side - 1 : side - dims[axis]!;
    anchors = anchors.flatMap((anchor) => Array.from({ length: last + 1 }, (_, at) => [...anchor, at]));
  });
  const aligned = (anchor: Dims) => anchor.every((at, axis) => at % dims[axis]! === 0);
  return [...anchors.filter(aligned), ...anchors.filter((anchor) => !aligned(anchor))];
}

/** Taken chips of tori with fixed cables. */
export class TorusPacker implements Packer {
  private readonly taken: Uint16Array[];
  private readonly cells = new Map<string, Int32Array>();
  private readonly anchors = new Map<string, readonly Dims[]>();
  private readonly free: Int32Array;

  constructor(
    private readonly fabric: TorusFabric,
    boxes: readonly TorusBox[],
  ) {
    const volume = fabric.dims.reduce((product, side) => product * side, 1);
    this.taken = Array.from({ length: fabric.copies }, () => new Uint16Array(volume));
    this.free = new Int32Array(fabric.copies).fill(volume);
    for (const box of boxes) {
      this.change(box, 1);
    }
  }

  /** Indices of the chips of a box. */
  private cellsOf(anchor: Dims, dims: Dims): Int32Array {
    const key = `${shapeName(anchor)}/${shapeName(dims)}`;
    let cells = this.cells.get(key);
    if (cells === undefined) {
      let list = [0];
      let stride = 1;
      this.fabric.dims.forEach((side, axis) => {
        const along = Array.from(
          { length: dims[axis]! },
          (_, step) => ((anchor[axis]! + step) % side) * stride,
        );
        list = list.flatMap((cell) => along.map((offset) => cell + offset));
        stride *= side;
      });
      cells = Int32Array.from(list);
      this.cells.set(key, cells);
    }
    return cells;
  }

  private clear(copy: number, cells: Int32Array): boolean {
    const taken = this.taken[copy]!;
    for (const cell of cells) {
      if (taken[cell]! > 0) {
        return false;
      }
    }
    return true;
  }

  /** Free chips just outside a box: the fewer, the less is broken up. */
  private looseEnds(copy: number, anchor: Dims, dims: Dims): number {
    let loose = 0;
    this.fabric.dims.forEach((side, axis) => {
      if (dims[axis]! >= side) {
        return;
      }
      const thin = dims.map((length, other) => (other === axis ? 1 : length));
      for (const at of [anchor[axis]! - 1, anchor[axis]! + dims[axis]!]) {
        if (this.fabric.wrapped[axis] || (at >= 0 && at < side)) {
          const corner = anchor.map((place, other) => (other === axis ? (at + side) % side : place));
          const taken = this.taken[copy]!;
          loose += this.cellsOf(corner, thin).filter((cell) => taken[cell] === 0).length;
        }
      }
    });
    return loose;
  }

  private bestAnchor(dims: Dims, banned: ReadonlySet<number> | undefined): TorusBox | undefined {
    const key = shapeName(dims);
    const anchors = this.anchors.get(key) ?? anchorsOf(this.fabric, dims);
    this.anchors.set(key, anchors);
    const chips = dims.reduce((product, side) => product * side, 1);
    let best: { box: TorusBox; loose: number; room: number } | undefined;
    let compared = 0;
    for (let copy = 0; copy < this.fabric.copies && compared < COMPARED; copy++) {
      const room = this.free[copy]!;
      if (banned?.has(copy) || room < chips) {
        continue;
      }
      for (const anchor of anchors) {
        if (compared < COMPARED && this.clear(copy, this.cellsOf(anchor, dims))) {
          compared++;
          const loose = this.looseEnds(copy, anchor, dims);
          if (best === undefined || loose < best.loose || (loose === best.loose && room < best.room)) {
            best = { box: { copy, anchor, dims }, loose, room };
          }
        }
      }
    }
    return best?.box;
  }

  find({ part, banned }: Request): Place | undefined {
    for (const { shape } of part.shapes ?? []) {
      const box = this.bestAnchor(shape.dims, banned);
      if (box !== undefined) {
        return { domains: { kind: "box", box }, shape: { kind: "slice", shape } };
      }
    }
    return undefined;
  }

  private change({ copy, anchor, dims }: TorusBox, sign: number): void {
    const taken = this.taken[copy]!;
    for (const cell of this.cellsOf(anchor, dims)) {
      const before = taken[cell]!;
      taken[cell] = before + sign;
      if (before === 0 || taken[cell] === 0) {
        this.free[copy]! -= sign;
      }
    }
  }

  take(domains: PlacedDomains): void {
    if (domains.kind === "box") {
      this.change(domains.box, 1);
    }
  }

  give(domains: PlacedDomains): void {
    if (domains.kind === "box") {
      this.change(domains.box, -1);
    }
  }

  isFree(domains: PlacedDomains): boolean {
    return (
      domains.kind === "box" &&
      domains.box.copy < this.fabric.copies &&
      this.clear(domains.box.copy, this.cellsOf(domains.box.anchor, domains.box.dims))
    );
  }
}
