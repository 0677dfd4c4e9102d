import type { PolicyStatement } from "../../core/aws-policy";
import type { RemovalPolicy } from "../../core/removal-policy";
import type { AwsSite } from "../../fabric/site";
import type { IAwsNetwork } from "../../network/network";
import type { AcceleratorClusterProps } from "../cluster";

/** Parts of the control plane that write a log. */
export const CONTROL_PLANE_LOGS = [
  "api",
  "audit",
  "authenticator",
  "controllerManager",
  "scheduler",
] as const;
export type ControlPlaneLog = (typeof CONTROL_PLANE_LOGS)[number];

/** Provisioned sizes of the control plane. Source: https://docs.aws.amazon.com/eks/latest/userguide/eks-provisioned-control-plane.html (read 2026-11-24) */
export const CONTROL_PLANE_TIERS = ["standard", "tier-xl", "tier-2xl", "tier-4xl", "tier-8xl"] as const;
export type ControlPlaneTier = (typeof CONTROL_PLANE_TIERS)[number];

/** Add-ons that EKS installs and updates, in the order in which they are installed. */
export const CLUSTER_ADDONS = [
  "vpc-cni",
  "kube-proxy",
  "eks-pod-identity-agent",
  "coredns",
  "aws-ebs-csi-driver",
  "eks-node-monitoring-agent",
  "metrics-server",
] as const;
export type ClusterAddon = (typeof CLUSTER_ADDONS)[number];

/** How one add-on is installed. */
export interface AddonOptions {
  /** For example `v1.20.4-eksbuild.1`. @default - EKS's default for the Kubernetes version, chosen when it is made */
  readonly version?: string;
  /** Settings in the add-on's own schema, laid over those of the library. Plain data. @default - none */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** Machines outside AWS that join the cluster as nodes (EKS Hybrid Nodes). */
export interface HybridNodesOptions {
  /** Private IPv4 ranges of the machines. Literal. */
  readonly nodeCidrs: readonly string[];
  /** Private IPv4 ranges of their pods, if these are routed. Literal. @default - none: no webhooks on such nodes */
  readonly podCidrs?: readonly string[];
  /**
   * How machines prove who they are: `ssm` by activations of Systems Manager, which are made by hand because they are
   * secrets; `iam-roles-anywhere` by certificates.
   * @default "ssm"
   */
  readonly credentials?: "ssm" | "iam-roles-anywhere";
  /** ARN of the trust anchor, needed with `iam-roles-anywhere`. May be a token. */
  readonly trustAnchorArn?: string;
}

/** Karpenter, which launches the nodes of elastic pools and of pools with several capacities. */
export interface KarpenterOptions {
  /**
   * Version of the EKS machine images, such as `v20261015`. With `latest` new nodes get new images, and old nodes are
   * replaced within the pool's disruption rules.
   * @default "latest"
   */
  readonly imageVersion?: string;
}

export interface AwsClusterProps extends AcceleratorClusterProps<AwsSite> {
  /** Subnets of two zones or more. */
  readonly network: IAwsNetwork;
  /**
   * Ranges from which the API server can be reached over the internet. Nodes use the private endpoint in any case.
   * @default - none: there is no public endpoint
   */
  readonly publicAccessCidrs?: readonly string[];
  /**
   * Ranges inside the network, or connected to it, from which the private endpoint can be reached: build machines, VPN.
   * @default - only nodes
   */
  readonly privateAccessCidrs?: readonly string[];
  /** Size of the control plane. Sizes above `standard` are provisioned and paid for by the hour. @default "standard" */
  readonly controlPlaneTier?: ControlPlaneTier;
  /** @default - all five; `[]` for none */
  readonly controlPlaneLogs?: readonly ControlPlaneLog[];
  /** Days for which the log of the control plane is kept; CloudWatch takes certain numbers only. @default 365 */
  readonly logRetentionDays?: number;
  /**
   * ARN of a KMS key for Kubernetes secrets, boot disks and the log, whose policy lets CloudWatch Logs use it. Nodes get
   * the right to use it by a grant. May be a token.
   * @default - a key of its own
   */
  readonly encryptionKeyArn?: string;
  /** IPv4 range of services, /12 to /24, inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16. Literal. @default "172.20.0.0/16" */
  readonly serviceCidr?: string;
  /**
   * What happens when standard support of the Kubernetes version ends: `EXTENDED` goes on at a higher price, `STANDARD`
   * lets AWS upgrade the control plane.
   * @default "EXTENDED"
   */
  readonly supportType?: "STANDARD" | "EXTENDED";
  /**
   * Whoever makes the cluster becomes its administrator, beside those of `grantAccess`. Cannot be changed later.
   * @default false
   */
  readonly creatorIsAdmin?: boolean;
  /** Add-ons by name: `false` leaves one out. @default - all of `CLUSTER_ADDONS` in EKS's default versions */
  readonly addons?: Readonly<Partial<Record<ClusterAddon, AddonOptions | false>>>;
  /**
   * Network interfaces take blocks of 16 addresses in place of single ones: many more pods per node, from subnets that
   * must have such blocks free.
   * @default false
   */
  readonly prefixDelegation?: boolean;
  /** @default - none */
  readonly hybridNodes?: HybridNodesOptions;
  /** Tags of instances, disks and network interfaces of all nodes, beside `Name`. @default - none */
  readonly nodeTags?: Readonly<Record<string, string>>;
  /** Has no effect without a pool that needs it, and is refused then. @default - the defaults of `KarpenterOptions` */
  readonly karpenter?: KarpenterOptions;
  /** @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
}

/** What a service account may do in AWS. */
export interface PodRoleProps {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** At least one. Strings may be tokens. */
  readonly statements: readonly PolicyStatement[];
}
