import { Fn } from "cdktf";
import fc from "fast-check";
import { type ObservabilityPlanProps, planObservability, type Slo } from "../../lib/observability";
import { BURN_RATE_WINDOWS, RECORDED_WINDOWS } from "../../lib/observability/rules/burn-rate";
import type { AlertRule } from "../../lib/observability/rules/rule";
import { nearestBound } from "../../lib/observability/rules/slo";
import { codes } from "./codes";
import { evaluate } from "./evaluate";
import { source, trafficClass } from "./fixture";

const GATEWAY = [source("envoy-ai-gateway")];

const plan = (props: Partial<ObservabilityPlanProps> = {}) =>
  planObservability({ sources: GATEWAY, classes: [trafficClass()], ...props });

const slo = (kind: Slo["kind"], props: Partial<ObservabilityPlanProps> = {}) =>
  plan(props).slos.find((each) => each.kind === kind)!;

const burns = (props: Partial<ObservabilityPlanProps> = {}) =>
  plan(props)
    .groups.flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertRule => "alert" in rule && rule.alert === "ErrorBudgetBurn");

describe("what a class is promised", () => {
  test("a 95th percentile is an objective of 95 %, measured by the bucket of that bound", () => {
    expect(slo("first-token")).toMatchObject({
      objective: 0.95,
      boundSeconds: 0.5,
      exporter: "envoy-ai-gateway",
      note: "first tokens within 0.5 s by gen_ai_server_time_to_first_token_seconds",
    });
  });

  test("where no bucket has the bound, the nearest is taken, and said", () => {
    expect(slo("first-token", { classes: [trafficClass({ firstTokenP95Ms: 800 })] })).toMatchObject({
      boundSeconds: 0.75,
      note: expect.stringContaining("the nearest bound that it publishes to 0.8 s"),
    });
  });

  test("late and early first tokens are counted as Prometheus would", () => {
    const name = "gen_ai_server_time_to_first_token_seconds";
    const of = (traffic_class: string, le: string, value: number) => ({
      name: `${name}_bucket`,
      labels: { traffic_class, le },
      value,
    });
    const samples = [
      of("chat", "0.5", 9),
      of("chat", "0.75", 10),
      of("other", "0.5", 100),
      { name: `${name}_count`, labels: { traffic_class: "chat" }, value: 10 },
      { name: `${name}_count`, labels: { traffic_class: "other" }, value: 100 },
    ];
    expect(evaluate(slo("first-token").errors("5m"), samples)[0]).toBeCloseTo(0.1, 12);
  });

  test.each(["1", "1.0"])("a whole bound is found however Prometheus writes it: %s", (le) => {
    const whole = slo("first-token", { classes: [trafficClass({ firstTokenP95Ms: 1000 })] });
    const name = "gen_ai_server_time_to_first_token_seconds";
    const labels = { traffic_class: "chat" };
    const samples = [
      { name: `${name}_bucket`, labels: { ...labels, le }, value: 3 },
      { name: `${name}_bucket`, labels: { ...labels, le: "10" }, value: 4 },
      { name: `${name}_count`, labels, value: 4 },
    ];
    expect(evaluate(whole.errors("1h"), samples)).toEqual([0.25]);
  });

  test("requests with error_type are bad; without any error the share is zero, without requests there is none", () => {
    const name = "gen_ai_server_request_duration_seconds_count";
    const ok = { name, labels: { traffic_class: "chat" }, value: 8 };
    const bad = { name, labels: { traffic_class: "chat", error_type: "_OTHER" }, value: 2 };
    const { errors, objective } = slo("answered");
    expect(objective).toBe(0.99);
    expect(evaluate(errors("1h"), [ok, bad])).toEqual([0.2]);
    expect(evaluate(errors("1h"), [ok])).toEqual([0]);
    expect(evaluate(errors("1h"), [])).toEqual([]);
  });

  test("requests that inner proxies see a second time are counted once", () => {
    const gateway = slo("gateway", {
      sources: [
        ...GATEWAY,
        source("envoy-gateway", { name: "front", labels: { tier: "outer" } }),
        source("envoy-gateway", { name: "pools", labels: { tier: "inner" } }),
      ],
    });
    const of = (tier: string, envoy_response_code_class: string, value: number) => ({
      name: "envoy_http_downstream_rq_xx",
      labels: { envoy_http_conn_manager_prefix: "http-10080", envoy_response_code_class, tier },
      value,
    });
    const samples = [of("outer", "2", 9), of("outer", "5", 1), of("inner", "2", 90), of("inner", "5", 10)];
    expect(evaluate(gateway.errors("1h"), samples)).toEqual([0.1]);
    const unmarked = { ...of("outer", "5", 1), labels: { envoy_response_code_class: "5" } };
    expect(evaluate(gateway.errors("1h"), [...samples, unmarked])[0]).toBeCloseTo(2 / 11, 12);
  });

  test("the gateway as a whole keeps the strictest objective, its own listeners left out", () => {
    const gateway = slo("gateway", {
      sources: [...GATEWAY, source("envoy-gateway")],
      classes: [trafficClass(), trafficClass({ name: "batch", objective: 0.9 })],
    });
    expect(gateway.objective).toBe(0.99);
    const of = (
      envoy_http_conn_manager_prefix: string,
      envoy_response_code_class: string,
      value: number,
    ) => ({
      name: "envoy_http_downstream_rq_xx",
      labels: { envoy_http_conn_manager_prefix, envoy_response_code_class },
      value,
    });
    const samples = [
      of("http-10080", "2", 99),
      of("http-10080", "5", 1),
      of("admin", "5", 50),
      of("eg-ready-http", "2", 50),
    ];
    expect(evaluate(gateway.errors("5m"), samples)).toEqual([0.01]);
  });

  test("without the gateway an engine can measure a class that it alone serves", () => {
    const sources = [source("vllm", { labels: { traffic_class: "chat" } })];
    expect(slo("first-token", { sources, withoutSlo: { chat: ["answered"] } })).toMatchObject({
      exporter: "vllm",
      boundSeconds: 0.5,
    });
  });

  test("where the gateway has no bucket near the target, such an engine is asked", () => {
    const sources = [...GATEWAY, source("vllm", { labels: { traffic_class: "chat" } })];
    const classes = [trafficClass({ firstTokenP95Ms: 60_000 })];
    expect(slo("first-token", { sources, classes })).toMatchObject({ exporter: "vllm", boundSeconds: 80 });
  });
});

describe("refused", () => {
  const refused = (props: Partial<ObservabilityPlanProps>) => codes(() => plan(props));

  test.each<readonly [string, Partial<ObservabilityPlanProps>, readonly string[]]>([
    [
      "no exporter that knows the class",
      { sources: [source("vllm")] },
      ["SloWithoutMetric", "SloWithoutMetric"],
    ],
    [
      "Triton, which counts chunks",
      { sources: [source("triton", { labels: { traffic_class: "chat" } })] },
      ["SloWithoutMetric", "SloWithoutMetric"],
    ],
    [
      "a target far from all buckets",
      { classes: [trafficClass({ firstTokenP95Ms: 21_000 })] },
      ["SloWithoutMetric"],
    ],
    ["no error budget", { classes: [trafficClass({ objective: 1 })] }, ["SloOutOfRange"]],
    ["nothing promised", { classes: [trafficClass({ objective: 0 })] }, ["SloOutOfRange"]],
    ["an exception for an unknown class", { withoutSlo: { chatt: ["answered"] } }, ["UnknownTrafficClass"]],
    ["a class twice", { classes: [trafficClass(), trafficClass()] }, ["DuplicateValue"]],
    ["a source twice", { sources: [...GATEWAY, ...GATEWAY] }, ["DuplicateValue"]],
    ["a source with a bad name", { sources: [source("vllm", { name: "A b" })] }, ["InvalidName"]],
    ["an exporter that nobody knows", { sources: [source("statsd" as "vllm")] }, ["NotOneOf"]],
    ["a token as port", { sources: [source("vllm", { port: Fn.join("", ["a"]) })] }, ["TokenNotAllowed"]],
    [
      "a label that Prometheus does not take",
      { sources: [source("vllm", { labels: { "a-b": "c" } })] },
      ["InvalidName"],
    ],
  ])("%s", (_, props, expected) => {
    expect(refused(props)).toEqual(expected);
  });

  test("a target at twice a bound is the last that is taken", () => {
    expect(refused({ classes: [trafficClass({ firstTokenP95Ms: 20_000 })] })).toEqual([]);
    expect(refused({ classes: [trafficClass({ firstTokenP95Ms: 20_001 })] })).toEqual(["SloWithoutMetric"]);
  });

  test("an objective that is not watched needs no metric, and has no rule", () => {
    const props = { sources: [source("vllm")], withoutSlo: { chat: ["first-token", "answered"] } } as const;
    expect(plan(props).slos).toEqual([]);
    expect(burns(props)).toEqual([]);
  });
});

test("the nearest bound is nearest by ratio, and the stricter of two", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 10_000 }),
      (bounds, target) => {
        const found = nearestBound(bounds, target);
        const ratio = (bound: number) => Math.max(bound / target, target / bound);
        const best = Math.min(...bounds.map(ratio));
        expect(found === undefined).toBe(best > 2 + 1e-6);
        if (found !== undefined) {
          expect(ratio(found)).toBeCloseTo(best, 9);
        }
      },
    ),
  );
  expect(nearestBound([1, 4], 2)).toBe(1);
});

/** A burn-rate alert as numbers. */
function parsed({ expr, labels }: AlertRule) {
  const thresholds = [...expr.matchAll(/ > ([\d.]+)/g)].map(([, value]) => Number(value));
  const minutes = (window: string) =>
    Number(window.slice(0, -1)) * { m: 1, h: 60, d: 1440 }[window.at(-1) as "m"]!;
  return { thresholds, long: minutes(labels!.long_window!), short: minutes(labels!.short_window!) };
}

/** Minutes until an alert speaks when from now on this share of requests is bad; undefined if it never does. */
function minutesUntil(alert: AlertRule, share: number): number | undefined {
  const { thresholds, long, short } = parsed(alert);
  for (let minute = 1; minute <= 3 * 1440; minute++) {
    const ratio = (window: number) => (share * Math.min(minute, window)) / window;
    if (ratio(long) > thresholds[0]! && ratio(short) > thresholds[1]!) {
      return minute;
    }
  }
  return undefined;
}

describe("burn rates", () => {
  const ofKind = (kind: string, props: Partial<ObservabilityPlanProps> = {}) =>
    burns(props).filter(({ labels }) => labels!.slo === kind);

  test("four windows of the workbook, two that wake and two that wait", () => {
    expect(
      ofKind("answered").map(({ labels, severity }) => [labels!.long_window, labels!.short_window, severity]),
    ).toEqual([
      ["1h", "5m", "page"],
      ["6h", "30m", "page"],
      ["1d", "2h", "ticket"],
      ["3d", "6h", "ticket"],
    ]);
    expect(ofKind("answered").map((alert) => parsed(alert).thresholds)).toEqual([
      [0.144, 0.144],
      [0.06, 0.06],
      [0.03, 0.03],
      [0.01, 0.01],
    ]);
  });

  test("the long window has used the share of the budget that the alert tells", () => {
    for (const { factor, long, budget } of BURN_RATE_WINDOWS) {
      const hours = Number(long.slice(0, -1)) * (long.endsWith("d") ? 24 : 1);
      expect(`${Math.round((factor * hours * 100) / (30 * 24))} %`).toBe(budget);
    }
  });

  test("a total outage wakes somebody after nine minutes, every eighth request after three hours", () => {
    const [fast] = ofKind("answered");
    expect(minutesUntil(fast!, 1)).toBe(9);
    expect(minutesUntil(fast!, 0.125)).toBeUndefined();
    expect(minutesUntil(ofKind("answered")[1]!, 0.125)).toBe(173);
  });

  test("as many errors as the objective allows never tell anybody", () => {
    expect(ofKind("answered").map((alert) => minutesUntil(alert, 0.0099))).toEqual(Array(4).fill(undefined));
  });

  test("a window whose threshold no share of errors could pass is left out", () => {
    const windows = (objective: number) =>
      ofKind("answered", { classes: [trafficClass({ objective })] }).map(({ labels }) => labels!.long_window);
    expect(windows(0.94)).toEqual(["1h", "6h", "1d", "3d"]);
    expect(windows(0.93)).toEqual(["6h", "1d", "3d"]);
    expect(windows(0.8)).toEqual(["1d", "3d"]);
    expect(windows(0.5)).toEqual(["3d"]);
  });

  test("every ratio that an alert reads is recorded, with the labels by which it is read", () => {
    const { groups } = plan();
    const recorded = groups.flatMap(({ rules }) =>
      rules.flatMap((rule) =>
        "record" in rule ? [`${rule.record}|${rule.labels?.slo}|${rule.labels?.traffic_class}`] : [],
      ),
    );
    for (const { expr, labels } of burns()) {
      for (const [, name] of expr.matchAll(/(traffic_class:slo_errors:ratio_rate\w+)\{/g)) {
        expect(recorded).toContain(`${name}|${labels!.slo}|${labels!.traffic_class}`);
      }
    }
    const read = new Set(BURN_RATE_WINDOWS.flatMap(({ long, short }) => [long, short]));
    expect([...read].sort()).toEqual([...RECORDED_WINDOWS].sort());
  });
});
