import { Problems } from "../lib/core/problems";
import type { IModelEndpoint, TrafficClass } from "../lib/serving/serving";
import type { SizedPlace } from "../lib/serving/sizing/sized-pool";
import { StackErrors } from "./errors";
import type { PlacedEndpointProps, PlacedVariant, UnfitPool } from "./placed-endpoint-props";
import { PlatformParts } from "./platform-parts";

/**
 * An endpoint at the sites that the plan chose. Its part at a site is made with the cluster there: until then the endpoint
 * is at no site.
 */
export class PlacedEndpoint extends PlatformParts<IModelEndpoint> {
  constructor(
    name: string,
    parts: ReadonlyMap<string, IModelEndpoint>,
    /** Pools of the sites that the plan never saw, because the capacity model refused them. */
    readonly unfit: readonly UnfitPool[],
    private readonly left: () => string,
  ) {
    super(name, "endpoint", parts);
  }

  /** The part at one site. @throws NotPlacedAtSite */
  override at(site: string): IModelEndpoint {
    if (!this.parts.has(site)) {
      const problems = new Problems(`endpoint "${this.name}"`);
      problems.add(StackErrors.NotPlacedAtSite, {
        subject: "site",
        given: site,
        allowed: `${this.sites.join(", ") || "none"}${this.left()}`,
      });
      problems.throwIfAny();
    }
    return super.at(site);
  }
}

/** A variant with its plan in each pool that may have it. */
export interface SizedVariant {
  /** Name among the workloads of the plan. */
  readonly workload: string;
  readonly variant: PlacedVariant;
  readonly classes: readonly TrafficClass[];
  readonly places: readonly SizedPlace[];
}

/** An endpoint whose places the plan finds. */
export interface DeclaredEndpoint {
  readonly id: string;
  readonly props: PlacedEndpointProps;
  readonly variants: readonly SizedVariant[];
  /** Filled when the clusters of its sites are made. */
  readonly parts: Map<string, IModelEndpoint>;
  readonly endpoint: PlacedEndpoint;
}
