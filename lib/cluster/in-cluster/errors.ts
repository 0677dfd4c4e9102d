import { defineErrors } from "../../core/errors";

export const InClusterErrors = defineErrors({
  OperatorNeeded: {
    meaning: "pools of the cluster do not work without this operator",
    fix: 'leave the setting out, or say state: "installed" if the cluster has it already',
  },
  NoOperatorForAccelerator: {
    meaning: "the library has no chart that makes these accelerators visible to Kubernetes",
    fix: "install the maker's device plugin yourself and name the pool's resource in deviceResources",
  },
  OperatorsExclude: {
    meaning: "two operators do the same for the same nodes",
    fix: "choose one of them",
  },
  UnknownTeam: {
    meaning: "no team of this name is declared",
    fix: "declare the team, or correct the name",
  },
  QuotaUnitInvalid: {
    meaning: "a quota is given in accelerators or in nodes, and in exactly one of them",
    fix: "give accelerators for pools that have some, or nodes",
  },
  QuotaNotWhole: {
    meaning: "the limit on borrowing or lending makes no sense for this quota",
    fix: "lend at most the quota; give limits as whole numbers from 0 on",
  },
  WorkerIsManager: {
    meaning: "a cluster that hands jobs on cannot hand them to itself",
    fix: "name other clusters as workers; pools of this cluster are used by ordinary queues",
  },
  GangAtEdge: {
    meaning: "edge sites have no operators for jobs that span nodes",
    fix: "put the job where nodes have a network for it, or use a plain Job or Deployment",
  },
  GangDoesNotFit: {
    meaning: "the gang asks for more nodes than the pool, or than one slice of it, has",
    fix: "ask for fewer nodes, or enlarge the pool",
  },
  PartialTpuSlice: {
    meaning:
      "a TPU slice starts only when all its hosts take part, so pods on some of them would wait for ever",
    fix: "leave the number out, or give the pool slices of a smaller topology",
  },
  GangOnSharedPool: {
    meaning:
      "a pod of a gang takes all GPUs of its node, and a GPU that pods share in turns or by MPS gives one share to a pod",
    fix: "choose a pool without sharing; run what shares GPUs as ordinary Jobs and Deployments, one share per pod",
  },
  PoolNotSliced: {
    meaning: "the nodes of the pool are not cubes of TPUs that GKE joins to slices when they are needed",
    fix: 'name a pool of Slice.tpu("tpu-v7x", { topology: "4x4x4" }) of a KubernetesCluster; the pools that GoogleCluster makes are slices already, because its provider has no field for dynamic slicing',
  },
  SliceNeeded: {
    meaning:
      "nodes of this pool are cubes without links between chips, and run nothing until a slice joins them",
    fix: "make a DynamicSlice of the pool and give it to the job; in a plan, give the capacity pool the partition label with the id of every cube",
  },
  SliceTopologyIllegal: {
    meaning: "GKE makes no slice of this topology out of cubes",
    fix: "choose whole cubes, and write the sides in rising order: 4x4x4, 4x4x8, 4x8x8",
  },
  PartitionCountMismatch: {
    meaning: "the slice names another number of cubes than its topology has",
    fix: "give one partition id for every 64 chips",
  },
  AcceleratorsSetByPool: {
    meaning: "the container asks for a resource that the pool decides",
    fix: "leave it out of the container: every pod of a gang gets all that a node of the pool has",
  },
  TopologyUnknown: {
    meaning: "nothing is known about the distance of the nodes of this pool",
    fix: "leave placement out, or choose a pool of fixed size whose nodes have labels of the network's levels",
  },
});
