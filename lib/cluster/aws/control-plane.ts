import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import type { EksCluster } from "@cdktf/provider-aws/lib/eks-cluster";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { policyJson, serviceTrust } from "../../core/aws-policy";
import { clusterRoleName } from "./node-role";
import { type AwsClusterProps, CONTROL_PLANE_LOGS } from "./props";

/** Loaded on first use: programs without a cluster do not pay for the binding. */
const loadEksCluster = () =>
  (require("@cdktf/provider-aws/lib/eks-cluster") as typeof import("@cdktf/provider-aws/lib/eks-cluster"))
    .EksCluster;

export const DEFAULT_SERVICE_CIDR = "172.20.0.0/16";
export const DEFAULT_VERSION = "1.34";

export interface AwsControlPlaneProps extends Omit<AwsClusterProps, "pools" | "addons" | "karpenter"> {
  readonly facts: AwsFacts;
  readonly keyArn: string;
  readonly protect: boolean;
}

/**
 * The API server and what it needs: log, role, access from outside the nodes.
 *
 * Makes `aws_eks_cluster`, `aws_iam_role`, `aws_iam_role_policy`, `aws_iam_role_policy_attachment`, and where asked for
 * `aws_cloudwatch_log_group`, `aws_vpc_security_group_ingress_rule`.
 */
export class AwsControlPlane extends Construct {
  readonly cluster: EksCluster;
  /** Where the control plane has its addresses, one per zone. */
  readonly subnetIds: readonly string[];
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  readonly roleAttachment: IamRolePolicyAttachment;
  /** Set unless no part of the control plane writes a log. */
  readonly logGroup?: CloudwatchLogGroup;
  /** By the range that is let in. */
  readonly privateAccess: Readonly<Record<string, VpcSecurityGroupIngressRule>>;

  constructor(scope: Construct, id: string, props: AwsControlPlaneProps) {
    super(scope, id);
    const { facts, namePrefix } = props;
    const logs = CONTROL_PLANE_LOGS.filter((each) =>
      (props.controlPlaneLogs ?? CONTROL_PLANE_LOGS).includes(each),
    );
    if (logs.length > 0) {
      this.logGroup = new CloudwatchLogGroup(this, "log-group", {
        // EKS makes a group of this name itself, without key and end, if there is none.
        name: `/aws/eks/${namePrefix}/cluster`,
        retentionInDays: props.logRetentionDays ?? 365,
        kmsKeyId: props.keyArn,
      });
    }
    this.role = new IamRole(this, "role", {
      name: clusterRoleName(namePrefix, "cluster"),
      description: `Control plane of the cluster ${namePrefix}`,
      assumeRolePolicy: serviceTrust("eks.amazonaws.com"),
    });
    this.roleAttachment = new IamRolePolicyAttachment(this, "role-attachment", {
      role: this.role.name,
      policyArn: `arn:${facts.partition}:iam::aws:policy/AmazonEKSClusterPolicy`,
    });
    this.rolePolicy = new IamRolePolicy(this, "role-policy", {
      name: "encrypt-secrets",
      role: this.role.name,
      policy: policyJson([
        {
          Sid: "EncryptSecrets",
          Effect: "Allow",
          Action: ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
          Resource: [props.keyArn],
        },
      ]),
    });
    this.subnetIds = props.network.privateSubnetIds;
    this.cluster = this.makeCluster(props, logs);
    this.privateAccess = Object.fromEntries(
      (props.privateAccessCidrs ?? []).map((cidr) => [cidr, this.letIn(cidr)]),
    );
  }

  /** Of nodes and control plane, made by EKS. */
  get securityGroupId(): string {
    return this.cluster.vpcConfig.clusterSecurityGroupId;
  }

  /** Lets a range reach the API server at its private endpoint. */
  letIn(cidr: string): VpcSecurityGroupIngressRule {
    return new VpcSecurityGroupIngressRule(this, `api-from-${cidr.replaceAll(/[./]/g, "-")}`, {
      securityGroupId: this.securityGroupId,
      description: `API server from ${cidr}`,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4: cidr,
    });
  }

  private makeCluster(props: AwsControlPlaneProps, logs: readonly string[]): EksCluster {
    const { network, hybridNodes: hybrid, publicAccessCidrs: open = [] } = props;
    const Cluster = loadEksCluster();
    return new Cluster(this, "cluster", {
      name: props.namePrefix,
      version: props.kubernetesVersion ?? DEFAULT_VERSION,
      roleArn: this.role.arn,
      bootstrapSelfManagedAddons: false,
      deletionProtection: props.protect,
      enabledClusterLogTypes: [...logs],
      accessConfig: {
        authenticationMode: "API",
        bootstrapClusterCreatorAdminPermissions: props.creatorIsAdmin ?? false,
      },
      encryptionConfig: { provider: { keyArn: props.keyArn }, resources: ["secrets"] },
      kubernetesNetworkConfig: {
        ipFamily: "ipv4",
        serviceIpv4Cidr: props.serviceCidr ?? DEFAULT_SERVICE_CIDR,
      },
      vpcConfig: {
        subnetIds: [...network.privateSubnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: open.length > 0,
        ...(open.length > 0 ? { publicAccessCidrs: [...open].sort() } : {}),
      },
      ...(props.controlPlaneTier === undefined || props.controlPlaneTier === "standard"
        ? {}
        : { controlPlaneScalingConfig: { tier: props.controlPlaneTier } }),
      upgradePolicy: { supportType: props.supportType ?? "EXTENDED" },
      ...(hybrid === undefined
        ? {}
        : {
            remoteNetworkConfig: {
              remoteNodeNetworks: { cidrs: [...hybrid.nodeCidrs] },
              ...(hybrid.podCidrs === undefined
                ? {}
                : { remotePodNetworks: { cidrs: [...hybrid.podCidrs] } }),
            },
          }),
      lifecycle: props.protect ? { preventDestroy: true } : undefined,
      dependsOn: [this.roleAttachment, this.rolePolicy, ...(this.logGroup ? [this.logGroup] : [])],
    });
  }
}
