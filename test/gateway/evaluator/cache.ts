import type { Cluster, KubernetesObject } from "./objects";

const EXT_PROC = "envoy.filters.http.ext_proc";
const RBAC = "envoy.filters.http.rbac";
/** Envoy Gateway's own order of what matters here. */
const BY_ITSELF = [EXT_PROC, RBAC, "envoy.filters.http.local_ratelimit", "envoy.filters.http.ratelimit"];

/** What the program behind an address does; its configuration is what the gateway wrote for it. */
export interface CacheProgram {
  readonly config: { readonly classes: Readonly<Record<string, { readonly ttlSeconds: number }>> };
  /** A worse program, that does not ask whether the request was authorized. @default false */
  readonly credulous?: boolean;
}

/** An answer in the store, and whose it really is. */
export interface KeptAnswer {
  readonly tenant: string;
  readonly className: string;
  /** Where the program and its store are. */
  readonly countries: readonly string[];
  readonly ends: number;
}

/** A request as the program sees it. */
export interface Seen {
  readonly headers: Readonly<Record<string, string>>;
  /** @default - its answer may not be kept */
  readonly prompt?: string;
  readonly now: number;
}

/**
 * A cache in front of backends, as far as the objects put one there: the policy of the route that matches first decides
 * whether Envoy asks it, and the order of filters what was decided before.
 */
export class ResponseCache {
  /** After which of Envoy's steps requests come by. */
  readonly afterAuthorization: boolean;
  readonly afterLimits: boolean;
  private readonly program?: CacheProgram;
  private readonly countries: readonly string[];
  private readonly told: boolean;
  private readonly kept = new Map<string, KeptAnswer>();

  constructor(
    cluster: Cluster,
    gateway: KubernetesObject,
    firstRoute: KubernetesObject,
    programs: Readonly<Record<string, CacheProgram>>,
  ) {
    const order = orderOf(cluster, gateway);
    const place = order.indexOf(EXT_PROC);
    this.afterAuthorization = place > order.indexOf(RBAC);
    this.afterLimits = place === order.length - 1;
    const [policy] = cluster.policies("EnvoyExtensionPolicy", { kind: "HTTPRoute", ...firstRoute.metadata });
    const found = (policy?.spec.extProc ?? [])
      .map((processor: KubernetesObject) => {
        const [reference] = processor.backendRefs;
        const backend = cluster.get("Backend", reference.name, policy.metadata.namespace);
        return { processor, backend, program: programs[backend.spec.endpoints[0].fqdn.hostname] };
      })
      .find(({ program }: { program?: CacheProgram }) => program !== undefined);
    this.program = found?.program;
    this.countries = found?.backend.metadata.annotations["hybrid-ai.dev/processes-in"].split(",") ?? [];
    this.told = (found?.processor.metadata?.accessibleNamespaces ?? []).includes(RBAC);
  }

  find(seen: Seen, authorized: boolean): KeptAnswer | undefined {
    const key = this.keyOf(seen, authorized);
    const answer = key === undefined ? undefined : this.kept.get(key);
    return answer !== undefined && seen.now < answer.ends ? answer : undefined;
  }

  /** @param tenant who really asked, whatever the headers say */
  keep(seen: Seen, authorized: boolean, tenant: string): void {
    const key = this.keyOf(seen, authorized);
    if (key !== undefined) {
      const className = seen.headers["x-traffic-class"]!;
      const ends = seen.now + this.program!.config.classes[className]!.ttlSeconds;
      this.kept.set(key, { tenant, className, countries: this.countries, ends });
    }
  }

  private keyOf({ headers, prompt }: Seen, authorized: boolean): string | undefined {
    const { program } = this;
    const className = headers["x-traffic-class"] ?? "";
    const tenant = headers["x-tenant"];
    const proven = this.told && this.afterAuthorization && authorized;
    if (
      prompt === undefined ||
      program === undefined ||
      !Object.hasOwn(program.config.classes, className) ||
      !tenant ||
      !(proven || program.credulous)
    ) {
      return undefined;
    }
    return JSON.stringify([tenant, className, prompt, headers["x-ai-eg-model"]]);
  }
}

function orderOf(cluster: Cluster, gateway: KubernetesObject): readonly string[] {
  const { name } = gateway.spec.infrastructure.parametersRef;
  const proxy = cluster.get("EnvoyProxy", name, gateway.metadata.namespace);
  let order = BY_ITSELF;
  for (const move of proxy.spec.filterOrder ?? []) {
    if (!order.includes(move.name) || !order.includes(move.after)) {
      throw new Error(`the evaluator does not know ${move.name} or ${move.after}`);
    }
    const rest = order.filter((filter) => filter !== move.name);
    order = rest.flatMap((filter) => (filter === move.after ? [filter, move.name] : [filter]));
  }
  return order;
}
