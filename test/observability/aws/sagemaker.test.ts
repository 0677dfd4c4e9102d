import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Token } from "cdktf";
import { SageMakerObservability, type SageMakerObservabilityProps } from "../../../lib/aws";
import { METRICS } from "../../../lib/observability";
import { SAGEMAKER } from "../../../lib/observability/metrics/clouds";
import type { IModelEndpoint } from "../../../lib/serving/serving";
import { Template } from "../../../lib/testing";
import { CHAT, codes, IRELAND, make as makeEndpoint, type Props, TOPIC } from "../../serving/aws/fixture";

const UNMEASURED = { withoutSlo: { chat: ["first-token"] } } as const;
const TOPICS = { pageTopicArn: TOPIC, ticketTopicArn: `${TOPIC}-later` };
const QUEUED: Parameters<typeof makeEndpoint>[0] = ({ lake }) => ({
  async: { input: lake.zone("talks"), output: lake.zone("answers") },
});
const TWO: Props = {
  variants: [
    {
      name: "full",
      instanceType: "ml.g6e.12xlarge",
      trafficPercent: 90,
      usdPerInstanceHour: 10,
      instances: 2,
    },
    {
      name: "small",
      instanceType: "ml.g6e.2xlarge",
      trafficPercent: 10,
      usdPerInstanceHour: 3,
      instances: 1,
    },
  ],
};

interface Alarm {
  readonly alarm_name: string;
  readonly alarm_description: string;
  readonly alarm_actions?: readonly string[];
  readonly ok_actions?: readonly string[];
  readonly threshold: number;
  readonly metric_name?: string;
  readonly metric_query?: readonly {
    readonly id: string;
    readonly expression?: string;
    readonly return_data: boolean;
    readonly metric?: { readonly period: number; readonly stat: string; readonly metric_name: string };
  }[];
}

interface Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly region?: string;
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

function make(
  props: Partial<SageMakerObservabilityProps> = {},
  endpointProps: Parameters<typeof makeEndpoint>[0] = {},
) {
  const { stack, endpoint } = makeEndpoint(endpointProps);
  const watch = new SageMakerObservability(stack, "watch", {
    site: IRELAND,
    namePrefix: "acme-watch",
    endpoints: [endpoint],
    ...UNMEASURED,
    ...props,
  });
  const own = <T>(type: string): readonly T[] => {
    const all = Template.of(stack).resources(type) as Record<string, T>;
    return Object.entries(all).flatMap(([id, each]) => (id.startsWith("watch_") ? [each] : []));
  };
  const alarms = () => own<Alarm>("aws_cloudwatch_metric_alarm");
  return {
    stack,
    watch,
    endpoint,
    alarms,
    alarm: (ending: string) =>
      alarms().find(({ alarm_name }) => alarm_name === `acme-watch-assistant-${ending}`)!,
    composites: () => own<Alarm & { readonly alarm_rule: string }>("aws_cloudwatch_composite_alarm"),
    widgets: () =>
      JSON.parse(
        (Template.of(stack).resource("aws_cloudwatch_dashboard") as { dashboard_body: string })
          .dashboard_body,
      ).widgets as readonly Widget[],
  };
}

describe("an error budget", () => {
  test("is watched over two windows, and told by an alarm that needs both", () => {
    const { composites, alarm } = make({ topics: TOPICS });
    const found = (window: string) =>
      composites().find(({ alarm_name }) => alarm_name === `acme-watch-assistant-burn-${window}`);
    expect(composites()).toHaveLength(4);
    const fast = found("1h");
    expect(fast!.alarm_rule).toMatch(
      /^ALARM\("\$\{aws_cloudwatch_metric_alarm\.[^}]+over-1h[^}]+\}"\) AND ALARM\(/,
    );
    expect(fast).toMatchObject({ alarm_actions: [TOPIC], ok_actions: [TOPIC] });
    expect(found("1d")).toMatchObject({ alarm_actions: [`${TOPIC}-later`] });
    // Objective 0.99: 14.4 times the budget of 1 %.
    expect(alarm("burn-1h-over-5m")).toMatchObject({
      threshold: 0.144,
      comparison_operator: "GreaterThanThreshold",
      evaluation_periods: 1,
      treat_missing_data: "notBreaching",
    });
    expect(alarm("burn-1h-over-5m").alarm_actions).toBeUndefined();
  });

  test("is the share of 5xx of all variants together, in the window of each alarm", () => {
    const { alarm } = make({}, TWO);
    const queries = alarm("burn-6h-over-30m").metric_query!;
    expect(queries[0]).toMatchObject({
      expression: "(FILL(e0,0)+FILL(e1,0))/(FILL(n0,0)+FILL(n1,0))",
      return_data: true,
    });
    expect(queries.slice(1).map(({ id, metric }) => [id, metric!.stat, metric!.period])).toEqual([
      ["e0", "Sum", 1800],
      ["e1", "Sum", 1800],
      ["n0", "SampleCount", 1800],
      ["n1", "SampleCount", 1800],
    ]);
    expect(queries[1]!.metric).toMatchObject({
      namespace: "AWS/SageMaker",
      metric_name: "Invocation5XXErrors",
      dimensions: { EndpointName: "acme-assistant", VariantName: "full" },
    });
    const periods = ["over-1h", "over-6h", "over-1d", "over-3d"].map(
      (ending) => make().alarm(`burn-${ending.slice(5)}-${ending}`).metric_query![1]!.metric!.period,
    );
    expect(periods).toEqual([3600, 21_600, 86_400, 259_200]);
  });

  test("is of the strictest class, and of none if none promises an answer", () => {
    const strict = { ...CHAT, name: "strict", objective: 0.999 };
    const classes = { classes: [CHAT, strict] };
    const withoutSlo = { chat: ["first-token"], strict: ["first-token"] } as const;
    expect(make({ withoutSlo }, classes).watch.plan.slos).toMatchObject([
      { kind: "answered", endpoint: "assistant", objective: 0.999, exporter: "sagemaker" },
    ]);
    expect(
      make({ withoutSlo: { ...withoutSlo, strict: ["first-token", "answered"] } }, classes).watch.plan.slos,
    ).toMatchObject([{ objective: CHAT.objective }]);
    const none = make({ withoutSlo: { chat: ["first-token", "answered"] } });
    expect(none.watch.plan.slos).toEqual([]);
    expect(none.composites()).toEqual([]);
    expect(none.widgets()[0]!.properties.markdown).toContain("Nothing is promised");
  });

  test("that errors cannot use up fast enough is not watched in that window, which is said", () => {
    const { composites, stack } = make({}, { classes: [{ ...CHAT, objective: 0.9 }] });
    expect(
      composites()
        .map(({ alarm_name }) => alarm_name.split("-").at(-1))
        .sort(),
    ).toEqual(["1d", "3d", "6h"]);
    expect(JSON.stringify(stack.node.findAll().flatMap(({ node }) => node.metadata))).toContain(
      "answered of assistant",
    );
  });
});

describe("health", () => {
  test("GPUs that do nothing: their shares are added up in an instance", () => {
    const { alarm } = make({ limits: { idleShare: 0.1 }, topics: TOPICS }, TWO);
    expect(alarm("full-idle")).toMatchObject({
      namespace: "/aws/sagemaker/Endpoints",
      metric_name: "GPUUtilization",
      statistic: "Average",
      comparison_operator: "LessThanThreshold",
      threshold: 40,
      period: 3600,
      alarm_actions: [`${TOPIC}-later`],
    });
    expect(alarm("small-idle").threshold).toBe(10);
    expect(make().alarm("full-idle").threshold).toBe(5);
  });

  test("a queue that grows, and one that nobody works on", () => {
    const { alarm } = make({ limits: { waitingPerReplica: 77 }, topics: TOPICS }, QUEUED);
    expect(alarm("queue-long")).toMatchObject({
      metric_name: "ApproximateBacklogSizePerInstance",
      dimensions: { EndpointName: "acme-assistant" },
      threshold: 77,
      period: 600,
    });
    expect(alarm("not-started")).toMatchObject({
      metric_name: "HasBacklogWithoutCapacity",
      statistic: "Minimum",
      threshold: 1,
      period: 1800,
      alarm_actions: [TOPIC],
    });
    expect(make({}, QUEUED).alarm("queue-long").threshold).toBe(10);
    expect(make().alarm("queue-long")).toBeUndefined();
  });

  test("without topics alarms tell nobody", () => {
    const { alarms, composites } = make({}, QUEUED);
    const all: readonly Alarm[] = [...alarms(), ...composites()];
    expect(all.filter(({ alarm_actions, ok_actions }) => alarm_actions ?? ok_actions)).toEqual([]);
  });

  test("each alarm says what to look at, and is found by its name", () => {
    const { watch, alarms } = make({ topics: TOPICS }, QUEUED);
    expect(Object.keys(watch.alarms)).toEqual([
      ...["1h", "6h", "1d", "3d"].map((window) => `assistant-burn-${window}`),
      "assistant-queue-long",
      "assistant-not-started",
      "assistant-full-idle",
    ]);
    expect(alarms().filter(({ alarm_description }) => alarm_description.length < 40)).toEqual([]);
  });
});

describe("the dashboard", () => {
  const titles = (made: ReturnType<typeof make>) =>
    made.widgets().flatMap(({ properties }) => properties.title ?? []);

  test("shows what is published with a queue and without", () => {
    const shared = [
      "Share of requests answered 5xx",
      "Requests per minute",
      "Instances",
      "GPUs busy, percent",
    ];
    expect(titles(make())).toEqual(expect.arrayContaining([...shared, "Open requests of an instance"]));
    expect(titles(make({}, QUEUED))).toEqual(expect.arrayContaining([...shared, "Requests that wait"]));
    expect(titles(make())).not.toContain("Requests that wait");
    expect(titles(make({}, QUEUED))).not.toContain("Open requests of an instance");
  });

  test("names only metrics of the catalogue, with the dimensions that they have", () => {
    const known = new Map(SAGEMAKER.metrics.map(({ name, labels }) => [name, labels]));
    const rows = [make({}, TWO), make({}, QUEUED)].flatMap((made) =>
      made.widgets().flatMap(({ properties }) => properties.metrics ?? []),
    );
    const named = rows.filter(([namespace]) => typeof namespace === "string");
    expect(named.length).toBeGreaterThan(20);
    for (const [, name, ...rest] of named) {
      const dimensions = rest.filter((entry, index) => index % 2 === 0 && typeof entry === "string");
      expect([name, dimensions]).toEqual([name, known.get(name as string)]);
    }
  });

  test("tells price and promise, and lies within 24 columns without overlap", () => {
    const made = make({}, TWO);
    const widgets = made.widgets();
    expect(widgets[0]!.properties.markdown).toContain("99 % of requests");
    expect(widgets[0]!.properties.markdown).toContain("USD 23 an hour");
    expect(make().widgets()[0]!.properties.markdown).not.toContain("USD");
    for (const [index, a] of widgets.entries()) {
      expect(a.x + a.width).toBeLessThanOrEqual(24);
      for (const b of widgets.slice(index + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
    }
    expect(
      widgets.flatMap(({ properties }) => properties.region ?? []).every((each) => each === "eu-west-1"),
    ).toBe(true);
  });

  test("is golden", () => {
    expect(make({}, QUEUED).widgets()).toMatchSnapshot();
  });
});

test("it is an observability like others, but answers no queries of Prometheus", () => {
  const { watch } = make();
  expect(watch.backend).toBe("cloudwatch");
  expect(watch.site).toBe(IRELAND);
  expect(watch.plan.groups).toEqual([]);
  expect(watch.plan.metrics.has("sagemaker")).toBe(true);
  expect(watch.plan.slos[0]!.errors("1h")).toBe("(FILL(e0,0))/(FILL(n0,0)) in 1h");
  expect(codes(() => watch.query())).toEqual(["QueriesNotAnswered"]);
  expect(Object.keys(METRICS)).not.toContain("sagemaker");
});

describe("refused", () => {
  const variants = Array.from({ length: 6 }, (_, index) => ({
    name: `v${index}`,
    instanceType: "ml.g6e.2xlarge",
    trafficPercent: index === 0 ? 50 : 10,
  }));
  /** The same endpoint, but for what is told of it. */
  const other = (change: Partial<IModelEndpoint>): IModelEndpoint =>
    Object.create(
      makeEndpoint().endpoint,
      Object.fromEntries(Object.entries(change).map(([name, value]) => [name, { value }])),
    );

  interface Refusal {
    readonly what: string;
    readonly props?: Partial<SageMakerObservabilityProps>;
    readonly of?: Parameters<typeof makeEndpoint>[0];
    readonly expected: readonly string[];
  }
  test.each<Refusal>([
    {
      what: "first tokens, which nothing measures",
      props: { withoutSlo: {} },
      expected: ["SloWithoutMetric"],
    },
    { what: "no endpoint", props: { endpoints: [], withoutSlo: {} }, expected: ["MissingValue"] },
    {
      what: "a class of no endpoint",
      props: { withoutSlo: { chat: ["first-token"], x: [] } },
      expected: ["UnknownTrafficClass"],
    },
    { what: "a name that is none", props: { namePrefix: "A_" }, expected: ["InvalidName"] },
    {
      what: "a name that is a token",
      props: { namePrefix: Token.asString({ x: 1 }) },
      expected: ["TokenNotAllowed"],
    },
    {
      what: "topics that are none",
      props: { topics: { pageTopicArn: "arn:aws:sqs:x", ticketTopicArn: "y" } },
      expected: ["InvalidArn", "InvalidArn"],
    },
    {
      what: "a limit of a queue, without one",
      props: { limits: { waitingPerReplica: 5 } },
      expected: ["LimitWithoutMetric"],
    },
    {
      what: "a limit that nothing measures",
      props: { limits: { gpuCelsius: 80 } as object },
      expected: ["LimitWithoutMetric"],
    },
    {
      what: "a queue of none",
      props: { limits: { waitingPerReplica: 0 } },
      of: QUEUED,
      expected: ["NumberOutOfRange"],
    },
    { what: "a share above one", props: { limits: { idleShare: 1.1 } }, expected: ["SloOutOfRange"] },
    {
      what: "a share that is a token",
      props: { limits: { idleShare: Token.asNumber({ x: 1 }) } },
      expected: ["TokenNotAllowed"],
    },
    { what: "more variants than an alarm can read", of: { variants }, expected: ["NumberOutOfRange"] },
  ])("$what", ({ props, of, expected }) => {
    expect(codes(() => make(props, of))).toEqual(expected);
  });

  test("five variants are not too many", () => {
    const five = variants.slice(1).map((variant) => ({ ...variant, trafficPercent: 20 }));
    expect(codes(() => make({}, { variants: five }))).toEqual([]);
  });

  test("an endpoint whose metrics are not CloudWatch's, and one named twice", () => {
    const { endpoint } = makeEndpoint();
    const inCluster = other({ cloudMetrics: undefined });
    expect(codes(() => make({ endpoints: [inCluster] }))).toEqual(["EndpointMetricsElsewhere"]);
    expect(codes(() => make({ endpoints: [endpoint, endpoint] }))).toEqual(["DuplicateValue"]);
  });

  test("an objective that leaves no budget", () => {
    const perfect = other({ classes: [{ ...CHAT, objective: 1 }] });
    expect(codes(() => make({ endpoints: [perfect] }))).toEqual(["SloOutOfRange"]);
  });

  test("two of one name at one place", () => {
    const { stack, endpoint } = make();
    new SageMakerObservability(stack, "again", {
      site: IRELAND,
      namePrefix: "acme-watch",
      endpoints: [endpoint],
      ...UNMEASURED,
    });
    expect(() => Template.of(stack)).toThrow("ObservabilityNamesTaken");
  });

  test("a provider of another region", () => {
    const { stack } = make();
    stack.node.findAll().filter((each): each is AwsProvider => each instanceof AwsProvider)[0]!.region =
      "us-east-1";
    expect(() => Template.of(stack)).toThrow("ProviderOfOtherPlace");
  });
});
