export type { AcceleratorClusterProps, ClusterObject, IAcceleratorCluster, ManagedFeature } from "./cluster";
export { ClusterErrors } from "./errors";
export { CAPACITY_LABEL, type NodeGroup, POOL_LABEL, type PoolNodes, TIER_LABEL } from "./nodes";
export { ClusterWarnings } from "./warnings";
