import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import type { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { isToken } from "../../core/tokens";
import type { CustomResource } from "../../kubernetes/custom-resource";
import type { HelmComponent } from "../../kubernetes/helm-component";
import type { MetricsSource } from "../../kubernetes/metrics-source";
import { DNS_PORTS, networkPolicy, podsOf, tcp } from "../../kubernetes/network-policy";
import { METRICS_PORT_NAME, PROGRAM_PORT } from "../../kubernetes/program-pod";
import { objectName, partOf } from "../../kubernetes/room-context";
import type { ServiceTls } from "../../kubernetes/service-tls";
import { backendTls } from "./backends";
import { namespaceOf } from "./cache-checks";
import { CONFIG_KEY, cacheDeployment, DRAIN_MS, FILES, PROCESSOR_PORT } from "./cache-pods";
import {
  ENVOY_API,
  type GatewayContext,
  gatewayName,
  gatewayObject,
  PROCESSES_IN,
  proxyLabels,
} from "./context";
import { innerTls } from "./inner-tls";
import type { ResponseCacheProps } from "./props";
import { gatewayValkey, VALKEY_PORT } from "./valkey";

/** Beyond the look-up: the way there and back, and reading the request. */
const AROUND_LOOKUP_MS = 150;
/** What the AI gateway itself can read of a request is bounded by `maxRequestSize`; longer ones than this are rarely asked twice. */
const MAX_REQUEST_BYTES = 1_048_576;

/**
 * Where the cache stands among Envoy's filters. By itself Envoy Gateway runs external processors before authorization and
 * limits, where an answer from the cache would pass both by. Each line moves them if the filter it names is there.
 * Source: envoyproxy/gateway v1.8.0 internal/xds/translator/httpfilters.go, read 2026-11.
 */
export const CACHE_FILTER_ORDER = ["rbac", "local_ratelimit", "ratelimit"].map((filter) => ({
  name: "envoy.filters.http.ext_proc",
  after: `envoy.filters.http.${filter}`,
}));

export interface GatewayCacheProps {
  readonly context: GatewayContext;
  readonly cache: ResponseCacheProps;
  /** Part of every key. */
  readonly gatewayName: string;
  /** Where the program runs. */
  readonly country: string;
  /** Whose authority signs certificates of the namespace. @default - its own */
  readonly authority?: ServiceTls;
}

/**
 * The program that keeps answers, its store, and how the gateway reaches it.
 *
 * Terraform resource types: `kubernetes_config_map_v1`, `kubernetes_deployment_v1`, `kubernetes_service_v1`,
 * `kubernetes_service_account_v1`, `kubernetes_pod_disruption_budget_v1`, `kubernetes_network_policy_v1`,
 * `kubernetes_manifest` (Certificate, Issuer, Backend, BackendTLSPolicy), with a store of kind `valkey` `helm_release`.
 */
export class GatewayCache extends Construct {
  readonly tls: ServiceTls;
  readonly configMap: ConfigMapV1;
  readonly serviceAccount: ServiceAccountV1;
  readonly networkPolicy: NetworkPolicyV1;
  readonly deployment: DeploymentV1;
  readonly disruptionBudget: PodDisruptionBudgetV1;
  readonly service: ServiceV1;
  readonly address: CustomResource;
  /** Only with a store of kind `valkey`. */
  readonly valkey?: HelmComponent;
  /** Only with a store of kind `valkey`. */
  readonly valkeyTls?: ServiceTls;
  /** Only with a store of kind `valkey`. */
  readonly valkeyNetworkPolicy?: NetworkPolicyV1;
  private readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GatewayCacheProps,
  ) {
    super(scope, id);
    const { context, cache } = props;
    this.name = objectName(context, "response-cache");
    const { name } = this;
    const metadata = { name, namespace: context.namespace, labels: this.labels };
    this.tls = this.makeTls("tls", "response-cache", name, props.authority);
    if (cache.store.kind === "valkey") {
      this.valkeyTls = this.makeTls("valkey-tls", "cache-store", this.storeName, props.authority ?? this.tls);
      this.valkeyNetworkPolicy = this.policy("cache-store", {
        podSelector: { matchLabels: this.valkeyLabels },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: { matchLabels: this.labels } }], ports: tcp(`${VALKEY_PORT}`) }],
      });
      this.valkey = this.makeValkey(cache.store, this.valkeyTls);
    }
    this.configMap = new ConfigMapV1(this, "config", {
      metadata,
      data: { [CONFIG_KEY]: escapeTemplate(stableJson(this.config())) },
      dependsOn: [...context.after],
    });
    this.serviceAccount = new ServiceAccountV1(this, "account", {
      metadata,
      automountServiceAccountToken: false,
      dependsOn: [...context.after],
    });
    this.networkPolicy = this.policy("response-cache", this.traffic());
    this.deployment = new DeploymentV1(this, "deployment", {
      metadata,
      spec: cacheDeployment({
        name,
        image: cache.image,
        labels: this.labels,
        configHash: Fn.sha256(Fn.lookup(this.configMap.data, CONFIG_KEY)),
        tlsSecret: secretName(name),
        storeSecrets: this.storeSecrets(),
        replicas: cache.replicas ?? 2,
        cpu: cache.cpu ?? "500m",
        memory: cache.memory ?? "512Mi",
      }),
      dependsOn: [
        this.networkPolicy,
        this.serviceAccount,
        this.tls.certificate.manifest,
        ...(this.valkey ? [this.valkey.release] : []),
      ],
    });
    this.disruptionBudget = new PodDisruptionBudgetV1(this, "disruption-budget", {
      metadata,
      spec: { maxUnavailable: "1", selector: { matchLabels: this.labels } },
      dependsOn: [...context.after],
    });
    this.service = new ServiceV1(this, "service", {
      metadata,
      spec: {
        selector: this.labels,
        port: [{ name: "grpc", port: PROCESSOR_PORT, targetPort: "grpc" }],
      },
      dependsOn: [...context.after],
    });
    this.address = this.makeAddress();
  }

  /** What the gateway's policy on routes says of it. The body of a request is only sent where a class may have it kept. */
  get extProc(): Readonly<Record<string, unknown>> {
    return {
      backendRefs: [{ group: ENVOY_API, kind: "Backend", name: this.name }],
      failOpen: true,
      messageTimeout: `${this.lookupMs + AROUND_LOOKUP_MS}ms`,
      // Envoy's own word that the request is authorized: the program answers none without.
      metadata: { accessibleNamespaces: ["envoy.filters.http.rbac"] },
      processingMode: { allowModeOverride: true, request: {}, response: {} },
    };
  }

  private get lookupMs(): number {
    return this.props.cache.lookupMs ?? 50;
  }

  /** Of its pods. */
  get labels(): Record<string, string> {
    return { "app.kubernetes.io/name": "response-cache", ...partOf(this.props.context, "response-cache") };
  }

  /** Of its pods; the network policy lets readers of all namespaces in, as those of the proxies do. */
  get metrics(): MetricsSource {
    const { context, gatewayName: gateway } = this.props;
    return {
      exporter: "response-cache",
      name: this.name,
      namespace: context.namespace,
      podLabels: this.labels,
      port: METRICS_PORT_NAME,
      labels: { gateway },
    };
  }

  private get storeName(): string {
    return objectName(this.props.context, "cache-store");
  }

  /** As the chart labels its pods. Source: valkey-io/valkey-helm _helpers.tpl, read 2026-11. */
  private get valkeyLabels(): Record<string, string> {
    return { "app.kubernetes.io/name": "valkey", "app.kubernetes.io/instance": this.storeName };
  }

  private makeTls(
    id: string,
    component: string,
    service: string,
    authority: ServiceTls | undefined,
  ): ServiceTls {
    const { context } = this.props;
    const dnsName = hostOf(service, context.namespace);
    return innerTls(this, id, context, { component, secretName: secretName(service), dnsName, authority });
  }

  private makeValkey(
    { passwordSecret, memoryMib = 1024 }: ResponseCacheProps["store"] & { kind: "valkey" },
    { certificate }: ServiceTls,
  ): HelmComponent {
    const { context } = this.props;
    return gatewayValkey(this, "valkey", {
      name: this.storeName,
      namespace: context.namespace,
      createNamespace: false,
      passwordSecret,
      memoryMib,
      // Whatever was not asked for longest may go; nothing is written to disk.
      config: ["maxmemory-policy allkeys-lru", 'save ""'],
      tlsSecret: secretName(this.storeName),
      dependsOn: [...context.after, certificate.manifest],
    });
  }

  /** Read by the program; it refuses a field that it does not know. */
  private config() {
    const { cache, gatewayName: name } = this.props;
    return {
      version: 1,
      name,
      listen: {
        port: PROCESSOR_PORT,
        tls: { certificateFile: FILES.certificate, privateKeyFile: FILES.privateKey },
      },
      server: { port: PROGRAM_PORT },
      store: this.storeConfig(),
      classes: Object.fromEntries(
        cache.classes.map(({ class: className, ttlSeconds, anyTemperature = false }) => [
          className,
          { ttlSeconds, anyTemperature },
        ]),
      ),
      maxAnswerBytes: (cache.maxAnswerKib ?? 256) * 1024,
      maxRequestBytes: MAX_REQUEST_BYTES,
      drainMs: DRAIN_MS,
      logLevel: "info",
    };
  }

  private storeConfig() {
    const { context, cache } = this.props;
    const secrets = this.storeSecrets();
    const common = {
      budgetMs: this.lookupMs,
      ...(secrets.password === undefined ? {} : { passwordFile: FILES.password }),
      ...(secrets.ca === undefined ? {} : { caFile: FILES.ca }),
    };
    if (cache.store.kind === "valkey") {
      return { ...common, host: hostOf(this.storeName, context.namespace), port: VALKEY_PORT, tls: true };
    }
    const { host, port = VALKEY_PORT, tls = true } = cache.store;
    return { ...common, host, port, tls };
  }

  private storeSecrets(): { readonly password?: string; readonly ca?: string } {
    const { store } = this.props.cache;
    return store.kind === "valkey"
      ? { password: store.passwordSecret, ca: secretName(this.storeName) }
      : { password: store.passwordSecret, ca: store.caSecret };
  }

  /** In: the outer proxies, and whoever reads metrics. Out: names, and the store. */
  private traffic() {
    const { context } = this.props;
    return {
      podSelector: { matchLabels: this.labels },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [
            {
              ...podsOf(context.proxyNamespace),
              podSelector: { matchLabels: proxyLabels(context, gatewayName(context)) },
            },
          ],
          ports: tcp(`${PROCESSOR_PORT}`),
        },
        { from: [{ namespaceSelector: {} }], ports: tcp(`${PROGRAM_PORT}`) },
      ],
      egress: [{ ports: DNS_PORTS }, this.toStore()],
    };
  }

  /** Pods of a namespace are let in on all ports: a policy sees the port of the pod, not of its Service. */
  private toStore() {
    const { store } = this.props.cache;
    if (store.kind === "valkey") {
      return { to: [{ podSelector: { matchLabels: this.valkeyLabels } }], ports: tcp(`${VALKEY_PORT}`) };
    }
    const namespace = isToken(store.host) ? undefined : namespaceOf(store.host);
    return namespace === undefined
      ? { ports: tcp(`${store.port ?? VALKEY_PORT}`) }
      : { to: [podsOf(namespace)] };
  }

  private policy(id: string, spec: Parameters<typeof networkPolicy>[3]): NetworkPolicyV1 {
    return networkPolicy(this, id, this.props.context, spec);
  }

  private makeAddress(): CustomResource {
    const { context, country, cache } = this.props;
    const hostname = hostOf(this.name, context.namespace);
    const kept = cache.store.kind === "address" ? (cache.store.country ?? country) : country;
    const address = gatewayObject(this, "address", context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "Backend",
      name: this.name,
      component: "response-cache",
      annotations: { [PROCESSES_IN]: [...new Set([country, kept])].sort().join(",") },
      spec: { endpoints: [{ fqdn: { hostname, port: PROCESSOR_PORT } }] },
      dependsOn: [this.service],
    });
    backendTls(this, "address-tls", context, {
      name: this.name,
      component: "response-cache",
      hostname,
      caSecret: secretName(this.name),
    });
    return address;
  }
}

const hostOf = (service: string, namespace: string) => `${service}.${namespace}.svc.cluster.local`;

/** Of a certificate. */
const secretName = (service: string) => `${service}-tls`;
