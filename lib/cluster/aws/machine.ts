import type { AwsMachineFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import { checkMachineName, Machine, missingFacts } from "../../fabric/machines";
import type { AcceleratorPool } from "../../fabric/pool";
import { PoolErrors } from "../../fabric/pool-errors";
import type { AcceleratorSlice, CpuSlice, Slice } from "../../fabric/slice";
import { ClusterErrors } from "../errors";

/** The machine type of a pool, and what is not known of it. */
export interface ChosenMachine {
  readonly facts: AwsMachineFacts;
  /** Facts that are missing, for the warning; empty for machines of the catalogue. */
  readonly missing: readonly string[];
}

/** Read when a pool asks for them. */
const table = () => require("../../catalog/aws-machines") as typeof import("../../catalog/aws-machines");
const find = () => require("../../catalog/find") as typeof import("../../catalog/find");

function wanted(slice: AcceleratorSlice | CpuSlice): string {
  return slice.kind === "cpu"
    ? `${slice.vcpu} vCPU and ${slice.memoryGib} GiB (${slice.arch})`
    : `${slice.perNode} x ${slice.accelerator.name}`;
}

/** What AWS has instead, for the message. */
function offered(slice: Slice): string {
  if (slice.kind === "cpu") {
    return "a smaller size, or machineType with a machine that has it";
  }
  const { name } = slice.accelerator;
  const machines = find().findMachines({ provider: "aws", accelerator: name });
  if (machines.length > 0) {
    const counts = [...new Set(machines.map(({ acceleratorCount }) => acceleratorCount))];
    return `${name} comes by ${counts.join(", ")} per node at AWS`;
  }
  const names = table().AWS_MACHINES.flatMap(({ accelerator }) => accelerator ?? []);
  return `accelerators that AWS has: ${[...new Set(names)].join(", ")}`;
}

function contradicts(slice: AcceleratorSlice | CpuSlice, machine: AwsMachineFacts): boolean {
  if (slice.kind === "cpu") {
    const large =
      (machine.vcpu ?? slice.vcpu) >= slice.vcpu && (machine.memoryGib ?? slice.memoryGib) >= slice.memoryGib;
    return machine.acceleratorCount !== 0 || machine.arch !== slice.arch || !large;
  }
  return machine.accelerator !== slice.accelerator.name || machine.acceleratorCount !== slice.perNode;
}

function described({ name, arch, vcpu, memoryGib, ...machine }: AwsMachineFacts): string {
  return machine.acceleratorCount > 0
    ? `${name}: ${machine.acceleratorCount} x ${machine.accelerator}`
    : `${name}: ${vcpu ?? "unknown"} vCPU and ${memoryGib ?? "unknown"} GiB (${arch}), no accelerators`;
}

/** Facts of a name that nobody described, as far as the slice tells them. */
function assumed(name: string, slice: AcceleratorSlice | CpuSlice): AwsMachineFacts {
  return slice.kind === "cpu"
    ? Machine.aws({ name, arch: slice.arch })
    : Machine.aws({ name, accelerator: slice.accelerator.name, acceleratorCount: slice.perNode });
}

function choice(slice: AcceleratorSlice | CpuSlice): AwsMachineFacts | undefined {
  return slice.kind === "cpu"
    ? find().defaultCpuMachine("aws", slice)
    : find().defaultMachine("aws", { accelerator: slice.accelerator.name, perNode: slice.perNode });
}

function candidate(
  slice: AcceleratorSlice | CpuSlice,
  machineType: AcceleratorPool["machineType"],
): ChosenMachine | undefined {
  if (typeof machineType === "object") {
    const facts = machineType as AwsMachineFacts;
    return { facts, missing: missingFacts(facts) };
  }
  const facts = machineType === undefined ? choice(slice) : table().awsMachineFacts(machineType);
  if (facts === undefined && machineType !== undefined) {
    const guess = assumed(machineType, slice);
    return { facts: guess, missing: missingFacts(guess) };
  }
  return facts && { facts, missing: [] };
}

function checkMig(problems: Problems, { name, sharing }: AcceleratorPool, machine: AwsMachineFacts): void {
  if (sharing?.kind === "mig" && machine.mig === false) {
    problems.add(PoolErrors.SharingNotSupported, {
      subject: `pool "${name}" sharing`,
      given: `MIG profile ${sharing.profile} on ${machine.name}`,
      allowed: `Sharing.timeSlicing or Sharing.mps: ${machine.name} has no MIG`,
    });
  }
}

/**
 * The machine of a pool: the one it names, if that agrees with the slice, else the catalogue's choice.
 *
 * Adds InvalidMachineType, NoMachineForSlice, MachineContradictsSlice, SharingNotSupported.
 */
export function chooseMachine(problems: Problems, pool: AcceleratorPool): ChosenMachine | undefined {
  const { name, slice, machineType } = pool;
  const given = typeof machineType === "string" ? machineType : machineType?.name;
  if (given !== undefined && !checkMachineName(problems, "aws", given, `pool "${name}" machineType`)) {
    return undefined;
  }
  const chosen = slice.kind === "tpu" ? undefined : candidate(slice, machineType);
  if (slice.kind === "tpu" || chosen === undefined) {
    problems.add(ClusterErrors.NoMachineForSlice, {
      subject: `pool "${name}" slice`,
      given: slice.kind === "tpu" ? `${slice.accelerator.name} ${slice.topology}` : wanted(slice),
      allowed: offered(slice),
    });
    return undefined;
  }
  if (contradicts(slice, chosen.facts)) {
    problems.add(ClusterErrors.MachineContradictsSlice, {
      subject: `pool "${name}" machineType`,
      given: described(chosen.facts),
      allowed: wanted(slice),
    });
    return undefined;
  }
  checkMig(problems, pool, chosen.facts);
  return chosen;
}
