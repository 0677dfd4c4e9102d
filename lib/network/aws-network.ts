import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import { awsAccountId, requireAwsProviderOf } from "../core/aws-account";
import { awsPartition } from "../core/aws-partitions";
import { stableJson } from "../core/json";
import { AwsFlowLogs } from "./aws-flow-logs";
import { type AwsNetworkAttributes, ImportedAwsNetwork } from "./aws-imported-network";
import { AwsInternetEgress, type InternetEgress } from "./aws-internet-egress";
import { type AwsNetworkProps, checkNetwork, privateRange } from "./aws-network-props";
import type { AwsZoneSubnet, IAwsNetwork } from "./network";

const DEFAULT_ENDPOINTS = ["glue", "kms", "lakeformation", "logs", "sts"];

export type { AwsNetworkProps } from "./aws-network-props";

/**
 * A private network: no way to or from the internet unless `internetEgress` opens one out, one subnet per availability zone, and addresses inside the
 * network for the AWS services that a lakehouse needs. S3 is reached through a gateway that lets only principals of
 * this account through, and only to buckets of this account; where images can be pulled, also to the layers that ECR
 * keeps in S3. The default security group lets nothing in or out.
 *
 * Makes `aws_vpc`, `aws_subnet`, `aws_route_table`, `aws_route_table_association`, `aws_default_security_group`,
 * `aws_vpc_endpoint`, `aws_security_group`, `aws_vpc_security_group_ingress_rule`, and for the flow log
 * `aws_flow_log`, `aws_cloudwatch_log_group`, `aws_iam_role`, `aws_iam_role_policy`, `aws_kms_key`,
 * `aws_kms_alias`; with `internetEgress` an {@link AwsInternetEgress}.
 *
 * @throws InvalidName, InvalidCidr, NetworkTooSmall, ZoneOutsideRegion, NumberOutOfRange, DuplicateValue,
 *   MissingValue, TokenNotAllowed
 */
export class AwsNetwork extends Construct implements IAwsNetwork {
  /**
   * A network that exists, with its subnets by zone. Nothing of it is changed.
   *
   * @throws MissingValue, InvalidCidr, TokenNotAllowed
   */
  static fromAttributes(scope: Construct, id: string, attributes: AwsNetworkAttributes): IAwsNetwork {
    return new ImportedAwsNetwork(scope, id, attributes);
  }

  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly privateSubnetIds: readonly string[];
  readonly subnetsByZone: Readonly<Record<string, AwsZoneSubnet>>;
  readonly internetEgress: boolean;
  readonly endpointServices: readonly string[];
  readonly s3PrefixListId: string;
  readonly vpc: Vpc;
  /** In the order of `availabilityZones`. */
  readonly subnets: readonly Subnet[];
  /** Of all private subnets; with `nat-per-zone` of the first zone's. */
  readonly routeTable: RouteTable;
  /** With `nat-per-zone`, route tables of the zones after the first, by zone. */
  readonly zoneRouteTables: Readonly<Record<string, RouteTable>>;
  readonly routeTableAssociations: readonly RouteTableAssociation[];
  readonly defaultSecurityGroup: DefaultSecurityGroup;
  readonly s3Endpoint: VpcEndpoint;
  /** By service, as given. */
  readonly interfaceEndpoints: Readonly<Record<string, VpcEndpoint>>;
  /** Security group of the interface endpoints; unset if there are none. */
  readonly endpointSecurityGroup?: SecurityGroup;
  readonly endpointIngress?: VpcSecurityGroupIngressRule;
  /** Set if there is a way to the internet. */
  readonly egress?: AwsInternetEgress;
  /** Set unless switched off. */
  readonly flowLogs?: AwsFlowLogs;

  constructor(scope: Construct, id: string, props: AwsNetworkProps) {
    super(scope, id);
    checkNetwork(this.node.path, props);
    requireAwsProviderOf(this, props.site);
    const { site, namePrefix } = props;
    this.cidrBlock = props.cidrBlock;
    this.vpc = new Vpc(this, "vpc", {
      cidrBlock: props.cidrBlock,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: namePrefix },
    });
    this.vpcId = this.vpc.id;
    this.defaultSecurityGroup = new DefaultSecurityGroup(this, "default-security-group", {
      vpcId: this.vpc.id,
      tags: { Name: `${namePrefix}-default-unused` },
    });
    this.routeTable = new RouteTable(this, "routes", {
      vpcId: this.vpc.id,
      tags: { Name: `${namePrefix}-private` },
    });
    this.subnets = props.availabilityZones.map((zone, index) => this.subnet(zone, index, props));
    this.privateSubnetIds = this.subnets.map((subnet) => subnet.id);
    this.subnetsByZone = Object.fromEntries(
      props.availabilityZones.map((zone, index) => [
        zone,
        { subnetId: this.subnets[index]!.id, cidrBlock: privateRange(props, index) },
      ]),
    );
    const perZone = props.internetEgress === "nat-per-zone" ? props.availabilityZones.slice(1) : [];
    this.zoneRouteTables = Object.fromEntries(
      perZone.map((zone) => [zone, this.zoneRoutes(zone, namePrefix)]),
    );
    this.routeTableAssociations = this.subnets.map(
      (subnet, index) =>
        new RouteTableAssociation(this, `association-${props.availabilityZones[index]!}`, {
          subnetId: subnet.id,
          routeTableId: (this.zoneRouteTables[props.availabilityZones[index]!] ?? this.routeTable).id,
        }),
    );
    this.internetEgress = props.internetEgress !== undefined;
    if (props.internetEgress !== undefined) {
      this.egress = this.openEgress(props, props.internetEgress);
    }
    this.s3Endpoint = this.gateway(props);
    this.s3PrefixListId = this.s3Endpoint.prefixListId;
    const services = props.interfaceEndpoints ?? DEFAULT_ENDPOINTS;
    this.endpointServices = services;
    if (services.length > 0) {
      this.endpointSecurityGroup = new SecurityGroup(this, "endpoint-security-group", {
        name: `${namePrefix}-endpoints`,
        description: "AWS services inside the network: HTTPS from the network",
        vpcId: this.vpc.id,
      });
      this.endpointIngress = new VpcSecurityGroupIngressRule(this, "endpoint-ingress", {
        securityGroupId: this.endpointSecurityGroup.id,
        description: "HTTPS from the network",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIpv4: props.cidrBlock,
      });
    }
    this.interfaceEndpoints = Object.fromEntries(
      services.map((service) => [service, this.endpoint(service, props)]),
    );
    if (props.flowLogs !== false) {
      this.flowLogs = new AwsFlowLogs(this, "flow-logs", {
        ...props.flowLogs,
        namePrefix,
        region: site.region,
        account: awsAccountId(this, site.account),
        vpcId: this.vpc.id,
      });
    }
  }

  private subnet(zone: string, index: number, props: AwsNetworkProps): Subnet {
    return new Subnet(this, `private-${zone}`, {
      vpcId: this.vpc.id,
      availabilityZone: zone,
      cidrBlock: privateRange(props, index),
      mapPublicIpOnLaunch: false,
      tags: { Name: `${props.namePrefix}-private-${zone}` },
    });
  }

  private zoneRoutes(zone: string, namePrefix: string): RouteTable {
    return new RouteTable(this, `routes-${zone}`, {
      vpcId: this.vpc.id,
      tags: { Name: `${namePrefix}-private-${zone}` },
    });
  }

  private openEgress(props: AwsNetworkProps, egress: InternetEgress): AwsInternetEgress {
    const [first] = props.availabilityZones as readonly [string, ...string[]];
    return new AwsInternetEgress(this, "egress", {
      namePrefix: props.namePrefix,
      vpcId: this.vpc.id,
      cidrBlock: props.cidrBlock,
      zones: egress === "single-nat" ? [first] : props.availabilityZones,
      routeTables: [
        { id: "routes", zone: first, table: this.routeTable },
        ...Object.entries(this.zoneRouteTables).map(([zone, table]) => ({ id: zone, zone, table })),
      ],
    });
  }

  private gateway(props: AwsNetworkProps): VpcEndpoint {
    const account = awsAccountId(this, props.site.account);
    const { region } = props.site;
    return new VpcEndpoint(this, "s3", {
      vpcId: this.vpc.id,
      vpcEndpointType: "Gateway",
      serviceName: `com.amazonaws.${region}.s3`,
      routeTableIds: [this.routeTable, ...Object.values(this.zoneRouteTables)].map((table) => table.id),
      policy: stableJson({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "OwnPrincipalsToKnownBuckets",
            Effect: "Allow",
            Principal: "*",
            Action: ["s3:*"],
            Resource: ["*"],
            Condition: {
              StringEquals: {
                "aws:PrincipalAccount": account,
                "aws:ResourceAccount": [account, ...(props.s3Accounts ?? [])],
              },
            },
          },
          ...(pullsImages(props)
            ? [
                {
                  Sid: "LayersOfImagesInEcr",
                  Effect: "Allow",
                  Principal: "*",
                  Action: ["s3:GetObject"],
                  Resource: [`arn:${awsPartition(region).name}:s3:::prod-${region}-starport-layer-bucket/*`],
                },
              ]
            : []),
        ],
      }),
      tags: { Name: `${props.namePrefix}-s3` },
    });
  }

  private endpoint(service: string, props: AwsNetworkProps): VpcEndpoint {
    const full = /^(com|cn\.com|aws)\./.test(service);
    return new VpcEndpoint(this, `endpoint-${service.replaceAll(".", "-")}`, {
      vpcId: this.vpc.id,
      vpcEndpointType: "Interface",
      serviceName: full ? service : `com.amazonaws.${props.site.region}.${service}`,
      privateDnsEnabled: true,
      subnetIds: [...this.privateSubnetIds],
      securityGroupIds: [this.endpointSecurityGroup!.id],
      tags: { Name: `${props.namePrefix}-${service}` },
    });
  }
}

/**
 * ECR hands out image layers from a bucket of its own, through the gateway to S3.
 * Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms (read 2026-11-24)
 */
function pullsImages({ interfaceEndpoints = [], internetEgress }: AwsNetworkProps): boolean {
  return (
    internetEgress !== undefined || interfaceEndpoints.some((service) => /(^|\.)ecr\.dkr$/.test(service))
  );
}
