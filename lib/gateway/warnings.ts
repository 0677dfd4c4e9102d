import { defineWarnings } from "../core/warnings";

export const GatewayWarnings = defineWarnings({
  ToolSessionsBySharedSeed:
    "sessions of tools are sealed with the seed of the chart, which is the same everywhere, so anybody could forge sessions",
});
