import { TerraformVariable } from "cdktf";
import { Identity, type IModelEndpoint, Weights } from "../../../lib";
import type { PolicyStatement } from "../../../lib/core/aws-policy";
import type { Template } from "../../../lib/testing";
import { CHAT, IMAGE, KEY, make, model, TOPIC, VARIANT } from "./fixture";

const APP = Identity.awsRole("app", "arn:aws:iam::111122223333:role/app");
const POD = Identity.kubernetesServiceAccount("rag", {
  namespace: "rag",
  serviceAccount: "app",
  issuer: "https://oidc.example.com/fra",
});

function statements(template: Template, part: string): Readonly<Record<string, PolicyStatement>> {
  const { policy } = template.resource("aws_iam_role_policy", part) as { policy: string };
  const { Statement } = JSON.parse(policy) as { Statement: PolicyStatement[] };
  return Object.fromEntries(Statement.map((statement) => [statement.Sid, statement]));
}

/** The one configuration, with its first variant. */
function configuration(template: Template) {
  const found = template.resource("aws_sagemaker_endpoint_configuration") as {
    production_variants: Record<string, unknown>[];
    shadow_production_variants?: Record<string, unknown>[];
  };
  return { ...found, first: found.production_variants[0]! };
}

describe("the container", () => {
  test("gets weights of a prefix, an image by digest, and no network of its own", () => {
    expect(make().template().resource("aws_sagemaker_model")).toMatchObject({
      enable_network_isolation: true,
      primary_container: {
        image: IMAGE,
        model_data_source: {
          s3_data_source: [
            {
              s3_uri: "s3://acme-models/assistant/8b/",
              s3_data_type: "S3Prefix",
              compression_type: "None",
            },
          ],
        },
      },
      vpc_config: { subnets: ["subnet-a", "subnet-b"] },
      lifecycle: { create_before_destroy: true },
    });
  });

  test("is told of the model and of its share of the accelerators", () => {
    const { template } = make({
      variants: [{ ...VARIANT, instanceType: "ml.g6e.12xlarge" }],
      model: model({ cachePrecision: "fp8", precision: "fp8" }),
      engine: { kind: "vllm", image: IMAGE, environment: { SM_VLLM_ENABLE_PREFIX_CACHING: "" } },
    });
    expect(template().resource("aws_sagemaker_model").primary_container).toMatchObject({
      environment: {
        SM_VLLM_DTYPE: "auto",
        SM_VLLM_ENABLE_PREFIX_CACHING: "",
        SM_VLLM_KV_CACHE_DTYPE: "fp8",
        SM_VLLM_MAX_MODEL_LEN: "16384",
        SM_VLLM_MODEL: "/opt/ml/model",
        SM_VLLM_SERVED_MODEL_NAME: "assistant",
        SM_VLLM_TENSOR_PARALLEL_SIZE: "4",
      },
    });
  });

  test("a new content is a new model beside the old one", () => {
    const name = (props: Parameters<typeof make>[0]) =>
      make(props).template().resource("aws_sagemaker_model").name as string;
    expect(name({})).toBe(name({}));
    expect(name({})).toMatch(/^acme-assistant-full-[0-9a-f]{8}-\$\{substr\(sha256\(/);
    expect(name({ model: model({ contextTokens: 8192 }) })).not.toBe(name({}));
  });

  test("the bucket of the weights may be known to Terraform alone", () => {
    const { template } = make(({ stack }) => ({
      model: model({
        weights: Weights.objectStorage(
          `s3://${new TerraformVariable(stack, "bucket", { type: "string" }).stringValue}/8b`,
        ),
      }),
    }));
    expect(template().resource("aws_sagemaker_model").name).toContain("var.bucket");
    expect(statements(template(), "role_policy").ReadWeights0!.Resource).toEqual([
      "arn:aws:s3:::${var.bucket}/8b/*",
    ]);
  });
});

describe("the role", () => {
  test("reads one prefix and one repository, and uses no key that was not named", () => {
    const rights = statements(make().template(), "role_policy");
    expect(rights.ReadWeights0!.Resource).toEqual(["arn:aws:s3:::acme-models/assistant/8b/*"]);
    expect(rights.ListWeights0!.Condition).toEqual({ StringLike: { "s3:prefix": "assistant/8b/*" } });
    expect(rights.PullImages!.Resource).toEqual(["arn:aws:ecr:eu-west-1:763104351884:repository/vllm"]);
    expect(Object.keys(rights).filter((sid) => /Decrypt|Encrypt|Topics/.test(sid))).toEqual([]);
    expect(
      statements(make({ weightsKeyArn: KEY }).template(), "role_policy").DecryptWeights!.Resource,
    ).toEqual([KEY]);
  });

  test("what has no resource is the only thing allowed on all", () => {
    const rights = Object.values(statements(make().template(), "role_policy"));
    const everywhere = rights.filter(({ Resource, Condition }) => Resource!.includes("*") && !Condition);
    expect(everywhere.map(({ Sid }) => Sid)).toEqual(["SignInToEcr", "DescribeNetwork"]);
    expect(rights.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
  });

  test("models wait for it", () => {
    const { depends_on: after } = make().template().resource("aws_sagemaker_model") as {
      depends_on: string[];
    };
    expect(after).toEqual(
      expect.arrayContaining([expect.stringContaining("aws_iam_role_policy.assistant_role_policy")]),
    );
  });

  test("instances reach S3 and nothing else, and nothing reaches them", () => {
    const template = make().template();
    expect(template.resource("aws_vpc_security_group_egress_rule")).toMatchObject({
      from_port: 443,
      to_port: 443,
      prefix_list_id: expect.stringContaining("data.aws_ec2_managed_prefix_list"),
    });
    expect(template.resource("aws_security_group")).not.toHaveProperty("ingress");
    expect(template.count("aws_vpc_security_group_ingress_rule")).toBe(0);
  });
});

describe("variants", () => {
  const TWO = [
    { ...VARIANT, trafficPercent: 90, instances: 3 },
    {
      name: "small",
      instanceType: "ml.g6.12xlarge",
      trafficPercent: 10,
      instances: 2,
      model: model({ precision: "fp8" }),
    },
  ];

  test("share the requests by percent", () => {
    const { production_variants: variants } = configuration(make({ variants: TWO }).template());
    expect(variants).toMatchObject([
      {
        variant_name: "full",
        instance_type: "ml.g6e.2xlarge",
        initial_variant_weight: 90,
        initial_instance_count: 3,
        routing_config: [{ routing_strategy: "LEAST_OUTSTANDING_REQUESTS" }],
      },
      { variant_name: "small", instance_type: "ml.g6.12xlarge", initial_variant_weight: 10 },
    ]);
  });

  test("each is sized for its share", () => {
    const busy = { ...CHAT, requestsPerSecond: 60 };
    const instances = (trafficPercent: number) =>
      make({
        classes: [busy],
        variants: [
          { ...VARIANT, trafficPercent },
          { ...VARIANT, name: "rest", trafficPercent: 100 - trafficPercent },
        ],
      }).endpoint.variants.full!.instances;
    expect(instances(90)).toBeGreaterThan(instances(10));
  });

  test("time for the weights follows from their size", () => {
    const timeouts = (contents: Parameters<typeof model>[0], instanceType: string) => {
      const { first } = configuration(
        make({ model: model(contents), variants: [{ ...VARIANT, instanceType }] }).template(),
      );
      return first.model_data_download_timeout_in_seconds as number;
    };
    expect(timeouts({}, "ml.g6e.2xlarge")).toBe(360);
    expect(timeouts({ precision: "fp8" }, "ml.g6e.2xlarge")).toBe(300);
    const { first } = configuration(
      make({
        variants: [
          { ...VARIANT, modelDataDownloadTimeoutSeconds: 1200, startupHealthCheckTimeoutSeconds: 900 },
        ],
      }).template(),
    );
    expect(first).toMatchObject({
      model_data_download_timeout_in_seconds: 1200,
      container_startup_health_check_timeout_in_seconds: 900,
    });
  });

  test("instances have disks of their own, for which SageMaker refuses a key and a size", () => {
    const template = make().template();
    expect(configuration(template)).not.toHaveProperty("kms_key_arn");
    expect(configuration(template).first).not.toHaveProperty("volume_size_in_gb");
  });

  test("a shadow gets copies in relation to the variant", () => {
    const { template } = make({
      shadow: { name: "next", instanceType: "ml.g6e.2xlarge", samplePercent: 20 },
    });
    const found = configuration(template());
    expect(found.shadow_production_variants).toMatchObject([
      { variant_name: "next", initial_variant_weight: 20 },
    ]);
    expect(found.first.initial_variant_weight).toBe(100);
    expect(template().count("aws_sagemaker_model")).toBe(2);
  });

  test("configurations stand beside each other until traffic has moved", () => {
    expect(configuration(make().template())).toMatchObject({
      name_prefix: "acme-assistant-",
      lifecycle: { create_before_destroy: true },
    });
  });
});

describe("what gateways and users are told", () => {
  test("all of a variant, in plain values", () => {
    const endpoint: IModelEndpoint = make({
      variants: [{ ...VARIANT, instances: 2, usdPerInstanceHour: 2.8 }],
    }).endpoint;
    expect(endpoint.access()).toMatchObject({
      endpoint: "assistant",
      variant: "full",
      model: "assistant",
      adapters: [],
      site: "ireland",
      country: "IE",
      contextTokens: 16_384,
      reach: {
        kind: "https",
        host: "runtime.sagemaker.eu-west-1.amazonaws.com",
        port: 443,
        protocol: "sagemaker",
      },
      planned: { usdPerHour: 5.6 },
    });
    expect(endpoint.access().planned.requestsPerSecond).toBeGreaterThan(2);
    expect(make().endpoint.access("full").planned).not.toHaveProperty("usdPerHour");
    expect(endpoint.metrics).toEqual([]);
    expect(endpoint.cloudMetrics).toEqual({
      kind: "cloudwatch",
      endpointName: "acme-assistant",
      queued: false,
      variants: [{ name: "full", acceleratorsPerInstance: 1 }],
    });
  });

  test("a right to invoke reaches one endpoint", () => {
    const { endpoint, template } = make();
    endpoint.grantInvoke(APP);
    expect(endpoint.grantInvoke(POD).access).toMatchObject({ kind: "aws" });
    expect(statements(template(), "grantees_app").InvokeEndpoint).toMatchObject({
      Action: ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
      Resource: ["arn:aws:sagemaker:eu-west-1:111122223333:endpoint/acme-assistant"],
    });
    expect(template().resource("aws_iam_role", "rag-role").assume_role_policy).toContain(
      "system:serviceaccount:rag:app",
    );
    expect(endpoint.invocationPath).toBe("/endpoints/acme-assistant/invocations");
  });

  test("alarms hold each variant against the promises of its classes", () => {
    const strict = { ...CHAT, name: "strict", objective: 0.999, firstTokenP95Ms: 800 };
    const template = make({ classes: [CHAT, strict], alarmTopicArns: [TOPIC] }).template();
    const alarm = (part: string) => template.resource("aws_cloudwatch_metric_alarm", part);
    expect(alarm("errors")).toMatchObject({
      metric_name: "Invocation5XXErrors",
      statistic: "Average",
      threshold: 0.001,
      dimensions: { EndpointName: "acme-assistant", VariantName: "full" },
      alarm_actions: [TOPIC],
    });
    expect(alarm("answer")).toMatchObject({
      metric_name: "ModelLatency",
      extended_statistic: "p95",
      threshold: 51_450_000,
    });
  });
});
