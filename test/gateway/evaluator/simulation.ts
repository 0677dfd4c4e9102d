import { type KeptAnswer, ResponseCache } from "./cache";
import { InnerGateway } from "./inner";
import { costsOf, Limiter } from "./limits";
import { Cluster, type KubernetesObject } from "./objects";
import { Priorities } from "./priorities";
import { byWeight, type Call, type Conditions, type Copy, countriesOf, type Made, type World } from "./world";

const MODEL = "x-ai-eg-model";

export interface Token {
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
}

export interface Request {
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly token?: Token;
  /** Tenant by the key that was shown; only where keys are asked for. */
  readonly keyOf?: string;
  readonly tokens?: { readonly input: number; readonly output: number };
  /** Of a request whose answer may be kept. @default - it may not */
  readonly prompt?: string;
}

export interface Outcome {
  readonly status: number;
  readonly route?: string;
  readonly calls: readonly Call[];
  readonly copies: readonly Copy[];
  /** Target whose answer the client gets. */
  readonly answeredBy?: string;
  /** Of all calls, those behind other gateways included, copies not. */
  readonly load: number;
  /** If the cache answered. */
  readonly kept?: KeptAnswer;
}

const refused = (status: number, route?: string): Outcome => ({
  status,
  route,
  calls: [],
  copies: [],
  load: 0,
});

/** Where the AI gateway puts keys. Source: envoyproxy/ai-gateway v1.0.0 internal/backendauth (read 2026-11) */
const KEY_HEADERS: Readonly<Record<string, string>> = {
  AzureAPIKey: "api-key",
  AnthropicAPIKey: "x-api-key",
};

/** What clients sign in with, wherever it is found. */
export const CLIENTS_CREDENTIALS = "credentials of the client";

interface Ref {
  readonly reference: KubernetesObject;
  readonly service: KubernetesObject;
  readonly host: string;
}

/** Envoy AI Gateway on Envoy Gateway, as far as routing, fallback, retries, limits and sign-in go. */
export class Simulation {
  readonly cluster: Cluster;
  private readonly gateway: KubernetesObject;
  private readonly limiter: Limiter;
  private readonly inner: InnerGateway;
  private readonly cache: ResponseCache;

  constructor(
    objects: readonly KubernetesObject[],
    private readonly world: World,
  ) {
    this.cluster = new Cluster(objects);
    const route = this.cluster.all("AIGatewayRoute")[0];
    this.gateway = this.cluster.get("Gateway", route.spec.parentRefs[0].name, route.metadata.namespace);
    this.limiter = new Limiter(world.proxies ?? 1);
    this.inner = new InnerGateway(this.cluster, world);
    this.cache = new ResponseCache(this.cluster, this.gateway, route, world.caches ?? {});
  }

  send(request: Request, conditions: Conditions): Outcome {
    const headers = this.enter(request);
    const found = this.route(headers);
    // Envoy signs in with the policy of whatever route matches first, so all must be alike.
    const signedIn = this.signIn(request, headers);
    if (!signedIn) {
      return refused(401);
    }
    if (found === undefined) {
      // Each route of the AI gateway ends with a rule for all that is left, under the policy of its class.
      return refused(this.authorized(this.cluster.all("AIGatewayRoute")[0], request, headers) ? 404 : 403);
    }
    const { route, rule, index } = found;
    const authorized = this.authorized(route, request, headers);
    const seen = { headers, prompt: request.prompt, now: conditions.now ?? 0 };
    const kept = this.cache.find(seen, authorized);
    const answered: Outcome | undefined = kept && { ...refused(200, route.metadata.name), kept };
    if (answered && !this.cache.afterAuthorization) {
      return answered;
    }
    if (!authorized) {
      return refused(403, route.metadata.name);
    }
    const traffic = this.policyOf(route);
    const meters = traffic
      ? this.limiter.meters(
          traffic,
          `${route.metadata.name}/${index}`,
          conditions.proxy ?? 0,
          headers,
          conditions.now ?? 0,
        )
      : [];
    if (answered && !this.cache.afterLimits) {
      return answered;
    }
    if (!this.limiter.admit(meters)) {
      return refused(429, route.metadata.name);
    }
    if (answered) {
      return answered;
    }
    const outcome = this.attempt(request, headers, route, rule, traffic, conditions);
    if (outcome.status === 200) {
      this.limiter.charge(meters, costsOf(route, request.tokens ?? { input: 1000, output: 200 }));
      this.cache.keep(seen, authorized, String(request.token?.claims.tenant));
    }
    return { ...outcome, route: route.metadata.name };
  }

  /** Headers after those were thrown away that clients may not send, and the model was read from the body. */
  private enter(request: Request): Record<string, string> {
    const target = { kind: "Gateway", ...this.gateway.metadata };
    const removed = this.cluster
      .policies("ClientTrafficPolicy", target)
      .flatMap(({ spec }) => spec.headers?.earlyRequestHeaders?.remove ?? [])
      .map((name: string) => name.toLowerCase());
    const sent = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    const kept = Object.fromEntries(sent.filter(([name]) => !removed.includes(name)));
    return {
      ...kept,
      ...(request.token && { authorization: CLIENTS_CREDENTIALS }),
      [MODEL]: request.model,
    };
  }

  private securityOf(route: KubernetesObject): KubernetesObject | undefined {
    return this.cluster.policies("SecurityPolicy", { kind: "HTTPRoute", ...route.metadata })[0]?.spec;
  }

  private policyOf(route: KubernetesObject): KubernetesObject | undefined {
    return this.cluster.policies("BackendTrafficPolicy", { kind: "HTTPRoute", ...route.metadata })[0];
  }

  /** Puts proven headers in; false if the identity is not proven to the first route's policy. */
  private signIn(request: Request, headers: Record<string, string>): boolean {
    const spec = this.securityOf(this.cluster.all("AIGatewayRoute")[0]);
    if (spec?.jwt) {
      const [provider] = spec.jwt.providers;
      const audience = request.token?.claims.aud;
      if (
        !request.token ||
        request.token.claims.iss !== provider.issuer ||
        !provider.audiences.includes(audience)
      ) {
        return false;
      }
      for (const { claim, header } of provider.claimToHeaders ?? []) {
        const value = request.token.claims[claim];
        if (typeof value === "string") {
          headers[header] = value;
        }
      }
    }
    if (spec?.apiKeyAuth) {
      if (request.keyOf === undefined) {
        return false;
      }
      if (!spec.apiKeyAuth.sanitize) {
        headers[spec.apiKeyAuth.extractFrom[0].headers[0]] = CLIENTS_CREDENTIALS;
      }
      headers[spec.apiKeyAuth.forwardClientIDHeader] = request.keyOf;
    }
    return true;
  }

  private authorized(
    route: KubernetesObject,
    request: Request,
    headers: Readonly<Record<string, string>>,
  ): boolean {
    const spec = this.securityOf(route);
    const authorization = spec?.authorization;
    if (!authorization) {
      return true;
    }
    for (const { action, principal } of authorization.rules ?? []) {
      const claims = (principal.jwt?.claims ?? []).every(({ name, valueType, values }: KubernetesObject) => {
        const held = request.token?.claims[name];
        return valueType === "StringArray"
          ? Array.isArray(held) && held.some((value) => values.includes(value))
          : typeof held === "string" && values.includes(held);
      });
      const given = (principal.headers ?? []).every(({ name, values }: KubernetesObject) =>
        values.includes(headers[name]),
      );
      if (claims && given) {
        return action === "Allow";
      }
    }
    return authorization.defaultAction === "Allow";
  }

  /** The rule with most matching headers, as the Gateway API says. */
  private route(headers: Readonly<Record<string, string>>) {
    let best: { route: KubernetesObject; rule: KubernetesObject; index: number; count: number } | undefined;
    for (const route of this.cluster.all("AIGatewayRoute")) {
      for (const [index, rule] of route.spec.rules.entries()) {
        for (const match of rule.matches ?? []) {
          const count = match.headers.length as number;
          const matches = match.headers.every(({ name, type, value }: KubernetesObject) => {
            const given = headers[name.toLowerCase()];
            return type === "RegularExpression"
              ? given !== undefined && new RegExp(`^(?:${value})$`).test(given)
              : given === value;
          });
          if (matches && (best === undefined || count > best.count)) {
            best = { route, rule, index, count };
          }
        }
      }
    }
    return best;
  }

  private attempt(
    request: Request,
    headers: Readonly<Record<string, string>>,
    route: KubernetesObject,
    rule: KubernetesObject,
    traffic: KubernetesObject | undefined,
    conditions: Conditions,
  ): Outcome {
    const refs: readonly Ref[] = rule.backendRefs.map((reference: KubernetesObject) =>
      this.resolve(reference, route),
    );
    const retry = traffic?.spec.retry;
    const attempts = 1 + ((retry?.numRetries as number | undefined) ?? 2);
    const priorities = new Priorities(retry?.numAttemptsPerPriority as number | undefined);
    const calls: Call[] = [];
    const copies: Copy[] = [];
    let load = 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const hosts = refs.map((ref) => ({
        ref,
        priority: (ref.reference.priority as number | undefined) ?? 0,
        ejected: conditions.ejected?.(ref.host) ?? false,
      }));
      const usable = priorities.next(hosts, conditions.priority?.() ?? 0);
      const { ref } = byWeight(usable, (host) => host.ref.reference.weight, conditions);
      const made = this.call(request, headers, ref, conditions);
      calls.push(...made.calls);
      copies.push(...made.copies);
      load += made.load;
      if (made.ok) {
        return { status: 200, calls, copies, load, answeredBy: calls.at(-1)?.target };
      }
    }
    return { status: 503, calls, copies, load };
  }

  private resolve(reference: KubernetesObject, route: KubernetesObject): Ref {
    const namespace = reference.namespace ?? route.metadata.namespace;
    const service = this.cluster.get("AIServiceBackend", reference.name, namespace);
    const backend = this.cluster.get("Backend", service.spec.backendRef.name, namespace);
    return { reference, service, host: backend.spec.endpoints[0].fqdn.hostname };
  }

  /** Headers by which the gateway itself signs in, put in after all others were set and removed. */
  private keysFor({ service }: Ref): Record<string, string> {
    const [policy] = this.cluster.policies("BackendSecurityPolicy", {
      kind: "AIServiceBackend",
      ...service.metadata,
    });
    if (policy === undefined) {
      return {};
    }
    const header = KEY_HEADERS[policy.spec.type as string] ?? "authorization";
    return { [header]: `key of ${service.metadata.name}` };
  }

  private call(
    request: Request,
    headers: Readonly<Record<string, string>>,
    ref: Ref,
    conditions: Conditions,
  ): Made {
    const sent: Record<string, string> = { ...headers };
    for (const mutation of [ref.service.spec.headerMutation, ref.reference.headerMutation]) {
      for (const name of mutation?.remove ?? []) {
        delete sent[name];
      }
      for (const { name, value } of mutation?.set ?? []) {
        sent[name] = value;
      }
    }
    Object.assign(sent, this.keysFor(ref));
    const model = ref.reference.modelNameOverride ?? request.model;
    const inner = this.inner.at(ref.host);
    if (inner) {
      return this.inner.call(inner, sent, model, conditions);
    }
    const ok = !conditions.fails(ref.host);
    const call: Call = {
      target: ref.host,
      countries: countriesOf(this.world, ref.host, sent),
      headers: sent,
      model,
    };
    return { ok, calls: [call], copies: [], load: this.world.callsBehind?.[ref.host] ?? 1 };
  }
}
