import { EksAccessEntry } from "@cdktf/provider-aws/lib/eks-access-entry";
import { EksAccessPolicyAssociation } from "@cdktf/provider-aws/lib/eks-access-policy-association";
import { Construct } from "constructs";
import type { AwsRoleIdentity } from "../../fabric/identity";

/** What a principal may do, as Kubernetes names it. */
export type AccessLevel = "cluster-admin" | "admin" | "edit" | "view";

/** Policies of EKS. Source: https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html (read 2026-11-24) */
export const ACCESS_POLICIES: Readonly<Record<AccessLevel, string>> = {
  "cluster-admin": "AmazonEKSClusterAdminPolicy",
  admin: "AmazonEKSAdminPolicy",
  edit: "AmazonEKSEditPolicy",
  view: "AmazonEKSViewPolicy",
};

export interface AwsClusterAccessProps {
  readonly clusterName: string;
  readonly partition: string;
  readonly identity: AwsRoleIdentity;
  readonly level: AccessLevel;
  /** @default - the whole cluster */
  readonly namespaces?: readonly string[];
}

/**
 * A role of AWS that may work in the cluster.
 *
 * Makes `aws_eks_access_entry`, `aws_eks_access_policy_association`.
 */
export class AwsClusterAccess extends Construct {
  readonly entry: EksAccessEntry;
  readonly association: EksAccessPolicyAssociation;

  constructor(scope: Construct, id: string, props: AwsClusterAccessProps) {
    super(scope, id);
    this.entry = new EksAccessEntry(this, "entry", {
      clusterName: props.clusterName,
      principalArn: props.identity.roleArn,
      type: "STANDARD",
    });
    this.association = new EksAccessPolicyAssociation(this, "policy", {
      clusterName: props.clusterName,
      principalArn: this.entry.principalArn,
      policyArn: `arn:${props.partition}:eks::aws:cluster-access-policy/${ACCESS_POLICIES[props.level]}`,
      accessScope: props.namespaces
        ? { type: "namespace", namespaces: [...props.namespaces] }
        : { type: "cluster" },
    });
  }
}
