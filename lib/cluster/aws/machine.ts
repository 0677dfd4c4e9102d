import type { AwsMachineFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import { checkMachineName, Machine, missingFacts } from "../../fabric/machines";
import type { AcceleratorPool } from "../../fabric/pool";
import { PoolErrors } from "../../fabric/pool-errors";
import type { AcceleratorSlice, CpuSlice } from "../../fabric/slice";
import { checkAgreement, type MachineShop, refuseSlice } from "../machine-agreement";

/** The machine type of a pool, and what is not known of it. */
export interface ChosenMachine {
  readonly facts: AwsMachineFacts;
  /** Facts that are missing, for the warning; empty for machines of the catalogue. */
  readonly missing: readonly string[];
}

/** Read when a pool asks for them. */
const table = () => require("../../catalog/aws-machines") as typeof import("../../catalog/aws-machines");
const find = () => require("../../catalog/find") as typeof import("../../catalog/find");

const SHOP: MachineShop = { provider: "aws", called: "AWS", machines: () => table().AWS_MACHINES };

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
    refuseSlice(problems, SHOP, pool);
    return undefined;
  }
  if (!checkAgreement(problems, pool, chosen.facts)) {
    return undefined;
  }
  checkMig(problems, pool, chosen.facts);
  return chosen;
}
