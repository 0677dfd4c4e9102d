import type { IAcceleratorCluster } from "../lib/cluster/cluster";
import type { Ownership } from "../lib/core/tags";
import type { Site } from "../lib/fabric/site";
import type { Phase } from "./phase";
import type { SiteStack } from "./site-stack";

/** What the parts of a platform may ask of it. */
export interface PlatformContext {
  /** Start of all names. */
  readonly name: string;
  readonly environment: string;
  /** Who owns all of it. */
  readonly ownership: Ownership;
  /** The stack of a site and phase, made on first use. */
  stack(siteName: string, phase: Phase): SiteStack;
  site(name: string): Site;
  /**
   * The cluster that the platform made at the site, as the stack that makes it sees it.
   *
   * @throws NoClusterAtSite
   */
  clusterAt(siteName: string): IAcceleratorCluster;
}
