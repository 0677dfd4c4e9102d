import { objects } from "../kubernetes/support";
import { damagedCopy } from "./objects";
import { PROMISED } from "./promised";
import { tokenOf } from "./properties";
import { Simulation } from "./simulation";

const emitted = objects();

describe("fallback", () => {
  const chat = {
    model: "llama",
    headers: { "x-traffic-class": "chat" },
    token: tokenOf(PROMISED, "app", ["chat"]),
  };

  test("goes along the chain, one attempt each, by weight within a step", () => {
    const simulation = new Simulation(emitted, PROMISED.world);
    const order = (pick: number) =>
      simulation
        .send(chat, { fails: () => true, pick: () => pick })
        .calls.map(({ target, model }) => [target, model]);
    expect(order(0.69)).toEqual([
      ["pool:models/assistant-full", "llama"],
      ["llm.ireland.example.com", "llama"],
      ["api.openai.com", "gpt-5"],
    ]);
    expect(order(0.71)[1]).toEqual(["ai.oslo.example.com", "llama"]);
  });

  test("passes by what health checks have put aside", () => {
    const simulation = new Simulation(emitted, PROMISED.world);
    const outcome = simulation.send(chat, {
      fails: () => false,
      ejected: (host) => host.startsWith("acme-pools"),
    });
    expect(outcome.calls.map(({ target }) => target)).toEqual(["llm.ireland.example.com"]);
  });

  test("gives a part of the load to the next step while half of one is put aside", () => {
    const simulation = new Simulation(
      damagedCopy(emitted, "AIGatewayRoute", "acme-chat", (route) => {
        route.spec.rules[0].backendRefs[1].priority = 0;
      }),
      PROMISED.world,
    );
    const first = (priority: number) =>
      simulation.send(chat, {
        fails: () => false,
        ejected: (host) => host.startsWith("acme-pools"),
        priority: () => priority,
      }).calls[0]!.target;
    expect(first(0.69)).toBe("llm.ireland.example.com");
    expect(first(0.71)).toBe("ai.oslo.example.com");
  });

  test("tells providers neither tenant nor class, and the pool the class's priority", () => {
    const simulation = new Simulation(emitted, PROMISED.world);
    const { calls } = simulation.send(chat, { fails: () => true });
    const seen = Object.fromEntries(calls.map(({ target, headers }) => [target, headers]));
    expect(seen["api.openai.com"]).not.toHaveProperty("x-tenant");
    expect(seen["api.openai.com"]).not.toHaveProperty("x-traffic-class");
    expect(seen["pool:models/assistant-full"]).toMatchObject({
      "x-tenant": "app",
      "x-llm-d-inference-objective": "acme-own-chat",
    });
  });
});

describe("a request that no route is for", () => {
  test("reaches nothing: it is not found, or refused to who does not hold the class that Envoy falls to", () => {
    const simulation = new Simulation(emitted, PROMISED.world);
    const send = (held: readonly string[]) =>
      simulation.send(
        { model: "unknown", headers: { "x-traffic-class": "chat" }, token: tokenOf(PROMISED, "app", held) },
        { fails: () => false },
      );
    // The first route by name is that of batch, for the tenants reports and search.
    expect(send(["chat"])).toMatchObject({ status: 403, calls: [] });
    const owned = { model: "unknown", headers: {}, token: tokenOf(PROMISED, "search", ["batch"]) };
    expect(simulation.send(owned, { fails: () => false })).toMatchObject({ status: 404, calls: [] });
  });
});
