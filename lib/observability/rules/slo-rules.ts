import { TRAFFIC_CLASS_LABEL } from "../../gateway/gateway";
import {
  BURN_RATE_WINDOWS,
  type BurnRateWindow,
  burnThreshold,
  plainNumber,
  RECORDED_WINDOWS,
} from "./burn-rate";
import type { AlertRule, RecordingRule, RuleGroup } from "./rule";
import type { Slo, SloKind } from "./slo";

/** Windows whose ratios change quickly. */
const SHORT_WINDOWS: readonly string[] = ["5m", "30m", "1h"];

const RUNBOOKS: Readonly<Record<SloKind, string>> = {
  "first-token":
    "Requests wait too long for their first token. Look at the queue and the key/value cache of the engines: if requests wait, replicas are missing or did not start (see the autoscaler); if the cache is full, answers or prompts are longer than planned. If neither, compare the time at the gateway with that in the engine: the difference is the network, guardrails or retries. Then look at temperature and XID errors of the accelerators. Shed the class of the lowest priority, or let the gateway fall back, until the cause is removed.",
  answered:
    "Requests of this class end in errors. Group them by backend and model (gen_ai_provider_name, gen_ai_response_model): errors of one backend mean that backend, errors of all mean the gateway or the requests themselves. Errors of clients count too, because the gateway tells no difference. Take the backend out of the route, or undo the last rollout.",
  gateway:
    "The gateway answers with 5xx. If one backend has no healthy hosts, see its pods; if all have, see the gateway's own pods, its external processor and its rate limit service. The objective is the strictest of all classes.",
};

const labelsOf = ({ kind, trafficClass }: Slo) => ({
  slo: kind,
  ...(trafficClass === undefined ? {} : { [TRAFFIC_CLASS_LABEL]: trafficClass }),
});

/** Name of the series that holds the share of bad requests in a window. */
export const errorRatio = (window: string): string => `traffic_class:slo_errors:ratio_rate${window}`;

/** Name of the series that holds the share of requests that may be bad. */
export const ERROR_BUDGET = "traffic_class:slo_error_budget:ratio";

function selector(slo: Slo, window: string): string {
  const inside = Object.entries(labelsOf(slo)).map(([label, value]) => `${label}="${value}"`);
  return `${errorRatio(window)}{${inside.join(",")}}`;
}

function recordings(slos: readonly Slo[], windows: readonly string[]): readonly RecordingRule[] {
  return slos.flatMap((slo) =>
    windows.map((window) => ({
      record: errorRatio(window),
      expr: slo.errors(window),
      labels: labelsOf(slo),
    })),
  );
}

function budgets(slos: readonly Slo[]): readonly RecordingRule[] {
  return slos.map((slo) => ({
    record: ERROR_BUDGET,
    expr: `vector(${plainNumber(1 - slo.objective)})`,
    labels: labelsOf(slo),
  }));
}

/** Windows whose alert can speak at all: below the threshold of one. */
export function reachableWindows({ objective }: Slo): readonly BurnRateWindow[] {
  return BURN_RATE_WINDOWS.filter(({ factor }) => burnThreshold(objective, factor) < 1);
}

function alerts(slo: Slo): readonly AlertRule[] {
  const who = slo.trafficClass === undefined ? "the gateway" : `class ${slo.trafficClass}`;
  return reachableWindows(slo).map(({ factor, long, short, severity, budget }) => {
    const threshold = burnThreshold(slo.objective, factor);
    return {
      alert: "ErrorBudgetBurn",
      expr: `${selector(slo, long)} > ${threshold} and ${selector(slo, short)} > ${threshold}`,
      severity,
      labels: { ...labelsOf(slo), long_window: long, short_window: short },
      summary: `${slo.kind} of ${who}: ${budget} of the error budget of 30 days went in ${long} ({{ $value | humanizePercentage }} of requests were bad)`,
      runbook: `Objective ${plainNumber(slo.objective * 100)} %, measured as ${slo.note}. ${RUNBOOKS[slo.kind]}`,
    };
  });
}

/** Recorded ratios and alerts of all objectives; no group is empty. */
export function sloGroups(slos: readonly Slo[]): readonly RuleGroup[] {
  const long = RECORDED_WINDOWS.filter((window) => !SHORT_WINDOWS.includes(window));
  return slos.length === 0
    ? []
    : [
        {
          name: "slo-ratios-short",
          interval: "30s",
          rules: [...budgets(slos), ...recordings(slos, SHORT_WINDOWS)],
        },
        { name: "slo-ratios-long", interval: "3m", rules: recordings(slos, long) },
        { name: "slo-burn-rates", interval: "30s", rules: slos.flatMap(alerts) },
      ];
}
