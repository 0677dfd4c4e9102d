import { fingerprint } from "../../core/naming";

/**
 * Name of a Slice of GKE: tells its cubes, because a Slice cannot be changed. Other cubes are another Slice, and Terraform
 * replaces what has another name.
 *
 * Source: fields are immutable in github.com/AI-Hypercomputer/xpk slice/api/v1beta1/slice_types.go (read 2026-11-24)
 */
export function sliceName(name: string, topology: string, partitionIds: readonly string[]): string {
  return `${name}-${fingerprint([topology, ...partitionIds].join("/"))}`;
}
