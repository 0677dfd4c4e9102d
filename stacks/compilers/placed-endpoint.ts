import type { AcceleratorFacts } from "../../lib/catalog/facts";
import type { IAcceleratorCluster } from "../../lib/cluster/cluster";
import { type Finding, renderFinding, ValidationError } from "../../lib/core/errors";
import type { Problems } from "../../lib/core/problems";
import type { CapacityPool } from "../../lib/fabric/capacity-pool";
import { knownFabric } from "../../lib/fabric/fabric";
import type { Residency } from "../../lib/fabric/residency";
import { checkObject } from "../../lib/fabric/untyped";
import { acceleratorsPerMachine } from "../../lib/placement/emit/part-place";
import type { SitePart } from "../../lib/placement/emit/site-plan";
import { WorkloadErrors } from "../../lib/placement/placement-errors";
import { placementRules } from "../../lib/placement/rules";
import type { SizedPool } from "../../lib/placement/sized-pool";
import { ServingErrors } from "../../lib/serving/errors";
import type { KubernetesVariantProps } from "../../lib/serving/kubernetes/props";
import type { IModelEndpoint, TrafficClass } from "../../lib/serving/serving";
import { residencyOf } from "../../lib/serving/sizing/pool";
import { planWithReplicas, type SizedPlace, toSizedPool } from "../../lib/serving/sizing/sized-pool";
import type { EndpointPlan, EndpointPlanProps, PlannedReplicas } from "../../lib/serving/sizing/types";
import { compilers, endpointPrefix } from "../endpoint-builder";
import { type DeclaredEndpoint, PlacedEndpoint, type SizedVariant } from "../placed-endpoint";
import type {
  EndpointPlacement,
  PlacedEndpointProps,
  PlacedVariant,
  UnfitPool,
} from "../placed-endpoint-props";
import type { PlatformContext } from "../platform-context";
import type { PlatformPlanner } from "../platform-placement";
import { sitesOf } from "../site-choices";
import { addFindings, addMerged, classesOf, tryPlan } from "../sized-variant";

type SitePool = { readonly site: string; readonly pool: CapacityPool };

const nameOf = (given: string | AcceleratorFacts) => (typeof given === "string" ? given : given.name);

function rulesOf({ placement }: PlacedEndpointProps, variant: PlacedVariant): EndpointPlacement {
  return { ...placement, ...variant.placement };
}

/** Names that point at something, and all that nothing else checks before a plan is made. */
function checkNames(problems: Problems, { classes, variants, placement, at }: PlacedEndpointProps): void {
  const sites = Object.keys(at);
  problems.required("classes", classes?.[0], "one class or more");
  problems.required("variants", variants?.[0], "one variant or more");
  if (!checkObject(problems, "placement", placement, "{ users }")) {
    problems.throwIfAny();
  }
  const names = (variants ?? []).map(({ name }) => name);
  problems.unique("variants", names);
  for (const { name, placement: own } of [
    { name: undefined, placement },
    ...(variants ?? []).map((variant) => ({ name: variant.name, placement: variant.placement ?? {} })),
  ]) {
    const of = name === undefined ? "placement" : `variant "${name}" placement`;
    for (const group of own.users ?? []) {
      for (const site of Object.keys(group?.rttMs ?? {})) {
        problems.oneOf(`${of} users "${group.name}" rttMs`, site, sites);
      }
    }
  }
  for (const site of sites) {
    for (const name of Object.keys(at[site]!.variants ?? {})) {
      problems.oneOf(`at.${site}.variants`, name, names);
    }
  }
  problems.throwIfAny();
}

/** Pools of the sites that sell what a variant accepts. Adds NotOneOf, NothingAllowed. */
function poolsFor(
  problems: Problems,
  planner: PlatformPlanner,
  props: PlacedEndpointProps,
  variant: PlacedVariant,
): readonly SitePool[] {
  const all = Object.keys(props.at).flatMap((site) =>
    planner.model(site, "endpoint").pools.map((pool) => ({ site, pool })),
  );
  const there = [...new Set(all.map(({ pool }) => pool.accelerator.name))].sort();
  const asked = variant.accelerators?.map(nameOf);
  asked?.forEach((name) => {
    problems.oneOf(`variant "${variant.name}" accelerators`, name, there);
  });
  const { purchase } = placementRules(rulesOf(props, variant));
  const sold = all
    .filter(({ pool }) => asked?.includes(pool.accelerator.name) ?? true)
    .filter(({ pool }) => pool.offers.some(({ model }) => purchase.includes(model)));
  if (sold.length === 0) {
    problems.add(WorkloadErrors.NothingAllowed, {
      subject: `variant "${variant.name}"`,
      given: { accelerators: asked ?? there, purchase },
      allowed: all.map(({ site, pool }) => `${site}/${pool.name}`).join(", ") || "none: no site has a pool",
    });
  }
  return sold;
}

/** What a variant is sized with in a pool: the machines and network of the site's model, its cheapest price. */
function planProps(
  { pool }: SitePool,
  variant: PlacedVariant,
  classes: readonly TrafficClass[],
  rules: EndpointPlacement,
): EndpointPlanProps {
  const { acceleratorFacts } =
    require("../../lib/catalog/accelerators") as typeof import("../../lib/catalog/accelerators");
  const given = variant.accelerators?.find((each) => nameOf(each) === pool.accelerator.name);
  const accelerator = given ?? pool.accelerator.name;
  const facts = typeof accelerator === "string" ? acceleratorFacts(accelerator) : accelerator;
  const fabric = knownFabric(pool.fabric);
  const { purchase } = placementRules(rules);
  const prices = pool.offers
    .filter(({ model }) => purchase.includes(model))
    .map(({ usdPerAcceleratorHour }) => usdPerAcceleratorHour);
  return {
    ...variant.sizing,
    model: variant.model,
    classes,
    accelerator,
    acceleratorsPerNode: acceleratorsPerMachine(pool),
    price: { usdPerAcceleratorHour: Math.min(...prices) },
    ...(fabric.kind === "tree" ? { networkGbps: fabric.nicGbps } : {}),
    // Cards without links of their own reach each other over the machine, which the capacity model knows better.
    ...(fabric.kind === "tree" && facts?.scaleUp !== undefined
      ? { scaleUpDomain: fabric.scaleUp.accelerators }
      : {}),
  };
}

/** Beyond the domain of the site's model the planner has no place for a replica. */
function tooWide({ pool }: SitePool, plan: EndpointPlan): readonly Finding[] {
  const fabric = knownFabric(pool.fabric);
  return fabric.kind === "tree" && plan.acceleratorsPerReplica > fabric.scaleUp.accelerators
    ? [
        {
          error: ServingErrors.ReplicaBeyondScaleUp,
          subject: `plan of "${plan.model}"`,
          given: `${plan.acceleratorsPerReplica} accelerators`,
          allowed: `at most ${fabric.scaleUp.accelerators} of ${plan.accelerator.name}`,
        },
      ]
    : [];
}

/** Sizes a variant for each pool. Adds what was found everywhere if it fits nowhere. */
function sizeVariant(
  problems: Problems,
  planner: PlatformPlanner,
  id: string,
  props: PlacedEndpointProps,
  variant: PlacedVariant,
): { readonly sized: SizedVariant; readonly unfit: readonly UnfitPool[] } {
  const classes = classesOf(problems, props.classes, variant);
  const pools = classes.length === 0 ? [] : poolsFor(problems, planner, props, variant);
  const places: SizedPlace[] = [];
  const refused: { readonly at: SitePool; readonly findings: readonly Finding[] }[] = [];
  for (const at of pools) {
    const outcome = tryPlan(planProps(at, variant, classes, rulesOf(props, variant)));
    const findings = "plan" in outcome ? tooWide(at, outcome.plan) : outcome.findings;
    if ("plan" in outcome && findings.length === 0) {
      places.push({ site: at.site, pool: at.pool.name, plan: outcome.plan });
    } else {
      refused.push({ at, findings });
    }
  }
  if (places.length === 0) {
    const found = refused.map(({ at, findings }) => ({ at: `${at.site}/${at.pool.name}`, findings }));
    addMerged(problems, `variant "${variant.name}"`, found);
  }
  return {
    sized: { workload: `${id}-${variant.name}`, variant, classes, places },
    unfit: refused.map(({ at, findings }) => ({
      variant: variant.name,
      site: at.site,
      pool: at.pool.name,
      because: findings.map(renderFinding),
    })),
  };
}

/**
 * Countries of each variant: all classes ask at each site, not only those that it is sized for.
 *
 * @throws ResidenciesDisjoint, PoolResidencyWider
 */
function residenciesOf(problems: Problems, { classes, placement, variants }: PlacedEndpointProps) {
  const shared = residencyOf(problems, classes, placement.residency);
  const own = variants.map((variant) => {
    const given = variant.placement?.residency;
    return given === undefined ? shared : residencyOf(problems, classes, given);
  });
  problems.throwIfAny();
  return own;
}

/** Adds what `toSizedPool` throws. */
function workloadOf(
  problems: Problems,
  props: PlacedEndpointProps,
  residency: Residency,
  { workload, variant, classes, places }: SizedVariant,
): readonly SizedPool[] {
  try {
    const rules = rulesOf(props, variant);
    return [toSizedPool(workload, classes, places, { ...rules, residency })];
  } catch (error) {
    if (ValidationError.is(error)) {
      addFindings(problems, `variant "${variant.name}"`, error.findings);
      return [];
    }
    throw error;
  }
}

/**
 * Sizes the variants for the pools of the sites, and hands them to the planner.
 *
 * @throws UnknownSite, SiteWithoutModel, NothingAllowed, MissingValue, NotOneOf, DuplicateValue, what `planEndpoint` finds if
 *   no pool fits, what `toSizedPool` throws, DuplicateWorkload, PlanAlreadyMade
 */
export function declarePlacedEndpoint(
  problems: Problems,
  platform: PlatformContext,
  planner: PlatformPlanner,
  id: string,
  props: PlacedEndpointProps,
): DeclaredEndpoint {
  sitesOf(problems, platform, Object.keys(props.at ?? {}));
  checkNames(problems, props);
  const made = props.variants.map((variant) => sizeVariant(problems, planner, id, props, variant));
  problems.throwIfAny();
  const variants = made.map(({ sized }) => sized);
  const residencies = residenciesOf(problems, props);
  const workloads = variants.flatMap((sized, index) =>
    workloadOf(problems, props, residencies[index]!, sized),
  );
  problems.throwIfAny();
  planner.addAll(workloads);
  const parts = new Map<string, IModelEndpoint>();
  const names = workloads.map(({ name }) => name);
  const endpoint = new PlacedEndpoint(
    id,
    parts,
    made.flatMap(({ unfit }) => unfit),
    () => planner.describeLeftOut(names),
  );
  const declared = { id, props, variants, parts, endpoint };
  planner.endpoints.push(declared);
  return declared;
}

function replicasOf(parts: readonly SitePart[]): PlannedReplicas {
  const count = (phase: string) => parts.find(({ serving }) => serving?.phase === phase)?.serving?.replicas;
  const together = count("both");
  return together === undefined
    ? { kind: "split", prefill: count("prefill")!, decode: count("decode")! }
    : { kind: "together", count: together };
}

/** A variant as the plan has it at a site; none if it is elsewhere. */
function variantAt(
  planner: PlatformPlanner,
  { props }: DeclaredEndpoint,
  { workload, variant, classes, places }: SizedVariant,
  site: string,
): readonly KubernetesVariantProps[] {
  const parts = planner.sitePlan(site).parts.filter((part) => part.workload === workload);
  const [first] = parts;
  if (first === undefined) {
    return [];
  }
  const { plan } = places.find((place) => place.site === site && place.pool === first.capacityPool)!;
  const { offers } = planner.model(site, "endpoint").pools.find(({ name }) => name === first.capacityPool)!;
  const price = offers.find(({ model }) => model === first.purchase)!.usdPerAcceleratorHour;
  const accelerators = parts.reduce((sum, part) => sum + part.accelerators, 0);
  const nodes = (phase: string) => parts.find(({ serving }) => serving?.phase === phase)?.nodePool;
  const pool = nodes("both") ?? nodes("decode")!;
  const prefill = nodes("prefill");
  const { sizedFor: _for, sizing: _sizing, accelerators: _acc, placement: _rules, ...rest } = variant;
  return [
    {
      ...rest,
      ...props.at[site]!.variants?.[variant.name],
      plan: planWithReplicas(plan, classes, replicasOf(parts), accelerators * price),
      pool,
      ...(prefill === undefined || prefill === pool ? {} : { prefillPool: prefill }),
    },
  ];
}

/** Makes the part of each endpoint that the plan puts to a site, in the cluster that follows the plan there. */
export function placeEndpoints(
  platform: PlatformContext,
  planner: PlatformPlanner,
  siteName: string,
  cluster: IAcceleratorCluster,
): void {
  const site = platform.site(siteName);
  for (const declared of planner.endpoints) {
    const { id, props, parts } = declared;
    const variants = declared.variants.flatMap((sized) => variantAt(planner, declared, sized, siteName));
    if (variants.length > 0) {
      const { variants: _variants, ...options } = props.at[siteName]!;
      const shared = { site, namePrefix: endpointPrefix(platform), classes: props.classes };
      parts.set(siteName, compilers.cluster().place(platform, id, shared, options, cluster, variants));
    }
  }
}
