import { defineErrors } from "../core/errors";

export const ServingErrors = defineErrors({
  WeightsAddressInvalid: {
    meaning: "not an address of weights of this kind",
    fix: "object storage: s3://bucket/path or gs://bucket/path; oci: registry/name@sha256:…; hub: organisation/model with the commit",
  },
  HeadsDoNotAgree: {
    meaning: "the heads of the model do not agree with each other",
    fix: "copy num_attention_heads, num_key_value_heads and head_dim from the model's config.json; kvHidden is num_key_value_heads x head_dim",
  },
  CachePrecisionUnsupported: {
    meaning: "no engine holds the key/value cache in this format",
    fix: "choose bf16, fp16, fp8 or int8 for the cache",
  },
  ModelDoesNotFit: {
    meaning: "the model does not fit the memory of the accelerators of one replica",
    fix: "divide it among more accelerators, choose accelerators with more memory, a smaller precision, or a shorter context",
  },
  ContextExceedsMemory: {
    meaning: "the weights fit, but the memory that is left does not hold one sequence of contextTokens",
    fix: "lower contextTokens, hold the cache in fp8, or divide the model among more accelerators",
  },
  TensorDoesNotDivideHeads: {
    meaning: "the model's heads cannot be divided by this tensor parallelism",
    fix: "choose a tensor parallelism that divides attentionHeads, and that divides kvHeads or is a multiple of it",
  },
  TensorOverSlowTier: {
    meaning: "tensor parallelism would run over links that are too slow for two all-reduces in every layer",
    fix: "keep tensor within the scale-up domain, and use pipeline parallelism between domains or nodes",
  },
  PipelineDoesNotDivideLayers: {
    meaning: "the stages of the pipeline would have very different numbers of layers",
    fix: "choose a pipeline parallelism that divides the layers, or nearly",
  },
  ExpertsNotDivisible: {
    meaning: "the experts cannot be divided this way",
    fix: "choose an expert parallelism that divides both the experts and the accelerators of a stage; leave it out for models without experts",
  },
  DataParallelWithoutExperts: {
    meaning:
      "copies of the dense part within one replica share nothing: the model has no experts, or they are not divided",
    fix: "leave data out and let the plan add replicas, or give expert = tensor x data",
  },
  ReplicaDoesNotFillNodes: {
    meaning: "a replica of several nodes would leave accelerators of its nodes idle",
    fix: "choose parallelism whose accelerators are a multiple of acceleratorsPerNode, or fewer than one node has",
  },
  PrecisionUnsupported: {
    meaning: "the accelerator, or the engine, cannot compute with numbers of this format",
    fix: "choose weights (or a cache) of another precision, or another accelerator or engine",
  },
  AcceleratorFactsMissing: {
    meaning: "the capacity model needs a fact of the accelerator that is not known",
    fix: "give it by Accelerator.of({ name, vendor, … })",
  },
  ClassExceedsContext: {
    meaning: "prompt and answer of the class are longer together than the model's contextTokens",
    fix: "raise contextTokens, or lower promptTokens or the tokens of an answer",
  },
  LatencyTargetOutOfReach: {
    meaning: "by the capacity model no number of replicas answers this class so quickly",
    fix: "accept a longer target, shorten prompts, cache prefixes, divide the model among more accelerators, or choose faster ones or a smaller precision",
  },
  TrafficOutOfReach: {
    meaning: "by the capacity model this traffic needs more replicas than are allowed",
    fix: "raise maxReplicas, or lower the traffic of the endpoint by a second one",
  },
  ClassOverBudget: {
    meaning: "by the capacity model and the price table the class costs more than its budget",
    fix: "raise budgetUsdPerHour, or choose a smaller model, precision or cheaper accelerators for it",
  },
  PriceUnknown: {
    meaning: "a class has a budget, but no price of the accelerator is known to hold it against",
    fix: "give price as { usdPerAcceleratorHour }, or a provider and region that the price table knows",
  },
  ResidenciesDisjoint: {
    meaning: "no country is allowed by all classes of the endpoint",
    fix: "serve classes that exclude each other by endpoints of their own",
  },
  PoolResidencyWider: {
    meaning: "the planner may place the endpoint in countries that one of its classes forbids",
    fix: "give the pool a residency within that of every class, or serve the class by an endpoint of its own",
  },
  ReplicaBeyondScaleUp: {
    meaning: "the planner places replicas within one scale-up domain, and this one is larger",
    fix: "place such endpoints by hand, or choose an accelerator with a larger domain or more memory",
  },
});
