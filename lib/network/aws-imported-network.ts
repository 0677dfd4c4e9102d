import { Construct } from "constructs";
import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import type { AwsZoneSubnet, IAwsNetwork } from "./network";

/** A network that exists. */
export interface AwsNetworkAttributes {
  /** May be a token. */
  readonly vpcId: string;
  /** IPv4 range of the network. May be a token, and is not checked against others then. */
  readonly cidrBlock: string;
  /** Private subnets by availability zone, one of each. Names of zones are literal, ids and ranges may be tokens. */
  readonly subnetsByZone: Readonly<Record<string, AwsZoneSubnet>>;
  /** Whether the subnets have a way to the internet. @default - unknown, and not checked */
  readonly internetEgress?: boolean;
  /** Short names of the AWS services with an address inside the network. @default - unknown, and not checked */
  readonly endpointServices?: readonly string[];
}

/** A network that something else made; nothing of it is changed. */
export class ImportedAwsNetwork extends Construct implements IAwsNetwork {
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly privateSubnetIds: readonly string[];
  readonly subnetsByZone: Readonly<Record<string, AwsZoneSubnet>>;
  readonly internetEgress?: boolean;
  readonly endpointServices?: readonly string[];

  constructor(scope: Construct, id: string, attributes: AwsNetworkAttributes) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    problems.required("vpcId", attributes.vpcId, "the id of a VPC");
    problems.cidr("cidrBlock", attributes.cidrBlock);
    const zones = Object.entries(attributes.subnetsByZone ?? {});
    if (zones.length === 0) {
      problems.add(CoreErrors.MissingValue, {
        subject: "subnetsByZone",
        given: attributes.subnetsByZone,
        allowed: "one zone or more",
      });
    }
    for (const [zone, { subnetId, cidrBlock }] of zones) {
      problems.literal(`subnetsByZone "${zone}"`, zone, "the name of an availability zone");
      problems.required(`subnetsByZone "${zone}" subnetId`, subnetId, "the id of a subnet");
      if (cidrBlock !== undefined) {
        problems.cidr(`subnetsByZone "${zone}" cidrBlock`, cidrBlock);
      }
    }
    problems.throwIfAny();
    this.vpcId = attributes.vpcId;
    this.cidrBlock = attributes.cidrBlock;
    this.subnetsByZone = attributes.subnetsByZone;
    this.privateSubnetIds = zones.map(([, { subnetId }]) => subnetId);
    this.internetEgress = attributes.internetEgress;
    this.endpointServices = attributes.endpointServices;
  }
}
