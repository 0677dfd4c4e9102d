import { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import type { OtlpCollector, Tracing } from "../../kubernetes/otlp";
import { objectName } from "../../kubernetes/room-context";
import { auditSettings } from "./audit";
import { ENVOY_API, GATEWAY_API, type GatewayContext, gatewayObject, proxyLabels, seconds } from "./context";
import type { AuditLog, ReplicaRange } from "./props";

export interface GatewayProxyProps {
  readonly context: GatewayContext;
  /** Of the Gateway that it serves. */
  readonly name: string;
  /** GatewayClass. */
  readonly className: string;
  readonly listener: Readonly<Record<string, unknown>>;
  readonly replicas: number | ReplicaRange;
  readonly cpu: string;
  readonly memory: string;
  readonly service: Readonly<Record<string, unknown>>;
  /** Longest request: pods wait so long before they end. */
  readonly drainSeconds: number;
  readonly gatewayName: string;
  readonly audit?: AuditLog;
  readonly tracing?: Tracing;
  readonly annotations?: Readonly<Record<string, string>>;
  /** @default - that of Envoy Gateway */
  readonly filterOrder?: readonly Readonly<Record<string, string>>[];
}

/**
 * A Gateway and the Envoy proxies behind it.
 *
 * Terraform resource types: `kubernetes_manifest` (Gateway, EnvoyProxy, Backend).
 */
export class GatewayProxy extends Construct {
  readonly envoyProxy: CustomResource;
  readonly gateway: CustomResource;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GatewayProxyProps,
  ) {
    super(scope, id);
    const { context, name } = props;
    this.envoyProxy = gatewayObject(this, "envoy-proxy", context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "EnvoyProxy",
      name,
      component: "proxy",
      spec: {
        provider: { type: "Kubernetes", kubernetes: this.deployment() },
        shutdown: { drainTimeout: seconds(props.drainSeconds), minDrainDuration: "10s" },
        telemetry: this.telemetry(),
        filterOrder: props.filterOrder,
      },
    });
    this.gateway = gatewayObject(this, "gateway", context, {
      api: GATEWAY_API,
      version: "v1",
      kind: "Gateway",
      name,
      component: "gateway",
      annotations: props.annotations,
      spec: {
        gatewayClassName: props.className,
        infrastructure: { parametersRef: { group: ENVOY_API, kind: "EnvoyProxy", name } },
        listeners: [props.listener],
      },
      waitFor: { condition: { type: "Accepted", status: "True" } },
      dependsOn: [this.envoyProxy.manifest],
    });
  }

  private deployment() {
    const { context, name, replicas, cpu, memory, service } = this.props;
    const fixed = typeof replicas === "number";
    return {
      envoyDeployment: {
        replicas: fixed ? replicas : undefined,
        container: { resources: { requests: { cpu, memory }, limits: { memory } } },
        pod: {
          topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
            (topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: proxyLabels(context, name) },
            }),
          ),
        },
      },
      envoyHpa: fixed
        ? undefined
        : {
            minReplicas: replicas.min,
            maxReplicas: replicas.max,
            metrics: [
              {
                type: "Resource",
                resource: {
                  name: "cpu",
                  target: { type: "Utilization", averageUtilization: replicas.cpuPercent ?? 70 },
                },
              },
            ],
          },
      envoyPDB: { maxUnavailable: 1 },
      envoyService: service,
    };
  }

  private telemetry() {
    const { audit, tracing, gatewayName } = this.props;
    return {
      metrics: { prometheus: {} },
      accessLog: audit
        ? { settings: auditSettings(gatewayName, audit, this.collector("audit", audit.collector)) }
        : undefined,
      tracing: tracing && {
        samplingRate: tracing.samplingPercent ?? 1,
        provider: {
          type: "OpenTelemetry",
          serviceName: gatewayName,
          backendRefs: [this.collector("tracing", tracing.collector)],
        },
      },
    };
  }

  /** A Backend of the gateway's own namespace needs no grant in that of the collector. */
  private collector(id: string, { service, namespace, port = 4317 }: OtlpCollector) {
    const { context, name: gateway } = this.props;
    const name = objectName({ prefix: gateway }, id);
    gatewayObject(this, id, context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "Backend",
      name,
      component: id,
      spec: { endpoints: [{ fqdn: { hostname: `${service}.${namespace}.svc.cluster.local`, port } }] },
    });
    return { group: ENVOY_API, kind: "Backend", name };
  }
}
