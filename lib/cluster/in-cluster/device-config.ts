import { stableJson } from "../../core/json";
import type { Sharing } from "../../fabric/sharing";
import type { PoolNodes } from "../nodes";
import { deviceConfigName } from "../sharing-labels";

/** GPUs are handed out whole where a node names no configuration. */
const WHOLE = "whole";

function sharingSection(sharing: Exclude<Sharing, { kind: "mig" }>) {
  const resources = [{ name: "nvidia.com/gpu", replicas: sharing.replicas }];
  return sharing.kind === "timeSlicing"
    ? // A pod that asks for two shares gets no more of the GPU than one with one.
      { timeSlicing: { failRequestsGreaterThanOne: true, resources } }
    : { mps: { resources } };
}

/**
 * Named configurations of NVIDIA's device plugin, one per way of sharing that pools have; undefined if all GPUs are
 * whole. Nodes choose theirs by the label `nvidia.com/device-plugin.config`.
 *
 * Source: github.com/NVIDIA/k8s-device-plugin v0.19.3 README, "Configuration File" (read 2026-11-24)
 */
export function deviceConfigs(pools: readonly PoolNodes[]): Readonly<Record<string, string>> | undefined {
  const shared = pools.flatMap(({ pool: { sharing } }) =>
    sharing === undefined || sharing.kind === "mig" ? [] : [sharing],
  );
  if (shared.length === 0) {
    return undefined;
  }
  const named = shared.map(
    (sharing) =>
      [deviceConfigName(sharing)!, stableJson({ version: "v1", sharing: sharingSection(sharing) })] as const,
  );
  return Object.fromEntries([[WHOLE, stableJson({ version: "v1" })], ...named]);
}

/** Name of the configuration of nodes that name none. */
export const DEFAULT_DEVICE_CONFIG = WHOLE;
