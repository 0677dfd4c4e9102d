import { TENANT_HEADER } from "../gateway";
import { GATEWAY_API } from "./context";
import type { ApiKeyAuthentication, JwtAuthentication, KubernetesAiGatewayProps } from "./props";

const PROVIDER = "tokens";

type Authentication = KubernetesAiGatewayProps["authentication"];

export const tenantClaim = (authentication: JwtAuthentication) => authentication.tenantClaim ?? "tenant";
const classesClaim = (authentication: JwtAuthentication) => authentication.classesClaim ?? "traffic_classes";

/**
 * Who may use a class. A request says its class; this policy of the class's routes lets it pass only if the proven
 * identity holds that class. Every route has the same way of signing in, because Envoy signs in before the model is known
 * and so before it has chosen the route for good.
 */
export function securitySpec(
  authentication: Authentication,
  traffic: { readonly name: string; readonly tenants?: readonly string[] },
  routes: readonly string[],
): Readonly<Record<string, unknown>> {
  const rule = { name: traffic.name, action: "Allow" };
  return {
    targetRefs: routes.map((name) => ({ group: GATEWAY_API, kind: "HTTPRoute", name })),
    ...signIn(authentication),
    authorization: {
      defaultAction: "Deny",
      rules: [
        authentication.kind === "jwt"
          ? { ...rule, principal: { jwt: { provider: PROVIDER, claims: claimsOf(authentication, traffic) } } }
          : {
              ...rule,
              principal: { headers: [{ name: TENANT_HEADER, values: [...(traffic.tenants ?? [])] }] },
            },
      ],
    },
  };
}

export function claimsOf(
  authentication: JwtAuthentication,
  traffic: { readonly name: string; readonly tenants?: readonly string[] },
) {
  return [
    { name: classesClaim(authentication), valueType: "StringArray", values: [traffic.name] },
    ...(traffic.tenants
      ? [{ name: tenantClaim(authentication), valueType: "String", values: [...traffic.tenants] }]
      : []),
  ];
}

function signIn(authentication: Authentication) {
  if (authentication.kind === "api-key") {
    return { apiKeyAuth: apiKeyAuth(authentication) };
  }
  const { issuer, jwksUri, audiences } = authentication;
  return {
    jwt: {
      providers: [
        {
          name: PROVIDER,
          issuer,
          audiences: [...audiences],
          remoteJWKS: { uri: jwksUri },
          // Envoy would also take a token of the query, which is logged and sent on.
          extractFrom: { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] },
          claimToHeaders: [{ claim: tenantClaim(authentication), header: TENANT_HEADER }],
        },
      ],
    },
  };
}

export function apiKeyAuth({ secrets, header = "authorization" }: ApiKeyAuthentication) {
  return {
    credentialRefs: secrets.map((name) => ({ name })),
    extractFrom: [{ headers: [header] }],
    forwardClientIDHeader: TENANT_HEADER,
    sanitize: true,
  };
}
