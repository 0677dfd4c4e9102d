import { AWS_MACHINES } from "../../lib/catalog/aws-machines";
import type { AwsMachineFacts } from "../../lib/catalog/facts";
import { Capacity } from "../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../lib/fabric/pool";
import { Slice } from "../../lib/fabric/slice";

/** Machines of the catalogue that no EKS cluster can have, with the code of the refusal. */
export const REFUSED: Readonly<Record<string, string>> = Object.fromEntries(
  AWS_MACHINES.filter(({ accelerator }) => accelerator === "radeon-pro-v520" || accelerator === "ai100").map(
    ({ name }) => [name, "AcceleratorWithoutImage"],
  ),
);

function sliceOf(machine: AwsMachineFacts): Slice {
  const { accelerator, acceleratorCount, arch, vcpu, memoryGib, ultraServers } = machine;
  const nodes = Math.min(...Object.values(ultraServers ?? { none: 1 }));
  return accelerator === undefined
    ? Slice.cpu({ vcpu: vcpu!, memoryGib: memoryGib!, arch, nodes })
    : Slice.accelerators(accelerator, { perNode: acceleratorCount, nodes });
}

/** A pool of one machine type of the catalogue, in the way in which AWS sells it. */
export function poolOf(
  machine: AwsMachineFacts,
  more: Partial<AcceleratorPoolProps> = {},
): AcceleratorPoolProps {
  return {
    name: machine.name.replaceAll(".", "-"),
    slice: sliceOf(machine),
    machineType: machine.name,
    tier: "batch",
    capacity:
      machine.onDemand === false
        ? Capacity.capacityBlock({ aws: { reservationId: "cr-0123456789abcdef0" } })
        : Capacity.onDemand(),
    zones: ["us-east-1a"],
    ...more,
  };
}

/** Every machine type that can be had, and those with EFA in both layouts of their interfaces. */
export function everyPool(): readonly AcceleratorPoolProps[] {
  return AWS_MACHINES.filter(({ name }) => REFUSED[name] === undefined).flatMap((machine) => {
    const pool = poolOf(machine);
    const wide = { name: `${pool.name}-wide`, interfaceLayout: "bandwidth-optimized" } as const;
    return machine.efaMax > 0 ? [pool, poolOf(machine, wide)] : [pool];
  });
}
