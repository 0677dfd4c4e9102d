import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CoreErrors } from "../../core/errors";
import { type NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import {
  type ComponentVersions,
  checkCompatibility,
  VERSIONS_THAT_FIT,
} from "../../kubernetes/compatibility";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { TENANT_HEADER, TENANT_LABEL, TRAFFIC_CLASS_HEADER, TRAFFIC_CLASS_LABEL } from "../gateway";
import { checkSecretName } from "../secrets";
import { gatewayValkey, VALKEY_MEMORY_MIB, VALKEY_PORT } from "./valkey";

/** Where limits are counted. Secrets are in the namespace of Envoy Gateway and must be there before. */
export type RateLimiter =
  | {
      /** A Redis or Valkey that is there. */
      readonly kind: "address";
      /** `host:port`. */
      readonly address: string;
      /** Secret with the key `password`. @default - no password */
      readonly passwordSecret?: string;
      /** Speak TLS. @default true */
      readonly tls?: boolean;
    }
  | {
      /** A Valkey beside Envoy Gateway, by its chart. Counts are lost with it, and start again from zero. */
      readonly kind: "valkey";
      /** Secret with the key `password`. */
      readonly passwordSecret: string;
      /** Of its container; a quarter is left for buffers. From 64 on. @default 256 */
      readonly memoryMib?: number;
    };

export interface AiGatewayOperatorsProps {
  /** Needed for limits per tenant, budgets, and limits among a varying number of proxies. @default - no limits that all proxies count together */
  readonly limiter?: RateLimiter;
  /** What happens while the limiter does not answer: `refuse` requests, or `pass` them uncounted. Only with `limiter`. @default "refuse" */
  readonly withoutLimiter?: "refuse" | "pass";
  /** InferencePools are used; the definitions of the Gateway API inference extension must be in the cluster. @default true */
  readonly inferencePools?: boolean;
  /**
   * `bundled`: the chart installs the definitions of the Gateway API (experimental channel) and of Envoy Gateway, once, and
   * never upgrades them. `installed`: both are in the cluster already.
   * @default "bundled"
   */
  readonly definitions?: "bundled" | "installed";
  /** cert-manager, for certificates of gateways. @default true */
  readonly certManager?: boolean;
  /**
   * Secret with the key `seed`, a long random text, in the namespace of the AI gateway (`envoy-ai-gateway-system`), there
   * before: it seals sessions of tools. Without it the chart's own seed does, which is the same everywhere.
   * @default - the chart's
   */
  readonly toolSessionSecret?: string;
  /** Versions in the cluster, as far as they are not the ones installed here. @default - those of `VERSIONS_THAT_FIT` */
  readonly versions?: ComponentVersions;
}

const ADDRESS: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[1-9]\d{0,4}$/,
  maxLength: 260,
  form: "host:port",
};

const VALKEY_NAME = "ai-gateway-limits";
const SEED_VARIABLE = "MCP_SESSION_SEED";

/** Headers that become labels of metrics of the AI gateway. */
const METRIC_LABELS = `${TRAFFIC_CLASS_HEADER}:${TRAFFIC_CLASS_LABEL},${TENANT_HEADER}:${TENANT_LABEL}`;

/**
 * Envoy Gateway, Envoy AI Gateway and what limits need, for the `platform` stack: their definitions must be served when the
 * `workloads` stack is planned.
 *
 * Prompts and answers are never in traces: the AI gateway is told to hide them.
 *
 * Terraform resource types: `helm_release`.
 *
 * @throws InvalidName, NumberOutOfRange, NotOneOf, NoEffect, SecretAsText, ComponentsDoNotFit, TokenNotAllowed
 */
export class AiGatewayOperators extends Construct {
  readonly envoyGateway: HelmComponent;
  readonly aiGatewayCrds: HelmComponent;
  readonly aiGateway: HelmComponent;
  readonly certManager?: HelmComponent;
  /** Only with a limiter of kind `valkey`. */
  readonly valkey?: HelmComponent;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AiGatewayOperatorsProps = {},
  ) {
    super(scope, id);
    this.check();
    if (props.certManager ?? true) {
      this.certManager = new HelmComponent(this, "cert-manager", { component: COMPONENTS.certManager });
    }
    if (props.limiter?.kind === "valkey") {
      this.valkey = this.makeValkey(props.limiter);
    }
    this.aiGatewayCrds = new HelmComponent(this, "ai-gateway-crds", {
      component: COMPONENTS.envoyAiGatewayCrds,
    });
    this.envoyGateway = this.makeEnvoyGateway(this.valkey ? [this.valkey.release] : []);
    this.aiGateway = new HelmComponent(this, "ai-gateway", {
      component: COMPONENTS.envoyAiGateway,
      values: {
        controller: {
          replicaCount: 2,
          metricsRequestHeaderAttributes: METRIC_LABELS,
          ...toolSessions(props.toolSessionSecret),
        },
        extProc: {
          enableRedaction: true,
          extraEnvVars: ["OPENINFERENCE_HIDE_INPUTS", "OPENINFERENCE_HIDE_OUTPUTS"].map((name) => ({
            name,
            value: "true",
          })),
        },
      },
      dependsOn: [this.aiGatewayCrds.release, this.envoyGateway.release],
    });
  }

  private check(): void {
    const { props } = this;
    const problems = new Problems(this.node.path);
    const { limiter } = props;
    if (limiter?.kind === "address" && !isToken(limiter.address)) {
      problems.name("limiter.address", limiter.address, ADDRESS);
    }
    if (limiter?.kind === "valkey" && limiter.memoryMib !== undefined) {
      problems.literalInteger("limiter.memoryMib", limiter.memoryMib, VALKEY_MEMORY_MIB);
    }
    checkSecretName(problems, "limiter.passwordSecret", limiter?.passwordSecret);
    checkSecretName(problems, "toolSessionSecret", props.toolSessionSecret);
    if (props.withoutLimiter !== undefined) {
      problems.oneOf("withoutLimiter", props.withoutLimiter, ["refuse", "pass"]);
      noEffect(problems, limiter === undefined, props.withoutLimiter);
    }
    if (props.definitions !== undefined) {
      problems.oneOf("definitions", props.definitions, ["bundled", "installed"]);
    }
    checkCompatibility(problems, "versions", {
      kubernetes: VERSIONS_THAT_FIT.kubernetes,
      "gateway-api": VERSIONS_THAT_FIT["gateway-api"],
      ...props.versions,
      "envoy-gateway": COMPONENTS.envoyGateway.version,
      "envoy-ai-gateway": COMPONENTS.envoyAiGateway.version,
    });
    problems.throwIfAny();
  }

  /** Sources: envoyproxy/ai-gateway v1.1 values for Envoy Gateway; envoyproxy/gateway EnvoyGateway configuration, 2026-08. */
  private makeEnvoyGateway(after: ITerraformDependable[]): HelmComponent {
    const { namespace } = COMPONENTS.envoyAiGateway;
    return new HelmComponent(this, "envoy-gateway", {
      component: COMPONENTS.envoyGateway,
      skipCrds: this.props.definitions === "installed" ? true : undefined,
      values: {
        deployment: { replicas: 2 },
        podDisruptionBudget: { minAvailable: 1 },
        config: {
          envoyGateway: {
            extensionApis: { enableBackend: true },
            extensionManager: {
              backendResources:
                (this.props.inferencePools ?? true)
                  ? [{ group: "inference.networking.k8s.io", kind: "InferencePool", version: "v1" }]
                  : undefined,
              hooks: {
                xdsTranslator: {
                  translation: Object.fromEntries(
                    ["listener", "route", "cluster", "secret"].map((part) => [part, { includeAll: true }]),
                  ),
                  post: ["Translation", "Cluster", "Route"],
                },
              },
              service: {
                fqdn: { hostname: `ai-gateway-controller.${namespace}.svc.cluster.local`, port: 1063 },
              },
            },
            ...this.rateLimit(),
          },
        },
      },
      dependsOn: after,
    });
  }

  private rateLimit() {
    const { limiter, withoutLimiter = "refuse" } = this.props;
    if (!limiter) {
      return {};
    }
    const url =
      limiter.kind === "address"
        ? limiter.address
        : `${VALKEY_NAME}.${COMPONENTS.envoyGateway.namespace}.svc.cluster.local:${VALKEY_PORT}`;
    const tls = limiter.kind === "address" && (limiter.tls ?? true);
    return {
      rateLimit: {
        backend: { type: "Redis", redis: { url, tls: tls ? {} : undefined } },
        failClosed: withoutLimiter === "refuse",
      },
      provider: {
        type: "Kubernetes",
        kubernetes: {
          rateLimitDeployment: {
            replicas: 2,
            container: { env: passwordEnv(limiter.passwordSecret) },
          },
        },
      },
    };
  }

  private makeValkey({ passwordSecret, memoryMib = 256 }: RateLimiter & { kind: "valkey" }): HelmComponent {
    return gatewayValkey(this, "valkey", {
      name: VALKEY_NAME,
      namespace: COMPONENTS.envoyGateway.namespace,
      passwordSecret,
      memoryMib,
      // Counts that are no longer needed end by themselves; what is left may go when memory is short.
      config: ["maxmemory-policy volatile-ttl"],
    });
  }
}

/**
 * The chart takes the seed as text and makes an argument of it, in which the kubelet puts values of variables: so the text is
 * the name of a variable, and its value is in a Secret. Source: envoyproxy/ai-gateway v1.0.0
 * manifests/charts/ai-gateway-helm/templates/deployment.yaml (read 2026-11)
 */
function toolSessions(name: string | undefined) {
  return name === undefined
    ? {}
    : {
        mcp: { sessionEncryption: { seed: `$(${SEED_VARIABLE})` } },
        extraEnvVars: [{ name: SEED_VARIABLE, valueFrom: { secretKeyRef: { name, key: "seed" } } }],
      };
}

function passwordEnv(name: string | undefined) {
  return name === undefined
    ? undefined
    : [{ name: "REDIS_AUTH", valueFrom: { secretKeyRef: { name, key: "password" } } }];
}

function noEffect(problems: Problems, without: boolean, given: unknown): void {
  if (without) {
    problems.add(CoreErrors.NoEffect, {
      subject: "withoutLimiter",
      given,
      allowed: "nothing without a limiter",
    });
  }
}
