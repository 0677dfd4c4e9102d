import type { RemovalPolicy } from "../../core/removal-policy";
import type { Site } from "../../fabric/site";
import type { ComponentVersions } from "../../kubernetes/compatibility";
import type { OtlpCollector, Tracing } from "../../kubernetes/otlp";
import type { CertificateIssuer } from "../../kubernetes/service-tls";
import type { GatewayDeclaration, TenantLimit } from "../declaration";

/** Clients show a signed token (OIDC, OAuth). */
export interface JwtAuthentication {
  readonly kind: "jwt";
  readonly issuer: string;
  /** Where the issuer publishes its keys, `https://…`. */
  readonly jwksUri: string;
  /** A token must be for one of them. */
  readonly audiences: readonly string[];
  /** Claim with the tenant, a text. @default "tenant" */
  readonly tenantClaim?: string;
  /** Claim with the traffic classes that the holder may use, a list of texts. @default "traffic_classes" */
  readonly classesClaim?: string;
}

/** Clients show a key. Each class must list its `tenants` then. */
export interface ApiKeyAuthentication {
  readonly kind: "api-key";
  /** Secrets in the gateway's namespace; each entry of one is a tenant and its key. */
  readonly secrets: readonly string[];
  /** Header with the key, with or without `Bearer`. @default "authorization" */
  readonly header?: string;
}

/** What an entry of the audit log says. Prompts and answers are never in it: Envoy's log does not see them. */
export type AuditDataClass =
  /** Time, class, model, backend, status, tokens, duration. */
  | "operational"
  /** Tenant. */
  | "identity"
  /** Address and program of the client. */
  | "client";

export interface AuditLog {
  readonly collector: OtlpCollector;
  /** What is written; the rest never leaves the gateway. @default ["operational", "identity"] */
  readonly dataClasses?: readonly AuditDataClass[];
}

/**
 * A program that sees each request before a backend does, and may refuse it (Envoy's ext_proc, by gRPC). With a `cache` it sees
 * those that are authorized and within limits, else all that are signed in.
 */
export interface Guardrail {
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  /** Also sees answers, which are then not streamed. @default false */
  readonly answers?: boolean;
  /** Requests are refused when it does not answer in time. @default 1000 */
  readonly timeoutMs?: number;
}

/** Answers of one class that are kept. */
export interface CachedClass {
  readonly class: string;
  /** How long an answer may be given again, from 1 to 604800 (a week). */
  readonly ttlSeconds: number;
  /**
   * Also answers of requests whose `temperature` is not 0: the same question then gets the same draw until it ends.
   * Embeddings are kept either way. @default false
   */
  readonly anyTemperature?: boolean;
}

/** Where answers are kept. Secrets are in the gateway's namespace. */
export type CacheStore =
  | {
      /** A Redis or Valkey that is there. */
      readonly kind: "address";
      readonly host: string;
      /** @default 6379 */
      readonly port?: number;
      /** `false` only inside the cluster. @default true */
      readonly tls?: boolean;
      /** Secret with the key `ca.crt`. Only with TLS. @default - authorities that everybody knows */
      readonly caSecret?: string;
      /** Secret with the key `password`. @default - no password */
      readonly passwordSecret?: string;
      /** Where it keeps what it is given: ISO 3166-1 alpha-2. @default - the gateway's country */
      readonly country?: string;
    }
  | {
      /** A Valkey beside the gateway, by its chart, with TLS. It keeps nothing on disk. */
      readonly kind: "valkey";
      /** Secret with the key `password`. */
      readonly passwordSecret: string;
      /** Three quarters are for answers; then those that were not asked for longest go. @default 1024 */
      readonly memoryMib?: number;
    };

/**
 * Equal requests are answered from a store: a program beside the gateway (Envoy's ext_proc, by gRPC with TLS), such as
 * `examples/llm-gateway-hybrid/response-cache`. Tenants and classes never share an answer. If it does not answer in time,
 * requests pass. A hit counts as a request for limits, and costs no tokens.
 */
export interface ResponseCacheProps {
  /** The program by digest: `registry/name@sha256:…`. */
  readonly image: string;
  readonly store: CacheStore;
  /** Of all others nothing is kept. */
  readonly classes: readonly CachedClass[];
  /** A look-up that takes longer is a miss, from 1 to 1000. @default 50 */
  readonly lookupMs?: number;
  /** Longer answers are not kept, from 1 to 65536. @default 256 */
  readonly maxAnswerKib?: number;
  /** From 2 on. @default 2 */
  readonly replicas?: number;
  /** Of each replica. @default "500m" */
  readonly cpu?: string;
  /** Of each replica. @default "512Mi" */
  readonly memory?: string;
}

/** A server of tools (MCP), reached by TLS. */
export interface ToolServer {
  /** Unique in the gateway; the names of tools start with it: `<name>__<tool>`. */
  readonly name: string;
  readonly host: string;
  /** @default 443 */
  readonly port?: number;
  /** @default "/mcp" */
  readonly path?: string;
  /** Tools that may be seen and called, from 1 to 16. */
  readonly tools: readonly string[];
  /** Every country where it may work on a call. */
  readonly processesIn: readonly string[];
  /** Secret with the key `apiKey`. @default - no key */
  readonly apiKeySecret?: string;
}

/** Tools for requests of one class, at `/mcp`. */
export interface ClassTools {
  readonly class: string;
  readonly servers: readonly ToolServer[];
  /** Calls of each tenant, listing of tools among them. @default - no limit */
  readonly callsPerTenant?: TenantLimit;
}

/** Replicas that follow their load. */
export interface ReplicaRange {
  readonly min: number;
  readonly max: number;
  /** @default 70 */
  readonly cpuPercent?: number;
}

/** The gateway's certificate: a Secret of the gateway's namespace, or an issuer of cert-manager. */
export type GatewayTls = { readonly certificateSecret: string } | { readonly issuer: CertificateIssuer };

/** A gateway in a Kubernetes cluster. */
export interface KubernetesAiGatewayProps
  extends Omit<GatewayDeclaration, "gatewayName" | "country" | "fixedReplicas"> {
  /** The cluster that it runs in; its country is where prompts are read. */
  readonly site: Site;
  /** First part of all names. */
  readonly namePrefix: string;
  /** By which other gateways know it. @default - `namePrefix` */
  readonly gatewayName?: string;
  /** @default - `<namePrefix>-gateway` */
  readonly namespace?: string;
  /** `false` if the namespace is made elsewhere, for example with Secrets. @default true */
  readonly createNamespace?: boolean;
  /** Of the namespace. @default "retain" */
  readonly removalPolicy?: RemovalPolicy;
  /** Name that clients call. */
  readonly hostname: string;
  /** @default - a certificate by an authority of its own, which clients must be told to trust */
  readonly tls?: GatewayTls;
  readonly authentication: JwtAuthentication | ApiKeyAuthentication;
  /** Proxies. A number from 2 on, or a range. @default 3 */
  readonly replicas?: number | ReplicaRange;
  /** Of each proxy. @default "1" */
  readonly cpu?: string;
  /** Of each proxy. @default "1Gi" */
  readonly memory?: string;
  /** Who can reach the gateway's address. @default "LoadBalancer" */
  readonly serviceType?: "LoadBalancer" | "ClusterIP";
  /** Of the Service, as load balancers of clouds want them. @default - none */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
  /** Largest request. @default "8Mi" */
  readonly maxRequestSize?: string;
  /** Longest silence within an answer, in seconds. @default 60 */
  readonly streamIdleSeconds?: number;
  /** @default - none is kept */
  readonly audit?: AuditLog;
  /** @default - none */
  readonly tracing?: Tracing;
  /** For all classes. @default - none */
  readonly guardrail?: Guardrail;
  /** Answers of some classes are kept. @default - none is kept */
  readonly cache?: ResponseCacheProps;
  /** @default - none */
  readonly tools?: readonly ClassTools[];
  /**
   * The AI gateway seals sessions of tools with a seed of its own (`toolSessionSecret` of `AiGatewayOperators`). Only with
   * `tools`. @default false: a warning
   */
  readonly ownToolSessionSeed?: boolean;
  /** Namespace of Envoy Gateway, where its proxies run. @default "envoy-gateway-system" */
  readonly proxyNamespace?: string;
  /** Versions in the cluster, where they are not those of `AiGatewayOperators`. @default - those of `VERSIONS_THAT_FIT` */
  readonly versions?: ComponentVersions;
}
