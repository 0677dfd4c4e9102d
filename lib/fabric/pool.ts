import type { InterfaceLayout, MachineFacts } from "../catalog/facts";
import { CoreErrors } from "../core/errors";
import { LABEL_KEY, LABEL_VALUE } from "../core/label-rules";
import { COMMON_NAME, type NameRule, Problems } from "../core/problems";
import { type Capacity, capacityOrder } from "./capacity";
import { shown, truth } from "./given-facts";
import { checkSharing, type Sharing } from "./sharing";
import { isSlice, type Slice } from "./slice";
import { checkList, checkObject, checkText, isObject, refuseTakenName } from "./untyped";

/** Keeps pods away that do not tolerate it. */
export interface Taint {
  readonly key: string;
  /** @default "" */
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** What may happen to nodes that run something. */
export interface DisruptionRules {
  /** Nodes that may be down at once while nodes are replaced: a number, or a percentage such as `10%`. @default 1 */
  readonly maxUnavailable?: number | string;
  /** Replace nodes whose hardware or kubelet is reported broken. @default true */
  readonly repair?: boolean;
  /**
   * Minutes that a node which is to go waits for its pods, 1 to 1,440: longer than the longest checkpoint or generation.
   * @default 60
   */
  readonly drainMinutes?: number;
  /** Empty nodes of an elastic pool are given back after so many minutes, 1 to 1,440. @default 10 */
  readonly emptyAfterMinutes?: number;
}

export const DISRUPTION_DEFAULTS: Required<DisruptionRules> = Object.freeze({
  maxUnavailable: 1,
  repair: true,
  drainMinutes: 60,
  emptyAfterMinutes: 10,
});

/**
 * A group of equal nodes. The same declaration compiles at every kind of site; what a site cannot do is refused.
 */
export interface AcceleratorPoolProps {
  /** Lower-case, unique in the cluster; part of names and labels. */
  readonly name: string;
  readonly slice: Slice;
  /**
   * How nodes are acquired. Several: in the order in which they are tried.
   * @default Capacity.onDemand()
   */
  readonly capacity?: Capacity | readonly Capacity[];
  /**
   * What the nodes are for, as the label `hybrid-ai.io/tier`: `training`, `serving`, `batch`, `system`, or a word of
   * your own. At least one pool of a cloud cluster is of tier `system`.
   * @default - `system` for CPU pools, `training` for the others
   */
  readonly tier?: string;
  /** More labels of the nodes. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** More taints. Accelerators are tainted with their resource's name anyway. @default - none */
  readonly taints?: readonly Taint[];
  /**
   * Machine type of the site's provider, or facts of one that the catalogue does not know (`Machine.aws({ … })`).
   * Ties the declaration to one kind of site.
   * @default - the catalogue's choice for accelerator and count at the site
   */
  readonly machineType?: string | MachineFacts;
  /**
   * Zones for the nodes. Ties the declaration to one region.
   * @default - the zone of the reservation if that says one, else the cluster's choice; one zone for gangs
   */
  readonly zones?: readonly string[];
  /** Several pods per GPU. @default - one pod has whole GPUs */
  readonly sharing?: Sharing;
  /** Which network interfaces nodes with EFA get; refused where the site has no such choice. @default "ip-optimized" */
  readonly interfaceLayout?: InterfaceLayout;
  /**
   * Nodes are put close to each other, because one job spans them.
   * @default - true for several nodes of tier `training`, false otherwise
   */
  readonly closeTogether?: boolean;
  /** Pods per node, 8 to 256. @default - the site's default for the machine type */
  readonly maxPodsPerNode?: number;
  /** Size of the boot disk, 30 to 16,384 GiB: container images of frameworks are large. @default 200 */
  readonly bootDiskGib?: number;
  /** @default - the defaults of `DisruptionRules` */
  readonly disruption?: DisruptionRules;
}

/** A pool with its defaults filled in and everything checked that does not depend on the site. */
export interface AcceleratorPool {
  readonly name: string;
  readonly slice: Slice;
  readonly capacity: readonly Capacity[];
  readonly tier: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly machineType?: string | MachineFacts;
  readonly zones?: readonly string[];
  readonly sharing?: Sharing;
  readonly interfaceLayout?: InterfaceLayout;
  readonly closeTogether: boolean;
  readonly maxPodsPerNode?: number;
  readonly bootDiskGib: number;
  readonly disruption: Required<DisruptionRules>;
}

const PERCENT: NameRule = { pattern: /^([1-9]|[1-9][0-9]|100)%$/, maxLength: 4, form: "1% to 100%" };
const MINUTES = { min: 1, max: 1440 };

function checkDisruption(problems: Problems, rules: Required<DisruptionRules>): void {
  const { maxUnavailable } = rules;
  if (typeof maxUnavailable === "number") {
    problems.literalInteger("disruption.maxUnavailable", maxUnavailable, { min: 1, max: 100 });
  } else {
    problems.name("disruption.maxUnavailable", maxUnavailable, PERCENT);
  }
  problems.literalInteger("disruption.drainMinutes", rules.drainMinutes, MINUTES);
  problems.literalInteger("disruption.emptyAfterMinutes", rules.emptyAfterMinutes, MINUTES);
}

function checkMetadata(problems: Problems, { labels, taints }: AcceleratorPool): void {
  for (const [key, value] of Object.entries(labels)) {
    problems.name(`label key "${key}"`, key, LABEL_KEY);
    problems.name(`label "${key}"`, value, LABEL_VALUE);
  }
  for (const { key, value = "", effect } of taints) {
    problems.name(`key of taint "${key}"`, key, LABEL_KEY);
    problems.name(`taint "${key}"`, value, LABEL_VALUE);
    problems.oneOf(`effect of taint "${key}"`, effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]);
  }
  problems.unique(
    "taints",
    taints.map(({ key, effect }) => `${key}:${effect}`),
  );
}

/** Whether one job is meant to span nodes: several nodes of tier `training`. */
function spansNodes(slice: Slice, tier: string): boolean {
  const most = slice.kind === "tpu" ? slice.shape.nodes : slice.nodes.max;
  return slice.kind !== "cpu" && tier === "training" && most > 1;
}

/**
 * Programs run without type checks: what is not of its type at all is refused before it is read.
 *
 * @returns whether the rest of the checks can read the pool
 */
function checkTypes(problems: Problems, props: AcceleratorPoolProps): boolean {
  const { slice, labels, taints, zones, disruption } = props;
  const object = (subject: string, value: unknown, allowed: string) =>
    value === undefined || checkObject(problems, subject, value, allowed);
  const readable = [
    checkSlice(problems, slice),
    object("labels", labels, "an object of texts"),
    object("disruption", disruption, "an object, see DisruptionRules"),
    checkList(problems, "zones", zones, "a list of names of zones"),
    checkList(problems, "taints", taints, "a list of { key, effect }") &&
      (taints ?? [])
        .map((taint, index) => object(`taints[${index}]`, taint ?? null, "{ key, effect }"))
        .every((fine) => fine),
  ].every((fine) => fine);
  truth(problems, "closeTogether", props.closeTogether);
  truth(problems, "disruption.repair", disruption?.repair);
  return readable;
}

function checkSlice(problems: Problems, slice: Slice): boolean {
  const allowed = "what Slice.accelerators, Slice.tpu or Slice.cpu returned";
  if (isSlice(slice)) {
    return true;
  }
  if (problems.required("slice", slice, allowed) && problems.literal("slice", slice, allowed)) {
    problems.add(CoreErrors.NotOneOf, { subject: "slice", given: slice, allowed });
  }
  return false;
}

function checkZones(problems: Problems, zones: readonly string[]): void {
  if (zones.length === 0) {
    problems.required("zones", undefined, "one zone or more");
  }
  for (const [index, zone] of zones.entries()) {
    checkText(problems, `zones[${index}]`, zone, "the name of a zone, as a literal");
  }
  problems.unique("zones", zones);
}

function checkMachineType(problems: Problems, machineType: unknown): void {
  const name = isObject(machineType) ? Reflect.get(machineType, "name") : machineType;
  checkText(problems, "machineType", name, "the name of a machine type, or facts of one that have it");
}

/**
 * Fills in the defaults of a pool and checks what holds at every site.
 *
 * @param where names the cluster, for the message
 * @throws InvalidName, TokenNotAllowed, MissingValue, CapacityOrderInvalid, SharingNotSupported, NumberOutOfRange,
 *   NotOneOf, DuplicateValue
 */
export function checkPool(where: string, props: AcceleratorPoolProps): AcceleratorPool {
  const problems = new Problems(`${where} pool "${shown(props.name)}"`);
  problems.name("name", props.name, COMMON_NAME);
  refuseTakenName(problems, "name", props.name);
  if (!checkTypes(problems, props)) {
    problems.throwIfAny();
  }
  const { slice } = props;
  const tier = props.tier ?? (slice.kind === "cpu" ? "system" : "training");
  const pool: AcceleratorPool = {
    name: props.name,
    slice,
    capacity: capacityOrder(problems, props.capacity),
    tier,
    labels: props.labels ?? {},
    taints: props.taints ?? [],
    machineType: props.machineType,
    zones: props.zones,
    sharing: props.sharing,
    interfaceLayout: props.interfaceLayout,
    closeTogether: props.closeTogether ?? spansNodes(slice, tier),
    maxPodsPerNode: props.maxPodsPerNode,
    bootDiskGib: props.bootDiskGib ?? 200,
    disruption: { ...DISRUPTION_DEFAULTS, ...defined(props.disruption) },
  };
  problems.name("tier", tier, COMMON_NAME);
  checkMetadata(problems, pool);
  checkSharing(problems, slice, pool.sharing);
  checkDisruption(problems, pool.disruption);
  if (pool.interfaceLayout !== undefined) {
    problems.oneOf("interfaceLayout", pool.interfaceLayout, ["ip-optimized", "bandwidth-optimized"]);
  }
  if (pool.machineType !== undefined) {
    checkMachineType(problems, pool.machineType);
  }
  if (pool.zones !== undefined) {
    checkZones(problems, pool.zones);
  }
  if (pool.maxPodsPerNode !== undefined) {
    problems.literalInteger("maxPodsPerNode", pool.maxPodsPerNode, { min: 8, max: 256 });
  }
  problems.literalInteger("bootDiskGib", pool.bootDiskGib, { min: 30, max: 16_384 });
  problems.throwIfAny();
  return Object.freeze(pool);
}

/** Entries that were given: an explicit `undefined` means the default. */
function defined<T extends object>(given: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(given ?? {}).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
