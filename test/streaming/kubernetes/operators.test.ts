import {
  KubernetesStreamOperators,
  type KubernetesStreamOperatorsProps,
} from "../../../lib/streaming/kubernetes/operators";
import { captureValidationError, Template } from "../../../lib/testing";
import { helmValues } from "../../lakehouse/kubernetes/support";
import { kubernetesStack } from "./support";

function synthesized(props?: KubernetesStreamOperatorsProps): Template {
  const stack = kubernetesStack();
  new KubernetesStreamOperators(stack, "operators", props);
  return Template.of(stack);
}

const releases = (props?: KubernetesStreamOperatorsProps) =>
  Object.values(synthesized(props).resources("helm_release"))
    .map(({ name }) => name)
    .sort();

const refusal = (props: KubernetesStreamOperatorsProps) =>
  captureValidationError(() => synthesized(props)).codes;

describe("the operators of streams", () => {
  test("are Strimzi, and Flink with cert-manager where processors run", () => {
    expect(releases()).toEqual(["strimzi-kafka-operator"]);
    expect(releases({ flink: true })).toEqual([
      "cert-manager",
      "flink-kubernetes-operator",
      "strimzi-kafka-operator",
    ]);
    expect(releases({ strimzi: false, flink: true, certManager: false })).toEqual([
      "flink-kubernetes-operator",
    ]);
  });

  test("watch all namespaces, with pods that Pod Security lets in", () => {
    expect(helmValues(synthesized(), "strimzi-kafka-operator")).toEqual({
      extraEnvs: [{ name: "STRIMZI_POD_SECURITY_PROVIDER_CLASS", value: "restricted" }],
      watchAnyNamespace: true,
    });
    expect(
      helmValues(synthesized({ flink: true, flinkNamespaces: ["jobs"] }), "flink-kubernetes-operator"),
    ).toEqual({
      jobServiceAccount: { create: false },
      watchNamespaces: ["jobs"],
    });
  });

  test("are refused where an option would do nothing", () => {
    expect(refusal({ flinkNamespaces: ["jobs"] })).toEqual(["NoEffect"]);
    expect(refusal({ certManager: true })).toEqual(["NoEffect"]);
    expect(refusal({ flink: true, flinkNamespaces: [] })).toEqual(["MissingValue"]);
    expect(refusal({ flink: true, flinkNamespaces: ["a", "a"] })).toEqual(["DuplicateValue"]);
    expect(refusal({ flink: true, flinkNamespaces: ["A"] })).toEqual(["InvalidName"]);
  });
});
