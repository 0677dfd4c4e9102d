import { countriesOf, type GatewayBackend, type TokenPrice } from "./backends";
import type { TenantLimit } from "./declaration";

/** How often a request of a class is tried. */
export interface PlannedRetries {
  readonly attemptsPerBackend: number;
  /** Of one request at this gateway, the first included. */
  readonly attempts: number;
  readonly budgetPercent: number;
  /** Most calls to backends that one request becomes, gateways behind this one included. */
  readonly amplification: number;
  /** How that number comes about. */
  readonly sum: string;
}

/** What a class may cost, in the unit in which the limiter counts. */
export interface PlannedBudget {
  readonly microUsdPerHour: number;
  /** By which tokens are counted: the highest price of any backend of the class, so that the budget is never exceeded. */
  readonly usdPerMillionTokens: TokenPrice;
}

/** How many requests of a class are let in. */
export interface PlannedAdmission {
  readonly perMinute: number;
  /** Why so many. */
  readonly reason: string;
}

/** A backend in a chain, with nothing left open. */
export interface PlannedTarget {
  readonly backend: string;
  readonly model: string;
  /** Percent of the step. */
  readonly weight: number;
}

export interface PlannedModel {
  readonly model: string;
  readonly steps: readonly (readonly PlannedTarget[])[];
}

export interface PlannedClass {
  readonly name: string;
  readonly priority: number;
  /** Countries where requests may be worked on; undefined if any. */
  readonly countries?: readonly string[];
  readonly tenants?: readonly string[];
  readonly models: readonly PlannedModel[];
  readonly retries: PlannedRetries;
  readonly attemptTimeoutSeconds: number;
  /** Requests in flight, all replicas together, at twice the planned rate. */
  readonly parallelRequests: number;
  readonly admission?: PlannedAdmission;
  readonly tokensPerTenant?: TenantLimit;
  readonly requestsPerTenant?: TenantLimit;
  readonly budget?: PlannedBudget;
}

/** Copies that a variant gets of the requests to another one. They answer nobody, and are no attempts of a request. */
export interface PlannedShadow {
  /** Whose requests are copied. */
  readonly backend: string;
  readonly variant: string;
  /** Of the attempts that reach the backend, each by itself: the most that is copied. */
  readonly percent: number;
  /** Copies at the planned rate of the classes that use the backend first. */
  readonly requestsPerSecond: number;
  /** How that number comes about. */
  readonly sum: string;
}

/** What a gateway does with each class and model. Plain, the same for all sites. */
export interface RoutePlan {
  readonly gatewayName: string;
  readonly backends: readonly GatewayBackend[];
  readonly classes: readonly PlannedClass[];
  /** In the order of the backends. */
  readonly shadows: readonly PlannedShadow[];
  /** Names of gateways that requests may be sent to. */
  readonly sendsTo: readonly string[];
}

/** Whether a backend is in a chain of the class. */
export const usesBackend = ({ models }: PlannedClass, backend: string): boolean =>
  models.some(({ steps }) => steps.flat().some((target) => target.backend === backend));

/** Where backends of the class work on its requests. The gateway's own country is not in it. */
export const countriesOfClass = ({ backends }: RoutePlan, planned: PlannedClass): readonly string[] =>
  backends
    .filter(({ name }) => usesBackend(planned, name))
    .flatMap((backend) => countriesOf(backend, planned.name));
