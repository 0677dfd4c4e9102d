import {
  type ChainStep,
  type ClassRoutes,
  type GatewayBackend,
  type GatewayDeclaration,
  type OtherGatewayBackend,
  type ProviderBackend,
  Residency,
} from "../../lib";
import type { EndpointAccess, EndpointShadow, TrafficClass } from "../../lib/serving/serving";

export function traffic(name: string, given: Partial<TrafficClass> = {}): TrafficClass {
  return {
    name,
    requestsPerSecond: 5,
    promptTokens: 1000,
    outputTokens: 200,
    maxOutputTokens: 1000,
    cachedShare: 0,
    firstTokenP95Ms: 500,
    nextTokenMs: 25,
    priority: 0,
    objective: 0.99,
    residency: Residency.ANYWHERE,
    ...given,
  };
}

export function access(given: Partial<EndpointAccess> = {}): EndpointAccess {
  return {
    endpoint: "assistant",
    variant: "full",
    model: "llama",
    adapters: [],
    site: "frankfurt",
    country: "DE",
    contextTokens: 8192,
    reach: { kind: "inference-pool", namespace: "models", name: "assistant-full", port: 8000 },
    planned: { requestsPerSecond: 20, outputTokensPerSecond: 4000, usdPerHour: 16 },
    ...given,
  };
}

/** Gets copies of a tenth of the requests to another variant. */
export function shadow(given: Partial<EndpointShadow> = {}): EndpointShadow {
  return {
    variant: "next",
    percent: 10,
    models: ["llama"],
    service: { namespace: "models", name: "assistant-next", port: 8000 },
    planned: { requestsPerSecond: 20 },
    ...given,
  };
}

export const POOL: GatewayBackend = { name: "own", kind: "endpoint", access: access() };

export const SERVICE: GatewayBackend = {
  name: "small",
  kind: "endpoint",
  access: access({
    variant: "small",
    reach: { kind: "service", namespace: "models", name: "assistant-small", port: 8000 },
  }),
};

export const CLOUD: GatewayBackend = {
  name: "cloud",
  kind: "endpoint",
  access: access({
    site: "ireland",
    country: "IE",
    reach: { kind: "https", host: "llm.ireland.example.com", port: 443, protocol: "openai" },
  }),
  apiKeySecret: "ireland-key",
};

export const OPENAI: ProviderBackend = {
  name: "openai",
  kind: "provider",
  provider: { api: "openai", apiKeySecret: "openai-key" },
  processesIn: ["US"],
  contextTokens: 128_000,
  usdPerMillionTokens: { input: 2.5, output: 10 },
};

export function otherGateway(given: Partial<OtherGatewayBackend> = {}): OtherGatewayBackend {
  return {
    name: "oslo",
    kind: "gateway",
    gateway: "oslo",
    access: { host: "ai.oslo.example.com", port: 443, classes: ["chat"], models: ["llama"] },
    processesIn: ["NO"],
    amplification: 1,
    contextTokens: 8192,
    ...given,
  };
}

export function routes(
  name: string,
  chain: readonly ChainStep[],
  given: Partial<ClassRoutes> & { readonly traffic?: Partial<TrafficClass> } = {},
): ClassRoutes {
  const { traffic: of, ...rest } = given;
  return { class: traffic(name, of), models: [{ model: "llama", chain }], ...rest };
}

export function declaration(given: Partial<GatewayDeclaration> = {}): GatewayDeclaration {
  return {
    gatewayName: "acme",
    country: "DE",
    backends: [POOL],
    classes: [routes("chat", ["own"])],
    limiter: true,
    ...given,
  };
}

/** What was thrown, by code; empty if nothing was. */
export function codesOf(run: () => unknown): readonly string[] {
  try {
    run();
    return [];
  } catch (error) {
    return (error as { codes: readonly string[] }).codes;
  }
}
