import type { EndpointAccess } from "../serving/serving";
import type { GatewayAccess } from "./gateway";

/** What a backend asks for tokens, USD per million. */
export interface TokenPrice {
  readonly input: number;
  readonly output: number;
}

interface NamedBackend {
  /** Unique in the gateway; part of names of objects. */
  readonly name: string;
}

/** A variant of an endpoint of this stack: an InferencePool or a Service of the same cluster, or any host by TLS. */
export interface EndpointBackend extends NamedBackend {
  readonly kind: "endpoint";
  /** From `endpoint.access()`. */
  readonly access: EndpointAccess;
  /** Secret with the key `apiKey`; only for endpoints that are reached by `https`. @default - no key */
  readonly apiKeySecret?: string;
}

/** A gateway of another site. It speaks as OpenAI does. */
export interface OtherGatewayBackend extends NamedBackend {
  readonly kind: "gateway";
  /** Name of the other gateway, unique among all gateways that know each other. */
  readonly gateway: string;
  /** From `gateway.access()`. */
  readonly access: GatewayAccess;
  /** Its own country and those of all backends that it sends requests to, ISO 3166-1 alpha-2. */
  readonly processesIn: readonly string[];
  /**
   * The same of its classes, by their names there, each a part of `processesIn`.
   * @default - `processesIn` for each class that is not named
   */
  readonly processesInByClass?: Readonly<Record<string, readonly string[]>>;
  /** Most calls that it makes of one request: `amplification` of its class. */
  readonly amplification: number;
  /** Names of gateways that it sends requests on to. @default - none */
  readonly sendsTo?: readonly string[];
  /** Class that requests have there. @default - the same class */
  readonly className?: string;
  readonly contextTokens: number;
  /** Secret with the key `apiKey`. @default - no key */
  readonly apiKeySecret?: string;
  /** Needed if a class with a budget uses it. @default - not known */
  readonly usdPerMillionTokens?: TokenPrice;
}

/** API of an external provider, and how it is signed in to. All Secrets are in the gateway's namespace. */
export type ProviderApi =
  | {
      readonly api: "openai";
      /** @default "api.openai.com" */
      readonly host?: string;
      /** Path before `/chat/completions`. @default "/v1" */
      readonly prefix?: string;
      /** Secret with the key `apiKey`. */
      readonly apiKeySecret: string;
    }
  | {
      /** Only requests to `/anthropic/v1/messages` can be sent there: the gateway does not translate OpenAI's form. */
      readonly api: "anthropic";
      /** @default "api.anthropic.com" */
      readonly host?: string;
      /** Secret with the key `apiKey`. */
      readonly apiKeySecret: string;
    }
  | {
      readonly api: "azure-openai";
      /** `<resource>.openai.azure.com` */
      readonly host: string;
      /** Such as `2025-01-01-preview`. */
      readonly apiVersion: string;
      /** Secret with the key `apiKey`. */
      readonly apiKeySecret: string;
    }
  | {
      readonly api: "bedrock";
      readonly region: string;
      /** Secret with the key `credentials`, an AWS credentials file. @default - the role of the gateway's pods */
      readonly credentialsSecret?: string;
    }
  | {
      readonly api: "vertex";
      readonly region: string;
      readonly project: string;
      /** Secret with the key `service_account.json`. @default - the identity of the gateway's pods */
      readonly credentialsSecret?: string;
    };

/** A model of somebody else. */
export interface ProviderBackend extends NamedBackend {
  readonly kind: "provider";
  readonly provider: ProviderApi;
  /** Every country where it may work on a request, ISO 3166-1 alpha-2. What its contract says, not what is hoped. */
  readonly processesIn: readonly string[];
  readonly contextTokens: number;
  /** Needed if a class with a budget uses it. @default - not known */
  readonly usdPerMillionTokens?: TokenPrice;
}

export type GatewayBackend = EndpointBackend | OtherGatewayBackend | ProviderBackend;

/**
 * Where a backend works on requests.
 *
 * @param className of a class of this gateway. @default - of any class
 */
export function countriesOf(backend: GatewayBackend, className?: string): readonly string[] {
  if (backend.kind === "endpoint") {
    return [backend.access.country];
  }
  if (backend.kind === "gateway" && className !== undefined) {
    return backend.processesInByClass?.[backend.className ?? className] ?? backend.processesIn;
  }
  return backend.processesIn;
}

export function contextOf(backend: GatewayBackend): number {
  return backend.kind === "endpoint" ? backend.access.contextTokens : backend.contextTokens;
}

/** Most calls that one attempt at this backend becomes. */
export function callsPerAttempt(backend: GatewayBackend): number {
  return backend.kind === "gateway" ? backend.amplification : 1;
}

/**
 * What tokens cost; undefined if it is not known. Of own endpoints all accelerators at planned load, divided among the
 * tokens of answers.
 */
export function priceOf(backend: GatewayBackend): TokenPrice | undefined {
  if (backend.kind !== "endpoint") {
    return backend.usdPerMillionTokens;
  }
  const { usdPerHour, outputTokensPerSecond } = backend.access.planned;
  return usdPerHour === undefined
    ? undefined
    : { input: 0, output: (usdPerHour / (outputTokensPerSecond * 3600)) * 1e6 };
}

/** Host of a provider's API. */
export function providerHost(provider: ProviderApi): string {
  switch (provider.api) {
    case "openai":
      return provider.host ?? "api.openai.com";
    case "anthropic":
      return provider.host ?? "api.anthropic.com";
    case "azure-openai":
      return provider.host;
    case "bedrock":
      return `bedrock-runtime.${provider.region}.amazonaws.com`;
    case "vertex":
      return `${provider.region}-aiplatform.googleapis.com`;
  }
}
