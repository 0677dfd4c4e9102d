export type { AcceleratorClusterProps, ClusterObject, IAcceleratorCluster, ManagedFeature } from "./cluster";
export { ClusterErrors } from "./errors";
export type { Toleration } from "./in-cluster/placement";
export { type PoolScheduling, poolScheduling } from "./in-cluster/pool-scheduling";
export {
  acceleratorTaint,
  CAPACITY_LABEL,
  type NetworkAttachment,
  type NodeGroup,
  POOL_LABEL,
  type PoolNodes,
  TIER_LABEL,
} from "./nodes";
export { sharingLabels } from "./sharing-labels";
export { ClusterWarnings } from "./warnings";
