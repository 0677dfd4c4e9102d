import { defineErrors } from "../core/errors";

/** What clusters of every kind of site refuse. */
export const ClusterErrors = defineErrors({
  CapacityNotAtSite: {
    meaning: "this kind of site does not sell capacity in this way",
    fix: "choose a capacity that the site has; the message lists them",
  },
  NoMachineForSlice: {
    meaning: "no machine type of the site has these accelerators in this number",
    fix: "choose a number per node that the site offers, another accelerator or site, or describe the machine type",
  },
  MachineContradictsSlice: {
    meaning: "the machine type has other accelerators, or another number of them, than the slice asks for",
    fix: "leave machineType out, or make slice and machine type agree",
  },
  ZoneNotInCluster: {
    meaning: "the cluster cannot have nodes in this zone",
    fix: "name one of the zones that are allowed; at AWS the cluster's network decides which these are, at Google the region",
  },
  GangAcrossZones: {
    meaning: "nodes that one job spans would be in several zones, where their fast network does not reach",
    fix: "give the pool exactly one zone, or set closeTogether: false",
  },
  SystemPoolMissing: {
    meaning:
      "no pool would run the cluster's own components: every other pool keeps them away or may shrink to nothing",
    fix: 'add a pool of tier "system" without taints and with at least one node that is always there',
  },
  AddressesExhausted: {
    meaning: "the address range is too small for the nodes and pods that the pools may have",
    fix: "give a larger range, fewer nodes, or fewer pods per node",
  },
  ReservationInOtherZone: {
    meaning: "the reservation says in which zone it is, and the pool names others",
    fix: "leave zones out: the pool is where its reservation is",
  },
  KubernetesVersionEnded: {
    meaning: "the provider makes no clusters of this Kubernetes version any more",
    fix: "choose a newer kubernetesVersion, or leave it out",
  },
  QuotaOverCapacity: {
    meaning: "teams are promised more than the pools have",
    fix: "lower the quotas, enlarge the pool, or let teams borrow from each other instead",
  },
  UnknownPool: {
    meaning: "the cluster has no pool of this name",
    fix: "name a pool of the cluster",
  },
  UnknownRail: {
    meaning: "the cluster has no rail of this name",
    fix: "name a rail of the cluster's RDMA network",
  },
  ManagedByProvider: {
    meaning:
      "the provider of the cluster installs and operates this itself; a second one would fight with it",
    fix: "leave it out: the cluster has it",
  },
  OptionWithoutEffect: {
    meaning: "this kind of site or machine has no such choice",
    fix: "leave the option out",
  },
  ReservedLabel: {
    meaning:
      "the library, Kubernetes or the provider sets this label itself, and pods find their nodes by it",
    fix: "leave the label out, or give it a key of your own",
  },
});
