import { defineErrors } from "../../core/errors";

export const SageMakerErrors = defineErrors({
  SageMakerMachineUnknown: {
    meaning: "SageMaker hosts no models on this instance type, or it has no GPUs that are known",
    fix: "choose an instance type with GPUs that SageMaker hosts models on, for example ml.g6e.12xlarge",
  },
  SageMakerImageForm: {
    meaning:
      "not an image of Amazon ECR by digest; SageMaker pulls from ECR only, and a tag may change under a running endpoint",
    fix: "write <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<64 hexadecimal digits>, in the region of the site",
  },
  WeightsNotInS3: {
    meaning: "SageMaker reads weights from a prefix of S3, and this model has them elsewhere",
    fix: "copy the weights to S3 once and give Weights of s3://bucket/prefix; the container is isolated and downloads nothing itself",
  },
  SageMakerAdaptersUnsupported: {
    meaning:
      "an endpoint without inference components serves no adapters, and the provider has no resource for those",
    fix: "merge the adapter into its weights and serve it as a variant, or serve the model in a cluster",
  },
  TrafficPercentsDoNotSum: {
    meaning: "the shares of the variants do not sum to 100 percent",
    fix: "give trafficPercent to every variant, so that all together are 100",
  },
  ShadowNotPossible: {
    meaning: "SageMaker copies no requests to a shadow here",
    fix: "leave the shadow out, or use one variant that answers at once, on machines other than Inf1",
  },
  ScaleToZeroNotPossible: {
    meaning:
      "no instance would be left, and a request that waits for one to start is not answered within the minute that SageMaker gives it",
    fix: "keep one instance, or answer asynchronously: there requests wait in a queue",
  },
  TwoScalersOfVariant: {
    meaning: "two autoscalers would decide how many instances one variant has",
    fix: "leave one of the two out",
  },
  AnswerTooLong: {
    meaning: "the longest answer that a class allows takes longer than SageMaker lets an invocation run",
    fix: "lower maxOutputTokens or nextTokenMs of the class, or answer asynchronously",
  },
  CaptureOfPersonalData: {
    meaning: "captured requests and answers may hold personal data, and the capture does not say so",
    fix: "set includePii: true on the capture if the zone may hold personal data, or pii: false on the endpoint if requests hold none",
  },
  PayloadZoneWithTables: {
    meaning: "requests and answers would be written among tables that the lakehouse declares",
    fix: "declare a zone without tables for them",
  },
  PayloadZoneWithoutKey: {
    meaning: "requests and answers are encrypted with the key of their zone, and it is not known",
    fix: "use a zone of this lakehouse, or give encryptionKeyArn where the zone is adopted",
  },
  DeploymentNotPossible: {
    meaning: "SageMaker does not shift traffic in this way between the fleets of this endpoint",
    fix: "use all-at-once, or give every variant two instances or more",
  },
  SageMakerInstanceNotFilled: {
    meaning:
      "one container runs on each instance, with one copy of the model, and this division does not fill the instance exactly",
    fix: "choose an instance type with as many accelerators as the copy needs, or a parallelism whose product is the accelerators of the instance",
  },
  EnvironmentTaken: {
    meaning: "the variable is set from the declaration of the model, and a second value would contradict it",
    fix: "leave it out of the engine's environment, and change the model or the variant instead",
  },
  AsyncVariants: {
    meaning: "an asynchronous endpoint has one queue, whose length cannot be told apart by variant",
    fix: "use one variant, and an endpoint of its own for another model",
  },
});
