import { TerraformVariable } from "cdktf";
import { Identity, Residency, TrafficClass, Weights } from "../../../lib";
import { SageMakerEndpoint, type SageMakerScaling } from "../../../lib/aws";
import { Template } from "../../../lib/testing";
import { CHAT, codes, DIGEST, IMAGE, make, model, type Props, type Surroundings, VARIANT } from "./fixture";

const SMALL = { name: "small", instanceType: "ml.g6e.2xlarge" };
const variant = (more: object): Props => ({ variants: [{ ...VARIANT, ...more }] });
const scaling = (more: Partial<SageMakerScaling>): Props =>
  variant({ instances: 2, scaling: { maxInstances: 4, ...more } });
const SLOW = TrafficClass.of("slow", {
  requestsPerSecond: 1,
  promptTokens: 900,
  outputTokens: 1000,
  maxOutputTokens: 8000,
  firstTokenP95Ms: 30_000,
  nextTokenMs: 100,
});
const GB = "europe-west4";

describe("refused", () => {
  test.each<[string, Props, string]>([
    [
      "an instance type that nobody knows",
      variant({ instanceType: "ml.z9.large" }),
      "SageMakerMachineUnknown",
    ],
    ["an instance type of EC2", variant({ instanceType: "g6e.2xlarge" }), "SageMakerMachineUnknown"],
    [
      "an instance type that EC2 alone has",
      variant({ instanceType: "ml.g5g.xlarge" }),
      "SageMakerMachineUnknown",
    ],
    ["an instance type without GPUs", variant({ instanceType: "ml.m6i.4xlarge" }), "SageMakerMachineUnknown"],
    ["a tag", { engine: { kind: "vllm", image: IMAGE.replace(/@.*/, ":0.11") } }, "SageMakerImageForm"],
    [
      "an image of another region",
      { engine: { kind: "vllm", image: IMAGE.replace("eu-west-1", "us-east-1") } },
      "SageMakerImageForm",
    ],
    [
      "an image of another registry",
      { engine: { kind: "vllm", image: `docker.io/vllm/vllm-openai@sha256:${DIGEST}` } },
      "SageMakerImageForm",
    ],
    ["an engine that nobody knows", { engine: { kind: "llama" as never, image: IMAGE } }, "NotOneOf"],
    [
      "weights of a hub",
      { model: model({ weights: Weights.hub("acme/assistant", { revision: "a".repeat(40) }) }) },
      "WeightsNotInS3",
    ],
    [
      "weights of Google",
      { model: model({ weights: Weights.objectStorage(`gs://acme-models-${GB}/8b`) }) },
      "WeightsNotInS3",
    ],
    [
      "adapters",
      {
        model: model({
          adapters: [{ name: "legal", rank: 8, weights: Weights.objectStorage("s3://acme-models/legal") }],
        }),
      },
      "SageMakerAdaptersUnsupported",
    ],
    [
      "a copy on half of the GPUs",
      variant({ instanceType: "ml.g6e.12xlarge", parallelism: { tensor: 2 } }),
      "SageMakerInstanceNotFilled",
    ],
    [
      "a copy on more GPUs than there are",
      variant({ parallelism: { tensor: 2 } }),
      "SageMakerInstanceNotFilled",
    ],
    ["a copy on no GPU", variant({ parallelism: { tensor: 0 } }), "NumberOutOfRange"],
    [
      "a second value of a variable",
      { engine: { kind: "vllm", image: IMAGE, environment: { SM_VLLM_MODEL: "/tmp" } } },
      "EnvironmentTaken",
    ],
    [
      "a variable of no name",
      { engine: { kind: "vllm", image: IMAGE, environment: { "A-B": "c" } } },
      "InvalidName",
    ],
    ["no instance at first", variant({ instances: 0 }), "NumberOutOfRange"],
    ["no time for the weights", variant({ modelDataDownloadTimeoutSeconds: 59 }), "NumberOutOfRange"],
    ["more than an hour to start", variant({ startupHealthCheckTimeoutSeconds: 3601 }), "NumberOutOfRange"],
    ["a version of drivers of no form", variant({ inferenceAmiVersion: "Latest!" }), "InvalidName"],
    [
      "shares of 99",
      {
        variants: [
          { ...VARIANT, trafficPercent: 89 },
          { ...SMALL, trafficPercent: 10 },
        ],
      },
      "TrafficPercentsDoNotSum",
    ],
    [
      "shares of 101",
      {
        variants: [
          { ...VARIANT, trafficPercent: 91 },
          { ...SMALL, trafficPercent: 10 },
        ],
      },
      "TrafficPercentsDoNotSum",
    ],
    [
      "a share of nothing said",
      { variants: [{ ...VARIANT, trafficPercent: 100 }, SMALL] },
      "TrafficPercentsDoNotSum",
    ],
    ["half of one variant", variant({ trafficPercent: 50 }), "TrafficPercentsDoNotSum"],
    [
      "no share",
      {
        variants: [
          { ...VARIANT, trafficPercent: 100 },
          { ...SMALL, trafficPercent: 0 },
        ],
      },
      "NumberOutOfRange",
    ],
    [
      "two variants of one name",
      {
        variants: [
          { ...VARIANT, trafficPercent: 50 },
          { ...VARIANT, trafficPercent: 50 },
        ],
      },
      "DuplicateValue",
    ],
    ["no variant", { variants: [] }, "MissingValue"],
    ["no class", { classes: [] }, "MissingValue"],
    ["two classes of one name", { classes: [CHAT, CHAT] }, "DuplicateValue"],
    ["a variant of no name", { variants: [{ ...VARIANT, name: "Full!" }] }, "InvalidName"],
    ["an endpoint of no name", { endpointName: "a--b" }, "InvalidName"],
    ["a prefix of no name", { namePrefix: "Acme" }, "InvalidName"],
    [
      "a shadow of two variants",
      {
        variants: [
          { ...VARIANT, trafficPercent: 50 },
          { ...SMALL, trafficPercent: 50 },
        ],
        shadow: { ...SMALL, name: "next", samplePercent: 10 },
      },
      "ShadowNotPossible",
    ],
    ["a shadow of no copies", { shadow: { ...SMALL, samplePercent: 0 } }, "NumberOutOfRange"],
    ["a shadow of the variant's name", { shadow: { ...VARIANT, samplePercent: 10 } }, "DuplicateValue"],
    ["no instance, and nobody may wait", scaling({ minInstances: 0 }), "ScaleToZeroNotPossible"],
    ["fewer instances at most than at first", scaling({ maxInstances: 1 }), "NumberOutOfRange"],
    ["as many at most as at least", scaling({ maxInstances: 2 }), "NumberOutOfRange"],
    ["more at least than at first", scaling({ minInstances: 3 }), "NumberOutOfRange"],
    ["a metric that nobody knows", scaling({ metric: "cpu" as never }), "NotOneOf"],
    ["a target of nothing", scaling({ target: 0 }), "NumberOutOfRange"],
    ["a pace of two hours", scaling({ scaleInCooldownSeconds: 7200 }), "NumberOutOfRange"],
    ["an answer longer than a stream may be", { classes: [SLOW] }, "AnswerTooLong"],
    [
      "a class that may not come here",
      { classes: [{ ...CHAT, residency: Residency.countries("US") }] },
      "EndpointOutsideResidency",
    ],
    [
      "a canary of one instance",
      { ...variant({ instances: 1 }), deployment: { kind: "canary" } },
      "DeploymentNotPossible",
    ],
    [
      "batches of two variants",
      {
        variants: [
          { ...VARIANT, trafficPercent: 50, instances: 2 },
          { ...SMALL, trafficPercent: 50, instances: 2 },
        ],
        deployment: { kind: "rolling" },
      },
      "DeploymentNotPossible",
    ],
    ["a kind of deployment that nobody knows", { deployment: { kind: "big-bang" as never } }, "NotOneOf"],
    ["a step of all at once", { deployment: { kind: "all-at-once", stepPercent: 10 } }, "NoEffect"],
    [
      "a canary of more than half",
      { ...variant({ instances: 2 }), deployment: { stepPercent: 51 } },
      "NumberOutOfRange",
    ],
    ["a wait of more than an hour", { deployment: { waitSeconds: 3601 } }, "NumberOutOfRange"],
    ["an end before the longest answer", { deployment: { terminationWaitSeconds: 51 } }, "NumberOutOfRange"],
    [
      "an end of batches",
      { ...variant({ instances: 2 }), deployment: { kind: "rolling", terminationWaitSeconds: 600 } },
      "NoEffect",
    ],
    ["a key that is none", { weightsKeyArn: "arn:aws:s3:::b" }, "InvalidArn"],
    ["a topic that is none", { alarmTopicArns: ["arn:aws:s3:::b"] }, "InvalidArn"],
    ["deletion without the app's consent", { removalPolicy: "destroy" }, "RemovalNeedsTwoKeys"],
    [
      "more traffic than the instances answer",
      { ...variant({ instances: 1 }), classes: [{ ...CHAT, requestsPerSecond: 500 }] },
      "TrafficOutOfReach",
    ],
    [
      "a budget below the price",
      { ...variant({ usdPerInstanceHour: 2.8 }), classes: [{ ...CHAT, budgetUsdPerHour: 1 }] },
      "ClassOverBudget",
    ],
    ["a budget without a price", { classes: [{ ...CHAT, budgetUsdPerHour: 1 }] }, "PriceUnknown"],
  ])("%s", (_what, props, code) => {
    expect(codes(() => make(props))[0]).toBe(code);
  });

  test.each<[string, (around: Surroundings) => Props, string]>([
    [
      "requests among tables",
      ({ lake }) => ({ async: { input: lake.zone("tables"), output: lake.zone("answers") } }),
      "PayloadZoneWithTables",
    ],
    [
      "answers without a key",
      ({ lake }) => ({
        async: { input: lake.zone("talks"), output: { ...lake.zone("answers"), encryptionKey: undefined } },
      }),
      "PayloadZoneWithoutKey",
    ],
    [
      "one queue of two variants",
      ({ lake }) => ({
        variants: [
          { ...VARIANT, trafficPercent: 50 },
          { ...SMALL, trafficPercent: 50 },
        ],
        async: { input: lake.zone("talks"), output: lake.zone("answers") },
      }),
      "AsyncVariants",
    ],
    [
      "a shadow of a queue",
      ({ lake }) => ({
        shadow: { ...SMALL, samplePercent: 10 },
        async: { input: lake.zone("talks"), output: lake.zone("answers") },
      }),
      "ShadowNotPossible",
    ],
    [
      "a metric where requests wait",
      ({ lake }) => ({
        ...scaling({ metric: "invocations" }),
        async: { input: lake.zone("talks"), output: lake.zone("answers") },
      }),
      "NoEffect",
    ],
    [
      "answers for no topic",
      ({ lake }) => ({
        async: {
          input: lake.zone("talks"),
          output: lake.zone("answers"),
          includeInferenceResponseIn: ["SUCCESS_NOTIFICATION_TOPIC"],
        },
      }),
      "NoEffect",
    ],
    [
      "a topic of a queue that is none",
      ({ lake }) => ({
        async: { input: lake.zone("talks"), output: lake.zone("answers"), errorTopicArn: "topic" },
      }),
      "InvalidArn",
    ],
    [
      "too many at once",
      ({ lake }) => ({
        async: {
          input: lake.zone("talks"),
          output: lake.zone("answers"),
          maxConcurrentInvocationsPerInstance: 1001,
        },
      }),
      "NumberOutOfRange",
    ],
    [
      "capture that does not say that data may be personal",
      ({ lake }) => ({ dataCapture: { zone: lake.zone("talks"), samplePercent: 5 } }),
      "CaptureOfPersonalData",
    ],
    [
      "capture of personal data where there is none",
      ({ lake }) => ({
        pii: false,
        dataCapture: { zone: lake.zone("talks"), samplePercent: 5, includePii: true },
      }),
      "NoEffect",
    ],
    [
      "capture of nothing",
      ({ lake }) => ({
        dataCapture: { zone: lake.zone("talks"), samplePercent: 5, includePii: true, modes: [] },
      }),
      "MissingValue",
    ],
    [
      "capture of more than all",
      ({ lake }) => ({ dataCapture: { zone: lake.zone("talks"), samplePercent: 101, includePii: true } }),
      "NumberOutOfRange",
    ],
    [
      "a prefix known to Terraform alone",
      ({ stack }) => ({
        namePrefix: new TerraformVariable(stack, "prefix", { type: "string" }).stringValue,
      }),
      "TokenNotAllowed",
    ],
    [
      "an image known to Terraform alone",
      ({ stack }) => ({
        engine: {
          kind: "vllm",
          image: new TerraformVariable(stack, "image", { type: "string" }).stringValue,
        },
      }),
      "TokenNotAllowed",
    ],
  ])("%s", (_what, props, code) => {
    expect(codes(() => make(props))[0]).toBe(code);
  });

  test("a queue may be as long as an hour", () => {
    const props = ({ lake }: Surroundings): Props => ({
      classes: [SLOW],
      async: { input: lake.zone("talks"), output: lake.zone("answers") },
    });
    expect(codes(() => make(props))).toEqual([]);
  });

  test("a variant that is not there", () => {
    expect(codes(() => make().endpoint.access("tiny"))).toEqual(["UnknownVariant"]);
  });

  test("identities that mean nothing here", () => {
    const { endpoint } = make();
    const right = (identity: Identity) => codes(() => endpoint.grantInvoke(identity));
    expect(right(Identity.googleGroup("g", "a@example.com"))).toEqual(["IdentityKindMismatch"]);
    expect(right(Identity.awsRole("b", "arn:aws:iam::999999999999:role/b"))).toEqual(["GrantNotApplicable"]);
    expect(right(Identity.kubernetesServiceAccount("c", { namespace: "c", serviceAccount: "c" }))).toEqual([
      "MissingOidcIssuer",
    ]);
  });

  test("two endpoints of one name", () => {
    const { stack, network } = make();
    new SageMakerEndpoint(stack, "other", {
      site: make().endpoint.site,
      namePrefix: "acme",
      endpointName: "assistant",
      model: model(),
      engine: { kind: "vllm", image: IMAGE },
      classes: [CHAT],
      variants: [VARIANT],
      network,
    });
    expect(() => Template.of(stack)).toThrow("EndpointNamesTaken");
  });
});

test("both keys let Terraform destroy the endpoint", () => {
  const { template } = make({ removalPolicy: "destroy" }, { "cdktf-hybrid-ai/allowDestroy": true });
  expect(template().resource("aws_sagemaker_endpoint")).not.toHaveProperty("lifecycle");
});
