import { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import { TENANT_HEADER, TRAFFIC_CLASS_HEADER } from "../gateway";
import type { PlannedClass, RoutePlan } from "../planned";
import {
  AI_API,
  ENVOY_API,
  GATEWAY_API,
  type GatewayContext,
  gatewayName,
  gatewayObject,
  PROCESSES_IN,
  RESIDENCY,
  toolsName,
} from "./context";
import type { ClassTools, KubernetesAiGatewayProps, ToolServer } from "./props";
import { apiKeyAuth, claimsOf, tenantClaim } from "./security";
import { tenantRules } from "./traffic";

/** How the AI gateway calls the HTTPRoute that it makes of an MCPRoute. Source: envoyproxy/ai-gateway internalapi, 2026-08. */
const GENERATED_PREFIX = "ai-eg-mcp-main-";

export interface ToolRoutesProps {
  readonly context: GatewayContext;
  readonly props: KubernetesAiGatewayProps;
  readonly plan: RoutePlan;
}

/**
 * Tools for agents: one route per class at `/mcp`, with the tools that may be seen and called, and how often.
 *
 * Terraform resource types: `kubernetes_manifest` (MCPRoute, Backend, BackendTLSPolicy, BackendTrafficPolicy).
 */
export class ToolRoutes extends Construct {
  readonly routes: readonly CustomResource[];

  constructor(
    scope: Construct,
    id: string,
    private readonly given: ToolRoutesProps,
  ) {
    super(scope, id);
    const { props, plan } = given;
    this.routes = (props.tools ?? []).map((tools) =>
      this.makeRoute(tools, plan.classes.find(({ name }) => name === tools.class)!),
    );
  }

  private makeRoute(tools: ClassTools, planned: PlannedClass): CustomResource {
    const { context } = this.given;
    const name = toolsName(context, planned.name);
    const servers = tools.servers.map((server) => this.makeServer(server, planned.name));
    const limit = tools.callsPerTenant && this.makeLimit(planned.name, name, tools.callsPerTenant);
    return gatewayObject(this, `${planned.name}-route`, context, {
      api: AI_API,
      version: "v1beta1",
      kind: "MCPRoute",
      name,
      component: "tools",
      annotations: { [RESIDENCY]: planned.countries?.join(",") ?? "anywhere" },
      spec: {
        parentRefs: [{ group: GATEWAY_API, kind: "Gateway", name: gatewayName(context) }],
        path: "/mcp",
        headers: [{ type: "Exact", name: TRAFFIC_CLASS_HEADER, value: planned.name }],
        backendRefs: tools.servers.map((server) => ({
          group: ENVOY_API,
          kind: "Backend",
          name: server.name,
          path: server.path ?? "/mcp",
          toolSelector: { include: [...server.tools] },
          securityPolicy: server.apiKeySecret && {
            apiKey: { secretRef: { name: server.apiKeySecret } },
          },
        })),
        securityPolicy: this.security(tools, planned),
      },
      dependsOn: [...servers, ...(limit ? [limit] : [])].map(({ manifest }) => manifest),
    });
  }

  private makeServer(server: ToolServer, className: string): CustomResource {
    const { context } = this.given;
    const { name } = server;
    gatewayObject(this, `${className}-${server.name}-tls`, context, {
      api: GATEWAY_API,
      version: "v1",
      kind: "BackendTLSPolicy",
      name,
      component: "tools",
      spec: {
        targetRefs: [{ group: ENVOY_API, kind: "Backend", name }],
        validation: { hostname: server.host, wellKnownCACertificates: "System" },
      },
    });
    return gatewayObject(this, `${className}-${server.name}-address`, context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "Backend",
      name,
      component: "tools",
      annotations: { [PROCESSES_IN]: [...server.processesIn].sort().join(",") },
      spec: { endpoints: [{ fqdn: { hostname: server.host, port: server.port ?? 443 } }] },
    });
  }

  /** Who may call which tools; what no rule names is refused. */
  private security(tools: ClassTools, planned: PlannedClass) {
    const { authentication, hostname } = this.given.props;
    const target = (server: ToolServer) => ({
      tools: server.tools.map((tool) => ({ backend: server.name, tool })),
    });
    if (authentication.kind === "jwt") {
      const source = { jwt: { claims: claimsOf(authentication, planned) } };
      return {
        oauth: {
          issuer: authentication.issuer,
          audiences: [...authentication.audiences],
          jwks: { remoteJWKS: { uri: authentication.jwksUri } },
          claimToHeaders: [{ claim: tenantClaim(authentication), header: TENANT_HEADER }],
          protectedResourceMetadata: { resource: `https://${hostname}/mcp` },
        },
        authorization: {
          defaultAction: "Deny",
          rules: tools.servers.map((server) => ({ action: "Allow", source, target: target(server) })),
        },
      };
    }
    const tenants = (planned.tenants ?? []).map((tenant) => `"${tenant}"`).join(", ");
    const cel = `request.headers["${TENANT_HEADER}"] in [${tenants}]`;
    return {
      apiKeyAuth: apiKeyAuth(authentication),
      authorization: {
        defaultAction: "Deny",
        rules: tools.servers.map((server) => ({ action: "Allow", cel, target: target(server) })),
      },
    };
  }

  private makeLimit(className: string, route: string, limit: NonNullable<ClassTools["callsPerTenant"]>) {
    return gatewayObject(this, `${className}-limit`, this.given.context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "BackendTrafficPolicy",
      name: toolsName(this.given.context, className),
      component: "tools",
      spec: {
        targetRefs: [{ group: GATEWAY_API, kind: "HTTPRoute", name: `${GENERATED_PREFIX}${route}` }],
        rateLimit: { type: "Global", global: { rules: tenantRules(limit) } },
      },
    });
  }
}
