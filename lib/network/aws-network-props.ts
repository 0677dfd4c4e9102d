import { LOG_RETENTION_DAYS } from "../core/aws-log-retention";
import { awsPartition } from "../core/aws-partitions";
import { prefixLength, subnetAt, subnetCount } from "../core/cidr";
import { CoreErrors } from "../core/errors";
import { type NameRule, Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import type { AwsSite } from "../fabric/site";
import type { FlowLogOptions } from "./aws-flow-logs";
import { type InternetEgress, PUBLIC_PREFIX_LENGTH } from "./aws-internet-egress";
import { NetworkErrors } from "./errors";

/** AWS takes networks and subnets from /16 to /28. Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
const LARGEST = 16;
const SMALLEST = 28;
/** Eight subnets of equal size: more than any region has availability zones. */
const DEFAULT_SPLIT = 3;

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
  /**
   * A way from the private subnets to the internet, for what has no address inside the network: container images outside
   * ECR, for example. NAT gateways are in public subnets of their own, cut from the end of `cidrBlock`.
   * @default - none
   */
  readonly internetEgress?: InternetEgress;
  /** Accounts beside the site's own whose buckets can be reached from the network. 12 digits. @default - none */
  readonly s3Accounts?: readonly string[];
  /** Log of all connections. `false` keeps none. @default - on with the defaults of `FlowLogOptions` */
  readonly flowLogs?: FlowLogOptions | false;
}

/** The range of the private subnet at a position. */
export function privateRange(props: AwsNetworkProps, index: number): string {
  return subnetAt(props.cidrBlock, subnetPrefix(props), index);
}

function subnetPrefix(props: AwsNetworkProps): number {
  return props.subnetPrefixLength ?? prefixLength(props.cidrBlock) + DEFAULT_SPLIT;
}

/** Everything that is wrong with the props. @throws what `AwsNetwork` throws */
export function checkNetwork(where: string, props: AwsNetworkProps): void {
  const problems = new Problems(where);
  problems.name("namePrefix", props.namePrefix, NAME_PREFIX);
  checkZones(problems, props);
  checkRange(problems, props);
  if (props.internetEgress !== undefined) {
    problems.oneOf("internetEgress", props.internetEgress, ["single-nat", "nat-per-zone"]);
  }
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
  const zones = availabilityZones?.length ?? 0;
  const room = given > SMALLEST ? 0 : subnetCount(cidrBlock, given);
  const gateways = { "single-nat": Math.min(zones, 1), "nat-per-zone": zones }[props.internetEgress!] ?? 0;
  const publicAddresses = gateways * 2 ** (32 - PUBLIC_PREFIX_LENGTH);
  const free = (room - zones) * 2 ** (32 - given);
  if (room < zones || free < publicAddresses) {
    const beside = gateways > 0 ? `, and ${gateways} of /${PUBLIC_PREFIX_LENGTH} for NAT gateways` : "";
    problems.add(NetworkErrors.NetworkTooSmall, {
      subject: "cidrBlock",
      given: `${cidrBlock} for ${zones} subnets of /${given}${beside}`,
      allowed: `a range with room for ${zones} subnets of /${Math.min(given, SMALLEST)}${beside}; subnets are /${SMALLEST} or larger`,
    });
  }
}
