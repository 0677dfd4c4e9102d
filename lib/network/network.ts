import type { IConstruct } from "constructs";

/** A private network of AWS, as rooms that place something in it need it. Strings may be tokens. */
export interface IAwsNetwork extends IConstruct {
  readonly vpcId: string;
  /** IPv4 range of the network. */
  readonly cidrBlock: string;
  /** One subnet per availability zone. The list itself is literal, its length can be relied on. */
  readonly privateSubnetIds: readonly string[];
  /**
   * The private subnets by availability zone; the names of zones are literal.
   * @default - unknown: nothing can be put into a zone of choice
   */
  readonly subnetsByZone?: Readonly<Record<string, AwsZoneSubnet>>;
  /** Whether the private subnets have a way to the internet. @default - unknown */
  readonly internetEgress?: boolean;
  /** Short names of the AWS services that have an address inside the network. @default - unknown */
  readonly endpointServices?: readonly string[];
  /** Prefix list of S3 in the region, for rules of security groups. @default - asked from AWS at plan where it is needed */
  readonly s3PrefixListId?: string;
}

/** The private subnet of one availability zone. */
export interface AwsZoneSubnet {
  /** May be a token. */
  readonly subnetId: string;
  /** IPv4 range; literal where its size is to be checked. @default - unknown */
  readonly cidrBlock?: string;
}

/**
 * AWS services that a cluster without a way to the internet needs an address of inside its network: for nodes to join
 * (`ec2`, `ecr.*`, `eks`, `eks-auth`, `sts`), logs and encrypted disks, scaling, load balancers, Karpenter (`sqs`, `ssm`)
 * and a session on a node (`ssmmessages`, `ec2messages`). S3, where image layers are, is reached through the gateway.
 *
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html (read 2026-11-24)
 */
export const CLUSTER_ENDPOINTS: readonly string[] = [
  "autoscaling",
  "ec2",
  "ec2messages",
  "ecr.api",
  "ecr.dkr",
  "eks",
  "eks-auth",
  "elasticloadbalancing",
  "kms",
  "logs",
  "sqs",
  "ssm",
  "ssmmessages",
  "sts",
];

/** A private network of Google Cloud, as rooms that place something in it need it. Strings may be tokens. */
export interface IGoogleNetwork extends IConstruct {
  /** Name of the network, in the project of the site. */
  readonly networkName: string;
  /** Name of the region's subnet. */
  readonly subnetworkName: string;
  /** Name of the subnet's secondary range for pods. */
  readonly podsRangeName: string;
  /** Name of the subnet's secondary range for services. */
  readonly servicesRangeName: string;
  /** IPv4 range of the nodes. Literal where sizes are to be checked. */
  readonly nodesCidr: string;
  /** IPv4 range of the pods. Literal where sizes are to be checked. */
  readonly podsCidr: string;
  /** IPv4 range of the services. */
  readonly servicesCidr: string;
}
