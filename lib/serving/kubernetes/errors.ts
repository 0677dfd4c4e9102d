import { defineErrors } from "../../core/errors";

export const KubernetesServingErrors = defineErrors({
  EngineCannot: {
    meaning: "the engine cannot do this, or the library does not know how it does",
    fix: "leave it out, or choose another engine",
  },
  FormCannot: {
    meaning: "objects of this form cannot express what was asked for",
    fix: 'leave it out, or choose another form; form "deployment" can do everything but needs the most objects',
  },
  PlanOfOtherModel: {
    meaning: "the plan of the variant was made for another model",
    fix: "give the plan that planEndpoint made for this model",
  },
  PlanOfOtherPool: {
    meaning: "the plan of the variant was made for nodes or accelerators that the pool does not have",
    fix: "plan with the accelerator and acceleratorsPerNode of this pool, or choose the pool that was planned for",
  },
  PoolTooSmall: {
    meaning: "so many replicas do not fit the nodes of the pool",
    fix: "lower the highest number of replicas, or raise the nodes of the pool",
  },
  ColdStartTooLong: {
    meaning: "a replica that starts from nothing would take longer than requests may wait",
    fix: "keep one replica (min 1), load weights faster, hold them on the nodes as an image, or allow a longer start",
  },
  WeightsDoNotSum: {
    meaning: "the shares of a step of the roll-out are not 100 together",
    fix: "give stable and canary so that they are 100 together",
  },
  CanaryTooFine: {
    meaning:
      "the share of the canary is smaller than one of the replicas, so it would get more traffic than stated",
    fix: "raise the share of the step, or the lowest number of replicas",
  },
  AnalysisTooLate: {
    meaning:
      "the canary would be promoted before the analysis can have failed or found that there are no metrics",
    fix: "hold the steps longer, look more often, or allow fewer failures",
  },
  MetricsAddressMissing: {
    meaning: "scaling and analysis read metrics, and no Prometheus was named",
    fix: "give prometheusUrl, the address of a Prometheus that reads `metrics` of the endpoint",
  },
  ShadowNotReached: {
    meaning:
      "copies of requests go to the Service of a shadow, without a picker, and so they would not be answered as requests are",
    fix: "let the shadow be of form deployment or inference-service, with pods that read prompts and write answers, and always one replica",
  },
  NoEngineForWeights: {
    meaning: "weights of this kind cannot be brought to the engine in this way",
    fix: "choose another `cache`, or another kind of weights",
  },
});
