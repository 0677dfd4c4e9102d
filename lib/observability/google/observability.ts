import { MonitoringAlertPolicy } from "@cdktf/provider-google/lib/monitoring-alert-policy";
import { MonitoringDashboard } from "@cdktf/provider-google/lib/monitoring-dashboard";
import { Construct } from "constructs";
import { claimNames } from "../../core/claimed-names";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { GoogleSite } from "../../fabric/site";
import type { IModelEndpoint } from "../../serving/serving";
import { vertexPart } from "../endpoints/vertex";
import { ObservabilityErrors } from "../errors";
import type { IObservability, MetricsQueryAccess, ObservabilityProps } from "../observability";
import { type ObservabilityPlan, resolvePlan } from "../plan";
import { warnOfPlan } from "../plan-warnings";
import type { AlertRule, RuleGroup } from "../rules/rule";
import { alertId, cloudText, promqlCondition } from "./alert-policy";
import { cloudDashboard } from "./cloud-dashboard";

/** Channels of Cloud Monitoring that alerts go to: `projects/<project>/notificationChannels/<id>`. May be tokens. */
export interface GoogleAlertChannels {
  readonly page: readonly string[];
  readonly ticket: readonly string[];
}

export interface GoogleObservabilityProps extends ObservabilityProps {
  readonly site: GoogleSite;
  /** @default - alerts become incidents that nobody is told of */
  readonly channels?: GoogleAlertChannels;
  /**
   * Endpoints of Vertex AI: their promise and health as far as Cloud Monitoring measures them. `withoutSlo` must name the
   * `first-token` of their classes: nothing measures it. @default - none
   */
  readonly vertexEndpoints?: readonly IModelEndpoint[];
}

const CHANNEL = /^projects\/[^/]+\/notificationChannels\/[^/]+$/;

/**
 * Google Managed Service for Prometheus, the part in the cloud, for the `foundation` stack: one alert policy per alert, with
 * its query in PromQL, and dashboards of Cloud Monitoring. What collects and records is in each cluster:
 * `KubernetesObservability` with `collector: "gke-managed"` and the same declaration, in its `workloads` stack. Endpoints of
 * Vertex AI need no cluster: without other sources this is all.
 *
 * Terraform resource types: `google_monitoring_alert_policy`, `google_monitoring_dashboard`.
 *
 * @throws all errors of `planObservability`, EndpointMetricsElsewhere, InvalidTarget; at synth ObservabilityNamesTaken
 */
export class GoogleObservability extends Construct implements IObservability {
  readonly site: GoogleSite;
  readonly backend = "google-managed-prometheus";
  readonly plan: ObservabilityPlan;
  readonly policies: readonly MonitoringAlertPolicy[];
  readonly dashboards: readonly MonitoringDashboard[];

  constructor(scope: Construct, id: string, props: GoogleObservabilityProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    problems.name("namePrefix", props.namePrefix);
    checkChannels(problems, props.channels);
    const vertex = vertexPart(problems, props.vertexEndpoints ?? [], props.withoutSlo ?? {});
    this.plan = resolvePlan(problems, props, this.node.path, vertex);
    problems.throwIfAny();
    warnOfPlan(this, this.plan);
    this.site = props.site;
    claimNames(this, {
      key: `observability/google/${props.site.project}/${props.namePrefix}`,
      error: ObservabilityErrors.ObservabilityNamesTaken,
      given: props.namePrefix,
    });
    this.policies = this.plan.groups.flatMap((group) =>
      group.rules.flatMap((rule) => ("alert" in rule ? [this.policy(rule, group, props)] : [])),
    );
    this.dashboards = this.plan.dashboards.map(
      (dashboard) =>
        new MonitoringDashboard(this, `dashboard-${dashboard.uid}`, {
          project: props.site.project,
          dashboardJson: escapeTemplate(stableJson(cloudDashboard(dashboard, props.namePrefix))),
        }),
    );
  }

  query(): MetricsQueryAccess {
    return {
      url: `https://monitoring.googleapis.com/v1/projects/${this.site.project}/location/global/prometheus`,
      auth: "google-oauth",
    };
  }

  private policy(rule: AlertRule, group: RuleGroup, props: GoogleObservabilityProps): MonitoringAlertPolicy {
    const channels = props.channels?.[rule.severity] ?? [];
    const condition = promqlCondition(rule, group);
    const id = alertId(rule);
    return new MonitoringAlertPolicy(this, `alert-${id}`, {
      project: props.site.project,
      displayName: `${props.namePrefix}: ${id}`,
      combiner: "OR",
      severity: rule.severity === "page" ? "CRITICAL" : "WARNING",
      notificationChannels: channels.length === 0 ? undefined : [...channels],
      documentation: {
        mimeType: "text/markdown",
        content: escapeTemplate(cloudText(`${rule.summary}\n\n${rule.runbook}`)),
      },
      conditions: [
        {
          displayName: rule.alert,
          conditionPrometheusQueryLanguage: { ...condition, query: escapeTemplate(condition.query) },
        },
      ],
    });
  }
}

function checkChannels(problems: Problems, channels: GoogleAlertChannels | undefined): void {
  for (const severity of ["page", "ticket"] as const) {
    (channels?.[severity] ?? []).forEach((channel, index) => {
      if (!isToken(channel) && !CHANNEL.test(channel)) {
        problems.add(ObservabilityErrors.InvalidTarget, {
          subject: `channels.${severity}[${index}]`,
          given: channel,
          allowed: "projects/<project>/notificationChannels/<id>",
          fix: "give the full name of the channel, or the `name` of its resource",
        });
      }
    });
  }
}
