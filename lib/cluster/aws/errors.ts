import { defineErrors } from "../../core/errors";

/** What clusters on AWS refuse beside what all clusters do. */
export const AwsClusterErrors = defineErrors({
  CapacityNotSold: {
    meaning: "AWS does not sell this machine type in this way",
    fix: "choose a capacity that the machine type comes with, or another machine type",
  },
  CapacityOrderNotKept: {
    meaning:
      "nodes of several capacities are launched by Karpenter, which tries reservations first, then spot, then on demand, whatever order is written",
    fix: "write the capacities in that order, or make a pool of each",
  },
  CapacityBlockNotAlone: {
    meaning: "a Capacity Block cannot be mixed with other capacity in one pool",
    fix: "make a pool of its own for the block",
  },
  ReservationNeedsZone: {
    meaning: "the reserved capacity is in one availability zone, and nothing says in which",
    fix: "name the zone of the reservation: Capacity.reservation({ aws: { id, zone } }), or zones of the pool",
  },
  ReservationGroupNotSelectable: {
    meaning: "Karpenter chooses reservations by id, not by the ARN of a group",
    fix: "name the reservation by id, or give the pool a fixed number of nodes and this capacity alone",
  },
  MinimumNotKept: {
    meaning: "nodes of several capacities come when pods ask for them: no number of them is always there",
    fix: "let the pool start at 0, or make a pool of fixed size and one capacity for the nodes that must always be there",
  },
  EfaNotSupported: {
    meaning: "the machine type has no EFA, so there is no layout of interfaces to choose",
    fix: "leave interfaceLayout out, or choose a machine type with EFA",
  },
  InterfaceLayoutInvalid: {
    meaning: "the machine does not take network interfaces in these places",
    fix: "correct card and device index, or leave `interfaces` out of Machine.aws and take the catalogue's layout",
  },
  NotWholeUltraServers: {
    meaning: "these machines come as whole UltraServers, and a part of one is paid for but not used",
    fix: "choose a multiple of the machines of one UltraServer",
  },
  AcceleratorWithoutImage: {
    meaning: "there is no EKS machine image with a driver for this accelerator",
    fix: "choose an NVIDIA, Trainium or Inferentia machine on EKS",
  },
  PodsExceedInterfaces: {
    meaning: "the machine's network interfaces do not carry addresses for so many pods",
    fix: "lower maxPodsPerNode, or turn prefixDelegation on",
  },
  PodsExceedManagedNodes: {
    meaning: "EKS lets managed nodes have no more pods, whatever they are told",
    fix: "lower maxPodsPerNode: 110 below 30 vCPU, 250 from there on",
  },
  ZonesUnknown: {
    meaning: "the network does not say which subnet is in which availability zone",
    fix: "give the network `subnetsByZone`; AwsNetwork and AwsNetwork.fromAttributes have it",
  },
  SubnetsInOneZone: {
    meaning: "EKS wants subnets in at least two availability zones for its control plane",
    fix: "add a zone to the network; nodes may still all be in one of them",
  },
  EndpointsMissing: {
    meaning:
      "nodes in a network without a way to the internet could not join the cluster or run its components",
    fix: "give the network these interfaceEndpoints (CLUSTER_ENDPOINTS has all), or internetEgress",
  },
  RangeOverlap: {
    meaning: "two address ranges that packets are routed by have addresses in common",
    fix: "choose ranges that do not overlap",
  },
  RangeNotPrivate: {
    meaning: "EKS takes private ranges only, within certain sizes",
    fix: "choose a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 of the allowed size",
  },
  VersionTooOld: {
    meaning: "this Kubernetes version cannot do what a pool needs",
    fix: "choose a newer kubernetesVersion",
  },
  RepairNotPerPool: {
    meaning: "Karpenter repairs the nodes of all its pools or of none",
    fix: "give all elastic pools the same disruption.repair",
  },
  AddonRequired: {
    meaning: "something else in the declaration needs this add-on",
    fix: "leave the add-on on, or turn off what needs it",
  },
});
