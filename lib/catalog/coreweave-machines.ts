import type { CoreWeaveMachineFacts } from "./facts";
import { byName, type Cells, numberIn, readTable, row } from "./rows";

const AUTOSCALER =
  "github.com/kubernetes/autoscaler@3092154 cluster-autoscaler/cloudprovider/coreweave/coreweave_instance_types.go";
const PRICING = "https://www.coreweave.com/pricing";
const GPU_PAGE = "https://docs.coreweave.com/platform/instances/gpu-instances (transcribed on 2026-10-04)";
const READ = "2026-11-24";
const KI = 1024;

type Extra = Partial<Omit<CoreWeaveMachineFacts, "name">>;

/** Network is the accelerator's usual card times their number: the sources name only the kind of fabric. */
const FABRIC_UNVERIFIED = ["fabric", "networkGbps"] as const;

/** Rows in the units of a Kubernetes node, KiB, as the cluster autoscaler has them. */
function nodeRows(text: string, extras: Readonly<Record<string, Extra>>): readonly CoreWeaveMachineFacts[] {
  const gib = (cells: Cells) => Math.round(numberIn(cells, "memoryKi")! / KI ** 2);
  const gigabytes = (cells: Cells) => Math.round((numberIn(cells, "storageKi")! * KI) / 1e9);
  return readTable(text).map((cells) =>
    row({
      name: cells.name!,
      accelerator: cells.accelerator,
      acceleratorCount: numberIn(cells, "count")!,
      arch: "amd64",
      vcpu: numberIn(cells, "vcpu"),
      memoryGib: gib(cells),
      localNvmeGb: gigabytes(cells),
      source: cells.accelerator === undefined ? AUTOSCALER : `${AUTOSCALER}; ${PRICING}`,
      read: READ,
      ...extras[cells.name!],
    }),
  );
}

/** 8 accelerators with a card of 400 Gbit/s each. */
const INFINIBAND = { fabric: "infiniband", networkGbps: 3200, unverified: FABRIC_UNVERIFIED } as const;

const NODES = nodeRows(
  `
  name                accelerator  count vcpu memoryKi   storageKi
  b200-8x             b200         8     128  2112277172 30003181568
  gd-8xh200ib-i128    h200         8     128  2112109800 30003181568
  gd-8xh100ib-i128    h100         8     128  2112109804 30003181568
  gd-8xa100-i128      a100-80gb    8     128  2112249840 7499362648
  gd-8xl40s-i128      l40s         8     128  1055337468 7499362648
  gd-8xl40-i128       l40          8     128  1055335508 7499362648
  rtxp6000-8x         rtx-pro-6000 8     128  1055335468 30003181568
  gd-1xgh200          gh200        1     72   600218240  7499362648
  cd-gp-i64-erapids   -            0     64   526674536  7499230528
  cd-gp-l-i64-erapids -            0     64   526668108  15000547328
  cd-gp-i96-icelake   -            0     96   394209340  6248987968
  cd-gp-a192-genoa    -            0     192  1583811548 7499230528
  cd-gp-l-a192-genoa  -            0     192  1583796048 30003181568
  cd-hp-a96-genoa     -            0     96   791111968  7499230528
  cd-hc-a384-genoa    -            0     384  1583673336 30003181568
  cd-hc-a384ib-genoa  -            0     384  1583672504 30003181568
  turin-gp            -            0     192  1583297960 7499230528
  turin-gp-l          -            0     192  1583282436 30003181568
`,
  {
    "b200-8x": INFINIBAND,
    "gd-8xh200ib-i128": INFINIBAND,
    "gd-8xh100ib-i128": INFINIBAND,
    "gd-1xgh200": { arch: "arm64" },
    "cd-hc-a384ib-genoa": { fabric: "infiniband", unverified: ["fabric"] },
  },
);

/** Trays of NVL72 racks, sold by whole racks of 18. Sources differ on local storage, which is therefore left out. */
const NVL72 = { arch: "arm64", multiNodeNvlink: true, machinesPerRack: 18, read: READ } as const;

const OTHERS: readonly CoreWeaveMachineFacts[] = [
  row({
    ...NVL72,
    name: "gb200-4x",
    accelerator: "gb200",
    acceleratorCount: 4,
    vcpu: 144,
    memoryGib: 960,
    networkGbps: 1600,
    fabric: "infiniband",
    source: `https://docs.coreweave.com/docs/platform/instances/gb200; ${PRICING}`,
    unverified: FABRIC_UNVERIFIED,
  }),
  row({
    ...NVL72,
    name: "gb300-4x",
    accelerator: "gb300",
    acceleratorCount: 4,
    vcpu: 144,
    memoryGib: 960,
    networkGbps: 3200,
    fabric: "infiniband",
    source: GPU_PAGE,
    unverified: ["vcpu", "memoryGib", ...FABRIC_UNVERIFIED],
  }),
  row({
    ...NVL72,
    name: "gb300-4x-e",
    accelerator: "gb300",
    acceleratorCount: 4,
    vcpu: 144,
    memoryGib: 960,
    networkGbps: 3200,
    fabric: "roce",
    source: GPU_PAGE,
    unverified: ["vcpu", "memoryGib", ...FABRIC_UNVERIFIED],
  }),
  row({
    name: "b300-8x",
    accelerator: "b300",
    acceleratorCount: 8,
    arch: "amd64",
    vcpu: 192,
    memoryGib: 4096,
    networkGbps: 6400,
    localNvmeGb: 30_720,
    fabric: "infiniband",
    source: `${GPU_PAGE}; ${PRICING}`,
    read: READ,
    unverified: ["vcpu", "memoryGib", "localNvmeGb", ...FABRIC_UNVERIFIED],
  }),
];

/** Instance types of CoreWeave Kubernetes Service, as a NodePool's `instanceType` names them. */
export const COREWEAVE_MACHINES: readonly CoreWeaveMachineFacts[] = Object.freeze([...NODES, ...OTHERS]);

const find = byName(COREWEAVE_MACHINES);

/** Facts of an instance type such as `gd-8xh200ib-i128`; undefined if the catalogue does not know it. */
export function coreWeaveMachineFacts(name: string): CoreWeaveMachineFacts | undefined {
  return find(name);
}
