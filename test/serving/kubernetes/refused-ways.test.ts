import type { KubernetesModelEndpointProps, KubernetesVariantProps } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing";
import * as given from "./support";

type Props = Partial<KubernetesModelEndpointProps>;
type Variant = Partial<KubernetesVariantProps>;

const refusal = (props: Props) => captureValidationError(() => given.endpoint(props));
const of = (variant: Variant, props: Props = {}) => refusal({ variants: [given.variant(variant)], ...props });
const PROMETHEUS = "http://prometheus.monitoring:9090";

describe("what an engine cannot do", () => {
  const triton: Variant = {
    plan: given.plan({ engine: "triton" }),
    engine: { image: given.image("triton"), tokenizer: "tokenizer" },
    model: given.model({ weights: given.IN_IMAGE }),
  };
  test.each<[string, Variant]>([
    ["SGLang apart", { plan: given.plan({ engine: "sglang", ...given.SPLIT }) }],
    [
      "Triton over nodes",
      {
        ...triton,
        plan: given.plan({ ...given.TWO_NODES, engine: "triton", replicas: { kind: "together", count: 1 } }),
      },
    ],
    [
      "Triton with adapters",
      {
        ...triton,
        model: given.model({
          weights: given.IN_IMAGE,
          adapters: [{ name: "legal", weights: given.IN_IMAGE, rank: 8 }],
        }),
      },
    ],
    ["Triton from object storage by itself", { ...triton, model: given.model({ weights: given.STORED }) }],
    ["Triton told to keep prefixes", { ...triton, engine: { ...triton.engine!, prefixCaching: true } }],
    ["Triton told to quantise", { ...triton, engine: { ...triton.engine!, quantization: "fp8" } }],
    ["a cache in int8", { model: given.model({ cachePrecision: "int8" }) }],
  ])("is refused: %s", (_, variant) => {
    const { codes } = of(variant, {
      picker: {
        image: given.image("picker"),
        ...(variant.plan?.replicas.kind === "split" ? { sidecarImage: given.image("sidecar") } : {}),
      },
    });
    expect(codes).toEqual(["EngineCannot"]);
  });

  test("Triton needs a tokenizer, others find theirs", () => {
    expect(of({ ...triton, engine: { image: given.image("triton") } }).codes).toEqual(["MissingValue"]);
    expect(of({ ...triton, engine: { image: given.image("triton"), tokenizer: "../x" } }).codes).toEqual([
      "InvalidName",
    ]);
    expect(of({ engine: { image: given.image("vllm"), tokenizer: "tokenizer" } }).codes).toEqual([
      "NoEffect",
    ]);
  });
});

describe("what a form cannot express", () => {
  test.each<[string, Props]>([
    [
      "InferenceService over nodes",
      {
        form: "inference-service",
        variants: [
          given.variant({
            plan: given.plan({ ...given.TWO_NODES, replicas: { kind: "together", count: 1 } }),
          }),
        ],
      },
    ],
    [
      "InferenceService apart",
      { form: "inference-service", variants: [given.variant({ plan: given.plan(given.SPLIT) })] },
    ],
    [
      "InferenceService with priorities",
      { form: "inference-service", classes: [given.trafficClass(), given.BATCH] },
    ],
    [
      "LLMInferenceService with SGLang",
      {
        form: "llm-inference-service",
        variants: [given.variant({ plan: given.plan({ engine: "sglang" }) })],
      },
    ],
    [
      "LLMInferenceService with tensor parallelism over nodes",
      {
        form: "llm-inference-service",
        variants: [
          given.variant({
            plan: given.plan({
              ...given.TWO_NODES,
              parallelism: { tensor: 16, pipeline: 1, data: 1, expert: 1 },
              replicas: { kind: "together", count: 1 },
            }),
          }),
        ],
      },
    ],
    [
      "LLMInferenceService that fetches from object storage by itself",
      {
        form: "llm-inference-service",
        variants: [
          given.variant({
            model: given.model({ weights: given.STORED }),
            cache: { kind: "pod-disk", fetchImage: given.image("rclone") },
          }),
        ],
      },
    ],
    [
      "LLMInferenceService with weights deep in an image",
      {
        form: "llm-inference-service",
        variants: [
          given.variant({
            model: given.model({ weights: { kind: "oci", image: given.image("weights"), path: "/deep" } }),
          }),
        ],
      },
    ],
    [
      "one scaler for two phases",
      {
        prometheusUrl: PROMETHEUS,
        picker: { image: given.image("picker"), sidecarImage: given.image("sidecar") },
        variants: [given.variant({ plan: given.plan(given.SPLIT), scaling: { min: 1, max: 2 } })],
      },
    ],
  ])("is refused: %s", (_, props) => {
    expect(refusal(props).codes).toEqual(["FormCannot"]);
  });

  test("an unknown form is refused", () => {
    expect(refusal({ form: "raw" as "deployment" }).codes).toEqual(["NotOneOf"]);
  });
});

describe("ways of weights that lead nowhere", () => {
  test.each<[string, Variant, string]>([
    ["a hub that is streamed", { cache: { kind: "stream" } }, "NoEngineForWeights"],
    [
      "adapters in object storage without one who fetches",
      {
        model: given.model({
          weights: given.STORED,
          adapters: [{ name: "legal", weights: given.STORED, rank: 8 }],
        }),
      },
      "NoEngineForWeights",
    ],
    [
      "object storage onto disk without one who fetches",
      { model: given.model({ weights: given.STORED }), cache: { kind: "pod-disk" } },
      "MissingValue",
    ],
    [
      "one who fetches for a hub",
      { cache: { kind: "pod-disk", fetchImage: given.image("rclone") } },
      "NoEffect",
    ],
    [
      "a cache for an image",
      { model: given.model({ weights: given.IN_IMAGE }), cache: { kind: "pod-disk" } },
      "NoEffect",
    ],
    ["a store for a hub", { objectStorage: {} }, "NoEffect"],
    [
      "a store without TLS",
      { model: given.model({ weights: given.STORED }), objectStorage: { endpoint: "http://s3.example.com" } },
      "InvalidName",
    ],
    [
      "keys that are no name of a Secret",
      { model: given.model({ weights: given.STORED }), objectStorage: { credentialsSecret: "Key=1" } },
      "InvalidName",
    ],
    ["a path out of the volume", { cache: { kind: "claim", claimName: "w", path: "../x" } }, "InvalidName"],
    ["an unknown cache", { cache: { kind: "disk" as "stream" } }, "NotOneOf"],
  ])("are refused: %s", (_, variant, code) => {
    expect(of(variant).codes).toEqual([code]);
  });
});
