import type { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import { objectName } from "../../kubernetes/room-context";
import type { GatewayCache } from "./cache";
import {
  ENVOY_API,
  GATEWAY_API,
  type GatewayContext,
  gatewayName,
  gatewayObject,
  HTTPS_PORT,
  INTERNAL_HEADERS,
} from "./context";
import type { Guardrail, KubernetesAiGatewayProps } from "./props";

/** Name of the one listener. */
const LISTENER = "https";

export function listener(context: GatewayContext, { hostname, tls }: KubernetesAiGatewayProps) {
  const name =
    tls && "certificateSecret" in tls ? tls.certificateSecret : objectName(context, "gateway", "tls");
  return {
    name: LISTENER,
    port: HTTPS_PORT,
    protocol: "HTTPS",
    hostname,
    tls: { mode: "Terminate", certificateRefs: [{ name }] },
    allowedRoutes: { namespaces: { from: "Same" } },
  };
}

export function outerService({ serviceType = "LoadBalancer", serviceAnnotations }: KubernetesAiGatewayProps) {
  return { type: serviceType, annotations: serviceAnnotations };
}

/** What clients may send: by TLS, so much, in time, and no header that the gateway itself sets. */
export function clientPolicy(
  scope: Construct,
  context: GatewayContext,
  { maxRequestSize = "8Mi" }: KubernetesAiGatewayProps,
): CustomResource {
  return gatewayObject(scope, "client-policy", context, {
    api: ENVOY_API,
    version: "v1alpha1",
    kind: "ClientTrafficPolicy",
    name: gatewayName(context),
    component: "gateway",
    spec: {
      targetRefs: [{ group: GATEWAY_API, kind: "Gateway", name: gatewayName(context) }],
      tls: { minVersion: "1.2" },
      connection: { bufferLimit: maxRequestSize },
      headers: {
        earlyRequestHeaders: { remove: [...INTERNAL_HEADERS] },
        withUnderscoresAction: "RejectRequest",
      },
      path: { escapedSlashesAction: "RejectRequest" },
      timeout: { http: { requestReceivedTimeout: "60s" } },
    },
  });
}

/** A program that sees requests of all classes; if it does not answer, none passes. */
function guardrailProcessor(scope: Construct, context: GatewayContext, guardrail: Guardrail) {
  const { service, namespace, port, answers, timeoutMs = 1000 } = guardrail;
  const name = objectName(context, "guardrail");
  const address = gatewayObject(scope, "guardrail-address", context, {
    api: ENVOY_API,
    version: "v1alpha1",
    kind: "Backend",
    name,
    component: "guardrail",
    spec: { endpoints: [{ fqdn: { hostname: `${service}.${namespace}.svc.cluster.local`, port } }] },
  });
  const extProc = {
    backendRefs: [{ group: ENVOY_API, kind: "Backend", name }],
    failOpen: false,
    messageTimeout: `${timeoutMs}ms`,
    processingMode: {
      request: { body: "Buffered" },
      response: answers ? { body: "Buffered" } : undefined,
    },
  };
  return { address, extProc };
}

/**
 * What sees requests beside the AI gateway: first the guardrail, then the cache. One policy for both, because a route has
 * one, and on the routes of all classes: Envoy chooses filters before the model is known, so by whatever route matches
 * first. It has the guardrail's name if there is one, so that no request passes by it while a cache is added.
 */
export function extensionPolicy(
  scope: Construct,
  context: GatewayContext,
  { guardrail }: KubernetesAiGatewayProps,
  cache: GatewayCache | undefined,
  routes: readonly string[],
): CustomResource | undefined {
  const guard = guardrail && guardrailProcessor(scope, context, guardrail);
  const component = guard ? "guardrail" : "response-cache";
  const processors = [guard, cache].filter((processor) => processor !== undefined);
  if (processors.length === 0) {
    return undefined;
  }
  return gatewayObject(scope, guard ? "guardrail" : "cache-policy", context, {
    api: ENVOY_API,
    version: "v1alpha1",
    kind: "EnvoyExtensionPolicy",
    name: objectName(context, component),
    component,
    spec: {
      targetRefs: routes.map((route) => ({ group: GATEWAY_API, kind: "HTTPRoute", name: route })),
      extProc: processors.map(({ extProc }) => extProc),
    },
    dependsOn: processors.map(({ address }) => address.manifest),
  });
}
