import type { Problems } from "../../core/problems";
import type { TrafficClass } from "../serving";
import { KubernetesServingErrors } from "./errors";
import type { CanaryStep, RolloutAnalysis, RolloutProps } from "./props";
import { selector } from "./scaling";
import { type EndpointContext, type ResolvedVariant, seriesLabels } from "./variant";

/** By which the pool knows the version that answers, while two are there. */
export const VERSION_LABEL = "hybrid-ai.io/version";
const HASH_ARGUMENT = "pods";

const DEFAULT_ERROR_RATE = 0.01;
const DEFAULT_INTERVAL_SECONDS = 60;
const DEFAULT_FAILURES = 2;
/** Looks of an analysis that ends by itself: ten minutes by default. */
const LOOKS = 10;

/** Without a number neither condition holds: the look is inconclusive, and no reason to promote. */
const judged = (condition: string): string =>
  `len(result) > 0 && !isNaN(result[0]) && result[0] ${condition}`;

/**
 * Spec of the AnalysisTemplate of a variant: of the pods of one version, the share of errors of the server, and the 95th
 * percentile of the time to the first token. A look without data (no series, no request) is inconclusive; more of them than
 * `failures` and the Rollout pauses where it is, until somebody promotes or aborts it.
 *
 * Series: `http_requests_total` of vLLM's server (prometheus-fastapi-instrumentator, statuses as `5xx`), and
 * `vllm:time_to_first_token_seconds`. Sources: vllm-project/vllm docs/design/metrics.md
 * (opened by excerpt); argoproj/argo-rollouts docs/features/analysis.md, "Inconclusive Runs" (opened 2026-11, an older
 * version), and its utils/evaluate/evaluate.go, which gives conditions `isNaN`; `inconclusiveLimit` from the published definition.
 */
export function analysisSpec(
  context: EndpointContext,
  variant: ResolvedVariant,
  analysis: RolloutAnalysis = {},
): Record<string, unknown> {
  const { maxErrorRate = DEFAULT_ERROR_RATE, intervalSeconds = DEFAULT_INTERVAL_SECONDS } = analysis;
  const firstToken = analysis.firstTokenP95Ms ?? strictestFirstTokenMs(context.classes);
  // A Rollout calls pods `<rollout>-<hash of the version>-<random>`.
  const of = `${selector(seriesLabels(context, variant, "both"))},pod=~"${variant.object}-{{args.${HASH_ARGUMENT}}}-.+"`;
  const metric = (name: string, highest: number, query: string) => ({
    name,
    interval: `${intervalSeconds}s`,
    count: LOOKS,
    failureLimit: analysis.failures ?? DEFAULT_FAILURES,
    inconclusiveLimit: analysis.failures ?? DEFAULT_FAILURES,
    successCondition: judged(`<= ${highest}`),
    failureCondition: judged(`> ${highest}`),
    provider: { prometheus: { address: context.prometheusUrl, query } },
  });
  return {
    args: [{ name: HASH_ARGUMENT }],
    metrics: [
      metric(
        "error-rate",
        maxErrorRate,
        // Without any error there is no series of errors; without any request the quotient has no value.
        `(sum(rate(http_requests_total{status="5xx",${of}}[5m])) or vector(0)) / sum(rate(http_requests_total{${of}}[5m]))`,
      ),
      metric(
        "first-token-p95",
        firstToken / 1000,
        `histogram_quantile(0.95, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket{${of}}[5m])))`,
      ),
    ],
  };
}

function strictestFirstTokenMs(classes: readonly TrafficClass[]): number {
  return Math.min(...classes.map(({ firstTokenP95Ms }) => firstTokenP95Ms));
}

const analysisOf = (templateName: string) => ({
  templates: [{ templateName }],
  args: [{ name: HASH_ARGUMENT, valueFrom: { podTemplateHashValue: "Latest" } }],
});

/** Names of what a Rollout speaks of. */
export interface RolloutNames {
  readonly template: string;
  readonly service: string;
  readonly preview: string;
}

/**
 * Strategy of an Argo Rollout. Shares of a canary are shares of the replicas: the picker spreads requests over replicas,
 * whichever version they run. Between two colours the pool follows the label `hybrid-ai.io/version`, which the Rollout
 * moves in one step.
 */
export function strategyOf(
  rollout: RolloutProps,
  drainSeconds: number,
  { template, service, preview }: RolloutNames,
): Record<string, unknown> {
  if (rollout.kind === "canary") {
    return {
      canary: {
        maxSurge: 1,
        maxUnavailable: 0,
        analysis: { ...analysisOf(template), startingStep: 1 },
        steps: rollout.steps.flatMap(({ canary, holdSeconds }) => [
          { setWeight: canary },
          { pause: { duration: `${holdSeconds}s` } },
        ]),
      },
    };
  }
  return {
    blueGreen: {
      activeService: service,
      previewService: preview,
      activeMetadata: { labels: { [VERSION_LABEL]: "active" } },
      previewMetadata: { labels: { [VERSION_LABEL]: "preview" } },
      autoPromotionEnabled: !(rollout.manual ?? false),
      ...(rollout.previewReplicas === undefined ? {} : { previewReplicaCount: rollout.previewReplicas }),
      postPromotionAnalysis: analysisOf(template),
      // The old version stays until the analysis has looked, and its generations are done.
      scaleDownDelaySeconds:
        LOOKS * (rollout.analysis?.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS) + Math.ceil(drainSeconds),
    },
  };
}

/** What the pool selects, beside the label of the variant. */
export function versionSelector(rollout: RolloutProps | undefined): Record<string, string> {
  return rollout?.kind === "blue-green" ? { [VERSION_LABEL]: "active" } : {};
}

function checkStep(problems: Problems, at: string, step: CanaryStep, replicas: number): void {
  const bounds = { min: 0, max: 100 };
  const shares =
    problems.literalInteger(`${at}.stable`, step.stable, bounds) &&
    problems.literalInteger(`${at}.canary`, step.canary, { min: 1, max: 100 });
  problems.literalInteger(`${at}.holdSeconds`, step.holdSeconds, { min: 1, max: 604_800 });
  if (!shares) {
    return;
  }
  if (step.stable + step.canary !== 100) {
    problems.add(KubernetesServingErrors.WeightsDoNotSum, {
      subject: at,
      given: `stable ${step.stable}, canary ${step.canary}: ${step.stable + step.canary} together`,
      allowed: "100 together",
    });
  }
  if (step.canary * replicas < 100) {
    problems.add(KubernetesServingErrors.CanaryTooFine, {
      subject: `${at}.canary`,
      given: `${step.canary} of ${replicas} replicas`,
      allowed: `${Math.ceil(100 / Math.max(replicas, 1))} or more: one of ${replicas} replicas`,
    });
  }
}

/** A canary that ends before the analysis may speak would be promoted unseen: the analysis ends with the last step. */
function checkAnalysisTime(
  problems: Problems,
  at: string,
  steps: readonly CanaryStep[],
  analysis: RolloutAnalysis,
): void {
  const { failures = DEFAULT_FAILURES, intervalSeconds = DEFAULT_INTERVAL_SECONDS } = analysis;
  const held = steps.reduce((sum, { holdSeconds }) => sum + holdSeconds, 0);
  const needed = (failures + 1) * intervalSeconds;
  if (held < needed) {
    problems.add(KubernetesServingErrors.AnalysisTooLate, {
      subject: `${at}.rollout.steps`,
      given: `holdSeconds of ${held} together`,
      allowed: `${needed} or more: ${failures + 1} looks, one every ${intervalSeconds} seconds`,
    });
  }
}

/** Reports steps that cannot be made. */
export function checkRollout(problems: Problems, at: string, variant: ResolvedVariant): void {
  const { rollout, scaling } = variant.props;
  if (
    rollout === undefined ||
    !problems.oneOf(`${at}.rollout.kind`, rollout.kind, ["canary", "blue-green"])
  ) {
    return;
  }
  const replicas = scaling?.min ?? variant.parts.at(-1)!.replicas;
  if (rollout.kind === "canary") {
    problems.required(`${at}.rollout.steps`, rollout.steps[0], "one step or more");
    rollout.steps.forEach((step, index) => {
      checkStep(problems, `${at}.rollout.steps[${index}]`, step, replicas);
    });
    if (rollout.steps.length > 0) {
      checkAnalysisTime(problems, at, rollout.steps, rollout.analysis ?? {});
    }
  } else if (rollout.previewReplicas !== undefined) {
    problems.literalInteger(`${at}.rollout.previewReplicas`, rollout.previewReplicas, {
      min: 1,
      max: 10_000,
    });
  }
  const { intervalSeconds, failures } = rollout.analysis ?? {};
  if (intervalSeconds !== undefined) {
    problems.literalInteger(`${at}.rollout.analysis.intervalSeconds`, intervalSeconds, {
      min: 10,
      max: 3_600,
    });
  }
  if (failures !== undefined) {
    problems.literalInteger(`${at}.rollout.analysis.failures`, failures, { min: 0, max: LOOKS - 1 });
  }
}
