import type { GoogleMachineFacts } from "../facts";
import { type Cells, numberIn, readTable, row } from "../rows";

export const TOOLKIT = "github.com/GoogleCloudPlatform/cluster-toolkit@104708037";
export const BANDWIDTH = "https://docs.cloud.google.com/compute/docs/gpus/gpu-network-bandwidth";
export const MACHINE_PAGE = "https://docs.cloud.google.com/compute/docs/accelerator-optimized-machines";
const READ = "2026-11-20";

/** One Local SSD holds 375 GiB. */
const LOCAL_SSD_BYTES = 375 * 2 ** 30;

/** What the text of a table does not say. */
export type Extra = Partial<Omit<GoogleMachineFacts, "name">>;

/**
 * Rows of a text table with the columns name, accelerator, label, count, vcpu, gib, gbps, ssds and unverified: the
 * columns that the sources do not state themselves, separated by commas.
 */
export function googleRows(
  text: string,
  common: Extra & Pick<GoogleMachineFacts, "source">,
  extras: Readonly<Record<string, Extra>> = {},
): readonly GoogleMachineFacts[] {
  return readTable(text).map((cells) => googleRow(cells, { ...common, ...extras[cells.name!] }));
}

const PROPERTY: Readonly<Record<string, readonly string[]>> = {
  label: ["gkeAccelerator"],
  vcpu: ["vcpu"],
  gib: ["memoryGib"],
  gbps: ["networkGbps"],
  ssds: ["localSsdCount", "localNvmeGb"],
};

function googleRow(cells: Cells, extra: Extra & Pick<GoogleMachineFacts, "source">): GoogleMachineFacts {
  const localSsdCount = numberIn(cells, "ssds");
  const unverified = [
    ...(cells.unverified?.split(",").flatMap((column) => PROPERTY[column] ?? [column]) ?? []),
    ...(extra.unverified ?? []),
  ];
  return row({
    name: cells.name!,
    accelerator: cells.accelerator,
    acceleratorCount: numberIn(cells, "count") ?? 0,
    arch: "amd64",
    gkeAccelerator: cells.label,
    vcpu: numberIn(cells, "vcpu"),
    memoryGib: numberIn(cells, "gib"),
    networkGbps: numberIn(cells, "gbps"),
    localSsdCount,
    localNvmeGb:
      localSsdCount === undefined ? undefined : Math.round((localSsdCount * LOCAL_SSD_BYTES) / 1e9),
    read: READ,
    ...extra,
    unverified: unverified.length > 0 ? unverified : undefined,
  });
}
