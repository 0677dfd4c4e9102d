import type { KmsGrant } from "@cdktf/provider-aws/lib/kms-grant";
import type { PlacementGroup } from "@cdktf/provider-aws/lib/placement-group";
import { Construct } from "constructs";
import { type AwsFacts, awsFacts } from "../../core/aws-facts";
import type { AwsKey } from "../../core/aws-key";
import { CoreErrors } from "../../core/errors";
import { fingerprint } from "../../core/naming";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { addWarning } from "../../core/warnings";
import type { AwsRoleIdentity } from "../../fabric/identity";
import type { AwsSite } from "../../fabric/site";
import type { EksAccess } from "../../kubernetes/cluster-access";
import type { ClusterObject, IAcceleratorCluster, ManagedFeature } from "../cluster";
import type { PoolNodes } from "../nodes";
import { checkPools, requireSystemPool } from "../pools";
import { warnOfNewVersion } from "../versions";
import { ClusterWarnings } from "../warnings";
import { ACCESS_POLICIES, type AccessLevel, AwsClusterAccess } from "./access";
import { AwsAddons, chosenAddons } from "./addons";
import { checkAddresses } from "./addresses";
import { AWS_CAPACITY, nodeCounts } from "./capacity";
import { checkAwsCluster, checkKarpenter, checkNetworkFits } from "./checks";
import { AwsControlPlane, DEFAULT_VERSION } from "./control-plane";
import { AwsEfaSecurityGroup } from "./efa-security-group";
import { AwsClusterErrors } from "./errors";
import { AwsHybridNodes } from "./hybrid-nodes";
import { AwsKarpenter } from "./karpenter";
import { karpenterObjects } from "./karpenter-objects";
import { grantKeyToAutoScaling, makeClusterKey } from "./key";
import { AwsNodeGroup, type NodeSecurityGroups } from "./node-group";
import { AwsNodeRole } from "./node-role";
import { type PoolPlan, planPool } from "./plan";
import { AwsPodRole } from "./pod-role";
import { poolNodes } from "./pool-nodes";
import type { AwsClusterProps, PodRoleProps } from "./props";
import { AwsClusterWarnings } from "./warnings";

export type { AwsClusterProps } from "./props";

const loadPlacementGroup = () =>
  (
    require("@cdktf/provider-aws/lib/placement-group") as typeof import("@cdktf/provider-aws/lib/placement-group")
  ).PlacementGroup;

/**
 * An EKS cluster with accelerators.
 *
 * A pool with one capacity has its smallest number of nodes as a managed node group; nodes above that, and all nodes of
 * pools with several capacities, are launched by Karpenter when pods ask for them. What Karpenter needs in AWS is made
 * here; its NodePools are in `objects`, for the stack after the one that installs it.
 *
 * Private by default: no public endpoint, no public node, secrets and disks under a customer key, access by entries of
 * the EKS API only (`grantAccess`), rights of pods by Pod Identity only (`podRole`).
 *
 * `operatorFacts`: `clusterName`, `region`, `vpcId`; with Karpenter also `interruptionQueue` (name of the queue),
 * `isolatedVpc` and `nodeRepair` (`"true"` or `"false"`, for its settings `isolatedVPC` and `featureGates.nodeRepair`).
 *
 * Makes: {@link AwsControlPlane}, {@link AwsNodeRole}, {@link AwsAddons}, {@link AwsNodeGroup}s; `aws_kms_key` and
 * `aws_kms_alias`, or with a given key `aws_kms_grant`; where pools need them `aws_placement_group`, {@link AwsEfaSecurityGroup}
 * and {@link AwsKarpenter}; where asked for {@link AwsHybridNodes}, {@link AwsClusterAccess}, {@link AwsPodRole}; `data.aws_caller_identity` if
 * the site does not know its account.
 *
 * @throws what `checkPool` throws, the errors of `ClusterErrors` and `AwsClusterErrors`, SharingNotSupported,
 *   CapacityFactMissing, InvalidName, InvalidArn, InvalidCidr, InvalidMachineType, NotOneOf, DuplicateValue, MissingValue,
 *   NoEffect, ReservedTag, TokenNotAllowed, RemovalNeedsTwoKeys; at synth ProviderOfOtherPlace
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
  readonly efa?: AwsEfaSecurityGroup;
  /** Set if a pool is elastic or has several capacities. */
  readonly karpenter?: AwsKarpenter;
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
    // The literal: names of outputs, cohorts and providers' identities are made of it. Resources refer to `cluster.name`.
    this.clusterName = namePrefix;
    this.access = {
      kind: "eks",
      clusterName: namePrefix,
      region: props.site.region,
      endpoint: cluster.endpoint,
      caCertificate: cluster.certificateAuthority.get(0).data,
    };
    this.nodeRole = new AwsNodeRole(this, "node-role", { facts, namePrefix, use: "node" });
    if (plans.some(({ efa }) => efa > 0)) {
      this.efa = new AwsEfaSecurityGroup(this, "efa", { namePrefix, vpcId: props.network.vpcId });
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
      for (const cidr of [...props.hybridNodes.nodeCidrs, ...(props.hybridNodes.podCidrs ?? [])]) {
        this.controlPlane.letIn(cidr);
      }
    }
    const elastic = plans.filter(({ nodes }) => nodes.elastic > 0);
    if (elastic.length > 0) {
      this.karpenter = new AwsKarpenter(this, "karpenter", {
        facts,
        namePrefix,
        clusterName: cluster.name,
        encryptionKeyArn: this.encryptionKeyArn,
        dependsOn: this.addons.beforeNodes,
      });
    }
    this.pools = new Map(plans.map((plan) => [plan.pool.name, poolNodes(plan)]));
    this.managed = managedFeatures(plans, props);
    this.operatorFacts = this.factsForOperators(elastic);
    this.objects = elastic.flatMap((plan) =>
      karpenterObjects({
        plan,
        namePrefix,
        instanceProfile: this.karpenter!.instanceProfileName,
        securityGroups: this.securityGroups,
        encryptionKeyArn: this.encryptionKeyArn,
        imageVersion: props.karpenter?.imageVersion ?? "latest",
        nodeTags: props.nodeTags ?? {},
      }),
    );
  }

  /**
   * Lets a role of AWS work in the cluster.
   *
   * @param level as Kubernetes names it; `cluster-admin` is for the whole cluster only
   * @param options.namespaces @default - the whole cluster
   * @throws DuplicateValue for a second grant to the same name, NotOneOf, MissingValue, NoEffect, InvalidName
   */
  grantAccess(
    identity: AwsRoleIdentity,
    level: AccessLevel,
    options: { readonly namespaces?: readonly string[] } = {},
  ): AwsClusterAccess {
    const problems = new Problems(this.node.path);
    const id = `access-${identity.name}`;
    checkAccess(problems, level, options.namespaces);
    this.claim(problems, id, `access of "${identity.name}"`);
    return new AwsClusterAccess(this, id, {
      clusterName: this.controlPlane.cluster.name,
      partition: this.facts.partition,
      identity,
      level,
      ...options,
    });
  }

  /**
   * Gives pods of one service account rights in AWS, without any key. The pods get them when they start.
   *
   * @throws DuplicateValue for a second role of the same service account, InvalidName, MissingValue, AddonRequired
   */
  podRole({ namespace, serviceAccount, statements }: PodRoleProps): AwsPodRole {
    const problems = new Problems(this.node.path);
    problems.name("namespace", namespace, DNS_LABEL);
    problems.name("serviceAccount", serviceAccount, DNS_LABEL);
    problems.required("statements", statements?.[0], "one statement or more");
    if (this.props.addons?.["eks-pod-identity-agent"] === false) {
      problems.add(AwsClusterErrors.AddonRequired, {
        subject: 'addons "eks-pod-identity-agent"',
        given: false,
        allowed: "on, because of podRole",
      });
    }
    const id = podRoleId(namespace, serviceAccount);
    this.claim(problems, id, `role of ${namespace}/${serviceAccount}`);
    return new AwsPodRole(this, id, {
      facts: this.facts,
      namePrefix: this.props.namePrefix,
      namespace,
      serviceAccount,
      clusterName: this.controlPlane.cluster.name,
      policies: { rights: statements },
      dependsOn: this.addons.beforeNodes,
    });
  }

  /** The role that `podRole` made for a service account; undefined if it made none. */
  findPodRole({ namespace, serviceAccount }: Omit<PodRoleProps, "statements">): AwsPodRole | undefined {
    return this.node.tryFindChild(podRoleId(namespace, serviceAccount)) as AwsPodRole | undefined;
  }

  /** One of each: two would overwrite each other in AWS. */
  private claim(problems: Problems, id: string, subject: string): void {
    if (this.node.tryFindChild(id) !== undefined) {
      problems.add(CoreErrors.DuplicateValue, { subject, given: "a second one", allowed: "one" });
    }
    problems.throwIfAny();
  }

  private factsForOperators(elastic: readonly PoolPlan[]): Readonly<Record<string, string>> {
    const { site, network } = this.props;
    const karpenter = this.karpenter && {
      interruptionQueue: this.karpenter.queue.name,
      isolatedVpc: String(network.internetEgress === false),
      nodeRepair: String(elastic.some(({ pool }) => pool.disruption.repair)),
    };
    return { clusterName: this.clusterName, region: site.region, vpcId: network.vpcId, ...karpenter };
  }

  private plan(problems: Problems): readonly PoolPlan[] {
    const { props } = this;
    const { prefixDelegation = false, kubernetesVersion = DEFAULT_VERSION } = props;
    const pools = checkPools(problems, this.node.path, props.pools, AWS_CAPACITY);
    requireSystemPool(problems, pools, (pool) => nodeCounts(pool).fixed > 0);
    const plans = pools.flatMap(
      (pool) =>
        planPool(problems, pool, { network: props.network, prefixDelegation, kubernetesVersion }) ?? [],
    );
    checkNetworkFits(
      problems,
      props,
      plans.some(({ nodes }) => nodes.elastic > 0),
    );
    checkKarpenter(problems, props, plans);
    checkAddresses(problems, plans, props.network, prefixDelegation);
    return plans;
  }

  private warn(plans: readonly PoolPlan[]): void {
    warnOfNewVersion(this, this.props.kubernetesVersion ?? DEFAULT_VERSION);
    for (const { pool } of plans.filter(({ nodes }) => nodes.fixed > 0)) {
      const { disruption } = this.props.pools.find(({ name }) => name === pool.name)!;
      if (disruption?.drainMinutes !== undefined) {
        const detail = `pool "${pool.name}", ${disruption.drainMinutes} minutes`;
        addWarning(this, AwsClusterWarnings.DrainTimeOfManagedNodes, detail);
      }
    }
    for (const { pool, machine, missingFacts } of plans.filter((plan) => plan.missingFacts.length > 0)) {
      const detail = `pool "${pool.name}", ${machine.name}: ${missingFacts.join(", ")}`;
      addWarning(this, ClusterWarnings.UnknownMachineFacts, detail);
    }
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
    return { cluster: this.controlPlane.securityGroupId, efa: this.efa?.group.id };
  }

  private makeNodeGroups(plans: readonly PoolPlan[]): Record<string, AwsNodeGroup> {
    const { namePrefix, kubernetesVersion = DEFAULT_VERSION } = this.props;
    const efaRules = this.efa ? [this.efa.ingress, this.efa.egress] : [];
    return Object.fromEntries(
      plans
        .filter(({ nodes }) => nodes.fixed > 0)
        .map((plan) => [
          plan.pool.name,
          new AwsNodeGroup(this, `pool-${plan.pool.name}`, {
            namePrefix,
            clusterName: this.controlPlane.cluster.name,
            kubernetesVersion,
            plan,
            nodeRoleArn: this.nodeRole.role.arn,
            securityGroups: this.securityGroups,
            encryptionKeyArn: this.encryptionKeyArn,
            nodeTags: this.props.nodeTags ?? {},
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
      .map(({ pool }) => pool.name)
      .sort()
      .map((name) => this.nodeGroups[name]!.nodeGroup);
  }
}

function podRoleId(namespace: string, serviceAccount: string): string {
  return `pod-role-${namespace}-${fingerprint(`${namespace}/${serviceAccount}`)}`;
}

const DNS_LABEL = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 63,
  form: "a DNS label: 1 to 63 lower-case letters, digits and hyphens",
};

function checkAccess(
  problems: Problems,
  level: AccessLevel,
  namespaces: readonly string[] | undefined,
): void {
  problems.oneOf("level", level, Object.keys(ACCESS_POLICIES) as AccessLevel[]);
  if (namespaces === undefined) {
    return;
  }
  problems.required("namespaces", namespaces[0], "one namespace or more");
  for (const namespace of namespaces) {
    problems.name("namespaces", namespace, DNS_LABEL);
  }
  if (level === "cluster-admin") {
    problems.add(CoreErrors.NoEffect, {
      subject: "namespaces",
      given: namespaces,
      allowed: 'nothing with "cluster-admin"; "admin" can be limited to namespaces',
    });
  }
}

function managedFeatures(plans: readonly PoolPlan[], { addons }: AwsClusterProps): readonly ManagedFeature[] {
  const nvidia = plans.some(({ image }) => image.endsWith("NVIDIA"));
  const repair = chosenAddons(addons).includes("eks-node-monitoring-agent");
  return [...(nvidia ? (["gpu-driver"] as const) : []), ...(repair ? (["node-repair"] as const) : [])];
}
