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
import { CoreErrors } from "../core/errors";
import { stableJson } from "../core/json";
import { type NameRule, Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import type { AwsSite } from "../fabric/site";
import { AwsFlowLogs, type FlowLogOptions, LOG_RETENTION_DAYS } from "./aws-flow-logs";
import { prefixLength, subnetAt, subnetCount } from "./cidr";
import { NetworkErrors } from "./errors";
import type { IAwsNetwork } from "./network";

/** AWS takes networks and subnets from /16 to /28. Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
const LARGEST = 16;
const SMALLEST = 28;
/** Eight subnets of equal size: more than any region has availability zones. */
const DEFAULT_SPLIT = 3;

const DEFAULT_ENDPOINTS = ["glue", "kms", "lakeformation", "logs", "sts"];

const ZONE: NameRule = {
  pattern: /^[a-z0-9-]+[a-z]$/,
  maxLength: 48,
  form: "the name of an availability zone, for example eu-west-1a",
};

const SERVICE: NameRule = {
  pattern: /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/,
  maxLength: 128,
  form: "a service such as glue or ecr.api, or its full name such as com.amazonaws.eu-west-1.glue",
};

const NAME_PREFIX: NameRule = {
  pattern: /^[a-z][a-z0-9-]*[a-z0-9]$/,
  maxLength: 48,
  form: "2 to 48 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
};

export interface AwsNetworkProps {
  readonly site: AwsSite;
  /** Start of every name, 2 to 48 of [a-z0-9-]. */
  readonly namePrefix: string;
  /** IPv4 range of the network, /16 to /28. Literal. */
  readonly cidrBlock: string;
  /**
   * Zones that get a private subnet each. The position decides the subnet's range: add new zones at the end.
   * Literal.
   */
  readonly availabilityZones: readonly string[];
  /** Prefix length of each subnet, 16 to 28. @default - that of the network plus 3: room for eight zones */
  readonly subnetPrefixLength?: number;
  /**
   * AWS services with an address inside the network, by short name (`glue`) or full name
   * (`com.amazonaws.eu-west-1.glue`); `[]` for none. Each costs by the hour and zone.
   * @default ["glue", "kms", "lakeformation", "logs", "sts"]
   */
  readonly interfaceEndpoints?: readonly string[];
  /** Accounts beside the site's own whose buckets can be reached from the network. 12 digits. @default - none */
  readonly s3Accounts?: readonly string[];
  /** Log of all connections. `false` keeps none. @default - on with the defaults of `FlowLogOptions` */
  readonly flowLogs?: FlowLogOptions | false;
}

/**
 * A private network: no way to or from the internet, one subnet per availability zone, and addresses inside the
 * network for the AWS services that a lakehouse needs. S3 is reached through a gateway that lets only principals of
 * this account through, and only to buckets of this account. The default security group lets nothing in or out.
 *
 * Makes `aws_vpc`, `aws_subnet`, `aws_route_table`, `aws_route_table_association`, `aws_default_security_group`,
 * `aws_vpc_endpoint`, `aws_security_group`, `aws_vpc_security_group_ingress_rule`, and for the flow log
 * `aws_flow_log`, `aws_cloudwatch_log_group`, `aws_iam_role`, `aws_iam_role_policy`, `aws_kms_key`,
 * `aws_kms_alias`.
 *
 * @throws InvalidName, InvalidCidr, NetworkTooSmall, ZoneOutsideRegion, NumberOutOfRange, DuplicateValue,
 *   MissingValue, TokenNotAllowed
 */
export class AwsNetwork extends Construct implements IAwsNetwork {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly privateSubnetIds: readonly string[];
  readonly vpc: Vpc;
  /** In the order of `availabilityZones`. */
  readonly subnets: readonly Subnet[];
  readonly routeTable: RouteTable;
  readonly routeTableAssociations: readonly RouteTableAssociation[];
  readonly defaultSecurityGroup: DefaultSecurityGroup;
  readonly s3Endpoint: VpcEndpoint;
  /** By service, as given. */
  readonly interfaceEndpoints: Readonly<Record<string, VpcEndpoint>>;
  /** Security group of the interface endpoints; unset if there are none. */
  readonly endpointSecurityGroup?: SecurityGroup;
  readonly endpointIngress?: VpcSecurityGroupIngressRule;
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
    this.routeTableAssociations = this.subnets.map(
      (subnet, index) =>
        new RouteTableAssociation(this, `association-${props.availabilityZones[index]!}`, {
          subnetId: subnet.id,
          routeTableId: this.routeTable.id,
        }),
    );
    this.s3Endpoint = this.gateway(props);
    const services = props.interfaceEndpoints ?? DEFAULT_ENDPOINTS;
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
      cidrBlock: subnetAt(props.cidrBlock, subnetPrefix(props), index),
      mapPublicIpOnLaunch: false,
      tags: { Name: `${props.namePrefix}-private-${zone}` },
    });
  }

  private gateway(props: AwsNetworkProps): VpcEndpoint {
    const account = awsAccountId(this, props.site.account);
    return new VpcEndpoint(this, "s3", {
      vpcId: this.vpc.id,
      vpcEndpointType: "Gateway",
      serviceName: `com.amazonaws.${props.site.region}.s3`,
      routeTableIds: [this.routeTable.id],
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

function subnetPrefix(props: AwsNetworkProps): number {
  return props.subnetPrefixLength ?? prefixLength(props.cidrBlock) + DEFAULT_SPLIT;
}

function checkNetwork(where: string, props: AwsNetworkProps): void {
  const problems = new Problems(where);
  problems.name("namePrefix", props.namePrefix, NAME_PREFIX);
  checkZones(problems, props);
  checkRange(problems, props);
  const services = props.interfaceEndpoints ?? [];
  for (const service of services) {
    problems.name(`interfaceEndpoints "${service}"`, service, SERVICE);
  }
  problems.unique(
    "interfaceEndpoints",
    services.map((service) => service.replaceAll(".", "-")),
  );
  if (props.interfaceEndpoints === undefined && awsPartition(props.site.region).name === "aws-cn") {
    problems.add(CoreErrors.MissingValue, {
      subject: "interfaceEndpoints",
      given: undefined,
      allowed: "full names of the services, which in China do not follow one rule, or []",
    });
  }
  for (const account of props.s3Accounts ?? []) {
    problems.name("s3Accounts", account, { pattern: /^\d{12}$/, maxLength: 12, form: "12 digits" });
  }
  problems.unique("s3Accounts", props.s3Accounts ?? []);
  if (props.flowLogs) {
    const days = props.flowLogs.retentionDays ?? 365;
    if (problems.literal("flowLogs.retentionDays", days) && !LOG_RETENTION_DAYS.includes(days)) {
      problems.add(CoreErrors.NotOneOf, {
        subject: "flowLogs.retentionDays",
        given: days,
        allowed: LOG_RETENTION_DAYS.join(", "),
      });
    }
  }
  if (props.flowLogs && props.flowLogs.encryptionKeyArn !== undefined) {
    problems.arn("flowLogs.encryptionKeyArn", props.flowLogs.encryptionKeyArn, "kms");
  }
  problems.throwIfAny();
}

function checkZones(problems: Problems, props: AwsNetworkProps): void {
  const zones = props.availabilityZones ?? [];
  problems.required("availabilityZones", zones[0], "one zone or more");
  for (const zone of zones) {
    if (problems.name("availabilityZones", zone, ZONE) && !zone.startsWith(props.site.region)) {
      problems.add(NetworkErrors.ZoneOutsideRegion, {
        subject: "availabilityZones",
        given: zone,
        allowed: `zones of ${props.site.region}`,
      });
    }
  }
  problems.unique("availabilityZones", zones);
}

function checkRange(problems: Problems, props: AwsNetworkProps): void {
  const { cidrBlock, subnetPrefixLength, availabilityZones } = props;
  if (!problems.literal("cidrBlock", cidrBlock, "an address range as a literal: subnets are cut from it")) {
    return;
  }
  if (!problems.cidr("cidrBlock", cidrBlock)) {
    return;
  }
  const length = prefixLength(cidrBlock);
  const fits = problems.integer("prefix length of cidrBlock", length, { min: LARGEST, max: SMALLEST });
  const given = subnetPrefixLength ?? length + DEFAULT_SPLIT;
  if (!fits || isToken(given)) {
    problems.literal("subnetPrefixLength", given, "a literal number");
    return;
  }
  if (subnetPrefixLength !== undefined) {
    problems.integer("subnetPrefixLength", subnetPrefixLength, { min: LARGEST, max: SMALLEST });
  }
  const room = given > SMALLEST ? 0 : subnetCount(cidrBlock, given);
  if (availabilityZones !== undefined && room < availabilityZones.length) {
    problems.add(NetworkErrors.NetworkTooSmall, {
      subject: "cidrBlock",
      given: `${cidrBlock} for ${availabilityZones.length} subnets of /${given}`,
      allowed: `a range with room for ${availabilityZones.length} subnets of /${Math.min(given, SMALLEST)}; subnets are /${SMALLEST} or larger`,
    });
  }
}
