import fc from "fast-check";
import { Residency } from "../../../lib";
import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { access, POOL, routes, SERVICE } from "../fixture";
import { objects } from "../kubernetes/support";
import { minuteOf } from "./burst";
import { damagedCopy, type KubernetesObject } from "./objects";
import { PROMISED } from "./promised";
import { tokenOf, violations } from "./properties";
import { Simulation } from "./simulation";

const emitted = objects();

const damaged = (kind: string, name: string, damage: (object: KubernetesObject) => void) =>
  damagedCopy(emitted, kind, name, damage);

const without = (kind: string, name: string) =>
  emitted.filter((object) => !(object.kind === kind && object.metadata.name === name));

describe("whatever fails, whatever clients send", () => {
  test("no request reaches a country, a class or a tenant that it may not, nor becomes more calls than promised", () => {
    expect(violations(emitted, PROMISED, 2000)).toEqual([]);
  });

  test("requests do reach backends: the promises do not hold because nothing works", () => {
    const chat = new Simulation(emitted, PROMISED.world);
    const reached = new Set<string>();
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.boolean()),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, pick) => {
          const request = {
            model: "llama",
            headers: { "X-Traffic-Class": "chat" },
            token: tokenOf(PROMISED, "app", ["chat"]),
          };
          const outcome = chat.send(request, { fails: () => failures.next().value, pick: () => pick });
          for (const { target } of outcome.calls) {
            reached.add(target);
          }
        },
      ),
      { seed: 1, numRuns: 300 },
    );
    expect([...reached].sort()).toEqual([
      "ai.oslo.example.com",
      "api.openai.com",
      "llm.ireland.example.com",
      "pool:models/assistant-full",
    ]);
  });
});

describe("the evaluator sees faults that are put into the objects", () => {
  const premium = (object: KubernetesObject) => object.spec.rules[0].backendRefs;

  test.each<[string, () => readonly KubernetesObject[], RegExp]>([
    [
      "a backend outside the EU in the chain of an EU class",
      () =>
        damaged("AIGatewayRoute", "acme-premium", (route) =>
          premium(route).push({ name: "acme-backend-openai", priority: 2 }),
        ),
      /premium reached api\.openai\.com in US/,
    ],
    [
      "an address that leads out of the EU",
      () =>
        damaged("Backend", "acme-backend-cloud", (backend) => {
          backend.spec.endpoints[0].fqdn.hostname = "evil.example.com";
        }),
      /reached evil\.example\.com in US/,
    ],
    [
      "a class without authorization",
      () => without("SecurityPolicy", "acme-premium"),
      /premium was served to a token/,
    ],
    [
      "a policy that allows what no rule names",
      () =>
        damaged("SecurityPolicy", "acme-premium", (policy) => {
          policy.spec.authorization.defaultAction = "Allow";
        }),
      /premium was served to a token/,
    ],
    [
      "a route that does not look at the class",
      () =>
        damaged("AIGatewayRoute", "acme-chat", (route) => {
          route.spec.rules[0].matches[0].headers.splice(1, 1);
        }),
      /served to a token/,
    ],
    [
      "more retries",
      () =>
        damaged("BackendTrafficPolicy", "acme-chat", (policy) => {
          policy.spec.retry.numRetries = 9;
        }),
      /one request became \d+ calls/,
    ],
    [
      "retries of the inner gateway too",
      () =>
        damaged("BackendTrafficPolicy", "acme-pool-own", (policy) => {
          policy.spec.retry.numRetries = 3;
        }),
      /one request became \d+ calls/,
    ],
    [
      "a provider with a key in another header, that sees what clients sign in with",
      () => {
        const copy = damaged("AIServiceBackend", "acme-backend-openai", (backend) => {
          backend.spec.headerMutation.remove = ["x-tenant", "x-traffic-class"];
        });
        const policy = copy.find(
          ({ kind, metadata }) => kind === "BackendSecurityPolicy" && metadata.name === "acme-backend-openai",
        );
        policy.spec.type = "AzureAPIKey";
        return copy;
      },
      /what a client signs in with reached api\.openai\.com/,
    ],
    [
      "client headers that are let through and identities without a tenant",
      () => {
        const copy = damaged("ClientTrafficPolicy", "acme-gateway", (policy) => {
          policy.spec.headers.earlyRequestHeaders.remove = [];
        });
        for (const policy of copy.filter(({ kind }) => kind === "SecurityPolicy")) {
          policy.spec.jwt.providers[0].claimToHeaders = [];
        }
        return copy;
      },
      /forged tenant/,
    ],
    [
      "a route that does not say the class to the pool, and a gateway that lets clients say it",
      () => {
        const copy = damaged("ClientTrafficPolicy", "acme-gateway", (policy) => {
          policy.spec.headers.earlyRequestHeaders.remove = [];
        });
        const route = copy.find(
          ({ kind, metadata }) => kind === "AIGatewayRoute" && metadata.name === "acme-batch",
        );
        delete route.spec.rules[0].backendRefs[0].headerMutation;
        return copy;
      },
      /forged objective/,
    ],
  ])("%s", (_, make, expected) => {
    expect(violations(make(), PROMISED, 2000).join("\n")).toMatch(expected);
  });
});

describe("limits", () => {
  const CAPACITY = 20 * 60;

  /** Fisher and Yates, by a small generator of its own. */
  const shuffler =
    (seed: number) =>
    <T>(values: readonly T[]): readonly T[] => {
      const mixed = [...values];
      let state = seed;
      for (let index = mixed.length - 1; index > 0; index--) {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        const other = state % (index + 1);
        [mixed[index], mixed[other]] = [mixed[other]!, mixed[index]!];
      }
      return mixed;
    };

  const minute = (of: readonly KubernetesObject[], seed: number, burst: number) =>
    minuteOf(
      of,
      PROMISED,
      "llama",
      CAPACITY,
      [
        { className: "premium", tenant: "app", perMinute: 300 },
        { className: "batch", tenant: "reports", perMinute: burst },
        { className: "chat", tenant: "search", perMinute: 300 },
      ],
      shuffler(seed),
    );

  test("under a tenfold burst of batch every premium request is let in and answered", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 10 }), (seed, factor) => {
        const served = minute(emitted, seed, 120 * 10 * factor);
        expect(served.premium).toEqual({ admitted: 300, served: 300 });
        expect(served.batch!.admitted).toBe(120);
      }),
      { numRuns: 20, seed: 7 },
    );
  });

  test("the evaluator sees starvation where batch has no limit", () => {
    const open = damaged("BackendTrafficPolicy", "acme-batch", (policy) => {
      delete policy.spec.rateLimit;
    });
    expect(minute(open, 3, 12_000).premium!.served).toBeLessThan(300);
  });

  test("without a limiter the replicas together keep the same promise", () => {
    const props: Partial<KubernetesAiGatewayProps> = {
      limiter: false,
      replicas: 4,
      backends: [POOL, SERVICE],
      classes: [
        routes("premium", ["own"], { traffic: { priority: 10 } }),
        routes("batch", ["own", "small"], { traffic: { priority: -1, requestsPerSecond: 2 } }),
      ],
    };
    const local = objects(props);
    const world = { ...PROMISED.world, proxies: 4 };
    const served = minuteOf(
      local,
      { ...PROMISED, world },
      "llama",
      CAPACITY,
      [
        { className: "premium", tenant: "app", perMinute: 300 },
        { className: "batch", tenant: "reports", perMinute: 12_000 },
      ],
      (requests) => requests,
    );
    expect(served.premium).toEqual({ admitted: 300, served: 300 });
    expect(served.batch!.admitted).toBeLessThanOrEqual(120);
  });

  const spend = (
    of: readonly KubernetesObject[],
    tokens: { input: number; output: number },
    tenant: () => string,
  ) => {
    const simulation = new Simulation(of, PROMISED.world);
    const used: Record<string, number> = {};
    for (let index = 0; index < 2000; index++) {
      const name = tenant();
      const outcome = simulation.send(
        {
          model: "llama",
          headers: { "x-traffic-class": "chat" },
          token: tokenOf(PROMISED, name, ["chat"]),
          tokens,
        },
        { fails: () => false, now: index },
      );
      if (outcome.status === 200) {
        used[name] = (used[name] ?? 0) + tokens.input + tokens.output;
      }
    }
    return used;
  };

  test("a tenant never has more tokens than its quota and the request that crossed it, whatever others use", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (input, output) => {
        let turn = 0;
        const used = spend(emitted, { input, output }, () => ["app", "search", "reports"][turn++ % 3]!);
        for (const tokens of Object.values(used)) {
          expect(tokens).toBeLessThan(100_000 + input + output);
        }
      }),
      { numRuns: 30, seed: 11 },
    );
  });

  test("requests without a tenant share one quota, and do not go round it", () => {
    const simulation = new Simulation(emitted, PROMISED.world);
    const request = {
      model: "llama",
      headers: { "x-traffic-class": "chat" },
      token: tokenOf(PROMISED, undefined, ["chat"]),
      tokens: { input: 900, output: 100 },
    };
    const answered = Array.from(
      { length: 150 },
      () => simulation.send(request, { fails: () => false }).status,
    );
    expect(answered.filter((status) => status === 200)).toHaveLength(100);
  });

  test("a class never costs more than its budget and the request that crossed it, at the highest price", () => {
    const open = damaged("BackendTrafficPolicy", "acme-chat", (policy) => {
      policy.spec.rateLimit.global.rules = policy.spec.rateLimit.global.rules.filter(
        (rule: KubernetesObject) => rule.limit.unit === "Hour" && rule.clientSelectors === undefined,
      );
    });
    let tenant = 0;
    const used = spend(open, { input: 20_000, output: 100_000 }, () => `tenant-${tenant++}`);
    const usd = (Object.keys(used).length * (20_000 * 2.5 + 100_000 * 10)) / 1e6;
    expect(usd).toBeGreaterThanOrEqual(99);
    expect(usd).toBeLessThan(100 + 1.05);
  });
});

describe("a gateway behind this one", () => {
  test("counts with the calls that it makes itself", () => {
    const of = objects({
      backends: [
        {
          name: "oslo",
          kind: "gateway",
          gateway: "oslo",
          access: { host: "ai.oslo.example.com", port: 443, classes: ["chat"], models: ["llama"] },
          processesIn: ["NO"],
          amplification: 3,
          contextTokens: 8192,
        },
        { name: "own", kind: "endpoint", access: access() },
      ],
      classes: [routes("chat", ["own", "oslo"], { maxAmplification: 6 })],
    });
    const world = { ...PROMISED.world, callsBehind: { "ai.oslo.example.com": 3 } };
    const promised = { ...PROMISED, world, classes: { chat: undefined }, amplification: 6 };
    expect(violations(of, promised, 500)).toEqual([]);
    expect(violations(of, { ...promised, amplification: 3 }, 500)).not.toEqual([]);
  });

  test("is told the class, and so keeps it in the countries of that class", () => {
    const host = "ai.oslo.example.com";
    const of = objects({
      backends: [
        {
          name: "oslo",
          kind: "gateway",
          gateway: "oslo",
          access: { host, port: 443, classes: ["premium", "open"], models: ["llama"] },
          processesIn: ["NO", "SE", "US"],
          processesInByClass: { premium: ["SE"] },
          amplification: 1,
          contextTokens: 8192,
          apiKeySecret: "oslo-key",
        },
      ],
      classes: [routes("premium", ["oslo"], { traffic: { residency: Residency.EU } })],
    });
    const world = { ...PROMISED.world, countriesOfClass: { [host]: { premium: ["SE"], open: ["US"] } } };
    const promised = { ...PROMISED, world, classes: { premium: PROMISED.classes.premium } };
    expect(violations(of, promised, 500)).toEqual([]);
    const misled = damagedCopy(of, "AIGatewayRoute", "acme-premium", (route) => {
      route.spec.rules[0].backendRefs[0].headerMutation.set[0].value = "open";
    });
    expect(violations(misled, promised, 500)).toEqual([`premium reached ${host} in US`]);
  });
});
