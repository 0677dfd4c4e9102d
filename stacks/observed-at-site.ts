import { CoreErrors } from "../lib/core/errors";
import type { Problems } from "../lib/core/problems";
import type { ObservedAtSite } from "./observability-props";

/** Choices whose entries a site can replace, one by one. */
const REPLACED = ["withoutSlo", "limits"] as const;

/** What a site watches: what all sites do, with what it chose itself. */
export function choicesOfSite(shared: ObservedAtSite, own: ObservedAtSite) {
  const writers = [shared.alerts, own.alerts].filter((alerts) => alerts !== undefined);
  return {
    sources: [...(shared.sources ?? []), ...(own.sources ?? [])],
    withoutSlo: { ...shared.withoutSlo, ...own.withoutSlo },
    limits: { ...shared.limits, ...own.limits },
    alerts: ((metrics) => writers.flatMap((write) => write(metrics))) satisfies ObservedAtSite["alerts"],
  };
}

/** Refuses what all sites were given and each replaced. Adds NoEffect. */
export function refuseReplaced(
  problems: Problems,
  shared: ObservedAtSite,
  at: Readonly<Record<string, ObservedAtSite>>,
): void {
  const sites = Object.values(at);
  for (const choice of REPLACED) {
    const replaced = Object.keys(shared[choice] ?? {}).filter((entry) =>
      sites.every((own) => Object.hasOwn(own[choice] ?? {}, entry)),
    );
    if (sites.length > 0 && replaced.length > 0) {
      problems.add(CoreErrors.NoEffect, {
        subject: choice,
        given: replaced,
        allowed: "entries that at least one site does not replace",
      });
    }
  }
}
