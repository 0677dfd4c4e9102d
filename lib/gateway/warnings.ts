import { defineWarnings } from "../core/warnings";

export const GatewayWarnings = defineWarnings({
  ToolSessionsBySharedSeed:
    "sessions of tools are sealed with a seed that the chart takes as text only; its default is the same everywhere, so anybody could forge sessions",
});
