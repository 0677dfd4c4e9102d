import { CoreErrors } from "../lib/core/errors";
import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { Site } from "../lib/fabric/site";
import type { MetricsSource } from "../lib/kubernetes/metrics-source";
import type { IObservability, ObservabilityProps } from "../lib/observability/observability";
import type { EndpointAccess, IModelEndpoint, TrafficClass } from "../lib/serving/serving";
import type { PlatformEndpoint } from "./endpoint-props";
import { StackErrors } from "./errors";
import type { PlatformGateway } from "./gateway-props";
import type {
  ObservabilityAtSite,
  PlatformObservability,
  PlatformObservabilityProps,
} from "./observability-props";
import { choicesOfSite, refuseReplaced } from "./observed-at-site";
import type { PlatformContext } from "./platform-context";
import { PlatformParts } from "./platform-parts";
import { withPeer } from "./providers";
import { sitesOf } from "./site-choices";

const PREFIX_LENGTH = 32;

const WATCHERS: Readonly<Record<Site["kind"], readonly ObservabilityAtSite["in"][]>> = {
  aws: ["cluster", "amazon-managed-prometheus", "cloudwatch"],
  google: ["cluster", "google-managed-prometheus"],
  kubernetes: ["cluster"],
};

const compilers = {
  cluster: () =>
    withPeer(
      "KubernetesObservability",
      "kubernetes",
      () =>
        require("./compilers/cluster-observability") as typeof import("./compilers/cluster-observability"),
    ),
  aws: () =>
    withPeer(
      "AwsObservability",
      "aws",
      () => require("./compilers/aws-observability") as typeof import("./compilers/aws-observability"),
    ),
  google: () =>
    withPeer(
      "GoogleObservability",
      "google",
      () => require("./compilers/google-observability") as typeof import("./compilers/google-observability"),
    ),
};

/** Watchers that need no cluster for endpoints that their cloud runs. */
const ALONE: readonly ObservabilityAtSite["in"][] = ["cloudwatch", "google-managed-prometheus"];

/** What was declared on the platform before. */
export interface Watched {
  readonly endpoints: readonly PlatformEndpoint[];
  readonly gateways: readonly PlatformGateway[];
  /** Who publishes metrics of the accelerators, by name of the site. */
  readonly clusters: ReadonlyMap<string, readonly MetricsSource[]>;
}

/** What there is to watch at a site. */
interface SeenAtSite {
  readonly sources: readonly MetricsSource[];
  /** Run by the cloud, which keeps their metrics. */
  readonly cloudEndpoints: readonly IModelEndpoint[];
}

function distinct(classes: readonly TrafficClass[]): readonly TrafficClass[] {
  return [...new Map(classes.map((each) => [each.name, each])).values()];
}

/** Promises are kept or broken where requests come in: classes of gateways; without any, those of endpoints. */
function watchedAt(site: string, { endpoints, gateways, clusters }: Watched) {
  const here = endpoints.flatMap((endpoint): readonly IModelEndpoint[] =>
    endpoint.sites.includes(site) ? [endpoint.at(site)] : [],
  );
  const fronts = gateways.filter((each) => each.site === site).map(({ gateway }) => gateway);
  const cloudEndpoints = here.filter(({ cloudMetrics }) => cloudMetrics !== undefined);
  const inCluster = here.filter(({ cloudMetrics }) => cloudMetrics === undefined);
  const accesses: readonly EndpointAccess[] = inCluster.flatMap((endpoint) =>
    endpoint.variantNames.map((variant) => endpoint.access(variant)),
  );
  return {
    sources: [...[...inCluster, ...fronts].flatMap(({ metrics }) => metrics), ...(clusters.get(site) ?? [])],
    classes: distinct([
      ...fronts.flatMap((front) => front.classes),
      ...(fronts.length > 0 ? [] : inCluster.flatMap(({ classes }) => classes)),
    ]),
    // Costs are divided among the tokens of classes, which only a gateway tells apart.
    endpoints: fronts.length === 0 ? [] : accesses.filter(({ planned }) => planned.usdPerHour !== undefined),
    cloudEndpoints,
  };
}

function checkWatcher(
  problems: Problems,
  site: Site,
  options: ObservabilityAtSite,
  { sources, cloudEndpoints }: SeenAtSite,
): void {
  if (!WATCHERS[site.kind].includes(options.in)) {
    problems.add(CoreErrors.NotOneOf, {
      subject: `at.${site.name}.in`,
      given: options.in,
      allowed: WATCHERS[site.kind].join(", "),
    });
  }
  const scraped = sources.length > 0 && options.in !== "cloudwatch";
  const byCloud = cloudEndpoints.length > 0 && ALONE.includes(options.in);
  if (!scraped && !byCloud) {
    problems.add(StackErrors.NotWatchedThere, {
      subject: `at.${site.name}`,
      given: "no source of metrics",
      allowed:
        options.in === "cloudwatch"
          ? "sites with an endpoint of SageMaker"
          : "sites with an endpoint in their cluster, a gateway, or sources of your own",
      fix:
        site.kind === "aws" && cloudEndpoints.length > 0
          ? `watch it \`in: "cloudwatch"\`: SageMaker publishes nothing that could be scraped`
          : undefined,
    });
  }
}

export function buildObservability(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  { at, ...shared }: PlatformObservabilityProps,
  watched: Watched,
): PlatformObservability {
  const used = sitesOf(problems, platform, Object.keys(at ?? {}));
  refuseReplaced(problems, shared, at ?? {});
  const planned = used.map((site) => {
    const { cloudEndpoints, ...found } = watchedAt(site.name, watched);
    const chosen = choicesOfSite(shared, at[site.name]!);
    const sources = [...found.sources, ...chosen.sources];
    checkWatcher(problems, site, at[site.name]!, { sources, cloudEndpoints });
    return { site, props: { ...chosen, ...found, sources }, cloudEndpoints };
  });
  problems.throwIfAny();
  const namePrefix = resourceName([platform.name, platform.environment, id], { maxLength: PREFIX_LENGTH });
  const parts = planned.map(({ site, props, cloudEndpoints }) => {
    const part = compile(platform, id, site, { ...props, namePrefix }, at[site.name]!, cloudEndpoints);
    return [site.name, part] as const;
  });
  return new PlatformParts(id, "observability", new Map(parts));
}

function compile(
  platform: PlatformContext,
  id: string,
  site: Site,
  props: ObservabilityProps,
  options: ObservabilityAtSite,
  cloudEndpoints: readonly IModelEndpoint[],
): IObservability {
  switch (options.in) {
    case "cluster":
      return compilers.cluster().compile(platform, id, site, props, options);
    case "amazon-managed-prometheus":
      return compilers.aws().compile(platform, id, site, props, options, cloudEndpoints);
    case "cloudwatch":
      return compilers.aws().compileEndpoints(platform, id, site, props, options, cloudEndpoints);
    case "google-managed-prometheus":
      return compilers.google().compile(platform, id, site, props, options, cloudEndpoints);
  }
}
