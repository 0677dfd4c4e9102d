import { defineErrors } from "../../core/errors";

export const GoogleFeatureErrors = defineErrors({
  ServingEndpointMissing: {
    meaning:
      "an optimized online store is reached through Private Service Connect, and nobody knows under which address",
    fix: "make a forwarding rule to the store's service attachment and give its address as `servingEndpoint`",
  },
});
