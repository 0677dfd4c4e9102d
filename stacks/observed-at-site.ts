import { CoreErrors } from "../lib/core/errors";
import type { Problems } from "../lib/core/problems";
import type { ObservabilityAtSite, ObservedAtSite } from "./observability-props";

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

/** Refuses what all sites were given and none uses. Adds NoEffect. */
export function refuseReplaced(
  problems: Problems,
  shared: ObservedAtSite,
  at: Readonly<Record<string, ObservabilityAtSite>>,
): void {
  const sites: readonly (ObservedAtSite & Pick<ObservabilityAtSite, "in">)[] = Object.values(at);
  for (const choice of ["sources", "alerts"] as const) {
    if (shared[choice] !== undefined && sites.length > 0 && sites.every((own) => own.in === "cloudwatch")) {
      problems.add(CoreErrors.NoEffect, {
        subject: choice,
        given: choice,
        allowed: "nothing, where all sites are watched by CloudWatch: it scrapes nobody and reads no PromQL",
      });
    }
  }
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
