import { MonitoringAlertPolicy } from "@cdktf/provider-google/lib/monitoring-alert-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { durationOf } from "../duration";
import type { MaterializationPlan } from "../freshness";
import type { FeatureView } from "../schema";

export interface GoogleFreshnessAlertProps {
  readonly project: string;
  readonly namePrefix: string;
  /** Id of the online store. Literal. */
  readonly onlineStoreId: string;
  readonly view: FeatureView;
  readonly plan: MaterializationPlan;
  readonly notificationChannels: readonly string[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Age of what was served: current time minus the time of the sync. There is none while nobody asks.
 * Source: https://cloud.google.com/monitoring/api/metrics_gcp (aiplatform, read 2026-11)
 */
const SERVED_AGE = "aiplatform.googleapis.com/featureonlinestore/serving_data_ages";

/**
 * Tells when a view serves values that are older than its freshness.
 *
 * Makes `google_monitoring_alert_policy`.
 */
export class GoogleFreshnessAlert extends Construct {
  readonly policy: MonitoringAlertPolicy;

  constructor(scope: Construct, id: string, props: GoogleFreshnessAlertProps) {
    super(scope, id);
    const { view, onlineStoreId } = props;
    const freshness = durationOf(view.freshnessSeconds);
    this.policy = new MonitoringAlertPolicy(this, "policy", {
      project: props.project,
      displayName: `${props.namePrefix}: feature view ${view.name} is older than ${freshness}`,
      combiner: "OR",
      severity: "WARNING",
      notificationChannels:
        props.notificationChannels.length === 0 ? undefined : [...props.notificationChannels],
      conditions: [
        {
          displayName: `Age of served values above ${freshness}`,
          conditionThreshold: {
            filter: [
              'resource.type = "aiplatform.googleapis.com/FeatureOnlineStore"',
              `resource.labels.feature_online_store_id = "${onlineStoreId}"`,
              `metric.type = "${SERVED_AGE}"`,
              `metric.labels.feature_view_id = "${view.name}"`,
            ].join(" AND "),
            comparison: "COMPARISON_GT",
            thresholdValue: view.freshnessSeconds,
            duration: "120s",
            aggregations: [
              {
                alignmentPeriod: "60s",
                perSeriesAligner: "ALIGN_PERCENTILE_99",
                crossSeriesReducer: "REDUCE_MAX",
              },
            ],
          },
        },
      ],
      documentation: {
        content: `Look at the syncs of feature view ${view.name} in online store ${onlineStoreId}, and at the jobs that fill ${view.source.zone}.${view.source.table}. Planned: ${props.plan.because}.`,
        mimeType: "text/markdown",
      },
      dependsOn: [...props.dependsOn],
    });
  }
}
