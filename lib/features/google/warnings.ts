import { defineWarnings } from "../../core/warnings";

export const GoogleFeatureWarnings = defineWarnings({
  OnlineStoreWithoutCustomerKey:
    "the provider cannot give an online store of Vertex AI a customer key, so its values are encrypted with a key of Google",
  OptimizedServingDeprecated:
    "Google announced the optimized online store as deprecated: relax p99LatencyMs to get Bigtable, or plan to move",
});
