import type { TpuSliceFacts } from "./facts";

/** Label of GKE's nodes: name of their node pool, which is one slice of a multi-host TPU. */
export const GKE_NODE_POOL = "cloud.google.com/gke-nodepool";

/** Label of GKE's TPU nodes: chips along each axis of their slice. */
export const GKE_TPU_TOPOLOGY = "cloud.google.com/gke-tpu-topology";

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
