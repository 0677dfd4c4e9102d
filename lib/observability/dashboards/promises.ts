import { TRAFFIC_CLASS_LABEL } from "../../gateway/gateway";
import { BURN_RATE_WINDOWS } from "../rules/burn-rate";
import { COST_OF_ALL, COST_PER_CLASS, PLANNED_COST, USEFUL_TOKENS } from "../rules/cost";
import { ERROR_BUDGET, errorRatio } from "../rules/slo-rules";
import type { Dashboard, DashboardInput } from "./dashboard";
import { dashboardJson, type Panel, type Row } from "./model";

const BY = `slo, ${TRAFFIC_CLASS_LABEL}`;
const SELECTED = `{${TRAFFIC_CLASS_LABEL}=~"$traffic_class|"}`;
const COST_SELECTED = `{${TRAFFIC_CLASS_LABEL}=~"$traffic_class"}`;

const burn = (window: string) =>
  `sum by (${BY}) (${errorRatio(window)}${SELECTED}) / sum by (${BY}) (${ERROR_BUDGET}${SELECTED})`;

const legend = `{{slo}} {{${TRAFFIC_CLASS_LABEL}}}`;

function burnPanel({ long, short, factor, severity, budget }: (typeof BURN_RATE_WINDOWS)[number]): Panel {
  return {
    title: `Burn rate, ${long} (${severity} above ${factor})`,
    description: `How many times faster than allowed the error budget of 30 days is used up. Above ${factor} in ${long} and in ${short}, ${budget} of the budget went in ${long}: somebody is told.`,
    queries: [{ expr: burn(long), legend }],
    unit: "none",
    decimals: 1,
    width: 12,
    steps: [factor],
  };
}

function promiseRows({ slos }: DashboardInput): readonly Row[] {
  const measured = slos.map(
    ({ kind, trafficClass, objective, note }) =>
      `${kind}${trafficClass === undefined ? "" : ` of ${trafficClass}`}: ${objective * 100} %, ${note}`,
  );
  return [
    {
      title: "Promises",
      panels: [
        {
          title: "Bad requests in the last three days, against the budget",
          description: `1 means that the budget of 30 days is used up as fast as it grows. Measured: ${measured.join(". ")}.`,
          kind: "stat",
          queries: [{ expr: burn("3d"), legend }],
          unit: "none",
          decimals: 2,
          width: 24,
          height: 6,
          steps: [0.8, 1],
        },
        {
          title: "Share of bad requests, 5 minutes",
          description: "By promise and class. The budget is the share that may be bad.",
          queries: [{ expr: `sum by (${BY}) (${errorRatio("5m")}${SELECTED})`, legend }],
          unit: "percentunit",
          width: 24,
        },
      ],
    },
    { title: "Burn rates", panels: BURN_RATE_WINDOWS.map(burnPanel) },
  ];
}

function costRow(): Row {
  return {
    title: "Cost",
    panels: [
      {
        title: "USD per 1,000 useful tokens, by class",
        description:
          "Useful: output tokens of answered requests, times the share of requests whose first token came in time. A class pays for its share of each endpoint's output tokens of the last hour, at list price and planned number of replicas.",
        queries: [
          {
            expr: `sum by (${TRAFFIC_CLASS_LABEL}) (${COST_PER_CLASS}${COST_SELECTED})`,
            legend: `{{${TRAFFIC_CLASS_LABEL}}}`,
          },
          { expr: `sum(${COST_OF_ALL})`, legend: "all, with what stands idle" },
        ],
        unit: "currencyUSD",
        decimals: 4,
        width: 12,
      },
      {
        title: "Useful tokens per second, by class",
        description: "Over the last hour.",
        queries: [
          {
            expr: `sum by (${TRAFFIC_CLASS_LABEL}) (${USEFUL_TOKENS}${COST_SELECTED})`,
            legend: `{{${TRAFFIC_CLASS_LABEL}}}`,
          },
        ],
        unit: "none",
        decimals: 0,
        width: 6,
      },
      {
        title: "Planned USD per hour, by endpoint",
        description: "Accelerators at the planned number of replicas, by the price table.",
        kind: "stat",
        queries: [{ expr: `sum by (endpoint) (${PLANNED_COST})`, legend: "{{endpoint}}" }],
        unit: "currencyUSD",
        width: 6,
      },
    ],
  };
}

/** Promises to each class, how fast their error budgets go, and what useful tokens cost. */
export function promiseDashboard(input: DashboardInput): Dashboard {
  const uid = "hybrid-ai-promises";
  const title = "AI platform: promises and cost";
  return {
    uid,
    title,
    json: dashboardJson({
      uid,
      title,
      description:
        "Objectives of each traffic class, burn rates of their error budgets, cost of useful tokens.",
      variables: [
        {
          name: "traffic_class",
          label: "Traffic class",
          series: ERROR_BUDGET,
          from: TRAFFIC_CLASS_LABEL,
        },
      ],
      rows: [...promiseRows(input), ...(input.priced ? [costRow()] : [])],
      from: "now-24h",
    }),
  };
}
