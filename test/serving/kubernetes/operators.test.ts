import { COMPONENTS } from "../../../lib/kubernetes";
import {
  KubernetesServingOperators,
  type KubernetesServingOperatorsProps,
} from "../../../lib/serving/kubernetes/operators";
import { captureValidationError, Template } from "../../../lib/testing";
import { conformance, conformanceTest } from "../../cluster/conformance";
import { helmValues } from "../../lakehouse/kubernetes/support";
import { kubernetesStack, objects } from "./support";

function made(props: KubernetesServingOperatorsProps) {
  const stack = kubernetesStack();
  new KubernetesServingOperators(stack, "operators", props);
  return stack;
}

const releases = (props: KubernetesServingOperatorsProps) =>
  Object.values(Template.of(made(props)).resources("helm_release"))
    .map(({ name }) => name)
    .sort();

const refusal = (props: KubernetesServingOperatorsProps) => captureValidationError(() => made(props));

describe("the operators of endpoints", () => {
  test.each<[string, KubernetesServingOperatorsProps, readonly string[]]>([
    ["plain workloads need no KServe", { forms: ["deployment"] }, ["keda"]],
    [
      "what several nodes and roll-outs need is asked for",
      { forms: ["deployment"], keda: false, leaderWorkerSet: true, argoRollouts: true },
      ["argo-rollouts", "lws"],
    ],
    [
      "LLMInferenceService needs its controller and presets",
      { forms: ["llm-inference-service"] },
      ["cert-manager", "keda", "kserve-llmisvc", "kserve-llmisvc-crd", "kserve-runtime-configs"],
    ],
    [
      "InferenceService needs the other controller",
      { forms: ["inference-service"] },
      ["cert-manager", "keda", "kserve", "kserve-crd"],
    ],
    [
      "a cluster that has cert-manager gets no second one",
      { forms: ["inference-service"], certManager: false, keda: false },
      ["kserve", "kserve-crd"],
    ],
  ])("%s", (_, props, expected) => {
    expect(releases(props)).toEqual(expected);
  });

  test("KServe is told to do without Knative, and to make no routes", () => {
    expect(helmValues(Template.of(made({ forms: ["inference-service"] })), "kserve")).toEqual({
      kserve: { controller: { deploymentMode: "Standard", gateway: { disableIngressCreation: true } } },
    });
  });

  test("two controllers of KServe share the configuration of the first", () => {
    const both = Template.of(made({ forms: ["inference-service", "llm-inference-service"] }));
    expect(helmValues(both, "kserve-llmisvc")).toEqual({ kserve: { createSharedResources: false } });
  });

  test.each([
    ["inference-service", "kserve"],
    ["llm-inference-service", "kserve-llmisvc"],
  ] as const)(
    "the controller of %s leaves the configuration out where another release has it",
    (form, name) => {
      const kserve = (props: Partial<KubernetesServingOperatorsProps>) =>
        (helmValues(Template.of(made({ forms: [form], ...props })), name) as { kserve?: object }).kserve ??
        {};
      expect(kserve({ kserveConfiguration: false })).toMatchObject({ createSharedResources: false });
      expect(kserve({})).not.toHaveProperty("createSharedResources");
      expect(refusal({ forms: ["deployment"], kserveConfiguration: false }).codes).toEqual(["NoEffect"]);
      expect(refusal({ forms: ["deployment"], dependsOn: [] }).codes).toEqual(["NoEffect"]);
    },
  );

  test("the kinds that no chart brings come along where a form has them", () => {
    const kinds = (props: KubernetesServingOperatorsProps) =>
      Object.keys(objects(made(props), "CustomResourceDefinition")).sort();
    const both = ["inferenceobjectives.llm-d.ai", "inferencepools.inference.networking.k8s.io"];
    expect(kinds({ forms: ["deployment"] })).toEqual(both);
    expect(kinds({ forms: ["llm-inference-service"] })).toEqual(both);
    expect(kinds({ forms: ["deployment"], inferenceDefinitions: false })).toEqual([]);
    expect(kinds({ forms: ["inference-service"] })).toEqual([]);
  });

  conformanceTest("the definitions are valid", () => {
    expect(conformance(made({ forms: ["deployment"] })).failures).toEqual([]);
  });
});

describe("refused are", () => {
  test("versions that cannot live together", () => {
    const { codes, message } = refusal({
      forms: ["llm-inference-service"],
      versions: { "inference-extension": "1.6.0", kubernetes: "1.34" },
    });
    expect(codes).toEqual(["ComponentsDoNotFit"]);
    expect(message).toContain(`kserve ${COMPONENTS.kserve.version}`);
    expect(refusal({ forms: ["inference-service"], versions: { kubernetes: "1.31" } }).codes).toEqual([
      "ComponentsDoNotFit",
    ]);
  });

  test("no form, a form twice, an unknown form", () => {
    expect(refusal({ forms: [] }).codes).toEqual(["MissingValue"]);
    expect(refusal({ forms: ["deployment", "deployment"] }).codes).toEqual(["DuplicateValue"]);
    expect(refusal({ forms: ["raw" as "deployment"] }).codes).toContain("NotOneOf");
  });

  test("options that would do nothing", () => {
    expect(refusal({ forms: ["deployment"], certManager: true }).codes).toEqual(["NoEffect"]);
    expect(refusal({ forms: ["inference-service"], inferenceDefinitions: true }).codes).toEqual(["NoEffect"]);
  });
});
