import { conditionsOf } from "../../tools/envoy-gateway/conditions";
import { type KubernetesObject, resourcesOf } from "../../tools/envoy-gateway/resources";
import { access, POOL, routes, shadow } from "../gateway/fixture";
import { named, objects } from "../gateway/kubernetes/support";

const CERTIFICATE = { certificate: "certificate", key: "key" };
const found = (emitted: readonly KubernetesObject[], kind: string) =>
  named(resourcesOf(emitted, CERTIFICATE), kind);

describe("what is given to Envoy Gateway's translation", () => {
  const hybrid = objects();

  test("has an HTTPRoute for each class, to the same backends by the same headers, and what finds no model is answered", () => {
    const route = found(hybrid, "HTTPRoute")["acme-chat"];
    const given = named(hybrid, "AIGatewayRoute")["acme-chat"];
    expect(route.spec.parentRefs).toEqual(given.spec.parentRefs);
    const [models, missing] = route.spec.rules;
    expect(models.matches).toEqual([
      { headers: given.spec.rules[0].matches[0].headers, path: { type: "PathPrefix", value: "/" } },
    ]);
    expect(
      models.backendRefs.map(({ kind, name, weight }: KubernetesObject) => [kind, name, weight]),
    ).toEqual([
      ["Backend", "acme-backend-own", 100],
      ["Backend", "acme-backend-cloud", 70],
      ["Backend", "acme-backend-oslo", 30],
      ["Backend", "acme-backend-openai", 100],
    ]);
    expect(models.timeouts).toEqual(given.spec.rules[0].timeouts);
    const filters = found(hybrid, "HTTPRouteFilter");
    expect(filters[missing.filters[0].extensionRef.name].spec.directResponse.statusCode).toBe(404);
  });

  test("has Services in the place of pools, and keeps filters", () => {
    const shadowed = { name: "own", kind: "endpoint", access: access({ shadows: [shadow()] }) } as const;
    const emitted = objects({ backends: [shadowed], classes: [routes("chat", ["own"])] });
    const [rule] = found(emitted, "HTTPRoute")["acme-pool-own"].spec.rules;
    expect(rule.backendRefs).toEqual([{ kind: "Service", name: "assistant-full", port: 8000 }]);
    expect(rule.filters).toHaveLength(1);
    expect(Object.keys(found(emitted, "Service"))).toEqual(["assistant-full"]);
  });

  test("has the Secrets and namespaces that are made elsewhere, and nothing of other groups", () => {
    expect(Object.keys(found(hybrid, "Secret")).sort()).toEqual(["acme-gateway-tls", "acme-pools-tls"]);
    expect(Object.keys(found(hybrid, "Namespace")).sort()).toEqual(["acme-gateway", "models"]);
    const keys = objects({
      authentication: { kind: "api-key", secrets: ["tenants"] },
      backends: [POOL],
      classes: [routes("chat", ["own"], { tenants: ["app"] })],
    });
    expect(found(keys, "Secret").tenants.type).toBe("Opaque");
    const groups = resourcesOf(hybrid, CERTIFICATE).map(({ apiVersion }) => apiVersion.split("/")[0]);
    expect([...new Set(groups)].sort()).toEqual(["gateway.envoyproxy.io", "gateway.networking.k8s.io", "v1"]);
  });

  test("is nothing where there is no gateway", () => {
    expect(
      resourcesOf([{ apiVersion: "v1", kind: "Service", metadata: { name: "x" } }], CERTIFICATE),
    ).toEqual([]);
  });
});

test("what the translation says of objects is found at whatever depth", () => {
  const condition = { type: "Accepted", status: "False", message: "no", reason: "No" };
  const printed = {
    gatewayClass: { metadata: { name: "class" }, status: { conditions: [condition] } },
    httpRoutes: [{ metadata: { name: "route" }, status: { parents: [{ conditions: [condition] }] } }],
    backends: [{ metadata: { name: "silent" } }],
    xds: { other: { status: { conditions: [condition] } } },
  };
  const said = { type: "Accepted", status: "False", message: "no" };
  expect(conditionsOf(printed)).toEqual([
    { object: "gatewayClass/class", ...said },
    { object: "httpRoutes/route", ...said },
  ]);
});
