import { Token } from "cdktf";
import { type GatewayDeclaration, planRoutes, type ValidationError } from "../../lib";
import { access, CLOUD, codesOf, declaration, OPENAI, otherGateway, POOL, routes, SERVICE } from "./fixture";

const planned = (given: Partial<GatewayDeclaration> = {}) => planRoutes(declaration(given));
const codes = (given: Partial<GatewayDeclaration>) => codesOf(() => planned(given));

function message(given: Partial<GatewayDeclaration>): string {
  try {
    planned(given);
    return "";
  } catch (error) {
    return (error as ValidationError).message;
  }
}

describe("retries", () => {
  const chain = (given: Parameters<typeof routes>[2] = {}) => ({
    backends: [POOL, SERVICE, CLOUD],
    classes: [routes("chat", ["own", "small", "cloud"], given)],
  });

  test("are one attempt per step, within three calls", () => {
    expect(planned(chain()).classes[0]!.retries).toMatchObject({
      attemptsPerBackend: 1,
      attempts: 3,
      budgetPercent: 20,
      amplification: 3,
    });
  });

  test("that could make more calls than stated are refused with the sum", () => {
    const twice = chain({ attemptsPerBackend: 2 });
    expect(codes(twice)).toEqual(["RetryAmplification"]);
    expect(message(twice)).toContain("3 steps x 2 attempts each = 6 attempts; x 1 calls per attempt");
    expect(codes(chain({ attemptsPerBackend: 2, maxAmplification: 6 }))).toEqual([]);
    expect(codes(chain({ attemptsPerBackend: 2, maxAmplification: 5 }))).toEqual(["RetryAmplification"]);
  });

  test("multiply with those of a gateway behind", () => {
    const given = (amplification: number) => ({
      backends: [POOL, otherGateway({ amplification })],
      classes: [routes("chat", ["own", "oslo"], { maxAmplification: 4 })],
    });
    expect(planned(given(2)).classes[0]!.retries.amplification).toBe(4);
    expect(codes(given(3))).toEqual(["RetryAmplification"]);
    expect(message(given(3))).toContain("x 3 calls per attempt (oslo) = 6");
  });
});

describe("limits", () => {
  const tokens = { limit: 1000, per: "hour" } as const;

  test.each([
    ["tokensPerTenant", { tokensPerTenant: tokens }],
    ["requestsPerTenant", { requestsPerTenant: tokens }],
    ["budgetUsdPerHour", { traffic: { budgetUsdPerHour: 1 } }],
  ])("%s needs a limiter", (_, given) => {
    const classes = [routes("chat", ["own"], { ...given, admittedPerMinute: false })];
    expect(codes({ classes, limiter: false })).toEqual(["LimiterWithoutBackend"]);
    expect(codes({ classes, limiter: true })).toEqual([]);
  });

  test("let each class in at its plan, and the first by priority at what is left", () => {
    const { classes } = planned({
      classes: [
        routes("batch", ["own"], { traffic: { priority: -1, requestsPerSecond: 2 } }),
        routes("premium", ["own"], { traffic: { priority: 1, requestsPerSecond: 5 } }),
      ],
    });
    const admitted = Object.fromEntries(classes.map(({ name, admission }) => [name, admission?.perMinute]));
    expect(admitted).toEqual({ batch: 120, premium: 1200 - 120 });
    expect(classes[1]!.admission!.reason).toBe("300 per minute and 780 that are left of own");
  });

  test("refuse classes that are planned for more than a backend was sized for, with the sum", () => {
    const classes = [
      routes("a", ["own"], { traffic: { requestsPerSecond: 15 } }),
      routes("b", ["own"], { traffic: { requestsPerSecond: 5.1 } }),
    ];
    expect(codes({ classes })).toEqual(["ClassesExceedCapacity"]);
    expect(message({ classes })).toContain("a 900 + b 306 = 1206 requests per minute");
    expect(codes({ classes: [classes[0]!] })).toEqual([]);
  });

  test("can be given and left out", () => {
    const admission = (admittedPerMinute: number | false) =>
      planned({ classes: [routes("chat", ["own"], { admittedPerMinute })] }).classes[0]!.admission?.perMinute;
    expect(admission(77)).toBe(77);
    expect(admission(false)).toBeUndefined();
  });

  test("hold for classes of providers only if given", () => {
    const given = (admittedPerMinute?: number) =>
      planned({ backends: [OPENAI], classes: [routes("chat", ["openai"], { admittedPerMinute })] })
        .classes[0]!.admission;
    expect(given()).toBeUndefined();
    expect(given(10)).toEqual({ perMinute: 10, reason: "given" });
  });

  test("without a limiter need a fixed number of replicas, one model, and a request for each replica", () => {
    const two = {
      ...routes("chat", ["own"]),
      models: [
        { model: "a", chain: ["own"] },
        { model: "b", chain: ["own"] },
      ],
    };
    expect(codes({ limiter: false, fixedReplicas: 3 })).toEqual([]);
    expect(codes({ limiter: false })).toEqual(["LimiterWithoutBackend"]);
    expect(codes({ limiter: false, fixedReplicas: 3, classes: [two] })).toEqual(["LimiterWithoutBackend"]);
    const few = [routes("chat", ["own"], { admittedPerMinute: 2 })];
    expect(codes({ limiter: false, fixedReplicas: 3, classes: few })).toEqual(["LimiterWithoutBackend"]);
  });
});

describe("budgets", () => {
  const budget = (budgetUsdPerHour: number) => ({ traffic: { budgetUsdPerHour } });

  test("count at the highest price of any backend", () => {
    const { classes } = planned({
      backends: [POOL, OPENAI],
      classes: [routes("chat", ["own", "openai"], budget(2))],
    });
    expect(classes[0]!.budget).toEqual({
      microUsdPerHour: 2_000_000,
      usdPerMillionTokens: { input: 2.5, output: 10 },
    });
  });

  test("price own endpoints by their accelerators at planned load", () => {
    const { output } = planned({ classes: [routes("chat", ["own"], budget(2))] }).classes[0]!.budget!
      .usdPerMillionTokens;
    expect(output).toBeCloseTo((16 / (4000 * 3600)) * 1e6, 9);
  });

  test("need a price of every backend", () => {
    const free = { ...OPENAI, usdPerMillionTokens: undefined };
    const classes = [routes("chat", ["own", "openai"], budget(2))];
    expect(codes({ backends: [POOL, free], classes })).toEqual(["BudgetWithoutPrice"]);
    const unpriced = access({ planned: { requestsPerSecond: 20, outputTokensPerSecond: 4000 } });
    expect(
      codes({
        backends: [{ ...POOL, access: unpriced } as typeof POOL],
        classes: [routes("chat", ["own"], budget(2))],
      }),
    ).toEqual(["BudgetWithoutPrice"]);
  });

  test.each([
    [0.000_000_9, ["BudgetOutOfRange"]],
    [0.000_001, []],
    [4294, []],
    [4295, ["BudgetOutOfRange"]],
    [Number.NaN, ["BudgetOutOfRange"]],
  ])("of %d USD per hour", (usd, expected) => {
    expect(codes({ classes: [routes("chat", ["own"], budget(usd))] })).toEqual(expected);
  });
});

describe("secrets", () => {
  test.each([
    "sk-proj-4f9a8b7c6d",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOi",
    "Bearer abc",
    "-----BEGIN KEY",
    "UPPER",
    "",
  ])("as text are refused and not shown: %s", (apiKeySecret) => {
    const given = {
      backends: [{ ...OPENAI, provider: { api: "openai", apiKeySecret } as const }],
      classes: [routes("chat", ["openai"])],
    };
    expect(codes(given)).toEqual([apiKeySecret === "" ? "MissingValue" : "SecretAsText"]);
    if (apiKeySecret !== "") {
      expect(message(given)).not.toContain(apiKeySecret);
    }
  });

  test("by name pass, and as a token of Terraform too", () => {
    const given = (apiKeySecret: string) => ({
      backends: [{ ...OPENAI, provider: { api: "openai", apiKeySecret } as const }],
      classes: [routes("chat", ["openai"])],
    });
    expect(codes(given("openai-key"))).toEqual([]);
    expect(codes(given(Token.asString({ resolve: () => "x" })))).toEqual([]);
  });

  test("have no use where network policies guard", () => {
    expect(codes({ backends: [{ ...POOL, apiKeySecret: "key" } as typeof POOL] })).toEqual(["NoEffect"]);
  });
});
