import type { AcceleratorClusterProps, IAcceleratorCluster } from "../lib/cluster/cluster";
import type { ClusterOperatorsProps } from "../lib/cluster/in-cluster/operators";
import type { ClusterQueuesProps } from "../lib/cluster/in-cluster/queues";
import { CoreErrors } from "../lib/core/errors";
import { resourceName } from "../lib/core/naming";
import type { Problems } from "../lib/core/problems";
import type { RemovalPolicy } from "../lib/core/removal-policy";
import type { Site, SiteKind } from "../lib/fabric/site";
import type { AwsClusterOptions } from "./compilers/aws-cluster";
import type { GoogleClusterOptions } from "./compilers/google-cluster";
import type { PlannedContents } from "./compilers/in-cluster";
import type { KubernetesClusterOptions } from "./compilers/kubernetes-cluster";
import { StackErrors } from "./errors";
import type { PlannedPools } from "./planned-pools";
import type { PlatformContext } from "./platform-context";
import { withPeer } from "./providers";

/** A cluster at one site of a platform. */
export interface PlatformClusterProps
  extends Omit<AcceleratorClusterProps, "site" | "namePrefix">,
    Omit<ClusterQueuesProps, "cluster" | "removalPolicy"> {
  /** Name of the site. A site has one cluster. */
  readonly at: string;
  /**
   * Pools that follow from the plan, beside those in `pools`; `{}` takes all of them with their defaults. One for each
   * capacity pool of the site's model that took workloads (for each topology of TPUs), named after it: accelerators and
   * nodes from the plan, closeness from its intent. Makes the plan, so all workloads must be there. Options for pools that
   * took nothing wait until they do. @default - none: only `pools`
   */
  readonly plannedPools?: PlannedPools;
  /**
   * HyperNodes of Volcano, which you install yourself, from the domain labels of the site's model. Needs `plannedPools`.
   * @default false
   */
  readonly hyperNodes?: boolean;
  /** What is installed in the cluster. @default - what its pools need and its provider does not bring */
  readonly operators?: Omit<ClusterOperatorsProps, "cluster" | "dependsOn">;
  /**
   * Of the cluster, its keys and the namespaces of operators and teams. `destroy` needs the app's consent too, see
   * `mayDestroy`. @default "retain"
   */
  readonly removalPolicy?: RemovalPolicy;
  /** Choices for an AWS site, network included: needed there, refused elsewhere. */
  readonly aws?: AwsClusterOptions;
  /** Choices for a Google site, network and zones included: needed there, refused elsewhere. */
  readonly google?: GoogleClusterOptions;
  /** Choices for a Kubernetes site, provider and nodes included: needed there, refused elsewhere. */
  readonly kubernetes?: KubernetesClusterOptions;
}

const NEEDED: Readonly<Record<SiteKind, string>> = {
  aws: "aws: { network: { cidrBlock, availabilityZones } }",
  google: "google: { network: { nodesCidr, podsCidr, servicesCidr }, zones }",
  kubernetes: 'kubernetes: { provider: "coreweave" }, or { provider: "generic", nodes }',
};

const KINDS: readonly SiteKind[] = ["aws", "google", "kubernetes"];

/** Loaded when a cluster of their kind exists, and with them the bindings of that provider. */
const compilers = {
  aws: () =>
    withPeer(
      "AwsCluster",
      "aws",
      () => require("./compilers/aws-cluster") as typeof import("./compilers/aws-cluster"),
    ),
  google: () =>
    withPeer(
      "GoogleCluster",
      "google",
      () => require("./compilers/google-cluster") as typeof import("./compilers/google-cluster"),
    ),
  kubernetes: () =>
    withPeer(
      "KubernetesCluster",
      "kubernetes",
      () => require("./compilers/kubernetes-cluster") as typeof import("./compilers/kubernetes-cluster"),
    ),
  inCluster: () =>
    withPeer(
      "ClusterOperators",
      "kubernetes",
      () => require("./compilers/in-cluster") as typeof import("./compilers/in-cluster"),
    ),
};

/** Options of the site's own kind are there, and no others. */
function checkOptions(problems: Problems, site: Site, props: PlatformClusterProps): void {
  if (props[site.kind] === undefined) {
    problems.add(CoreErrors.MissingValue, {
      subject: site.kind,
      given: undefined,
      allowed: NEEDED[site.kind],
      fix: `site "${site.name}" is of kind ${site.kind}: give ${NEEDED[site.kind]}`,
    });
  }
  const options: { readonly network?: unknown } | undefined = props[site.kind] as object | undefined;
  if (options !== undefined && site.kind !== "kubernetes" && typeof options.network !== "object") {
    problems.add(CoreErrors.MissingValue, {
      subject: `${site.kind}.network`,
      given: options.network,
      allowed: NEEDED[site.kind],
    });
  }
  for (const kind of KINDS.filter((each) => each !== site.kind && props[each] !== undefined)) {
    problems.add(StackErrors.OptionsWithoutSite, { subject: kind, given: "options", allowed: site.kind });
  }
}

/** The cluster and its pools: in the foundation of a cloud, or in the platform stack of a cluster that exists. */
export function buildCluster(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  props: PlatformClusterProps,
): IAcceleratorCluster {
  const site = platform.site(props.at);
  checkOptions(problems, site, props);
  problems.throwIfAny();
  const shared = {
    pools: props.pools,
    kubernetesVersion: props.kubernetesVersion,
    namePrefix: resourceName([platform.name, platform.environment, id, site.name], { maxLength: 32 }),
  };
  const removal = { removalPolicy: props.removalPolicy };
  switch (site.kind) {
    case "aws":
      return compilers.aws().compile(platform, id, { ...shared, site }, { ...removal, ...props.aws! });
    case "google":
      return compilers.google().compile(platform, id, { ...shared, site }, { ...removal, ...props.google! });
    case "kubernetes":
      return compilers.kubernetes().compile(platform, id, { ...shared, site }, props.kubernetes!);
  }
}

/** What is inside the cluster: operators in its platform stack, queues and objects in its workloads stack. */
export function fillCluster(
  platform: PlatformContext,
  id: string,
  cluster: IAcceleratorCluster,
  props: PlatformClusterProps,
  planned?: PlannedContents,
) {
  const {
    at,
    pools: _pools,
    plannedPools: _planned,
    hyperNodes: _hyperNodes,
    kubernetesVersion: _v,
    operators,
    aws: _a,
    google: _g,
    kubernetes: _k,
    ...queues
  } = props;
  const { removalPolicy } = props;
  return compilers
    .inCluster()
    .compile(platform, at, id, cluster, { removalPolicy, ...operators }, queues, planned);
}
