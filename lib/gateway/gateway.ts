import type { IConstruct } from "constructs";
import type { MetricsSource } from "../kubernetes/metrics-source";

/** Header by which a request says its traffic class; the gateway sets it where a rule decides it, and trusts no other. */
export const TRAFFIC_CLASS_HEADER = "x-traffic-class";
/** The same as label of metrics: the AI gateway is told to copy the header (`metricsRequestHeaderAttributes`). */
export const TRAFFIC_CLASS_LABEL = "traffic_class";
/** Header that names the tenant, set by the gateway from the proven identity. */
export const TENANT_HEADER = "x-tenant";
export const TENANT_LABEL = "tenant";
/** Label of a gateway's proxies: `outer` is what clients reach, `inner` stands before pools and sees the same requests again. */
export const TIER_LABEL = "tier";

/** How clients reach a gateway. Plain values; the host may be a token. */
export interface GatewayAccess {
  readonly host: string;
  readonly port: number;
  /** Names of traffic classes that it serves. */
  readonly classes: readonly string[];
  /** Names of models that requests may ask for. */
  readonly models: readonly string[];
}

/** One front for models, wherever they are. */
export interface IAiGateway extends IConstruct {
  readonly gatewayName: string;
  access(): GatewayAccess;
  readonly metrics: readonly MetricsSource[];
}
