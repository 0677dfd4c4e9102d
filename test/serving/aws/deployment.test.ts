import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { TrafficClass } from "../../../lib";
import type { SageMakerDeployment, SageMakerScaling } from "../../../lib/aws";
import { Template } from "../../../lib/testing";
import { make, type Surroundings, TOPIC, VARIANT } from "./fixture";

const deployed = (deployment?: SageMakerDeployment, instances = 2) =>
  make({ variants: [{ ...VARIANT, instances }], deployment })
    .template()
    .resource("aws_sagemaker_endpoint").deployment_config as Record<string, Record<string, unknown>>;

describe("a deployment", () => {
  test("moves a tenth first, watches, and is moved back by the alarms of the variants", () => {
    const config = deployed();
    expect(config.blue_green_update_policy).toEqual({
      termination_wait_in_seconds: 112,
      traffic_routing_configuration: {
        type: "CANARY",
        canary_size: { type: "CAPACITY_PERCENT", value: 10 },
        wait_interval_in_seconds: 300,
      },
    });
    expect(config.auto_rollback_configuration!.alarms).toHaveLength(2);
  });

  test("of one instance is made at once", () => {
    expect(deployed(undefined, 1).blue_green_update_policy).toMatchObject({
      traffic_routing_configuration: { type: "ALL_AT_ONCE", wait_interval_in_seconds: 300 },
    });
  });

  test("moves by steps, or replaces batches", () => {
    expect(deployed({ kind: "linear", stepPercent: 50, waitSeconds: 60 })).toMatchObject({
      blue_green_update_policy: {
        traffic_routing_configuration: {
          type: "LINEAR",
          linear_step_size: { type: "CAPACITY_PERCENT", value: 50 },
          wait_interval_in_seconds: 60,
        },
      },
    });
    const rolling = deployed({ kind: "rolling" });
    expect(rolling).toMatchObject({
      rolling_update_policy: { maximum_batch_size: { type: "CAPACITY_PERCENT", value: 25 } },
    });
    expect(rolling).not.toHaveProperty("blue_green_update_policy");
  });

  test("old instances stay as long as is asked for", () => {
    expect(deployed({ terminationWaitSeconds: 600 })).toMatchObject({
      blue_green_update_policy: { termination_wait_in_seconds: 600 },
    });
  });
});

describe("scaling", () => {
  const scaled = (scaling: SageMakerScaling) => make({ variants: [{ ...VARIANT, instances: 2, scaling }] });
  const tracked = (scaling: SageMakerScaling) =>
    scaled(scaling).template().resource("aws_appautoscaling_policy")
      .target_tracking_scaling_policy_configuration;

  test("follows the requests that an instance works on, up to four fifths of what it can", () => {
    const { endpoint, template } = scaled({ maxInstances: 5 });
    expect(template().resource("aws_appautoscaling_target")).toMatchObject({
      resource_id: "endpoint/acme-assistant/variant/full",
      scalable_dimension: "sagemaker:variant:DesiredInstanceCount",
      min_capacity: 2,
      max_capacity: 5,
      depends_on: [expect.stringContaining("aws_sagemaker_endpoint.assistant_endpoint")],
    });
    expect(tracked({ maxInstances: 5 })).toMatchObject({
      predefined_metric_specification: {
        predefined_metric_type: "SageMakerVariantConcurrentRequestsPerModelHighResolution",
      },
      target_value: Math.floor(endpoint.variants.full!.concurrency * 0.8),
      scale_in_cooldown: 300,
      scale_out_cooldown: 300,
    });
  });

  test("follows invocations, to a target and at a pace of choice", () => {
    expect(
      tracked({
        maxInstances: 5,
        metric: "invocations",
        target: 90,
        scaleInCooldownSeconds: 900,
        scaleOutCooldownSeconds: 60,
      }),
    ).toMatchObject({
      predefined_metric_specification: { predefined_metric_type: "SageMakerVariantInvocationsPerInstance" },
      target_value: 90,
      scale_in_cooldown: 900,
      scale_out_cooldown: 60,
    });
    expect(tracked({ maxInstances: 5, metric: "invocations" })).toMatchObject({
      target_value: expect.any(Number),
    });
  });

  test("a second target for the same variant is refused, whoever makes it", () => {
    const { stack } = scaled({ maxInstances: 5 });
    const another = (id: string, variant: string) =>
      new AppautoscalingTarget(stack, id, {
        serviceNamespace: "sagemaker",
        scalableDimension: "sagemaker:variant:DesiredInstanceCount",
        resourceId: `endpoint/acme-assistant/variant/${variant}`,
        minCapacity: 1,
        maxCapacity: 2,
      });
    another("other", "small");
    expect(() => Template.of(stack)).not.toThrow();
    another("mine", "full");
    expect(() => Template.of(stack)).toThrow("TwoScalersOfVariant");
  });
});

describe("a queue", () => {
  const SLOW = TrafficClass.of("slow", {
    requestsPerSecond: 1,
    promptTokens: 4000,
    outputTokens: 300,
    firstTokenP95Ms: 60_000,
    nextTokenMs: 200,
  });
  const queued = (
    { lake }: Surroundings,
    more: object = {},
    scaling: SageMakerScaling = { minInstances: 0, maxInstances: 4 },
  ) => ({
    classes: [SLOW],
    variants: [{ ...VARIANT, scaling }],
    async: { input: lake.zone("talks"), output: lake.zone("answers"), ...more },
  });

  test("keeps requests and answers in zones, with their keys and rights", () => {
    const template = make(queued).template();
    expect(template.resource("aws_sagemaker_endpoint_configuration").async_inference_config).toMatchObject({
      client_config: { max_concurrent_invocations_per_instance: expect.any(Number) },
      output_config: {
        s3_output_path: "s3://acme-lake-answers/acme-assistant/answers/",
        s3_failure_path: "s3://acme-lake-answers/acme-assistant/failures/",
        kms_key_id: expect.stringContaining("aws_kms_key.lake_key"),
      },
    });
    const rights = template.resource("aws_iam_role_policy", "acme-assistant-model").policy as string;
    expect(rights).toContain("arn:aws:s3:::acme-lake-talks/*");
    expect(rights).toContain("arn:aws:s3:::acme-lake-answers/*");
  });

  test("tells topics, which the role may tell", () => {
    const template = make((around) =>
      queued(around, {
        successTopicArn: TOPIC,
        errorTopicArn: `${TOPIC}-errors`,
        includeInferenceResponseIn: ["ERROR_NOTIFICATION_TOPIC"],
        maxConcurrentInvocationsPerInstance: 7,
      }),
    ).template();
    expect(template.resource("aws_sagemaker_endpoint_configuration").async_inference_config).toMatchObject({
      client_config: { max_concurrent_invocations_per_instance: 7 },
      output_config: {
        notification_config: {
          success_topic: TOPIC,
          error_topic: `${TOPIC}-errors`,
          include_inference_response_in: ["ERROR_NOTIFICATION_TOPIC"],
        },
      },
    });
    const { policy } = template.resource("aws_iam_role_policy", "role_policy") as { policy: string };
    expect(JSON.parse(policy).Statement).toContainEqual({
      Sid: "TellTopics",
      Effect: "Allow",
      Action: ["sns:Publish"],
      Resource: [TOPIC, `${TOPIC}-errors`],
    });
  });

  test("scales by what waits, and brings the first instance by a step", () => {
    const { endpoint, template } = make(queued);
    const made = template();
    expect(made.resource("aws_appautoscaling_target").min_capacity).toBe(0);
    expect(
      made.resource("aws_appautoscaling_policy", "all_policy".replace("all", "scaling-full")),
    ).toMatchObject({
      target_tracking_scaling_policy_configuration: {
        customized_metric_specification: {
          metric_name: "ApproximateBacklogSizePerInstance",
          dimensions: [{ name: "EndpointName", value: "acme-assistant" }],
        },
        target_value: endpoint.variants.full!.concurrency,
      },
    });
    expect(made.resource("aws_appautoscaling_policy", "first-instance")).toMatchObject({
      policy_type: "StepScaling",
      step_scaling_policy_configuration: {
        step_adjustment: [{ metric_interval_lower_bound: "0", scaling_adjustment: 1 }],
      },
    });
    expect(made.resource("aws_cloudwatch_metric_alarm", "waiting")).toMatchObject({
      metric_name: "HasBacklogWithoutCapacity",
      alarm_actions: [expect.stringContaining("aws_appautoscaling_policy")],
    });
    expect(endpoint.scaling.full!.firstInstance).toBeDefined();
  });

  test("with one instance at least needs no step, and no alarm of the first token", () => {
    const made = make((around) => queued(around, {}, { minInstances: 1, maxInstances: 4 })).template();
    expect(made.count("aws_appautoscaling_policy")).toBe(1);
    expect(made.count("aws_cloudwatch_metric_alarm")).toBe(2);
  });

  test("is invoked by another call", () => {
    expect(make(queued).endpoint.invocationPath).toBe("/endpoints/acme-assistant/async-invocations");
  });
});

describe("capture", () => {
  test("keeps a share of requests and answers in a zone, with its key", () => {
    const template = make(({ lake }) => ({
      dataCapture: { zone: lake.zone("talks"), samplePercent: 5, includePii: true },
    })).template();
    expect(template.resource("aws_sagemaker_endpoint_configuration").data_capture_config).toMatchObject({
      enable_capture: true,
      initial_sampling_percentage: 5,
      destination_s3_uri: "s3://acme-lake-talks/acme-assistant/captured",
      kms_key_id: expect.stringContaining("aws_kms_key.lake_key"),
      capture_options: [{ capture_mode: "Input" }, { capture_mode: "Output" }],
    });
  });

  test("of requests alone, without personal data", () => {
    const template = make(({ lake }) => ({
      pii: false,
      dataCapture: { zone: lake.zone("talks"), samplePercent: 100, modes: ["Input"] },
    })).template();
    expect(template.resource("aws_sagemaker_endpoint_configuration").data_capture_config).toMatchObject({
      capture_options: [{ capture_mode: "Input" }],
    });
  });
});
