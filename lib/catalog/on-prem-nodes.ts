import type { OnPremNodeFacts } from "./facts";
import { byName, row } from "./rows";

const READ = "2026-11-20";
const dgx = (page: string) => `https://docs.nvidia.com/dgx/${page}`;
/** No vendor's page: a server of the usual size, for a first estimate. */
const TYPICAL = "typical server of this class, chosen by this library for sizing; no vendor's page";
const SIZES = ["vcpu", "memoryGib", "networkGbps", "localNvmeGb", "systemPowerWatts"] as const;

function hgx(
  name: string,
  accelerator: string,
  facts: Pick<OnPremNodeFacts, "vcpu" | "networkGbps" | "systemPowerWatts" | "source">,
): OnPremNodeFacts {
  return row({
    name,
    accelerator,
    acceleratorCount: 8,
    arch: "amd64",
    memoryGib: 2048,
    localNvmeGb: 30_720,
    read: READ,
    unverified: SIZES,
    ...facts,
  });
}

/**
 * Usual servers by accelerator, for sizing before the real ones are known: processors, memory and disks vary between
 * vendors. Power is that of the whole server at full load. Give your own with `Machine.onPrem`.
 */
export const ON_PREM_NODES: readonly OnPremNodeFacts[] = Object.freeze([
  hgx("hgx-h100", "h100", {
    vcpu: 224,
    networkGbps: 3200,
    systemPowerWatts: 10_200,
    source: dgx("dgxh100-user-guide/introduction-to-dgxh100.html"),
  }),
  hgx("hgx-h200", "h200", {
    vcpu: 224,
    networkGbps: 3200,
    systemPowerWatts: 10_200,
    source: dgx("dgxh100-user-guide/introduction-to-dgxh100.html"),
  }),
  hgx("hgx-b200", "b200", {
    vcpu: 224,
    networkGbps: 3200,
    systemPowerWatts: 14_300,
    source: dgx("dgxb200-user-guide/introduction-to-dgxb200.html"),
  }),
  row<OnPremNodeFacts>({
    name: "gb200-nvl72-tray",
    accelerator: "gb200",
    acceleratorCount: 4,
    arch: "arm64",
    multiNodeNvlink: true,
    vcpu: 144,
    memoryGib: 960,
    networkGbps: 1600,
    systemPowerWatts: 6680,
    source: `${dgx("dgxgb200-user-guide/")} (about 120 kW a rack of 72 GPUs)`,
    read: READ,
    unverified: ["vcpu", "memoryGib", "networkGbps", "systemPowerWatts"],
  }),
  row<OnPremNodeFacts>({
    name: "l40s-server",
    accelerator: "l40s",
    acceleratorCount: 8,
    arch: "amd64",
    vcpu: 128,
    memoryGib: 1024,
    networkGbps: 400,
    localNvmeGb: 15_360,
    systemPowerWatts: 4000,
    source: TYPICAL,
    read: READ,
    unverified: SIZES,
  }),
  row<OnPremNodeFacts>({
    name: "l4-edge",
    accelerator: "l4",
    acceleratorCount: 1,
    arch: "amd64",
    vcpu: 16,
    memoryGib: 64,
    networkGbps: 25,
    localNvmeGb: 1920,
    systemPowerWatts: 300,
    source: TYPICAL,
    read: READ,
    unverified: SIZES,
  }),
  row<OnPremNodeFacts>({
    name: "cpu-server",
    acceleratorCount: 0,
    arch: "amd64",
    vcpu: 64,
    memoryGib: 256,
    networkGbps: 50,
    localNvmeGb: 7680,
    systemPowerWatts: 700,
    source: TYPICAL,
    read: READ,
    unverified: SIZES,
  }),
  row<OnPremNodeFacts>({
    name: "cpu-server-large",
    acceleratorCount: 0,
    arch: "amd64",
    vcpu: 256,
    memoryGib: 1536,
    networkGbps: 200,
    localNvmeGb: 30_720,
    systemPowerWatts: 1400,
    source: TYPICAL,
    read: READ,
    unverified: SIZES,
  }),
]);

const find = byName(ON_PREM_NODES);

/** Facts of a usual server such as `hgx-h200`; undefined if the catalogue does not know it. */
export function onPremNodeFacts(name: string): OnPremNodeFacts | undefined {
  return find(name);
}
