import type { Construct } from "constructs";
import type { NameRule, Problems } from "../core/problems";
import { addWarning } from "../core/warnings";
import { ClusterErrors } from "./errors";
import { ClusterWarnings } from "./warnings";

const VERSION: NameRule = {
  pattern: /^1\.[1-9][0-9]$/,
  maxLength: 4,
  form: "major and minor number, such as 1.34",
};

/** Minor number of the newest version whose changes were read. Source: https://kubernetes.io/releases/1.36/ (read 2026-11-24) */
const NEWEST_MINOR = 36;

/** Minor number of `1.34`, checked. */
function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

/** Whether a version, checked, is at least another: both `major.minor`. */
export function isVersionAtLeast(version: string, least: string): boolean {
  return minorOf(version) >= minorOf(least);
}

/**
 * The version of a cluster that is made.
 *
 * Adds InvalidName, TokenNotAllowed, KubernetesVersionEnded.
 *
 * @param oldest that the provider still makes, and where it says so
 */
export function checkKubernetesVersion(
  problems: Problems,
  version: string,
  oldest: { readonly version: string; readonly source: string },
): void {
  const subject = "kubernetesVersion";
  if (problems.name(subject, version, VERSION) && !isVersionAtLeast(version, oldest.version)) {
    problems.add(ClusterErrors.KubernetesVersionEnded, {
      subject,
      given: version,
      allowed: `${oldest.version} or newer (${oldest.source})`,
    });
  }
}

/** Warns of versions that came after this library. */
export function warnOfNewVersion(cluster: Construct, version: string): void {
  if (minorOf(version) > NEWEST_MINOR) {
    addWarning(
      cluster,
      ClusterWarnings.UnknownKubernetesVersion,
      `${version}; known up to 1.${NEWEST_MINOR}`,
    );
  }
}
