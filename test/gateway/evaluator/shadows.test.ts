import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { access, CLOUD, routes, shadow } from "../fixture";
import { objects } from "../kubernetes/support";
import { damagedCopy, type KubernetesObject } from "./objects";
import { type Promised, tokenOf, violations } from "./properties";
import { Simulation } from "./simulation";

const EU = ["DE", "IE"];
const POOL = "pool:models/assistant-full";
const SERVICE = "service:models/assistant-small";
const NEXT = "service:models/assistant-next";

/** The fixture's hosts and shadows, written down a second time. */
const PROMISED: Promised = {
  world: {
    clusterCountry: "DE",
    countries: { "llm.ireland.example.com": ["IE"], "evil.example.com": ["US"] },
  },
  classes: { premium: EU, chat: undefined },
  models: ["llama"],
  amplification: 3,
  shadows: { [POOL]: [NEXT], [SERVICE]: [NEXT] },
  issuer: "https://login.example.com",
  audience: "ai",
};

const small = { kind: "service", namespace: "models", name: "assistant-small", port: 8000 } as const;
const props = (shadows: readonly ReturnType<typeof shadow>[]): Partial<KubernetesAiGatewayProps> => ({
  backends: [
    { name: "own", kind: "endpoint", access: access({ shadows }) },
    { name: "small", kind: "endpoint", access: access({ variant: "small", reach: small, shadows }) },
    CLOUD,
  ],
  classes: [
    routes("premium", ["own", "small", "cloud"]),
    routes("chat", ["own", "small"], { tokensPerTenant: { limit: 100_000, per: "hour" } }),
  ],
});
const emitted = objects(props([shadow()]));
const plain = objects(props([]));

const chat = {
  model: "llama",
  headers: { "x-traffic-class": "chat" },
  token: tokenOf(PROMISED, "app", ["chat"]),
};

const damaged = (kind: string, name: string, damage: (object: KubernetesObject) => void) =>
  damagedCopy(emitted, kind, name, damage);

/** Of so many calls that succeed at once, the share that was copied: draws are spread evenly. */
function copiedPercent(of: readonly KubernetesObject[], runs = 1000): number {
  const simulation = new Simulation(of, PROMISED.world);
  let copies = 0;
  for (let index = 0; index < runs; index++) {
    const request = { ...chat, token: tokenOf(PROMISED, `tenant-${index}`, ["chat"]) };
    const conditions = { fails: () => false, copied: () => index / runs, now: index * 60 };
    copies += simulation.send(request, conditions).copies.length;
  }
  return (copies / runs) * 100;
}

describe("copies of requests to shadows", () => {
  test("go to the declared shadow alone, in the cluster, once of each attempt at most; whatever fails, whatever clients send", () => {
    expect(violations(emitted, PROMISED, 2000)).toEqual([]);
  });

  test("are made: of a pool and of a Service, with the model's name and the same headers", () => {
    const { calls, copies, answeredBy } = new Simulation(emitted, PROMISED.world).send(chat, {
      fails: (target) => target === POOL,
    });
    expect(copies.map(({ of, target, model }) => [of, target, model])).toEqual([
      [POOL, NEXT, "llama"],
      [SERVICE, NEXT, "llama"],
    ]);
    expect(copies.map(({ headers }) => headers)).toEqual(calls.map(({ headers }) => headers));
    expect(answeredBy).toBe(SERVICE);
  });

  test("are as large a share of the attempts as stated", () => {
    expect(copiedPercent(emitted)).toBe(10);
    expect(copiedPercent(objects(props([shadow({ percent: 100 })])))).toBe(100);
    expect(copiedPercent(plain)).toBe(0);
  });

  test("change neither what clients get nor what counts as load", () => {
    const outcome = (of: readonly KubernetesObject[]) => {
      const { status, load, calls, answeredBy } = new Simulation(of, PROMISED.world).send(chat, {
        fails: (target) => target === POOL,
      });
      return { status, load, calls: calls.length, answers: answeredBy?.includes("assistant-small") };
    };
    expect(outcome(emitted)).toEqual({ status: 200, load: 2, calls: 2, answers: true });
    expect(outcome(plain)).toEqual(outcome(emitted));
  });

  test("cost a tenant nothing: a quota ends at the same request", () => {
    const answered = (of: readonly KubernetesObject[]) => {
      const simulation = new Simulation(of, PROMISED.world);
      return Array.from(
        { length: 200 },
        () =>
          simulation.send({ ...chat, tokens: { input: 900, output: 100 } }, { fails: () => false }).status,
      ).filter((status) => status === 200).length;
    };
    expect(answered(emitted)).toBe(100);
    expect(answered(plain)).toBe(100);
  });
});

describe("the evaluator sees faults of copies that are put into the objects", () => {
  const rule = (object: KubernetesObject) => object.spec.rules[0];

  test.each<[string, () => readonly KubernetesObject[], RegExp]>([
    [
      "an address of a shadow that is another Service",
      () =>
        damaged("Backend", "acme-shadow-own-next", (backend) => {
          backend.spec.endpoints[0].fqdn.hostname = "assistant-small.models.svc.cluster.local";
        }),
      /a copy of a call to pool:models\/assistant-full reached service:models\/assistant-small/,
    ],
    [
      "an address of a shadow outside the EU",
      () =>
        damaged("Backend", "acme-shadow-own-next", (backend) => {
          backend.spec.endpoints[0].fqdn.hostname = "evil.example.com";
        }),
      /premium reached evil\.example\.com in US/,
    ],
    [
      "a copy of a backend that has no shadow",
      () =>
        damaged("HTTPRoute", "acme-pool-small", (route) => {
          rule(route).filters[0].requestMirror.backendRef = { kind: "Service", name: "other", port: 80 };
        }),
      /a copy of a call to service:models\/assistant-small reached service:models\/other/,
    ],
    [
      "a shadow that answers",
      () =>
        damaged("HTTPRoute", "acme-pool-own", (route) => {
          rule(route).backendRefs.unshift({ kind: "Service", name: "assistant-next", port: 8000 });
        }),
      /the shadow service:models\/assistant-next answered a client/,
    ],
    [
      "two copies of one call",
      () =>
        damaged("HTTPRoute", "acme-pool-own", (route) => {
          rule(route).filters.push(rule(route).filters[0]);
        }),
      /calls to pool:models\/assistant-full were copied \d+ times/,
    ],
  ])("%s", (_, make, expected) => {
    expect(violations(make(), PROMISED, 2000).join("\n")).toMatch(expected);
  });

  test("a larger share than stated", () => {
    const more = damaged("HTTPRoute", "acme-pool-own", (route) => {
      rule(route).filters[0].requestMirror.percent = 11;
    });
    expect(copiedPercent(more)).toBeGreaterThan(10);
    const all = damaged("HTTPRoute", "acme-pool-own", (route) => {
      delete rule(route).filters[0].requestMirror.percent;
    });
    expect(copiedPercent(all)).toBe(100);
  });

  test("a copy to a pool, which Envoy Gateway refuses", () => {
    const pool = damaged("HTTPRoute", "acme-pool-own", (route) => {
      rule(route).filters[0].requestMirror.backendRef.kind = "InferencePool";
    });
    expect(() => new Simulation(pool, PROMISED.world).send(chat, { fails: () => false })).toThrow(
      /copies nothing to InferencePool/,
    );
  });
});
