import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";

/**
 * Lets EFA traffic through between nodes: EFA wants a group that names itself in both directions, and does not take a
 * rule for all addresses in its place.
 *
 * Makes `aws_security_group`, `aws_vpc_security_group_ingress_rule`, `aws_vpc_security_group_egress_rule`.
 */
export class AwsEfaSecurityGroup extends Construct {
  readonly group: SecurityGroup;
  readonly ingress: VpcSecurityGroupIngressRule;
  readonly egress: VpcSecurityGroupEgressRule;

  constructor(
    scope: Construct,
    id: string,
    { namePrefix, vpcId }: { readonly namePrefix: string; readonly vpcId: string },
  ) {
    super(scope, id);
    this.group = new SecurityGroup(this, "group", {
      name: `${namePrefix}-efa`,
      description: "EFA traffic between nodes of the cluster",
      vpcId,
      tags: { Name: `${namePrefix}-efa` },
    });
    const itself = {
      securityGroupId: this.group.id,
      referencedSecurityGroupId: this.group.id,
      ipProtocol: "-1",
      description: "EFA between nodes",
    };
    this.ingress = new VpcSecurityGroupIngressRule(this, "ingress", itself);
    this.egress = new VpcSecurityGroupEgressRule(this, "egress", itself);
  }
}
