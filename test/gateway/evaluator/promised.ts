import type { Promised } from "./properties";

const EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(" ");

/** The fixture's classes and hosts, written down a second time. */
export const PROMISED: Promised = {
  world: {
    clusterCountry: "DE",
    countries: {
      "llm.ireland.example.com": ["IE"],
      "ai.oslo.example.com": ["NO"],
      "api.openai.com": ["US"],
      "evil.example.com": ["US"],
    },
  },
  classes: { premium: EU, chat: undefined, batch: EU },
  models: ["llama"],
  amplification: 3,
  // A gateway for which there is no key knows clients by their own tokens.
  credentialsTo: ["ai.oslo.example.com"],
  issuer: "https://login.example.com",
  audience: "ai",
};
