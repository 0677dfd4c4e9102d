import type {
  AcceleratorFacts,
  CoreWeaveMachineFacts,
  MachineFacts,
  OnPremNodeFacts,
} from "../../catalog/facts";
import { DYNAMIC_SLICE_CUBE, DYNAMIC_SLICE_TPU } from "../../catalog/gke-labels";
import type { Problems } from "../../core/problems";
import { checkMachineName, missingFacts } from "../../fabric/machines";
import type { AcceleratorPool } from "../../fabric/pool";
import { ClusterErrors } from "../errors";
import { checkAgreement, type MachineShop, refuseSlice } from "../machine-agreement";
import { KubernetesClusterErrors } from "./errors";

/** The tables are read when a program has such a site. */
const catalogue = () => require("../../catalog/find") as typeof import("../../catalog/find");
const coreWeave = () =>
  require("../../catalog/coreweave-machines") as typeof import("../../catalog/coreweave-machines");
const onPrem = () => require("../../catalog/on-prem-nodes") as typeof import("../../catalog/on-prem-nodes");

/** A machine type, and what is known of it. */
export interface ChosenMachine {
  readonly name: string;
  /** Undefined if only the name is known. */
  readonly facts?: MachineFacts & Partial<CoreWeaveMachineFacts>;
  /** Facts that are unknown or assumed, for a warning. */
  readonly missing: readonly string[];
}

const ALL_FACTS = ["accelerator", "acceleratorCount", "arch", "vcpu", "memoryGib", "networkGbps"];

/** Whether a pool is of the TPUs whose nodes a cluster that exists can have: GKE with dynamic slicing. */
export function isDynamicTpu({ slice }: AcceleratorPool): boolean {
  return slice.kind === "tpu" && slice.accelerator.name === DYNAMIC_SLICE_TPU.accelerator;
}

/** GPUs, the only accelerators that Kubernetes sites have, but for cubes of TPUs in a GKE cluster that exists. */
function gpuOf(problems: Problems, pool: AcceleratorPool, site: string): AcceleratorFacts | undefined {
  const { slice } = pool;
  if (slice.kind === "cpu") {
    return undefined;
  }
  if (slice.kind === "tpu" || slice.accelerator.kind === "neuron") {
    problems.add(ClusterErrors.NoMachineForSlice, {
      subject: `pool "${pool.name}" slice`,
      given: slice.accelerator.name,
      allowed: `accelerators that one can own: ${slice.accelerator.name} is only in its maker's cloud, not at ${site}`,
    });
  }
  return slice.accelerator;
}

const SHOP: MachineShop = {
  provider: "coreweave",
  called: "CoreWeave",
  machines: () => coreWeave().COREWEAVE_MACHINES,
};

function given(
  problems: Problems,
  pool: AcceleratorPool,
  provider: "coreWeave" | "onPrem",
  facts: (name: string) => MachineFacts | undefined,
): ChosenMachine | undefined {
  const { machineType } = pool;
  if (machineType === undefined) {
    return undefined;
  }
  const name = typeof machineType === "string" ? machineType : machineType.name;
  checkMachineName(problems, provider, name, `pool "${pool.name}" machineType`);
  const row = typeof machineType === "string" ? facts(machineType) : machineType;
  if (row === undefined) {
    return { name: machineType as string, missing: ALL_FACTS };
  }
  checkAgreement(problems, pool, row);
  return {
    name: row.name,
    facts: row,
    missing: typeof machineType === "string" ? [] : missingFacts(machineType),
  };
}

/** The instance type of a CoreWeave pool; adds InvalidMachineType, NoMachineForSlice or MachineContradictsSlice. */
export function coreWeaveMachine(problems: Problems, pool: AcceleratorPool): ChosenMachine | undefined {
  const gpu = gpuOf(problems, pool, "CoreWeave");
  const named = given(problems, pool, "coreWeave", coreWeave().coreWeaveMachineFacts);
  if (named !== undefined) {
    return named;
  }
  const { slice } = pool;
  if (slice.kind === "tpu" || gpu?.kind === "neuron") {
    return undefined;
  }
  const row =
    slice.kind === "cpu"
      ? catalogue().defaultCpuMachine("coreweave", slice)
      : catalogue().defaultMachine("coreweave", {
          accelerator: slice.accelerator.name,
          perNode: slice.perNode,
        });
  if (row === undefined) {
    refuseSlice(problems, SHOP, pool);
    return undefined;
  }
  return { name: row.name, facts: row, missing: [] };
}

/**
 * What is known of the machines of a pool that exist. Only what the user named counts as known; the usual server for
 * the accelerator tells nothing but whether NVLink reaches across machines.
 */
export function existingMachine(
  problems: Problems,
  pool: AcceleratorPool,
  edge: boolean,
): ChosenMachine | undefined {
  const { slice } = pool;
  if (edge || !isDynamicTpu(pool)) {
    gpuOf(problems, pool, "a Kubernetes site");
  } else if (slice.kind === "tpu" && slice.topology !== DYNAMIC_SLICE_CUBE.topology) {
    problems.add(KubernetesClusterErrors.CubesOnly, {
      subject: `pool "${pool.name}" slice`,
      given: slice.topology,
      allowed: `${DYNAMIC_SLICE_CUBE.topology}, the cubes that slices are made of`,
    });
  }
  return given(problems, pool, "onPrem", onPrem().onPremNodeFacts);
}

/** The usual server for the accelerators of a pool, for what hardly differs between vendors: processor and NVLink. */
function usualMachine({ slice }: AcceleratorPool): OnPremNodeFacts | undefined {
  return slice.kind === "accelerators"
    ? catalogue().defaultMachine("on-prem", {
        accelerator: slice.accelerator.name,
        perNode: slice.perNode,
      })
    : undefined;
}

/** Whether NVLink reaches across the machines of a pool. */
export function spansMachines(pool: AcceleratorPool, chosen: ChosenMachine | undefined): boolean {
  const facts = (chosen?.facts ?? usualMachine(pool)) as Partial<OnPremNodeFacts> | undefined;
  return facts?.multiNodeNvlink === true;
}

/** Of machines that exist: as told, else as the slice says, else as usual for the accelerator. */
export function archOf(pool: AcceleratorPool, chosen: ChosenMachine | undefined): "amd64" | "arm64" {
  const { slice } = pool;
  return chosen?.facts?.arch ?? (slice.kind === "cpu" ? slice.arch : (usualMachine(pool)?.arch ?? "amd64"));
}
