export {
  COMPONENTS,
  type ComponentFacts,
  type CrdDelivery,
  type CustomComponentProps,
  component,
} from "./kubernetes/components";
export {
  CustomResource,
  type CustomResourceProps,
  type CustomResourceWait,
} from "./kubernetes/custom-resource";
export { KubernetesErrors } from "./kubernetes/errors";
export { HelmComponent, type HelmComponentProps } from "./kubernetes/helm-component";
export { Namespace, type NamespaceProps, type PodSecurityLevel } from "./kubernetes/namespace";
export { guardPhases } from "./kubernetes/phase-guard";
export {
  attachCluster,
  type ClusterAccess,
  clusterAccessOf,
  type EksAccess,
  type GkeAccess,
  type KubeconfigAccess,
} from "./kubernetes/providers";
export { goDuration, quantity } from "./kubernetes/quantities";
