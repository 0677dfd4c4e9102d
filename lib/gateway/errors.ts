import { defineErrors } from "../core/errors";

export const GatewayErrors = defineErrors({
  NoRouteMeetsResidency: {
    meaning: "no backend of the class works only where its requests may be worked on",
    fix: "add a backend in an allowed country, or give the class a wider residency",
  },
  BackendOutsideResidency: {
    meaning: "a backend in the chain of the class works in a country where its requests may not be worked on",
    fix: "take the backend out of this chain; nothing is dropped from a chain silently",
  },
  GatewayOutsideResidency: {
    meaning: "the gateway itself reads prompts in a country where requests of the class may not be worked on",
    fix: "send the class to a gateway in an allowed country, or give it a wider residency",
  },
  EndpointOfOtherCluster: {
    meaning: "an InferencePool or Service can only be reached from its own cluster",
    fix: "reach endpoints of other sites by https, or by the gateway of that site",
  },
  FallbackLoop: {
    meaning: "gateways fall back to each other in a circle, so that a request could travel for ever",
    fix: "let one of them end its chain with backends of its own",
  },
  RetryAmplification: {
    meaning: "one request could become more calls to backends than the class allows",
    fix: "shorten the chain, lower attemptsPerBackend, or raise maxAmplification if the backends bear that load",
  },
  LimiterWithoutBackend: {
    meaning: "a limit that all replicas of the gateway count together needs a limiter with a Redis or Valkey",
    fix: "say limiter: true and install one with AiGatewayOperators, or leave the limit out",
  },
  WeightsNotSumming: {
    meaning: "weights of backends that share a step of a chain do not add up to 100",
    fix: "give each backend of the step a whole weight, 100 together",
  },
  UnknownBackend: {
    meaning: "no backend of this name is declared",
    fix: "declare the backend, or correct the name",
  },
  UnknownModel: {
    meaning: "the backend does not serve this model",
    fix: "name a model or an adapter that it serves",
  },
  UnknownClass: {
    meaning: "the gateway that is meant does not serve this traffic class",
    fix: "name one of its classes; for another gateway in `className`",
  },
  UnusedBackend: {
    meaning: "the backend is in no chain",
    fix: "use it in a chain, or take it out",
  },
  ProtocolNotRouted: {
    meaning:
      "the gateway cannot speak the protocol of this endpoint: its calls are signed for the cloud's own API",
    fix: "serve the model behind an API like OpenAI's, or call the endpoint without the gateway",
  },
  ContextTooSmall: {
    meaning: "the backend's context does not hold a mean prompt and the longest answer of the class",
    fix: "choose a backend with a longer context, or lower maxOutputTokens of the class",
  },
  BudgetWithoutPrice: {
    meaning: "the class has a budget, but what a backend of its chains costs is not known",
    fix: "give usdPerMillionTokens of the backend, or leave the budget out",
  },
  BudgetOutOfRange: {
    meaning: "the limiter counts in millionths of a dollar up to 4294 USD per hour",
    fix: "split the class, or leave budgetUsdPerHour out",
  },
  ClassesExceedCapacity: {
    meaning: "the classes that use this backend first are planned for more requests than it was sized for",
    fix: "size the endpoint for all of them, or let a class use another backend first",
  },
  ProviderCountryContradiction: {
    meaning: "the region of the provider is in a country that `processesIn` does not hold",
    fix: "list every country where the provider works on requests, the one of its region included",
  },
  ShadowNotCopied: {
    meaning: "requests to this backend leave the cluster, and the gateway copies only those that stay in it",
    fix: "let the endpoint's own platform copy, or shadow a variant that is reached by an InferencePool or a Service",
  },
  ShadowOfOtherModel: {
    meaning:
      "copies carry the name of a model that the shadow does not answer to, so all it would say is that it is not there",
    fix: "give the shadow's model the name, and adapters of the names, by which requests ask the variant that it shadows",
  },
  ShadowExceedsCapacity: {
    meaning: "more requests would be copied than the shadow was sized for",
    fix: "lower the percent, or size the shadow for its share",
  },
  CacheOutsideResidency: {
    meaning: "answers of the class would be kept in a country where its requests may not be worked on",
    fix: "keep them in a store in an allowed country, or leave the class out of the cache",
  },
  TranslatedAnswersNotKept: {
    meaning:
      "no backend of the class speaks as OpenAI does: its answers are translated after the cache has seen them, so none would be kept",
    fix: "leave the class out of the cache, or add a backend that speaks as OpenAI does",
  },
  StoreInTheClear: {
    meaning: "answers and the password would cross networks outside the cluster in the clear",
    fix: "leave `tls` out, or use a store in the cluster (`name.namespace.svc.cluster.local`)",
  },
  ReservedHeader: {
    meaning: "the header is set by the gateway itself",
    fix: "choose another header",
  },
  GatewayToldWrongly: {
    meaning: "what is said of another gateway of this app is not what that gateway does",
    fix: "say what it does: its classes, most calls of one request, and every country, its own included",
  },
  GatewayNamesTaken: {
    meaning: "two gateways of one cluster would make objects of the same names",
    fix: "give one of them another namePrefix",
  },
});
