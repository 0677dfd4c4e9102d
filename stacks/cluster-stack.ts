import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { IAcceleratorCluster } from "../lib/cluster/cluster";
import { Problems } from "../lib/core/problems";
import type { Site } from "../lib/fabric/site";
import { carryCluster } from "./carried-cluster";
import { StackErrors } from "./errors";
import type { ClusterPhase } from "./phase";
import { SiteStack, type SiteStackProps } from "./site-stack";

export interface ClusterStackProps extends Omit<SiteStackProps, "site"> {
  /** A cluster that an earlier stack of the same app makes. */
  readonly cluster: IAcceleratorCluster;
  /** `platform` for operators, `workloads` for everything that needs their custom resources. */
  readonly phase: ClusterPhase;
}

function producerOf(cluster: IAcceleratorCluster): SiteStack {
  const producer = TerraformStack.of(cluster);
  if (!(producer instanceof SiteStack)) {
    const problems = new Problems(cluster.node.path);
    problems.add(StackErrors.ClusterOutsideSiteStack, {
      subject: "cluster",
      given: `a cluster in stack "${producer.node.path}"`,
      allowed: "a cluster in a CloudStack",
    });
    problems.throwIfAny();
  }
  return producer as SiteStack;
}

/**
 * One phase inside a cluster that another stack makes: Kubernetes and Helm providers that reach it with a token of each
 * run, state, ownership labels. Applied after the stack that makes the cluster.
 *
 * @example
 * const cluster = new AwsCluster(foundation, "train", { … });
 * const platform = new ClusterStack(app, "train-platform", { cluster, phase: "platform", … });
 * new ClusterOperators(platform, "operators", { cluster: platform.cluster });
 *
 * @throws ClusterOutsideSiteStack, ProviderPackageMissing
 */
export class ClusterStack extends SiteStack<Site> {
  /** The cluster as constructs of this stack may use it: unknown values are read from the other stack's state. */
  readonly cluster: IAcceleratorCluster;

  constructor(scope: Construct, id: string, { cluster, phase, ...rest }: ClusterStackProps) {
    const producer = producerOf(cluster);
    let carried = cluster;
    super(scope, id, phase, { ...rest, site: cluster.site }, (stack) => {
      carried = carryCluster(stack, producer, cluster);
      return carried.access;
    });
    this.cluster = carried;
  }
}

/** The cluster as constructs of a stack of the same site may use it. */
export function clusterSeenFrom(stack: SiteStack, cluster: IAcceleratorCluster): IAcceleratorCluster {
  return stack instanceof ClusterStack
    ? stack.cluster
    : carryCluster(stack, TerraformStack.of(cluster) as SiteStack, cluster);
}
