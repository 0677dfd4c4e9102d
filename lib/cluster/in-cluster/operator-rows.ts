import type { ComponentFacts } from "../../kubernetes/component-facts";
import { COMPONENTS } from "../../kubernetes/components";
import type { PodSecurityLevel } from "../../kubernetes/namespace";
import { OPERATORS, type OperatorName } from "./needs";

export interface OperatorRow {
  readonly component: ComponentFacts;
  /** @default - the component's */
  readonly namespace?: string;
  /** What the pods of its namespace may do; none: the namespace is there. */
  readonly podSecurity?: PodSecurityLevel;
  /** Installed after these, if they are installed. */
  readonly after?: readonly OperatorName[];
}

/** Chart and namespace of each operator. */
export const ROWS: Readonly<Record<OperatorName, OperatorRow>> = {
  "gpu-operator": { component: COMPONENTS.gpuOperator, podSecurity: "privileged" },
  "nvidia-device-plugin": { component: COMPONENTS.nvidiaDevicePlugin, podSecurity: "privileged" },
  "dcgm-exporter": {
    component: COMPONENTS.dcgmExporter,
    namespace: "dcgm-exporter",
    podSecurity: "privileged",
    after: ["nvidia-device-plugin"],
  },
  // Its pods live in kube-system and in a namespace that the chart makes.
  "neuron-device-plugin": { component: COMPONENTS.neuron, podSecurity: "restricted" },
  "efa-device-plugin": { component: COMPONENTS.efaDevicePlugin },
  "network-operator": {
    component: COMPONENTS.networkOperator,
    podSecurity: "privileged",
    after: ["gpu-operator", "nvidia-device-plugin"],
  },
  "nvidia-dra-driver": {
    component: COMPONENTS.nvidiaDraDriver,
    podSecurity: "privileged",
    after: ["gpu-operator", "nvidia-device-plugin"],
  },
  karpenter: { component: COMPONENTS.karpenter },
  jobset: { component: COMPONENTS.jobset, podSecurity: "restricted" },
  // The chart sets no seccomp profile, which `restricted` demands.
  leaderworkerset: { component: COMPONENTS.leaderWorkerSet, podSecurity: "baseline" },
  // Last: its webhooks watch pods of all namespaces but those of operators.
  kueue: {
    component: COMPONENTS.kueue,
    podSecurity: "restricted",
    after: OPERATORS.filter((name) => name !== "kueue"),
  },
};

/** Where the pods of an operator are. */
export function operatorNamespace(name: OperatorName): string {
  const { namespace, component } = ROWS[name];
  return namespace ?? component.namespace;
}

/** Namespaces that belong to operators, whether the cluster has them or not: Kueue leaves them alone. */
export function operatorNamespaces(): readonly string[] {
  return [...new Set(OPERATORS.map(operatorNamespace))].sort();
}
