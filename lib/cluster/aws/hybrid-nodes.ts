import { EksAccessEntry } from "@cdktf/provider-aws/lib/eks-access-entry";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { type PolicyStatement, policyJson } from "../../core/aws-policy";
import { clusterRoleName } from "./node-role";
import type { HybridNodesOptions } from "./props";

export interface AwsHybridNodesProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  /** Token. */
  readonly clusterName: string;
  readonly options: HybridNodesOptions;
}

/** Source: https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-creds.html (read 2026-11-24) */
function trust(facts: AwsFacts, { credentials, trustAnchorArn }: HybridNodesOptions): PolicyStatement {
  return credentials === "iam-roles-anywhere"
    ? {
        Sid: "MachinesWithCertificates",
        Effect: "Allow",
        Principal: { Service: "rolesanywhere.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
        Condition: { ArnEquals: { "aws:SourceArn": trustAnchorArn! } },
      }
    : {
        Sid: "ActivatedMachines",
        Effect: "Allow",
        Principal: { Service: "ssm.amazonaws.com" },
        Action: ["sts:AssumeRole"],
        Condition: {
          StringEquals: { "aws:SourceAccount": facts.account },
          ArnEquals: { "aws:SourceArn": regionalArn(facts, "ssm", "*") },
        },
      };
}

/**
 * The identity of machines outside AWS that join the cluster, and their way in. Activations of Systems Manager and
 * certificates are secrets and made by hand.
 *
 * Makes `aws_iam_role`, `aws_iam_role_policy`, `aws_iam_role_policy_attachment`, `aws_eks_access_entry`.
 */
export class AwsHybridNodes extends Construct {
  readonly role: IamRole;
  readonly rolePolicy: IamRolePolicy;
  readonly attachments: readonly IamRolePolicyAttachment[];
  readonly accessEntry: EksAccessEntry;

  constructor(scope: Construct, id: string, { facts, namePrefix, ...props }: AwsHybridNodesProps) {
    super(scope, id);
    this.role = new IamRole(this, "role", {
      name: clusterRoleName(namePrefix, "hybrid-node"),
      description: `Machines outside AWS in the cluster ${namePrefix}`,
      assumeRolePolicy: policyJson([trust(facts, props.options)]),
    });
    this.rolePolicy = new IamRolePolicy(this, "role-policy", {
      name: "join-cluster",
      role: this.role.name,
      policy: policyJson([
        {
          Sid: "FindCluster",
          Effect: "Allow",
          Action: ["eks:DescribeCluster", "eks:ListAccessEntries"],
          Resource: [regionalArn(facts, "eks", `cluster/${namePrefix}`)],
        },
        {
          Sid: "PodIdentity",
          Effect: "Allow",
          Action: ["eks-auth:AssumeRoleForPodIdentity"],
          Resource: [regionalArn(facts, "eks", `cluster/${namePrefix}`)],
        },
      ]),
    });
    const ssm = (props.options.credentials ?? "ssm") === "ssm";
    const policies = ["AmazonEC2ContainerRegistryPullOnly", ...(ssm ? ["AmazonSSMManagedInstanceCore"] : [])];
    this.attachments = policies.map(
      (policy) =>
        new IamRolePolicyAttachment(this, policy, {
          role: this.role.name,
          policyArn: `arn:${facts.partition}:iam::aws:policy/${policy}`,
        }),
    );
    this.accessEntry = new EksAccessEntry(this, "access", {
      clusterName: props.clusterName,
      principalArn: this.role.arn,
      type: "HYBRID_LINUX",
    });
  }
}
