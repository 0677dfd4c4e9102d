import { defineErrors } from "../../core/errors";

export const KubernetesClusterErrors = defineErrors({
  ProviderNotOfOperator: {
    meaning: "the provider does not run this kind of site",
    fix: 'CoreWeave is a site with operator "neocloud"; machines of your own are provider "generic"',
  },
  MachinesOrSelector: {
    meaning: "the nodes of a pool are named in two ways, or in none",
    fix: "list the machines, which then get labels and taints, or give a selector that their labels match already",
  },
  MachineCountMismatch: {
    meaning: "the pool names another number of machines than its slice has nodes",
    fix: "list as many machines as the slice has nodes, or correct the slice",
  },
  ElasticWithoutAutoscaler: {
    meaning: "the number of nodes has a range, but machines that exist are there or are not",
    fix: "give the slice a fixed number of nodes, or say autoscaled: true beside a node selector if something adds nodes",
  },
  CubesOnly: {
    meaning:
      "TPUs of a cluster that exists are nodes of whole cubes, which GKE joins to slices when they are needed",
    fix: 'declare the cubes: Slice.tpu("tpu-v7x", { topology: "4x4x4", slices: <number of cubes> }); node pools of other topologies are made at Site.google. In a plan, give the capacity pool the label cloud.google.com/gke-tpu-partition-4x4x4-id',
  },
  PartialRack: {
    meaning: "this instance type is sold by whole racks",
    fix: "choose a number of nodes that makes whole racks",
  },
  LevelUnknown: {
    meaning: "some machines of the pool say where they stand and others do not, so their distance is unknown",
    fix: "tell rack and block of every machine of the pool, or of none",
  },
});
