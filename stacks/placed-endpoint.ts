import { Problems } from "../lib/core/problems";
import type { IModelEndpoint } from "../lib/serving/serving";
import { StackErrors } from "./errors";
import type { UnfitPool } from "./placed-endpoint-props";
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
