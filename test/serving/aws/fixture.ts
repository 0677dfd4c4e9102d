import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack } from "cdktf";
import {
  ServedModel,
  type ServedModelProps,
  Site,
  TrafficClass,
  ValidationError,
  Weights,
} from "../../../lib";
import { AwsLakehouse, AwsNetwork, SageMakerEndpoint, type SageMakerEndpointProps } from "../../../lib/aws";
import { Template, testApp } from "../../../lib/testing";

export const IRELAND = Site.aws("ireland", { region: "eu-west-1", account: "111122223333" });
export const DIGEST = "a".repeat(64);
export const IMAGE = `763104351884.dkr.ecr.eu-west-1.amazonaws.com/vllm@sha256:${DIGEST}`;
export const KEY = "arn:aws:kms:eu-west-1:111122223333:key/1";
export const TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call";

export const SHAPE = {
  params: 8.03e9,
  layers: 32,
  hidden: 4096,
  sequence: 131_072,
  kvHidden: 1024,
  attentionHeads: 32,
  kvHeads: 8,
  vocabulary: 128_256,
};

export const model = (props: Partial<ServedModelProps> = {}) =>
  ServedModel.of("assistant", {
    shape: SHAPE,
    weights: Weights.objectStorage("s3://acme-models/assistant/8b"),
    contextTokens: 16_384,
    ...props,
  });

export const CHAT = TrafficClass.of("chat", {
  requestsPerSecond: 2,
  promptTokens: 900,
  outputTokens: 200,
  maxOutputTokens: 1000,
  firstTokenP95Ms: 1500,
  nextTokenMs: 50,
});

export type Props = Partial<SageMakerEndpointProps>;

export const VARIANT = { name: "full", instanceType: "ml.g6e.2xlarge" };

/** A stack with a lakehouse whose zones take requests and answers, and a network. */
export function surroundings(context: Record<string, unknown> = {}) {
  const stack = new TerraformStack(testApp(context), "serving");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  const network = AwsNetwork.fromAttributes(stack, "network", {
    vpcId: "vpc-1",
    cidrBlock: "10.0.0.0/16",
    subnetsByZone: { "eu-west-1a": { subnetId: "subnet-a" }, "eu-west-1b": { subnetId: "subnet-b" } },
  });
  const lake = new AwsLakehouse(stack, "lake", {
    site: IRELAND,
    namePrefix: "acme-lake",
    zones: [
      { name: "talks" },
      { name: "answers" },
      { name: "tables", tables: [{ name: "t", columns: [{ name: "id", type: "long" }] }] },
    ],
    athena: false,
    tableOptimizers: [],
  });
  return { stack, network, lake };
}

export type Surroundings = ReturnType<typeof surroundings>;

export function make(
  props: Props | ((around: Surroundings) => Props) = {},
  context: Record<string, unknown> = {},
) {
  const around = surroundings(context);
  const endpoint = new SageMakerEndpoint(around.stack, "assistant", {
    site: IRELAND,
    namePrefix: "acme",
    endpointName: "assistant",
    model: model(),
    engine: { kind: "vllm", image: IMAGE },
    classes: [CHAT],
    variants: [VARIANT],
    network: around.network,
    ...(typeof props === "function" ? props(around) : props),
  });
  return { ...around, endpoint, template: () => Template.of(around.stack) };
}

/** Codes of what is refused; none if nothing is. */
export function codes(attempt: () => unknown): readonly string[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (ValidationError.is(error)) {
      return error.codes;
    }
    throw error;
  }
}
