import type { AcceleratorModel } from "../../fabric/capacity-pool";
import type { KnownFabric } from "../../fabric/fabric";
import type { SliceShape } from "../../fabric/torus";
import { type Footprint, type TreeFootprint, torusFootprint } from "../cost/footprint";
import { hourlyCost } from "../cost/hourly-cost";
import { type StepSeconds, stepNs, stepSeconds } from "../cost/step-time";
import { flopsPerRank } from "../cost/step-traffic";
import type { WideSplit } from "../cost/wide";
import { type Gang, tokensPerStep } from "../gang";
import type { Flow, HourlyCost } from "../placement";
import type { Candidate, FlowPlan, Model, PartPlan, PlaceCost, PoolRef } from "./model";
import type { TreeSignature } from "./tree-signature";

/** Where one part of a gang lies, as much as its step time depends on. */
export type PartShape =
  | { readonly kind: "tree"; readonly signature: TreeSignature }
  | { readonly kind: "slice"; readonly shape: SliceShape };

/** What is common to all accelerators of one pool: the part of the key of a step time that the place decides. */
function poolKey({ known, pool }: PoolRef): string {
  return JSON.stringify([{ ...known, name: "" }, pool.accelerator]);
}

/** All of a gang that decides which candidates it has in a pool, and what they cost. */
function gangKey(gang: Gang): string {
  const { model, layouts, kernelEfficiency, overlap, accelerators, sliceShapes, purchase } = gang;
  return JSON.stringify([model, layouts, kernelEfficiency, overlap, accelerators, sliceShapes, purchase]);
}

/** What of a place its cost depends on. */
function placeKey(shapes: readonly (PartShape | undefined)[]): string {
  return shapes.length === 1
    ? shapes[0] === undefined
      ? ""
      : shapeKey(shapes[0])
    : shapes.map((shape) => (shape === undefined ? "" : shapeKey(shape))).join("/");
}

function intern(ids: Map<string, number>, key: string): number {
  const known = ids.get(key);
  if (known !== undefined) {
    return known;
  }
  ids.set(key, ids.size);
  return ids.size - 1;
}

function shapeKey(shape: PartShape): string {
  return shape.kind === "tree" ? shape.signature.key : `${shape.shape.dims.join("x")}${shape.shape.twisted}`;
}

/** Costs of workloads at places, remembered for gangs and fabrics that are alike. */
export class Costing {
  private readonly poolClass: readonly number[];
  private readonly gangClass: readonly number[];
  private readonly steps = new Map<number, Map<string, StepSeconds>>();
  private readonly places = new Map<Candidate, Map<string, PlaceCost>>();
  private readonly hours = new Map<PoolRef, Map<string, HourlyCost>>();
  private readonly ideals = new Map<number, number>();
  private readonly accelerators: readonly AcceleratorModel[];

  constructor(private readonly model: Model) {
    const poolIds = new Map<string, number>();
    const gangIds = new Map<string, number>();
    this.poolClass = model.pools.map((pool) => intern(poolIds, poolKey(pool)));
    this.gangClass = model.workloads.map((workload) =>
      workload.kind === "gang" ? intern(gangIds, gangKey(workload)) : -1,
    );
    const kinds = new Map(
      model.pools.map(({ pool }) => [JSON.stringify(pool.accelerator), pool.accelerator] as const),
    );
    this.accelerators = [...kinds.values()];
  }

  /** Cost of a candidate where its parts have these shapes, computed once: searches put the same back again and again. */
  placed(
    candidate: Candidate,
    shapes: readonly (PartShape | undefined)[],
    compute: () => PlaceCost,
  ): PlaceCost {
    let costs = this.places.get(candidate);
    if (costs === undefined) {
      costs = new Map();
      this.places.set(candidate, costs);
    }
    const key = placeKey(shapes);
    let cost = costs.get(key);
    if (cost === undefined) {
      cost = compute();
      costs.set(key, cost);
    }
    return cost;
  }

  /** Number of the class of gangs that cost the same everywhere. */
  classOf(workload: number): number {
    return this.gangClass[workload]!;
  }

  /** Number of the class of pools in which gangs run equally fast. */
  poolClassOf(pool: PoolRef): number {
    return this.poolClass[pool.index]!;
  }

  /** Least seconds per token that computation alone takes, over all layouts and accelerators of the input. */
  idealSecondsPerToken(workload: number): number {
    const group = this.gangClass[workload]!;
    const known = this.ideals.get(group);
    if (known !== undefined) {
      return known;
    }
    const gang = this.model.workloads[workload] as Gang;
    let ideal = Number.POSITIVE_INFINITY;
    for (const accelerator of this.accelerators.filter(({ name }) => gang.accelerators.includes(name))) {
      const rate = accelerator.peakTflops * 1e12 * gang.kernelEfficiency;
      for (const layout of gang.layouts) {
        const seconds = flopsPerRank(gang.model, layout) / rate / tokensPerStep(gang.model, layout);
        ideal = Math.min(ideal, seconds);
      }
    }
    this.ideals.set(group, ideal);
    return ideal;
  }

  private footprint(pool: PoolRef, hosts: number, shape: PartShape): Footprint {
    if (shape.kind === "slice") {
      return torusFootprint(pool.known as Exclude<KnownFabric, { kind: "tree" }>, shape.shape);
    }
    const { perScaleUp, crossings } = shape.signature;
    const fabric = pool.known as TreeFootprint["fabric"];
    return { kind: "tree", fabric, accelerators: hosts * pool.perHost, perScaleUp, crossings };
  }

  /** Step time of a gang part, in seconds. */
  step(
    workload: number,
    layout: number,
    pool: PoolRef,
    hosts: number,
    shape: PartShape,
    wide?: WideSplit,
  ): StepSeconds {
    const group = (this.gangClass[workload]! * 64 + layout) * 65_536 + this.poolClass[pool.index]!;
    let steps = this.steps.get(group);
    if (steps === undefined) {
      steps = new Map();
      this.steps.set(group, steps);
    }
    const key = wide === undefined ? shapeKey(shape) : `${shapeKey(shape)}|${wide.gbps}|${wide.rttMs}`;
    let step = steps.get(key);
    if (step === undefined) {
      const gang = this.model.workloads[workload] as Gang;
      const footprint = this.footprint(pool, hosts, shape);
      step = stepSeconds(gang, gang.layouts[layout]!, {
        accelerator: pool.pool.accelerator,
        footprint,
        wide,
      });
      steps.set(key, step);
    }
    return step;
  }

  /** How much slower than ideal a step is, per token. */
  stretch(workload: number, layout: number, totalSeconds: number): number {
    const gang = this.model.workloads[workload] as Gang;
    const perToken = totalSeconds / tokensPerStep(gang.model, gang.layouts[layout]!);
    return Math.max(1, perToken / this.idealSecondsPerToken(workload));
  }

  hour(parts: readonly PartPlan[], flows: readonly FlowPlan[], stretch: number): HourlyCost {
    const { input, links } = this.model;
    return hourlyCost({
      parts: parts.map(({ pool, accelerators, offer }) => ({
        site: pool.site,
        accelerator: pool.pool.accelerator,
        accelerators,
        offer,
        fabric: pool.pool.fabric,
      })),
      flows: flows.map((flow) => ({ link: links[flow.link]!, flow: this.flow(flow) })),
      rules: input.rules,
      sites: input.sites,
      stretch,
    });
  }

  /** Hour of parts that have neither steps nor flows. Of a single part it is computed once for each size. */
  hourWithoutSteps(parts: readonly PartPlan[]): HourlyCost {
    const [part] = parts;
    if (part === undefined || parts.length > 1) {
      return this.hour(parts, [], 1);
    }
    const bySize = this.hours.get(part.pool) ?? new Map<string, HourlyCost>();
    this.hours.set(part.pool, bySize);
    const { model, usdPerAcceleratorHour } = part.offer;
    const key = `${part.accelerators} ${model} ${usdPerAcceleratorHour}`;
    const hour = bySize.get(key) ?? this.hour(parts, [], 1);
    bySize.set(key, hour);
    return hour;
  }

  flow({ link, gbps, waves, gbPerHourFrom }: FlowPlan): Flow {
    return { link: this.model.links[link]!.name, gbps, waves, gbPerHourFrom };
  }

  /** Cost of a gang whose parts have these shapes; the slower part sets the pace. */
  gang(
    workload: number,
    layout: number,
    parts: readonly PartPlan[],
    shapes: readonly PartShape[],
    flows: readonly FlowPlan[],
    wide?: WideSplit,
  ): PlaceCost {
    const steps = parts.map((part, index) =>
      this.step(workload, layout, part.pool, part.hosts, shapes[index]!, wide),
    );
    const slowest = steps.reduce((slow, step) => (step.total > slow.total ? step : slow));
    return {
      cost: this.hour(parts, flows, this.stretch(workload, layout, slowest.total)),
      step: stepNs(slowest),
    };
  }
}
