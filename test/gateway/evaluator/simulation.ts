import { type CacheProgram, type KeptAnswer, ResponseCache } from "./cache";
import { costsOf, Limiter } from "./limits";
import { Cluster, type KubernetesObject } from "./objects";

const MODEL = "x-ai-eg-model";

/** What a test knows of the world outside the objects. */
export interface World {
  /** Where a host outside the cluster works on requests. */
  readonly countries: Readonly<Record<string, readonly string[]>>;
  readonly clusterCountry: string;
  /** Calls that one request to a host becomes there. @default - 1 */
  readonly callsBehind?: Readonly<Record<string, number>>;
  /** @default 1 */
  readonly proxies?: number;
  /** Programs that keep answers, by host. @default - none runs */
  readonly caches?: Readonly<Record<string, CacheProgram>>;
}

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

/** One call to something that answers prompts. */
export interface Call {
  /** `pool:ns/name`, or a host. */
  readonly target: string;
  readonly countries: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
}

export interface Outcome {
  readonly status: number;
  readonly route?: string;
  readonly calls: readonly Call[];
  /** Of all calls, those behind other gateways included. */
  readonly load: number;
  /** If the cache answered. */
  readonly kept?: KeptAnswer;
}

/** How the world behaves during one request. */
export interface Conditions {
  /** Whether a call fails. Asked once per call. */
  readonly fails: (target: string) => boolean;
  /** Targets that health checks have put aside. */
  readonly ejected?: (target: string) => boolean;
  /** From 0 to below 1: chooses by weight. */
  readonly pick?: () => number;
  /** Seconds. */
  readonly now?: number;
  readonly proxy?: number;
}

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
  private readonly cache: ResponseCache;

  constructor(
    objects: readonly KubernetesObject[],
    private readonly world: World,
  ) {
    this.cluster = new Cluster(objects);
    const route = this.cluster.all("AIGatewayRoute")[0];
    this.gateway = this.cluster.get("Gateway", route.spec.parentRefs[0].name, route.metadata.namespace);
    this.limiter = new Limiter(world.proxies ?? 1);
    this.cache = new ResponseCache(this.cluster, this.gateway, route, world.caches ?? {});
  }

  send(request: Request, conditions: Conditions): Outcome {
    const headers = this.enter(request);
    const found = this.route(headers);
    // Envoy signs in with the policy of whatever route matches first, so all must be alike.
    const signedIn = this.signIn(request, headers);
    if (!signedIn) {
      return { status: 401, calls: [], load: 0 };
    }
    if (found === undefined) {
      return { status: 404, calls: [], load: 0 };
    }
    const { route, rule, index } = found;
    const authorized = this.authorized(route, request, headers);
    const seen = { headers, prompt: request.prompt, now: conditions.now ?? 0 };
    const kept = this.cache.find(seen, authorized);
    const answered: Outcome | undefined = kept && { status: 200, calls: [], load: 0, kept };
    if (answered && !this.cache.afterAuthorization) {
      return answered;
    }
    if (!authorized) {
      return { status: 403, route: route.metadata.name, calls: [], load: 0 };
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
      return { status: 429, route: route.metadata.name, calls: [], load: 0 };
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
    return { ...kept, [MODEL]: request.model };
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
    const perPriority = (retry?.numAttemptsPerPriority as number | undefined) ?? Number.POSITIVE_INFINITY;
    const tried = new Map<number, number>();
    const calls: Call[] = [];
    let load = 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const ref = this.choose(refs, tried, perPriority, conditions);
      const priority = (ref.reference.priority as number | undefined) ?? 0;
      tried.set(priority, (tried.get(priority) ?? 0) + 1);
      const made = this.call(request, headers, ref, conditions);
      calls.push(...made.calls);
      load += made.load;
      if (made.ok) {
        return { status: 200, calls, load };
      }
    }
    return { status: 503, calls, load };
  }

  /** Lowest priority that is healthy and was not tried often enough; once all were, from the start. */
  private choose(
    refs: readonly Ref[],
    tried: ReadonlyMap<number, number>,
    perPriority: number,
    conditions: Conditions,
  ): Ref {
    const priorityOf = (ref: Ref) => (ref.reference.priority as number | undefined) ?? 0;
    const priorities = [...new Set(refs.map(priorityOf))].sort((a, b) => a - b);
    const open = priorities.filter((priority) => (tried.get(priority) ?? 0) < perPriority);
    const left = open.length > 0 ? open : priorities;
    const healthy = left.filter((priority) =>
      refs.some((ref) => priorityOf(ref) === priority && !conditions.ejected?.(ref.host)),
    );
    const priority = (healthy.length > 0 ? healthy : left)[0]!;
    const candidates = refs.filter((ref) => priorityOf(ref) === priority);
    const total = candidates.reduce((sum, ref) => sum + (ref.reference.weight ?? 1), 0);
    const point = (conditions.pick?.() ?? 0) * total;
    let passed = 0;
    for (const ref of candidates) {
      passed += ref.reference.weight ?? 1;
      if (point < passed) {
        return ref;
      }
    }
    return candidates[0]!;
  }

  private resolve(reference: KubernetesObject, route: KubernetesObject): Ref {
    const namespace = reference.namespace ?? route.metadata.namespace;
    const service = this.cluster.get("AIServiceBackend", reference.name, namespace);
    const backend = this.cluster.get("Backend", service.spec.backendRef.name, namespace);
    return { reference, service, host: backend.spec.endpoints[0].fqdn.hostname };
  }

  private call(
    request: Request,
    headers: Readonly<Record<string, string>>,
    ref: Ref,
    conditions: Conditions,
  ) {
    const sent: Record<string, string> = { ...headers };
    for (const mutation of [ref.service.spec.headerMutation, ref.reference.headerMutation]) {
      for (const name of mutation?.remove ?? []) {
        delete sent[name];
      }
      for (const { name, value } of mutation?.set ?? []) {
        sent[name] = value;
      }
    }
    const model = ref.reference.modelNameOverride ?? request.model;
    const inner = this.innerGateway(ref.host);
    if (inner) {
      return this.callPool(inner, sent, model, conditions);
    }
    const countries = this.countriesOf(ref.host);
    const ok = !conditions.fails(ref.host);
    const call: Call = { target: ref.host, countries, headers: sent, model };
    return { ok, calls: [call], load: this.world.callsBehind?.[ref.host] ?? 1 };
  }

  /** The gateway of the cluster that has this address, if one has. */
  private innerGateway(host: string): KubernetesObject | undefined {
    return this.cluster.all("Gateway").find((gateway) => {
      const { name } = gateway.spec.infrastructure.parametersRef;
      const proxy = this.cluster.get("EnvoyProxy", name, gateway.metadata.namespace);
      const service = proxy.spec.provider.kubernetes.envoyService.name;
      return service !== undefined && host.startsWith(`${service}.`) && host.endsWith(".svc.cluster.local");
    });
  }

  private callPool(
    gateway: KubernetesObject,
    headers: Record<string, string>,
    model: string,
    conditions: Conditions,
  ) {
    const route = this.cluster.all("HTTPRoute").find(({ spec }) => {
      const attached = spec.parentRefs.some(
        (parent: KubernetesObject) =>
          parent.name === gateway.metadata.name && parent.namespace === gateway.metadata.namespace,
      );
      return (
        attached &&
        spec.rules[0].matches[0].headers.every(({ name, value }: KubernetesObject) => headers[name] === value)
      );
    });
    if (route === undefined) {
      return { ok: false, calls: [], load: 0 };
    }
    const [reference] = route.spec.rules[0].backendRefs;
    const target = `pool:${reference.namespace ?? route.metadata.namespace}/${reference.name}`;
    const attempts = 1 + ((this.policyOf(route)?.spec.retry?.numRetries as number | undefined) ?? 2);
    const calls: Call[] = [];
    for (let attempt = 0; attempt < attempts; attempt++) {
      calls.push({ target, countries: [this.world.clusterCountry], headers, model });
      if (!conditions.fails(target)) {
        return { ok: true, calls, load: calls.length };
      }
    }
    return { ok: false, calls, load: calls.length };
  }

  private countriesOf(host: string): readonly string[] {
    if (host.endsWith(".svc.cluster.local")) {
      return [this.world.clusterCountry];
    }
    const known = this.world.countries[host];
    if (known === undefined) {
      throw new Error(`the test does not know where ${host} is`);
    }
    return known;
  }
}
