import type { Gang } from "../gang";
import type { AcceptedWorkload, PlacedPart } from "../placement";
import { type Facts, interior } from "./facts";
import { boughtBy, recomputeHour } from "./money";
import { chargedAccelerators } from "./options";
import { type Ground, recomputeStep, type Step, type Wide } from "./step";
import { filled, spreadOf } from "./tree-times";
import { close, type Findings } from "./violation";

/** Least seconds per token of computation alone. */
function idealPerToken(facts: Facts, gang: Gang): number {
  const active =
    gang.model.moe === undefined
      ? gang.model.params
      : gang.model.params - gang.model.moe.expertParams * (1 - gang.model.moe.topK / gang.model.moe.experts);
  const rates = gang.accelerators.flatMap((name) => facts.peaks.get(name) ?? []);
  const ranks = gang.layouts.map(({ tp, cp, pp, dp }) => tp * cp * pp * dp);
  return (6 * active) / Math.max(...ranks) / (Math.max(...rates) * gang.kernelEfficiency);
}

/** How much longer than ideal each token takes. */
export function stretchOf(facts: Facts, gang: Gang, layout: number, seconds: number): number {
  const { dp, microbatches, microbatchSize } = gang.layouts[layout]!;
  const tokens = dp * microbatches * microbatchSize * gang.model.sequence;
  return Math.max(1, seconds / tokens / idealPerToken(facts, gang));
}

/** The ground that a part lies on. */
function groundOf(facts: Facts, part: PlacedPart): Ground | undefined {
  const pool = facts.pool(part.site, part.pool);
  const fabric = pool === undefined ? undefined : interior(pool.fabric);
  const { domains } = part;
  if (fabric === undefined) {
    return undefined;
  }
  if (fabric.kind === "tree") {
    const leaves =
      domains.kind === "leaves"
        ? domains.leaves
        : domains.kind === "intent"
          ? filled(fabric, domains.hosts)
          : undefined;
    return leaves === undefined ? undefined : { kind: "tree", fabric, spread: spreadOf(fabric, leaves) };
  }
  const shape =
    domains.kind === "box"
      ? { dims: domains.box.dims, twisted: false }
      : domains.kind === "cubes" || domains.kind === "intent"
        ? domains.shape
        : undefined;
  return shape === undefined ? undefined : { kind: "slice", fabric, shape };
}

/** Capacity between the sites of a gang that has two. */
function wideOf(facts: Facts, { parts, flows }: AcceptedWorkload): Wide | undefined {
  const link = flows[0] === undefined ? undefined : facts.links.get(flows[0].link);
  if (parts.length < 2 || link === undefined) {
    return undefined;
  }
  const delay = link.kind === "optical" ? { standard: 4.9, "hollow-core": 3.4 }[link.fibre] : 0;
  const rttMs = link.kind === "optical" ? (2 * link.routeKm * delay) / 1e3 : link.rttMs;
  return { sites: 2, gbps: flows[0]!.gbps, rttMs };
}

function checkParts(findings: Findings, facts: Facts, gang: Gang, placed: AcceptedWorkload): void {
  const degrees = gang.layouts[placed.layout!]!;
  const ranks = (degrees.tp * degrees.cp * degrees.pp * degrees.dp) / placed.parts.length;
  placed.parts.forEach((part, index) => {
    const pool = facts.pool(part.site, part.pool)!;
    const fabric = interior(pool.fabric);
    const needed = chargedAccelerators(pool, ranks, degrees.tp);
    findings.that(
      part.accelerators === needed,
      "layout",
      gang.name,
      () => `${part.accelerators} accelerators for ${ranks} ranks`,
    );
    findings.that(
      part.ranks?.firstRank === index * ranks,
      "layout",
      gang.name,
      () => "ranks do not follow each other",
    );
    if (fabric.kind === "tree") {
      findings.that(
        degrees.tp <= fabric.scaleUp.accelerators,
        "layout",
        gang.name,
        () => "tensor group larger than a domain",
      );
      const unit = Math.ceil(degrees.tp / fabric.acceleratorsPerHost);
      const wide = fabric.scaleUp.accelerators > fabric.acceleratorsPerHost;
      const torn =
        part.domains.kind === "leaves" && wide && part.domains.leaves.some(({ hosts }) => hosts % unit !== 0);
      findings.that(!torn, "layout", gang.name, () => "a tensor group lies in two domains");
    } else if (gang.sliceShapes !== undefined) {
      checkShape(findings, gang, part);
    }
  });
}

function checkShape(findings: Findings, gang: Gang, { domains }: PlacedPart): void {
  const dims =
    domains.kind === "box" ? domains.box.dims : domains.kind === "leaves" ? undefined : domains.shape?.dims;
  const plain = (sides: readonly number[]) =>
    sides
      .filter((side) => side !== 1)
      .sort((a, b) => a - b)
      .join();
  const allowed = dims !== undefined && gang.sliceShapes!.some((shape) => plain(shape) === plain(dims));
  findings.that(allowed, "shape", gang.name, () => `${dims?.join("x")} is not among its shapes`);
}

function checkMemory(findings: Findings, facts: Facts, gang: Gang, placed: AcceptedWorkload): void {
  const need = stateGib(gang, placed.layout!);
  for (const part of placed.parts) {
    const have = facts.pool(part.site, part.pool)!.accelerator.memoryGib;
    findings.that(need <= have * (1 + 1e-9), "memory", gang.name, () => `${need} GiB, ${have} are there`);
  }
}

/** GiB of weights, gradients and optimiser state on one accelerator. */
export function stateGib(gang: Gang, layout: number): number {
  const { tp, pp, dp, ep, sharding, gradientBytes } = gang.layouts[layout]!;
  const expertParams = gang.model.moe?.expertParams ?? 0;
  const groups = [
    { params: (gang.model.params - expertParams) / (tp * pp), copies: dp },
    { params: expertParams / (tp * pp * ep), copies: dp / ep },
  ];
  const bytes = groups.reduce((sum, { params, copies }) => {
    const weights = (2 + gradientBytes) / (sharding.startsWith("zero3") ? copies : 1);
    return sum + params * (weights + 12 / (sharding === "none" ? 1 : copies));
  }, 0);
  return bytes / 2 ** 30;
}

/** Recomputes step time and cost of a gang where it lies. */
export function checkGang(findings: Findings, facts: Facts, gang: Gang, placed: AcceptedWorkload): void {
  const layout = gang.layouts[placed.layout ?? -1];
  const sound =
    layout !== undefined && placed.parts.length >= 1 && placed.parts.length <= (gang.maySpanSites ? 2 : 1);
  if (
    !findings.that(sound, "layout", gang.name, () => `layout ${placed.layout}, ${placed.parts.length} parts`)
  ) {
    return;
  }
  checkParts(findings, facts, gang, placed);
  checkMemory(findings, facts, gang, placed);
  const wide = wideOf(facts, placed);
  const steps = placed.parts.map((part) => {
    const ground = groundOf(facts, part);
    const pool = facts.pool(part.site, part.pool)!;
    return ground === undefined ? undefined : recomputeStep(gang, layout!, pool.accelerator, ground, wide);
  });
  if (steps.some((step) => step === undefined)) {
    findings.add("layout", gang.name, "the layout does not map onto where it lies");
    return;
  }
  const slowest = (steps as Step[]).reduce((slow, step) => (step.total > slow.total ? step : slow));
  const said = placed.step?.totalNs ?? 0;
  findings.that(
    close(said, slowest.total * 1e9),
    "step",
    gang.name,
    () => `${said} ns, ${slowest.total * 1e9} recomputed`,
  );
  checkSpan(findings, facts, gang, placed, slowest.total);
  const bought = placed.parts.map((part) => boughtBy(facts, part));
  if (bought.every((entry) => entry !== undefined)) {
    const stretch = stretchOf(facts, gang, placed.layout!, slowest.total);
    const hour = recomputeHour(facts, bought, placed.flows, stretch);
    checkHour(findings, gang.name, placed, hour);
  }
}

function checkSpan(
  findings: Findings,
  facts: Facts,
  gang: Gang,
  placed: AcceptedWorkload,
  seconds: number,
): void {
  if (placed.parts.length < 2) {
    findings.that(placed.flows.length === 0, "flow", gang.name, () => "a flow without two sites");
    return;
  }
  const sites = placed.parts.map(({ site }) => site);
  const [flow] = placed.flows;
  const link = flow === undefined ? undefined : facts.links.get(flow.link);
  const joins =
    link !== undefined && sites.every((site) => link.sites.includes(site)) && sites[0] !== sites[1];
  if (
    !findings.that(joins && placed.flows.length === 1, "flow", gang.name, () => "no link joins its sites")
  ) {
    return;
  }
  const degrees = gang.layouts[placed.layout!]!;
  findings.that((degrees.dp / degrees.ep) % 2 === 0, "layout", gang.name, () => "its ranks cannot be halved");
  const volume = (gang.model.params * degrees.gradientBytes * 3_600) / seconds / 1e9;
  const told = Math.min(...link!.sites.map((site) => flow!.gbPerHourFrom[site] ?? 0));
  findings.that(told >= volume * (1 - 1e-6), "flow", gang.name, () => `${told} GB/h, ${volume} needed`);
}

/** Compares every number of an hour. */
export function checkHour(
  findings: Findings,
  subject: string,
  placed: AcceptedWorkload,
  hour: AcceptedWorkload["cost"],
): void {
  for (const key of Object.keys(hour) as (keyof typeof hour)[]) {
    findings.that(
      close(placed.cost[key], hour[key]),
      "cost",
      subject,
      () => `${key} ${placed.cost[key]}, ${hour[key]} recomputed`,
    );
  }
}
