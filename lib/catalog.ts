/**
 * The catalogue: facts about accelerators and machines, each with its source and the day on which it was read, and
 * look-ups by need. Loads no provider package.
 */
export { ACCELERATORS, acceleratorFacts } from "./catalog/accelerators";
export { AVAILABILITY, type AvailabilityFacts, offeredIn } from "./catalog/availability";
export {
  checkInterfaces,
  efaInterfaces,
  type InterfaceFinding,
  type InterfaceRule,
} from "./catalog/aws-interfaces";
export { AWS_MACHINES, awsMachineFacts } from "./catalog/aws-machines";
export { type CarbonRow, GRID_CARBON, gridCarbon, PUE, type PueRow, pueOf } from "./catalog/carbon";
export { COREWEAVE_MACHINES, coreWeaveMachineFacts } from "./catalog/coreweave-machines";
export type * from "./catalog/facts";
export {
  defaultCpuMachine,
  defaultMachine,
  findMachines,
  type MachineNeed,
  type MachineProvider,
  type MachinesOf,
} from "./catalog/find";
export { GOOGLE_MACHINES, googleMachineFacts } from "./catalog/google-machines";
export { ON_PREM_NODES, onPremNodeFacts } from "./catalog/on-prem-nodes";
export {
  POWER,
  type PowerRow,
  PRICES,
  type PriceProvider,
  type PriceRow,
  priceOf,
  wattsOf,
} from "./catalog/prices";
export {
  awsTopologyLabels,
  coreWeaveTopologyLabels,
  GPU_CLIQUE,
  googleTopologyLabels,
  MACHINE_LEVELS,
  onPremTopologyLabels,
  TOPOLOGY_LABELS,
} from "./catalog/topology-labels";
export { nearestTopologies, TPU_ACCELERATORS, tpuSlice, tpuSlices } from "./catalog/tpu-slices";
