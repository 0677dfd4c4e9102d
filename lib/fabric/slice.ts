import type { AcceleratorFacts, TpuSliceFacts } from "../catalog/facts";
import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { PoolErrors } from "./pool-errors";
import { checkText, isObject } from "./untyped";

/** How many of something there are: always as many, or between two numbers. */
export type Count = number | { readonly min: number; readonly max: number };

/** A range with both ends; `min` equals `max` when the number is fixed. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Machines with GPUs, Trainium or Inferentia chips. */
export interface AcceleratorSlice {
  readonly kind: "accelerators";
  readonly accelerator: AcceleratorFacts;
  /** Accelerators that a pod finds in one node. */
  readonly perNode: number;
  readonly nodes: Range;
}

/** TPU slices of equal topology. A slice of several hosts is had whole or not at all. */
export interface TpuSlice {
  readonly kind: "tpu";
  readonly accelerator: AcceleratorFacts;
  /** For example `8x8` or `4x4x8`. */
  readonly topology: string;
  /** Machine type, nodes and chips of one slice. */
  readonly shape: TpuSliceFacts;
  readonly slices: Range;
}

/** Machines without accelerators: for system components, data loading, gateways. */
export interface CpuSlice {
  readonly kind: "cpu";
  /** Of one node, at least. */
  readonly vcpu: number;
  /** Of one node, at least. */
  readonly memoryGib: number;
  readonly arch: "amd64" | "arm64";
  readonly nodes: Range;
}

/** What a pool is made of, in the same words at every site. A plain, frozen value. */
export type Slice = AcceleratorSlice | TpuSlice | CpuSlice;

const MOST_NODES = 100_000;

/** Tables are read when a program asks for a row, not when it is loaded. */
const accelerators = () => require("../catalog/accelerators") as typeof import("../catalog/accelerators");
const tpus = () => require("../catalog/tpu-slices") as typeof import("../catalog/tpu-slices");

function isAccelerator(value: unknown): value is AcceleratorFacts {
  return (
    isObject(value) &&
    ["name", "kind", "vendor", "resource"].every((key) => typeof Reflect.get(value, key) === "string")
  );
}

function isRange(value: unknown): value is Range {
  return isObject(value) && ["min", "max"].every((key) => Number.isInteger(Reflect.get(value, key)));
}

/** Whether a value is what one of the three makes: also written by hand, but whole. */
export function isSlice(value: unknown): value is Slice {
  if (!isObject(value)) {
    return false;
  }
  const slice = value as Partial<Record<string, unknown>>;
  switch (slice.kind) {
    case "accelerators":
      return isAccelerator(slice.accelerator) && Number.isInteger(slice.perNode) && isRange(slice.nodes);
    case "tpu":
      return (
        isAccelerator(slice.accelerator) &&
        typeof slice.topology === "string" &&
        isObject(slice.shape) &&
        isRange(slice.slices)
      );
    case "cpu":
      return (
        Number.isInteger(slice.vcpu) &&
        Number.isInteger(slice.memoryGib) &&
        (slice.arch === "amd64" || slice.arch === "arm64") &&
        isRange(slice.nodes)
      );
    default:
      return false;
  }
}

function rangeOf(problems: Problems, subject: string, count: Count): Range {
  const given = typeof count === "number" ? { min: count, max: count } : count;
  const allowed = `a whole number from 1 to ${MOST_NODES}, or { min, max } with 0 <= min <= max`;
  if (!problems.literal(subject, count, allowed)) {
    return { min: 1, max: 1 };
  }
  const { min, max } = given ?? {};
  const whole = [min, max].every((value) => Number.isInteger(value) && value <= MOST_NODES);
  if (!whole || min < 0 || max < 1 || max < min) {
    problems.add(PoolErrors.NodeRangeInvalid, { subject, given: count, allowed });
    return { min: 1, max: 1 };
  }
  return Object.freeze({ min, max });
}

/** Facts by name in the catalogue, or as given. Adds MissingValue, TokenNotAllowed, NotOneOf, UnknownAccelerator. */
export function givenAccelerator(
  problems: Problems,
  given: string | AcceleratorFacts,
): AcceleratorFacts | undefined {
  if (!problems.required("accelerator", given, "a name of the catalogue, or Accelerator.of({ … })")) {
    return undefined;
  }
  if (typeof given !== "string") {
    const described = isAccelerator(given);
    if (!described && problems.literal("accelerator", given)) {
      const allowed = "a name of the catalogue, or what Accelerator.of({ … }) returned";
      problems.add(CoreErrors.NotOneOf, { subject: "accelerator", given, allowed });
    }
    return described ? given : undefined;
  }
  if (!problems.literal("accelerator", given, "a name of the catalogue")) {
    return undefined;
  }
  const known = accelerators().acceleratorFacts(given);
  if (known === undefined) {
    const names = accelerators().ACCELERATORS.map(({ name }) => name);
    problems.add(PoolErrors.UnknownAccelerator, {
      subject: "accelerator",
      given,
      allowed: `${names.join(", ")}, or Accelerator.of({ … })`,
    });
  }
  return known;
}

function requireKind(problems: Problems, facts: AcceleratorFacts | undefined, tpu: boolean): void {
  if (facts !== undefined && (facts.kind === "tpu") !== tpu) {
    problems.add(PoolErrors.SliceKindMismatch, {
      subject: "accelerator",
      given: facts.name,
      allowed: tpu ? "a TPU, such as tpu-v6e" : "a GPU, Trainium or Inferentia; TPUs by Slice.tpu",
    });
  }
}

export const Slice = {
  /**
   * Nodes with GPUs, Trainium or Inferentia chips.
   *
   * @param accelerator name in the catalogue (`h200`, `l4`, `trainium2`), or facts of your own from `Accelerator.of`
   * @param props.perNode accelerators in one node, 1 to 72
   * @param props.nodes always as many, or `{ min, max }` for a pool that grows and shrinks
   * @throws UnknownAccelerator, SliceKindMismatch, NodeRangeInvalid, NumberOutOfRange, TokenNotAllowed
   */
  accelerators(
    accelerator: string | AcceleratorFacts,
    props: { readonly perNode: number; readonly nodes: Count },
  ): AcceleratorSlice {
    const problems = new Problems(`Slice.accelerators("${nameOf(accelerator)}")`);
    const facts = givenAccelerator(problems, accelerator);
    requireKind(problems, facts, false);
    problems.literalInteger("perNode", props?.perNode, { min: 1, max: 72 });
    const nodes = rangeOf(problems, "nodes", props?.nodes);
    problems.throwIfAny();
    return Object.freeze({ kind: "accelerators", accelerator: facts!, perNode: props.perNode, nodes });
  },

  /**
   * TPU slices. The topology, and where several fit the machine type, decide the number of nodes.
   *
   * @param accelerator `tpu-v4`, `tpu-v5e`, `tpu-v5p`, `tpu-v6e`, `tpu-v7x`
   * @param props.topology chips along each axis: `8x8`, `4x4x8`
   * @param props.slices slices of that topology (multi-slice). @default 1
   * @param props.machineType needed only where a topology comes with two machine types (v5e and v6e `2x4`).
   *   @default - the one that makes a slice of several hosts
   * @throws UnknownAccelerator, SliceKindMismatch, IllegalTpuTopology, NodeRangeInvalid, TokenNotAllowed
   */
  tpu(
    accelerator: string,
    props: { readonly topology: string; readonly slices?: Count; readonly machineType?: string },
  ): TpuSlice {
    const problems = new Problems(`Slice.tpu("${nameOf(accelerator)}")`);
    const facts = givenAccelerator(problems, accelerator);
    requireKind(problems, facts, true);
    const shape = facts?.kind === "tpu" ? shapeOf(problems, facts, props ?? {}) : undefined;
    const slices = rangeOf(problems, "slices", props?.slices ?? 1);
    problems.throwIfAny();
    return Object.freeze({
      kind: "tpu",
      accelerator: facts!,
      topology: props.topology,
      shape: shape!,
      slices,
    });
  },

  /**
   * Nodes without accelerators.
   *
   * @param props.vcpu of one node, at least; the smallest machine of the site that has both is taken
   * @param props.memoryGib of one node, at least
   * @param props.arch @default "amd64"
   * @throws NumberOutOfRange, NotOneOf, NodeRangeInvalid, TokenNotAllowed
   */
  cpu(props: {
    readonly vcpu: number;
    readonly memoryGib: number;
    readonly nodes: Count;
    readonly arch?: "amd64" | "arm64";
  }): CpuSlice {
    const problems = new Problems("Slice.cpu");
    const arch = props?.arch ?? "amd64";
    problems.literalInteger("vcpu", props?.vcpu, { min: 1, max: 1024 });
    problems.literalInteger("memoryGib", props?.memoryGib, { min: 1, max: 65_536 });
    problems.oneOf("arch", arch, ["amd64", "arm64"]);
    const nodes = rangeOf(problems, "nodes", props?.nodes);
    problems.throwIfAny();
    return Object.freeze({ kind: "cpu", vcpu: props.vcpu, memoryGib: props.memoryGib, arch, nodes });
  },
} as const;

function nameOf(accelerator: string | AcceleratorFacts): string {
  const name = typeof accelerator === "string" ? accelerator : accelerator?.name;
  return isToken(name) ? "a token" : String(name);
}

function shapeOf(
  problems: Problems,
  facts: AcceleratorFacts,
  { topology, machineType }: { readonly topology?: string; readonly machineType?: string },
): TpuSliceFacts | undefined {
  const allowed = "a topology such as 8x8 or 4x4x8";
  const machine = "the name of a machine type";
  const texts = [
    checkText(problems, "topology", topology, allowed),
    machineType === undefined || checkText(problems, "machineType", machineType, machine),
  ];
  if (!texts.every((fine) => fine)) {
    return undefined;
  }
  const shape = tpus().tpuSlice({ accelerator: facts.name, topology: topology!, machineType });
  if (shape === undefined) {
    problems.add(PoolErrors.IllegalTpuTopology, {
      subject: machineType === undefined ? "topology" : "topology and machineType",
      given: machineType === undefined ? topology : `${topology} on ${machineType}`,
      allowed: tpus().nearestTopologies(facts.name, topology!).join(", "),
    });
  }
  return shape;
}

/** Number of nodes of a pool, both ends. */
export function nodesOf(slice: Slice): Range {
  if (slice.kind !== "tpu") {
    return slice.nodes;
  }
  const { nodes } = slice.shape;
  return { min: slice.slices.min * nodes, max: slice.slices.max * nodes };
}

/** Accelerators in one node; 0 of a CPU pool. */
export function acceleratorsPerNode(slice: Slice): number {
  switch (slice.kind) {
    case "accelerators":
      return slice.perNode;
    case "tpu":
      return slice.shape.chipsPerNode;
    case "cpu":
      return 0;
  }
}

/** Whether the number of nodes can change. */
export function isElastic(slice: Slice): boolean {
  const { min, max } = slice.kind === "tpu" ? slice.slices : slice.nodes;
  return min !== max;
}
