import type { ServedModel } from "../../serving";
import type { EngineRole } from "../labels";
import type { EngineSettings, VariantPlan } from "../props";
import type { WeightsInPod } from "../weights";

/** What the command line of an engine depends on. */
export interface CommandRequest {
  readonly model: ServedModel;
  readonly plan: VariantPlan;
  readonly settings: EngineSettings;
  readonly weights: WeightsInPod;
  readonly role: EngineRole;
  /** Port to listen at. */
  readonly port: number;
}

/** A pod of a replica of several nodes: the one that is called, or one that helps. */
export type NodeOfReplica = "leader" | "worker";

/** How an engine is started. */
export interface EngineCommand {
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** More environment. */
  readonly environment: readonly Readonly<Record<string, unknown>>[];
  /** Ports of other pods of the replica, and of the other phase, that pods of the same namespace call. */
  readonly healthPath: string;
}

/** `--name=value`, or nothing where the value is left out. */
export function flag(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`--${name}=${value}`];
}

/** A size of parallelism, where it divides anything. */
export function divided(name: string, size: number): readonly string[] {
  return size > 1 ? [`--${name}=${size}`] : [];
}
