import { acceleratorFacts } from "../../lib/catalog/accelerators";
import { AWS_MACHINES, awsMachineFacts } from "../../lib/catalog/aws-machines";
import { COREWEAVE_MACHINES, coreWeaveMachineFacts } from "../../lib/catalog/coreweave-machines";
import { GOOGLE_MACHINES, googleMachineFacts } from "../../lib/catalog/google-machines";
import { ON_PREM_NODES, onPremNodeFacts } from "../../lib/catalog/on-prem-nodes";
import { TPU_ACCELERATORS, tpuSlices } from "../../lib/catalog/tpu-slices";

const count = (rows: readonly unknown[]) => rows.length;
const withAccelerators = <T extends { acceleratorCount: number }>(rows: readonly T[]) =>
  rows.filter(({ acceleratorCount }) => acceleratorCount > 0);

describe("EC2 instance types", () => {
  test("are 84 with accelerators", () => {
    expect(count(withAccelerators(AWS_MACHINES))).toBe(84);
  });

  test.each([
    ["p5en.48xlarge", "h200", 8, { efaMax: 16, networkCards: 16, networkGbps: 3200, maxPods: 198 }],
    ["p6-b300.48xlarge", "b300", 8, { efaMax: 16, networkCards: 17, networkGbps: 6400, topologyLayers: 4 }],
    ["p4d.24xlarge", "a100-40gb", 8, { efaMax: 4, networkCards: 4, memoryGib: 1152 }],
    ["p4de.24xlarge", "a100-80gb", 8, { efaMax: 4 }],
    ["p3dn.24xlarge", "v100-32gb", 8, { efaMax: 1 }],
    ["g5.xlarge", "a10g", 1, { efaMax: 0, localNvmeGb: 250, maxPods: 58, ipv4PerInterface: 15 }],
    ["g7e.48xlarge", "rtx-pro-6000", 8, { efaMax: 4, networkGbps: 1600 }],
    ["trn2.48xlarge", "trainium2", 16, { neuronCores: 128, efaMax: 16 }],
    ["inf2.48xlarge", "inferentia2", 12, { neuronCores: 24, localNvmeGb: 0 }],
    ["dl2q.24xlarge", "ai100", 8, { efaMax: 1 }],
    ["g5g.metal", "t4g", 2, { arch: "arm64" }],
  ])("%s has %s x %i", (name, accelerator, acceleratorCount, more) => {
    expect(awsMachineFacts(name)).toMatchObject({ accelerator, acceleratorCount, ...more });
  });

  test("of GB200 are trays of an UltraServer, had by Capacity Blocks only, without MIG", () => {
    expect(awsMachineFacts("p6e-gb200.36xlarge")).toMatchObject({
      accelerator: "gb200",
      acceleratorCount: 4,
      arch: "arm64",
      onDemand: false,
      spot: false,
      capacityBlocks: true,
      mig: false,
      multiNodeNvlink: true,
      ultraServers: { "u-p6e-gb200x36": 9, "u-p6e-gb200x72": 18 },
    });
    expect(acceleratorFacts("gb200")).toHaveProperty("migProfiles");
  });

  test("that cannot be had on demand are P5e and P6e", () => {
    expect(AWS_MACHINES.filter(({ onDemand }) => onDemand === false).map(({ name }) => name)).toEqual([
      "p5e.48xlarge",
      "p6e-gb200.36xlarge",
    ]);
  });

  test("with a part of a GPU count one device and say which part", () => {
    const parts = AWS_MACHINES.filter(({ acceleratorFraction }) => acceleratorFraction !== undefined);
    expect(
      parts.map(({ name, acceleratorCount, acceleratorFraction: part }) => [name, acceleratorCount, part]),
    ).toEqual([
      ["g6f.large", 1, 0.125],
      ["g6f.xlarge", 1, 0.125],
      ["g6f.2xlarge", 1, 0.25],
      ["g6f.4xlarge", 1, 0.5],
      ["gr6f.4xlarge", 1, 0.5],
    ]);
    const memory = parts.map(
      (row) => acceleratorFacts(row.accelerator!)!.memoryGib! * row.acceleratorFraction!,
    );
    expect(memory).toEqual([2.8, 2.8, 5.6, 11.2, 11.2]);
  });

  test("have addresses and interfaces that give the number of pods", () => {
    const wrong = AWS_MACHINES.filter(
      ({ ipv4PerInterface: addresses, interfacesOnFirstCard: interfaces, maxPods }) =>
        addresses !== undefined && interfaces! * (addresses - 1) + 2 !== maxPods,
    );
    expect(wrong).toEqual([]);
  });

  test("have EFA on as many cards at most as there are", () => {
    const wrong = AWS_MACHINES.filter(({ efaMax, networkCards }) => efaMax > (networkCards ?? efaMax));
    expect(wrong).toEqual([]);
  });

  test("without accelerators come in both architectures, from 2 to 64 vCPU", () => {
    const cpu = AWS_MACHINES.filter(({ acceleratorCount }) => acceleratorCount === 0);
    for (const arch of ["amd64", "arm64"]) {
      const sizes = cpu.filter((row) => row.arch === arch).map(({ vcpu }) => vcpu!);
      expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([2, 64]);
    }
  });
});

describe("Google machine types", () => {
  test.each([
    ["a3-highgpu-8g", "nvidia-h100-80gb", "TCPX", { gvnicNetworks: 4, rdmaSubnets: 0, mtu: 8244 }],
    ["a3-megagpu-8g", "nvidia-h100-mega-80gb", "TCPXO", { gvnicNetworks: 8, rdmaSubnets: 0, mtu: 8244 }],
    ["a3-ultragpu-8g", "nvidia-h200-141gb", "RDMA", { gvnicNetworks: 1, rdmaSubnets: 8 }],
    ["a4-highgpu-8g", "nvidia-b200", "RDMA", { gvnicNetworks: 1, rdmaSubnets: 8 }],
    ["a4x-highgpu-4g", "nvidia-gb200", "RDMA", { gvnicNetworks: 1, rdmaSubnets: 4 }],
    ["a4x-maxgpu-4g-metal", "nvidia-gb300", "RDMA-metal", { rdmaSubnets: 8, profileMakesSubnets: true }],
  ])("%s has %s, %s and its networks", (name, gkeAccelerator, gpuDirect, extraNetworks) => {
    expect(googleMachineFacts(name)).toMatchObject({ gkeAccelerator, gpuDirect, extraNetworks });
  });

  test("that take compact placement with flex-start are A3 Ultra and A4", () => {
    const names = GOOGLE_MACHINES.filter((row) => row.compactWithFlexStart).map(({ name }) => name);
    expect(names).toEqual(["a3-ultragpu-8g", "a4-highgpu-8g"]);
  });

  test("with parts of A3 High cannot be had on demand", () => {
    const names = GOOGLE_MACHINES.filter(({ onDemand }) => onDemand === false).map(({ name }) => name);
    expect(names).toEqual(["a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g"]);
  });

  test("of NVL72 racks place 18 machines of 4 by the topology 1x72", () => {
    const racks = GOOGLE_MACHINES.filter((row) => row.multiNodeNvlink);
    expect(racks.map(({ name, acceleratorTopology, arch }) => [name, acceleratorTopology, arch])).toEqual([
      ["a4x-highgpu-4g", "1x72", "arm64"],
      ["a4x-maxgpu-4g-metal", "1x72", "arm64"],
    ]);
  });

  test("have Local SSDs of 375 GiB each, told in GB", () => {
    expect(googleMachineFacts("g2-standard-12")).toMatchObject({ localSsdCount: 1, localNvmeGb: 403 });
    expect(googleMachineFacts("a3-ultragpu-8g")).toMatchObject({ localSsdCount: 32, localNvmeGb: 12_885 });
  });

  test("with TPUs are those of the slices, with as many chips and the same label", () => {
    const slices = TPU_ACCELERATORS.flatMap(tpuSlices);
    const wrong = slices.filter((slice) => {
      const machine = googleMachineFacts(slice.machineType);
      return (
        machine?.accelerator !== slice.accelerator ||
        machine.acceleratorCount !== slice.chipsPerNode ||
        machine.gkeAccelerator !== slice.gkeAccelerator
      );
    });
    expect(wrong).toEqual([]);
    const tpus = GOOGLE_MACHINES.filter(({ accelerator }) => accelerator?.startsWith("tpu-"));
    expect(new Set(slices.map(({ machineType }) => machineType))).toEqual(
      new Set(tpus.map(({ name }) => name)),
    );
  });

  test("name their accelerator to GKE", () => {
    expect(withAccelerators(GOOGLE_MACHINES).filter((row) => row.gkeAccelerator === undefined)).toEqual([]);
  });
});

describe("CoreWeave instance types", () => {
  test.each([
    ["gd-8xh100ib-i128", { accelerator: "h100", acceleratorCount: 8, vcpu: 128, fabric: "infiniband" }],
    ["gd-8xh200ib-i128", { accelerator: "h200", memoryGib: 2014, localNvmeGb: 30_723 }],
    ["b200-8x", { accelerator: "b200", acceleratorCount: 8 }],
    ["gb200-4x", { accelerator: "gb200", acceleratorCount: 4, machinesPerRack: 18, multiNodeNvlink: true }],
    ["gd-1xgh200", { accelerator: "gh200", arch: "arm64", vcpu: 72 }],
    ["cd-gp-i64-erapids", { acceleratorCount: 0, vcpu: 64, memoryGib: 502 }],
  ])("%s", (name, facts) => {
    expect(coreWeaveMachineFacts(name)).toMatchObject(facts);
  });

  test("that are sold by racks are those with NVLink across machines", () => {
    const wrong = COREWEAVE_MACHINES.filter(
      (row) => (row.machinesPerRack === 18) !== (row.multiNodeNvlink === true),
    );
    expect(wrong).toEqual([]);
  });
});

describe("on-prem nodes", () => {
  test.each([
    ["hgx-h100", 10_200],
    ["hgx-h200", 10_200],
    ["hgx-b200", 14_300],
    ["gb200-nvl72-tray", 6680],
  ])("%s takes %i W", (name, watts) => {
    expect(onPremNodeFacts(name)?.systemPowerWatts).toBe(watts);
  });

  test("take more power than their accelerators, and are marked as a guess", () => {
    const wrong = ON_PREM_NODES.filter((row) => {
      const boards = (acceleratorFacts(row.accelerator ?? "")?.powerWatts ?? 0) * row.acceleratorCount;
      return row.systemPowerWatts! <= boards || !row.unverified?.includes("systemPowerWatts");
    });
    expect(wrong).toEqual([]);
  });
});
