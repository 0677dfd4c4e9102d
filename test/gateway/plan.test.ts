import { Token } from "cdktf";
import { type GatewayDeclaration, planRoutes, Residency, ValidationError } from "../../lib";
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

describe("a chain", () => {
  test("names each backend once, with the model that it is to be asked for", () => {
    const { classes } = planned({
      backends: [POOL, CLOUD, OPENAI],
      classes: [
        routes("chat", ["own", { backend: "cloud", model: "llama" }, { backend: "openai", model: "gpt-5" }]),
      ],
    });
    expect(classes[0]!.models).toEqual([
      {
        model: "llama",
        steps: [
          [{ backend: "own", model: "llama", weight: 100 }],
          [{ backend: "cloud", model: "llama", weight: 100 }],
          [{ backend: "openai", model: "gpt-5", weight: 100 }],
        ],
      },
    ]);
  });

  test("asks an own endpoint for its own model under another name, and for adapters by theirs", () => {
    const own = { ...POOL, access: access({ adapters: ["legal"] }) } as typeof POOL;
    const { classes } = planned({
      backends: [own],
      classes: [
        {
          ...routes("chat", ["own"]),
          models: [
            { model: "assistant", chain: ["own"] },
            { model: "legal", chain: ["own"] },
          ],
        },
      ],
    });
    expect(classes[0]!.models.map(({ steps }) => steps[0]![0]!.model)).toEqual(["llama", "legal"]);
  });

  test.each([
    [
      [
        { backend: "own", weight: 60 },
        { backend: "small", weight: 30 },
      ],
    ],
    [[{ backend: "own", weight: 101 }]],
    [
      [
        { backend: "own", weight: 99.5 },
        { backend: "small", weight: 0.5 },
      ],
    ],
    [[{ backend: "own" }, { backend: "small" }]],
    [
      [
        { backend: "own", weight: 100 },
        { backend: "small", weight: 0 },
      ],
    ],
  ])("refuses weights that are not whole parts of 100: %j", (step) => {
    expect(codes({ backends: [POOL, SERVICE], classes: [routes("chat", [step, "small"])] })).toContain(
      "WeightsNotSumming",
    );
  });

  test("refuses backends that are not there, are there twice, or are there for nothing", () => {
    expect(codes({ classes: [routes("chat", ["own", "gone"])] })).toEqual(["UnknownBackend"]);
    expect(codes({ backends: [POOL, POOL] })).toEqual(["DuplicateValue"]);
    expect(codes({ classes: [routes("chat", ["own", "own"])] })).toEqual(["DuplicateValue"]);
    expect(codes({ backends: [POOL, SERVICE] })).toEqual(["UnusedBackend"]);
  });

  test("refuses a model that a backend does not serve, and a class that another gateway does not know", () => {
    expect(codes({ classes: [routes("chat", [{ backend: "own", model: "mistral" }])] })).toEqual([
      "UnknownModel",
    ]);
    const other = otherGateway({
      access: { host: "a.example.com", port: 443, classes: ["x"], models: ["y"] },
    });
    expect(codes({ backends: [other], classes: [routes("chat", ["oslo"])] })).toEqual([
      "UnknownModel",
      "UnknownClass",
    ]);
    expect(
      codes({
        backends: [{ ...otherGateway(), className: "chat" }],
        classes: [routes("talk", ["oslo"])],
      }),
    ).toEqual([]);
  });

  test("refuses a context below a mean prompt and the longest answer, with the sum", () => {
    const short = (contextTokens: number) => ({
      backends: [{ ...POOL, access: access({ contextTokens }) } as typeof POOL],
    });
    expect(codes(short(2000))).toEqual([]);
    expect(codes(short(1999))).toEqual(["ContextTooSmall"]);
    expect(message(short(1999))).toContain(
      "1000 of a mean prompt + 1000 of the longest answer = 2000 or more",
    );
  });

  test.each(["sagemaker", "vertex"] as const)("refuses endpoints that speak %s", (protocol) => {
    const reach = { kind: "https", host: "runtime.example.com", port: 443, protocol } as const;
    expect(codes({ backends: [{ ...POOL, access: access({ reach }) } as typeof POOL] })).toEqual([
      "ProtocolNotRouted",
    ]);
  });

  test("refuses Anthropic's own API beside OpenAI's form in one chain", () => {
    const anthropic = {
      ...OPENAI,
      name: "anthropic",
      provider: { api: "anthropic", apiKeySecret: "key" },
    } as const;
    const backends = [POOL, anthropic];
    expect(codes({ backends, classes: [routes("chat", ["own", "anthropic"])] })).toEqual([
      "ProtocolNotRouted",
    ]);
    expect(codes({ backends, classes: [routes("chat", ["own"]), routes("native", ["anthropic"])] })).toEqual(
      [],
    );
  });
});

describe("residency", () => {
  const eu = { traffic: { residency: Residency.EU } };

  test("refuses a class that no backend may serve, and says of each why", () => {
    const given = {
      backends: [OPENAI, otherGateway()],
      classes: [routes("chat", ["openai", "oslo"], eu)],
    };
    expect(codes(given)).toEqual(["NoRouteMeetsResidency"]);
    expect(message(given)).toContain("openai works in US");
    expect(message(given)).toContain("oslo works in NO");
  });

  test("refuses a gateway that would read prompts in another country itself", () => {
    const classes = [routes("chat", ["own"], eu)];
    expect(codes({ country: "CH", classes })).toEqual(["GatewayOutsideResidency"]);
    expect(codes({ country: "FR", classes })).toEqual([]);
    expect(codes({ country: "Germany", classes })).toContain("InvalidCountry");
  });

  test("refuses one backend outside, and never drops it", () => {
    const given = { backends: [POOL, OPENAI], classes: [routes("chat", ["own", "openai"], eu)] };
    expect(codes(given)).toEqual(["BackendOutsideResidency"]);
    expect(codes({ ...given, classes: [routes("chat", ["own", "openai"])] })).toEqual([]);
  });

  test("takes a provider that works in several countries only if all are allowed", () => {
    const provider = (processesIn: string[]) => ({ backends: [{ ...OPENAI, processesIn }] });
    const classes = [routes("chat", ["openai"], eu)];
    expect(codes({ ...provider(["DE", "FR"]), classes })).toEqual([]);
    expect(codes({ ...provider(["DE", "GB"]), classes })).toEqual(["NoRouteMeetsResidency"]);
  });

  test("refuses a region whose country the provider does not list", () => {
    const bedrock = (region: string) => ({
      backends: [{ ...OPENAI, provider: { api: "bedrock", region } as const, processesIn: ["DE"] }],
      classes: [routes("chat", ["openai"])],
    });
    expect(codes(bedrock("eu-central-1"))).toEqual([]);
    expect(codes(bedrock("us-east-1"))).toEqual(["ProviderCountryContradiction"]);
    expect(codes(bedrock("mars-north-1"))).toEqual([]);
    const vertex = { api: "vertex", region: "us-central1", project: "acme" } as const;
    expect(
      codes({
        backends: [{ ...OPENAI, provider: vertex, processesIn: ["DE"] }],
        classes: [routes("chat", ["openai"])],
      }),
    ).toEqual(["ProviderCountryContradiction"]);
  });
});

describe("gateways that know each other", () => {
  const classes = [routes("chat", ["oslo"])];

  test("may not fall back to this one", () => {
    expect(codes({ backends: [otherGateway({ sendsTo: ["acme"] })], classes })).toEqual(["FallbackLoop"]);
    expect(message({ backends: [otherGateway({ sendsTo: ["acme"] })], classes })).toContain(
      "acme -> oslo -> acme",
    );
    expect(codes({ backends: [otherGateway({ gateway: "acme" })], classes })).toEqual(["FallbackLoop"]);
    expect(codes({ backends: [otherGateway({ sendsTo: ["bergen"] })], classes })).toEqual([]);
  });

  test("are listed, those behind them too", () => {
    expect(planned({ backends: [otherGateway({ sendsTo: ["bergen"] })], classes }).sendsTo).toEqual([
      "bergen",
      "oslo",
    ]);
  });
});

describe("names and numbers", () => {
  test.each<[string, Partial<GatewayDeclaration>, string]>([
    ["gateway name", { gatewayName: "Acme" }, "InvalidName"],
    ["no class", { classes: [], backends: [] }, "MissingValue"],
    ["class twice", { classes: [routes("chat", ["own"]), routes("chat", ["own"])] }, "DuplicateValue"],
    ["class name", { classes: [routes("Chat", ["own"])] }, "InvalidName"],
    [
      "class name as token",
      { classes: [routes(Token.asString({ resolve: () => 1 }), ["own"])] },
      "TokenNotAllowed",
    ],
    ["tenant name", { classes: [routes("chat", ["own"], { tenants: ["a b"] })] }, "InvalidName"],
    ["no chain", { backends: [], classes: [routes("chat", [])] }, "MissingValue"],
    ["attempts", { classes: [routes("chat", ["own"], { attemptsPerBackend: 6 })] }, "NumberOutOfRange"],
    ["retry budget", { classes: [routes("chat", ["own"], { retryBudgetPercent: 101 })] }, "NumberOutOfRange"],
    ["timeout", { classes: [routes("chat", ["own"], { attemptTimeoutSeconds: 0 })] }, "NumberOutOfRange"],
    [
      "country",
      { backends: [otherGateway({ processesIn: ["XX"] })], classes: [routes("chat", ["oslo"])] },
      "InvalidCountry",
    ],
    [
      "no country",
      { backends: [otherGateway({ processesIn: [] })], classes: [routes("chat", ["oslo"])] },
      "MissingValue",
    ],
    [
      "price",
      {
        backends: [otherGateway({ usdPerMillionTokens: { input: -1, output: 1 } })],
        classes: [routes("chat", ["oslo"])],
      },
      "NumberOutOfRange",
    ],
    [
      "calls behind",
      { backends: [otherGateway({ amplification: 0 })], classes: [routes("chat", ["oslo"])] },
      "NumberOutOfRange",
    ],
    [
      "window",
      { classes: [routes("chat", ["own"], { tokensPerTenant: { limit: 1, per: "week" as "day" } })] },
      "NotOneOf",
    ],
  ])("%s", (_, given, code) => {
    expect(codes(given)).toContain(code);
  });

  test("a time for each attempt follows the class's targets", () => {
    const seconds = (attemptTimeoutSeconds?: number) =>
      planned({ classes: [routes("chat", ["own"], { attemptTimeoutSeconds })] }).classes[0]!
        .attemptTimeoutSeconds;
    expect(seconds()).toBe((4 * 500 + 2 * 1000 * 25) / 1000);
    expect(seconds(7)).toBe(7);
  });

  test("all that is wrong is said at once", () => {
    expect(ValidationError.is(new Error())).toBe(false);
    expect(
      codes({
        backends: [POOL, OPENAI],
        classes: [routes("chat", ["own", "gone"]), routes("Talk", ["own"])],
      }),
    ).toEqual(expect.arrayContaining(["UnknownBackend", "InvalidName", "UnusedBackend"]));
  });
});

describe("another gateway", () => {
  const EU = { traffic: { residency: Residency.EU } };
  const behind = (processesInByClass?: Readonly<Record<string, readonly string[]>>, className?: string) => ({
    backends: [
      otherGateway({
        access: { host: "ai.oslo.example.com", port: 443, classes: ["chat", "open"], models: ["llama"] },
        processesIn: ["DE", "US"],
        processesInByClass,
        className,
      }),
    ],
    classes: [routes("chat", ["oslo"], EU)],
  });

  test("is held to the countries of the class that requests have there, and of all where that is not told", () => {
    expect(codes(behind({ chat: ["DE"] }))).toEqual([]);
    expect(codes(behind({ chat: ["DE"] }, "open"))).toEqual(["NoRouteMeetsResidency"]);
    expect(codes(behind({ open: ["DE"] }, "open"))).toEqual([]);
    expect(codes(behind({ open: ["DE"] }))).toEqual(["NoRouteMeetsResidency"]);
    expect(codes(behind())).toEqual(["NoRouteMeetsResidency"]);
  });

  test("tells countries of classes that it has, known ones, and none beyond those of all", () => {
    expect(codes(behind({ chat: ["DE"], other: ["DE"] }))).toEqual(["NotOneOf"]);
    expect(codes(behind({ chat: ["DE", "IE"] }))).toEqual(["NotOneOf"]);
    expect(codes(behind({ chat: ["DE"], open: ["XX"] }))).toEqual(["InvalidCountry", "NotOneOf"]);
    expect(codes(behind({ chat: [] }))).toEqual(["MissingValue"]);
  });
});
