import type { AwsCluster } from "../../lib/cluster/aws/cluster";
import type { AwsSite, Site } from "../../lib/fabric/site";
import { AwsObservability } from "../../lib/observability/aws/observability";
import type { ScrapedCluster } from "../../lib/observability/aws/props";
import { SageMakerObservability } from "../../lib/observability/aws/sagemaker";
import type { IObservability, ObservabilityProps } from "../../lib/observability/observability";
import type { IModelEndpoint } from "../../lib/serving/serving";
import type { ObservedByAmazon, ObservedByCloudWatch } from "../observability-props";
import type { PlatformContext } from "../platform-context";

type Choices<T> = Readonly<Record<string, T>>;

function only<T>(choices: Choices<T>, keep: (name: string) => boolean): Choices<T> {
  return Object.fromEntries(Object.entries(choices).filter(([name]) => keep(name)));
}

/** The cluster of the site, which is in the same stack. @throws NoClusterAtSite */
function clusterOf(platform: PlatformContext, site: Site): ScrapedCluster {
  const { controlPlane } = platform.clusterAt(site.name) as AwsCluster;
  return { clusterArn: controlPlane.cluster.arn, subnetIds: controlPlane.subnetIds };
}

/**
 * All of it in the foundation: Amazon's scraper reads the cluster from outside, and CloudWatch has SageMaker's metrics already.
 * Each part gets the choices that are its own.
 */
export function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  props: ObservabilityProps,
  { in: _in, ...options }: ObservedByAmazon,
  endpoints: readonly IModelEndpoint[],
): IObservability {
  const foundation = platform.stack(site.name, "foundation");
  const { withoutSlo = {}, limits: { idleShare } = {}, namePrefix } = props;
  const inCloud = new Set(endpoints.flatMap(({ classes }) => classes.map(({ name }) => name)));
  const scraped = new Set((props.classes ?? []).map(({ name }) => name));
  if (endpoints.length > 0) {
    new SageMakerObservability(foundation, `${id}-endpoints`, {
      site: site as AwsSite,
      namePrefix,
      endpoints,
      withoutSlo: only(withoutSlo, (name) => inCloud.has(name)),
      limits: { idleShare },
      topics: options.topics,
    });
  }
  return new AwsObservability(foundation, id, {
    ...options,
    ...props,
    cluster: options.cluster === "platform" ? clusterOf(platform, site) : options.cluster,
    withoutSlo: only(withoutSlo, (name) => scraped.has(name) || !inCloud.has(name)),
    site: site as AwsSite,
  });
}

/** CloudWatch alone. */
export function compileEndpoints(
  platform: PlatformContext,
  id: string,
  site: Site,
  { namePrefix, withoutSlo, limits }: ObservabilityProps,
  { topics }: ObservedByCloudWatch,
  endpoints: readonly IModelEndpoint[],
): IObservability {
  return new SageMakerObservability(platform.stack(site.name, "foundation"), id, {
    site: site as AwsSite,
    namePrefix,
    endpoints,
    withoutSlo,
    limits,
    topics,
  });
}
