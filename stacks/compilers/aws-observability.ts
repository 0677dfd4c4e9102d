import type { AwsSite, Site } from "../../lib/fabric/site";
import { AwsObservability } from "../../lib/observability/aws/observability";
import type { IObservability, ObservabilityProps } from "../../lib/observability/observability";
import type { ObservedByAmazon } from "../observability-props";
import type { PlatformContext } from "../platform-context";

/** All of it in the foundation: Amazon's scraper reads the cluster from outside. */
export function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  props: ObservabilityProps,
  { in: _in, ...options }: ObservedByAmazon,
): IObservability {
  const foundation = platform.stack(site.name, "foundation");
  return new AwsObservability(foundation, id, { ...options, ...props, site: site as AwsSite });
}
