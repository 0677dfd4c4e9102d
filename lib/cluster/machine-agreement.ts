import type { MachineFacts } from "../catalog/facts";
import type { Problems } from "../core/problems";
import type { AcceleratorPool } from "../fabric/pool";
import { acceleratorsPerNode, type Slice } from "../fabric/slice";
import { ClusterErrors } from "./errors";

/** Read when a pool asks for it. */
const find = () => require("../catalog/find") as typeof import("../catalog/find");

/** What a slice asks of one machine: `8 x h200`, `4 vCPU and 16 GiB (amd64)`. */
function wanted(slice: Slice): string {
  switch (slice.kind) {
    case "cpu":
      return `${slice.vcpu} vCPU and ${slice.memoryGib} GiB (${slice.arch})`;
    case "tpu":
      return `${slice.shape.machineType}: ${slice.shape.chipsPerNode} x ${slice.accelerator.name}`;
    case "accelerators":
      return `${slice.perNode} x ${slice.accelerator.name}`;
  }
}

function described({ name, arch, vcpu, memoryGib, accelerator, acceleratorCount }: MachineFacts): string {
  return acceleratorCount > 0
    ? `${name}: ${acceleratorCount} x ${accelerator ?? "an unknown accelerator"}`
    : `${name}: ${vcpu ?? "unknown"} vCPU and ${memoryGib ?? "unknown"} GiB (${arch}), no accelerators`;
}

/** What is not known does not contradict. */
function agrees(slice: Slice, machine: MachineFacts): boolean {
  if (slice.kind === "cpu") {
    const large =
      (machine.vcpu ?? slice.vcpu) >= slice.vcpu && (machine.memoryGib ?? slice.memoryGib) >= slice.memoryGib;
    return machine.acceleratorCount === 0 && machine.arch === slice.arch && large;
  }
  const otherTpu = slice.kind === "tpu" && machine.name !== slice.shape.machineType;
  const same = machine.accelerator === slice.accelerator.name;
  return same && machine.acceleratorCount === acceleratorsPerNode(slice) && !otherTpu;
}

/** Whether a machine has what the slice asks for; adds MachineContradictsSlice if not. */
export function checkAgreement(
  problems: Problems,
  { name, slice }: AcceleratorPool,
  machine: MachineFacts,
): boolean {
  if (agrees(slice, machine)) {
    return true;
  }
  problems.add(ClusterErrors.MachineContradictsSlice, {
    subject: `pool "${name}" machineType`,
    given: described(machine),
    allowed: wanted(slice),
  });
  return false;
}

/** A provider of machines, and what it is called in messages. */
export interface MachineShop {
  readonly provider: "aws" | "google" | "coreweave";
  readonly called: string;
  /** All its machines; read when one is missing. */
  readonly machines: () => readonly MachineFacts[];
}

function offered({ provider, called, machines }: MachineShop, slice: Slice): string {
  if (slice.kind === "cpu") {
    const sizes = machines().filter(
      ({ acceleratorCount, arch }) => acceleratorCount === 0 && arch === slice.arch,
    );
    const largest = sizes.reduce<MachineFacts | undefined>(
      (most, machine) => (most === undefined || (machine.vcpu ?? 0) > (most.vcpu ?? 0) ? machine : most),
      undefined,
    );
    const known = largest ? `up to ${described(largest)}` : `no ${slice.arch} machine of the catalogue`;
    return `${known}; a machine that has more by machineType`;
  }
  const { name } = slice.accelerator;
  const found = find().findMachines({ provider, accelerator: name });
  if (found.length > 0) {
    const counts = [...new Set(found.map(({ acceleratorCount }) => acceleratorCount))];
    const types = found.map((machine) => machine.name).join(", ");
    return `${name} comes by ${counts.join(", ")} per node at ${called} (${types})`;
  }
  const names = machines().flatMap(({ accelerator }) => accelerator ?? []);
  return `accelerators that ${called} has: ${[...new Set(names)].join(", ")}`;
}

/** Adds NoMachineForSlice, with what the provider has instead. */
export function refuseSlice(problems: Problems, shop: MachineShop, { name, slice }: AcceleratorPool): void {
  problems.add(ClusterErrors.NoMachineForSlice, {
    subject: `pool "${name}" slice`,
    given: wanted(slice),
    allowed: offered(shop, slice),
  });
}
