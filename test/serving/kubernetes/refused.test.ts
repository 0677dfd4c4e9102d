import { Token } from "cdktf";
import { Residency } from "../../../lib/fabric/residency";
import type { KubernetesModelEndpointProps, KubernetesVariantProps } from "../../../lib/kubernetes";
import { CustomResource } from "../../../lib/kubernetes";
import { captureValidationError, synthStack } from "../../../lib/testing";
import * as given from "./support";

type Props = Partial<KubernetesModelEndpointProps>;
type Variant = Partial<KubernetesVariantProps>;

const refusal = (props: Props) => captureValidationError(() => given.endpoint(props));
const of = (variant: Variant, props: Props = {}) => refusal({ variants: [given.variant(variant)], ...props });
const PROMETHEUS = "http://prometheus.monitoring:9090";
const scaled = (variant: Variant, props: Props = {}) => of(variant, { prometheusUrl: PROMETHEUS, ...props });
const SHADOW = (change: Variant = {}) =>
  given.variant({ name: "next", shadowOf: { variant: "full", percent: 5 }, ...change });
const token = () => Token.asString({ resolve: () => "later" });

describe("scaling to nothing", () => {
  const start = { loadGbps: 10, otherSeconds: 60 };
  // 33 GiB on each of four accelerators: 1134 Gbit, 113.4 s at 10 Gbit/s.
  const seconds = 174;

  test("is refused where the start takes longer than requests may wait, with the sum", () => {
    const { codes, message } = scaled({
      start,
      scaling: { min: 0, max: 2, maxColdStartSeconds: seconds - 1 },
    });
    expect(codes).toEqual(["ColdStartTooLong"]);
    expect(message).toContain("0, with a start of 174 s: 132 GiB at 10 Gbit/s, and 60 s for everything else");
  });

  test("is made where it does not", () => {
    const stack = given.kubernetesStack();
    given.endpoint(
      {
        prometheusUrl: PROMETHEUS,
        variants: [given.variant({ start, scaling: { min: 0, max: 2, maxColdStartSeconds: seconds } })],
      },
      stack,
    );
    expect(given.theObject(stack, "ScaledObject").spec.minReplicaCount).toBe(0);
  });

  test("needs a limit, and a limit needs it", () => {
    expect(scaled({ scaling: { min: 0, max: 2 } }).codes).toEqual(["MissingValue"]);
    expect(scaled({ scaling: { min: 1, max: 2, maxColdStartSeconds: 60 } }).codes).toEqual(["NoEffect"]);
  });
});

describe("two autoscalers on one workload", () => {
  test.each([
    ["deployment", "Deployment", "acme-assistant-full"],
    ["llm-inference-service", "Deployment", "acme-assistant-full-kserve"],
    ["inference-service", "Deployment", "acme-assistant-full-predictor"],
  ] as const)("are refused, form %s", (form, kind, name) => {
    const stack = given.kubernetesStack();
    given.endpoint(
      { form, prometheusUrl: PROMETHEUS, variants: [given.variant({ scaling: { min: 1, max: 2 } })] },
      stack,
    );
    new CustomResource(stack, "mine", {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      name: "mine",
      namespace: "acme-serving",
      spec: { scaleTargetRef: { kind, name }, triggers: [] },
    });
    expect(() => synthStack(stack)).toThrow(/TwoScalers/);
  });
});

describe("roll-outs", () => {
  const canary = (stable: number, share: number) =>
    scaled({
      rollout: { kind: "canary", steps: [{ stable, canary: share, holdSeconds: 600 }] },
    }).codes;

  test("with shares that are not 100 together are refused", () => {
    expect(canary(40, 50)).toEqual(["WeightsDoNotSum"]);
    expect(canary(60, 50)).toEqual(["WeightsDoNotSum"]);
    expect(() =>
      given.endpoint({
        prometheusUrl: PROMETHEUS,
        variants: [
          given.variant({
            rollout: { kind: "canary", steps: [{ stable: 50, canary: 50, holdSeconds: 600 }] },
          }),
        ],
      }),
    ).not.toThrow();
  });

  test("with a share below one replica are refused", () => {
    expect(canary(51, 49)).toEqual(["CanaryTooFine"]);
    expect(
      scaled({
        scaling: { min: 1, max: 4 },
        rollout: { kind: "canary", steps: [{ stable: 50, canary: 50, holdSeconds: 600 }] },
      }).codes,
    ).toEqual(["CanaryTooFine"]);
  });

  test("need steps, bounds and literals", () => {
    expect(scaled({ rollout: { kind: "canary", steps: [] } }).codes).toEqual(["MissingValue"]);
    expect(canary(100, 0)).toEqual(["NumberOutOfRange"]);
    expect(
      scaled({
        rollout: {
          kind: "canary",
          steps: [{ stable: 50, canary: Token.asNumber({ resolve: () => 50 }), holdSeconds: 600 }],
        },
      }).codes,
    ).toEqual(["TokenNotAllowed"]);
    expect(scaled({ rollout: { kind: "blue-green", previewReplicas: 0 } }).codes).toEqual([
      "NumberOutOfRange",
    ]);
    expect(
      scaled({ rollout: { kind: "blue-green", analysis: { intervalSeconds: 1, failures: -1 } } }).codes,
    ).toEqual(["NumberOutOfRange", "NumberOutOfRange"]);
  });

  test("need a workload that Argo Rollouts can replace, and metrics of vLLM", () => {
    const rollout = { kind: "blue-green" } as const;
    expect(scaled({ rollout }, { form: "llm-inference-service" }).codes).toEqual(["FormCannot"]);
    expect(
      scaled({ rollout, plan: given.plan({ ...given.TWO_NODES, replicas: { kind: "together", count: 1 } }) })
        .codes,
    ).toEqual(["FormCannot"]);
    expect(scaled({ rollout, plan: given.plan({ engine: "sglang" }) }).codes).toEqual(["EngineCannot"]);
  });

  test("and scaling need the address of metrics", () => {
    expect(of({ rollout: { kind: "blue-green" } }).codes).toEqual(["MetricsAddressMissing"]);
    expect(of({ scaling: { min: 1, max: 2 } }).codes).toEqual(["MetricsAddressMissing"]);
    expect(refusal({ prometheusUrl: PROMETHEUS }).codes).toEqual(["NoEffect"]);
    expect(scaled({ scaling: { min: 1, max: 2 } }, { prometheusUrl: "prometheus" }).codes).toEqual([
      "InvalidName",
    ]);
  });
});

describe("a plan that was made for something else", () => {
  test.each<[string, Variant, string]>([
    ["another model", { plan: given.plan({ model: "qwen" }) }, "PlanOfOtherModel"],
    ["other nodes", { plan: given.plan({ acceleratorsPerNode: 4 }) }, "PlanOfOtherPool"],
    ["another accelerator", { plan: given.plan({ accelerator: { name: "b200" } }) }, "PlanOfOtherPool"],
    ["another pool", { pool: "small" }, "PlanOfOtherPool"],
  ])("is refused: %s", (_, variant, code) => {
    expect(of(variant).codes).toEqual([code]);
  });

  test("an unknown pool is named", () => {
    expect(of({ pool: "none" }).codes).toEqual(["UnknownPool"]);
  });

  test("more replicas than the pool has nodes for are refused", () => {
    // Four nodes of eight accelerators hold eight replicas of four.
    const count = (replicas: number) =>
      ({ plan: given.plan({ replicas: { kind: "together", count: replicas } }) }) as const;
    expect(of(count(9)).codes).toEqual(["PoolTooSmall"]);
    expect(() => given.endpoint({ variants: [given.variant(count(8))] })).not.toThrow();
    expect(of({ ...count(8), warmReplicas: 1 }).codes).toEqual(["PoolTooSmall"]);
    expect(scaled({ scaling: { min: 1, max: 9 } }).codes).toEqual(["PoolTooSmall"]);
  });
});

describe("images that may change are refused", () => {
  test.each<[string, Props]>([
    ["of the engine", { variants: [given.variant({ engine: { image: "vllm/vllm-openai:v0.23.0" } })] }],
    ["of the picker", { picker: { image: "ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.9.0" } }],
    ["of warm pods", { variants: [given.variant({ warmReplicas: 1 })], pauseImage: "pause:3" }],
  ])("%s", (_, props) => {
    expect(refusal(props).codes).toEqual(["ImageNotPinned"]);
  });

  test("and tokens pass, as a registry of this app gives them", () => {
    expect(() => given.endpoint({ variants: [given.variant({ engine: { image: token() } })] })).not.toThrow();
  });
});

describe("the endpoint as a whole is refused", () => {
  test.each<[string, Props, readonly string[]]>([
    ["without variants", { variants: [] }, ["MissingValue"]],
    [
      "with two variants of a name",
      { variants: [given.variant(), given.variant()] },
      ["DuplicateValue", "DuplicateValue"],
    ],
    [
      "with two classes of a name",
      { classes: [given.BATCH, given.BATCH] },
      ["DuplicateValue", "DuplicateValue"],
    ],
    ["with a name of another form", { name: "Assistant" }, ["InvalidName"]],
    ["with a prefix of another form", { namePrefix: token() }, ["TokenNotAllowed"]],
    ["in a namespace of another form", { namespace: "a.b" }, ["InvalidName"]],
    ["without a picker", { picker: undefined }, ["MissingValue"]],
    [
      "with a picker for KServe",
      { form: "llm-inference-service", picker: { image: given.image("x") } },
      ["NoEffect"],
    ],
    [
      "with a sidecar that nothing needs",
      { picker: { image: given.image("x"), sidecarImage: given.image("y") } },
      ["NoEffect"],
    ],
    ["with no picker at all", { picker: { image: given.image("x"), replicas: 0 } }, ["NumberOutOfRange"]],
    ["with callers of another form", { callers: ["A"], monitoring: ["B"] }, ["InvalidName", "InvalidName"]],
    ["with a pause that nothing needs", { pauseImage: given.image("pause") }, ["NoEffect"]],
    [
      "with versions that do not fit",
      { versions: { kserve: "0.20.0", kubernetes: "1.30" } },
      ["ComponentsDoNotFit"],
    ],
    [
      "outside the residency of a class",
      { classes: [given.trafficClass({ residency: Residency.countries("JP") })] },
      ["EndpointOutsideResidency"],
    ],
    [
      "as a shadow alone",
      { variants: [given.variant({ shadowOf: { variant: "full", percent: 5 } })] },
      ["NoEffect", "NotOneOf"],
    ],
    [
      "with a shadow of nothing",
      {
        variants: [
          given.variant(),
          given.variant({ name: "next", shadowOf: { variant: "old", percent: 101 } }),
        ],
      },
      ["NotOneOf", "NumberOutOfRange"],
    ],
    [
      "with a shadow of which KServe makes the pool",
      { form: "llm-inference-service", variants: [given.variant(), SHADOW()] },
      ["ShadowNotReached"],
    ],
    [
      "with a shadow whose phases are apart",
      {
        picker: { image: given.image("picker"), sidecarImage: given.image("sidecar") },
        variants: [given.variant(), SHADOW({ plan: given.plan(given.SPLIT) })],
      },
      ["ShadowNotReached"],
    ],
    [
      "with a shadow that no copy would wake",
      {
        prometheusUrl: PROMETHEUS,
        variants: [given.variant(), SHADOW({ scaling: { min: 0, max: 2, maxColdStartSeconds: 3600 } })],
      },
      ["ShadowNotReached"],
    ],
    [
      "with apart phases that have no sidecar",
      { variants: [given.variant({ plan: given.plan(given.SPLIT) })] },
      ["MissingValue"],
    ],
    [
      "with a pool for prompts that nobody splits off",
      { variants: [given.variant({ prefillPool: "train" })] },
      ["NoEffect"],
    ],
    [
      "with the library's own environment",
      {
        variants: [given.variant({ engine: { image: given.image("vllm"), environment: { HOME: "/root" } } })],
      },
      ["NoEffect"],
    ],
    [
      "with numbers out of range",
      {
        variants: [
          given.variant({
            cpus: 0,
            memoryGib: 0,
            warmReplicas: 0,
            start: { loadGbps: 0, otherSeconds: 0 },
          }),
        ],
      },
      ["NotAQuantity", "NumberOutOfRange", "NumberOutOfRange", "NumberOutOfRange", "NumberOutOfRange"],
    ],
    [
      "with scaling out of range",
      {
        prometheusUrl: PROMETHEUS,
        variants: [
          given.variant({
            scaling: { min: 3, max: 2, waitingRequests: 0, cacheUse: 1.5, quietSeconds: 5 },
          }),
        ],
      },
      ["NotAQuantity", "NotAQuantity", "NumberOutOfRange", "NumberOutOfRange"],
    ],
  ])("%s", (_, props, codes) => {
    expect([...refusal(props).codes].sort()).toEqual([...codes].sort());
  });

  test("beside another one of the same names", () => {
    const stack = given.kubernetesStack();
    given.endpoint({}, stack);
    given.endpoint({}, stack, "other");
    expect(() => synthStack(stack)).toThrow(/EndpointNamesTaken/);
  });

  test("when a variant is asked for that it does not have", () => {
    const made = given.endpoint();
    expect(captureValidationError(() => made.access("small")).codes).toEqual(["UnknownVariant"]);
  });
});
