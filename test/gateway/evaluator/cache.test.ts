import fc from "fast-check";
import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { Template } from "../../../lib/testing";
import { type Any, gateway, HYBRID, kubernetesStack } from "../kubernetes/support";
import type { CacheProgram } from "./cache";
import { copyOf, type KubernetesObject } from "./objects";
import { arbitraryRequest, type Promised, tokenOf } from "./properties";
import { Simulation } from "./simulation";

const EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(" ");
const HOST = "acme-response-cache.acme-gateway.svc.cluster.local";

const CACHE: KubernetesAiGatewayProps["cache"] = {
  image: `registry.example.com/response-cache@sha256:${"a".repeat(64)}`,
  store: { kind: "valkey", passwordSecret: "cache-password" },
  classes: [
    { class: "premium", ttlSeconds: 3600 },
    { class: "chat", ttlSeconds: 60 },
  ],
};

/** The objects, and the configuration of the program that is made with them. */
function emittedBy(props: Partial<KubernetesAiGatewayProps>) {
  const stack = kubernetesStack();
  gateway(props, stack);
  const template = Template.of(stack);
  const [map] = Object.values(template.resources("kubernetes_config_map_v1")) as Any[];
  const config = JSON.parse(map.data["config.json"]) as CacheProgram["config"];
  return { objects: Object.values(template.manifests()) as KubernetesObject[], config };
}

const { objects, config } = emittedBy({ ...HYBRID, cache: CACHE });

const promisedWith = (given: Partial<CacheProgram> = {}): Promised => ({
  world: {
    clusterCountry: "DE",
    countries: {
      "llm.ireland.example.com": ["IE"],
      "ai.oslo.example.com": ["NO"],
      "api.openai.com": ["US"],
    },
    caches: { [HOST]: { config, ...given } },
  },
  classes: { premium: EU, chat: undefined, batch: EU },
  models: ["llama"],
  amplification: 3,
  issuer: "https://login.example.com",
  audience: "ai",
});

/** Traffic in which many ask the same; what went wrong, and how often the cache answered. */
function traffic(of: readonly KubernetesObject[], promised: Promised) {
  const wrong = new Set<string>();
  let hits = 0;
  // Most are refused, for their model, class or token: it takes many for two that are alike.
  const requests = fc.array(arbitraryRequest(promised), { minLength: 100, maxLength: 200 });
  fc.assert(
    fc.property(requests, (asked) => {
      const simulation = new Simulation(of, promised.world);
      asked.forEach((request, now) => {
        const sent = { ...request, prompt: "same" };
        const { kept, calls } = simulation.send(sent, { fails: () => false, now });
        if (kept === undefined) {
          return;
        }
        hits += 1;
        const className = request.headers["x-traffic-class"]!;
        const allowed = promised.classes[className];
        if (calls.length > 0) {
          wrong.add("a hit reached a backend");
        }
        if (kept.tenant !== request.tenant) {
          wrong.add("a tenant got the answer of another");
        }
        if (kept.className !== className) {
          wrong.add("a class got the answer of another");
        }
        if (!request.held.includes(className)) {
          wrong.add(`${className} was answered to a token that does not hold it`);
        }
        if (allowed && kept.countries.some((country) => !allowed.includes(country))) {
          wrong.add(`${className} was kept in ${kept.countries.join()}`);
        }
      });
    }),
    { numRuns: 100, seed: 20_261_124 },
  );
  return { hits, wrong: [...wrong].sort() };
}

function damaged(kind: string, name: string, damage: (object: KubernetesObject) => void) {
  const copy = copyOf(objects);
  damage(copy.find((object) => object.kind === kind && object.metadata.name === name));
  return copy;
}

const withoutOrder = () =>
  damaged("EnvoyProxy", "acme-gateway", (proxy) => {
    delete proxy.spec.filterOrder;
  });

describe("whoever asks whatever, forged headers included", () => {
  test("a hit reaches no backend, is the tenant's and the class's own, of a class that the token holds, kept where it may be", () => {
    const { hits, wrong } = traffic(objects, promisedWith());
    expect(wrong).toEqual([]);
    expect(hits).toBeGreaterThan(200);
  });

  test("without the order of filters, or without Envoy's word, there is no hit at all", () => {
    expect(traffic(withoutOrder(), promisedWith())).toEqual({ hits: 0, wrong: [] });
    const silent = damaged("EnvoyExtensionPolicy", "acme-response-cache", (policy) => {
      delete policy.spec.extProc[0].metadata;
    });
    expect(traffic(silent, promisedWith())).toEqual({ hits: 0, wrong: [] });
  });

  test("a policy on one class's route alone never runs unless that route comes first", () => {
    const alone = damaged("EnvoyExtensionPolicy", "acme-response-cache", (policy) => {
      policy.spec.targetRefs = policy.spec.targetRefs.filter((ref: Any) => ref.name === "acme-premium");
    });
    expect(traffic(alone, promisedWith()).hits).toBe(0);
  });
});

describe("the evaluator sees faults", () => {
  test.each<[string, () => KubernetesObject[], Partial<CacheProgram>, RegExp]>([
    [
      "a program that believes, before authorization",
      withoutOrder,
      { credulous: true },
      /premium was answered to a token that does not hold it/,
    ],
    [
      "tenants that clients may name",
      () => {
        const copy = damaged("ClientTrafficPolicy", "acme-gateway", (policy) => {
          policy.spec.headers.earlyRequestHeaders.remove = [];
        });
        for (const policy of copy.filter(({ kind }) => kind === "SecurityPolicy")) {
          policy.spec.jwt.providers[0].claimToHeaders = [];
        }
        return copy;
      },
      {},
      /a tenant got the answer of another/,
    ],
    [
      "a store in another country",
      () =>
        damaged("Backend", "acme-response-cache", (backend) => {
          backend.metadata.annotations["hybrid-ai.dev/processes-in"] = "DE,US";
        }),
      {},
      /premium was kept in DE,US/,
    ],
  ])("%s", (_, make, program, expected) => {
    expect(traffic(make(), promisedWith(program)).wrong.join("\n")).toMatch(expected);
  });
});

describe("one tenant that asks the same again and again", () => {
  const asking = (of: readonly KubernetesObject[], times: number, step: number) => {
    const promised = promisedWith();
    const simulation = new Simulation(of, promised.world);
    return Array.from({ length: times }, (_, index) =>
      simulation.send(
        {
          model: "llama",
          headers: { "x-traffic-class": "chat" },
          token: tokenOf(promised, "app", ["chat"]),
          tokens: { input: 40_000, output: 0 },
          prompt: "same",
        },
        { fails: () => false, now: index * step },
      ),
    );
  };

  test("is answered by a backend once in the time that answers are kept", () => {
    const outcomes = asking(objects, 121, 1);
    expect(outcomes.map(({ calls }) => calls.length).filter((calls) => calls > 0)).toHaveLength(3);
  });

  test("pays requests and no tokens for what comes from the cache", () => {
    // 100,000 tokens an hour are two and a half of these; 600 requests a minute.
    const outcomes = asking(objects, 700, 0);
    const answered = outcomes.filter(({ status }) => status === 200);
    expect(outcomes.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
    expect(answered.length).toBeGreaterThan(100);
    expect(answered.length).toBeLessThanOrEqual(600);
    expect(answered.filter(({ kept }) => kept === undefined)).toHaveLength(1);
  });
});
