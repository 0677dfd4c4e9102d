import type { AcceleratorFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import { checkCount } from "../../fabric/quantities";
import { ServingErrors } from "../errors";
import { peakOf } from "../precision";
import type { EngineKind, Parallelism, ServedModel } from "../serving";
import { memoryOf } from "./memory";
import { acceleratorsOf, type Division } from "./parts";

/** Where the accelerators of a replica stand. */
export interface Machines {
  readonly accelerator: AcceleratorFacts;
  readonly acceleratorsPerNode: number;
  /** Accelerators that reach each other without a network card. */
  readonly scaleUpDomain: number;
  /** Most that tensor parallelism may span. */
  readonly widestTensor: number;
}

/** Domains beyond one machine start here: racks of 72 GPUs; TPU slices count by their kind. */
const RACK_DOMAIN = 32;
/**
 * Widest tensor parallelism over PCIe. Two all-reduces a layer at 32 GB/s take longer than the layer beyond it; NVIDIA's own
 * figures of PCIe cards use pipelines for large models instead
 * (https://nvidia.github.io/TensorRT-LLM/developer-guide/perf-overview.html, RTX 6000 Pro, read 2026-11).
 */
export const WIDEST_TENSOR_OVER_PCIE = 4;
const MOST_STAGES = 16;
/** Share by which the longest stage may exceed the mean. */
const UNEVEN = 0.1;
const USUAL_NODE = 8;

export function machinesOf(
  accelerator: AcceleratorFacts,
  acceleratorsPerNode: number,
  given?: number,
): Machines {
  const { scaleUp, kind } = accelerator;
  const spans = scaleUp !== undefined && (kind === "tpu" || scaleUp.domain >= RACK_DOMAIN);
  const linked = scaleUp === undefined ? acceleratorsPerNode : scaleUp.domain;
  const scaleUpDomain = given ?? (spans ? linked : Math.min(linked, acceleratorsPerNode));
  const widestTensor =
    scaleUp === undefined && given === undefined
      ? Math.min(scaleUpDomain, WIDEST_TENSOR_OVER_PCIE)
      : scaleUpDomain;
  return { accelerator, acceleratorsPerNode, scaleUpDomain, widestTensor };
}

function dividesHeads({ shape }: ServedModel, tensor: number): boolean {
  const { attentionHeads, kvHeads } = shape;
  return attentionHeads % tensor === 0 && (kvHeads % tensor === 0 || tensor % kvHeads === 0);
}

function evenStages({ shape }: ServedModel, pipeline: number): boolean {
  const mean = shape.layers / pipeline;
  return pipeline <= shape.layers && Math.ceil(mean) / mean - 1 <= UNEVEN;
}

function divisorsOf(count: number): readonly number[] {
  return Array.from({ length: Math.min(count, 1024) }, (_, index) => index + 1).filter(
    (n) => count % n === 0,
  );
}

function checkTensor(problems: Problems, model: ServedModel, tensor: number, machines: Machines): void {
  const { attentionHeads, kvHeads } = model.shape;
  const legal = divisorsOf(attentionHeads).filter((count) => dividesHeads(model, count));
  if (!legal.includes(tensor)) {
    problems.add(ServingErrors.TensorDoesNotDivideHeads, {
      subject: "parallelism.tensor",
      given: tensor,
      allowed: `${legal.join(", ")} (${attentionHeads} heads of attention, ${kvHeads} of keys and values)`,
    });
  }
  const { widestTensor, accelerator, acceleratorsPerNode } = machines;
  if (tensor > widestTensor) {
    const links =
      accelerator.scaleUp === undefined
        ? `PCIe, at most ${WIDEST_TENSOR_OVER_PCIE} of one node`
        : `${accelerator.scaleUp.technology} joins ${machines.scaleUpDomain} with ${acceleratorsPerNode} in a node`;
    problems.add(ServingErrors.TensorOverSlowTier, {
      subject: "parallelism.tensor",
      given: tensor,
      allowed: `at most ${widestTensor} of ${accelerator.name} (${links})`,
    });
  }
}

function checkStages(problems: Problems, model: ServedModel, pipeline: number): void {
  if (!evenStages(model, pipeline)) {
    const { layers } = model.shape;
    const legal = divisorsOf(layers).filter((count) => count <= MOST_STAGES);
    problems.add(ServingErrors.PipelineDoesNotDivideLayers, {
      subject: "parallelism.pipeline",
      given: pipeline,
      allowed: `${legal.join(", ")}, or any whose longest stage is at most ${100 * UNEVEN} % above the mean of ${layers} layers`,
    });
  }
}

function checkExperts(problems: Problems, model: ServedModel, engine: EngineKind, of: Parallelism): void {
  const { moe } = model.shape;
  const { tensor, data, expert } = of;
  const stage = tensor * data;
  const whole = moe !== undefined && moe.experts % expert === 0 && stage % expert === 0;
  // vLLM knows only all or nothing: --enable-expert-parallel divides experts among tensor x data.
  const possible = engine === "vllm" ? expert === stage : whole;
  if (expert > 1 && !(whole && possible)) {
    problems.add(ServingErrors.ExpertsNotDivisible, {
      subject: "parallelism.expert",
      given: expert,
      allowed:
        moe === undefined
          ? "1: the model has no experts"
          : `1, or a divisor of ${moe.experts} experts that ${engine === "vllm" ? "is" : "divides"} tensor x data = ${stage}`,
    });
  }
  if (data > 1 && expert !== stage) {
    problems.add(ServingErrors.DataParallelWithoutExperts, {
      subject: "parallelism.data",
      given: data,
      allowed: moe === undefined ? "1" : `1, or expert = tensor x data = ${stage}`,
    });
  }
}

function checkNodes(problems: Problems, of: Parallelism, { acceleratorsPerNode: perNode }: Machines): void {
  const accelerators = acceleratorsOf(of);
  if (accelerators > perNode && accelerators % perNode !== 0) {
    problems.add(ServingErrors.ReplicaDoesNotFillNodes, {
      subject: "parallelism",
      given: `${accelerators} accelerators`,
      allowed: `at most ${perNode}, or a multiple of it`,
    });
  }
}

/** Collects what is wrong with a division that is given whole or in part. */
export function checkParallelism(
  problems: Problems,
  model: ServedModel,
  engine: EngineKind,
  given: Partial<Parallelism>,
  machines: Machines,
): void {
  const counted = (["tensor", "pipeline", "expert", "data"] as const).every(
    (part) => given[part] === undefined || checkCount(problems, `parallelism.${part}`, given[part]),
  );
  if (!counted) {
    return;
  }
  if (given.tensor !== undefined) {
    checkTensor(problems, model, given.tensor, machines);
  }
  if (given.pipeline !== undefined) {
    checkStages(problems, model, given.pipeline);
  }
  const { tensor, pipeline, expert = 1, data = 1 } = given;
  if (tensor !== undefined) {
    checkExperts(problems, model, engine, { tensor, pipeline: 1, expert, data });
    if (pipeline !== undefined) {
      checkNodes(problems, { tensor, pipeline, expert, data }, machines);
    }
  } else if (expert > 1 || data > 1) {
    problems.required("parallelism.tensor", tensor, "a number, where expert or data are given");
  }
}

/** Numbers of accelerators that leave no accelerator of a node over. */
function fillsNodes(accelerators: number, perNode: number): boolean {
  return accelerators <= perNode ? perNode % accelerators === 0 : accelerators % perNode === 0;
}

/** Divisions that are possible, the fewest accelerators first, then the fewest stages. */
export function candidates(
  model: ServedModel,
  given: Partial<Parallelism>,
  machines: Machines,
): readonly Parallelism[] {
  const { expert = 1, data = 1 } = given;
  const tensors =
    given.tensor === undefined
      ? divisorsOf(model.shape.attentionHeads).filter(
          (tensor) => tensor <= machines.widestTensor && dividesHeads(model, tensor),
        )
      : [given.tensor];
  const stages =
    given.pipeline === undefined
      ? Array.from({ length: MOST_STAGES }, (_, index) => index + 1).filter((count) =>
          evenStages(model, count),
        )
      : [given.pipeline];
  const whole = given.tensor !== undefined && given.pipeline !== undefined;
  return tensors
    .flatMap((tensor) => stages.map((pipeline) => ({ tensor, pipeline, expert, data })))
    .filter((of) => whole || fillsNodes(acceleratorsOf(of), machines.acceleratorsPerNode))
    .sort((a, b) => acceleratorsOf(a) - acceleratorsOf(b) || a.pipeline - b.pipeline);
}

/** True if the weights fit and one sequence of the whole context has room. */
export function holdsContext(division: Division, accelerator: AcceleratorFacts): boolean {
  const { cacheTokens } = memoryOf(division, accelerator);
  return cacheTokens / division.parallelism.data >= division.model.contextTokens;
}

function describe(of: Parallelism, accelerator: AcceleratorFacts): string {
  const { tensor, pipeline } = of;
  return `${acceleratorsOf(of)} x ${accelerator.name} (tensor ${tensor}, pipeline ${pipeline})`;
}

function smallestOn(division: Division, machines: Machines): Parallelism | undefined {
  return candidates(division.model, {}, machines).find((parallelism) =>
    holdsContext({ ...division, parallelism }, machines.accelerator),
  );
}

/** The smallest division that fits: of these accelerators, else of another one of the catalogue. */
export function smallestThatFits(division: Division, machines: Machines): string {
  const here = smallestOn(division, machines);
  if (here !== undefined) {
    return describe(here, machines.accelerator);
  }
  const { ACCELERATORS } =
    require("../../catalog/accelerators") as typeof import("../../catalog/accelerators");
  const elsewhere = ACCELERATORS.filter(
    (other) => other.memoryGib !== undefined && peakOf(other, division.model.precision) !== undefined,
  ).flatMap((other) => {
    const perNode = Math.min(other.scaleUp?.domain ?? WIDEST_TENSOR_OVER_PCIE, USUAL_NODE);
    const of = smallestOn(division, machinesOf(other, perNode));
    return of === undefined ? [] : [{ of, other, gib: acceleratorsOf(of) * other.memoryGib! }];
  });
  const [best] = elsewhere.sort(
    (a, b) =>
      acceleratorsOf(a.of) - acceleratorsOf(b.of) || a.gib - b.gib || (a.other.name < b.other.name ? -1 : 1),
  );
  return best === undefined ? "nothing in the catalogue" : describe(best.of, best.other);
}
