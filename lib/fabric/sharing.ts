import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import { PoolErrors } from "./pool-errors";
import type { AcceleratorSlice, Slice } from "./slice";

/** Several pods take turns on one GPU, without isolation of memory. */
export interface TimeSlicing {
  readonly kind: "timeSlicing";
  /** Pods per GPU, 2 to 48. */
  readonly replicas: number;
}

/** Several processes run on one GPU at the same time, each with a share of its memory. */
export interface Mps {
  readonly kind: "mps";
  /** Pods per GPU, 2 to 48. */
  readonly replicas: number;
}

/** Multi-Instance GPU: hardware partitions, isolated from each other. */
export interface Mig {
  readonly kind: "mig";
  /** For example `1g.10gb`; every GPU of the pool is cut into as many as fit. */
  readonly profile: string;
}

/** How one GPU serves several pods. A plain, frozen value. */
export type Sharing = TimeSlicing | Mps | Mig;

const KINDS: readonly Sharing["kind"][] = ["timeSlicing", "mps", "mig"];

/** GKE takes at most 48 pods per GPU. Source: https://cloud.google.com/kubernetes-engine/docs/concepts/timesharing-gpus (read 2026-11-24) */
const REPLICAS = { min: 2, max: 48 };

function replicated<K extends "timeSlicing" | "mps">(kind: K, replicas: number) {
  const problems = new Problems(`Sharing.${kind}`);
  problems.literalInteger("replicas", replicas, REPLICAS);
  problems.throwIfAny();
  return Object.freeze({ kind, replicas });
}

export const Sharing = {
  /**
   * Time slices: pods take turns.
   *
   * @param replicas pods per GPU, 2 to 48
   * @throws NumberOutOfRange, TokenNotAllowed
   */
  timeSlicing(replicas: number): TimeSlicing {
    return replicated("timeSlicing", replicas);
  },

  /**
   * NVIDIA Multi-Process Service.
   *
   * @param replicas pods per GPU, 2 to 48
   * @throws NumberOutOfRange, TokenNotAllowed
   */
  mps(replicas: number): Mps {
    return replicated("mps", replicas);
  },

  /**
   * Multi-Instance GPU. The pool refuses a profile that its GPU does not have.
   *
   * @param profile as NVIDIA writes it, such as `1g.10gb`
   * @throws InvalidName, TokenNotAllowed
   */
  mig(profile: string): Mig {
    const problems = new Problems("Sharing.mig");
    problems.name("profile", profile, {
      pattern: /^[1-7]g\.[0-9]+gb(\+me)?$/,
      maxLength: 16,
      form: "a profile such as 1g.10gb",
    });
    problems.throwIfAny();
    return Object.freeze({ kind: "mig", profile });
  },
} as const;

/** What a pod asks for on shared or whole accelerators, and how many of it a node offers. */
export interface SharedResource {
  readonly resource: string;
  readonly perNode: number;
}

/** @param sharing checked by `checkSharing` */
export function sharedResource(slice: AcceleratorSlice, sharing: Sharing | undefined): SharedResource {
  const { resource, migProfiles } = slice.accelerator;
  if (sharing === undefined) {
    return { resource, perNode: slice.perNode };
  }
  // One profile on all GPUs is the device plugin's strategy `single`: instances carry the ordinary name.
  const perAccelerator = sharing.kind === "mig" ? (migProfiles?.[sharing.profile] ?? 1) : sharing.replicas;
  return { resource, perNode: slice.perNode * perAccelerator };
}

export function checkSharing(problems: Problems, slice: Slice, sharing: Sharing | undefined): void {
  if (sharing === undefined) {
    return;
  }
  // Programs run without type checks: a text in place of what Sharing makes has no kind.
  if (!KINDS.includes(sharing?.kind)) {
    problems.add(CoreErrors.NotOneOf, {
      subject: "sharing",
      given: sharing,
      allowed: `values of ${KINDS.map((kind) => `Sharing.${kind}`).join(", ")}`,
    });
    return;
  }
  const refuse = (allowed: string) =>
    problems.add(PoolErrors.SharingNotSupported, {
      subject: "sharing",
      given: sharing.kind === "mig" ? `MIG profile ${sharing.profile}` : sharing.kind,
      allowed,
    });
  if (slice.kind !== "accelerators" || slice.accelerator.vendor !== "nvidia") {
    refuse("nothing: only NVIDIA GPUs are shared in this way");
    return;
  }
  const { name, migProfiles } = slice.accelerator;
  if (sharing.kind === "mig" && migProfiles?.[sharing.profile] === undefined) {
    refuse(
      migProfiles === undefined
        ? `Sharing.timeSlicing or Sharing.mps: ${name} has no MIG`
        : `MIG profiles of ${name}: ${Object.keys(migProfiles).join(", ")}`,
    );
  }
}
