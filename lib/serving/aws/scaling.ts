import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { renderFinding } from "../../core/errors";
import { resourceName } from "../../core/naming";
import { SageMakerErrors } from "./errors";
import type { SageMakerScaling } from "./props";
import type { ResolvedVariant } from "./variants";

const SERVICE = "sagemaker";
const DIMENSION = "sagemaker:variant:DesiredInstanceCount";
const POLICY_NAME_LENGTH = 256;
const ALARM_NAME_LENGTH = 255;
const COOLDOWN_SECONDS = 300;
/** Share of what an instance can do at which another one is asked for, in percent. */
const BUSY_PERCENT = 80;
const MINUTE = 60;

export interface SageMakerVariantScalingProps {
  readonly endpointName: string;
  readonly variant: ResolvedVariant;
  readonly scaling: SageMakerScaling;
  /** Whether requests wait in a queue. */
  readonly queued: boolean;
  /** The endpoint: a variant must be there before it is scaled. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * Adds and removes instances of one variant by Application Auto Scaling. Refuses, when the app is synthesized, a second target
 * of it for the same variant, wherever it is declared.
 *
 * With a queue and no instance at least, a step brings the first instance when something waits: there is nothing to track
 * while none runs. Source: https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html (read 2026-11)
 *
 * Makes `aws_appautoscaling_target`, `aws_appautoscaling_policy`, and for the first instance another one with an
 * `aws_cloudwatch_metric_alarm`.
 *
 * @throws at synth TwoScalersOfVariant
 */
export class SageMakerVariantScaling extends Construct {
  readonly target: AppautoscalingTarget;
  readonly policy: AppautoscalingPolicy;
  /** Set if the variant may have no instance. */
  readonly firstInstance?: { readonly policy: AppautoscalingPolicy; readonly alarm: CloudwatchMetricAlarm };

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SageMakerVariantScalingProps,
  ) {
    super(scope, id);
    const { endpointName, variant, scaling } = props;
    const min = scaling.minInstances ?? variant.instances;
    const resourceId = `endpoint/${endpointName}/variant/${variant.name}`;
    this.target = new AppautoscalingTarget(this, "target", {
      serviceNamespace: SERVICE,
      scalableDimension: DIMENSION,
      resourceId,
      minCapacity: min,
      maxCapacity: scaling.maxInstances,
      dependsOn: [...props.after],
    });
    this.policy = this.track();
    if (min === 0) {
      this.firstInstance = this.startFromZero();
    }
    refuseSecondTarget(this, this.target);
  }

  private name(part: string): string {
    const { endpointName, variant } = this.props;
    return resourceName([endpointName, variant.name, part], { maxLength: POLICY_NAME_LENGTH });
  }

  /** What both policies are for. */
  private get scaled() {
    const { serviceNamespace, scalableDimension, resourceId } = this.target;
    return { serviceNamespace, scalableDimension, resourceId };
  }

  private track(): AppautoscalingPolicy {
    const { scaling, endpointName, queued } = this.props;
    return new AppautoscalingPolicy(this, "policy", {
      ...this.scaled,
      name: this.name("load"),
      policyType: "TargetTrackingScaling",
      targetTrackingScalingPolicyConfiguration: {
        targetValue: scaling.target ?? this.defaultTarget(),
        scaleInCooldown: scaling.scaleInCooldownSeconds ?? COOLDOWN_SECONDS,
        scaleOutCooldown: scaling.scaleOutCooldownSeconds ?? COOLDOWN_SECONDS,
        ...(queued
          ? {
              customizedMetricSpecification: {
                namespace: "AWS/SageMaker",
                metricName: "ApproximateBacklogSizePerInstance",
                statistic: "Average",
                dimensions: [{ name: "EndpointName", value: endpointName }],
              },
            }
          : { predefinedMetricSpecification: { predefinedMetricType: this.predefined } }),
      },
    });
  }

  /** Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html (read 2026-11) */
  private get predefined(): string {
    return this.props.scaling.metric === "invocations"
      ? "SageMakerVariantInvocationsPerInstance"
      : "SageMakerVariantConcurrentRequestsPerModelHighResolution";
  }

  private defaultTarget(): number {
    const { variant, scaling, queued } = this.props;
    if (queued) {
      return variant.concurrency;
    }
    const most = scaling.metric === "invocations" ? variant.requestsPerSecond * MINUTE : variant.concurrency;
    return Math.max(1, Math.floor((most * BUSY_PERCENT) / 100));
  }

  private startFromZero() {
    const { endpointName } = this.props;
    const policy = new AppautoscalingPolicy(this, "first-instance", {
      ...this.scaled,
      name: this.name("first-instance"),
      policyType: "StepScaling",
      stepScalingPolicyConfiguration: {
        adjustmentType: "ChangeInCapacity",
        metricAggregationType: "Average",
        cooldown: this.props.scaling.scaleOutCooldownSeconds ?? COOLDOWN_SECONDS,
        stepAdjustment: [{ metricIntervalLowerBound: "0", scalingAdjustment: 1 }],
      },
    });
    const alarm = new CloudwatchMetricAlarm(this, "waiting", {
      alarmName: resourceName([endpointName, "waiting"], { maxLength: ALARM_NAME_LENGTH }),
      alarmDescription: `Endpoint ${endpointName}: requests wait and no instance runs`,
      namespace: "AWS/SageMaker",
      metricName: "HasBacklogWithoutCapacity",
      dimensions: { EndpointName: endpointName },
      statistic: "Average",
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      period: MINUTE,
      evaluationPeriods: 1,
      treatMissingData: "missing",
      alarmActions: [policy.arn],
    });
    return { policy, alarm };
  }
}

/** Another scalable target of the same variant, the user's own included; names that only Terraform knows pass. */
function refuseSecondTarget(scope: Construct, own: AppautoscalingTarget): void {
  const isSame = (other: AppautoscalingTarget) =>
    other.serviceNamespaceInput === SERVICE &&
    other.scalableDimensionInput === DIMENSION &&
    other.resourceIdInput === own.resourceIdInput;
  scope.node.addValidation({
    validate: () =>
      scope.node.root.node
        .findAll()
        .filter((other): other is AppautoscalingTarget => other instanceof AppautoscalingTarget)
        .filter((other) => other !== own && isSame(other))
        .map((other) =>
          renderFinding({
            error: SageMakerErrors.TwoScalersOfVariant,
            subject: other.node.path,
            given: own.resourceIdInput,
            allowed: `nothing that ${own.node.path} scales`,
          }),
        ),
  });
}
