import type { TrafficClass } from "../serving/serving";
import type { GatewayBackend } from "./backends";

/** A backend in a chain. */
export interface ChainTarget {
  readonly backend: string;
  /** Name of the model there. @default - the endpoint's own model, else the name that the client asks for */
  readonly model?: string;
  /** Percent of the step's requests; needed where a step has more than one backend. @default 100 */
  readonly weight?: number;
}

/** What is tried at the same time: one backend, or several by weight. */
export type ChainStep = string | ChainTarget | readonly ChainTarget[];

/** Where requests for one model go. */
export interface ModelRoute {
  /** As clients name it. */
  readonly model: string;
  /** First to last: a later step is tried when the earlier one failed, is overloaded or is known to be unhealthy. */
  readonly chain: readonly ChainStep[];
}

export type LimitWindow = "second" | "minute" | "hour" | "day";

/** A number per tenant and time. */
export interface TenantLimit {
  readonly limit: number;
  readonly per: LimitWindow;
}

/** Requests of one traffic class. */
export interface ClassRoutes {
  readonly class: TrafficClass;
  readonly models: readonly ModelRoute[];
  /** Tenants that may use the class. @default - all that are signed in and, with tokens, hold the class in their claim */
  readonly tenants?: readonly string[];
  /** Attempts at one step before the next one is tried, from 1 to 5. @default 1 */
  readonly attemptsPerBackend?: number;
  /** Most calls to backends that one request may become, over all retries, fallbacks and gateways. @default 3 */
  readonly maxAmplification?: number;
  /** Most retries in flight, in percent of the requests in flight. @default 20 */
  readonly retryBudgetPercent?: number;
  /** Longest time of one attempt. @default - four times the first token's target and twice that of the longest answer */
  readonly attemptTimeoutSeconds?: number;
  /**
   * Requests that are let in per minute, all tenants together; `false` for no limit.
   * @default - what the class is planned for where its first backends are sized; the class of highest priority gets what is left
   */
  readonly admittedPerMinute?: number | false;
  /** Tokens of prompts and answers, for each tenant. @default - no limit */
  readonly tokensPerTenant?: TenantLimit;
  /** @default - no limit */
  readonly requestsPerTenant?: TenantLimit;
}

/** What a gateway is to do, without saying on what it runs. */
export interface GatewayDeclaration {
  /** Unique among gateways that send requests to each other. */
  readonly gatewayName: string;
  /** Country where the gateway itself runs, and so reads prompts: ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly backends: readonly GatewayBackend[];
  readonly classes: readonly ClassRoutes[];
  /** A limiter with Redis or Valkey is there, as `AiGatewayOperators` installs it. */
  readonly limiter: boolean;
  /** Replicas, if their number is fixed. Without a limiter each enforces its part of a limit. @default - it varies */
  readonly fixedReplicas?: number;
}
