import type { KubernetesModelEndpointProps, KubernetesVariantProps } from "../../../lib/kubernetes";
import * as given from "./support";

const PROMETHEUS = "http://prometheus.monitoring:9090";

function stackOf(
  variant: Partial<KubernetesVariantProps>,
  props: Partial<KubernetesModelEndpointProps> = {},
) {
  const stack = given.kubernetesStack();
  given.endpoint({ prometheusUrl: PROMETHEUS, variants: [given.variant(variant)], ...props }, stack);
  return stack;
}

describe("replicas follow load", () => {
  const scaledObject = (
    scaling: KubernetesVariantProps["scaling"],
    change: Partial<KubernetesVariantProps> = {},
  ) => given.theObject(stackOf({ scaling, ...change }), "ScaledObject").spec;

  test("by requests that wait and by use of the cache, whichever asks for more", () => {
    const spec = scaledObject({ min: 1, max: 6 });
    expect(spec.scaleTargetRef).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "acme-assistant-full",
    });
    expect(spec.triggers).toEqual([
      {
        type: "prometheus",
        name: "waiting",
        metricType: "AverageValue",
        metadata: {
          serverAddress: PROMETHEUS,
          query: 'sum(vllm:num_requests_waiting{endpoint="assistant",variant="full"}) or vector(0)',
          threshold: "4",
        },
      },
      {
        type: "prometheus",
        name: "cache-use",
        metricType: "AverageValue",
        metadata: {
          serverAddress: PROMETHEUS,
          query: 'sum(vllm:kv_cache_usage_perc{endpoint="assistant",variant="full"}) or vector(0)',
          threshold: "0.8",
        },
      },
    ]);
    expect([spec.minReplicaCount, spec.maxReplicaCount, spec.cooldownPeriod]).toEqual([1, 6, 600]);
  });

  test("as the user says", () => {
    const spec = scaledObject({ min: 1, max: 6, waitingRequests: 2, cacheUse: 0.5, quietSeconds: 120 });
    expect(
      spec.triggers.map(({ metadata }: { metadata: { threshold: string } }) => metadata.threshold),
    ).toEqual(["2", "0.5"]);
    expect(spec.cooldownPeriod).toBe(120);
    expect(spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds).toBe(
      120,
    );
  });

  test.each<[string, KubernetesVariantProps["scaling"], number]>([
    ["planned", { min: 1, max: 6 }, 2],
    ["allowed at most", { min: 1, max: 1 }, 1],
    ["allowed at least", { min: 3, max: 6 }, 3],
  ])("and without metrics are as many as %s", (_, scaling, replicas) => {
    expect(scaledObject(scaling).fallback.replicas).toBe(replicas);
  });

  test("from nothing by requests that arrive at the picker", () => {
    const spec = scaledObject(
      { min: 0, max: 2, maxColdStartSeconds: 3600 },
      { start: { loadGbps: 10, otherSeconds: 60 } },
    );
    const arrivals = spec.triggers.at(-1);
    expect(arrivals.name).toBe("arrivals");
    expect(arrivals.metadata.activationThreshold).toBe("0");
    expect(arrivals.metadata.query).toContain("llm_d_epp_request_total");
  });

  test.each([
    ["sglang", "sglang:num_queue_reqs", "sglang:token_usage"],
    ["triton", 'nv_trt_llm_request_metrics{request_type="waiting"', "nv_trt_llm_kv_cache_block_metrics"],
  ] as const)("by the names of %s", (engine, waiting, cache) => {
    const triton = engine === "triton";
    const spec = scaledObject(
      { min: 1, max: 2 },
      {
        plan: given.plan({ engine }),
        engine: { image: given.image(engine), ...(triton ? { tokenizer: "t" } : {}) },
        model: given.model({ weights: given.IN_IMAGE }),
      },
    );
    expect(spec.triggers[0].metadata.query).toContain(waiting);
    expect(spec.triggers[1].metadata.query).toContain(cache);
  });

  test("and nobody else says how many there are", () => {
    const { spec } = given.theObject(stackOf({ scaling: { min: 1, max: 2 } }), "Deployment");
    expect(spec).not.toHaveProperty("replicas");
  });

  test.each([
    [
      "a LeaderWorkerSet",
      { plan: given.plan({ ...given.TWO_NODES, replicas: { kind: "together", count: 1 } }) },
      "LeaderWorkerSet",
    ],
    ["a Rollout", { rollout: { kind: "blue-green" } }, "Rollout"],
  ] as const)("also of %s", (_, change, kind) => {
    expect(scaledObject({ min: 1, max: 2 }, change).scaleTargetRef.kind).toBe(kind);
  });
});

describe("a new version", () => {
  const STEPS = [{ stable: 50, canary: 50, holdSeconds: 300 }];
  const canary = (change: Partial<KubernetesVariantProps> = {}) =>
    stackOf({ rollout: { kind: "canary", steps: STEPS }, ...change });

  test("takes over in steps, and loses everything again where the analysis fails", () => {
    const { spec } = given.theObject(canary(), "Rollout");
    expect(spec.strategy.canary).toEqual({
      maxSurge: 1,
      maxUnavailable: 0,
      analysis: {
        templates: [{ templateName: "acme-assistant-full" }],
        args: [{ name: "pods", valueFrom: { podTemplateHashValue: "Latest" } }],
        startingStep: 1,
      },
      steps: [{ setWeight: 50 }, { pause: { duration: "300s" } }],
    });
  });

  test("is judged by errors and by the first token, of its own pods alone", () => {
    const { spec } = given.theObject(canary(), "AnalysisTemplate");
    const [errors, firstToken] = spec.metrics;
    expect(errors.provider.prometheus).toEqual({
      address: PROMETHEUS,
      query:
        '(sum(rate(http_requests_total{status="5xx",endpoint="assistant",variant="full",pod=~"acme-assistant-full-{{args.pods}}-.+"}[5m])) or vector(0))' +
        ' / sum(rate(http_requests_total{endpoint="assistant",variant="full",pod=~"acme-assistant-full-{{args.pods}}-.+"}[5m]))',
    });
    expect(errors.successCondition).toContain("result[0] <= 0.01");
    // The strictest of the classes.
    expect(firstToken.successCondition).toContain("result[0] <= 0.8");
    expect(firstToken).toMatchObject({ interval: "60s", count: 10, failureLimit: 2 });
  });

  test("without metrics is neither good nor bad, and waits for a human", () => {
    const { spec } = given.theObject(canary(), "AnalysisTemplate");
    for (const { successCondition, failureCondition, inconclusiveLimit } of spec.metrics) {
      // The two conditions in JavaScript: the same operators, with `len` and `isNaN`.
      const holds = (condition: string, result: readonly number[]) =>
        new Function("result", "len", "isNaN", `return ${condition}`)(
          result,
          (list: readonly number[]) => list.length,
          Number.isNaN,
        );
      for (const nothing of [[], [Number.NaN]]) {
        expect(holds(successCondition, nothing)).toBe(false);
        expect(holds(failureCondition, nothing)).toBe(false);
      }
      expect([holds(successCondition, [0]), holds(failureCondition, [0])]).toEqual([true, false]);
      expect([holds(successCondition, [9]), holds(failureCondition, [9])]).toEqual([false, true]);
      expect(inconclusiveLimit).toBe(2);
    }
  });

  test.each([
    [180, false],
    [179, true],
  ])("held for %d seconds is refused if the analysis could not speak before: %s", (holdSeconds, refused) => {
    const steps = [{ stable: 50, canary: 50, holdSeconds }];
    const make = () => canary({ rollout: { kind: "canary", steps } });
    if (refused) {
      expect(make).toThrow("AnalysisTooLate");
    } else {
      expect(make).not.toThrow();
    }
  });

  test("is judged as the user says", () => {
    const { spec } = given.theObject(
      stackOf({
        rollout: {
          kind: "canary",
          steps: STEPS,
          analysis: { maxErrorRate: 0.05, firstTokenP95Ms: 1500, intervalSeconds: 30, failures: 0 },
        },
      }),
      "AnalysisTemplate",
    );
    const [errors, firstToken] = spec.metrics;
    expect(errors.successCondition).toContain("<= 0.05");
    expect(firstToken.successCondition).toContain("<= 1.5");
    expect(firstToken).toMatchObject({ interval: "30s", failureLimit: 0 });
  });

  test("of another colour gets nothing from the pool until it is the active one", () => {
    const stack = stackOf({ rollout: { kind: "blue-green", previewReplicas: 1, manual: true } });
    const { spec } = given.theObject(stack, "Rollout");
    expect(spec.strategy.blueGreen).toEqual({
      activeService: "acme-assistant-full",
      previewService: "acme-assistant-full-preview",
      activeMetadata: { labels: { "hybrid-ai.io/version": "active" } },
      previewMetadata: { labels: { "hybrid-ai.io/version": "preview" } },
      autoPromotionEnabled: false,
      previewReplicaCount: 1,
      postPromotionAnalysis: {
        templates: [{ templateName: "acme-assistant-full" }],
        args: [{ name: "pods", valueFrom: { podTemplateHashValue: "Latest" } }],
      },
      scaleDownDelaySeconds: 10 * 60 + 120,
    });
    expect(given.theObject(stack, "InferencePool").spec.selector.matchLabels).toEqual({
      "hybrid-ai.io/serves": "acme-assistant-full",
      "hybrid-ai.io/version": "active",
    });
    expect(spec.template.metadata.labels["hybrid-ai.io/version"]).toBe("new");
    expect(given.resourcesOf(stack, "kubernetes_service_v1").map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(["acme-assistant-full", "acme-assistant-full-preview"]),
    );
  });
});

describe("an LLMInferenceService", () => {
  const serviceOf = (variant: Partial<KubernetesVariantProps> = {}) => {
    const stack = given.kubernetesStack();
    given.endpoint({ form: "llm-inference-service", variants: [given.variant(variant)] }, stack);
    return given.theObject(stack, "LLMInferenceService").spec;
  };
  const main = (pod: { containers: readonly { name: string; env: { name: string; value?: string }[] }[] }) =>
    pod.containers.find(({ name }) => name === "main")!;
  const argumentsOf = (pod: Parameters<typeof main>[0]) =>
    main(pod).env.find(({ name }) => name === "VLLM_ADDITIONAL_ARGS")!.value!;

  test("gets model, parallelism and arguments; KServe brings command, pool and picker", () => {
    const spec = serviceOf();
    expect(spec.model).toEqual({
      uri: "hf://meta-llama/Llama-3.3-70B-Instruct:6f6073b423013f6a7d4d9f39144961bfbfbc386b",
      name: "llama-3.3-70b",
    });
    expect(spec.replicas).toBe(2);
    expect(spec.parallelism).toEqual({ tensor: 4 });
    expect(spec.router).toEqual({ scheduler: {} });
    expect(argumentsOf(spec.template)).toContain("--max-model-len=32768");
    expect(main(spec.template)).not.toHaveProperty("command");
  });

  test("takes pinned weights of a hub from the library, those of object storage from KServe", () => {
    expect(serviceOf().storageInitializer).toEqual({ enabled: false });
    expect(serviceOf().template.initContainers[0].command).toEqual(["hf", "download"]);
    const stored = serviceOf({ model: given.model({ weights: given.STORED }) });
    expect(stored.storageInitializer).toEqual({ enabled: true });
    expect(stored.model.uri).toBe("s3://acme-models/llama-3.3-70b");
    expect(argumentsOf(stored.template)).not.toContain("runai_streamer");
  });

  test("leaves alone the labels by which KServe finds its pods", () => {
    expect(serviceOf().labels).toEqual({
      "hybrid-ai.io/endpoint": "assistant",
      "hybrid-ai.io/serves": "acme-assistant-full",
    });
  });

  test("has prefill and workers where the plan has them, and quotes what a shell would read", () => {
    const spec = serviceOf({
      plan: given.plan({ ...given.TWO_NODES, replicas: { kind: "split", prefill: 1, decode: 1 } }),
    });
    expect(spec.parallelism).toEqual({ tensor: 8, pipeline: 2 });
    expect(spec.worker.containers).toHaveLength(1);
    expect(spec.prefill.replicas).toBe(1);
    expect(argumentsOf(spec.prefill.template)).toContain(
      `'--kv-transfer-config={"kv_connector":"NixlConnector","kv_role":"kv_producer"}'`,
    );
  });

  test("is scaled from outside", () => {
    const stack = stackOf(
      { scaling: { min: 1, max: 2 } },
      { form: "llm-inference-service", picker: undefined },
    );
    expect(given.theObject(stack, "LLMInferenceService").spec).not.toHaveProperty("replicas");
    expect(given.theObject(stack, "ScaledObject").spec.scaleTargetRef.name).toBe(
      "acme-assistant-full-kserve",
    );
  });
});

describe("an InferenceService", () => {
  test("is a Deployment of KServe without Knative, scaled by KEDA or by nobody", () => {
    const of = (scaling?: KubernetesVariantProps["scaling"]) => {
      const stack = given.kubernetesStack();
      given.endpoint(
        {
          form: "inference-service",
          variants: [given.variant({ scaling })],
          ...(scaling === undefined ? {} : { prometheusUrl: PROMETHEUS }),
        },
        stack,
      );
      return given.theObject(stack, "InferenceService");
    };
    expect(of().metadata.annotations).toEqual({
      "serving.kserve.io/autoscalerClass": "none",
      "serving.kserve.io/deploymentMode": "Standard",
    });
    expect(of().spec.predictor.minReplicas).toBe(2);
    expect(of().spec.predictor.containers[0].name).toBe("kserve-container");
    const scaled = of({ min: 1, max: 2 });
    expect(scaled.metadata.annotations!["serving.kserve.io/autoscalerClass"]).toBe("external");
    expect(scaled.spec.predictor).not.toHaveProperty("minReplicas");
  });
});
