import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import type { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { claimNames } from "../../core/claimed-names";
import { CoreErrors } from "../../core/errors";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { Problems } from "../../core/problems";
import type { Site } from "../../fabric/site";
import { CustomResource } from "../../kubernetes/custom-resource";
import { DNS_LABEL } from "../../kubernetes/metadata";
import { guardPhases } from "../../kubernetes/phase-guard";
import { objectName, partOf } from "../../kubernetes/room-context";
import type { Dashboard } from "../dashboards/dashboard";
import { ObservabilityErrors } from "../errors";
import { refuseCloudMetrics } from "../exporters-of-place";
import type { IObservability, MetricsQueryAccess, ObservabilityBackend } from "../observability";
import { type ObservabilityPlan, resolvePlan } from "../plan";
import { warnOfPlan } from "../plan-warnings";
import { type RuleGroup, ruleDocument } from "../rules/rule";
import { refuseAccess } from "../source-access";
import { DASHBOARD_LABEL } from "./dashboard-label";
import { podMonitor, podMonitoring, scrapePolicy } from "./monitors";
import type { KubernetesObservabilityProps, ObservabilityContext } from "./props";
import { alertmanagerSpec, checkReceivers } from "./receivers";

const PROMETHEUS_PORT = 9090;
const RELEASE = "kube-prometheus-stack";
/** Of PodMonitoring. Source: prometheus-engine charts/operator/crds/monitoring.googleapis.com_podmonitorings.yaml at 00f28d4. */
const PROTECTED_LABELS: readonly string[] = [
  "project_id",
  "location",
  "cluster",
  "namespace",
  "job",
  "instance",
  "top_level_controller",
  "top_level_controller_type",
];
const OF_OPERATOR = ["release", "receivers", "closedSources"] as const;

/**
 * Metrics, rules and dashboards of one cluster, for the `workloads` stack. Needs `ObservabilityOperators` in the `platform`
 * stack, or with `collector: "gke-managed"` a cluster of GKE whose managed collection is on.
 *
 * With the operator: one PodMonitor per source, one PrometheusRule per group, an AlertmanagerConfig if receivers are given,
 * and one ConfigMap per dashboard, which Grafana's sidecar loads. With GKE: one PodMonitoring per source and one Rules
 * object that records; alerts and dashboards are then in Cloud Monitoring (`GoogleObservability`).
 *
 * Terraform resource types: `kubernetes_manifest`, `kubernetes_config_map_v1`, `kubernetes_network_policy_v1`.
 *
 * @throws all errors of `planObservability`, ExporterOfOtherPlace, SourceAccessUnsupported, SecretAsText, NoEffect, InvalidDuration, NotOneOf,
 *   MissingValue, InvalidName; at synth ObservabilityNamesTaken, CustomResourceBesideItsOperator, KubernetesObjectBesideItsCluster
 */
export class KubernetesObservability extends Construct implements IObservability {
  readonly site: Site;
  readonly backend: ObservabilityBackend;
  readonly plan: ObservabilityPlan;
  /** One per scraped source, in the order of the declaration. */
  readonly monitors: readonly CustomResource[];
  readonly rules: readonly CustomResource[];
  readonly dashboards: readonly ConfigMapV1[];
  readonly scrapePolicies: readonly NetworkPolicyV1[];
  /** Only with `receivers`. */
  readonly alertmanagerConfig?: CustomResource;
  private readonly prometheus: string;

  constructor(scope: Construct, id: string, props: KubernetesObservabilityProps) {
    super(scope, id);
    const managed = props.collector === "gke-managed";
    const problems = new Problems(this.node.path);
    checkProps(problems, props, managed);
    this.plan = resolvePlan(problems, props, this.node.path);
    problems.throwIfAny();
    warnOfPlan(this, this.plan);
    this.site = props.site;
    this.backend = managed ? "google-managed-prometheus" : "prometheus";
    const context: ObservabilityContext = {
      prefix: props.namePrefix,
      namespace: props.namespace ?? "monitoring",
      interval: props.scrapeInterval ?? "30s",
    };
    claimNames(this, {
      key: `observability/${props.site.name}/${context.prefix}`,
      error: ObservabilityErrors.ObservabilityNamesTaken,
      given: context.prefix,
    });
    const release = props.release ?? RELEASE;
    this.prometheus = `http://${release}-prometheus.${context.namespace}.svc:${PROMETHEUS_PORT}`;
    const scraped = props.sources.filter(({ exporter }) => exporter !== "gke-tpu");
    this.monitors = scraped.map((source) => (managed ? podMonitoring : podMonitor)(this, source, context));
    this.rules = managed
      ? this.recordings(context)
      : this.plan.groups.map((group) => this.rule(group, context));
    this.dashboards = managed
      ? []
      : this.plan.dashboards.map((dashboard) => this.dashboard(dashboard, context));
    this.scrapePolicies = props.sources
      .filter(({ name }) => props.closedSources?.includes(name))
      .map((source) => scrapePolicy(this, source, context));
    this.alertmanagerConfig = props.receivers
      ? new CustomResource(this, "receivers", {
          apiVersion: "monitoring.coreos.com/v1alpha1",
          kind: "AlertmanagerConfig",
          name: objectName(context, "receivers"),
          namespace: context.namespace,
          labels: partOf(context, "alerts"),
          spec: alertmanagerSpec(props.receivers),
        })
      : undefined;
    guardPhases(TerraformStack.of(this));
  }

  query(): MetricsQueryAccess {
    return this.site.kind === "google" && this.backend === "google-managed-prometheus"
      ? {
          url: `https://monitoring.googleapis.com/v1/projects/${this.site.project}/location/global/prometheus`,
          auth: "google-oauth",
        }
      : { url: this.prometheus, auth: "none" };
  }

  private rule(group: RuleGroup, context: ObservabilityContext): CustomResource {
    return new CustomResource(this, `rules-${group.name}`, {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      name: objectName(context, group.name),
      namespace: context.namespace,
      labels: partOf(context, "rules"),
      spec: ruleDocument([group]),
    });
  }

  /** Only what records: alerts are policies of Cloud Monitoring, which read what is recorded here. */
  private recordings(context: ObservabilityContext): readonly CustomResource[] {
    const groups = this.plan.groups
      .map((group) => ({ ...group, rules: group.rules.filter((rule) => "record" in rule) }))
      .filter(({ rules }) => rules.length > 0);
    return groups.length === 0
      ? []
      : [
          new CustomResource(this, "rules", {
            apiVersion: "monitoring.googleapis.com/v1",
            // Recorded from all clusters of the project: a gateway in one routes to engines in another.
            kind: "GlobalRules",
            name: objectName(context, "recordings"),
            labels: partOf(context, "rules"),
            spec: ruleDocument(groups),
          }),
        ];
  }

  private dashboard({ uid, json }: Dashboard, context: ObservabilityContext): ConfigMapV1 {
    return new ConfigMapV1(this, `dashboard-${uid}`, {
      metadata: {
        name: objectName(context, uid),
        namespace: context.namespace,
        labels: { ...partOf(context, "dashboards"), [DASHBOARD_LABEL.key]: DASHBOARD_LABEL.value },
      },
      data: { [`${uid}.json`]: escapeTemplate(stableJson(json)) },
    });
  }
}

function checkProps(problems: Problems, props: KubernetesObservabilityProps, managed: boolean): void {
  problems.name("namePrefix", props.namePrefix);
  problems.oneOf("collector", props.collector ?? "prometheus-operator", [
    "prometheus-operator",
    "gke-managed",
  ]);
  for (const name of ["namespace", "release"] as const) {
    if (props[name] !== undefined) {
      problems.name(name, props[name], DNS_LABEL);
    }
  }
  if (props.scrapeInterval !== undefined && problems.literal("scrapeInterval", props.scrapeInterval)) {
    problems.duration("scrapeInterval", props.scrapeInterval);
  }
  refuseAccess(problems, props.sources, managed ? "gke" : "operator");
  if (managed) {
    refuseWithGke(problems, props);
    return;
  }
  refuseCloudMetrics(problems, props.sources, "a Prometheus in the cluster");
  if (props.receivers) {
    checkReceivers(problems, props.receivers);
  }
  const names = props.sources.map(({ name }) => name);
  (props.closedSources ?? []).forEach((name, index) => {
    problems.oneOf(`closedSources[${index}]`, name, names);
  });
  problems.unique("closedSources", props.closedSources ?? []);
}

function refuseWithGke(problems: Problems, props: KubernetesObservabilityProps): void {
  if (props.site.kind !== "google") {
    problems.add(ObservabilityErrors.ExporterOfOtherPlace, {
      subject: "collector",
      given: `gke-managed at site "${props.site.name}" of kind ${props.site.kind}`,
      allowed: "a site of Google Cloud",
      fix: "use prometheus-operator, or a site of Google Cloud",
    });
  }
  for (const { name, labels = {} } of props.sources) {
    for (const given of Object.keys(labels).filter((label) => PROTECTED_LABELS.includes(label))) {
      problems.add(CoreErrors.InvalidName, {
        subject: `source "${name}", label`,
        given,
        allowed: `none of ${PROTECTED_LABELS.join(", ")}: the collection of GKE sets them`,
      });
    }
  }
  for (const name of OF_OPERATOR.filter((prop) => props[prop] !== undefined)) {
    problems.add(CoreErrors.NoEffect, {
      subject: name,
      given: name === "receivers" ? "receivers" : props[name],
      allowed: "nothing, with collector gke-managed",
    });
  }
}
