import { Token } from "cdktf";
import { type GatewayDeclaration, planRoutes } from "../../lib";
import type { EndpointAccess } from "../../lib/serving/serving";
import { access, CLOUD, codesOf, declaration, POOL, routes, shadow } from "./fixture";

const shadowed = (given: Partial<EndpointAccess> = {}) =>
  ({ name: "own", kind: "endpoint", access: access({ shadows: [shadow()], ...given }) }) as const;

const codes = (given: Partial<GatewayDeclaration>) => codesOf(() => planRoutes(declaration(given)));
const codesFor = (change: Parameters<typeof shadow>[0]) =>
  codes({ backends: [shadowed({ shadows: [shadow(change)] })] });

describe("copies of requests", () => {
  test("are stated apart: how many, and how that comes about", () => {
    const plan = planRoutes(
      declaration({
        backends: [shadowed({ shadows: [shadow(), shadow({ variant: "int8", percent: 1 })] }), CLOUD],
        classes: [
          routes("chat", [
            [
              { backend: "own", weight: 80 },
              { backend: "cloud", weight: 20 },
            ],
          ]),
          routes("late", ["cloud", "own"]),
          routes("batch", ["own"], { traffic: { requestsPerSecond: 2 } }),
        ],
      }),
    );
    expect(plan.shadows).toEqual([
      {
        backend: "own",
        variant: "next",
        percent: 10,
        requestsPerSecond: 0.6,
        sum: "chat 4 + batch 2 = 6 requests per second; x 10 percent = 0.6 copies per second",
      },
      {
        backend: "own",
        variant: "int8",
        percent: 1,
        requestsPerSecond: 0.06,
        sum: "chat 4 + batch 2 = 6 requests per second; x 1 percent = 0.06 copies per second",
      },
    ]);
  });

  test("are no attempts: amplification, admission and retries are as without them", () => {
    const without = planRoutes(declaration({ backends: [POOL] }));
    const { shadows, classes } = planRoutes(declaration({ backends: [shadowed()] }));
    expect(classes).toEqual(without.classes);
    expect(shadows).toHaveLength(1);
    expect(without.shadows).toEqual([]);
  });

  test("of a backend that is only fallen back to are none at the planned rate", () => {
    const { shadows } = planRoutes(
      declaration({ backends: [shadowed(), CLOUD], classes: [routes("chat", ["cloud", "own"])] }),
    );
    expect(shadows).toMatchObject([
      {
        requestsPerSecond: 0,
        sum: "no class first = 0 requests per second; x 10 percent = 0 copies per second",
      },
    ]);
  });

  test("may be as many as the shadow was sized for, and no more", () => {
    expect(codesFor({ planned: { requestsPerSecond: 0.5 } })).toEqual([]);
    expect(codesFor({ planned: { requestsPerSecond: 0.49 } })).toEqual(["ShadowExceedsCapacity"]);
  });

  test("carry the name of the model that the other variant has: a shadow without it is refused, with both names", () => {
    const told = () =>
      planRoutes(declaration({ backends: [shadowed({ shadows: [shadow({ models: ["llama-fp8"] })] })] }));
    expect(told).toThrow(/ShadowOfOtherModel[\s\S]*llama[\s\S]*llama-fp8/);
  });

  test("of an adapter need the adapter at the shadow, if requests ask for it", () => {
    const adapters = ["legal"];
    const ask = (model: string, models: readonly string[]) =>
      codes({
        backends: [shadowed({ adapters, shadows: [shadow({ models })] })],
        classes: [{ ...routes("chat", []), models: [{ model, chain: [{ backend: "own", model }] }] }],
      });
    expect(ask("legal", ["llama"])).toEqual(["ShadowOfOtherModel"]);
    expect(ask("legal", ["llama", "legal"])).toEqual([]);
    expect(ask("llama", ["llama"])).toEqual([]);
  });

  test("cannot be made of requests that leave the cluster", () => {
    const reach = { kind: "https", host: "llm.example.com", port: 443, protocol: "openai" } as const;
    expect(codes({ backends: [shadowed({ reach })] })).toEqual(["ShadowNotCopied"]);
  });

  test.each([0, 101, 0.5])("are %p percent of nothing that there is", (percent) => {
    expect(codesFor({ percent })).toEqual(["NumberOutOfRange"]);
  });

  test("are not computed from tokens", () => {
    expect(codesFor({ percent: Token.asNumber({ resolve: () => 5 }) })).toEqual(["TokenNotAllowed"]);
  });

  test("go to 16 shadows at most, each once", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => shadow({ variant: `next-${index}`, percent: 1 }));
    expect(codes({ backends: [shadowed({ shadows: many(16) })] })).toEqual([]);
    expect(codes({ backends: [shadowed({ shadows: many(17) })] })).toEqual(["NumberOutOfRange"]);
    expect(codes({ backends: [shadowed({ shadows: [shadow(), shadow()] })] })).toEqual(["DuplicateValue"]);
  });
});
