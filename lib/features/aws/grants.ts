import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import { type PolicyStatement, policyJson } from "../../core/aws-policy";
import { type AdoptedRole, adoptRole } from "../../core/aws-role";
import { CoreErrors } from "../../core/errors";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import { SiteErrors } from "../../fabric/errors";
import type { AwsRoleIdentity, Identity } from "../../fabric/identity";
import type { Grant } from "../../lakehouse/index";
import { FeatureErrors } from "../errors";

export interface AwsFeatureGrantsProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly encryptionKeyArn: string;
  /** CloudWatch name space in which writers report. */
  readonly metricNamespace: string;
}

interface Rights {
  readonly identity: AwsRoleIdentity;
  readonly policy: IamRolePolicy;
  /** Names of feature groups. */
  readonly read: Set<string>;
  readonly write: Set<string>;
}

/**
 * Rights on feature groups: one inline policy per role, with the ARNs of just the groups that it was granted.
 *
 * Makes `aws_iam_role_policy`.
 */
export class AwsFeatureGrants extends Construct {
  private readonly rights = new Map<string, Rights>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsFeatureGrantsProps,
  ) {
    super(scope, id);
  }

  /** @throws GrantToForeignIdentity, DuplicateValue */
  grant(access: "read" | "write", groupName: string, identity: Identity): Grant {
    const held = this.rightsOf(identity);
    held[access].add(groupName);
    held.policy.policy = policyJson(this.statements(held));
    return { resources: [held.policy] };
  }

  private rightsOf(identity: Identity): Rights {
    const problems = new Problems(this.node.path);
    const role = this.role(problems, identity);
    const known = this.rights.get(identity.name);
    if (known && identity.kind === "aws-role" && known.identity.roleArn !== identity.roleArn) {
      problems.add(CoreErrors.DuplicateValue, {
        subject: `identity "${identity.name}"`,
        given: identity.roleArn,
        allowed: `${known.identity.roleArn}, which already has this name; the name is part of ids`,
      });
    }
    problems.throwIfAny();
    if (known) {
      return known;
    }
    const policy = new IamRolePolicy(this, identity.name, {
      name: resourceName([this.props.namePrefix, "features", identity.name], { maxLength: 64 }),
      role: role!.name,
      policy: "",
      lifecycle: role!.sameAccount && {
        precondition: [
          {
            condition: role!.sameAccount,
            errorMessage: `The role of ${identity.name} is in another account, where this grant would do nothing. Grant to a role of the feature store's account.`,
          },
        ],
      },
    });
    const made = {
      identity: identity as AwsRoleIdentity,
      policy,
      read: new Set<string>(),
      write: new Set<string>(),
    };
    this.rights.set(identity.name, made);
    return made;
  }

  private role(problems: Problems, identity: Identity): AdoptedRole | undefined {
    if (identity.kind !== "aws-role") {
      problems.add(FeatureErrors.GrantToForeignIdentity, {
        subject: `identity "${identity.name}"`,
        given: identity.kind,
        allowed: "aws-role: pods take on a role, and the role is granted",
      });
      return undefined;
    }
    return adoptRole(problems, this.props.facts, identity, {
      InvalidPrincipal: SiteErrors.InvalidPrincipal,
      GrantNotApplicable: FeatureErrors.GrantToForeignIdentity,
    });
  }

  private statements({ read, write }: Rights): readonly PolicyStatement[] {
    const { facts, encryptionKeyArn, metricNamespace } = this.props;
    const groups = (names: Set<string>): string[] =>
      [...names].sort().map((name) => regionalArn(facts, "sagemaker", `feature-group/${name}`));
    const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement[] =>
      Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource }];
    return [
      ...allow("LookUpRecords", ["sagemaker:BatchGetRecord", "sagemaker:GetRecord"], groups(read)),
      ...allow("WriteRecords", ["sagemaker:DeleteRecord", "sagemaker:PutRecord"], groups(write)),
      ...allow("UseKey", write.size > 0 ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"], [
        encryptionKeyArn,
      ]),
      ...(write.size === 0
        ? []
        : [
            {
              Sid: "ReportWrites",
              Effect: "Allow" as const,
              Action: ["cloudwatch:PutMetricData"],
              Resource: ["*"],
              Condition: { StringEquals: { "cloudwatch:namespace": metricNamespace } },
            },
          ]),
    ];
  }
}
