import { Problems } from "../core/problems";
import { checkDomainLabels, type DomainLabel } from "./domain-labels";
import { type Fabric, knownFabric } from "./fabric";
import { FabricErrors } from "./fabric-errors";
import { frozen } from "./frozen";
import { checkCount, checkPositive, checkQuantity } from "./quantities";
import { requireParts } from "./required-parts";
import { chipsOf, type Dims, type TorusFabric } from "./torus";
import { hostsPerLeaf, leafCount, treeAccelerators } from "./tree";

/** What the cost model must know of one accelerator. */
export interface AcceleratorModel {
  /** Name in the catalogue, for example `h100` or `tpu-v5p`. */
  readonly name: string;
  /** Peak dense bf16 rate, in 10^12 operations a second. */
  readonly peakTflops: number;
  /** Device memory in GiB. */
  readonly memoryGib: number;
  /** Device memory bandwidth in GB/s (10^9 bytes). */
  readonly memoryBandwidthGBps: number;
  /** Power of one accelerator with its share of the host, at the wall of the machine. @default - unknown */
  readonly watts?: number;
}

/** How capacity is bought. Own machines are `reserved`: they cost the same whether used or not, shared out per hour. */
export type PurchaseModel = "reserved" | "on-demand" | "spot";

/** One price of a pool. */
export interface Offer {
  readonly model: PurchaseModel;
  /** USD for one accelerator and hour, with its host. */
  readonly usdPerAcceleratorHour: number;
}

/** Free hosts in each leaf domain of a tree, in the order of the leaves; see `hostsPerLeaf`. */
export interface FreeLeaves {
  readonly kind: "leaves";
  readonly freeHosts: readonly number[];
}

/** A box of chips of a static torus. It may run over a wrapped end. */
export interface TorusBox {
  /** Which of the fabric's tori, from 0. */
  readonly copy: number;
  /** Coordinates of the lowest corner. */
  readonly anchor: Dims;
  /** Extent along each axis of the fabric, in the order of its axes. */
  readonly dims: Dims;
}

/** Boxes of a static torus that are taken or broken; everything else is free. */
export interface FreeTorus {
  readonly kind: "boxes";
  readonly taken: readonly TorusBox[];
}

/** Free chips of each cube, in the order of the cubes: a whole cube, or what slices below one cube left over. */
export interface FreeCubes {
  readonly kind: "cubes";
  readonly freeChips: readonly number[];
}

/** Capacity of an opaque interior: a number of accelerators, or no known limit. */
export interface FreeCount {
  readonly kind: "count";
  /** @default - as many as are asked for (elastic) */
  readonly accelerators?: number;
}

export type FreeCapacity = FreeLeaves | FreeTorus | FreeCubes | FreeCount;

/** Accelerators of one kind on one fabric at one site: what is there, what of it is free, what it costs. */
export interface CapacityPool {
  /** Unique at its site. */
  readonly name: string;
  readonly accelerator: AcceleratorModel;
  readonly fabric: Fabric;
  readonly free: FreeCapacity;
  /** At most one per purchase model; capacity without an offer cannot be bought that way. */
  readonly offers: readonly Offer[];
  /** How nodes tell in which domain they stand. */
  readonly domainLabels?: readonly DomainLabel[];
}

export interface PoolProps {
  readonly accelerator: AcceleratorModel;
  readonly fabric: Fabric;
  /** @default - everything that the fabric is wired for; without known limit if it is opaque */
  readonly free?: FreeCapacity;
  readonly offers: readonly Offer[];
  /** How nodes tell in which domain they stand; decides nothing of a plan, only how it is kept. @default - not told */
  readonly domainLabels?: readonly DomainLabel[];
}

/** Everything free. */
function allFree(fabric: Fabric): FreeCapacity {
  switch (fabric.kind) {
    case "opaque":
      return { kind: "count" };
    case "tree":
      return {
        kind: "leaves",
        freeHosts: Array.from({ length: leafCount(fabric) }, () => hostsPerLeaf(fabric)),
      };
    case "torus":
      return { kind: "boxes", taken: [] };
    case "cubes":
      return { kind: "cubes", freeChips: Array.from({ length: fabric.cubes }, () => fabric.side ** 3) };
  }
}

function checkPerDomain(problems: Problems, free: readonly number[], domains: number, each: number): void {
  if (free.length !== domains) {
    problems.add(FabricErrors.FreeCapacityMismatch, {
      subject: "free",
      given: free.length,
      allowed: `one entry for each of the ${domains} domains`,
    });
  }
  free.forEach((amount, index) => {
    problems.literalInteger(`free[${index}]`, amount, { min: 0, max: each });
  });
}

function checkBox(problems: Problems, subject: string, box: TorusBox, dims: Dims, copies: number): void {
  problems.literalInteger(`${subject}.copy`, box.copy, { min: 0, max: copies - 1 });
  if (box.anchor.length !== dims.length || box.dims.length !== dims.length) {
    problems.add(FabricErrors.FreeCapacityMismatch, {
      subject,
      given: box,
      allowed: `${dims.length} coordinates and ${dims.length} sides`,
    });
    return;
  }
  dims.forEach((side, axis) => {
    problems.literalInteger(`${subject}.anchor[${axis}]`, box.anchor[axis]!, { min: 0, max: side - 1 });
    problems.literalInteger(`${subject}.dims[${axis}]`, box.dims[axis]!, { min: 1, max: side });
  });
}

function checkFree(problems: Problems, fabric: Fabric, free: FreeCapacity): void {
  const allowed = { opaque: "count", tree: "leaves", torus: "boxes", cubes: "cubes" }[fabric.kind];
  if (!problems.literal("free.kind", free.kind, allowed)) {
    return;
  }
  if (free.kind !== allowed) {
    problems.add(FabricErrors.FreeCapacityMismatch, {
      subject: "free.kind",
      given: free.kind,
      allowed: `"${allowed}", because the fabric is of kind "${fabric.kind}"`,
    });
  } else if (free.kind === "leaves" && fabric.kind === "tree") {
    checkPerDomain(problems, free.freeHosts, leafCount(fabric), hostsPerLeaf(fabric));
  } else if (free.kind === "cubes" && fabric.kind === "cubes") {
    checkPerDomain(problems, free.freeChips, fabric.cubes, fabric.side ** 3);
  } else if (free.kind === "boxes" && fabric.kind === "torus") {
    free.taken.forEach((box, index) => {
      checkBox(problems, `free.taken[${index}]`, box, fabric.dims, fabric.copies);
    });
  } else if (free.kind === "count" && free.accelerators !== undefined) {
    checkCount(problems, "free.accelerators", free.accelerators, 0);
  }
}

function checkOffers(problems: Problems, offers: readonly Offer[]): void {
  problems.unique(
    "offers",
    offers.map((offer) => offer.model),
  );
  offers.forEach((offer, index) => {
    problems.oneOf(`offers[${index}].model`, offer.model, ["reserved", "on-demand", "spot"]);
    checkQuantity(problems, `offers[${index}].usdPerAcceleratorHour`, offer.usdPerAcceleratorHour);
  });
  const list = offers.find((offer) => offer.model === "on-demand");
  for (const offer of offers) {
    if (list !== undefined && offer.usdPerAcceleratorHour > list.usdPerAcceleratorHour) {
      problems.add(FabricErrors.OfferUnsound, {
        subject: `the ${offer.model} price`,
        given: offer.usdPerAcceleratorHour,
        allowed: `at most the on-demand price of ${list.usdPerAcceleratorHour}`,
      });
    }
  }
}

function checkAccelerator(problems: Problems, accelerator: AcceleratorModel): void {
  problems.name("accelerator.name", accelerator.name);
  checkPositive(problems, "accelerator.peakTflops", accelerator.peakTflops);
  checkPositive(problems, "accelerator.memoryGib", accelerator.memoryGib);
  checkPositive(problems, "accelerator.memoryBandwidthGBps", accelerator.memoryBandwidthGBps);
  if (accelerator.watts !== undefined) {
    checkPositive(problems, "accelerator.watts", accelerator.watts);
  }
}

export const CapacityPool = {
  /**
   * Accelerators of one kind on one fabric.
   *
   * @param name unique at its site
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, NotOneOf, MissingValue, DuplicateValue, TokenNotAllowed,
   *   FreeCapacityMismatch, OfferUnsound, DomainLabelMismatch
   */
  of(name: string, props: PoolProps): CapacityPool {
    const problems = new Problems(`CapacityPool.of("${name}")`);
    requireParts(problems, props, { accelerator: "object", fabric: "object", offers: "list" });
    problems.name("name", name);
    checkAccelerator(problems, props.accelerator);
    if (props.offers.length === 0) {
      problems.required("offers", undefined, "at least one price");
    }
    checkOffers(problems, props.offers);
    const free = props.free ?? allFree(props.fabric);
    checkFree(problems, props.fabric, free);
    checkDomainLabels(problems, props.fabric, props.domainLabels ?? []);
    problems.throwIfAny();
    const { accelerator, fabric, offers, domainLabels } = props;
    return frozen({ name, accelerator, fabric, free, offers, domainLabels });
  },
} as const;

/** True if a chip, counted along the first axis first, lies in a box that may run over wrapped ends. */
function inside(cell: number, box: TorusBox, sides: Dims): boolean {
  let rest = cell;
  return sides.every((side, axis) => {
    const at = rest % side;
    rest = Math.floor(rest / side);
    return (at - box.anchor[axis]! + side) % side < box.dims[axis]!;
  });
}

/** Chips outside all taken boxes, which may overlap. */
function freeChips({ dims, copies }: TorusFabric, taken: readonly TorusBox[]): number {
  const volume = chipsOf(dims);
  const used = new Set<number>();
  for (const box of taken) {
    for (let cell = 0; cell < volume; cell++) {
      if (inside(cell, box, dims)) {
        used.add(box.copy * volume + cell);
      }
    }
  }
  return volume * copies - used.size;
}

/** Accelerators that are free, wherever they lie; undefined if there is no known limit. */
export function freeAccelerators(pool: CapacityPool): number | undefined {
  const { fabric, free } = pool;
  switch (free.kind) {
    case "count":
      return free.accelerators;
    case "cubes":
      return free.freeChips.reduce((sum, chips) => sum + chips, 0);
    case "leaves": {
      const hosts = free.freeHosts.reduce((sum, count) => sum + count, 0);
      return hosts * (fabric.kind === "tree" ? fabric.acceleratorsPerHost : 0);
    }
    case "boxes":
      return fabric.kind === "torus" ? freeChips(fabric, free.taken) : 0;
  }
}

/** Accelerators that the fabric is wired for, free or not; of an opaque one, what it is assumed to have. */
export function wiredAccelerators(fabric: Fabric): number {
  const known = knownFabric(fabric);
  switch (known.kind) {
    case "tree":
      return treeAccelerators(known);
    case "torus":
      return chipsOf(known.dims) * known.copies;
    case "cubes":
      return known.cubes * known.side ** 3;
  }
}
