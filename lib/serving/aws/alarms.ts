import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { TrafficClass } from "../serving";
import { longestAnswerSeconds } from "./limits";

const ALARM_NAME_LENGTH = 255;
const MINUTE = 60;
/** A single slow minute is no reason to roll back. */
const MINUTES = 3;
const MICROSECONDS = 1e6;

export interface SageMakerAlarmsProps {
  /** Name of the endpoint; a literal, so that alarms can be there before it. */
  readonly endpointName: string;
  readonly variantName: string;
  readonly classes: readonly TrafficClass[];
  readonly topicArns: readonly string[];
}

/**
 * Tells when a variant fails more requests than the strictest class allows, or is slower than the most patient one does. They
 * stand before the endpoint and move traffic back during a deployment.
 *
 * Metrics and dimensions: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html (read 2026-11):
 * `Invocation5XXErrors` is a share as average; `ModelLatency` is microseconds of the whole answer. Classes are not told
 * apart there: the bound is that of the slowest one. `FirstChunkLatency` is not used: no page could be opened that says it is
 * published for streams of one direction, and an alarm that never fires promises what is not there.
 *
 * Makes `aws_cloudwatch_metric_alarm`.
 */
export class SageMakerAlarms extends Construct {
  readonly errors: CloudwatchMetricAlarm;
  readonly answer: CloudwatchMetricAlarm;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SageMakerAlarmsProps,
  ) {
    super(scope, id);
    const { classes } = props;
    const objective = Math.max(...classes.map((each) => each.objective));
    this.errors = this.alarm("errors", {
      alarmDescription: `more requests fail than the objective of ${objective} allows`,
      metricName: "Invocation5XXErrors",
      statistic: "Average",
      threshold: Number((1 - objective).toPrecision(6)),
    });
    const seconds = Math.max(...classes.map(longestAnswerSeconds));
    this.answer = this.alarm("answer", {
      alarmDescription: `p95 above ${seconds} seconds, the bound of the longest answer of all classes`,
      metricName: "ModelLatency",
      extendedStatistic: "p95",
      evaluateLowSampleCountPercentiles: "ignore",
      threshold: Math.round(seconds * MICROSECONDS),
    });
  }

  get all(): readonly CloudwatchMetricAlarm[] {
    return [this.errors, this.answer];
  }

  private alarm(
    id: string,
    config: Omit<
      CloudwatchMetricAlarmConfig,
      "alarmName" | "comparisonOperator" | "evaluationPeriods" | "period" | "namespace"
    >,
  ): CloudwatchMetricAlarm {
    const { endpointName, variantName, topicArns } = this.props;
    const actions = topicArns.length === 0 ? undefined : [...topicArns];
    return new CloudwatchMetricAlarm(this, id, {
      ...config,
      alarmName: resourceName([endpointName, variantName, id], { maxLength: ALARM_NAME_LENGTH }),
      alarmDescription: `Endpoint ${endpointName}, variant ${variantName}: ${config.alarmDescription}`,
      namespace: "AWS/SageMaker",
      dimensions: { EndpointName: endpointName, VariantName: variantName },
      comparisonOperator: "GreaterThanThreshold",
      period: MINUTE,
      evaluationPeriods: MINUTES,
      treatMissingData: "notBreaching",
      alarmActions: actions,
      okActions: actions,
    });
  }
}
