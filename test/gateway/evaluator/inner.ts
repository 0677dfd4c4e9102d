import type { Cluster, KubernetesObject } from "./objects";
import {
  byWeight,
  type Call,
  type Conditions,
  type Copy,
  countriesOf,
  type Made,
  targetOf,
  type World,
} from "./world";

/**
 * A gateway inside the cluster, as Envoy Gateway makes it of HTTPRoutes: backends by weight, retries, and copies. Envoy copies
 * each attempt by itself when it is sent, and reads no answer of a copy
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter, read 2026-11).
 */
export class InnerGateway {
  constructor(
    private readonly cluster: Cluster,
    private readonly world: World,
  ) {}

  /** The gateway of the cluster that has this address, if one has. */
  at(host: string): KubernetesObject | undefined {
    return this.cluster.all("Gateway").find((gateway) => {
      const { name } = gateway.spec.infrastructure.parametersRef;
      const proxy = this.cluster.get("EnvoyProxy", name, gateway.metadata.namespace);
      const service = proxy.spec.provider.kubernetes.envoyService.name;
      return service !== undefined && host.startsWith(`${service}.`) && host.endsWith(".svc.cluster.local");
    });
  }

  call(
    gateway: KubernetesObject,
    headers: Record<string, string>,
    model: string,
    conditions: Conditions,
  ): Made {
    const route = this.routeOf(gateway, headers);
    if (route === undefined) {
      return { ok: false, calls: [], copies: [], load: 0 };
    }
    const [policy] = this.cluster.policies("BackendTrafficPolicy", { kind: "HTTPRoute", ...route.metadata });
    const attempts = 1 + ((policy?.spec.retry?.numRetries as number | undefined) ?? 2);
    const calls: Call[] = [];
    const copies: Copy[] = [];
    for (let attempt = 0; attempt < attempts; attempt++) {
      const sent = { headers, model };
      const target = this.chosen(route, conditions);
      calls.push({ target, countries: [this.world.clusterCountry], ...sent });
      copies.push(
        ...this.copiesOf(route, headers, conditions).map((copy) => ({ of: target, ...copy, ...sent })),
      );
      if (!conditions.fails(target)) {
        return { ok: true, calls, copies, load: calls.length };
      }
    }
    return { ok: false, calls, copies, load: calls.length };
  }

  private routeOf(gateway: KubernetesObject, headers: Readonly<Record<string, string>>) {
    return this.cluster.all("HTTPRoute").find(({ spec }) => {
      const attached = spec.parentRefs.some(
        (parent: KubernetesObject) =>
          parent.name === gateway.metadata.name && parent.namespace === gateway.metadata.namespace,
      );
      return (
        attached &&
        spec.rules[0].matches[0].headers.every(({ name, value }: KubernetesObject) => headers[name] === value)
      );
    });
  }

  private chosen(route: KubernetesObject, conditions: Conditions): string {
    const references: readonly KubernetesObject[] = route.spec.rules[0].backendRefs;
    const reference = byWeight(references, (each) => each.weight, conditions);
    const kind = reference.kind === "InferencePool" ? "pool" : "service";
    return `${kind}:${reference.namespace ?? route.metadata.namespace}/${reference.name}`;
  }

  private copiesOf(
    route: KubernetesObject,
    headers: Readonly<Record<string, string>>,
    conditions: Conditions,
  ) {
    const filters: readonly KubernetesObject[] = route.spec.rules[0].filters ?? [];
    return filters
      .filter(({ type }) => type === "RequestMirror")
      .flatMap(({ requestMirror }) => {
        const { backendRef, percent = 100 } = requestMirror;
        if ((conditions.copied?.() ?? 0) * 100 >= percent) {
          return [];
        }
        const namespace = backendRef.namespace ?? route.metadata.namespace;
        const host = this.hostOf(backendRef, namespace);
        return [{ target: targetOf(host), countries: countriesOf(this.world, host, headers) }];
      });
  }

  /** Envoy Gateway 1.8 takes Services and Backends here, and nothing else. */
  private hostOf({ kind = "Service", name }: KubernetesObject, namespace: string): string {
    if (kind === "Service") {
      return `${name}.${namespace}.svc.cluster.local`;
    }
    if (kind !== "Backend") {
      throw new Error(`Envoy Gateway copies nothing to ${kind}`);
    }
    return this.cluster.get("Backend", name, namespace).spec.endpoints[0].fqdn.hostname as string;
  }
}
