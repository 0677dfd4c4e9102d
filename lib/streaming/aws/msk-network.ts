import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import type { IAwsNetwork } from "../../network/network";

/** Ports of MSK. Source: https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html (read 2026-11) */
export const MSK_IAM_PORT = 9098;
export const MSK_TLS_PORT = 9094;

/** MSK takes brokers in two or three zones. */
const MAX_ZONES = 3;

export function mskSubnets(network: IAwsNetwork): readonly string[] {
  return network.privateSubnetIds.slice(0, MAX_ZONES);
}

/**
 * The way from the network to the brokers, by TLS ports only.
 *
 * Makes `aws_security_group`, `aws_vpc_security_group_ingress_rule`, `aws_vpc_security_group_egress_rule`.
 */
export class MskSecurityGroup extends Construct {
  readonly group: SecurityGroup;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly name: string; readonly network: IAwsNetwork; readonly ports: readonly number[] },
  ) {
    super(scope, id);
    const { name, network } = props;
    this.group = new SecurityGroup(this, "group", {
      name: `${name}-kafka`,
      description: `Clients of stream ${name}`,
      vpcId: network.vpcId,
      revokeRulesOnDelete: true,
      tags: { Name: `${name}-kafka` },
    });
    for (const port of props.ports) {
      new VpcSecurityGroupIngressRule(this, `clients-${port}`, {
        securityGroupId: this.group.id,
        description: "Clients in the network",
        cidrIpv4: network.cidrBlock,
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
      });
    }
    // Replication to and from other clusters of the network.
    new VpcSecurityGroupEgressRule(this, "network", {
      securityGroupId: this.group.id,
      description: "Inside the network",
      cidrIpv4: network.cidrBlock,
      ipProtocol: "tcp",
      fromPort: MSK_TLS_PORT,
      toPort: MSK_IAM_PORT,
    });
  }
}
