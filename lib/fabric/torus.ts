import { Problems } from "../core/problems";
import { FabricErrors } from "./fabric-errors";
import { frozen } from "./frozen";
import { checkCount, checkPositive, checkQuantity } from "./quantities";
import { requireParts } from "./required-parts";

/** Sizes of a torus or of a slice of it, one per axis, for example `[4, 4, 8]`. */
export type Dims = readonly number[];

/** A torus whose cables are fixed: slices are boxes of neighbouring chips. A plain, frozen value. */
export interface TorusFabric {
  readonly kind: "torus";
  readonly name: string;
  /** Chips along each axis of one torus. */
  readonly dims: Dims;
  /** True for each axis whose ends are joined. A slice wraps along an axis only if it spans the whole of it. */
  readonly wrapped: readonly boolean[];
  /** How many such tori (pods) there are; no slice spans two of them. */
  readonly copies: number;
  readonly chipsPerHost: number;
  /** Bandwidth of one link between neighbours, one direction, in GB/s (10^9 bytes). */
  readonly linkOneWayGBps: number;
  /** Latency of one hop, in microseconds. */
  readonly hopLatencyUs: number;
}

export interface TorusProps {
  readonly dims: Dims;
  /** @default - every axis */
  readonly wrapped?: readonly boolean[];
  /** @default 1 */
  readonly copies?: number;
  readonly chipsPerHost: number;
  readonly linkOneWayGBps: number;
  readonly hopLatencyUs: number;
}

/** Optical circuit switches that join the faces of cubes. */
export interface OpticalCircuitSwitches {
  /** Time of setting up the circuits of a slice, once per job, in milliseconds. */
  readonly reconfigurationMs: number;
  /** How many there are. @default - unknown, not checked against the cubes */
  readonly switches?: number;
  /** Ports of one switch, spare ones included. @default - unknown, not checked against the cubes */
  readonly ports?: number;
  /** @default 0 */
  readonly sparePorts?: number;
  /** Power of one switch. @default - unknown, not counted */
  readonly wattsPerSwitch?: number;
}

/**
 * Cubes of chips whose faces meet in optical circuit switches: any set of cubes can become one torus, plain or twisted.
 * A plain, frozen value.
 */
export interface CubeFabric {
  readonly kind: "cubes";
  readonly name: string;
  /** Chips along each edge of a cube, for example 4. */
  readonly side: number;
  /** Cubes in the pod, spare ones included. */
  readonly cubes: number;
  /** Cubes that are kept free to replace failed ones. */
  readonly spareCubes: number;
  readonly hostsPerCube: number;
  /** Bandwidth of one link between neighbours, one direction, in GB/s (10^9 bytes). */
  readonly linkOneWayGBps: number;
  /** Latency of one hop, in microseconds. */
  readonly hopLatencyUs: number;
  /** True if the switches can make twisted tori. */
  readonly twist: boolean;
  /** Cubes of the largest slice that one job may have. */
  readonly largestSliceCubes: number;
  /** Probability that a host works, 0 to 1. */
  readonly hostAvailability: number;
  readonly ocs: OpticalCircuitSwitches;
  /** Energy of moving one bit over an optical link, both ends together, in picojoules. @default - unknown, not counted */
  readonly pjPerBit?: number;
}

export interface CubeProps {
  /** @default 4 */
  readonly side?: number;
  readonly cubes: number;
  /** @default 0 */
  readonly spareCubes?: number;
  readonly hostsPerCube: number;
  readonly linkOneWayGBps: number;
  readonly hopLatencyUs: number;
  readonly twist: boolean;
  /** @default - all cubes that are not spare */
  readonly largestSliceCubes?: number;
  readonly hostAvailability: number;
  readonly ocs: OpticalCircuitSwitches;
  readonly pjPerBit?: number;
}

/** A slice as it is asked for: its sides and whether its wrap-around links are twisted. */
export interface SliceShape {
  readonly dims: Dims;
  readonly twisted: boolean;
}

/** Chips of a box. */
export function chipsOf(dims: Dims): number {
  return dims.reduce((product, side) => product * side, 1);
}

/** `4x4x8`, as provider APIs write it. */
export function shapeName(dims: Dims): string {
  return dims.join("x");
}

/**
 * True for the shapes that have a twisted form: n x n x 2n and n x 2n x 2n, n a multiple of 4, in any order of axes.
 *
 * Source: https://docs.cloud.google.com/tpu/docs/v4, section on twisted tori (read 2026-11)
 */
export function isTwistable(dims: Dims): boolean {
  const [a, b, c] = [...dims].sort((left, right) => left - right);
  return dims.length === 3 && a! >= 4 && a! % 4 === 0 && c === 2 * a! && (b === a || b === 2 * a!);
}

/** A torus with fixed cables. See `Fabric.torus`. */
export function torusFabric(name: string, props: TorusProps): TorusFabric {
  const problems = new Problems(`Fabric.torus("${name}")`);
  requireParts(problems, props, { dims: "list" });
  const { dims, copies = 1, chipsPerHost, linkOneWayGBps, hopLatencyUs } = props;
  const wrapped = props.wrapped ?? dims.map(() => true);
  problems.name("name", name);
  const axes = problems.integer("dims.length", dims.length, { min: 1, max: 3 });
  const whole = dims.map((side, axis) => checkCount(problems, `dims[${axis}]`, side)).every(Boolean) && axes;
  if (wrapped.length !== dims.length) {
    problems.add(FabricErrors.FabricShapeImpossible, {
      subject: "wrapped",
      given: wrapped.length,
      allowed: `one entry for each of the ${dims.length} axes`,
    });
  }
  checkCount(problems, "copies", copies);
  if (checkCount(problems, "chipsPerHost", chipsPerHost) && whole && chipsOf(dims) % chipsPerHost !== 0) {
    problems.add(FabricErrors.FabricShapeImpossible, {
      subject: "chipsPerHost",
      given: chipsPerHost,
      allowed: `a divisor of the ${chipsOf(dims)} chips of the torus`,
    });
  }
  checkPositive(problems, "linkOneWayGBps", linkOneWayGBps);
  checkQuantity(problems, "hopLatencyUs", hopLatencyUs);
  problems.throwIfAny();
  return frozen({ kind: "torus", name, dims, wrapped, copies, chipsPerHost, linkOneWayGBps, hopLatencyUs });
}

function checkOcs(problems: Problems, ocs: OpticalCircuitSwitches): void {
  checkQuantity(problems, "ocs.reconfigurationMs", ocs.reconfigurationMs);
  if (ocs.switches !== undefined) {
    checkCount(problems, "ocs.switches", ocs.switches);
  }
  if (ocs.ports !== undefined && checkCount(problems, "ocs.ports", ocs.ports)) {
    problems.literalInteger("ocs.sparePorts", ocs.sparePorts ?? 0, { min: 0, max: ocs.ports });
  }
  if (ocs.wattsPerSwitch !== undefined) {
    checkQuantity(problems, "ocs.wattsPerSwitch", ocs.wattsPerSwitch);
  }
}

/** Optical circuit switches that cubes need at least: one for each place of a face along each of three axes. */
export function switchesForCubes(side: number): number {
  return 3 * side * side;
}

/** Both ends of one axis of a cube meet in the same switch. */
export const PORTS_PER_CUBE = 2;

function checkPortsSuffice(
  problems: Problems,
  side: number,
  cubes: number,
  ocs: OpticalCircuitSwitches,
): void {
  const needed = switchesForCubes(side);
  if (ocs.switches !== undefined && ocs.switches < needed) {
    problems.add(FabricErrors.FabricShapeImpossible, {
      subject: "ocs.switches",
      given: ocs.switches,
      allowed: `at least ${needed}: one for each of the ${side * side} places of a face, for three axes`,
    });
  } else if (ocs.switches !== undefined && ocs.ports !== undefined) {
    const usable = Math.floor(ocs.switches / needed) * (ocs.ports - (ocs.sparePorts ?? 0));
    if (usable < PORTS_PER_CUBE * cubes) {
      problems.add(FabricErrors.FabricShapeImpossible, {
        subject: "ocs.ports",
        given: ocs.ports,
        allowed: `${PORTS_PER_CUBE} ports besides the spare ones for each of the ${cubes} cubes`,
      });
    }
  }
}

/** Cubes behind optical circuit switches. See `Fabric.cubes`. */
export function cubeFabric(name: string, props: CubeProps): CubeFabric {
  const problems = new Problems(`Fabric.cubes("${name}")`);
  requireParts(problems, props, { ocs: "object" });
  const { side = 4, spareCubes = 0, cubes, ocs } = props;
  const largestSliceCubes = props.largestSliceCubes ?? cubes - spareCubes;
  problems.name("name", name);
  const sideGiven = checkCount(problems, "side", side);
  const cubesGiven = checkCount(problems, "cubes", cubes);
  if (cubesGiven) {
    problems.literalInteger("spareCubes", spareCubes, { min: 0, max: cubes - 1 });
    problems.literalInteger("largestSliceCubes", largestSliceCubes, { min: 1, max: cubes });
  }
  if (
    checkCount(problems, "hostsPerCube", props.hostsPerCube) &&
    sideGiven &&
    side ** 3 % props.hostsPerCube
  ) {
    problems.add(FabricErrors.FabricShapeImpossible, {
      subject: "hostsPerCube",
      given: props.hostsPerCube,
      allowed: `a divisor of the ${side ** 3} chips of a cube`,
    });
  }
  checkPositive(problems, "linkOneWayGBps", props.linkOneWayGBps);
  checkQuantity(problems, "hopLatencyUs", props.hopLatencyUs);
  checkPositive(problems, "hostAvailability", props.hostAvailability, 1);
  checkOcs(problems, ocs);
  if (props.pjPerBit !== undefined) {
    checkQuantity(problems, "pjPerBit", props.pjPerBit);
  }
  if (problems.empty) {
    checkPortsSuffice(problems, side, cubes, ocs);
  }
  problems.throwIfAny();
  return frozen({ ...props, kind: "cubes", name, side, spareCubes, largestSliceCubes });
}
