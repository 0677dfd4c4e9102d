import type { EndpointAccess } from "../../../lib/serving/serving";
import { Template } from "../../../lib/testing";
import { access, POOL, routes, SERVICE, shadow } from "../fixture";
import { type Any, gateway, kubernetesStack, named, objects } from "./support";

const backend = (given: Partial<EndpointAccess> = {}) =>
  ({ name: "own", kind: "endpoint", access: access({ shadows: [shadow()], ...given }) }) as const;
const service = SERVICE.kind === "endpoint" ? SERVICE.access.reach : undefined;
const CLASSES = [routes("chat", ["own"])];
const made = (given: Partial<EndpointAccess> = {}) =>
  objects({ backends: [backend(given)], classes: CLASSES });

describe("a variant with a shadow", () => {
  test("has a route that copies its share to the shadow's Service, by an address in the route's namespace", () => {
    const all = made();
    const route = named(all, "HTTPRoute")["acme-pool-own"];
    expect(route.spec.rules).toHaveLength(1);
    expect(route.spec.rules[0]).toMatchObject({
      filters: [
        {
          type: "RequestMirror",
          requestMirror: {
            backendRef: { group: "gateway.envoyproxy.io", kind: "Backend", name: "acme-shadow-own-next" },
            percent: 10,
          },
        },
      ],
      backendRefs: [{ kind: "InferencePool", name: "assistant-full" }],
    });
    const address = named(all, "Backend")["acme-shadow-own-next"];
    expect(address.metadata.namespace).toBe(route.metadata.namespace);
    expect(address.spec).toEqual({
      endpoints: [{ fqdn: { hostname: "assistant-next.models.svc.cluster.local", port: 8000 } }],
    });
  });

  test("differs from one without in nothing else", () => {
    const plain = objects({ backends: [POOL], classes: CLASSES });
    const rest = made()
      .filter(({ metadata }) => metadata.name !== "acme-shadow-own-next")
      .map((object) => {
        const copy = JSON.parse(JSON.stringify(object)) as Any;
        if (copy.metadata.name === "acme-pool-own" && copy.kind === "HTTPRoute") {
          delete copy.spec.rules[0].filters;
        }
        return copy;
      });
    expect(rest).toEqual(JSON.parse(JSON.stringify(plain)));
  });

  test("may have several shadows, each with its own share", () => {
    const shadows = [shadow(), shadow({ variant: "int8", percent: 1 })];
    const { filters } = named(made({ shadows }), "HTTPRoute")["acme-pool-own"].spec.rules[0];
    expect(
      filters.map(({ requestMirror: { backendRef, percent } }: Any) => [backendRef.name, percent]),
    ).toEqual([
      ["acme-shadow-own-next", 10],
      ["acme-shadow-own-int8", 1],
    ]);
  });

  test("that is a Service stands behind the inner gateway too, because the AI gateway's routes copy nothing", () => {
    const all = made({ reach: service });
    const route = named(all, "HTTPRoute")["acme-pool-own"];
    const key = "service/models/assistant-small";
    expect(route.spec.rules[0]).toMatchObject({
      matches: [{ headers: [{ type: "Exact", name: "x-inference-pool", value: key }] }],
      filters: [{ type: "RequestMirror" }],
      backendRefs: [{ kind: "Service", name: "assistant-small", port: 8000 }],
    });
    const { spec } = named(all, "AIServiceBackend")["acme-backend-own"];
    expect(spec.headerMutation.set).toEqual([{ name: "x-inference-pool", value: key }]);
    expect(named(all, "Backend")["acme-backend-own"].spec.endpoints[0].fqdn.hostname).toMatch(
      /^acme-pools\./,
    );
    expect(Object.keys(named(all, "InferenceObjective"))).toEqual([]);
  });

  test("that is a Service without shadows is reached as before, with no inner gateway", () => {
    const all = made({ reach: service, shadows: [] });
    expect(Object.keys(named(all, "Gateway"))).toEqual(["acme-gateway"]);
    expect(named(all, "Backend")["acme-backend-own"].spec.endpoints[0].fqdn.hostname).toBe(
      "assistant-small.models.svc.cluster.local",
    );
  });
});

describe("the network of copies", () => {
  test("is open from the inner proxies to the namespaces of shadows, and to nothing outside the cluster", () => {
    const stack = kubernetesStack();
    const elsewhere = shadow({ service: { namespace: "trials", name: "assistant-next", port: 8000 } });
    gateway({ backends: [backend({ shadows: [elsewhere] })], classes: CLASSES }, stack);
    const policies = Object.values(Template.of(stack).resources("kubernetes_network_policy_v1")) as Any[];
    const inner = policies.find(({ metadata }) => metadata.name === "acme-pools")!;
    const namespaces = inner.spec.egress.flatMap(({ to = [] }: Any) =>
      to.flatMap(({ namespace_selector }: Any) =>
        namespace_selector ? [namespace_selector.match_labels["kubernetes.io/metadata.name"]] : [],
      ),
    );
    expect(namespaces).toEqual(["models", "trials"]);
    expect(JSON.stringify(inner.spec.egress)).not.toContain("ip_block");
  });
});
