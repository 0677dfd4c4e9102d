import { defineErrors } from "../../core/errors";

/** What GKE refuses beyond what all clusters refuse. */
export const GoogleClusterErrors = defineErrors({
  CapacityOrderNotByCost: {
    meaning:
      "GKE's autoscaler takes the cheapest node pool that can be had, so it cannot be told to try a dearer capacity first",
    fix: "order by cost: reservation, spot, flexStart, onDemand, leaving out what you do not want; queued stands alone",
  },
  CapacityKeepsNoMinimum: {
    meaning:
      "nodes of this capacity come when they are free and go after some days, so GKE cannot keep a number of them",
    fix: "give nodes (or slices) as { min: 0, max: n }, or put a reservation or spot before it",
  },
  CapacityNotForMachine: {
    meaning: "Google does not sell this machine type in this way",
    fix: "choose another capacity, or another number of accelerators per node",
  },
  PlacementNotSupported: {
    meaning: "GKE cannot place these nodes in the way that was asked for",
    fix: "set closeTogether: false (machines with GPUDirect keep its networks), or choose another capacity or machine type",
  },
  NvlinkDomainNotWhole: {
    meaning:
      "nodes of one NVLink domain are one node pool, and the number of nodes does not make whole domains",
    fix: "ask for at most as many nodes as one domain has, or for a multiple of that number",
  },
  ReservationNotSupported: {
    meaning: "GKE cannot take nodes from this part of the reservation",
    fix: "name the zone in the reservation, or zones of the pool, when you name a block, and name blocks only of reservations of the cluster's own project",
  },
  MachineNeedsNewerGke: {
    meaning: "the machine type came with a newer version of GKE",
    fix: "raise kubernetesVersion",
  },
  CapacityNeedsNewerGke: {
    meaning: "GKE sells capacity in this way since a newer version",
    fix: "raise kubernetesVersion, or choose another capacity",
  },
  AcceleratorNameUnknown: {
    meaning:
      "GKE has to be told the accelerator by its own name, and the catalogue does not know this machine type",
    fix: 'describe the machine: machineType: Machine.google({ name, accelerator, acceleratorCount, gkeAccelerator: "…" })',
  },
  PodsExceedNode: {
    meaning: "the shares of the node's accelerators are more than the pods that the node may run",
    fix: "raise maxPodsPerNode (256 at most), or share into fewer parts",
  },
  NetworksNotAllowed: {
    meaning: "pools have networks beside the cluster's own, which the cluster is told not to take",
    fix: "leave multiNetworking out, or give these pools a tier other than training and closeTogether: false",
  },
  NewerProviderNeeded: {
    meaning:
      "the argument came with a later version of the Google provider than these bindings were made for",
    fix: 'name the version that the stack runs with, and pin it: stack.addOverride("terraform.required_providers.google.version", …)',
  },
  TaintOfGke: {
    meaning: "GKE puts this taint onto the nodes itself",
    fix: "leave the taint out",
  },
});
