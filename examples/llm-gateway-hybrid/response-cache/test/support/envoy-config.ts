import { AUDIENCE, ISSUER, JWKS } from "./tokens.js";

/** An entry of `EnvoyExtensionPolicy.spec.extProc`, as far as it is read here. */
export interface ExtProc {
  readonly failOpen?: boolean;
  readonly messageTimeout?: string;
  readonly metadata?: { readonly accessibleNamespaces?: readonly string[] };
  readonly processingMode: {
    readonly allowModeOverride?: boolean;
    readonly request?: { readonly body?: string };
    readonly response?: { readonly body?: string };
  };
}

export interface EnvoySetup {
  readonly port: number;
  readonly origin: number;
  readonly reader: number;
  readonly filterOrder: readonly { readonly name: string; readonly after: string }[];
  /** In the order of the policy. */
  readonly processors: readonly { readonly port: number; readonly policy: ExtProc }[];
  /** Classes on whose routes the policy is. @default - all */
  readonly policyOn?: readonly string[];
}

/** In the order of their names, as routes that match alike are. */
export const CLASSES = ["chat", "enrich", "limited"] as const;
export const MODEL = "llama";
/** Requests of the class `limited` that pass. */
export const LIMIT = 3;

const AI_GATEWAY = "envoy.filters.http.ext_proc/aigateway";
const EXT_PROC = "envoy.filters.http.ext_proc";
const nameOf = (index: number) => `${EXT_PROC}/envoyextensionpolicy/acme-gateway/acme/extproc/${index}`;

const any = (type: string, config: object) => ({ "@type": `type.googleapis.com/${type}`, ...config });
const EXTENSIONS = "envoy.extensions.filters.http";
const MODES: Readonly<Record<string, string>> = { Buffered: "BUFFERED", BufferedPartial: "BUFFERED_PARTIAL" };

const grpc = (cluster: string) => ({ envoy_grpc: { cluster_name: cluster }, timeout: "10s" });

/** As `internal/xds/translator/extproc.go` of Envoy Gateway 1.8.0 makes it of the policy (read 2026-11). */
function extProcFilter(index: number, { processingMode, ...policy }: ExtProc) {
  const { request, response, allowModeOverride } = processingMode;
  return {
    name: nameOf(index),
    disabled: true,
    typed_config: any(`${EXTENSIONS}.ext_proc.v3.ExternalProcessor`, {
      grpc_service: grpc(`processor-${index}`),
      failure_mode_allow: policy.failOpen ?? false,
      message_timeout: policy.messageTimeout?.replace(/^(\d+)ms$/, (_, ms) => `${Number(ms) / 1_000}s`),
      allow_mode_override: allowModeOverride ?? false,
      metadata_options: policy.metadata && {
        forwarding_namespaces: { untyped: policy.metadata.accessibleNamespaces },
      },
      processing_mode: {
        request_header_mode: request ? "SEND" : "SKIP",
        response_header_mode: response ? "SEND" : "SKIP",
        request_body_mode: MODES[request?.body ?? ""] ?? "NONE",
        response_body_mode: MODES[response?.body ?? ""] ?? "NONE",
        request_trailer_mode: "SKIP",
        response_trailer_mode: "SKIP",
      },
    }),
  };
}

/** As `internal/extensionserver/post_translate_modify.go` of Envoy AI Gateway 1.0.0 makes it (read 2026-11). */
const aiGateway = {
  name: AI_GATEWAY,
  disabled: true,
  typed_config: any(`${EXTENSIONS}.ext_proc.v3.ExternalProcessor`, {
    grpc_service: { envoy_grpc: { cluster_name: "reader" } },
    processing_mode: {
      request_header_mode: "SEND",
      request_body_mode: "BUFFERED",
      request_trailer_mode: "SKIP",
      response_header_mode: "SEND",
      response_body_mode: "NONE",
      response_trailer_mode: "SKIP",
    },
    message_timeout: "10s",
  }),
};

const jwt = {
  name: "envoy.filters.http.jwt_authn",
  typed_config: any(`${EXTENSIONS}.jwt_authn.v3.JwtAuthentication`, {
    providers: {
      tokens: {
        issuer: ISSUER,
        audiences: [AUDIENCE],
        local_jwks: { inline_string: JWKS },
        payload_in_metadata: "tokens",
        forward: true,
        claim_to_headers: [{ header_name: "x-tenant", claim_name: "tenant" }],
      },
    },
    requirement_map: { tokens: { provider_name: "tokens" } },
  }),
};

/** `newOrderedHTTPFilter` and `sortHTTPFilters` of Envoy Gateway, then the AI gateway's own before all that may come after it. */
function ordered(setup: EnvoySetup) {
  const plain = (name: string, type: string, config: object = {}) => ({
    name,
    typed_config: any(`${EXTENSIONS}.${type}`, config),
  });
  const filters: { readonly name: string }[] = [
    jwt,
    ...setup.processors.map(({ policy }, index) => extProcFilter(index, policy)),
    plain("envoy.filters.http.rbac", "rbac.v3.RBAC"),
    plain("envoy.filters.http.local_ratelimit", "local_ratelimit.v3.LocalRateLimit", {
      stat_prefix: "limit",
    }),
  ];
  for (const { name, after } of setup.filterOrder) {
    const moved = filters.filter((filter) => filter.name.startsWith(name));
    const last = filters.findLastIndex((filter) => filter.name.startsWith(after));
    if (last >= 0) {
      const anchor = filters[last]!;
      const rest = filters.filter((filter) => !moved.includes(filter));
      rest.splice(rest.indexOf(anchor) + 1, 0, ...moved);
      filters.splice(0, filters.length, ...rest);
    }
  }
  const first = filters.findIndex(({ name }) => /ext_proc|rbac|ratelimit/.test(name));
  filters.splice(first, 0, aiGateway);
  return [
    ...filters,
    plain("envoy.filters.http.router", "router.v3.Router", { suppress_envoy_headers: true }),
  ];
}

const rbacAction = (action: string) => ({
  action: {
    name: action,
    typed_config: any("envoy.config.rbac.v3.Action", { name: action, action }),
  },
});

/** As `internal/xds/translator/authorization.go` of Envoy Gateway makes it of a claim that is a list. */
const holds = (className: string) => ({
  rbac: {
    matcher: {
      matcher_list: {
        matchers: [
          {
            on_match: rbacAction("ALLOW"),
            predicate: {
              single_predicate: {
                input: {
                  name: "claim",
                  typed_config: any(
                    "envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput",
                    {
                      filter: "envoy.filters.http.jwt_authn",
                      path: [{ key: "tokens" }, { key: "traffic_classes" }],
                    },
                  ),
                },
                custom_match: {
                  name: "claim_matcher",
                  typed_config: any("envoy.extensions.matching.input_matchers.metadata.v3.Metadata", {
                    value: { list_match: { one_of: { string_match: { exact: className } } } },
                  }),
                },
              },
            },
          },
        ],
      },
      on_no_match: rbacAction("DENY"),
    },
  },
});

function routes(setup: EnvoySetup) {
  const on = any("envoy.config.route.v3.FilterConfig", { config: {} });
  const filters = (className: string) => ({
    "envoy.filters.http.jwt_authn": any(`${EXTENSIONS}.jwt_authn.v3.PerRouteConfig`, {
      requirement_name: "tokens",
    }),
    "envoy.filters.http.rbac": any(`${EXTENSIONS}.rbac.v3.RBACPerRoute`, holds(className)),
    [AI_GATEWAY]: on,
    ...((setup.policyOn ?? CLASSES).includes(className as never)
      ? Object.fromEntries(setup.processors.map((_, index) => [nameOf(index), on]))
      : {}),
    ...(className === "limited"
      ? {
          "envoy.filters.http.local_ratelimit": any(`${EXTENSIONS}.local_ratelimit.v3.LocalRateLimit`, {
            stat_prefix: "limit",
            token_bucket: { max_tokens: LIMIT, tokens_per_fill: LIMIT, fill_interval: "3600s" },
            filter_enabled: { default_value: { numerator: 100 } },
            filter_enforced: { default_value: { numerator: 100 } },
          }),
        }
      : {}),
  });
  const exact = (name: string, value: string) => ({ name, string_match: { exact: value } });
  const chosen = CLASSES.map((className) => ({
    match: {
      prefix: "/",
      headers: [exact("x-ai-eg-model", MODEL), exact("x-traffic-class", className)],
    },
    route: { cluster: "origin", timeout: "30s" },
    typed_per_filter_config: filters(className),
  }));
  // The rule "route-not-found" that the AI gateway adds to each route: what matches before the model is known.
  const notFound = CLASSES.map((className) => ({
    match: { prefix: "/" },
    direct_response: { status: 404 },
    typed_per_filter_config: filters(className),
  }));
  return [...chosen, ...notFound];
}

const cluster = (name: string, port: number, http2: boolean) => ({
  name,
  type: "STATIC",
  connect_timeout: "1s",
  typed_extension_protocol_options: http2
    ? {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": any(
          "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
          { explicit_http_config: { http2_protocol_options: {} } },
        ),
      }
    : undefined,
  load_assignment: {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: [
          { endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: port } } } },
        ],
      },
    ],
  },
});

/** A whole configuration of Envoy: what the two gateways would make, with local addresses. */
export function envoyConfig(setup: EnvoySetup): object {
  const forged = ["x-tenant", "x-ai-eg-model"].map((remove) => ({ remove }));
  const manager = any("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "https",
    early_header_mutation_extensions: [
      {
        name: "envoy.http.early_header_mutation.header_mutation",
        typed_config: any("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", {
          mutations: forged,
        }),
      },
    ],
    http_filters: ordered(setup),
    route_config: { name: "routes", virtual_hosts: [{ name: "all", domains: ["*"], routes: routes(setup) }] },
  });
  return {
    static_resources: {
      listeners: [
        {
          name: "https",
          address: { socket_address: { address: "127.0.0.1", port_value: setup.port } },
          per_connection_buffer_limit_bytes: 1_048_576,
          filter_chains: [
            { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] },
          ],
        },
      ],
      clusters: [
        cluster("origin", setup.origin, false),
        cluster("reader", setup.reader, true),
        ...setup.processors.map(({ port }, index) => cluster(`processor-${index}`, port, true)),
      ],
    },
  };
}
