import { EksPodIdentityAssociation } from "@cdktf/provider-aws/lib/eks-pod-identity-association";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { type PolicyStatement, policyJson } from "../../core/aws-policy";
import { escapeTemplate } from "../../core/escape";
import { resourceName } from "../../core/naming";

/** Who a role is for. */
export interface ServiceAccountRef {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Trust in one service account of one cluster, as the Pod Identity service presents it. */
function podIdentityTrust(
  facts: AwsFacts,
  clusterName: string,
  { namespace, serviceAccount }: ServiceAccountRef,
): string {
  return policyJson([
    {
      Sid: "PodIdentity",
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        StringEquals: {
          "aws:SourceAccount": facts.account,
          "aws:RequestTag/kubernetes-namespace": namespace,
          "aws:RequestTag/kubernetes-service-account": serviceAccount,
        },
        ArnEquals: { "aws:SourceArn": regionalArn(facts, "eks", `cluster/${clusterName}`) },
      },
    },
  ]);
}

export interface AwsPodRoleProps extends ServiceAccountRef {
  readonly facts: AwsFacts;
  /** Literal name of the cluster. */
  readonly namePrefix: string;
  /** What the role may do, by name of the inline policy. @default - none */
  readonly policies?: Readonly<Record<string, readonly PolicyStatement[]>>;
  /** Policies of AWS that the role has, by name. @default - none */
  readonly managedPolicies?: readonly string[];
  /** Token of the cluster's name. Unset: the association is made by an add-on. */
  readonly clusterName?: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A role that pods of one service account have, without any key: EKS Pod Identity.
 *
 * Makes `aws_iam_role`, `aws_iam_role_policy`, `aws_iam_role_policy_attachment`, `aws_eks_pod_identity_association`.
 */
export class AwsPodRole extends Construct {
  readonly role: IamRole;
  /** By name. */
  readonly policies: Readonly<Record<string, IamRolePolicy>>;
  readonly attachments: readonly IamRolePolicyAttachment[];
  /** Unset where an add-on makes the association. */
  readonly association?: EksPodIdentityAssociation;

  constructor(scope: Construct, id: string, props: AwsPodRoleProps) {
    super(scope, id);
    const { facts, namePrefix, namespace, serviceAccount } = props;
    this.role = new IamRole(this, "role", {
      name: resourceName([namePrefix, namespace, serviceAccount], { maxLength: 64 }),
      description: `Pods of ${namespace}/${serviceAccount} in the cluster ${namePrefix}`,
      assumeRolePolicy: podIdentityTrust(facts, namePrefix, props),
    });
    this.policies = Object.fromEntries(
      Object.entries(props.policies ?? {}).map(([name, statements]) => [
        name,
        new IamRolePolicy(this, `policy-${name}`, {
          name,
          role: this.role.name,
          // Variables of IAM such as ${aws:PrincipalTag/…} are not Terraform's.
          policy: escapeTemplate(policyJson(statements)),
        }),
      ]),
    );
    this.attachments = (props.managedPolicies ?? []).map(
      (policy) =>
        new IamRolePolicyAttachment(this, `attachment-${policy.split("/").at(-1)}`, {
          role: this.role.name,
          policyArn: `arn:${facts.partition}:iam::aws:policy/${policy}`,
        }),
    );
    if (props.clusterName !== undefined) {
      this.association = new EksPodIdentityAssociation(this, "association", {
        clusterName: props.clusterName,
        namespace,
        serviceAccount,
        roleArn: this.role.arn,
        dependsOn: [...(props.dependsOn ?? [])],
      });
    }
  }
}
