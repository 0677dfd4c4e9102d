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
  aws: ["cluster", "amazon-managed-prometheus"],
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

/** What was declared on the platform before. */
export interface Watched {
  readonly endpoints: readonly PlatformEndpoint[];
  readonly gateways: readonly PlatformGateway[];
  /** Who publishes metrics of the accelerators, by name of the site. */
  readonly clusters: ReadonlyMap<string, readonly MetricsSource[]>;
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
  const accesses: readonly EndpointAccess[] = here.flatMap((endpoint) =>
    endpoint.variantNames.map((variant) => endpoint.access(variant)),
  );
  return {
    sources: [...[...here, ...fronts].flatMap(({ metrics }) => metrics), ...(clusters.get(site) ?? [])],
    classes: distinct([
      ...fronts.flatMap((front) => front.classes),
      ...(fronts.length > 0 ? [] : here.flatMap(({ classes }) => classes)),
    ]),
    // Costs are divided among the tokens of classes, which only a gateway tells apart.
    endpoints: fronts.length === 0 ? [] : accesses.filter(({ planned }) => planned.usdPerHour !== undefined),
  };
}

function checkWatcher(
  problems: Problems,
  site: Site,
  options: ObservabilityAtSite,
  sources: readonly unknown[],
): void {
  if (!WATCHERS[site.kind].includes(options.in)) {
    problems.add(CoreErrors.NotOneOf, {
      subject: `at.${site.name}.in`,
      given: options.in,
      allowed: WATCHERS[site.kind].join(", "),
    });
  }
  if (sources.length === 0) {
    problems.add(StackErrors.NotWatchedThere, {
      subject: `at.${site.name}`,
      given: "no source of metrics",
      allowed: "sites with an endpoint in their cluster, a gateway, or sources of your own",
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
    const found = watchedAt(site.name, watched);
    const chosen = choicesOfSite(shared, at[site.name]!);
    const sources = [...found.sources, ...chosen.sources];
    checkWatcher(problems, site, at[site.name]!, sources);
    return { site, props: { ...chosen, ...found, sources } };
  });
  problems.throwIfAny();
  const namePrefix = resourceName([platform.name, platform.environment, id], { maxLength: PREFIX_LENGTH });
  const parts = planned.map(({ site, props }) => {
    const part = compile(platform, id, site, { ...props, namePrefix }, at[site.name]!);
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
): IObservability {
  switch (options.in) {
    case "cluster":
      return compilers.cluster().compile(platform, id, site, props, options);
    case "amazon-managed-prometheus":
      return compilers.aws().compile(platform, id, site, props, options);
    case "google-managed-prometheus":
      return compilers.google().compile(platform, id, site, props, options);
  }
}
