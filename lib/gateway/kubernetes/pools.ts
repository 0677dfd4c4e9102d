import { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import { objectName } from "../../kubernetes/room-context";
import { ServiceTls } from "../../kubernetes/service-tls";
import type { EndpointBackend } from "../backends";
import type { RoutePlan } from "../planned";
import { poolKey, poolsHost } from "./backends";
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
import { GatewayProxy, type GatewayProxyProps } from "./proxy";

type PoolReach = Extract<EndpointBackend["access"]["reach"], { readonly kind: "inference-pool" }>;

/** A backend that is an InferencePool. */
export interface PoolBackend {
  readonly backend: string;
  readonly reach: PoolReach;
  /** Objectives that the endpoint made itself, by class. */
  readonly objectives: Readonly<Record<string, string>>;
}

export function poolBackends(plan: RoutePlan): readonly PoolBackend[] {
  return plan.backends.flatMap((backend) =>
    backend.kind === "endpoint" && backend.access.reach.kind === "inference-pool"
      ? [{ backend: backend.name, reach: backend.access.reach, objectives: backend.access.objectives ?? {} }]
      : [],
  );
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
  readonly pools: readonly PoolBackend[];
  /** Authority of the gateway's namespace, if there is one already. @default - makes one */
  readonly authority?: ServiceTls;
}

/**
 * Gateway inside the cluster in front of InferencePools, where the endpoint picker chooses a replica by its queue and
 * prefix cache. A rule of the AI gateway can hold one pool and nothing else, so pools are put behind an address: then they
 * take part in chains, and the class's priority reaches the picker as a header.
 *
 * Terraform resource types: `kubernetes_manifest` (Gateway, EnvoyProxy, Certificate, Issuer, HTTPRoute,
 * BackendTrafficPolicy, InferenceObjective).
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
    const namespaces = [...new Set(pools.map(({ reach }) => reach.namespace))].sort();
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
    const after = authority?.authorityIssuer ? [authority.authorityIssuer.manifest] : [];
    return new ServiceTls(this, "tls", {
      context: { ...context, after: [...context.after, ...after] },
      component: "pools",
      secretName: poolsSecret(context),
      dnsNames: [poolsHost(context)],
      issuer: authority && { name: objectName(context, "ca"), kind: "Issuer" },
      spec: {
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        usages: ["server auth"],
      },
    });
  }

  private makeRoute({ backend, reach }: PoolBackend): CustomResource {
    const { context, drainSeconds } = this.props;
    const name = objectName(context, "pool", backend);
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
            backendRefs: [{ group: INFERENCE_API, kind: "InferencePool", name: reach.name }],
            timeouts: { request: seconds(drainSeconds) },
          },
        ],
      },
      dependsOn: [this.proxy.gateway.manifest],
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
      },
      dependsOn: [route.manifest],
    });
    return route;
  }

  /** For classes that the endpoint itself does not know. */
  private makeObjectives({ backend, reach, objectives }: PoolBackend): readonly CustomResource[] {
    const { context, plan } = this.props;
    const users = plan.classes.filter(
      ({ name, models }) =>
        objectives[name] === undefined &&
        models.some(({ steps }) => steps.flat().some((target) => target.backend === backend)),
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

/** Secret with the certificate of the gateway in front of pools. */
export const poolsSecret = (context: GatewayContext) => objectName(context, "pools", "tls");
