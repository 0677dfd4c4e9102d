/**
 * Objects of one stack as Envoy Gateway would see them: those of the Gateway API and of Envoy Gateway, with an HTTPRoute for
 * each AIGatewayRoute, and something in the place of all that they refer to and that is made elsewhere.
 */

// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds, as they were emitted
export type KubernetesObject = any;

/** What stands for a certificate of cert-manager, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const GATEWAY = "gateway.networking.k8s.io";
const ENVOY = "gateway.envoyproxy.io";
const POOL_PORT = 8000;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const groupOf = ({ apiVersion }: KubernetesObject) => (apiVersion as string).split("/")[0];

/** All of the input of `egctl x translate`. Empty if the stack has no Gateway. */
export function resourcesOf(
  objects: readonly KubernetesObject[],
  certificate: Certificate,
): readonly KubernetesObject[] {
  const own = objects.filter((object) => [GATEWAY, ENVOY].includes(groupOf(object) ?? "")).map(replaced);
  if (!own.some(({ kind }) => kind === "Gateway")) {
    return [];
  }
  const routes = objects
    .filter(({ kind }) => kind === "AIGatewayRoute")
    .flatMap((route) => routeOf(route, objects));
  const named = [...own, ...routes];
  const namespaces = new Set(named.flatMap(({ metadata }) => metadata.namespace ?? []));
  return [
    ...named,
    ...secretsOf(named, certificate),
    ...servicesOf(named),
    ...[...namespaces].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  ];
}

/** What egctl cannot know: it drops labels of namespaces, and has no extension that knows pools. */
function replaced(object: KubernetesObject): KubernetesObject {
  return JSON.parse(JSON.stringify(object), (key, value) => {
    if (value?.kind === "InferencePool" && value.group !== undefined) {
      return { kind: "Service", name: value.name, port: POOL_PORT };
    }
    return key === "namespaces" && value?.from === "Selector" ? { from: "All" } : value;
  }) as KubernetesObject;
}

/**
 * The HTTPRoute and its filters, as the AI gateway's controller makes them; priorities and names of models are set later, in
 * its extension server. Source: envoyproxy/ai-gateway v1.0.0 internal/controller/ai_gateway_route.go (read 2026-11)
 */
function routeOf(route: KubernetesObject, objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const { metadata, spec } = route;
  const filter = (prefix: string, given: object) => ({
    apiVersion: `${ENVOY}/v1alpha1`,
    kind: "HTTPRouteFilter",
    metadata: { name: `${prefix}-${metadata.name}`, namespace: metadata.namespace },
    spec: given,
  });
  const rewrite = filter("ai-eg-host-rewrite", { urlRewrite: { hostname: { type: "Backend" } } });
  const missing = filter("ai-eg-route-not-found-response", {
    directResponse: { statusCode: 404, body: { type: "Inline", inline: "No matching route found." } },
  });
  const extension = (of: typeof rewrite) => ({
    type: "ExtensionRef",
    extensionRef: { group: ENVOY, kind: "HTTPRouteFilter", name: of.metadata.name },
  });
  const path = { type: "PathPrefix", value: "/" };
  const backendRef = ({ name, weight }: KubernetesObject) => {
    const service = objects.find(
      (object) => object.kind === "AIServiceBackend" && object.metadata.name === name,
    );
    return { ...service.spec.backendRef, weight: weight ?? 1 };
  };
  const rules = spec.rules.map(({ matches, backendRefs, timeouts }: KubernetesObject) => ({
    matches: matches.map(({ headers }: KubernetesObject) => ({ headers, path })),
    filters: [extension(rewrite)],
    backendRefs: backendRefs.map(backendRef),
    timeouts,
  }));
  return [
    rewrite,
    missing,
    {
      apiVersion: `${GATEWAY}/v1`,
      kind: "HTTPRoute",
      metadata,
      spec: {
        parentRefs: spec.parentRefs,
        rules: [...rules, { name: "route-not-found", matches: [{ path }], filters: [extension(missing)] }],
      },
    },
  ];
}

function secretsOf(
  objects: readonly KubernetesObject[],
  { certificate, key }: Certificate,
): readonly KubernetesObject[] {
  const tls = { "tls.crt": base64(certificate), "tls.key": base64(key), "ca.crt": base64(certificate) };
  const named = objects.flatMap(({ kind, metadata: { namespace }, spec }) => {
    const references: readonly KubernetesObject[] =
      kind === "Gateway"
        ? spec.listeners.flatMap((listener: KubernetesObject) => listener.tls?.certificateRefs ?? [])
        : kind === "BackendTLSPolicy"
          ? (spec.validation.caCertificateRefs ?? [])
          : [];
    const keys: readonly KubernetesObject[] =
      kind === "SecurityPolicy" ? (spec.apiKeyAuth?.credentialRefs ?? []) : [];
    return [
      ...references.map(({ name }) => ({ name, namespace, type: "kubernetes.io/tls", data: tls })),
      ...keys.map(({ name }) => ({ name, namespace, type: "Opaque", data: { tenant: base64("a key") } })),
    ];
  });
  const unique = new Map(named.map((secret) => [`${secret.namespace}/${secret.name}`, secret]));
  return [...unique.values()].map(({ name, namespace, ...rest }) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    ...rest,
  }));
}

/** Services that HTTPRoutes send to. */
function servicesOf(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const found = objects
    .filter(({ kind }) => kind === "HTTPRoute")
    .flatMap(({ metadata: { namespace }, spec }) =>
      spec.rules.flatMap((rule: KubernetesObject) =>
        (rule.backendRefs ?? [])
          .filter(({ kind }: KubernetesObject) => kind === "Service")
          .map(({ name, port }: KubernetesObject) => ({ name, namespace, port })),
      ),
    );
  const unique = new Map(found.map((service) => [`${service.namespace}/${service.name}`, service]));
  return [...unique.values()].map(({ name, namespace, port }) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: {
      clusterIP: "10.96.0.10",
      ports: [{ name: "http", port, targetPort: port, protocol: "TCP" }],
    },
  }));
}
