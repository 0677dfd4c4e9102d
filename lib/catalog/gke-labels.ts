import type { TpuSliceFacts } from "./facts";

/** Label of GKE's nodes: name of their node pool, which is one slice of a multi-host TPU. */
export const GKE_NODE_POOL = "cloud.google.com/gke-nodepool";

/** Label of GKE's TPU nodes: chips along each axis of their slice. */
export const GKE_TPU_TOPOLOGY = "cloud.google.com/gke-tpu-topology";

/**
 * Label of nodes that GKE provisions for dynamic slicing: the cube of 4x4x4 chips that they are part of. Its values are
 * what a Slice is made of.
 *
 * Source: https://docs.cloud.google.com/kubernetes-engine/docs/how-to/create-dynamic-slices (read 2026-11-24)
 */
export const GKE_TPU_PARTITION = "cloud.google.com/gke-tpu-partition-4x4x4-id";

/** Label that GKE gives to the nodes of a Slice: its name. They have `gke-tpu-topology` from it as well. Source: as above */
export const GKE_TPU_SLICE = "cloud.google.com/gke-tpu-slice";

/** Annotation of pods on a Slice: its topology. Source: as above */
export const GKE_TPU_SLICE_TOPOLOGY = "cloud.google.com/gke-tpu-slice-topology";

/** The accelerator of dynamic slicing in the catalogue, and what Google calls it. Source: as above */
export const DYNAMIC_SLICE_TPU = { accelerator: "tpu-v7x", type: "tpu7x" } as const;

/** Chips along each side of the cube that a partition is, its chips, and its machines. Source: as above */
export const DYNAMIC_SLICE_CUBE = { side: 4, topology: "4x4x4", chips: 64, hosts: 16 } as const;

/**
 * Labels of GKE's TPU nodes, by which pods choose them: its webhook demands both.
 *
 * Source: https://docs.cloud.google.com/kubernetes-engine/docs/how-to/tpus (read 2026-11-20)
 */
export function gkeTpuLabels(slice: Pick<TpuSliceFacts, "gkeAccelerator" | "topology">) {
  return {
    "cloud.google.com/gke-tpu-accelerator": slice.gkeAccelerator,
    [GKE_TPU_TOPOLOGY]: slice.topology,
  } as const;
}
