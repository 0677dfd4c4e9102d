import { acceleratorFacts } from "../../lib/catalog/accelerators";
import { AVAILABILITY, offeredIn } from "../../lib/catalog/availability";
import { AWS_MACHINES, awsMachineFacts } from "../../lib/catalog/aws-machines";
import { COREWEAVE_MACHINES } from "../../lib/catalog/coreweave-machines";
import type { MachineFacts } from "../../lib/catalog/facts";
import { defaultCpuMachine, defaultMachine, findMachines } from "../../lib/catalog/find";
import { GOOGLE_MACHINES, googleMachineFacts } from "../../lib/catalog/google-machines";
import { ON_PREM_NODES } from "../../lib/catalog/on-prem-nodes";
import { AWS_REGIONS, GOOGLE_REGIONS } from "../../lib/catalog/regions";

const names = (machines: readonly MachineFacts[]) => machines.map(({ name }) => name);

describe("availability", () => {
  test("speaks of machines and regions that the catalogue knows, each pair once", () => {
    const regions = { aws: AWS_REGIONS, google: GOOGLE_REGIONS };
    const find = { aws: awsMachineFacts, google: googleMachineFacts };
    for (const row of AVAILABILITY) {
      expect(find[row.provider](row.machine)).toBeDefined();
      const known = regions[row.provider].map(({ region }) => region);
      expect(row.regions.filter((region) => !known.includes(region))).toEqual([]);
      expect(new Set(row.regions).size).toBe(row.regions.length);
    }
    const pairs = AVAILABILITY.map(({ provider, machine }) => `${provider} ${machine}`);
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  test.each([
    ["aws", "p5.48xlarge", "eu-north-1", "offered"],
    ["aws", "p5.48xlarge", "eu-west-1", "not-listed"],
    ["aws", "p4d.24xlarge", "eu-west-1", "offered"],
    ["aws", "p5.48xlarge", "eu-central-2", "unknown-region"],
    ["aws", "g6.xlarge", "us-east-1", "offered"],
    ["aws", "g6.xlarge", "eu-west-1", "unknown-region"],
    ["aws", "trn2.48xlarge", "us-east-1", "not-listed"],
    ["aws", "m7i.large", "us-east-1", "unknown-region"],
    ["google", "a3-megagpu-8g", "europe-west4", "offered"],
    ["google", "a3-megagpu-8g", "europe-west9", "not-listed"],
    ["google", "a4-highgpu-8g", "us-central1", "offered"],
    ["google", "ct6e-standard-4t", "us-west1", "offered"],
    ["google", "tpu7x-standard-4t", "us-central1", "unknown-region"],
    ["google", "p5.48xlarge", "eu-north-1", "unknown-region"],
    ["aws", "constructor", "us-east-1", "unknown-region"],
  ] as const)("of %s %s in %s: %s", (provider, machine, region, expected) => {
    expect(offeredIn(provider, machine, region)).toBe(expected);
  });
});

describe("machines by need", () => {
  const need = {
    provider: "aws",
    minMemoryGibPerAccelerator: 80,
    minNetworkGbpsPerAccelerator: 400,
  } as const;

  test("at least 80 GiB and 400 Gbit/s per GPU: none in Ireland, three in Stockholm", () => {
    expect(names(findMachines({ ...need, region: "eu-west-1" }))).toEqual([]);
    expect(names(findMachines({ ...need, region: "eu-north-1" }))).toEqual([
      "p5.48xlarge",
      "p5e.48xlarge",
      "p5en.48xlarge",
    ]);
  });

  test("at least 80 GiB and 400 Gbit/s per GPU, at each provider", () => {
    expect(names(findMachines(need))).toEqual([
      "p6e-gb200.36xlarge",
      "p5.48xlarge",
      "p5e.48xlarge",
      "p5en.48xlarge",
      "p6-b200.48xlarge",
      "p6-b300.48xlarge",
    ]);
    expect(names(findMachines({ ...need, provider: "google" }))).toEqual([
      "a4x-highgpu-4g",
      "a4x-maxgpu-4g-metal",
      "a3-ultragpu-8g",
      "a4-highgpu-8g",
    ]);
    expect(names(findMachines({ ...need, provider: "on-prem" }))).toEqual([
      "gb200-nvl72-tray",
      "hgx-b200",
      "hgx-h100",
      "hgx-h200",
    ]);
  });

  test("limits are reached by what is equal to them, and by nothing below", () => {
    const memory = (least: number) =>
      names(findMachines({ provider: "aws", accelerator: "h100", minMemoryGibPerAccelerator: least }));
    expect(memory(80)).toEqual(["p5.4xlarge", "p5.48xlarge"]);
    expect(memory(80.1)).toEqual([]);
    const network = (least: number) =>
      names(findMachines({ provider: "aws", accelerator: "h100", minNetworkGbpsPerAccelerator: least }));
    expect(network(100)).toEqual(["p5.4xlarge", "p5.48xlarge"]);
    expect(network(400)).toEqual(["p5.48xlarge"]);
    expect(network(401)).toEqual([]);
  });

  test("parts of a GPU count by their part of its memory", () => {
    const found = (least: number) =>
      names(
        findMachines({
          provider: "aws",
          accelerator: "l4",
          acceleratorsPerMachine: 1,
          minMemoryGibPerAccelerator: least,
        }),
      );
    expect(found(5)).toEqual(expect.arrayContaining(["g6f.2xlarge", "g6f.4xlarge", "g6.xlarge"]));
    expect(found(5)).not.toContain("g6f.xlarge");
    expect(found(22).filter((name) => name.includes("6f."))).toEqual([]);
  });

  test("a fact that is unknown does not suffice, and does not matter when it is not asked for", () => {
    const l4 = { provider: "google", accelerator: "l4", acceleratorsPerMachine: 1 } as const;
    expect(names(findMachines({ ...l4, minNetworkGbpsPerAccelerator: 1 }))).toEqual(["g2-standard-12"]);
    expect(names(findMachines(l4))).toEqual([
      "g2-standard-4",
      "g2-standard-8",
      "g2-standard-12",
      "g2-standard-16",
      "g2-standard-32",
    ]);
  });

  test("by architecture and number of accelerators", () => {
    expect(names(findMachines({ provider: "aws", arch: "arm64", acceleratorsPerMachine: 2 }))).toEqual([
      "g5g.16xlarge",
      "g5g.metal",
    ]);
    expect(findMachines({ provider: "aws", acceleratorsPerMachine: 3 })).toEqual([]);
    expect(
      findMachines({ provider: "coreweave", acceleratorsPerMachine: 0 }).every((row) => !row.accelerator),
    ).toBe(true);
  });

  test("that no price list of the region speaks of stay", () => {
    expect(names(findMachines({ provider: "aws", accelerator: "l4", region: "eu-west-1" }))).toEqual(
      names(findMachines({ provider: "aws", accelerator: "l4" })),
    );
    expect(names(findMachines({ provider: "aws", accelerator: "trainium2", region: "us-east-1" }))).toEqual(
      [],
    );
  });

  test("come smallest first, in an order that does not depend on the table's", () => {
    for (const provider of ["aws", "google", "coreweave", "on-prem"] as const) {
      const found = findMachines({ provider });
      const sizes = found.map((row) => row.acceleratorCount * (row.acceleratorFraction ?? 1));
      expect(sizes).toEqual([...sizes].sort((x, y) => x - y));
    }
    expect(names(findMachines({ provider: "aws", accelerator: "h200" }))).toEqual([
      "p5e.48xlarge",
      "p5en.48xlarge",
    ]);
  });

  test("without any need are all of the provider, and the table stays as it is", () => {
    const before = names(AWS_MACHINES);
    expect(findMachines({ provider: "aws" })).toHaveLength(AWS_MACHINES.length);
    expect(findMachines({ provider: "google" })).toHaveLength(GOOGLE_MACHINES.length);
    expect(findMachines({ provider: "coreweave" })).toHaveLength(COREWEAVE_MACHINES.length);
    expect(findMachines({ provider: "on-prem" })).toHaveLength(ON_PREM_NODES.length);
    expect(names(AWS_MACHINES)).toEqual(before);
  });
});

describe("the machine of a pool that names none", () => {
  test.each([
    ["aws", "h100", 8, "p5.48xlarge"],
    ["aws", "h100", 1, "p5.4xlarge"],
    ["aws", "h200", 8, "p5en.48xlarge"],
    ["aws", "b200", 8, "p6-b200.48xlarge"],
    ["aws", "gb200", 4, "p6e-gb200.36xlarge"],
    ["aws", "l4", 1, "g6.2xlarge"],
    ["aws", "l4", 4, "g6.12xlarge"],
    ["aws", "l40s", 1, "g6e.2xlarge"],
    ["aws", "t4", 1, "g4dn.xlarge"],
    ["aws", "trainium", 16, "trn1.32xlarge"],
    ["aws", "trainium2", 16, "trn2.48xlarge"],
    ["aws", "inferentia2", 1, "inf2.8xlarge"],
    ["google", "h100", 8, "a3-megagpu-8g"],
    ["google", "h100", 1, "a3-highgpu-1g"],
    ["google", "h200", 8, "a3-ultragpu-8g"],
    ["google", "l4", 1, "g2-standard-8"],
    ["google", "rtx-pro-6000", 1, "g4-standard-48"],
    ["google", "tpu-v6e", 4, "ct6e-standard-4t"],
    ["coreweave", "h200", 8, "gd-8xh200ib-i128"],
    ["coreweave", "gb300", 4, "gb300-4x"],
    ["on-prem", "h200", 8, "hgx-h200"],
    ["on-prem", "l4", 1, "l4-edge"],
  ] as const)("at %s with %s x %i is %s", (provider, accelerator, perNode, expected) => {
    expect(defaultMachine(provider, { accelerator, perNode })?.name).toBe(expected);
  });

  test.each([
    ["aws", "h200", 4],
    ["coreweave", "l4", 1],
    ["google", "trainium2", 16],
    ["aws", "nothing", 1],
  ] as const)("at %s with %s x %i does not exist", (provider, accelerator, perNode) => {
    expect(defaultMachine(provider, { accelerator, perNode })).toBeUndefined();
  });

  test("is one that can be had on demand wherever there is one, and never a part of a GPU", () => {
    for (const provider of ["aws", "google"] as const) {
      for (const row of findMachines({ provider }).filter(({ acceleratorCount }) => acceleratorCount > 0)) {
        const perNode = row.acceleratorCount;
        const chosen = defaultMachine(provider, { accelerator: row.accelerator!, perNode })!;
        const rivals = findMachines({
          provider,
          accelerator: row.accelerator,
          acceleratorsPerMachine: perNode,
        });
        expect(chosen.acceleratorFraction).toBeUndefined();
        const onDemand = rivals.some(
          (rival) => rival.onDemand !== false && rival.acceleratorFraction === undefined,
        );
        expect(chosen.onDemand !== false).toBe(onDemand);
      }
    }
  });

  test("can hold in its memory what its accelerators hold, where any machine can", () => {
    const short = findMachines({ provider: "aws" }).filter((row) => {
      const memory = acceleratorFacts(row.accelerator ?? "")?.memoryGib;
      const chosen =
        row.accelerator === undefined
          ? undefined
          : defaultMachine("aws", { accelerator: row.accelerator, perNode: row.acceleratorCount });
      return (
        chosen !== undefined && memory !== undefined && chosen.memoryGib! < memory * row.acceleratorCount
      );
    });
    expect(new Set(short.map(({ accelerator }) => accelerator))).toEqual(new Set([]));
  });
});

describe("the machine of a CPU pool", () => {
  test.each([
    ["aws", 2, 8, "m7i.large"],
    ["aws", 2, 9, "m7i.xlarge"],
    ["aws", 4, 8, "c7i.xlarge"],
    ["aws", 4, 17, "r7i.xlarge"],
    ["aws", 5, 16, "c7i.2xlarge"],
    ["google", 4, 16, "e2-standard-4"],
    ["google", 16, 64, "e2-standard-16"],
    ["coreweave", 4, 16, "cd-gp-i64-erapids"],
    ["on-prem", 65, 256, "cpu-server-large"],
  ] as const)("at %s with %i vCPU and %i GiB is %s", (provider, vcpu, memoryGib, expected) => {
    expect(defaultCpuMachine(provider, { vcpu, memoryGib })?.name).toBe(expected);
  });

  test("can be of another architecture", () => {
    expect(defaultCpuMachine("aws", { vcpu: 4, memoryGib: 16, arch: "arm64" })?.name).toBe("m7g.xlarge");
    expect(defaultCpuMachine("google", { vcpu: 4, memoryGib: 16, arch: "arm64" })).toBeUndefined();
  });

  test("does not exist beyond the largest", () => {
    expect(defaultCpuMachine("aws", { vcpu: 65, memoryGib: 1 })).toBeUndefined();
    expect(defaultCpuMachine("aws", { vcpu: 1, memoryGib: 513 })).toBeUndefined();
  });
});
