import { Construct } from "constructs";
import type { CustomResource } from "../../kubernetes/custom-resource";
import { objectName } from "../../kubernetes/room-context";
import type { EndpointReach } from "../../serving/serving";
import {
  countriesOf,
  type EndpointBackend,
  type GatewayBackend,
  type ProviderBackend,
  providerHost,
} from "../backends";
import { TENANT_HEADER } from "../gateway";
import { shadowsOf } from "../shadows";
import {
  AI_API,
  CREDENTIALS_HEADER,
  ENVOY_API,
  GATEWAY_API,
  type GatewayContext,
  gatewayObject,
  POOL_HEADER,
  POOLS_PORT,
  PRIVATE_HEADERS,
  PROCESSES_IN,
  PROCESSES_IN_BY_CLASS,
  poolsName,
} from "./context";

/** How the gateway reaches and signs in to a backend. */
interface Connection {
  readonly host: string;
  readonly port: number;
  /** @default - no TLS, inside the cluster */
  readonly tls?: { readonly caSecret?: string };
  readonly schema: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** @default - none */
  readonly signIn?: Readonly<Record<string, unknown>>;
}

export interface GatewayBackendsProps {
  readonly context: GatewayContext;
  readonly backends: readonly GatewayBackend[];
  /** Secret with the certificate of the gateway in front of pools. */
  readonly poolsSecret: string;
}

/**
 * What the gateway sends requests to: for each backend an address, the API that it speaks, TLS and the Secret with which
 * it is signed in to.
 *
 * Terraform resource types: `kubernetes_manifest` (Backend, AIServiceBackend, BackendSecurityPolicy, BackendTLSPolicy).
 */
export class GatewayBackends extends Construct {
  readonly services: Readonly<Record<string, CustomResource>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GatewayBackendsProps,
  ) {
    super(scope, id);
    this.services = Object.fromEntries(
      props.backends.map((backend) => [backend.name, this.makeBackend(backend)]),
    );
  }

  private makeBackend(backend: GatewayBackend): CustomResource {
    const { context } = this.props;
    const name = backendName(context, backend.name);
    const { host, port, tls, schema, headers, signIn } = this.connection(backend);
    const address = gatewayObject(this, `${backend.name}-address`, context, {
      api: ENVOY_API,
      version: "v1alpha1",
      kind: "Backend",
      name,
      component: "backend",
      spec: { endpoints: [{ fqdn: { hostname: host, port } }] },
    });
    if (tls) {
      backendTls(this, `${backend.name}-tls`, context, {
        name,
        component: "backend",
        hostname: host,
        ...tls,
      });
    }
    const service = gatewayObject(this, `${backend.name}-service`, context, {
      api: AI_API,
      version: "v1beta1",
      kind: "AIServiceBackend",
      name,
      component: "backend",
      annotations: countryNotes(backend),
      spec: { schema, backendRef: { group: ENVOY_API, kind: "Backend", name }, headerMutation: headers },
      dependsOn: [address.manifest],
    });
    if (signIn) {
      gatewayObject(this, `${backend.name}-sign-in`, context, {
        api: AI_API,
        version: "v1beta1",
        kind: "BackendSecurityPolicy",
        name,
        component: "backend",
        spec: { targetRefs: [{ group: AI_API, kind: "AIServiceBackend", name }], ...signIn },
        dependsOn: [service.manifest],
      });
    }
    return service;
  }

  private connection(backend: GatewayBackend): Connection {
    switch (backend.kind) {
      case "endpoint":
        return this.endpointConnection(backend);
      case "gateway":
        return {
          host: backend.access.host,
          port: backend.access.port,
          tls: {},
          schema: { name: "OpenAI" },
          // Without a key of ours, the other gateway knows clients by their own tokens.
          headers: {
            remove: [...(backend.apiKeySecret === undefined ? [] : [CREDENTIALS_HEADER]), TENANT_HEADER],
          },
          signIn: apiKey(backend.apiKeySecret),
        };
      case "provider":
        return {
          ...providerConnection(backend),
          port: 443,
          tls: {},
          headers: { remove: [...PRIVATE_HEADERS] },
        };
    }
  }

  private endpointConnection(backend: GatewayBackend & { kind: "endpoint" }): Connection {
    const { context, poolsSecret } = this.props;
    const { reach } = backend.access;
    const schema = { name: "OpenAI" };
    if (reach.kind === "https") {
      return {
        host: reach.host,
        port: reach.port,
        tls: {},
        schema,
        headers: { remove: [CREDENTIALS_HEADER, TENANT_HEADER] },
        signIn: apiKey(backend.apiKeySecret),
      };
    }
    return isBehindPools(backend)
      ? {
          host: poolsHost(context),
          port: POOLS_PORT,
          tls: { caSecret: poolsSecret },
          schema,
          headers: {
            set: [{ name: POOL_HEADER, value: poolKey(reach) }],
            remove: [CREDENTIALS_HEADER],
          },
        }
      : {
          host: serviceHost(reach),
          port: reach.port,
          schema,
          headers: { remove: [CREDENTIALS_HEADER] },
        };
  }
}

function countryNotes(backend: GatewayBackend): Readonly<Record<string, string>> {
  const byClass = backend.kind === "gateway" ? backend.processesInByClass : undefined;
  return {
    [PROCESSES_IN]: [...countriesOf(backend)].sort().join(","),
    ...(byClass ? { [PROCESSES_IN_BY_CLASS]: JSON.stringify(byClass) } : {}),
  };
}

/** How a Backend is reached by TLS: its name is checked, by a CA of the namespace or by authorities that everybody knows. */
export function backendTls(
  scope: Construct,
  id: string,
  context: GatewayContext,
  tls: {
    /** Of the Backend and of the policy. */
    readonly name: string;
    readonly component: string;
    readonly hostname: string;
    readonly caSecret?: string;
  },
): CustomResource {
  const { name, component, hostname, caSecret } = tls;
  return gatewayObject(scope, id, context, {
    api: GATEWAY_API,
    version: "v1",
    kind: "BackendTLSPolicy",
    name,
    component,
    spec: {
      targetRefs: [{ group: ENVOY_API, kind: "Backend", name }],
      validation: {
        hostname,
        ...(caSecret === undefined
          ? { wellKnownCACertificates: "System" }
          : { caCertificateRefs: [{ group: "", kind: "Secret", name: caSecret }] }),
      },
    },
  });
}

/** Name of the objects of a backend. */
export const backendName = (context: GatewayContext, name: string) => objectName(context, "backend", name);

/** Address of the gateway in front of pools. */
export const poolsHost = (context: GatewayContext) =>
  `${poolsName(context)}.${context.proxyNamespace}.svc.cluster.local`;

/** Name of a Service within its cluster. */
export const serviceHost = ({ name, namespace }: { readonly name: string; readonly namespace: string }) =>
  `${name}.${namespace}.svc.cluster.local`;

/** How what is behind the inner gateway is reached. */
export type InnerReach = Exclude<EndpointReach, { readonly kind: "https" }>;

export type InnerBackend = EndpointBackend & { readonly access: { readonly reach: InnerReach } };

/** Pools cannot be in a chain, and routes of the AI gateway copy nothing: both are done by the inner gateway. */
export function isBehindPools(backend: GatewayBackend): backend is InnerBackend {
  return (
    backend.kind === "endpoint" &&
    (backend.access.reach.kind === "inference-pool" ||
      (backend.access.reach.kind === "service" && shadowsOf(backend).length > 0))
  );
}

/** Value of the header that leads to a pool, or to a Service, which may have a pool's name. */
export const poolKey = ({ kind, namespace, name }: InnerReach) =>
  kind === "service" ? `service/${namespace}/${name}` : `${namespace}.${name}`;

function apiKey(name: string | undefined) {
  return name === undefined ? undefined : { type: "APIKey", apiKey: { secretRef: { name } } };
}

/** Sources: envoyproxy/ai-gateway v1.1 supported-providers and BackendSecurityPolicy, 2026-08. */
function providerConnection({ provider }: ProviderBackend): Pick<Connection, "host" | "schema" | "signIn"> {
  const host = providerHost(provider);
  switch (provider.api) {
    case "openai":
      return {
        host,
        schema: { name: "OpenAI", prefix: provider.prefix },
        signIn: apiKey(provider.apiKeySecret),
      };
    case "anthropic":
      return {
        host,
        schema: { name: "Anthropic" },
        signIn: { type: "AnthropicAPIKey", anthropicAPIKey: { secretRef: { name: provider.apiKeySecret } } },
      };
    case "azure-openai":
      return {
        host,
        schema: { name: "AzureOpenAI", version: provider.apiVersion },
        signIn: { type: "AzureAPIKey", azureAPIKey: { secretRef: { name: provider.apiKeySecret } } },
      };
    case "bedrock":
      return {
        host,
        schema: { name: "AWSBedrock" },
        signIn: {
          type: "AWSCredentials",
          awsCredentials: { region: provider.region, credentialsFile: fileOf(provider.credentialsSecret) },
        },
      };
    case "vertex":
      return {
        host,
        schema: { name: "GCPVertexAI" },
        signIn: {
          type: "GCPCredentials",
          gcpCredentials: {
            projectName: provider.project,
            region: provider.region,
            credentialsFile: fileOf(provider.credentialsSecret),
          },
        },
      };
  }
}

const fileOf = (name: string | undefined) => (name === undefined ? undefined : { secretRef: { name } });
