import type {
  AwsMachineFacts,
  CoreWeaveMachineFacts,
  GoogleMachineFacts,
  MachineFacts,
  OnPremNodeFacts,
} from "./facts";

/** Facts of machines by who provides them. */
export interface MachinesOf {
  readonly aws: AwsMachineFacts;
  readonly google: GoogleMachineFacts;
  readonly coreweave: CoreWeaveMachineFacts;
  readonly "on-prem": OnPremNodeFacts;
}

export type MachineProvider = keyof MachinesOf;

/** What machines are asked for. Everything but the provider can be left out. */
export interface MachineNeed<P extends MachineProvider = MachineProvider> {
  readonly provider: P;
  /** Name in the catalogue, such as `h200`. @default - any, and machines without accelerators */
  readonly accelerator?: string;
  /** Exactly so many in one machine; 0 asks for machines without accelerators. @default - any number */
  readonly acceleratorsPerMachine?: number;
  /** GiB, at least. @default - any, also unknown */
  readonly minMemoryGibPerAccelerator?: number;
  /** Gbit/s, at least: the machine's cards together, divided by its accelerators. @default - any, also unknown */
  readonly minNetworkGbpsPerAccelerator?: number;
  /** @default - any */
  readonly arch?: "amd64" | "arm64";
  /**
   * Leaves out machines that price lists of this region do not have; those of which no list of the region speaks stay,
   * see `offeredIn`. Nothing is known of regions of CoreWeave and of one's own halls. @default - any
   */
  readonly region?: P extends "aws" | "google" ? string : never;
}

/** Each table is read when machines of its provider are asked for. */
const TABLES: { readonly [P in MachineProvider]: () => readonly MachinesOf[P][] } = {
  aws: () => (require("./aws-machines") as typeof import("./aws-machines")).AWS_MACHINES,
  google: () => (require("./google-machines") as typeof import("./google-machines")).GOOGLE_MACHINES,
  coreweave: () =>
    (require("./coreweave-machines") as typeof import("./coreweave-machines")).COREWEAVE_MACHINES,
  "on-prem": () => (require("./on-prem-nodes") as typeof import("./on-prem-nodes")).ON_PREM_NODES,
};

const accelerators = () => require("./accelerators") as typeof import("./accelerators");
const availability = () => require("./availability") as typeof import("./availability");

/** GiB of device memory behind each device of the machine; undefined if there is none or it is unknown. */
function memoryPerAccelerator(machine: MachineFacts): number | undefined {
  const memory =
    machine.accelerator === undefined
      ? undefined
      : accelerators().acceleratorFacts(machine.accelerator)?.memoryGib;
  return memory === undefined ? undefined : memory * (machine.acceleratorFraction ?? 1);
}

function networkPerAccelerator(machine: MachineFacts): number | undefined {
  return machine.networkGbps === undefined || machine.acceleratorCount === 0
    ? undefined
    : machine.networkGbps / machine.acceleratorCount;
}

/** What is unknown does not suffice. */
function atLeast(value: number | undefined, least: number | undefined): boolean {
  return least === undefined || (value !== undefined && value >= least);
}

function notLeftOut(machine: MachineFacts, provider: MachineProvider, region: string | undefined): boolean {
  if (region === undefined || (provider !== "aws" && provider !== "google")) {
    return true;
  }
  return availability().offeredIn(provider, machine.name, region) !== "not-listed";
}

function suits(machine: MachineFacts, need: MachineNeed): boolean {
  const { accelerator, acceleratorsPerMachine, arch, minMemoryGibPerAccelerator } = need;
  return (
    (accelerator === undefined || machine.accelerator === accelerator) &&
    (acceleratorsPerMachine === undefined || machine.acceleratorCount === acceleratorsPerMachine) &&
    (arch === undefined || machine.arch === arch) &&
    (minMemoryGibPerAccelerator === undefined ||
      atLeast(memoryPerAccelerator(machine), minMemoryGibPerAccelerator)) &&
    atLeast(networkPerAccelerator(machine), need.minNetworkGbpsPerAccelerator) &&
    notLeftOut(machine, need.provider, need.region)
  );
}

/** Smaller first in each of these, unknown last. */
const SIZES: readonly ((machine: MachineFacts) => number | undefined)[] = [
  (machine) => machine.acceleratorCount * (machine.acceleratorFraction ?? 1),
  (machine) => machine.vcpu,
  (machine) => machine.memoryGib,
  (machine) => machine.networkGbps,
];

function bySize(x: MachineFacts, y: MachineFacts): number {
  for (const size of SIZES) {
    const [a, b] = [size(x) ?? Number.POSITIVE_INFINITY, size(y) ?? Number.POSITIVE_INFINITY];
    if (a !== b) {
      return a - b;
    }
  }
  return x.name < y.name ? -1 : Number(x.name > y.name);
}

/**
 * Machines of the catalogue that have what is asked for, the smallest first: by accelerators, then vCPU, memory, network,
 * and by name where all are equal. A machine whose fact is unknown is left out when that fact is asked for, and comes last
 * among equals otherwise. Parts of a GPU (`g6f`, `g4-standard-6`) count by their part of its memory.
 */
export function findMachines<P extends MachineProvider>(need: MachineNeed<P>): readonly MachinesOf[P][] {
  const machines: readonly MachinesOf[P][] = TABLES[need.provider]();
  return machines.filter((machine) => suits(machine, need)).sort(bySize);
}

/** Where several families have the same accelerators and the rule of `defaultMachine` would not take the newest. */
const PREFERRED: Readonly<Record<string, string>> = {
  // GPUDirect-TCPXO at 1,800 Gbit/s; A3 High has TCPX at 1,000, A3 Edge less.
  "google h100 8": "a3-megagpu-8g",
};

const VCPU_PER_ACCELERATOR = 4;

function onDemand(machine: MachineFacts & { readonly onDemand?: false }): boolean {
  return machine.onDemand !== false;
}

/** Whether the host can hold what its accelerators hold, with four vCPU to feed each. */
function balanced(machine: MachineFacts): boolean {
  const memory = (memoryPerAccelerator(machine) ?? 0) * machine.acceleratorCount;
  return (
    atLeast(machine.memoryGib, memory) &&
    atLeast(machine.vcpu, VCPU_PER_ACCELERATOR * machine.acceleratorCount)
  );
}

/**
 * The machine that a pool gets when it names none; undefined if the catalogue has none with so many accelerators.
 *
 * Of the machines with exactly `perNode` whole accelerators it prefers, in this order: those that can be had on demand
 * (so `p5en.48xlarge`, not `p5e.48xlarge`, for 8 H200); those whose memory is at least that of their accelerators
 * together, with at least 4 vCPU for each (so `g6.2xlarge`, not `g6.xlarge`, for one L4); then the smallest, as
 * `findMachines` orders them. One exception: 8 H100 on Google are `a3-megagpu-8g`.
 *
 * @param need.perNode accelerators in one machine
 */
export function defaultMachine<P extends MachineProvider>(
  provider: P,
  need: { readonly accelerator: string; readonly perNode: number },
): MachinesOf[P] | undefined {
  const { accelerator, perNode } = need;
  const whole = findMachines<MachineProvider>({
    provider,
    accelerator,
    acceleratorsPerMachine: perNode,
  }).filter((machine) => machine.acceleratorFraction === undefined) as MachinesOf[P][];
  const preferred = PREFERRED[`${provider} ${accelerator} ${perNode}`];
  const sold = whole.some(onDemand) ? whole.filter(onDemand) : whole;
  return whole.find(({ name }) => name === preferred) ?? sold.find(balanced) ?? sold[0];
}

/**
 * The smallest machine without accelerators that has at least so much; undefined if the catalogue has none.
 *
 * @param need.vcpu at least
 * @param need.memoryGib at least
 * @param need.arch @default "amd64"
 */
export function defaultCpuMachine<P extends MachineProvider>(
  provider: P,
  need: { readonly vcpu: number; readonly memoryGib: number; readonly arch?: "amd64" | "arm64" },
): MachinesOf[P] | undefined {
  const machines = findMachines<MachineProvider>({
    provider,
    acceleratorsPerMachine: 0,
    arch: need.arch ?? "amd64",
  }) as readonly MachinesOf[P][];
  return machines.find(
    (machine) => atLeast(machine.vcpu, need.vcpu) && atLeast(machine.memoryGib, need.memoryGib),
  );
}
