import { Eip } from "@cdktf/provider-aws/lib/eip";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Construct } from "constructs";
import { subnetAt, subnetCount } from "../core/cidr";

/** The way out: `single-nat` for all zones, or `nat-per-zone`, which survives the loss of a zone and costs one each. */
export type InternetEgress = "single-nat" | "nat-per-zone";

/** Subnets of NAT gateways are as small as AWS takes them: nothing else is ever in them. */
export const PUBLIC_PREFIX_LENGTH = 28;

/** The range of the public subnet of a zone, counted from the end of the network: private ones grow from its start. */
function publicSubnetAt(cidrBlock: string, index: number): string {
  const last = subnetCount(cidrBlock, PUBLIC_PREFIX_LENGTH) - 1;
  return subnetAt(cidrBlock, PUBLIC_PREFIX_LENGTH, last - index);
}

export interface AwsInternetEgressProps {
  readonly namePrefix: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  /** Zones with a NAT gateway. */
  readonly zones: readonly string[];
  /** Route tables of private subnets by zone whose NAT gateway they use. */
  readonly routeTables: readonly { readonly id: string; readonly zone: string; readonly table: RouteTable }[];
}

/**
 * A way from private subnets to the internet, none back: NAT gateways in subnets of their own.
 *
 * Makes `aws_internet_gateway`, `aws_subnet`, `aws_route_table`, `aws_route_table_association`, `aws_route`, `aws_eip`,
 * `aws_nat_gateway`.
 */
export class AwsInternetEgress extends Construct {
  readonly internetGateway: InternetGateway;
  readonly routeTable: RouteTable;
  readonly publicRoute: Route;
  /** By zone. */
  readonly subnets: Readonly<Record<string, Subnet>>;
  readonly associations: Readonly<Record<string, RouteTableAssociation>>;
  /** By zone. */
  readonly addresses: Readonly<Record<string, Eip>>;
  /** By zone. */
  readonly natGateways: Readonly<Record<string, NatGateway>>;
  readonly privateRoutes: readonly Route[];

  constructor(scope: Construct, id: string, props: AwsInternetEgressProps) {
    super(scope, id);
    const { namePrefix, vpcId, zones } = props;
    const perZone = <T>(make: (zone: string, index: number) => T): Record<string, T> =>
      Object.fromEntries(zones.map((zone, index) => [zone, make(zone, index)]));
    this.internetGateway = new InternetGateway(this, "gateway", { vpcId, tags: { Name: namePrefix } });
    this.routeTable = new RouteTable(this, "routes", { vpcId, tags: { Name: `${namePrefix}-public` } });
    this.publicRoute = new Route(this, "route", {
      routeTableId: this.routeTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: this.internetGateway.id,
    });
    this.subnets = perZone(
      (zone, index) =>
        new Subnet(this, `public-${zone}`, {
          vpcId,
          availabilityZone: zone,
          cidrBlock: publicSubnetAt(props.cidrBlock, index),
          mapPublicIpOnLaunch: false,
          tags: { Name: `${namePrefix}-public-${zone}` },
        }),
    );
    this.associations = perZone(
      (zone) =>
        new RouteTableAssociation(this, `association-${zone}`, {
          subnetId: this.subnets[zone]!.id,
          routeTableId: this.routeTable.id,
        }),
    );
    this.addresses = perZone(
      (zone) =>
        new Eip(this, `address-${zone}`, {
          domain: "vpc",
          tags: { Name: `${namePrefix}-nat-${zone}` },
          dependsOn: [this.internetGateway],
        }),
    );
    this.natGateways = perZone(
      (zone) =>
        new NatGateway(this, `nat-${zone}`, {
          subnetId: this.subnets[zone]!.id,
          allocationId: this.addresses[zone]!.allocationId,
          tags: { Name: `${namePrefix}-${zone}` },
          dependsOn: [this.internetGateway],
        }),
    );
    this.privateRoutes = props.routeTables.map(
      ({ id, zone, table }) =>
        new Route(this, `private-${id}`, {
          routeTableId: table.id,
          destinationCidrBlock: "0.0.0.0/0",
          natGatewayId: this.natGateways[zone]!.id,
        }),
    );
  }
}
