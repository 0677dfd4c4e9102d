import { type Fabric, knownFabric } from "../../fabric/fabric";
import type { CubeFabric } from "../../fabric/torus";
import type { TreeFabric } from "../../fabric/tree";
import { guard } from "./guard";

/**
 * Power of links that carry a rate all the time, in watts: Gbit/s x pJ/bit / 1000.
 *
 * @throws NotAQuantity
 */
export function linkWatts(gbps: number, pjPerBit: number): number {
  guard("linkWatts", {}, { gbps, pjPerBit });
  return (gbps * pjPerBit) / 1e3;
}

/**
 * Energy of moving bytes over links once, in joules: bytes x 8 x pJ/bit / 10^12.
 *
 * @throws NotAQuantity
 */
export function transferJoules(bytes: number, pjPerBit: number): number {
  guard("transferJoules", {}, { bytes, pjPerBit });
  return (bytes * 8 * pjPerBit) / 1e12;
}

/**
 * Energy of one bit through a transceiver, in picojoules: watts / rate. A pluggable of 16 W at 800 Gbit/s takes 20.
 *
 * @throws NotAQuantity
 */
export function picojoulesPerBit(watts: number, gbps: number): number {
  guard("picojoulesPerBit", { gbps }, { watts });
  return (watts * 1e3) / gbps;
}

/**
 * Power at the meter of the hall, in watts: machines x use x PUE. Machines that are given away draw power whether they
 * compute or wait; `utilisation` is their mean share of full power.
 *
 * @throws NotAQuantity
 */
export function hallWatts(machineWatts: number, utilisation: number, pue: number): number {
  guard("hallWatts", { pue }, { machineWatts, utilisation, "1 - utilisation": 1 - utilisation });
  return machineWatts * utilisation * pue;
}

/**
 * Carbon of power, in grams of CO2 equivalent per hour: kW x gCO2/kWh.
 *
 * @throws NotAQuantity
 */
export function gramsCo2PerHour(watts: number, gramsPerKwh: number): number {
  guard("gramsCo2PerHour", {}, { watts, gramsPerKwh });
  return (watts / 1e3) * gramsPerKwh;
}

/** Each accelerator's share of the links up into every tier: its own rate divided by the ratio of the tier, both ways. */
function treeOpticsWatts({ nicGbps, tiers }: TreeFabric): number {
  return tiers.reduce(
    (sum, tier) => sum + 2 * linkWatts(nicGbps / tier.oversubscription, tier.pjPerBit ?? 0),
    0,
  );
}

/** A cube of side k has 6 k^2 optical ends, which are 3 k^2 links for k^3 chips; and all chips share the switches. */
function cubeOpticsWatts({ side, cubes, linkOneWayGBps, pjPerBit, ocs }: CubeFabric): number {
  const links = 2 * linkWatts(linkOneWayGBps * 8, pjPerBit ?? 0) * (3 / side);
  return links + ((ocs.switches ?? 0) * (ocs.wattsPerSwitch ?? 0)) / (cubes * side ** 3);
}

/**
 * Power of the optics between accelerators, in watts for each accelerator: links stay lit, so it does not depend on what
 * is sent. Links of unknown energy count as none, and what is inside a scale-up domain or a cube is copper.
 */
export function opticsWattsPerAccelerator(fabric: Fabric): number {
  const remembered = opticsWatts.get(fabric);
  const watts = remembered ?? opticsOf(fabric);
  if (remembered === undefined) {
    opticsWatts.set(fabric, watts);
  }
  return watts;
}

/** Fabrics never change, and planners ask for each of them many thousand times. */
const opticsWatts = new WeakMap<Fabric, number>();

function opticsOf(fabric: Fabric): number {
  const known = knownFabric(fabric);
  switch (known.kind) {
    case "tree":
      return treeOpticsWatts(known);
    case "cubes":
      return cubeOpticsWatts(known);
    case "torus":
      return 0;
  }
}
