import type { Construct } from "constructs";
import { CustomResource, type CustomResourceProps } from "../../kubernetes/custom-resource";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";
import { TENANT_HEADER, TRAFFIC_CLASS_HEADER } from "../gateway";

export interface GatewayContext extends KubernetesContext {
  readonly proxyNamespace: string;
}

export const GATEWAY_API = "gateway.networking.k8s.io";
export const ENVOY_API = "gateway.envoyproxy.io";
export const AI_API = "aigateway.envoyproxy.io";
export const INFERENCE_API = "inference.networking.k8s.io";

/** Set by the AI gateway from the request's body. */
export const MODEL_HEADER = "x-ai-eg-model";
/** Which pool a request goes to, from the outer gateway to the inner one. */
export const POOL_HEADER = "x-inference-pool";
/** Names the InferenceObjective, which holds the priority. Source: llm-d-router 0.9, 2026-08. */
export const OBJECTIVE_HEADER = "x-llm-d-inference-objective";

/** Headers that only the gateway sets: what clients send is thrown away. */
export const INTERNAL_HEADERS = [
  TENANT_HEADER,
  MODEL_HEADER,
  POOL_HEADER,
  OBJECTIVE_HEADER,
  "x-gateway-inference-objective",
  "x-gateway-destination-endpoint",
  "x-gateway-destination-endpoint-subset",
  "x-ai-eg-fallback-chain",
] as const;

/** By which clients sign in. Envoy sends it on, so a backend that is not to see it has it taken away. */
export const CREDENTIALS_HEADER = "authorization";

/** Headers that providers have no business to see. */
export const PRIVATE_HEADERS = [CREDENTIALS_HEADER, TENANT_HEADER, TRAFFIC_CLASS_HEADER] as const;

/** Namespace of metadata by which the AI gateway tells tokens. Source: envoyproxy/ai-gateway usage-based-ratelimiting, 2026-08. */
export const TOKEN_METADATA = "io.envoy.ai_gateway";

/** Where requests may be worked on: for people and for checks of what was emitted. */
export const PROCESSES_IN = "hybrid-ai.dev/processes-in";
/** The same by class of the gateway that is meant, where classes differ: JSON. */
export const PROCESSES_IN_BY_CLASS = "hybrid-ai.dev/processes-in-by-class";
export const RESIDENCY = "hybrid-ai.dev/residency";

export const HTTPS_PORT = 443;
/** Envoy Gateway adds 10000 to ports below 1024. */
export const HTTPS_CONTAINER_PORT = 10443;
export const POOLS_PORT = 8443;

type ObjectProps = Pick<CustomResourceProps, "spec" | "annotations" | "dependsOn" | "waitFor"> & {
  readonly api: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly component: string;
  /** `null` for a kind of the whole cluster. @default - the gateway's */
  readonly namespace?: string | null;
};

/** An object that belongs to the gateway. */
export function gatewayObject(
  scope: Construct,
  id: string,
  context: GatewayContext,
  { api, version, component, namespace, dependsOn, ...rest }: ObjectProps,
): CustomResource {
  return new CustomResource(scope, id, {
    ...rest,
    apiVersion: `${api}/${version}`,
    namespace: namespace === null ? undefined : (namespace ?? context.namespace),
    labels: partOf(context, component),
    dependsOn: [...context.after, ...(dependsOn ?? [])],
  });
}

export const gatewayName = (context: GatewayContext) => objectName(context, "gateway");
export const poolsName = (context: GatewayContext) => objectName(context, "pools");
export const routeName = (context: Pick<GatewayContext, "prefix">, className: string, part = 0) =>
  objectName(context, className, ...(part === 0 ? [] : [`${part + 1}`]));

/** A duration of the Gateway API, whose numbers have five digits at most. */
export const seconds = (value: number) =>
  value < 100_000 ? `${value}s` : `${Math.floor(value / 3600)}h${value % 3600}s`;

/** Name of an MCPRoute, and of the policy on it. */
export const toolsName = (context: Pick<GatewayContext, "prefix">, className: string) =>
  objectName(context, "tools", className);

/** Labels that Envoy Gateway puts on the proxies of a gateway. */
export function proxyLabels(context: GatewayContext, name: string): Record<string, string> {
  return {
    "gateway.envoyproxy.io/owning-gateway-name": name,
    "gateway.envoyproxy.io/owning-gateway-namespace": context.namespace,
  };
}
