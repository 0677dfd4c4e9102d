import type { CapacityPool } from "../../fabric/capacity-pool";
import { type CubeFabric, chipsOf, type TorusFabric } from "../../fabric/torus";
import { hostsPerLeaf, leavesPerDomain, type TreeFabric } from "../../fabric/tree";
import type { PlacedDomains, PlacedPart } from "../placement";
import { at, piece, rect } from "./svg-style";

/** A part and whose it is. */
export interface Owned {
  readonly workload: string;
  readonly colour: string;
  readonly part: PlacedPart;
}

/** Drawn pieces and how high they are. */
export interface Drawing {
  readonly svg: readonly string[];
  readonly height: number;
}

const LEAF_WIDTH = 11;
const LEAF_HEIGHT = 26;

/** Leaves as bars, filled from below by those who have hosts there; leaves of one switch stand in one frame. */
function drawTree(
  fabric: TreeFabric,
  free: readonly number[],
  owners: readonly Owned[],
  x: number,
  y: number,
  width: number,
): Drawing {
  const svg: string[] = [];
  const each = hostsPerLeaf(fabric);
  const perGroup = leavesPerDomain(fabric).find((leaves) => leaves > 1) ?? 1;
  const step = LEAF_HEIGHT / each;
  let [left, top] = [x, y];
  for (let leaf = 0; leaf < free.length; leaf++) {
    const starts = leaf % perGroup === 0;
    const group = Math.min(perGroup, free.length - leaf) * LEAF_WIDTH + 4;
    if (starts && left > x && left + Math.min(group, width) > x + width) {
      [left, top] = [x, top + LEAF_HEIGHT + 8];
    } else if (!starts && left + LEAF_WIDTH > x + width) {
      [left, top] = [x, top + LEAF_HEIGHT + 8];
    }
    if (starts) {
      const fits = Math.min(group, x + width - left);
      svg.push(rect("group", left, top - 2, fits, LEAF_HEIGHT + 4));
      left += 2;
    }
    svg.push(rect("gone", left, top, LEAF_WIDTH - 2, LEAF_HEIGHT));
    const room = Math.max(0, free[leaf]!) * step;
    svg.push(rect("free", left, top + LEAF_HEIGHT - room, LEAF_WIDTH - 2, room));
    let filled = 0;
    for (const { workload, colour, part } of owners) {
      const hosts =
        part.domains.kind === "leaves"
          ? (part.domains.leaves.find((share) => share.leaf === leaf)?.hosts ?? 0)
          : 0;
      if (hosts > 0) {
        filled += hosts;
        const from = top + LEAF_HEIGHT - filled * step;
        svg.push(
          piece(
            colour,
            left,
            from,
            LEAF_WIDTH - 2,
            hosts * step,
            `${workload}: ${hosts} hosts of leaf ${leaf}`,
          ),
        );
      }
    }
    left += LEAF_WIDTH + (leaf % perGroup === perGroup - 1 ? 5 : 0);
  }
  return { svg, height: top - y + LEAF_HEIGHT + 6 };
}

const CUBE = 15;

/** Cubes as squares; what shares a cube is drawn as stripes of it. */
function drawCubes(
  fabric: CubeFabric,
  free: readonly number[],
  owners: readonly Owned[],
  x: number,
  y: number,
  width: number,
): Drawing {
  const svg: string[] = [];
  const perRow = Math.floor(width / CUBE);
  const volume = fabric.side ** 3;
  free.forEach((chips, cube) => {
    const [left, top] = [x + (cube % perRow) * CUBE, y + Math.floor(cube / perRow) * CUBE];
    const side = CUBE - 2;
    svg.push(rect(chips > 0 ? "free" : "gone", left, top, side, side, `cube ${cube}: ${chips} chips`));
    let filled = 0;
    for (const { workload, colour, part } of owners) {
      if (part.domains.kind === "cubes" && part.domains.cubes.includes(cube)) {
        const share = Math.min(volume, chipsOf(part.domains.shape.dims)) / volume;
        const title = `${workload}: ${part.domains.shape.dims.join("x")}${part.domains.shape.twisted ? " twisted" : ""}`;
        svg.push(piece(colour, left, top + filled * side, side, share * side, title));
        filled += share;
      }
    }
  });
  return { svg, height: Math.ceil(free.length / perRow) * CUBE + 4 };
}

/** Cells of a torus that a box covers, in the plane of its first two axes. */
function covered(
  fabric: TorusFabric,
  box: { readonly anchor: readonly number[]; readonly dims: readonly number[] },
) {
  const along = (axis: number) =>
    Array.from(
      { length: box.dims[axis] ?? 1 },
      (_, step) => ((box.anchor[axis] ?? 0) + step) % (fabric.dims[axis] ?? 1),
    );
  return along(2).flatMap((layer) =>
    along(1).flatMap((row) => along(0).map((column) => ({ layer, row, column }))),
  );
}

/** Tori as grids of chips, layer after layer. */
function drawTorus(
  fabric: TorusFabric,
  taken: readonly {
    readonly copy: number;
    readonly anchor: readonly number[];
    readonly dims: readonly number[];
  }[],
  owners: readonly Owned[],
  x: number,
  y: number,
  width: number,
): Drawing {
  const svg: string[] = [];
  const [columns, rows, layers] = [fabric.dims[0]!, fabric.dims[1] ?? 1, fabric.dims[2] ?? 1];
  const cell = Math.max(2, Math.min(7, Math.floor(width / 2 / columns)));
  const perRow = Math.max(1, Math.floor(width / (columns * cell + 8)));
  const corner = (copy: number, layer: number) => {
    const index = copy * layers + layer;
    return [
      x + (index % perRow) * (columns * cell + 8),
      y + Math.floor(index / perRow) * (rows * cell + 8),
    ] as const;
  };
  for (let copy = 0; copy < fabric.copies; copy++) {
    for (let layer = 0; layer < layers; layer++) {
      const [left, top] = corner(copy, layer);
      svg.push(
        rect(
          "free",
          left,
          top,
          columns * cell,
          rows * cell,
          `torus ${copy}${layers > 1 ? `, layer ${layer}` : ""}`,
        ),
      );
    }
  }
  for (const box of taken) {
    for (const { layer, row, column } of covered(fabric, box)) {
      const [left, top] = corner(box.copy, layer);
      svg.push(rect("gone", left + column * cell, top + row * cell, cell - 0.5, cell - 0.5));
    }
  }
  for (const { workload, colour, part } of owners) {
    if (part.domains.kind === "box") {
      const { box } = part.domains;
      for (const { layer, row, column } of covered(fabric, box)) {
        const [left, top] = corner(box.copy, layer);
        svg.push(
          piece(
            colour,
            left + column * cell,
            top + row * cell,
            cell - 0.5,
            cell - 0.5,
            `${workload}: ${box.dims.join("x")}`,
          ),
        );
      }
    }
  }
  const lines = Math.ceil((fabric.copies * layers) / perRow);
  return { svg, height: lines * (rows * cell + 8) };
}

/** An interior that cannot be seen: a bar with shares, as wide as what is used of what there is. */
function drawOpaque(
  pool: CapacityPool,
  owners: readonly Owned[],
  x: number,
  y: number,
  width: number,
): Drawing {
  const used = owners.reduce((sum, { part }) => sum + part.accelerators, 0);
  const known = pool.free.kind === "count" ? pool.free.accelerators : undefined;
  const whole = Math.max(1, known ?? used * 1.25);
  const svg = [
    `<rect class="free" stroke-dasharray="4 3" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="22" rx="11"/>`,
  ];
  let left = x + 8;
  for (const { workload, colour, part } of owners) {
    const share = ((width - 16) * part.accelerators) / whole;
    svg.push(
      piece(colour, left, y + 4, Math.max(1, share - 1), 14, `${workload}: ${part.accelerators} (intent)`),
    );
    left += share;
  }
  return { svg, height: 28 };
}

/** The inside of a pool and who is where in it. */
export function drawPool(
  pool: CapacityPool,
  owners: readonly Owned[],
  x: number,
  y: number,
  width: number,
): Drawing {
  const { fabric, free } = pool;
  if (fabric.kind === "tree" && free.kind === "leaves") {
    return drawTree(fabric, free.freeHosts, owners, x, y, width);
  }
  if (fabric.kind === "cubes" && free.kind === "cubes") {
    return drawCubes(fabric, free.freeChips, owners, x, y, width);
  }
  if (fabric.kind === "torus" && free.kind === "boxes") {
    return drawTorus(fabric, free.taken, owners, x, y, width);
  }
  return drawOpaque(pool, owners, x, y, width);
}

/** How domains are counted in a legend. */
export function pieces(domains: PlacedDomains): string {
  switch (domains.kind) {
    case "leaves":
      return `${domains.leaves.length} ${domains.leaves.length === 1 ? "leaf" : "leaves"}`;
    case "cubes":
      return `${domains.shape.dims.join("x")}${domains.shape.twisted ? " twisted" : ""}`;
    case "box":
      return domains.box.dims.join("x");
    case "intent":
      return domains.shape === undefined ? "intent" : `${domains.shape.dims.join("x")}, intent`;
  }
}
