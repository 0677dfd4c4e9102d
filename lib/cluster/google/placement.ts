import type { Problems } from "../../core/problems";
import type { AcceleratorPool, AcceleratorPoolProps } from "../../fabric/pool";
import { nodesOf } from "../../fabric/slice";
import { ClusterErrors } from "../errors";
import { GoogleClusterErrors } from "./errors";
import type { ChosenMachine } from "./machines";

/** How GKE is told to put nodes close to each other. */
export type Placement =
  /** Anywhere in the zones, or where the reservation is. */
  | { readonly kind: "none" }
  /** A compact placement policy that GKE makes for the node pool; of a TPU slice with its topology. */
  | { readonly kind: "compact"; readonly tpuTopology?: string }
  /** A workload policy of Compute Engine, by accelerator topology. */
  | { readonly kind: "policy"; readonly topology: string };

/**
 * GPUs and CPU families with compact placement.
 * Source: https://cloud.google.com/kubernetes-engine/docs/how-to/compact-placement (read 2026-11-24)
 */
const COMPACT_GPUS: readonly string[] = ["a100-40gb", "a100-80gb", "l4", "h100"];
const COMPACT_CPUS = /^(c2|c2d|c3|c3d|c4d|h3|h4d|n2|n2d)-/;
const MOST_COMPACT_NODES = 1500;

function hasCompact({ slice }: AcceleratorPool, { name, facts }: ChosenMachine): boolean {
  if (slice.kind === "cpu") {
    return COMPACT_CPUS.test(name);
  }
  return (
    facts === undefined ||
    facts.compactWithFlexStart === true ||
    COMPACT_GPUS.includes(facts.accelerator ?? "")
  );
}

/** What stands against a compact placement, and what would be allowed. */
function againstCompact(
  pool: AcceleratorPool,
  machine: ChosenMachine,
): { readonly given: string; readonly allowed: string } | undefined {
  const kinds = pool.capacity.map(({ kind }) => kind);
  const most = nodesOf(pool.slice).max;
  if (!hasCompact(pool, machine)) {
    return {
      given: `closeTogether on ${machine.name}`,
      allowed: `compact placement on ${COMPACT_GPUS.join(", ")}, A3 Ultra, A4 and the CPU families C2, C2D, C3, C3D, C4D, H3, H4D, N2, N2D`,
    };
  }
  if (kinds.includes("queued")) {
    return {
      given: "closeTogether with queued",
      allowed: "compact placement without queued provisioning; only TPU slices have both",
    };
  }
  if (kinds.includes("flexStart") && machine.facts?.compactWithFlexStart !== true) {
    return {
      given: `closeTogether with flexStart on ${machine.name}`,
      allowed: "compact placement with flexStart only on a3-ultragpu-8g, a4-highgpu-8g and TPU slices",
    };
  }
  return most > MOST_COMPACT_NODES
    ? { given: `${most} nodes close together`, allowed: `at most ${MOST_COMPACT_NODES} nodes` }
    : undefined;
}

/** A slice of several hosts is close by nature, one of one host has no neighbours: neither is a choice. */
function tpuPlacement(problems: Problems, pool: AcceleratorPool, asked: boolean | undefined): Placement {
  if (pool.slice.kind !== "tpu") {
    return { kind: "none" };
  }
  const { shape, topology } = pool.slice;
  if (asked !== undefined && asked !== shape.multiHost) {
    problems.add(ClusterErrors.OptionWithoutEffect, {
      subject: `pool "${pool.name}" closeTogether`,
      given: asked,
      allowed: shape.multiHost
        ? "nothing: hosts of one slice are always close together"
        : "nothing: a slice of one host has no other hosts",
    });
  }
  if (!shape.multiHost) {
    return { kind: "none" };
  }
  return shape.workloadPolicy ? { kind: "policy", topology } : { kind: "compact", tpuTopology: topology };
}

/**
 * Placement of the nodes of a pool.
 *
 * Nodes of a reservation get no compact policy: they are where the reservation is, and a policy that GKE makes would
 * match none. TPU slices are placed by their topology also then.
 *
 * Sources: preconditions of github.com/GoogleCloudPlatform/cluster-toolkit modules/compute/gke-node-pool/main.tf;
 * https://docs.cloud.google.com/kubernetes-engine/docs/concepts/tpu-ironwood (read 2026-11-24)
 *
 * @param asked `closeTogether` as the user wrote it
 */
export function placementOf(
  problems: Problems,
  pool: AcceleratorPool,
  machine: ChosenMachine,
  asked: AcceleratorPoolProps["closeTogether"],
): Placement {
  const topology = machine.facts?.acceleratorTopology;
  if (pool.slice.kind === "tpu") {
    return tpuPlacement(problems, pool, asked);
  }
  if (topology !== undefined) {
    if (asked === false) {
      problems.add(ClusterErrors.OptionWithoutEffect, {
        subject: `pool "${pool.name}" closeTogether`,
        given: asked,
        allowed: `nothing: ${machine.name} comes in NVLink domains of ${topology}`,
      });
    }
    return { kind: "policy", topology };
  }
  if (!pool.closeTogether) {
    return { kind: "none" };
  }
  const against = againstCompact(pool, machine);
  if (against !== undefined && !pool.capacity.every(({ kind }) => kind === "reservation")) {
    problems.add(GoogleClusterErrors.PlacementNotSupported, { subject: `pool "${pool.name}"`, ...against });
  }
  return { kind: "compact" };
}
