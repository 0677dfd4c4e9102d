import { conformance, conformanceTest } from "../../cluster/conformance";
import * as given from "./support";

const SCALING = { min: 1, max: 3 };
const ANALYSED = { prometheusUrl: "http://prometheus.monitoring:9090" };
const ADAPTERS = [{ name: "legal", weights: given.HUB, rank: 16 }];

describe("objects that the library emits are valid against the published definitions", () => {
  conformanceTest.each<[string, Parameters<typeof given.endpoint>[0], readonly string[]]>([
    [
      "deployment",
      {
        ...ANALYSED,
        variants: [
          given.variant({ scaling: SCALING, warmReplicas: 1, model: given.model({ adapters: ADAPTERS }) }),
        ],
        callers: ["gateway"],
        monitoring: ["monitoring"],
      },
      ["Deployment", "InferencePool", "InferenceObjective", "ScaledObject"],
    ],
    [
      "deployment with weights in an image, of several nodes",
      {
        variants: [
          given.variant({
            model: given.model({ weights: given.IN_IMAGE }),
            plan: given.plan({ ...given.TWO_NODES, replicas: { kind: "together", count: 2 } }),
          }),
        ],
      },
      ["LeaderWorkerSet", "InferencePool"],
    ],
    [
      "deployment with prefill and decode apart",
      {
        variants: [given.variant({ plan: given.plan(given.SPLIT) })],
        picker: { image: given.image("picker"), sidecarImage: given.image("sidecar"), replicas: 2 },
      },
      ["Deployment", "InferencePool"],
    ],
    [
      "a canary",
      {
        ...ANALYSED,
        variants: [
          given.variant({
            model: given.model({ weights: given.STORED }),
            scaling: { min: 2, max: 3 },
            rollout: { kind: "canary", steps: [{ stable: 50, canary: 50, holdSeconds: 600 }] },
          }),
        ],
      },
      ["AnalysisTemplate", "Rollout", "ScaledObject"],
    ],
    [
      "blue and green",
      {
        ...ANALYSED,
        variants: [given.variant({ rollout: { kind: "blue-green", previewReplicas: 1 } })],
      },
      ["AnalysisTemplate", "Rollout"],
    ],
    [
      "LLMInferenceService",
      {
        ...ANALYSED,
        form: "llm-inference-service",
        variants: [given.variant({ scaling: SCALING })],
      },
      ["InferenceObjective", "LLMInferenceService", "ScaledObject"],
    ],
    [
      "LLMInferenceService with prefill and decode apart, of several nodes",
      {
        form: "llm-inference-service",
        variants: [
          given.variant({
            plan: given.plan({
              ...given.TWO_NODES,
              replicas: { kind: "split", prefill: 1, decode: 1 },
            }),
          }),
        ],
      },
      ["LLMInferenceService"],
    ],
    [
      "InferenceService",
      {
        ...ANALYSED,
        form: "inference-service",
        variants: [given.variant({ scaling: SCALING })],
      },
      ["InferenceService", "ScaledObject"],
    ],
  ])("%s", (_, props, kinds) => {
    const stack = given.kubernetesStack();
    given.endpoint(props, stack);
    const { failures, kinds: checked } = conformance(stack);
    expect(failures).toEqual([]);
    expect(checked.map((kind) => kind.split(" ")[1])).toEqual(expect.arrayContaining([...kinds]));
  });
});
