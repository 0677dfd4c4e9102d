import { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import { objectName } from "../../kubernetes/room-context";
import type { ServiceTls } from "../../kubernetes/service-tls";
import type { EndpointShadow } from "../../serving/serving";
import type { EndpointBackend } from "../backends";
import { type RoutePlan, usesBackend } from "../planned";
import { shadowsOf } from "../shadows";
import {
  type InnerBackend,
  type InnerReach,
  isBehindPools,
  poolKey,
  poolsHost,
  serviceHost,
} from "./backends";
import {
  ENVOY_API,
  GATEWAY_API,
  type GatewayContext,
  gatewayObject,
  INFERENCE_API,
  POOL_HEADER,
  POOLS_PORT,
  poolsName,
  seconds,
} from "./context";
import { innerTls } from "./inner-tls";
import { GatewayProxy, type GatewayProxyProps } from "./proxy";

/** What stands behind the inner gateway. */
export function poolBackends(plan: RoutePlan): readonly InnerBackend[] {
  return plan.backends.filter(isBehindPools);
}

/** Namespaces of pools, and of all that gets copies. */
export function innerNamespaces(pools: readonly InnerBackend[]): readonly string[] {
  const all = pools.flatMap((pool) => [
    pool.access.reach.namespace,
    ...shadowsOf(pool).map(({ service }) => service.namespace),
  ]);
  return [...new Set(all)].sort();
}

/** Name of the InferenceObjective that gives requests of a class their priority in a pool: the endpoint's, else the gateway's. */
export function objectiveName(
  context: GatewayContext,
  { name, access }: EndpointBackend,
  className: string,
): string {
  return access.objectives?.[className] ?? ownObjective(context, name, className);
}

const ownObjective = (context: GatewayContext, backend: string, className: string) =>
  objectName(context, backend, className);

export interface PoolGatewayProps
  extends Pick<
    GatewayProxyProps,
    "context" | "className" | "replicas" | "cpu" | "memory" | "drainSeconds" | "gatewayName" | "tracing"
  > {
  readonly plan: RoutePlan;
  readonly pools: readonly InnerBackend[];
  /** Authority of the gateway's namespace, if there is one already. @default - makes one */
  readonly authority?: ServiceTls;
}

/**
 * Gateway inside the cluster in front of InferencePools, where the endpoint picker chooses a replica by its queue and
 * prefix cache. A rule of the AI gateway can hold one pool and nothing else, so pools are put behind an address: then they
 * take part in chains, and the class's priority reaches the picker as a header.
 *
 * It also copies requests to shadows, of pools and of Services, because routes of the AI gateway copy nothing. What a shadow
 * answers is thrown away by Envoy.
 *
 * Terraform resource types: `kubernetes_manifest` (Gateway, EnvoyProxy, Certificate, Issuer, HTTPRoute,
 * BackendTrafficPolicy, InferenceObjective; with shadows Backend).
 */
export class PoolGateway extends Construct {
  readonly tls: ServiceTls;
  readonly proxy: GatewayProxy;
  readonly routes: readonly CustomResource[];
  readonly objectives: readonly CustomResource[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PoolGatewayProps,
  ) {
    super(scope, id);
    const { context, pools } = props;
    this.tls = this.makeTls();
    const namespaces = [...new Set(pools.map(({ access }) => access.reach.namespace))].sort();
    this.proxy = new GatewayProxy(this, "proxy", {
      ...props,
      name: poolsName(context),
      service: { type: "ClusterIP", name: poolsName(context) },
      listener: {
        name: "https",
        port: POOLS_PORT,
        protocol: "HTTPS",
        tls: { mode: "Terminate", certificateRefs: [{ name: poolsSecret(context) }] },
        allowedRoutes: {
          namespaces: {
            from: "Selector",
            selector: {
              matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: namespaces }],
            },
          },
        },
      },
    });
    this.routes = pools.map((pool) => this.makeRoute(pool));
    this.objectives = pools.flatMap((pool) => this.makeObjectives(pool));
  }

  private makeTls(): ServiceTls {
    const { context, authority } = this.props;
    return innerTls(this, "tls", context, {
      component: "pools",
      secretName: poolsSecret(context),
      dnsName: poolsHost(context),
      authority,
    });
  }

  private makeRoute(pool: InnerBackend): CustomResource {
    const { context, drainSeconds } = this.props;
    const { name: backend, access } = pool;
    const { reach } = access;
    const name = objectName(context, "pool", backend);
    const copies = shadowsOf(pool).map((shadow) => this.makeCopies(pool, shadow));
    const route = gatewayObject(this, `${backend}-route`, context, {
      api: GATEWAY_API,
      version: "v1",
      kind: "HTTPRoute",
      name,
      component: "pool",
      namespace: reach.namespace,
      spec: {
        parentRefs: [
          { group: GATEWAY_API, kind: "Gateway", name: poolsName(context), namespace: context.namespace },
        ],
        rules: [
          {
            matches: [{ headers: [{ type: "Exact", name: POOL_HEADER, value: poolKey(reach) }] }],
            ...(copies.length > 0 ? { filters: copies.map(({ filter }) => filter) } : {}),
            backendRefs: [backendRef(reach)],
            timeouts: { request: seconds(drainSeconds) },
          },
        ],
      },
      dependsOn: [this.proxy.gateway.manifest, ...copies.map(({ address }) => address.manifest)],
    });
    // Retries are the outer gateway's: two who retry would multiply.
    gatewayObject(this, `${backend}-traffic`, context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "BackendTrafficPolicy",
      name,
      component: "pool",
      namespace: reach.namespace,
      spec: {
        targetRefs: [{ group: GATEWAY_API, kind: "HTTPRoute", name }],
        retry: { numRetries: 0 },
        circuitBreaker: this.bounds(backend),
      },
      dependsOn: [route.manifest],
    });
    return route;
  }

  /**
   * As many requests as all outer proxies let through together: they may all be connected to one of the inner ones. Envoy's
   * own bound is 1024, for which nobody has asked.
   */
  private bounds(backend: string) {
    const users = this.props.plan.classes.filter((each) => usesBackend(each, backend));
    const parallel = users.reduce((sum, { parallelRequests }) => sum + parallelRequests, 0);
    return { maxConnections: parallel, maxParallelRequests: parallel, maxPendingRequests: parallel };
  }

  /**
   * An address, and the filter that copies to it. Envoy Gateway refuses pools here, and answers every request with 500 while
   * a Service is not there; an address without a Service costs only the copies.
   * Source: envoyproxy/gateway v1.8.0 internal/gatewayapi/filters.go and validate.go (read 2026-11)
   */
  private makeCopies({ name: backend, access }: InnerBackend, { variant, percent, service }: EndpointShadow) {
    const { context } = this.props;
    const name = objectName(context, "shadow", backend, variant);
    const address = gatewayObject(this, `${backend}-shadow-${variant}`, context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "Backend",
      name,
      component: "shadow",
      namespace: access.reach.namespace,
      spec: { endpoints: [{ fqdn: { hostname: serviceHost(service), port: service.port } }] },
    });
    const requestMirror = { backendRef: { group: ENVOY_API, kind: "Backend", name }, percent };
    return { address, filter: { type: "RequestMirror", requestMirror } };
  }

  /** For classes that the endpoint itself does not know. */
  private makeObjectives({ name: backend, access }: InnerBackend): readonly CustomResource[] {
    const { context, plan } = this.props;
    const { reach, objectives = {} } = access;
    if (reach.kind !== "inference-pool") {
      return [];
    }
    const users = plan.classes.filter(
      (each) => objectives[each.name] === undefined && usesBackend(each, backend),
    );
    return users.map(({ name, priority }) =>
      gatewayObject(this, `${backend}-${name}-objective`, context, {
        api: "llm-d.ai",
        version: "v1alpha2",
        kind: "InferenceObjective",
        name: ownObjective(context, backend, name),
        component: "pool",
        namespace: reach.namespace,
        spec: { priority, poolRef: { group: INFERENCE_API, kind: "InferencePool", name: reach.name } },
      }),
    );
  }
}

const backendRef = ({ kind, name, port }: InnerReach) =>
  kind === "service"
    ? { kind: "Service", name, port }
    : { group: INFERENCE_API, kind: "InferencePool", name };

/** Secret with the certificate of the gateway in front of pools. */
export const poolsSecret = (context: GatewayContext) => objectName(context, "pools", "tls");
