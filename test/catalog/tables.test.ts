import { ACCELERATORS, acceleratorFacts } from "../../lib/catalog/accelerators";
import { AVAILABILITY } from "../../lib/catalog/availability";
import { INTERFACE_SOURCES } from "../../lib/catalog/aws-interfaces";
import { AWS_MACHINES, awsMachineFacts } from "../../lib/catalog/aws-machines";
import { COREWEAVE_MACHINES, coreWeaveMachineFacts } from "../../lib/catalog/coreweave-machines";
import type { Evidence, MachineFacts } from "../../lib/catalog/facts";
import { GOOGLE_MACHINES, googleMachineFacts } from "../../lib/catalog/google-machines";
import { ON_PREM_NODES, onPremNodeFacts } from "../../lib/catalog/on-prem-nodes";
import { onPremTopologyLabels, TOPOLOGY_LABELS } from "../../lib/catalog/topology-labels";
import { TPU_ACCELERATORS, tpuSlices } from "../../lib/catalog/tpu-slices";

const MACHINES: readonly (readonly [string, readonly MachineFacts[], (name: string) => unknown])[] = [
  ["EC2 instance types", AWS_MACHINES, awsMachineFacts],
  ["Google machine types", GOOGLE_MACHINES, googleMachineFacts],
  ["CoreWeave instance types", COREWEAVE_MACHINES, coreWeaveMachineFacts],
  ["on-prem nodes", ON_PREM_NODES, onPremNodeFacts],
];

const TABLES: readonly (readonly [string, readonly Evidence[]])[] = [
  ["accelerators", ACCELERATORS],
  ...MACHINES.map(([title, rows]) => [title, rows] as const),
  ["TPU slices", TPU_ACCELERATORS.flatMap(tpuSlices)],
  ["topology labels", [...Object.values(TOPOLOGY_LABELS), onPremTopologyLabels()]],
  ["availability", AVAILABILITY],
  ["interface layouts", [INTERFACE_SOURCES]],
];

/** Every value in a row, however deep, with its path. */
function leaves(value: unknown, path = ""): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, entry]) => leaves(entry, path === "" ? key : `${path}.${key}`))
    : [[path, value]];
}

describe.each(TABLES)("the table of %s", (_title, rows) => {
  test("is not empty", () => {
    expect(rows.length).toBeGreaterThan(0);
  });

  test("names in every row what was read and when", () => {
    const without = rows.filter(
      ({ source, read }) =>
        !/[a-z]{4}/.test(source ?? "") ||
        !/^\d{4}-\d{2}-\d{2}$/.test(read ?? "") ||
        Number.isNaN(Date.parse(read)),
    );
    expect(without).toEqual([]);
  });

  test("was read at some day up to now, not before the project", () => {
    const days = rows.map(({ read }) => Date.parse(read));
    expect(Math.min(...days)).toBeGreaterThanOrEqual(Date.parse("2026-11-01"));
    expect(Math.max(...days)).toBeLessThan(Date.now() + 24 * 3600 * 1000);
  });

  test("leaves out what is unknown: no null, no undefined, no NaN, no empty text", () => {
    const wrong = rows.flatMap((row) =>
      leaves(row).filter(
        ([, value]) => value === null || value === undefined || value === "" || Number.isNaN(value),
      ),
    );
    expect(wrong).toEqual([]);
  });

  test("marks as unverified only what the row has", () => {
    const wrong = rows.flatMap((row) =>
      (row.unverified ?? []).filter(
        (name) => !leaves(row).some(([path]) => `${path}.`.startsWith(`${name}.`)),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

describe.each(MACHINES)("the table of %s", (_title, rows, find) => {
  test("has no name twice, and finds each by its name only", () => {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(rows.filter((row) => find(row.name) !== row)).toEqual([]);
    for (const name of ["", "nothing", "constructor", "__proto__", rows[0]!.name.toUpperCase()]) {
      expect(find(name)).toBeUndefined();
    }
  });

  test("has machines of accelerators that the catalogue knows", () => {
    const unknown = rows.filter(
      ({ accelerator }) => accelerator !== undefined && acceleratorFacts(accelerator) === undefined,
    );
    expect(unknown).toEqual([]);
  });

  test("has an accelerator exactly where it counts some", () => {
    const wrong = rows.filter((row) => (row.accelerator === undefined) !== (row.acceleratorCount === 0));
    expect(wrong).toEqual([]);
  });

  test("has sizes that can be: whole counts, 1 to 448 vCPU, 1 to 12,288 GiB, up to 6,400 Gbit/s and 62 TB of NVMe", () => {
    const within = (value: number | undefined, low: number, high: number) =>
      value === undefined || (value >= low && value <= high);
    const wrong = rows.filter(
      (row) =>
        !Number.isInteger(row.acceleratorCount) ||
        !within(row.acceleratorCount, 0, 16) ||
        !within(row.vcpu, 1, 448) ||
        !within(row.memoryGib, 1, 12_288) ||
        !within(row.networkGbps, 0.5, 6400) ||
        !within(row.localNvmeGb, 0, 62_000) ||
        !within(row.acceleratorFraction, 0.01, 0.99),
    );
    expect(wrong).toEqual([]);
  });

  test("is frozen", () => {
    expect(Object.isFrozen(rows)).toBe(true);
    expect(rows.filter((row) => !Object.isFrozen(row))).toEqual([]);
  });
});

describe("the table of accelerators", () => {
  test("has the names that programs rely on, each once", () => {
    expect(ACCELERATORS.map(({ name }) => name).sort()).toEqual([
      "a100-40gb",
      "a100-80gb",
      "a10g",
      "ai100",
      "b200",
      "b300",
      "gb200",
      "gb300",
      "gh200",
      "h100",
      "h200",
      "inferentia",
      "inferentia2",
      "l4",
      "l40",
      "l40s",
      "radeon-pro-v520",
      "rtx-pro-4500",
      "rtx-pro-6000",
      "t4",
      "t4g",
      "tpu-v4",
      "tpu-v5e",
      "tpu-v5p",
      "tpu-v6e",
      "tpu-v7",
      "tpu-v7x",
      "trainium",
      "trainium2",
      "trainium3",
      "v100-32gb",
    ]);
  });

  test("finds each by its name only", () => {
    expect(ACCELERATORS.filter((row) => acceleratorFacts(row.name) !== row)).toEqual([]);
    for (const name of ["", "H100", "a100", "constructor"]) {
      expect(acceleratorFacts(name)).toBeUndefined();
    }
  });

  test("has facts that can be: 8 to 300 GiB, 50 to 10,000 GB/s, 60 to 1,500 W, domains of 8 to 9,216", () => {
    const within = (value: number | undefined, low: number, high: number) =>
      value === undefined || (value >= low && value <= high);
    const wrong = ACCELERATORS.filter(
      (row) =>
        !within(row.memoryGib, 8, 300) ||
        !within(row.memoryBandwidthGBps, 50, 10_000) ||
        !within(row.powerWatts, 60, 1500) ||
        !within(row.nicGbps, 50, 800) ||
        !within(row.scaleUp?.domain, 8, 9216) ||
        !within(row.scaleUp?.oneWayGBps, 100, 900),
    );
    expect(wrong).toEqual([]);
  });

  test("has peaks that fall as precision rises", () => {
    const order = ["fp4", "fp8", "bf16", "tf32", "fp32"] as const;
    const wrong = ACCELERATORS.filter(({ peakTflops }) => {
      const peaks = order.flatMap((precision) => peakTflops?.[precision] ?? []);
      return peaks.some((peak, index) => index > 0 && peak > peaks[index - 1]!);
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  test("asks for the device of its vendor", () => {
    const resources = new Map(ACCELERATORS.map(({ vendor, resource }) => [vendor, resource]));
    expect(Object.fromEntries(resources)).toEqual({
      nvidia: "nvidia.com/gpu",
      aws: "aws.amazon.com/neuron",
      amd: "amd.com/gpu",
      qualcomm: "qualcomm.com/qaic",
      google: "google.com/tpu",
    });
  });

  test.each([
    ["a100-40gb", "1g.5gb", "7g.40gb"],
    ["a100-80gb", "1g.10gb", "7g.80gb"],
    ["h100", "1g.10gb", "7g.80gb"],
    ["h200", "1g.18gb", "7g.141gb"],
    ["b200", "1g.23gb", "7g.180gb"],
    ["b300", "1g.34gb", "7g.269gb"],
    ["gb200", "1g.23gb", "7g.186gb"],
  ])("%s is split into up to seven instances of %s, or one of %s", (name, smallest, whole) => {
    const profiles = acceleratorFacts(name)?.migProfiles;
    expect(profiles).toMatchObject({ [smallest]: 7, [`${smallest}+me`]: 1, [whole]: 1 });
    expect(Object.values(profiles!)).toEqual([7, 1, 4, 3, 2, 1, 1]);
  });

  test.each(["l4", "l40s", "t4", "a10g", "v100-32gb", "trainium2", "tpu-v6e"])("%s has no MIG", (name) => {
    expect(acceleratorFacts(name)).not.toHaveProperty("migProfiles");
  });

  test("no instance is larger than its GPU", () => {
    const wrong = ACCELERATORS.filter(({ migProfiles, memoryGib }) =>
      Object.entries(migProfiles ?? {}).some(
        ([profile, count]) => Number(/\.(\d+)gb/.exec(profile)![1]) * count > memoryGib! * 1.05 + 4,
      ),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
