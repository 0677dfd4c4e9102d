import { CloudwatchCompositeAlarm } from "@cdktf/provider-aws/lib/cloudwatch-composite-alarm";
import { CloudwatchDashboard } from "@cdktf/provider-aws/lib/cloudwatch-dashboard";
import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import { Construct } from "constructs";
import { requireAwsProviderOf } from "../../core/aws-account";
import { claimNames } from "../../core/claimed-names";
import { CoreErrors } from "../../core/errors";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { resourceName } from "../../core/naming";
import { Problems } from "../../core/problems";
import type { AwsSite } from "../../fabric/site";
import type { IModelEndpoint } from "../../serving/serving";
import { watchedEndpoints } from "../endpoints/objectives";
import {
  answeredSlo,
  errorShare,
  INSTANCES,
  MOST_VARIANTS,
  ofEndpoint,
  ofVariant,
  type SageMakerWatched,
  windowSeconds,
} from "../endpoints/sagemaker";
import { sageMakerDashboard } from "../endpoints/sagemaker-dashboard";
import { ObservabilityErrors } from "../errors";
import { SAGEMAKER } from "../metrics/clouds";
import { PublishedMetrics } from "../metrics/published";
import type { IObservability, MetricsQueryAccess } from "../observability";
import type { ObservabilityPlan } from "../plan";
import { warnOfPlan } from "../plan-warnings";
import { type BurnRateWindow, burnThreshold, plainNumber } from "../rules/burn-rate";
import { checkShare, DEFAULT_LIMITS, type HealthLimits } from "../rules/limits";
import type { Severity } from "../rules/rule";
import { checkWithoutSlo, type Slo, type WithoutSlo } from "../rules/slo";
import { reachableWindows } from "../rules/slo-rules";
import type { AlertTopics } from "./props";

const ALARM_NAME_LENGTH = 255;
const MINUTE = 60;
const HOUR = 3600;

const MEASURED: readonly (keyof HealthLimits)[] = ["waitingPerReplica", "idleShare"];

export interface SageMakerObservabilityProps {
  readonly site: AwsSite;
  /** Begins the names of all resources. */
  readonly namePrefix: string;
  /** Endpoints of SageMaker in the region of the site. */
  readonly endpoints: readonly IModelEndpoint[];
  /** Objectives that are not watched, by class. `first-token` must be named: nothing measures it. @default - all are */
  readonly withoutSlo?: WithoutSlo;
  /** `waitingPerReplica`: requests that wait by instance, with a queue; `idleShare`. @default - see HealthLimits */
  readonly limits?: Pick<HealthLimits, "waitingPerReplica" | "idleShare">;
  /** Their policies must let `cloudwatch.amazonaws.com` publish. @default - alarms change their colour, and tell nobody */
  readonly topics?: AlertTopics;
}

type AlarmConfig = Omit<CloudwatchMetricAlarmConfig, "alarmName" | "evaluationPeriods" | "treatMissingData">;

/**
 * Promises and health of endpoints of SageMaker, as far as CloudWatch measures them, for the `foundation` stack. Classes are not
 * told apart there, so each endpoint keeps the strictest promise of its classes. Tokens are not counted there, so there is no
 * cost of useful tokens; the dashboard tells the planned price.
 *
 * An error budget is watched by two windows: one alarm each on metric math, and a composite alarm that speaks when both do.
 * Periods: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html (read 2026-11): up to seven
 * days where a period is an hour or more.
 *
 * Terraform resource types: `aws_cloudwatch_metric_alarm`, `aws_cloudwatch_composite_alarm`, `aws_cloudwatch_dashboard`.
 *
 * @throws EndpointMetricsElsewhere, SloWithoutMetric, SloOutOfRange, UnknownTrafficClass, LimitWithoutMetric, InvalidName,
 *   InvalidArn, MissingValue, DuplicateValue, NumberOutOfRange, TokenNotAllowed; at synth ObservabilityNamesTaken,
 *   ProviderOfOtherPlace
 */
export class SageMakerObservability extends Construct implements IObservability {
  readonly site: AwsSite;
  readonly backend = "cloudwatch";
  readonly plan: ObservabilityPlan;
  readonly dashboard: CloudwatchDashboard;
  /** Those that tell somebody, by name of the construct. */
  readonly alarms: Readonly<Record<string, CloudwatchMetricAlarm | CloudwatchCompositeAlarm>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SageMakerObservabilityProps,
  ) {
    super(scope, id);
    const { site, namePrefix } = props;
    this.site = site;
    const endpoints = this.resolve();
    requireAwsProviderOf(this, site);
    claimNames(this, {
      key: `observability/cloudwatch/${site.account ?? ""}/${site.region}/${namePrefix}`,
      error: ObservabilityErrors.ObservabilityNamesTaken,
      given: namePrefix,
    });
    const slos = endpoints.flatMap((watched) => answeredSlo(watched) ?? []);
    this.plan = {
      metrics: new PublishedMetrics([], this.node.path, [SAGEMAKER]),
      slos,
      groups: [],
      dashboards: [sageMakerDashboard(endpoints, site.region)],
    };
    warnOfPlan(this, this.plan);
    this.alarms = Object.fromEntries(
      endpoints.flatMap((watched) => [
        ...slos
          .filter(({ endpoint }) => endpoint === watched.endpoint)
          .flatMap((slo) => this.burns(watched, slo)),
        ...(watched.metrics.queued ? this.queueAlarms(watched) : []),
        ...this.idleAlarms(watched),
      ]),
    );
    this.dashboard = new CloudwatchDashboard(this, "dashboard", {
      dashboardName: resourceName([namePrefix, "endpoints"], { maxLength: ALARM_NAME_LENGTH }),
      dashboardBody: escapeTemplate(stableJson(this.plan.dashboards[0]!.json)),
    });
  }

  /** @throws QueriesNotAnswered: CloudWatch keeps these metrics in its own form */
  query(): MetricsQueryAccess {
    const problems = new Problems(this.node.path);
    problems.add(ObservabilityErrors.QueriesNotAnswered, {
      subject: "query",
      given: "metrics of SageMaker in CloudWatch",
      allowed: "GetMetricData of CloudWatch",
    });
    problems.throwIfAny();
    throw new Error("unreachable");
  }

  private resolve(): readonly SageMakerWatched[] {
    const { props } = this;
    const { withoutSlo = {}, endpoints } = props;
    const problems = new Problems(this.node.path);
    problems.name("namePrefix", props.namePrefix);
    problems.required("endpoints", endpoints[0], "one endpoint or more");
    checkWithoutSlo(
      problems,
      endpoints.flatMap(({ classes }) => classes),
      withoutSlo,
    );
    const watched = watchedEndpoints(problems, endpoints, "cloudwatch", withoutSlo);
    checkVariants(problems, watched);
    checkLimits(problems, props.limits ?? {}, watched);
    if (props.topics) {
      problems.arn("topics.pageTopicArn", props.topics.pageTopicArn, "sns");
      problems.arn("topics.ticketTopicArn", props.topics.ticketTopicArn, "sns");
    }
    problems.throwIfAny();
    return watched;
  }

  private burns(watched: SageMakerWatched, slo: Slo) {
    return reachableWindows(slo).map((window) => {
      const id = `${watched.endpoint}-burn-${window.long}`;
      return [id, this.burn(watched, slo, window, id)] as const;
    });
  }

  /** Both windows, each an alarm that tells nobody, and one that does. */
  private burn(
    watched: SageMakerWatched,
    slo: Slo,
    window: BurnRateWindow,
    id: string,
  ): CloudwatchCompositeAlarm {
    const { factor, long, short, budget, severity } = window;
    const threshold = burnThreshold(slo.objective, factor);
    const { expression, metrics } = errorShare(watched);
    const parts = [long, short].map((each) =>
      this.alarm(`${id}-over-${each}`, {
        alarmDescription: `Endpoint ${watched.endpoint}: share of requests answered 5xx in ${each} above ${threshold}`,
        comparisonOperator: "GreaterThanThreshold",
        threshold,
        metricQuery: [
          { id: "share", expression, label: "share of requests answered 5xx", returnData: true },
          ...Object.entries(metrics).map(([metricId, metric]) => ({
            id: metricId,
            returnData: false,
            metric: { ...metric, dimensions: { ...metric.dimensions }, period: windowSeconds(each) },
          })),
        ],
      }),
    );
    return new CloudwatchCompositeAlarm(this, id, {
      alarmName: this.name(id),
      alarmDescription: `Endpoint ${watched.endpoint}: ${budget} of the error budget of 30 days went in ${long}. Objective ${plainNumber(slo.objective * 100)} %, measured as ${slo.note}. See the log of the model's containers and the last deployment.`,
      alarmRule: parts.map(({ alarmName }) => `ALARM("${alarmName}")`).join(" AND "),
      alarmActions: this.told(severity),
      okActions: this.told(severity),
      dependsOn: parts,
    });
  }

  private queueAlarms(watched: SageMakerWatched) {
    const waiting = this.props.limits?.waitingPerReplica ?? DEFAULT_LIMITS.waitingPerReplica;
    const { endpoint } = watched;
    return [
      this.health(
        `${endpoint}-queue-long`,
        "ticket",
        ofEndpoint(watched, "ApproximateBacklogSizePerInstance", "Average"),
        {
          alarmDescription: `Endpoint ${endpoint}: more than ${waiting} requests wait for each instance, for ten minutes. If instances are at their maximum, raise it; else see why scaling does not ask for more.`,
          comparisonOperator: "GreaterThanThreshold",
          threshold: waiting,
          period: 10 * MINUTE,
        },
      ),
      this.health(
        `${endpoint}-not-started`,
        "page",
        ofEndpoint(watched, "HasBacklogWithoutCapacity", "Minimum"),
        {
          alarmDescription: `Endpoint ${endpoint}: requests wait and no instance runs, for half an hour. See quota and capacity of the instance type, and the log of the container that does not start.`,
          comparisonOperator: "GreaterThanOrEqualToThreshold",
          threshold: 1,
          period: 30 * MINUTE,
        },
      ),
    ];
  }

  private idleAlarms(watched: SageMakerWatched) {
    const share = this.props.limits?.idleShare ?? DEFAULT_LIMITS.idleShare;
    return watched.metrics.variants.map(({ name, acceleratorsPerInstance }) =>
      this.health(
        `${watched.endpoint}-${name}-idle`,
        "ticket",
        ofVariant(watched, name, "GPUUtilization", "Average", INSTANCES),
        {
          alarmDescription: `Endpoint ${watched.endpoint}, variant ${name}: GPUs worked less than ${plainNumber(share * 100)} % of an hour. It is paid and not used: fewer instances, or a smaller type.`,
          comparisonOperator: "LessThanThreshold",
          // Shares of all GPUs of an instance are added up.
          threshold: plainNumber(share * 100 * acceleratorsPerInstance),
          period: HOUR,
        },
      ),
    );
  }

  private health(
    id: string,
    severity: Severity,
    { namespace, metricName, stat, dimensions }: ReturnType<typeof ofEndpoint>,
    config: AlarmConfig,
  ) {
    const actions = this.told(severity);
    return [
      id,
      this.alarm(id, {
        ...config,
        namespace,
        metricName,
        statistic: stat,
        dimensions: { ...dimensions },
        alarmActions: actions,
        okActions: actions,
      }),
    ] as const;
  }

  private alarm(id: string, config: AlarmConfig): CloudwatchMetricAlarm {
    return new CloudwatchMetricAlarm(this, id, {
      ...config,
      alarmName: this.name(id),
      evaluationPeriods: 1,
      treatMissingData: "notBreaching",
    });
  }

  private name(id: string): string {
    return resourceName([this.props.namePrefix, id], { maxLength: ALARM_NAME_LENGTH });
  }

  private told(severity: Severity): string[] | undefined {
    const { topics } = this.props;
    return topics && [severity === "page" ? topics.pageTopicArn : topics.ticketTopicArn];
  }
}

function checkVariants(problems: Problems, watched: readonly SageMakerWatched[]): void {
  for (const { endpoint, metrics } of watched.filter(
    (each) => each.metrics.variants.length > MOST_VARIANTS,
  )) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject: `endpoint "${endpoint}", variants`,
      given: metrics.variants.length,
      allowed: `at most ${MOST_VARIANTS}: an alarm of CloudWatch reads two metrics of each, and ten in all`,
    });
  }
}

function checkLimits(problems: Problems, limits: HealthLimits, watched: readonly SageMakerWatched[]): void {
  const queued = watched.some(({ metrics }) => metrics.queued);
  for (const [name, value] of Object.entries(limits).filter(([, given]) => given !== undefined)) {
    const measured = MEASURED.includes(name as keyof HealthLimits);
    if (!measured || (name === "waitingPerReplica" && !queued)) {
      problems.add(ObservabilityErrors.LimitWithoutMetric, {
        subject: `limits.${name}`,
        given: value,
        allowed: measured ? "endpoints with a queue (`async`)" : MEASURED.join(", "),
      });
    }
  }
  if (limits.waitingPerReplica !== undefined) {
    problems.literalInteger("limits.waitingPerReplica", limits.waitingPerReplica, { min: 1, max: 1_000_000 });
  }
  if (limits.idleShare !== undefined) {
    checkShare(problems, "limits.idleShare", limits.idleShare);
  }
}
