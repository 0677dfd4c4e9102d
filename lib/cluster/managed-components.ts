import type { ManagedFeature } from "./cluster";

/** Charts of the table that do what a provider does itself, by what it does. */
const COMPONENTS_BY_FEATURE: Readonly<Record<ManagedFeature, readonly string[]>> = {
  // The GPU operator works without installing drivers.
  "gpu-driver": [],
  "gpu-device-plugin": ["gpu-operator", "nvidia-device-plugin"],
  "gpu-metrics": ["dcgm-exporter"],
  rdma: ["network-operator"],
  "tpu-device-plugin": [],
  jobset: ["jobset"],
  kueue: ["kueue"],
  "node-repair": [],
  autoscaler: ["karpenter", "karpenter-crd"],
};

/** All features that a provider may manage. */
export const MANAGED_FEATURES = Object.keys(COMPONENTS_BY_FEATURE) as readonly ManagedFeature[];

/** Names of components that must not be installed where the provider manages these features, each with the feature. */
export function managedComponents(managed: readonly ManagedFeature[]): ReadonlyMap<string, ManagedFeature> {
  const found = new Map<string, ManagedFeature>();
  for (const feature of managed) {
    for (const component of COMPONENTS_BY_FEATURE[feature]) {
      if (!found.has(component)) {
        found.set(component, feature);
      }
    }
  }
  return found;
}
