import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import { durationOf } from "../duration";
import type { MaterializationPlan } from "../freshness";
import type { FeatureView } from "../schema";

export interface AwsFreshnessAlarmProps {
  readonly namePrefix: string;
  readonly view: FeatureView;
  readonly plan: MaterializationPlan;
  readonly metricNamespace: string;
  readonly topicArns: readonly string[];
}

const MINUTE = 60;
const DAY = 86_400;
/** CloudWatch looks back seven days at most: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (read 2026-11) */
const MAX_DAYS = 7;

/** Longest period that CloudWatch takes, and how many of them make the freshness. */
function periods(freshnessSeconds: number): { readonly period: number; readonly evaluationPeriods: number } {
  if (freshnessSeconds <= DAY) {
    return { period: Math.ceil(freshnessSeconds / MINUTE) * MINUTE, evaluationPeriods: 1 };
  }
  return { period: DAY, evaluationPeriods: Math.min(MAX_DAYS, Math.ceil(freshnessSeconds / DAY)) };
}

/**
 * Tells when nothing was written to the online store of a view for longer than its freshness. Jobs of this library and
 * processors of yours report each write in the metric `Writes` with the dimension `View`; silence counts as late.
 *
 * Makes `aws_cloudwatch_metric_alarm`.
 */
export class AwsFreshnessAlarm extends Construct {
  readonly alarm: CloudwatchMetricAlarm;

  constructor(
    scope: Construct,
    id: string,
    { namePrefix, view, plan, metricNamespace, topicArns }: AwsFreshnessAlarmProps,
  ) {
    super(scope, id);
    this.alarm = new CloudwatchMetricAlarm(this, "alarm", {
      alarmName: resourceName([namePrefix, view.name, "freshness"], { maxLength: 255 }),
      alarmDescription: `Feature view ${view.name}: no write for longer than its freshness of ${durationOf(view.freshnessSeconds)}. Planned: ${plan.because}`,
      namespace: metricNamespace,
      metricName: "Writes",
      dimensions: { View: view.name },
      statistic: "SampleCount",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      treatMissingData: "breaching",
      ...periods(view.freshnessSeconds),
      alarmActions: topicArns.length === 0 ? undefined : [...topicArns],
      okActions: topicArns.length === 0 ? undefined : [...topicArns],
    });
  }
}
