import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { PrometheusAlertManagerDefinition } from "@cdktf/provider-aws/lib/prometheus-alert-manager-definition";
import { PrometheusRuleGroupNamespace } from "@cdktf/provider-aws/lib/prometheus-rule-group-namespace";
import { PrometheusScraper } from "@cdktf/provider-aws/lib/prometheus-scraper";
import { PrometheusWorkspace } from "@cdktf/provider-aws/lib/prometheus-workspace";
import { PrometheusWorkspaceConfiguration } from "@cdktf/provider-aws/lib/prometheus-workspace-configuration";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { awsFacts } from "../../core/aws-facts";
import { AwsKey, logsMayUseKey } from "../../core/aws-key";
import { LOG_RETENTION_DAYS } from "../../core/aws-log-retention";
import { claimNames } from "../../core/claimed-names";
import { CoreErrors } from "../../core/errors";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import type { AwsSite } from "../../fabric/site";
import { ObservabilityErrors } from "../errors";
import { refuseCloudMetrics } from "../exporters-of-place";
import type { IObservability, MetricsQueryAccess } from "../observability";
import { type ObservabilityPlan, resolvePlan } from "../plan";
import { warnOfPlan } from "../plan-warnings";
import { ruleDocument } from "../rules/rule";
import { refuseAccess } from "../source-access";
import { alertManagerDefinition } from "./alert-manager";
import { AwsGrafana } from "./grafana";
import type { AwsObservabilityProps } from "./props";
import { scrapeConfiguration } from "./scrape-config";

/** What the service keeps without being told. Source: https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html. */
const RETENTION = { days: 150, most: 1095 };
const LOG_DAYS = 30;

/**
 * Amazon Managed Service for Prometheus: samples, rules and alerts, for the `foundation` stack, or a later one if the scraped
 * cluster is of another stack. Dashboards are outputs (`dashboard-…`), because no resource of the provider imports them into
 * Amazon Managed Grafana.
 *
 * Terraform resource types: `aws_prometheus_workspace`, `aws_prometheus_workspace_configuration`,
 * `aws_prometheus_rule_group_namespace`, `aws_prometheus_alert_manager_definition`, `aws_prometheus_scraper`,
 * `aws_cloudwatch_log_group`, `aws_kms_key`, `aws_kms_alias`, and those of {@link AwsGrafana}.
 *
 * @throws all errors of `planObservability`, ExporterOfOtherPlace, SourceAccessUnsupported, InvalidArn, NoEffect, NumberOutOfRange, InvalidDuration,
 *   MissingValue, NotOneOf, RemovalNeedsTwoKeys; at synth ObservabilityNamesTaken, ProviderOfOtherPlace
 */
export class AwsObservability extends Construct implements IObservability {
  readonly site: AwsSite;
  readonly backend = "amazon-managed-prometheus";
  readonly plan: ObservabilityPlan;
  /** Undefined with `encryptionKeyArn`. */
  readonly key?: AwsKey;
  readonly workspace: PrometheusWorkspace;
  readonly configuration: PrometheusWorkspaceConfiguration;
  readonly logGroup: CloudwatchLogGroup;
  /** One per group of rules. */
  readonly rules: readonly PrometheusRuleGroupNamespace[];
  /** Only with `topics`. */
  readonly alertManager?: PrometheusAlertManagerDefinition;
  /** Only with `cluster`. */
  readonly scraper?: PrometheusScraper;
  /** Only with `grafana`. */
  readonly grafana?: AwsGrafana;

  constructor(scope: Construct, id: string, props: AwsObservabilityProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    checkProps(problems, props);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    this.plan = resolvePlan(problems, props, this.node.path);
    problems.throwIfAny();
    warnOfPlan(this, this.plan);
    this.site = props.site;
    const { namePrefix } = props;
    const facts = awsFacts(this, props.site);
    claimNames(this, {
      key: `observability/aws/${props.site.account ?? ""}/${facts.region}/${namePrefix}`,
      error: ObservabilityErrors.ObservabilityNamesTaken,
      given: namePrefix,
    });
    if (props.encryptionKeyArn === undefined) {
      this.key = new AwsKey(this, "key", {
        facts,
        aliasName: `${namePrefix}-observability`,
        description: `Metrics of ${namePrefix}`,
        protect: !destroyable,
        statements: [logsMayUseKey(facts)],
      });
    }
    const kmsKeyArn = props.encryptionKeyArn ?? this.key!.key.arn;
    this.logGroup = new CloudwatchLogGroup(this, "log-group", {
      name: `/aws/vendedlogs/prometheus/${namePrefix}`,
      kmsKeyId: kmsKeyArn,
      retentionInDays: props.logRetentionDays ?? LOG_DAYS,
    });
    this.workspace = new PrometheusWorkspace(this, "workspace", {
      alias: namePrefix,
      kmsKeyArn,
      loggingConfiguration: { logGroupArn: `${this.logGroup.arn}:*` },
      lifecycle: destroyable ? undefined : { preventDestroy: true },
    });
    this.configuration = new PrometheusWorkspaceConfiguration(this, "configuration", {
      workspaceId: this.workspace.id,
      retentionPeriodInDays: props.retentionDays ?? RETENTION.days,
    });
    this.rules = this.plan.groups.map(
      (group) =>
        new PrometheusRuleGroupNamespace(this, `rules-${group.name}`, {
          workspaceId: this.workspace.id,
          name: group.name,
          data: escapeTemplate(stableJson(ruleDocument([group]))),
        }),
    );
    if (props.topics) {
      this.alertManager = new PrometheusAlertManagerDefinition(this, "alert-manager", {
        workspaceId: this.workspace.id,
        definition: escapeTemplate(alertManagerDefinition(props.topics, facts.region)),
      });
    }
    if (props.cluster) {
      const { clusterArn, subnetIds, securityGroupIds } = props.cluster;
      this.scraper = new PrometheusScraper(this, "scraper", {
        alias: namePrefix,
        scrapeConfiguration: escapeTemplate(
          scrapeConfiguration(props.sources, props.scrapeInterval ?? "30s"),
        ),
        destination: [{ amp: [{ workspaceArn: this.workspace.arn }] }],
        source: [
          {
            eks: [
              {
                clusterArn,
                subnetIds: [...subnetIds],
                securityGroupIds: securityGroupIds && [...securityGroupIds],
              },
            ],
          },
        ],
      });
    }
    if (props.grafana) {
      this.grafana = new AwsGrafana(this, "grafana", {
        facts,
        namePrefix,
        workspaceArn: this.workspace.arn,
        ...props.grafana,
      });
    }
    for (const { uid, json } of this.plan.dashboards) {
      new TerraformOutput(this, `dashboard-${uid}`, {
        description: `Dashboard for Grafana: import it, or POST it to /api/dashboards/db`,
        value: escapeTemplate(stableJson(json)),
      });
    }
  }

  query(): MetricsQueryAccess {
    return { url: this.workspace.prometheusEndpoint, auth: "aws-sigv4" };
  }
}

function checkProps(problems: Problems, props: AwsObservabilityProps): void {
  problems.name("namePrefix", props.namePrefix);
  refuseCloudMetrics(problems, props.sources, "Amazon Managed Prometheus");
  if (props.cluster) {
    refuseAccess(problems, props.sources, "amazon");
  }
  if (props.encryptionKeyArn !== undefined) {
    problems.arn("encryptionKeyArn", props.encryptionKeyArn, "kms");
  }
  if (props.topics) {
    problems.arn("topics.pageTopicArn", props.topics.pageTopicArn, "sns");
    problems.arn("topics.ticketTopicArn", props.topics.ticketTopicArn, "sns");
  }
  if (props.retentionDays !== undefined) {
    problems.integer("retentionDays", props.retentionDays, { min: 1, max: RETENTION.most });
  }
  if (props.logRetentionDays !== undefined && !LOG_RETENTION_DAYS.includes(props.logRetentionDays)) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject: "logRetentionDays",
      given: props.logRetentionDays,
      allowed: LOG_RETENTION_DAYS.join(", "),
    });
  }
  if (props.cluster) {
    problems.arn("cluster.clusterArn", props.cluster.clusterArn, "eks");
    problems.required("cluster.subnetIds", props.cluster.subnetIds[1], "at least two subnets");
  }
  if (props.scrapeInterval !== undefined) {
    if (!props.cluster) {
      problems.add(CoreErrors.NoEffect, {
        subject: "scrapeInterval",
        given: props.scrapeInterval,
        allowed: "nothing, without cluster",
      });
    }
    problems.literal("scrapeInterval", props.scrapeInterval);
    problems.duration("scrapeInterval", props.scrapeInterval);
  }
  if (props.grafana) {
    problems.oneOf("grafana.signIn", props.grafana.signIn, ["AWS_SSO", "SAML"]);
  }
}
