import type { Problems } from "../../core/problems";
import type { EngineKind } from "../serving";
import { KubernetesServingErrors } from "./errors";
import { startSeconds } from "./pods";
import type { EndpointContext, ResolvedVariant } from "./variant";
import { seriesLabels } from "./variant";

const DEFAULT_WAITING = 4;
const DEFAULT_CACHE_USE = 0.8;
const DEFAULT_QUIET_SECONDS = 600;
const POLLING_SECONDS = 15;

/**
 * Names under which engines publish requests that wait, and the share of the cache in use.
 *
 * Sources: https://docs.vllm.ai/en/stable/usage/metrics/; kubernetes-sigs/gateway-api-inference-extension
 * docs/proposals/003-model-server-protocol (SGLang, Triton with TensorRT-LLM) (read 2026-11)
 */
const LOAD_SERIES: Readonly<
  Record<EngineKind, { waiting: (of: string) => string; cache: (of: string) => string }>
> = {
  vllm: {
    waiting: (of) => `vllm:num_requests_waiting{${of}}`,
    cache: (of) => `vllm:kv_cache_usage_perc{${of}}`,
  },
  sglang: {
    waiting: (of) => `sglang:num_queue_reqs{${of}}`,
    cache: (of) => `sglang:token_usage{${of}}`,
  },
  triton: {
    waiting: (of) => `nv_trt_llm_request_metrics{request_type="waiting",${of}}`,
    cache: (of) => `nv_trt_llm_kv_cache_block_metrics{kv_cache_block_type="fraction",${of}}`,
  },
};

/** `a="b",c="d"`, as PromQL selects series. */
export function selector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",");
}

/** What a ScaledObject scales. */
export interface ScaleTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

function trigger(address: string, name: string, query: string, threshold: number, activation?: number) {
  return {
    type: "prometheus",
    name,
    // A sum held against a value for each replica: as many replicas as there are such values.
    metricType: "AverageValue",
    metadata: {
      serverAddress: address,
      query,
      threshold: String(threshold),
      ...(activation === undefined ? {} : { activationThreshold: String(activation) }),
    },
  };
}

/** Requests that the picker is asked to place: the only sign of load where there is no replica. */
function arrivals(endpoint: string, variant: string): string {
  const of = selector({ endpoint, variant });
  return ["llm_d_epp_request_total", "llm_d_epp_request_error_total"]
    .map((series) => `(sum(rate(${series}{${of}}[1m])) or vector(0))`)
    .join(" + ");
}

/**
 * Spec of a ScaledObject: replicas by requests that wait and by use of the cache, whichever asks for more. Without
 * metrics there are as many replicas as were planned, not as few as allowed.
 *
 * Source: https://keda.sh/docs/2.20/scalers/prometheus/, …/reference/scaledobject-spec/ (read 2026-11)
 */
export function scaledObjectSpec(
  context: EndpointContext,
  variant: ResolvedVariant,
  target: ScaleTarget,
): Record<string, unknown> {
  const { props, parts } = variant;
  const scaling = props.scaling!;
  const address = context.prometheusUrl!;
  const series = LOAD_SERIES[props.plan.engine];
  const of = selector(seriesLabels(context, variant, "both"));
  const quiet = scaling.quietSeconds ?? DEFAULT_QUIET_SECONDS;
  return {
    scaleTargetRef: { ...target },
    minReplicaCount: scaling.min,
    maxReplicaCount: scaling.max,
    pollingInterval: POLLING_SECONDS,
    cooldownPeriod: quiet,
    fallback: {
      failureThreshold: 4,
      replicas: Math.min(Math.max(parts.at(-1)!.replicas, scaling.min), scaling.max),
    },
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            policies: [{ type: "Percent", value: 100, periodSeconds: 60 }],
          },
          scaleDown: {
            stabilizationWindowSeconds: quiet,
            policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
          },
        },
      },
    },
    triggers: [
      trigger(
        address,
        "waiting",
        `sum(${series.waiting(of)}) or vector(0)`,
        scaling.waitingRequests ?? DEFAULT_WAITING,
      ),
      trigger(
        address,
        "cache-use",
        `sum(${series.cache(of)}) or vector(0)`,
        scaling.cacheUse ?? DEFAULT_CACHE_USE,
      ),
      ...(scaling.min === 0
        ? [
            trigger(
              address,
              "arrivals",
              arrivals(context.endpoint, props.name),
              // Only wakes the first replica: how many there are is for the others to say.
              1_000_000,
              0,
            ),
          ]
        : []),
    ],
  };
}

/** Reports numbers that cannot be scaled between, and a start that is too slow for requests to wait for. */
export function checkScaling(problems: Problems, at: string, variant: ResolvedVariant): void {
  const { scaling } = variant.props;
  if (scaling === undefined) {
    return;
  }
  const counts =
    problems.literalInteger(`${at}.scaling.max`, scaling.max, { min: 1, max: 10_000 }) &&
    problems.literalInteger(`${at}.scaling.min`, scaling.min, { min: 0, max: scaling.max });
  if (counts && scaling.min === 0) {
    checkColdStart(problems, at, variant);
  }
}

function checkColdStart(problems: Problems, at: string, variant: ResolvedVariant): void {
  const most = variant.props.scaling!.maxColdStartSeconds;
  if (
    !problems.required(`${at}.scaling.maxColdStartSeconds`, most, "seconds that a request may wait") ||
    !problems.literalInteger(`${at}.scaling.maxColdStartSeconds`, most!, { min: 1, max: 86_400 })
  ) {
    return;
  }
  const { loadGbps = 1, otherSeconds = 600 } = variant.props.start ?? {};
  const seconds = startSeconds(variant);
  if (seconds > most!) {
    problems.add(KubernetesServingErrors.ColdStartTooLong, {
      subject: `${at}.scaling.min`,
      given: `0, with a start of ${seconds} s: ${Math.ceil(variant.weightsGib)} GiB at ${loadGbps} Gbit/s, and ${otherSeconds} s for everything else`,
      allowed: `a start within ${most} s`,
    });
  }
}
