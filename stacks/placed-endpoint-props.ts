import type { AcceleratorFacts } from "../lib/catalog/facts";
import type { KubernetesVariantProps } from "../lib/serving/kubernetes/props";
import type { TrafficClass } from "../lib/serving/serving";
import type { InferencePoolRules } from "../lib/serving/sizing/pool";
import type { EndpointPlanProps } from "../lib/serving/sizing/types";
import type { EndpointInCluster } from "./endpoint-props";

/** Where requests come from, and what is never traded for cost. */
export type EndpointPlacement = InferencePoolRules;

/** A variant whose accelerators, pool, site and replicas the platform finds. */
export interface PlacedVariant extends Omit<KubernetesVariantProps, "plan" | "pool" | "prefillPool"> {
  /** Names of the classes that it is sized for. @default - all of the endpoint */
  readonly sizedFor?: readonly string[];
  /**
   * Choices of the capacity model. Machines, network and prices are those of the sites' models, round trips those of the
   * users. @default - see `EndpointPlanProps`
   */
  readonly sizing?: Omit<
    EndpointPlanProps,
    | "model"
    | "classes"
    | "accelerator"
    | "acceleratorsPerNode"
    | "scaleUpDomain"
    | "networkGbps"
    | "price"
    | "rttMs"
  >;
  /**
   * Accelerators that it may have: names in the catalogue, or facts of those that it does not know.
   * @default - all of the sites' models
   */
  readonly accelerators?: readonly (string | AcceleratorFacts)[];
  /** Laid over the endpoint's. @default - the endpoint's */
  readonly placement?: Partial<EndpointPlacement>;
}

/** What differs from site to site: images of a nearer registry, another store, a volume with weights. */
export type VariantAtSite = Partial<
  Pick<PlacedVariant, "engine" | "cache" | "objectStorage" | "start" | "cpus" | "memoryGib">
>;

/** A site at which the plan may put the endpoint: in the platform's cluster there, which has `plannedPools`. */
export interface PlacedAtSite extends Omit<EndpointInCluster, "in" | "variants"> {
  /** By name of the variant, laid over the declaration. @default - alike at all sites */
  readonly variants?: Readonly<Record<string, VariantAtSite>>;
}

/** A model that answers requests wherever the plan puts it. */
export interface PlacedEndpointProps {
  /** What its requests are promised. */
  readonly classes: readonly TrafficClass[];
  /** One or more. Each is a workload of the plan by the name `<endpoint>-<variant>`. */
  readonly variants: readonly PlacedVariant[];
  readonly placement: EndpointPlacement;
  /** Sites that it may be at, with what it needs there. Each has a model in `placement.models` of the platform. */
  readonly at: Readonly<Record<string, PlacedAtSite>>;
}

/** A pool that cannot have a variant. */
export interface UnfitPool {
  readonly variant: string;
  readonly site: string;
  /** Name of the capacity pool in the site's model. */
  readonly pool: string;
  /** What the capacity model refused, one finding each. */
  readonly because: readonly string[];
}
