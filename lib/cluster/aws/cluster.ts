import type { KmsGrant } from "@cdktf/provider-aws/lib/kms-grant";
import type { PlacementGroup } from "@cdktf/provider-aws/lib/placement-group";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import { type AwsFacts, awsFacts } from "../../core/aws-facts";
import type { AwsKey } from "../../core/aws-key";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { addWarning } from "../../core/warnings";
import type { AwsSite } from "../../fabric/site";
import type { EksAccess } from "../../kubernetes/cluster-access";
import type { ClusterObject, IAcceleratorCluster, ManagedFeature } from "../cluster";
import type { PoolNodes } from "../nodes";
import { checkPools, requireSystemPool } from "../pools";
import { ClusterWarnings } from "../warnings";
import { AwsAddons, chosenAddons } from "./addons";
import { checkAddresses } from "./addresses";
import { AWS_CAPACITY } from "./capacity";
import { checkAwsCluster, checkNetworkFits } from "./checks";
import { AwsControlPlane, DEFAULT_VERSION } from "./control-plane";
import { AwsHybridNodes } from "./hybrid-nodes";
import { grantKeyToAutoScaling, makeClusterKey } from "./key";
import { AwsNodeGroup, type NodeSecurityGroups } from "./node-group";
import { AwsNodeRole } from "./node-role";
import { type PoolPlan, planPool } from "./plan";
import { poolNodes } from "./pool-nodes";
import type { AwsClusterProps } from "./props";

export type { AwsClusterProps } from "./props";

const loadPlacementGroup = () =>
  (
    require("@cdktf/provider-aws/lib/placement-group") as typeof import("@cdktf/provider-aws/lib/placement-group")
  ).PlacementGroup;

/**
 * A cluster on AWS: EKS with one managed node group per pool of fixed size.
 */
export class AwsCluster extends Construct implements IAcceleratorCluster {
  readonly site: AwsSite;
  readonly clusterName: string;
  readonly access: EksAccess;
  readonly pools: ReadonlyMap<string, PoolNodes>;
  readonly managed: readonly ManagedFeature[];
  readonly operatorFacts: Readonly<Record<string, string>>;
  readonly objects: readonly ClusterObject[];
  /** Set unless a key was adopted. */
  readonly key?: AwsKey;
  /** Set if a key was adopted. */
  readonly keyGrant?: KmsGrant;
  readonly encryptionKeyArn: string;
  readonly controlPlane: AwsControlPlane;
  readonly nodeRole: AwsNodeRole;
  readonly addons: AwsAddons;
  /** Of pools with nodes that are always there, by pool. */
  readonly nodeGroups: Readonly<Record<string, AwsNodeGroup>>;
  /** By pool. */
  readonly placementGroups: Readonly<Record<string, PlacementGroup>>;
  /** Set if a pool has EFA. */
  readonly efaSecurityGroup?: SecurityGroup;
  readonly efaIngress?: VpcSecurityGroupIngressRule;
  readonly efaEgress?: VpcSecurityGroupEgressRule;
  /** Set if asked for. */
  readonly hybridNodes?: AwsHybridNodes;

  private readonly facts: AwsFacts;
  private readonly props: AwsClusterProps;

  constructor(scope: Construct, id: string, props: AwsClusterProps) {
    super(scope, id);
    this.site = props.site;
    this.props = props;
    const problems = new Problems(this.node.path);
    checkAwsCluster(problems, props);
    const protect = !mayDestroy(this, props.removalPolicy, problems);
    const plans = this.plan(problems);
    problems.throwIfAny();
    this.warn(plans);
    this.facts = awsFacts(this, props.site);
    const { facts } = this;
    const { namePrefix } = props;
    if (props.encryptionKeyArn === undefined) {
      this.key = makeClusterKey(this, { facts, namePrefix, protect });
    } else {
      this.keyGrant = grantKeyToAutoScaling(this, facts, props.encryptionKeyArn);
    }
    this.encryptionKeyArn = props.encryptionKeyArn ?? this.key!.key.arn;
    this.controlPlane = new AwsControlPlane(this, "control-plane", {
      ...props,
      facts,
      keyArn: this.encryptionKeyArn,
      protect,
    });
    const { cluster } = this.controlPlane;
    this.clusterName = cluster.name;
    this.access = {
      kind: "eks",
      clusterName: cluster.name,
      region: props.site.region,
      endpoint: cluster.endpoint,
      caCertificate: cluster.certificateAuthority.get(0).data,
    };
    this.nodeRole = new AwsNodeRole(this, "node-role", { facts, namePrefix });
    if (plans.some(({ efa }) => efa > 0)) {
      [this.efaSecurityGroup, this.efaIngress, this.efaEgress] = this.makeEfaGroup();
    }
    this.addons = new AwsAddons(this, "addons", {
      facts,
      namePrefix,
      clusterName: cluster.name,
      encryptionKeyArn: this.encryptionKeyArn,
      prefixDelegation: props.prefixDelegation ?? false,
      addons: props.addons ?? {},
    });
    this.placementGroups = this.makePlacementGroups(plans);
    this.nodeGroups = this.makeNodeGroups(plans);
    this.addons.installAfter(this.systemNodes(plans));
    if (props.hybridNodes !== undefined) {
      this.hybridNodes = new AwsHybridNodes(this, "hybrid-nodes", {
        facts,
        namePrefix,
        clusterName: cluster.name,
        options: props.hybridNodes,
      });
    }
    this.pools = new Map(plans.map((plan) => [plan.pool.name, poolNodes(plan)]));
    this.managed = managedFeatures(plans, props);
    this.operatorFacts = { clusterName: cluster.name, region: props.site.region, vpcId: props.network.vpcId };
    this.objects = [];
  }

  private plan(problems: Problems): readonly PoolPlan[] {
    const { props } = this;
    const prefixDelegation = props.prefixDelegation ?? false;
    const pools = checkPools(problems, this.node.path, props.pools, AWS_CAPACITY);
    requireSystemPool(problems, pools);
    const plans = pools.flatMap(
      (pool) => planPool(problems, pool, { network: props.network, prefixDelegation }) ?? [],
    );
    checkNetworkFits(
      problems,
      props,
      plans.some(({ nodes }) => nodes.elastic > 0),
    );
    checkAddresses(problems, plans, props.network, prefixDelegation);
    return plans;
  }

  private warn(plans: readonly PoolPlan[]): void {
    for (const { pool, machine, missingFacts } of plans.filter((plan) => plan.missingFacts.length > 0)) {
      const detail = `pool "${pool.name}", ${machine.name}: ${missingFacts.join(", ")}`;
      addWarning(this, ClusterWarnings.UnknownMachineFacts, detail);
    }
  }

  /** EFA traffic is let through only where the group names itself in both directions. */
  private makeEfaGroup(): [SecurityGroup, VpcSecurityGroupIngressRule, VpcSecurityGroupEgressRule] {
    const { namePrefix, network } = this.props;
    const group = new SecurityGroup(this, "efa", {
      name: `${namePrefix}-efa`,
      description: "EFA traffic between nodes of the cluster",
      vpcId: network.vpcId,
      tags: { Name: `${namePrefix}-efa` },
    });
    const itself = {
      securityGroupId: group.id,
      referencedSecurityGroupId: group.id,
      ipProtocol: "-1",
      description: "EFA between nodes",
    };
    return [
      group,
      new VpcSecurityGroupIngressRule(this, "efa-ingress", itself),
      new VpcSecurityGroupEgressRule(this, "efa-egress", itself),
    ];
  }

  private makePlacementGroups(plans: readonly PoolPlan[]): Record<string, PlacementGroup> {
    const close = plans.filter(({ placementGroup }) => placementGroup);
    return Object.fromEntries(
      close.map(({ pool }) => [
        pool.name,
        new (loadPlacementGroup())(this, `placement-${pool.name}`, {
          name: `${this.props.namePrefix}-${pool.name}`,
          strategy: "cluster",
        }),
      ]),
    );
  }

  private get securityGroups(): NodeSecurityGroups {
    return { cluster: this.controlPlane.securityGroupId, efa: this.efaSecurityGroup?.id };
  }

  private makeNodeGroups(plans: readonly PoolPlan[]): Record<string, AwsNodeGroup> {
    const { namePrefix, kubernetesVersion = DEFAULT_VERSION } = this.props;
    const efaRules = [this.efaIngress, this.efaEgress].filter((rule) => rule !== undefined);
    return Object.fromEntries(
      plans
        .filter(({ nodes }) => nodes.fixed > 0)
        .map((plan) => [
          plan.pool.name,
          new AwsNodeGroup(this, `pool-${plan.pool.name}`, {
            namePrefix,
            clusterName: this.clusterName,
            kubernetesVersion,
            plan,
            nodeRoleArn: this.nodeRole.role.arn,
            securityGroups: this.securityGroups,
            encryptionKeyArn: this.encryptionKeyArn,
            placementGroup: this.placementGroups[plan.pool.name],
            dependsOn: [
              ...this.nodeRole.attachments,
              ...this.addons.beforeNodes,
              ...(plan.efa > 0 ? efaRules : []),
              ...(this.keyGrant ? [this.keyGrant] : []),
            ],
          }),
        ]),
    );
  }

  /** Groups of tier `system`, on which add-ons run that need a node. */
  private systemNodes(plans: readonly PoolPlan[]) {
    return plans
      .filter(({ pool, nodes }) => pool.tier === "system" && nodes.fixed > 0)
      .map(({ pool }) => this.nodeGroups[pool.name]!.nodeGroup);
  }
}

function managedFeatures(plans: readonly PoolPlan[], { addons }: AwsClusterProps): readonly ManagedFeature[] {
  const nvidia = plans.some(({ image }) => image.endsWith("NVIDIA"));
  const repair = chosenAddons(addons).includes("eks-node-monitoring-agent");
  return [...(nvidia ? (["gpu-driver"] as const) : []), ...(repair ? (["node-repair"] as const) : [])];
}
