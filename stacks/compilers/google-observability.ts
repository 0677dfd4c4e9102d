import type { GoogleSite, Site } from "../../lib/fabric/site";
import { GoogleObservability } from "../../lib/observability/google/observability";
import { KubernetesObservability } from "../../lib/observability/kubernetes/observability";
import type { IObservability, ObservabilityProps } from "../../lib/observability/observability";
import type { ObservedByGoogle } from "../observability-props";
import type { PlatformContext } from "../platform-context";

/** Alerts and dashboards in the foundation; what is collected and recorded in the cluster. */
export function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  props: ObservabilityProps,
  { in: _in, ...options }: ObservedByGoogle,
): IObservability {
  const foundation = platform.stack(site.name, "foundation");
  const made = new GoogleObservability(foundation, id, { ...options, ...props, site: site as GoogleSite });
  new KubernetesObservability(platform.stack(site.name, "workloads"), `${id}-collection`, {
    ...props,
    site,
    collector: "gke-managed",
  });
  return made;
}
