import type {
  AwsMachineFacts,
  CoreWeaveMachineFacts,
  GoogleMachineFacts,
  MachineFacts,
  OnPremNodeFacts,
} from "../catalog/facts";
import { Problems } from "../core/problems";
import { checkAcceleratorName } from "./accelerators";
import { CatalogueErrors } from "./catalogue-errors";
import { GIVEN_BY_USER, givenRow, literalFacts, positive, shown, truth, wholeNumber } from "./given-facts";
import { requireObject } from "./untyped";

/** Properties that a row has and a user need not give. */
type Given<T extends MachineFacts, Optional extends keyof T = never> = Pick<T, "name"> &
  Partial<Pick<T, Optional | "acceleratorCount" | "arch">> &
  Omit<T, "name" | Optional | "acceleratorCount" | "arch" | "source" | "read" | "unverified"> & {
    /** Day on which you read the facts, ISO 8601. @default - "not given" */
    readonly read?: string;
  };

/** Facts about an EC2 instance type. */
export type AwsMachineProps = Given<AwsMachineFacts, "efaMax" | "capacityBlocks" | "topologyLayers">;
/** Facts about a Google Cloud machine type. */
export type GoogleMachineProps = Given<GoogleMachineFacts>;
/** Facts about an instance type of CoreWeave. */
export type CoreWeaveMachineProps = Given<CoreWeaveMachineFacts>;
/** Facts about a server in one's own hall. */
export type OnPremNodeProps = Given<OnPremNodeFacts>;

const NAMES = {
  aws: [/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, "an EC2 instance type such as p5en.48xlarge"],
  google: [/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/, "a Google Cloud machine type such as a3-ultragpu-8g"],
  coreWeave: [/^[a-z0-9]+(-[a-z0-9]+)+$/, "an instance type of CoreWeave such as gd-8xh200ib-i128"],
  onPrem: [/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case letters, digits and hyphens, such as hgx-h200"],
} as const;

/** Read when facts are given, not when a program is loaded. */
const KNOWN = {
  aws: (name: string) =>
    (require("../catalog/aws-machines") as typeof import("../catalog/aws-machines")).awsMachineFacts(name),
  google: (name: string) =>
    (require("../catalog/google-machines") as typeof import("../catalog/google-machines")).googleMachineFacts(
      name,
    ),
  coreWeave: (name: string) =>
    (
      require("../catalog/coreweave-machines") as typeof import("../catalog/coreweave-machines")
    ).coreWeaveMachineFacts(name),
  onPrem: (name: string) =>
    (require("../catalog/on-prem-nodes") as typeof import("../catalog/on-prem-nodes")).onPremNodeFacts(name),
} as const;

const MOST_NAME = 63;
const MOST_ACCELERATORS = 72;

/** The name of a machine type as the provider writes it; other providers' machines are found out by it. */
export function checkMachineName(
  problems: Problems,
  provider: keyof typeof NAMES,
  name: string,
  subject = "name",
): boolean {
  const [pattern, allowed] = NAMES[provider];
  if (typeof name !== "string" || name.length > MOST_NAME || !pattern.test(name)) {
    problems.add(CatalogueErrors.InvalidMachineType, { subject, given: name, allowed });
    return false;
  }
  return true;
}

function checkAccelerator(problems: Problems, row: MachineFacts): void {
  const { accelerator, acceleratorCount } = row;
  problems.literalInteger("acceleratorCount", acceleratorCount, { min: 0, max: MOST_ACCELERATORS });
  if (accelerator !== undefined) {
    checkAcceleratorName(problems, "accelerator", accelerator);
  }
  if ((accelerator === undefined) !== (acceleratorCount === 0)) {
    problems.add(CatalogueErrors.AcceleratorWithoutCount, {
      subject: "acceleratorCount",
      given: acceleratorCount,
      allowed:
        accelerator === undefined
          ? "0, or the accelerator's name as well"
          : `from 1 on: it has ${accelerator}`,
    });
  }
}

/** What every machine has, and that it does not contradict the catalogue. */
function machineRow<T extends MachineFacts>(
  problems: Problems,
  provider: keyof typeof NAMES,
  props: Partial<T> & Pick<T, "name">,
  assumed: Partial<T>,
): T {
  const named = checkMachineName(problems, provider, props.name);
  if (props.arch !== undefined) {
    problems.oneOf("arch", props.arch, ["amd64", "arm64"]);
  }
  positive(problems, "vcpu", props.vcpu);
  positive(problems, "memoryGib", props.memoryGib);
  positive(problems, "networkGbps", props.networkGbps);
  wholeNumber(problems, "localNvmeGb", props.localNvmeGb);
  if (props.acceleratorFraction !== undefined && !(props.acceleratorFraction < 1)) {
    problems.add(CatalogueErrors.AcceleratorWithoutCount, {
      subject: "acceleratorFraction",
      given: props.acceleratorFraction,
      allowed: "a number above 0 and below 1; leave it out for whole accelerators",
    });
  }
  positive(problems, "acceleratorFraction", props.acceleratorFraction);
  truth(problems, "mig", props.mig);
  const known = named ? (KNOWN[provider](props.name) as unknown as T | undefined) : undefined;
  const count = props.accelerator === undefined && known === undefined ? { acceleratorCount: 0 } : {};
  const common = { acceleratorCount: 1, arch: "amd64", ...assumed } as Partial<T>;
  const row = givenRow<T>(problems, { ...count, ...props } as Partial<T>, common, known);
  checkAccelerator(problems, row);
  return row;
}

function checkInterfaces(problems: Problems, row: AwsMachineFacts): void {
  for (const property of [
    "networkCards",
    "interfacesOnFirstCard",
    "interfacesOnOtherCards",
    "ipv4PerInterface",
    "maxPods",
    "neuronCores",
  ] as const) {
    wholeNumber(problems, property, row[property], 1);
  }
  problems.literalInteger("efaMax", row.efaMax, { min: 0, max: 64 });
  for (const [index, entry] of (row.interfaces ?? []).entries()) {
    const subject = `interfaces[${index}]`;
    problems.literalInteger(`${subject}.networkCardIndex`, entry?.networkCardIndex, { min: 0, max: 63 });
    problems.literalInteger(`${subject}.deviceIndex`, entry?.deviceIndex, { min: 0, max: 63 });
    problems.oneOf(`${subject}.interfaceType`, entry?.interfaceType, ["interface", "efa", "efa-only"]);
  }
  if (row.networkCards !== undefined && row.efaMax > row.networkCards) {
    problems.add(CatalogueErrors.InterfacesExceedCards, {
      subject: "efaMax",
      given: row.efaMax,
      allowed: `at most ${row.networkCards}, the number of network cards`,
    });
  }
}

/**
 * Facts of your own about machine types, for those that the catalogue does not know. What is left out stays unknown, see
 * `missingFacts`. Of a type that the catalogue knows, facts may add what is unknown there and correct what it marks as
 * unverified; contradicting what a source states is refused.
 */
export const Machine = {
  /**
   * An EC2 instance type.
   *
   * @param props.acceleratorCount @default - 1 with an accelerator, else 0
   * @param props.arch @default "amd64"
   * @param props.efaMax most EFA interfaces. @default 0
   * @param props.interfaces a layout of your own; what is wrong with it for the machine is told by `checkInterfaces`, and
   *   refused where a pool uses it
   * @param props.capacityBlocks whether Capacity Blocks are sold for it. @default false
   * @param props.topologyLayers layers of the network topology labels. @default 3
   * @throws InvalidMachineType, InvalidAcceleratorName, AcceleratorWithoutCount, InterfacesExceedCards, NumberOutOfRange,
   *   NotOneOf, MissingValue, InvalidDay, ContradictsCatalogue, TokenNotAllowed
   */
  aws(props: AwsMachineProps): AwsMachineFacts {
    const problems = new Problems(`Machine.aws("${shown(props?.name)}")`);
    requireObject(problems, "props", props, "facts of the machine, with its name");
    literalFacts(problems, props);
    const row = machineRow<AwsMachineFacts>(problems, "aws", props, {
      efaMax: 0,
      capacityBlocks: false,
      topologyLayers: 3,
    });
    checkInterfaces(problems, row);
    problems.oneOf("topologyLayers", String(row.topologyLayers), ["3", "4"]);
    truth(problems, "capacityBlocks", row.capacityBlocks);
    problems.throwIfAny();
    return row;
  },

  /**
   * A Google Cloud machine type.
   *
   * @param props.acceleratorCount @default - 1 with an accelerator, else 0
   * @param props.arch @default "amd64"
   * @param props.gkeAccelerator value of the label `cloud.google.com/gke-accelerator`
   * @throws InvalidMachineType, InvalidAcceleratorName, AcceleratorWithoutCount, NumberOutOfRange, NotOneOf, MissingValue,
   *   InvalidDay, ContradictsCatalogue, TokenNotAllowed
   */
  google(props: GoogleMachineProps): GoogleMachineFacts {
    const problems = new Problems(`Machine.google("${shown(props?.name)}")`);
    requireObject(problems, "props", props, "facts of the machine, with its name");
    literalFacts(problems, props);
    wholeNumber(problems, "localSsdCount", props.localSsdCount);
    wholeNumber(problems, "extraNetworks.gvnicNetworks", props.extraNetworks?.gvnicNetworks);
    wholeNumber(problems, "extraNetworks.rdmaSubnets", props.extraNetworks?.rdmaSubnets);
    if (props.gkeAccelerator !== undefined) {
      problems.required("gkeAccelerator", props.gkeAccelerator, "a value such as nvidia-h200-141gb");
    }
    if (props.gpuDirect !== undefined) {
      problems.oneOf("gpuDirect", props.gpuDirect, ["TCPX", "TCPXO", "RDMA", "RDMA-metal"]);
    }
    const row = machineRow<GoogleMachineFacts>(problems, "google", props, {});
    problems.throwIfAny();
    return row;
  },

  /**
   * An instance type of CoreWeave.
   *
   * @param props.acceleratorCount @default - 1 with an accelerator, else 0
   * @param props.arch @default "amd64"
   * @param props.machinesPerRack for types that are sold by whole racks
   * @throws InvalidMachineType, InvalidAcceleratorName, AcceleratorWithoutCount, NumberOutOfRange, NotOneOf, MissingValue,
   *   InvalidDay, ContradictsCatalogue, TokenNotAllowed
   */
  coreWeave(props: CoreWeaveMachineProps): CoreWeaveMachineFacts {
    const problems = new Problems(`Machine.coreWeave("${shown(props?.name)}")`);
    requireObject(problems, "props", props, "facts of the machine, with its name");
    literalFacts(problems, props);
    wholeNumber(problems, "machinesPerRack", props.machinesPerRack, 1);
    if (props.fabric !== undefined) {
      problems.oneOf("fabric", props.fabric, ["infiniband", "roce"]);
    }
    const row = machineRow<CoreWeaveMachineFacts>(problems, "coreWeave", props, {});
    problems.throwIfAny();
    return row;
  },

  /**
   * A server in one's own hall or at the edge.
   *
   * @param props.acceleratorCount @default - 1 with an accelerator, else 0
   * @param props.arch @default "amd64"
   * @param props.systemPowerWatts watts of the whole server at full load
   * @throws InvalidMachineType, InvalidAcceleratorName, AcceleratorWithoutCount, NumberOutOfRange, NotOneOf, MissingValue,
   *   InvalidDay, ContradictsCatalogue, TokenNotAllowed
   */
  onPrem(props: OnPremNodeProps): OnPremNodeFacts {
    const problems = new Problems(`Machine.onPrem("${shown(props?.name)}")`);
    requireObject(problems, "props", props, "facts of the machine, with its name");
    literalFacts(problems, props);
    positive(problems, "systemPowerWatts", props.systemPowerWatts);
    const row = machineRow<OnPremNodeFacts>(problems, "onPrem", props, {});
    problems.throwIfAny();
    return row;
  },
} as const;

const COMMON = ["vcpu", "memoryGib", "networkGbps", "localNvmeGb"] as const;
const AWS = ["networkCards", "interfacesOnFirstCard", "ipv4PerInterface", "maxPods"] as const;

/**
 * Names of facts that are not known of a machine: those that the row does not have and, of a row given by the user, those
 * that were assumed. For warnings; empty if nothing is missing.
 */
export function missingFacts(machine: MachineFacts): readonly string[] {
  const wanted: readonly string[] = "efaMax" in machine ? [...COMMON, ...AWS] : COMMON;
  const absent = wanted.filter((property) => Reflect.get(machine, property) === undefined);
  const assumed = machine.source === GIVEN_BY_USER ? (machine.unverified ?? []) : [];
  return [...absent, ...assumed];
}
