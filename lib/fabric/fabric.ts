import { Problems } from "../core/problems";
import { frozen } from "./frozen";
import { requireParts } from "./required-parts";
import {
  type CubeFabric,
  type CubeProps,
  cubeFabric,
  type TorusFabric,
  type TorusProps,
  torusFabric,
} from "./torus";
import { type TreeFabric, type TreeProps, treeFabric } from "./tree";

/** Where an interior is rented and cannot be chosen. */
export type OpaqueProvider = "aws" | "google" | "coreweave" | "other";

/**
 * The inside of a public cloud: nobody outside knows which rack a machine will stand in, so a plan can state intent
 * only (close together, this slice shape). Costs are computed as if it were `assumed`. A plain, frozen value.
 */
export interface OpaqueFabric {
  readonly kind: "opaque";
  readonly name: string;
  readonly provider: OpaqueProvider;
  /** The fabric that costs are computed with; its size bounds the largest gang. No domain of it is ever named. */
  readonly assumed: TreeFabric | TorusFabric | CubeFabric;
}

/** The network between the accelerators of one pool. A plain, frozen value. */
export type Fabric = TreeFabric | TorusFabric | CubeFabric | OpaqueFabric;

/** A fabric whose interior is known, or assumed. */
export type KnownFabric = TreeFabric | TorusFabric | CubeFabric;

/** What costs are computed with: the fabric itself, or what an opaque one is assumed to be. */
export function knownFabric(fabric: Fabric): KnownFabric {
  return fabric.kind === "opaque" ? fabric.assumed : fabric;
}

export const Fabric = {
  /**
   * A tree of switches over scale-up domains: leaf and spine, rail-optimised, NVLink racks.
   *
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, NotOneOf, MissingValue, DuplicateValue, NoEffect,
   *   TokenNotAllowed, FabricShapeImpossible, OversubscriptionNotMonotone
   */
  tree(name: string, props: TreeProps): TreeFabric {
    return treeFabric(name, props);
  },

  /**
   * A torus whose cables are fixed.
   *
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, MissingValue, TokenNotAllowed, FabricShapeImpossible
   */
  torus(name: string, props: TorusProps): TorusFabric {
    return torusFabric(name, props);
  },

  /**
   * Cubes behind optical circuit switches.
   *
   * @throws InvalidName, NotAQuantity, NumberOutOfRange, MissingValue, TokenNotAllowed, FabricShapeImpossible
   */
  cubes(name: string, props: CubeProps): CubeFabric {
    return cubeFabric(name, props);
  },

  /**
   * A public cloud's interior, of which only intent can be given.
   *
   * @param props.assumed what costs are computed with
   * @throws InvalidName, NotOneOf, MissingValue, TokenNotAllowed
   */
  opaque(
    name: string,
    props: { readonly provider: OpaqueProvider; readonly assumed: KnownFabric },
  ): OpaqueFabric {
    const problems = new Problems(`Fabric.opaque("${name}")`);
    requireParts(problems, props, { assumed: "object" });
    problems.name("name", name);
    problems.oneOf("provider", props.provider, ["aws", "google", "coreweave", "other"]);
    problems.throwIfAny();
    return frozen({ kind: "opaque", name, provider: props.provider, assumed: props.assumed });
  },
} as const;
