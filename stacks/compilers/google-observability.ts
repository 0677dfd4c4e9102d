import type { GoogleSite, Site } from "../../lib/fabric/site";
import { GoogleObservability } from "../../lib/observability/google/observability";
import { KubernetesObservability } from "../../lib/observability/kubernetes/observability";
import type { IObservability, ObservabilityProps } from "../../lib/observability/observability";
import type { IModelEndpoint } from "../../lib/serving/serving";
import type { ObservedByGoogle } from "../observability-props";
import type { PlatformContext } from "../platform-context";

/** Alerts and dashboards in the foundation; what is collected and recorded in the cluster, if there is any. */
export function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  props: ObservabilityProps,
  { in: _in, ...options }: ObservedByGoogle,
  vertexEndpoints: readonly IModelEndpoint[],
): IObservability {
  const foundation = platform.stack(site.name, "foundation");
  const made = new GoogleObservability(foundation, id, {
    ...options,
    ...props,
    vertexEndpoints,
    site: site as GoogleSite,
  });
  if (props.sources.length > 0) {
    const inCluster = new Set((props.classes ?? []).map(({ name }) => name));
    const withoutSlo = Object.entries(props.withoutSlo ?? {}).filter(([name]) => inCluster.has(name));
    new KubernetesObservability(platform.stack(site.name, "workloads"), `${id}-collection`, {
      ...props,
      withoutSlo: Object.fromEntries(withoutSlo),
      site,
      collector: "gke-managed",
    });
  }
  return made;
}
