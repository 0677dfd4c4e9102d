import {
  SagemakerEndpointConfiguration,
  type SagemakerEndpointConfigurationAsyncInferenceConfig,
  type SagemakerEndpointConfigurationDataCaptureConfig,
  type SagemakerEndpointConfigurationProductionVariants,
} from "@cdktf/provider-aws/lib/sagemaker-endpoint-configuration";
import { Construct } from "constructs";
import { resourceName } from "../../core/naming";
import type { SageMakerAsync, SageMakerDataCapture } from "./props";
import { bucketOfZone } from "./s3";
import type { ResolvedVariant } from "./variants";

/** The provider adds 26 characters to a prefix; names of configurations have 63 at most. */
const PREFIX_LENGTH = 37;

/** A variant with the model that it serves. */
export interface VariantModel {
  readonly variant: ResolvedVariant;
  /** Name of the SageMaker model. */
  readonly modelName: string;
}

export interface SageMakerConfigurationProps {
  /** Name of the endpoint. */
  readonly name: string;
  readonly variants: readonly VariantModel[];
  readonly shadow?: VariantModel;
  readonly async?: SageMakerAsync;
  readonly dataCapture?: SageMakerDataCapture;
}

/**
 * What an endpoint runs. Configurations do not change: a new one is made beside the old, the endpoint moves over, and the old
 * one goes. Its name ends in a mark of the provider's, so that both can be there; who calls the endpoint never sees it.
 *
 * Makes `aws_sagemaker_endpoint_configuration`.
 */
export class SageMakerConfiguration extends Construct {
  readonly configuration: SagemakerEndpointConfiguration;

  constructor(scope: Construct, id: string, props: SageMakerConfigurationProps) {
    super(scope, id);
    const { name, variants, shadow } = props;
    this.configuration = new SagemakerEndpointConfiguration(this, "configuration", {
      namePrefix: `${resourceName([name], { maxLength: PREFIX_LENGTH - 1 })}-`,
      productionVariants: variants.map(production),
      shadowProductionVariants: shadow && [shadowOf(shadow, variants[0]!)],
      asyncInferenceConfig: props.async && asyncOf(name, props.async, variants[0]!),
      dataCaptureConfig: props.dataCapture && captureOf(name, props.dataCapture),
      lifecycle: { createBeforeDestroy: true },
    });
  }
}

/** Fields of both kinds of variants. */
type VariantFields = Omit<SagemakerEndpointConfigurationProductionVariants, "coreDumpConfig">;

function production({ variant, modelName }: VariantModel): VariantFields {
  return {
    variantName: variant.name,
    modelName,
    instanceType: variant.instanceType,
    initialInstanceCount: variant.instances,
    initialVariantWeight: variant.percent,
    inferenceAmiVersion: variant.inferenceAmiVersion,
    modelDataDownloadTimeoutInSeconds: variant.downloadSeconds,
    containerStartupHealthCheckTimeoutInSeconds: variant.startupSeconds,
    routingConfig: [{ routingStrategy: "LEAST_OUTSTANDING_REQUESTS" }],
  };
}

/** The weight of a shadow counts against the weight of the variant whose requests are copied. */
function shadowOf(shadow: VariantModel, { variant }: VariantModel) {
  return {
    ...production(shadow),
    initialVariantWeight: (variant.percent * shadow.variant.percent) / 100,
  };
}

function asyncOf(
  name: string,
  async: SageMakerAsync,
  { variant }: VariantModel,
): SagemakerEndpointConfigurationAsyncInferenceConfig {
  const { output, successTopicArn: successTopic, errorTopicArn: errorTopic } = async;
  const root = `s3://${bucketOfZone(output.location)}/${name}`;
  const includeInferenceResponseIn = async.includeInferenceResponseIn && [
    ...async.includeInferenceResponseIn,
  ];
  return {
    clientConfig: {
      maxConcurrentInvocationsPerInstance:
        async.maxConcurrentInvocationsPerInstance ?? Math.min(variant.concurrency, 1000),
    },
    outputConfig: {
      s3OutputPath: `${root}/answers/`,
      s3FailurePath: `${root}/failures/`,
      kmsKeyId: output.encryptionKey,
      notificationConfig:
        successTopic === undefined && errorTopic === undefined
          ? undefined
          : { successTopic, errorTopic, includeInferenceResponseIn },
    },
  };
}

function captureOf(
  name: string,
  { zone, samplePercent, modes }: SageMakerDataCapture,
): SagemakerEndpointConfigurationDataCaptureConfig {
  return {
    enableCapture: true,
    initialSamplingPercentage: samplePercent,
    destinationS3Uri: `s3://${bucketOfZone(zone.location)}/${name}/captured`,
    kmsKeyId: zone.encryptionKey,
    captureOptions: (modes ?? ["Input", "Output"]).map((captureMode) => ({ captureMode })),
    captureContentTypeHeader: { jsonContentTypes: ["application/json"] },
  };
}
