import { GrafanaWorkspace } from "@cdktf/provider-aws/lib/grafana-workspace";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { policyJson } from "../../core/aws-policy";
import type { ManagedGrafana } from "./props";

/** The newest version that the service offered when it was read (2026-11). */
const VERSION = "10.4";

export interface AwsGrafanaProps extends ManagedGrafana {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly workspaceArn: string;
}

/**
 * A workspace of Amazon Managed Grafana that may query one workspace of Prometheus, and nothing else. Who may sign in is
 * decided in it, or by `aws_grafana_role_association`.
 *
 * Terraform resource types: `aws_grafana_workspace`, `aws_iam_role`, `aws_iam_role_policy`.
 */
export class AwsGrafana extends Construct {
  readonly workspace: GrafanaWorkspace;
  readonly role: IamRole;
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: AwsGrafanaProps) {
    super(scope, id);
    const { facts, namePrefix } = props;
    const name = `${namePrefix}-${facts.region}-grafana`;
    this.role = new IamRole(this, "role", {
      name,
      assumeRolePolicy: policyJson([
        {
          Sid: "GrafanaOfThisAccount",
          Effect: "Allow",
          Principal: { Service: "grafana.amazonaws.com" },
          Action: ["sts:AssumeRole"],
          Condition: { StringEquals: { "aws:SourceAccount": facts.account } },
        },
      ]),
    });
    this.policy = new IamRolePolicy(this, "policy", {
      name: "query",
      role: this.role.id,
      policy: policyJson([
        {
          Sid: "QueryOneWorkspace",
          Effect: "Allow",
          Action: [
            "aps:DescribeWorkspace",
            "aps:QueryMetrics",
            "aps:GetLabels",
            "aps:GetSeries",
            "aps:GetMetricMetadata",
          ],
          Resource: [props.workspaceArn],
        },
      ]),
    });
    this.workspace = new GrafanaWorkspace(this, "workspace", {
      name,
      accountAccessType: "CURRENT_ACCOUNT",
      permissionType: "CUSTOMER_MANAGED",
      authenticationProviders: [props.signIn],
      dataSources: ["PROMETHEUS"],
      roleArn: this.role.arn,
      grafanaVersion: props.version ?? VERSION,
    });
  }
}
