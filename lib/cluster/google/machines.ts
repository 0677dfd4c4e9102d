import type { GoogleMachineFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import { checkMachineName, missingFacts } from "../../fabric/machines";
import type { AcceleratorPool } from "../../fabric/pool";
import { PoolErrors } from "../../fabric/pool-errors";
import type { Slice } from "../../fabric/slice";
import { checkAgreement, type MachineShop, refuseSlice } from "../machine-agreement";
import { GoogleClusterErrors } from "./errors";

/** The machine type of a pool, and what is known of it. */
export interface ChosenMachine {
  readonly name: string;
  readonly arch: "amd64" | "arm64";
  /** Undefined for a name that nobody described. */
  readonly facts?: GoogleMachineFacts;
  /** Facts that are missing, for the warning; empty for machines of the catalogue. */
  readonly missing: readonly string[];
}

/** Read when a pool asks for them. */
const machines = () =>
  require("../../catalog/google-machines") as typeof import("../../catalog/google-machines");
const find = () => require("../../catalog/find") as typeof import("../../catalog/find");

const SHOP: MachineShop = {
  provider: "google",
  called: "Google",
  machines: () => machines().GOOGLE_MACHINES,
};

function unknownMachine(problems: Problems, pool: AcceleratorPool, name: string): ChosenMachine {
  const { slice } = pool;
  if (slice.kind === "accelerators") {
    problems.add(GoogleClusterErrors.AcceleratorNameUnknown, {
      subject: `pool "${pool.name}" machineType`,
      given: name,
      allowed: "a machine type of the catalogue, or facts of your own with gkeAccelerator",
    });
  }
  return {
    name,
    arch: slice.kind === "cpu" ? slice.arch : "amd64",
    missing: ["vcpu", "memoryGib", "networkGbps", "localSsdCount", "gpuDirect"],
  };
}

/**
 * The machine of a pool: the one it names, if that agrees with the slice, else the catalogue's choice.
 *
 * Adds InvalidMachineType, NoMachineForSlice, MachineContradictsSlice, AcceleratorNameUnknown.
 */
export function chooseMachine(problems: Problems, pool: AcceleratorPool): ChosenMachine | undefined {
  const { slice, machineType } = pool;
  const name = typeof machineType === "string" ? machineType : machineType?.name;
  if (name !== undefined && !checkMachineName(problems, "google", name, `pool "${pool.name}" machineType`)) {
    return undefined;
  }
  const known = name === undefined ? catalogueChoice(slice) : machines().googleMachineFacts(name);
  const facts = typeof machineType === "object" ? (machineType as GoogleMachineFacts) : known;
  if (facts === undefined) {
    if (name !== undefined) {
      return unknownMachine(problems, pool, name);
    }
    refuseSlice(problems, SHOP, pool);
    return undefined;
  }
  if (!checkAgreement(problems, pool, facts)) {
    return undefined;
  }
  if (slice.kind === "accelerators" && facts.gkeAccelerator === undefined) {
    return unknownMachine(problems, pool, facts.name);
  }
  checkMig(problems, pool, facts);
  return {
    name: facts.name,
    arch: facts.arch,
    facts,
    missing: typeof machineType === "object" ? missingFacts(facts) : [],
  };
}

function catalogueChoice(slice: Slice): GoogleMachineFacts | undefined {
  switch (slice.kind) {
    case "cpu":
      return find().defaultCpuMachine("google", slice);
    case "tpu":
      return machines().googleMachineFacts(slice.shape.machineType);
    case "accelerators":
      return find().defaultMachine("google", {
        accelerator: slice.accelerator.name,
        perNode: slice.perNode,
      });
  }
}

/**
 * Partitions that GKE's device plugin counts; the media-extended ones and some of NVIDIA's others are not among them.
 * Source: github.com/GoogleCloudPlatform/container-engine-accelerators pkg/gpu/nvidia/mig/mig.go (read 2026-11-24)
 */
const GKE_PARTITIONS: Readonly<Record<string, readonly string[]>> = {
  "a100-40gb": ["1g.5gb", "2g.10gb", "3g.20gb", "7g.40gb"],
  "a100-80gb": ["1g.10gb", "2g.20gb", "3g.40gb", "7g.80gb"],
  h100: ["1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "7g.80gb"],
  h200: ["1g.18gb", "1g.35gb", "2g.35gb", "3g.71gb", "4g.71gb", "7g.141gb"],
  b200: ["1g.23gb", "1g.45gb", "2g.45gb", "3g.90gb", "4g.90gb", "7g.180gb"],
  gb200: ["1g.23gb", "1g.47gb", "2g.47gb", "3g.93gb", "4g.93gb", "7g.186gb"],
  "rtx-pro-6000": ["1g.24gb", "2g.48gb", "4g.96gb"],
};

function checkMig(
  problems: Problems,
  { name, slice, sharing }: AcceleratorPool,
  facts: GoogleMachineFacts,
): void {
  if (sharing?.kind !== "mig" || slice.kind !== "accelerators") {
    return;
  }
  const partitions = GKE_PARTITIONS[slice.accelerator.name];
  if (facts.mig === false || (partitions !== undefined && !partitions.includes(sharing.profile))) {
    problems.add(PoolErrors.SharingNotSupported, {
      subject: `pool "${name}" sharing`,
      given: `MIG profile ${sharing.profile} on ${facts.name}`,
      allowed:
        facts.mig === false
          ? `Sharing.timeSlicing or Sharing.mps: ${facts.name} has no MIG`
          : `partitions that GKE makes of ${slice.accelerator.name}: ${partitions!.join(", ")}`,
    });
  }
}
