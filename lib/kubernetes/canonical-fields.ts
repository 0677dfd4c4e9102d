/**
 * Fields that Kubernetes types as `Quantity` or `Duration`. Only these are brought into canonical form; a text that
 * merely looks like a quantity (`512m` of a Java heap) is never touched.
 */
export interface CanonicalFields {
  /** Paths of quantities. `*` is any one key or list index, `**` any number of them. */
  readonly quantities: readonly string[];
  /** Paths of Go durations. */
  readonly durations: readonly string[];
}

/** Fields of the core API that custom resources embed. */
const ANYWHERE: CanonicalFields = {
  quantities: [
    "**.resources.requests.*",
    "**.resources.limits.*",
    "**.resources.*.requests.*",
    "**.resources.*.limits.*",
    "**.emptyDir.sizeLimit",
  ],
  durations: [],
};

/**
 * By `group/Kind`. Sources: the published CRDs' Go types; reports of inconsistent results in
 * hashicorp/terraform-provider-kubernetes #1530 (cert-manager durations), #2508 (Karpenter limits). 2026-08.
 */
const BY_KIND: Readonly<Record<string, Partial<CanonicalFields>>> = {
  "/ResourceQuota": { quantities: ["spec.hard.*"] },
  "cert-manager.io/Certificate": { durations: ["spec.duration", "spec.renewBefore"] },
  "external-secrets.io/ExternalSecret": { durations: ["spec.refreshInterval"] },
  "external-secrets.io/ClusterExternalSecret": {
    durations: ["spec.refreshTime", "spec.externalSecretSpec.refreshInterval"],
  },
  "external-secrets.io/PushSecret": { durations: ["spec.refreshInterval"] },
  "karpenter.sh/NodePool": { quantities: ["spec.limits.*"] },
  "kueue.x-k8s.io/ClusterQueue": {
    quantities: [
      "spec.resourceGroups.*.flavors.*.resources.*.nominalQuota",
      "spec.resourceGroups.*.flavors.*.resources.*.borrowingLimit",
      "spec.resourceGroups.*.flavors.*.resources.*.lendingLimit",
    ],
  },
};

/** Group of an API version; empty for the core group. */
export function apiGroup(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** What the library knows about a kind. */
export function knownCanonicalFields(apiVersion: string, kind: string): CanonicalFields {
  const own = BY_KIND[`${apiGroup(apiVersion)}/${kind}`];
  return {
    quantities: [...ANYWHERE.quantities, ...(own?.quantities ?? [])],
    durations: [...ANYWHERE.durations, ...(own?.durations ?? [])],
  };
}

/** True if `path` is meant by `pattern`. */
export function matchesPath(path: readonly string[], pattern: readonly string[]): boolean {
  // Nearly all paths lack a word of the pattern, and most of an object's fields are asked for all patterns.
  return (
    pattern.every((part) => part === "*" || part === "**" || path.includes(part)) && matches(path, pattern)
  );
}

function matches(path: readonly string[], pattern: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) {
    return path.length === 0;
  }
  if (head === "**") {
    return matches(path, rest) || (path.length > 0 && matches(path.slice(1), pattern));
  }
  return path.length > 0 && (head === "*" || head === path[0]) && matches(path.slice(1), rest);
}
