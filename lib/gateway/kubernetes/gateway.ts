import { Construct } from "constructs";
import { claimNames } from "../../core/claimed-names";
import { COMMON_NAME, Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { addWarning } from "../../core/warnings";
import type { Site } from "../../fabric/site";
import type { CustomResource } from "../../kubernetes/custom-resource";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { type Namespace, ownNamespace } from "../../kubernetes/namespace";
import { objectName } from "../../kubernetes/room-context";
import { ServiceTls } from "../../kubernetes/service-tls";
import type { TrafficClass } from "../../serving/serving";
import { GatewayErrors } from "../errors";
import { type GatewayAccess, type IAiGateway, TIER_LABEL } from "../gateway";
import { resolveRoutes } from "../plan";
import type { RoutePlan } from "../planned";
import { GatewayWarnings } from "../warnings";
import { GatewayBackends } from "./backends";
import { CACHE_FILTER_ORDER, GatewayCache } from "./cache";
import { checkGatewayProps, leastReplicas } from "./checks";
import {
  GATEWAY_API,
  type GatewayContext,
  gatewayName,
  gatewayObject,
  poolsName,
  proxyLabels,
  toolsName,
} from "./context";
import { clientPolicy, extensionPolicy, listener, outerService } from "./entrance";
import { SERVER_CERTIFICATE } from "./inner-tls";
import { guardNeighbours } from "./neighbours";
import { GatewayNetwork } from "./network";
import { innerNamespaces, PoolGateway, poolBackends, poolsSecret } from "./pools";
import type { KubernetesAiGatewayProps } from "./props";
import { GatewayProxy } from "./proxy";
import { ClassRouting, requestSeconds, routeNames } from "./routes";
import { ToolRoutes } from "./tools";

/**
 * One OpenAI-compatible front for models of all sites, for the `workloads` stack of a Kubernetes site: Envoy AI Gateway on
 * Envoy Gateway. `AiGatewayOperators` installs both.
 *
 * A request says its traffic class in the header `x-traffic-class`, and its model in the body. It passes if the proven
 * identity may use the class, goes along the chain of class and model, and never to any other backend.
 *
 * Terraform resource types: `kubernetes_namespace_v1`, `kubernetes_network_policy_v1`, with `cache` those of
 * `GatewayCache`, and `kubernetes_manifest`
 * (GatewayClass, Gateway, EnvoyProxy, Certificate, Issuer, ClientTrafficPolicy, AIGatewayRoute, AIServiceBackend, Backend,
 * BackendSecurityPolicy, BackendTLSPolicy, BackendTrafficPolicy, SecurityPolicy, EnvoyExtensionPolicy, HTTPRoute,
 * InferenceObjective, MCPRoute).
 *
 * @throws all of `GatewayErrors`, ComponentsDoNotFit, InvalidName, InvalidSize, NumberOutOfRange, NotOneOf, DuplicateValue,
 *   MissingValue, InvalidCountry, NoEffect, TokenNotAllowed, RemovalNeedsTwoKeys, SecretAsText, ImageNotPinned; at synth FallbackLoop and
 *   GatewayToldWrongly (among gateways of the app), GatewayNamesTaken
 */
export class KubernetesAiGateway extends Construct implements IAiGateway {
  readonly site: Site;
  readonly gatewayName: string;
  readonly namespaceName: string;
  /** What is done with each class and model. */
  readonly plan: RoutePlan;
  /** Undefined with `createNamespace: false`. */
  readonly namespace?: Namespace;
  readonly gatewayClass: CustomResource;
  /** Undefined with a certificate by Secret. */
  readonly tls?: ServiceTls;
  readonly proxy: GatewayProxy;
  readonly clientPolicy: CustomResource;
  readonly backends: GatewayBackends;
  readonly routing: ClassRouting;
  readonly network: GatewayNetwork;
  /** Only if a backend is an InferencePool, or a Service with shadows. */
  readonly pools?: PoolGateway;
  /** Only with `cache`. */
  readonly cache?: GatewayCache;
  /** Only with `guardrail` or `cache`. */
  readonly extensions?: CustomResource;
  /** Only with `tools`. */
  readonly tools?: ToolRoutes;
  private readonly context: GatewayContext;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubernetesAiGatewayProps,
  ) {
    super(scope, id);
    this.site = props.site;
    this.gatewayName = props.gatewayName ?? props.namePrefix;
    this.namespaceName = props.namespace ?? `${props.namePrefix}-gateway`;
    const problems = new Problems(this.node.path);
    problems.name("namePrefix", props.namePrefix, COMMON_NAME);
    checkGatewayProps(problems, props);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    const fixedReplicas = typeof props.replicas === "object" ? undefined : (props.replicas ?? 3);
    this.plan = resolveRoutes(problems, {
      ...props,
      gatewayName: this.gatewayName,
      country: props.site.country,
      fixedReplicas,
    });
    if (problems.empty) {
      this.checkNames(problems);
    }
    problems.throwIfAny();
    claimNames(this, {
      key: `gateway/kubernetes/${props.site.name}/${props.namePrefix}`,
      error: GatewayErrors.GatewayNamesTaken,
      given: props.namePrefix,
    });
    guardNeighbours(this, this.plan, props.site.country);

    this.namespace = ownNamespace(this, this.namespaceName, props.namePrefix, props);
    this.context = {
      prefix: props.namePrefix,
      namespace: this.namespaceName,
      after: this.namespace ? [this.namespace.resource] : [],
      destroyable,
      proxyNamespace: props.proxyNamespace ?? "envoy-gateway-system",
    };
    this.gatewayClass = this.makeClass();
    this.tls = this.makeTls();
    this.proxy = this.makeProxy();
    this.clientPolicy = clientPolicy(this, this.context, props);
    this.pools = this.makePools();
    this.backends = new GatewayBackends(this, "backends", {
      context: this.context,
      backends: this.plan.backends,
      poolsSecret: poolsSecret(this.context),
    });
    this.routing = new ClassRouting(this, "routing", {
      context: this.context,
      plan: this.plan,
      authentication: props.authentication,
      limiter: props.limiter,
      leastReplicas: leastReplicas(props),
      streamIdleSeconds: props.streamIdleSeconds ?? 60,
      after: [this.proxy.gateway, this.clientPolicy, ...Object.values(this.backends.services)],
    });
    this.cache = this.makeCache();
    this.extensions = extensionPolicy(this, this.context, props, this.cache, this.routing.routeNames);
    this.tools =
      props.tools && new ToolRoutes(this, "tools", { context: this.context, props, plan: this.plan });
    if (this.tools && !props.ownToolSessionSeed) {
      addWarning(
        this,
        GatewayWarnings.ToolSessionsBySharedSeed,
        "give AiGatewayOperators a toolSessionSecret, and this gateway ownToolSessionSeed",
      );
    }
    this.network = new GatewayNetwork(this, "network", {
      context: this.context,
      poolNamespaces: innerNamespaces(poolBackends(this.plan)),
    });
  }

  /** In the order of the declaration. */
  get classes(): readonly TrafficClass[] {
    return this.props.classes.map((routes) => routes.class);
  }

  access(): GatewayAccess {
    return {
      host: this.props.hostname,
      port: 443,
      classes: this.plan.classes.map(({ name }) => name),
      models: [...new Set(this.plan.classes.flatMap(({ models }) => models.map(({ model }) => model)))],
    };
  }

  /** Envoy's metrics and those of the AI gateway, of the outer proxies; of the inner ones Envoy's; those of the cache. */
  get metrics(): readonly MetricsSource[] {
    const { context } = this;
    const envoy = (name: string, tier: "outer" | "inner"): MetricsSource => ({
      exporter: "envoy-gateway",
      name: `${name}-envoy`,
      namespace: context.proxyNamespace,
      podLabels: proxyLabels(context, name),
      port: "metrics",
      path: "/stats/prometheus",
      labels: { gateway: this.gatewayName, [TIER_LABEL]: tier },
    });
    const outer = gatewayName(context);
    return [
      {
        ...envoy(outer, "outer"),
        exporter: "envoy-ai-gateway",
        name: `${outer}-ai`,
        port: "aigw-admin",
        path: "/metrics",
      },
      envoy(outer, "outer"),
      ...(this.pools ? [envoy(poolsName(context), "inner")] : []),
      ...(this.cache ? [this.cache.metrics] : []),
    ];
  }

  /** A class "chat-2" could have the name of the second route of "chat". */
  private checkNames(problems: Problems): void {
    const context = { prefix: this.props.namePrefix };
    problems.unique("names of routes", [
      ...this.plan.classes.flatMap((planned) => routeNames(context, planned)),
      ...(this.props.tools ?? []).map((tools) => toolsName(context, tools.class)),
    ]);
  }

  private makeClass(): CustomResource {
    return gatewayObject(this, "gateway-class", this.context, {
      api: GATEWAY_API,
      version: "v1",
      kind: "GatewayClass",
      name: gatewayName(this.context),
      namespace: null,
      component: "gateway",
      spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
      waitFor: { condition: { type: "Accepted", status: "True" } },
    });
  }

  private makeTls(): ServiceTls | undefined {
    const { tls, hostname } = this.props;
    if (tls && "certificateSecret" in tls) {
      return undefined;
    }
    return new ServiceTls(this, "tls", {
      context: this.context,
      component: "gateway",
      secretName: objectName(this.context, "gateway", "tls"),
      dnsNames: [hostname],
      issuer: tls?.issuer,
      spec: SERVER_CERTIFICATE,
    });
  }

  private get proxySettings() {
    const { props } = this;
    return {
      context: this.context,
      className: gatewayName(this.context),
      replicas: props.replicas ?? 3,
      cpu: props.cpu ?? "1",
      memory: props.memory ?? "1Gi",
      drainSeconds: Math.max(...this.plan.classes.map(requestSeconds)),
      gatewayName: this.gatewayName,
      tracing: props.tracing,
    };
  }

  private makeProxy(): GatewayProxy {
    const { props, context } = this;
    return new GatewayProxy(this, "proxy", {
      ...this.proxySettings,
      name: gatewayName(context),
      listener: listener(context, props),
      service: outerService(props),
      audit: props.audit,
      filterOrder: props.cache && CACHE_FILTER_ORDER,
    });
  }

  private makeCache(): GatewayCache | undefined {
    const { cache, site } = this.props;
    return (
      cache &&
      new GatewayCache(this, "cache", {
        context: this.context,
        cache,
        gatewayName: this.gatewayName,
        country: site.country,
        authority: [this.tls, this.pools?.tls].find((tls) => tls?.authority !== undefined),
      })
    );
  }

  private makePools(): PoolGateway | undefined {
    const pools = poolBackends(this.plan);
    return pools.length === 0
      ? undefined
      : new PoolGateway(this, "pools", {
          ...this.proxySettings,
          plan: this.plan,
          pools,
          authority: this.tls?.authority && this.tls,
        });
  }
}
