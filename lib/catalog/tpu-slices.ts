import type { TpuSliceFacts } from "./facts";
import { row } from "./rows";

const READ = "2026-11-20";
const XPK = "github.com/AI-Hypercomputer/xpk@367c8382 src/xpk/core/system_characteristics.py";
const TOOLKIT =
  "github.com/GoogleCloudPlatform/cluster-toolkit@104708037 pkg/config/hardware.go, modules/internal/tpu-definition/main.tf";

type Shape = readonly number[];

/** Chips of one VM by machine type, with the shapes that it is used for. */
interface MachineShapes {
  readonly machineType: string;
  readonly chipsPerNode: number;
  readonly shapes: readonly Shape[];
}

interface Generation {
  readonly accelerator: string;
  readonly gkeAccelerator: string;
  readonly source: string;
  readonly workloadPolicy: boolean;
  /** Most cubes of 4x4x4 chips that Google's page documents; further shapes are flagged. */
  readonly documentedCubes?: number;
  readonly machines: () => readonly MachineShapes[];
}

const CUBE = 4;
const SMALL_3D: readonly Shape[] = [
  [2, 2, 1],
  [2, 2, 2],
  [2, 2, 4],
  [2, 4, 4],
];

/** A x B x C with A <= B <= C, each a multiple of 4, of at most so many cubes, by chips and then by axes. */
function cubes(most: number): readonly Shape[] {
  const shapes: Shape[] = [];
  for (let a = 1; a ** 3 <= most; a++) {
    for (let b = a; a * b * b <= most; b++) {
      for (let c = b; a * b * c <= most && c <= 64; c++) {
        shapes.push([a * CUBE, b * CUBE, c * CUBE]);
      }
    }
  }
  return shapes.sort((x, y) => chipsOf(x) - chipsOf(y) || compare(x, y));
}

const threeD = (most: number): readonly Shape[] => [...SMALL_3D, ...cubes(most)];
const flat = (text: string): readonly Shape[] => text.split(" ").map((shape) => shape.split("x").map(Number));
const MULTI_HOST_2D = flat("2x2 2x4 4x4 4x8 8x8 8x16 16x16");

function twoD(accelerator: string, gkeAccelerator: string, prefix: string, source: string): Generation {
  return {
    accelerator,
    gkeAccelerator,
    source,
    workloadPolicy: false,
    machines: () => [
      { machineType: `${prefix}-1t`, chipsPerNode: 1, shapes: flat("1x1") },
      { machineType: `${prefix}-4t`, chipsPerNode: 4, shapes: MULTI_HOST_2D },
      { machineType: `${prefix}-8t`, chipsPerNode: 8, shapes: flat("2x4") },
    ],
  };
}

const GENERATIONS: readonly Generation[] = [
  {
    accelerator: "tpu-v4",
    gkeAccelerator: "tpu-v4-podslice",
    source: `${XPK}; ${TOOLKIT}; https://docs.cloud.google.com/tpu/docs/v4`,
    workloadPolicy: false,
    machines: () => [{ machineType: "ct4p-hightpu-4t", chipsPerNode: 4, shapes: threeD(64) }],
  },
  twoD("tpu-v5e", "tpu-v5-lite-podslice", "ct5lp-hightpu", `https://cloud.google.com/tpu/docs/v5e; ${XPK}`),
  {
    accelerator: "tpu-v5p",
    gkeAccelerator: "tpu-v5p-slice",
    source: `${XPK}; ${TOOLKIT}; https://docs.cloud.google.com/tpu/docs/v5p`,
    workloadPolicy: false,
    documentedCubes: 96,
    machines: () => [{ machineType: "ct5p-hightpu-4t", chipsPerNode: 4, shapes: threeD(140) }],
  },
  twoD("tpu-v6e", "tpu-v6e-slice", "ct6e-standard", `https://docs.cloud.google.com/tpu/docs/v6e; ${XPK}`),
  {
    accelerator: "tpu-v7x",
    gkeAccelerator: "tpu7x",
    source: `${XPK}; ${TOOLKIT}; https://docs.cloud.google.com/tpu/docs/tpu7x`,
    workloadPolicy: true,
    machines: () => [
      { machineType: "tpu7x-standard-1t", chipsPerNode: 1, shapes: [[1, 1, 1]] },
      { machineType: "tpu7x-standard-4t", chipsPerNode: 4, shapes: threeD(144) },
    ],
  },
  {
    accelerator: "tpu-v7",
    gkeAccelerator: "tpu7",
    source: XPK,
    workloadPolicy: true,
    machines: () => [
      { machineType: "tpu7-standard-1t", chipsPerNode: 1, shapes: [[1, 1, 1]] },
      { machineType: "tpu7-standard-4t", chipsPerNode: 4, shapes: threeD(4) },
    ],
  },
];

const chipsOf = (shape: Shape) => shape.reduce((product, axis) => product * axis, 1);

function compare(x: Shape, y: Shape): number {
  const index = x.findIndex((axis, at) => axis !== y[at]);
  return index === -1 ? 0 : x[index]! - y[index]!;
}

function sliceOf(generation: Generation, machine: MachineShapes, shape: Shape): TpuSliceFacts {
  const chips = chipsOf(shape);
  const nodes = chips / machine.chipsPerNode;
  const documented = generation.documentedCubes;
  return row({
    accelerator: generation.accelerator,
    gkeAccelerator: generation.gkeAccelerator,
    machineType: machine.machineType,
    chipsPerNode: machine.chipsPerNode,
    topology: shape.join("x"),
    chips,
    nodes,
    multiHost: nodes > 1,
    // Slices of one host need no placement at all.
    workloadPolicy: generation.workloadPolicy && nodes > 1,
    beyondDocumented: documented !== undefined && chips > documented * CUBE ** 3 ? true : undefined,
    source: generation.source,
    read: READ,
  });
}

const made = new Map<string, readonly TpuSliceFacts[]>();

/**
 * Every legal pair of machine type and topology of a TPU generation, by machine type, then by chips, then by axes.
 * Empty for what is no TPU of the catalogue. Made when asked for and kept.
 *
 * 2D generations (v5e, v6e) are listed; 3D ones (v4, v5p, tpu7x, tpu7) follow the published rule: 2x2x1, 2x2x2, 2x2x4,
 * 2x4x4, then AxBxC with A <= B <= C, each a multiple of 4, up to 64, 140, 144 and 4 cubes of 4x4x4. Google documents v5p
 * up to 96 cubes (6,144 chips); xpk and cluster-toolkit take 140: what is beyond has `beyondDocumented`.
 *
 * @param accelerator `tpu-v4`, `tpu-v5e`, `tpu-v5p`, `tpu-v6e`, `tpu-v7x`, `tpu-v7`
 */
export function tpuSlices(accelerator: string): readonly TpuSliceFacts[] {
  const known = made.get(accelerator);
  if (known !== undefined) {
    return known;
  }
  const generation = GENERATIONS.find((entry) => entry.accelerator === accelerator);
  if (generation === undefined) {
    return [];
  }
  const slices = Object.freeze(
    generation
      .machines()
      .flatMap((machine) => machine.shapes.map((shape) => sliceOf(generation, machine, shape))),
  );
  made.set(accelerator, slices);
  return slices;
}

/** Names of the TPU generations that `tpuSlices` knows. */
export const TPU_ACCELERATORS: readonly string[] = GENERATIONS.map(({ accelerator }) => accelerator);

/**
 * The slice of that topology, undefined if it is not legal. The topology alone does not always fix the number of nodes:
 * `2x4` of v5e and v6e is one node of eight chips or two of four.
 *
 * @param query.machineType @default - where two fit, the one that makes a slice of several hosts
 */
export function tpuSlice(query: {
  readonly accelerator: string;
  readonly topology: string;
  readonly machineType?: string;
}): TpuSliceFacts | undefined {
  const fitting = tpuSlices(query.accelerator).filter(
    ({ topology, machineType }) =>
      topology === query.topology && (query.machineType === undefined || machineType === query.machineType),
  );
  return fitting.find(({ multiHost }) => multiHost) ?? fitting[0];
}

const MOST_NEAREST = 4;

/**
 * Legal topologies closest to one that is not, best first: the same axes in ascending order; then those with as many
 * chips; then those with the nearest number of chips. At most four. For messages.
 */
export function nearestTopologies(accelerator: string, topology: string): readonly string[] {
  const legal = [...new Set(tpuSlices(accelerator).map((slice) => slice.topology))];
  const wanted = String(topology).split("x").map(Number);
  if (wanted.length === 0 || wanted.some((axis) => !Number.isInteger(axis) || axis < 1)) {
    return legal.slice(0, MOST_NEAREST);
  }
  const axes = legal[0]?.split("x").length ?? 0;
  const squeezed = wanted.filter((axis, index) => axis > 1 || index < axes);
  const sorted = [...squeezed].sort((x, y) => x - y).join("x");
  const chips = chipsOf(wanted);
  const distance = (candidate: string) => {
    const shape = candidate.split("x").map(Number);
    if ([...shape].sort((x, y) => x - y).join("x") === sorted) {
      return -1;
    }
    return Math.abs(Math.log2(chipsOf(shape) / chips));
  };
  return legal
    .map((candidate, index) => ({ candidate, index, away: distance(candidate) }))
    .sort((x, y) => x.away - y.away || x.index - y.index)
    .slice(0, MOST_NEAREST)
    .map(({ candidate }) => candidate);
}
