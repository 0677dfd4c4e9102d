import type { GoogleMachineFacts } from "../../../lib/catalog/facts";
import { GOOGLE_MACHINES } from "../../../lib/catalog/google-machines";
import { poolNodes } from "../../../lib/cluster/google/pool-nodes";
import { Capacity } from "../../../lib/fabric/capacity";
import { Slice } from "../../../lib/fabric/slice";
import { nodePoolsOf, planOf } from "./plan-of";

const GPUS = GOOGLE_MACHINES.filter(({ accelerator }) => accelerator && !accelerator.startsWith("tpu-"));
const CPUS = GOOGLE_MACHINES.filter(({ acceleratorCount }) => acceleratorCount === 0);

const poolOf = (machine: GoogleMachineFacts) => ({
  name: "gpu",
  slice: Slice.accelerators(machine.accelerator!, {
    perNode: machine.acceleratorCount,
    nodes: { min: 0, max: 2 },
  }),
  tier: "serving",
  machineType: machine.name,
  capacity: machine.onDemand === false ? Capacity.spot() : Capacity.onDemand(),
});

test("the table has every GPU machine type of Google", () => {
  expect(GPUS.length).toBeGreaterThanOrEqual(31);
});

test.each(GPUS.map((machine) => [machine.name, machine] as const))(
  "%s compiles to a node pool",
  (_, machine) => {
    const [config, ...others] = nodePoolsOf(poolOf(machine));
    const node = config!.nodeConfig!;
    const racks = machine.name.startsWith("a4x-");

    expect(others).toEqual([]);
    expect(config!.name).toBe(racks ? "gpu-0" : "gpu");
    expect(node.machineType).toBe(machine.name);
    expect(node.guestAccelerator).toEqual([
      {
        type: machine.gkeAccelerator,
        count: machine.acceleratorCount,
        gpuDriverInstallationConfig: { gpuDriverVersion: "DEFAULT" },
      },
    ]);
    expect(config!.placementPolicy).toEqual(racks ? { type: "", policyName: "acme-1x72" } : undefined);
    expect(config!.autoscaling).toEqual({
      totalMinNodeCount: 0,
      totalMaxNodeCount: 2,
      locationPolicy: "ANY",
    });
    expect(node.spot).toBe(machine.onDemand === false ? true : undefined);
    expect(node.ephemeralStorageLocalSsdConfig).toEqual(
      machine.localSsdCount ? { localSsdCount: machine.localSsdCount } : undefined,
    );
    expect(node.shieldedInstanceConfig!.enableSecureBoot).toBe(!machine.name.endsWith("-metal"));
    expect(config!.upgradeSettings).toEqual({ strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 });
  },
);

test.each(GPUS.map((machine) => [machine.name, machine] as const))("%s is told to pods", (_, machine) => {
  const pool = poolNodes(planOf(poolOf(machine)));

  expect(pool.resource).toBe("nvidia.com/gpu");
  expect(pool.resourcePerNode).toBe(machine.acceleratorCount);
  expect(pool.arch).toBe(machine.arch);
  expect(pool.groups[0]!.taints.map(({ key }) => key)).toEqual(
    machine.arch === "arm64" ? ["nvidia.com/gpu", "kubernetes.io/arch"] : ["nvidia.com/gpu"],
  );
  expect(pool.nvlinkDomainLabel).toBe(machine.multiNodeNvlink ? "nvidia.com/gpu.clique" : undefined);
});

test.each(CPUS.map((machine) => [machine.name, machine] as const))(
  "%s compiles to a node pool",
  (_, machine) => {
    const [config] = nodePoolsOf({
      name: "cpu",
      slice: Slice.cpu({ vcpu: 1, memoryGib: 1, nodes: 2 }),
      machineType: machine.name,
    });

    expect(config!.nodeConfig!.machineType).toBe(machine.name);
    expect(config!.nodeConfig!.guestAccelerator).toBeUndefined();
    expect(config).toMatchObject({ nodeCount: 1, nodeLocations: ["europe-west4-a", "europe-west4-b"] });
    expect(config!.upgradeSettings).toEqual({ strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 });
  },
);
