import type { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import { objectName } from "../../kubernetes/room-context";
import {
  ENVOY_API,
  GATEWAY_API,
  type GatewayContext,
  gatewayName,
  gatewayObject,
  HTTPS_PORT,
  INTERNAL_HEADERS,
} from "./context";
import type { KubernetesAiGatewayProps } from "./props";

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
export function guardrailPolicy(
  scope: Construct,
  context: GatewayContext,
  { guardrail }: KubernetesAiGatewayProps,
  routes: readonly string[],
): CustomResource | undefined {
  if (!guardrail) {
    return undefined;
  }
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
  return gatewayObject(scope, "guardrail", context, {
    api: ENVOY_API,
    version: "v1alpha1",
    kind: "EnvoyExtensionPolicy",
    name,
    component: "guardrail",
    spec: {
      targetRefs: routes.map((route) => ({ group: GATEWAY_API, kind: "HTTPRoute", name: route })),
      extProc: [
        {
          backendRefs: [{ group: ENVOY_API, kind: "Backend", name }],
          failOpen: false,
          messageTimeout: `${timeoutMs}ms`,
          processingMode: {
            request: { body: "Buffered" },
            response: answers ? { body: "Buffered" } : undefined,
          },
        },
      ],
    },
    dependsOn: [address.manifest],
  });
}
