import type { IAcceleratorCluster } from "../lib/cluster/cluster";
import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { Site } from "../lib/fabric/site";
import type { IModelEndpoint } from "../lib/serving/serving";
import type {
  EndpointAtAnySite,
  EndpointAtSite,
  PlatformEndpoint,
  PlatformEndpointProps,
} from "./endpoint-props";
import { StackErrors } from "./errors";
import type { PlatformContext } from "./platform-context";
import { PlatformParts } from "./platform-parts";
import { withPeer } from "./providers";
import { sitesOf } from "./site-choices";

/** Long enough to be told apart, short enough for the names that grow from it. */
const PREFIX_LENGTH = 32;

/** What can run an endpoint at a site, by its kind. */
const RUNNERS: Readonly<Record<Site["kind"], readonly EndpointAtSite["in"][]>> = {
  aws: ["cluster", "sagemaker"],
  google: ["cluster", "vertex"],
  kubernetes: ["cluster"],
};

export const compilers = {
  cluster: () =>
    withPeer(
      "KubernetesModelEndpoint",
      "kubernetes",
      () => require("./compilers/cluster-endpoint") as typeof import("./compilers/cluster-endpoint"),
    ),
  sagemaker: () =>
    withPeer(
      "SageMakerEndpoint",
      "aws",
      () => require("./compilers/aws-endpoint") as typeof import("./compilers/aws-endpoint"),
    ),
  vertex: () =>
    withPeer(
      "VertexEndpoint",
      "google",
      () => require("./compilers/google-endpoint") as typeof import("./compilers/google-endpoint"),
    ),
};

/** Start of the names of all endpoints of a platform. */
export function endpointPrefix({ name, environment }: PlatformContext): string {
  return resourceName([name, environment], { maxLength: PREFIX_LENGTH });
}

/** Adds EndpointNotAtSite. */
function checkRunner(problems: Problems, site: Site, { in: runner }: EndpointAtSite): void {
  if (!RUNNERS[site.kind].includes(runner)) {
    problems.add(StackErrors.EndpointNotAtSite, {
      subject: `at.${site.name}.in`,
      given: runner,
      allowed: RUNNERS[site.kind].join(", "),
    });
  }
}

/** @param clusterAt the platform's cluster at a site */
export function buildEndpoint(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  { classes, at }: PlatformEndpointProps,
  clusterAt: (site: string) => IAcceleratorCluster | undefined,
): PlatformEndpoint {
  const used = sitesOf(problems, platform, Object.keys(at ?? {}));
  for (const site of used) {
    checkRunner(problems, site, at[site.name]!);
  }
  problems.throwIfAny();
  const namePrefix = endpointPrefix(platform);
  const parts = used.map((site) => {
    const options = at[site.name]!;
    const cluster = clusterAt(site.name);
    return [
      site.name,
      compile(problems, platform, id, { site, namePrefix, classes }, options, cluster),
    ] as const;
  });
  return new PlatformParts(id, "endpoint", new Map(parts));
}

function compile(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  shared: EndpointAtAnySite,
  options: EndpointAtSite,
  cluster: IAcceleratorCluster | undefined,
): IModelEndpoint {
  switch (options.in) {
    case "cluster":
      return compilers.cluster().compile(problems, platform, id, shared, options, cluster);
    case "sagemaker":
      return compilers.sagemaker().compile(platform, id, shared, options);
    case "vertex":
      return compilers.vertex().compile(platform, id, shared, options);
  }
}
