import { TRAFFIC_CLASS_LABEL } from "../../gateway/gateway";
import type { Matchers } from "../metrics/published";
import { cacheQueries, waitingQueries } from "../rules/engine-alerts";
import { clientRequests } from "../rules/slo";
import type { DashboardInput } from "./dashboard";
import type { Panel, PanelQuery, Row } from "./model";

const RATE = "$__rate_interval";
const CLASS = `{{${TRAFFIC_CLASS_LABEL}}}`;
const IN_NAMESPACE = { namespace: { matches: "$namespace" } };

const REQUESTS = "gen_ai_server_request_duration_seconds";
const FIRST_TOKEN = "gen_ai_server_time_to_first_token_seconds";
const NEXT_TOKEN = "gen_ai_server_time_per_output_token_seconds";
const TOKENS = "gen_ai_client_token_usage";
const CACHE_REQUESTS = "response_cache_requests_total";

const quantile = (share: number, by: string, buckets: string) =>
  `histogram_quantile(${share}, sum by (${by}, le) (rate(${buckets})))`;

/** What applications see, by class: only the AI gateway knows it. */
export function applicationRow({ metrics, classes }: DashboardInput): Row {
  if (!metrics.has("envoy-ai-gateway")) {
    return { title: "Application", panels: [] };
  }
  const promised = classes.map(({ name, firstTokenP95Ms }) => `${name} ${firstTokenP95Ms} ms`).join(", ");
  const failed = metrics.count(REQUESTS, { error_type: { not: "" } }, RATE);
  return {
    title: "Application",
    panels: [
      {
        title: "Requests by class",
        description: "Requests that the gateway's AI filter saw.",
        queries: [
          {
            expr: `sum by (${TRAFFIC_CLASS_LABEL}) (rate(${metrics.count(REQUESTS, {}, RATE)}))`,
            legend: CLASS,
          },
        ],
        unit: "reqps",
        width: 6,
      },
      {
        title: "Time to the first token, 95th percentile",
        description: `Streamed answers, at the gateway. Promised: ${promised || "nothing"}.`,
        queries: [
          {
            expr: quantile(0.95, TRAFFIC_CLASS_LABEL, metrics.bucket(FIRST_TOKEN, undefined, {}, RATE)),
            legend: CLASS,
          },
        ],
        unit: "s",
        width: 6,
      },
      {
        title: "Time between tokens, mean",
        description: "Streamed answers, at the gateway.",
        queries: [
          {
            expr: `sum by (${TRAFFIC_CLASS_LABEL}) (rate(${metrics.sum(NEXT_TOKEN, {}, RATE)})) / sum by (${TRAFFIC_CLASS_LABEL}) (rate(${metrics.count(NEXT_TOKEN, {}, RATE)}))`,
            legend: CLASS,
          },
        ],
        unit: "s",
        width: 6,
      },
      {
        title: "Share of errors by class",
        description: "Requests that ended with an error, those of clients among them.",
        queries: [
          {
            expr: `sum by (${TRAFFIC_CLASS_LABEL}) (rate(${failed})) / sum by (${TRAFFIC_CLASS_LABEL}) (rate(${metrics.count(REQUESTS, {}, RATE)}))`,
            legend: CLASS,
          },
        ],
        unit: "percentunit",
        width: 6,
      },
    ],
  };
}

function aiGatewayPanels({ metrics }: DashboardInput): readonly Panel[] {
  return metrics.has("envoy-ai-gateway")
    ? [
        {
          title: "Tokens by model and type",
          description: "Input, cached input and output tokens of answered requests.",
          queries: [
            {
              expr: `sum by (gen_ai_request_model, gen_ai_token_type) (rate(${metrics.sum(TOKENS, {}, RATE)}))`,
              legend: "{{gen_ai_request_model}} {{gen_ai_token_type}}",
            },
          ],
          unit: "none",
        },
        {
          title: "Requests by backend",
          description: "Where the gateway sent requests: fallback to an external provider shows here.",
          queries: [
            {
              expr: `sum by (gen_ai_provider_name, gen_ai_response_model) (rate(${metrics.count(REQUESTS, {}, RATE)}))`,
              legend: "{{gen_ai_provider_name}} {{gen_ai_response_model}}",
            },
          ],
          unit: "reqps",
        },
      ]
    : [];
}

function envoyPanels({ metrics }: DashboardInput): readonly Panel[] {
  const clients = clientRequests(metrics);
  return metrics.has("envoy-gateway")
    ? [
        {
          title: "Answers by class of code",
          description:
            "All requests of clients, also those that reach no model: 4xx of limits and sign-in, 5xx.",
          queries: [
            {
              expr: `sum by (envoy_response_code_class) (rate(${metrics.series("envoy_http_downstream_rq_xx", clients, RATE)}))`,
              legend: "{{envoy_response_code_class}}xx",
            },
          ],
          unit: "reqps",
        },
        {
          title: "Retries",
          description: "Requests that the gateway sent again, by backend.",
          queries: [
            {
              expr: `sum by (envoy_cluster_name) (rate(${metrics.series("envoy_cluster_upstream_rq_retry", {}, RATE)}))`,
              legend: "{{envoy_cluster_name}}",
            },
          ],
          unit: "reqps",
        },
      ]
    : [];
}

/** What the response cache saves, and why it does not. */
function responseCachePanels({ metrics }: DashboardInput): readonly Panel[] {
  if (!metrics.has("response-cache")) {
    return [];
  }
  const rate = (by: string, name: string, matchers: Matchers = {}) =>
    `sum by (${by}) (rate(${metrics.series(name, matchers, RATE)}))`;
  const hits = rate(TRAFFIC_CLASS_LABEL, CACHE_REQUESTS, { outcome: "hit" });
  const lookedUp = rate(TRAFFIC_CLASS_LABEL, CACHE_REQUESTS, { outcome: { matches: "hit|miss" } });
  return [
    {
      title: "Answers from the response cache",
      description:
        "Share of hits among hits and misses, by class; 0 where nothing was ever found. What was not looked up counts in neither.",
      queries: [{ expr: `(${hits} or 0 * ${lookedUp}) / ${lookedUp}`, legend: CLASS }],
      unit: "percentunit",
    },
    {
      title: "Tokens saved by the response cache",
      description: "Per second, by class: tokens of answers that no backend had to work on again.",
      queries: [{ expr: rate(TRAFFIC_CLASS_LABEL, "response_cache_saved_tokens_total"), legend: CLASS }],
      unit: "none",
    },
    {
      title: "Look-ups of the response cache, 95th percentile",
      description: "Those that the store answered; failed ones are in the alert ResponseCacheStoreFails.",
      queries: [
        {
          expr: quantile(0.95, "job", metrics.bucket("response_cache_lookup_duration", undefined, {}, RATE)),
          legend: "{{job}}",
        },
      ],
      unit: "ms",
    },
    {
      title: "Requests that were not looked up",
      description:
        "By class and reason. `class` are those of classes that are not kept; `not-authorized` means that filters are out of order.",
      queries: [
        {
          expr: rate(`${TRAFFIC_CLASS_LABEL}, reason`, CACHE_REQUESTS, { outcome: "bypass" }),
          legend: `${CLASS} {{reason}}`,
        },
      ],
      unit: "reqps",
    },
  ];
}

export function gatewayRow(input: DashboardInput): Row {
  return {
    title: "Gateway",
    panels: [...aiGatewayPanels(input), ...envoyPanels(input), ...responseCachePanels(input)],
  };
}

const perPod = (queries: readonly string[]): readonly PanelQuery[] =>
  queries.map((query) => ({ expr: `sum by (namespace, pod) (${query})`, legend: "{{namespace}}/{{pod}}" }));

function engineFirstToken({ metrics }: DashboardInput): readonly PanelQuery[] {
  return [
    ["vllm", "vllm:time_to_first_token_seconds"] as const,
    ["sglang", "sglang:time_to_first_token_seconds"] as const,
  ]
    .filter(([exporter]) => metrics.has(exporter))
    .map(([, name]) => ({
      expr: quantile(0.95, "namespace, model_name", metrics.bucket(name, undefined, IN_NAMESPACE, RATE)),
      legend: "{{namespace}} {{model_name}}",
    }));
}

function engineTokens({ metrics }: DashboardInput): readonly PanelQuery[] {
  return [
    ["vllm", "vllm:generation_tokens_total"] as const,
    ["sglang", "sglang:generation_tokens_total"] as const,
  ]
    .filter(([exporter]) => metrics.has(exporter))
    .map(([, name]) => ({
      expr: `sum by (namespace, model_name) (rate(${metrics.series(name, IN_NAMESPACE, RATE)}))`,
      legend: "{{namespace}} {{model_name}}",
    }));
}

function poolQueries({ metrics }: DashboardInput): readonly PanelQuery[] {
  return metrics.has("inference-scheduler")
    ? [{ expr: metrics.series("llm_d_epp_ready_endpoints", IN_NAMESPACE), legend: "{{name}}" }]
    : [];
}

function prefixQueries({ metrics }: DashboardInput): readonly PanelQuery[] {
  if (!metrics.has("vllm")) {
    return [];
  }
  const rate = (name: string) =>
    `sum by (namespace, model_name) (rate(${metrics.series(name, IN_NAMESPACE, RATE)}))`;
  return [
    {
      expr: `${rate("vllm:prefix_cache_hits_total")} / ${rate("vllm:prefix_cache_queries_total")}`,
      legend: "{{namespace}} {{model_name}}",
    },
  ];
}

/** How engines keep up, by replica and model. */
export function engineRow(input: DashboardInput): Row {
  const { metrics, limits } = input;
  const panels: readonly Panel[] = [
    {
      title: "Requests that wait, by replica",
      description: `More than ${limits.waitingPerReplica} for ten minutes raise an alert.`,
      queries: perPod(waitingQueries(metrics)),
      unit: "none",
      steps: [limits.waitingPerReplica],
    },
    {
      title: "Key/value cache in use, by replica",
      description: "Full caches make the engine put requests back.",
      queries: perPod(cacheQueries(metrics)),
      unit: "percentunit",
      steps: [limits.cacheShare],
    },
    {
      title: "Time to the first token in the engine, 95th percentile",
      description: "The difference to the gateway's is network, guardrails and retries.",
      queries: engineFirstToken(input),
      unit: "s",
    },
    {
      title: "Output tokens per second",
      description: "By model.",
      queries: engineTokens(input),
      unit: "none",
    },
    {
      title: "Prompt tokens found in the prefix cache",
      description: "Share; routing by prefix should keep it high.",
      queries: prefixQueries(input),
      unit: "percentunit",
    },
    {
      title: "Replicas that are ready",
      description: "By pool, as the endpoint picker sees it.",
      queries: poolQueries(input),
      unit: "none",
      decimals: 0,
    },
  ];
  return { title: "Engine", panels: panels.filter(({ queries }) => queries.length > 0) };
}
