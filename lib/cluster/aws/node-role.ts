import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { serviceTrust } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";

/** What a node itself may do: find its cluster, hand tokens to the Pod Identity agent, pull images. */
const POLICIES = {
  worker: "AmazonEKSWorkerNodePolicy",
  images: "AmazonEC2ContainerRegistryPullOnly",
} as const;

/** Name of a role of the cluster. */
export function clusterRoleName(namePrefix: string, use: string): string {
  return resourceName([namePrefix, use], { maxLength: 64 });
}

export interface AwsNodeRoleProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  /** End of the role's name. */
  readonly use: string;
}

/**
 * The role of EC2 nodes. The VPC CNI and other pods have roles of their own by Pod Identity, so this one has no
 * right to change the network; whoever wants sessions on nodes attaches `AmazonSSMManagedInstanceCore`.
 *
 * Makes `aws_iam_role`, `aws_iam_role_policy_attachment`.
 */
export class AwsNodeRole extends Construct {
  readonly role: IamRole;
  readonly attachments: readonly IamRolePolicyAttachment[];

  constructor(scope: Construct, id: string, props: AwsNodeRoleProps) {
    super(scope, id);
    this.role = new IamRole(this, "role", {
      name: clusterRoleName(props.namePrefix, props.use),
      description: `Nodes of the cluster ${props.namePrefix}`,
      assumeRolePolicy: serviceTrust(`ec2.${props.facts.dnsSuffix}`),
    });
    this.attachments = Object.entries(POLICIES).map(
      ([use, policy]) =>
        new IamRolePolicyAttachment(this, use, {
          role: this.role.name,
          policyArn: `arn:${props.facts.partition}:iam::aws:policy/${policy}`,
        }),
    );
  }
}
