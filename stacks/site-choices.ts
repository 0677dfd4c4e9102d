import { CoreErrors } from "../lib/core/errors";
import type { Problems } from "../lib/core/problems";
import type { Site, SiteKind } from "../lib/fabric/site";
import { LakehouseErrors } from "../lib/lakehouse/errors";
import { StackErrors } from "./errors";
import type { PlatformContext } from "./platform-context";

const SITE_KINDS: readonly SiteKind[] = ["aws", "google", "kubernetes"];

/** Choices by kind of site, and for single sites, which are laid over those of their kind. */
export interface SiteChoices {
  readonly aws?: object;
  readonly google?: object;
  readonly kubernetes?: object;
  readonly perSite?: Readonly<
    Record<string, Partial<Readonly<Record<SiteKind, object>>> & { readonly namePrefix?: string }>
  >;
}

function checkPerSite(problems: Problems, { perSite = {} }: SiteChoices, used: readonly Site[]): void {
  for (const [name, options] of Object.entries(perSite)) {
    const site = used.find((candidate) => candidate.name === name);
    if (!site) {
      problems.add(LakehouseErrors.UnknownSite, {
        subject: "perSite",
        given: name,
        allowed: used.map((candidate) => candidate.name).join(", "),
      });
    }
    for (const kind of SITE_KINDS.filter((each) => site && site.kind !== each && options[each])) {
      problems.add(StackErrors.OptionsWithoutSite, {
        subject: `perSite "${name}"`,
        given: kind,
        allowed: site!.kind,
      });
    }
  }
}

/** Adds UnknownSite and OptionsWithoutSite: choices for what is not used would do nothing. */
export function checkChoices(problems: Problems, choices: SiteChoices, used: readonly Site[]): void {
  checkPerSite(problems, choices, used);
  for (const kind of SITE_KINDS) {
    if (choices[kind] !== undefined && !used.some((site) => site.kind === kind)) {
      problems.add(StackErrors.OptionsWithoutSite, {
        subject: kind,
        given: "options",
        allowed: `options for ${[...new Set(used.map((site) => site.kind))].join(", ")}`,
      });
    }
  }
}

/** What one kind of site knows beside what all share; of alternatives each by itself. */
export type Particular<Props, Shared> = Props extends unknown ? Omit<Props, keyof Shared> : never;

/** Those of the site's kind, with its own laid over them. */
export function choicesFor(choices: SiteChoices, { name, kind }: Pick<Site, "name" | "kind">): object {
  return { ...choices[kind], ...choices.perSite?.[name]?.[kind] };
}

/** Adds MissingValue if the choices for a site leave out an option that its kind needs. */
export function requireChoice(
  problems: Problems,
  choices: SiteChoices,
  site: Site,
  option: string,
  allowed: string,
): void {
  if (!(option in choicesFor(choices, site))) {
    problems.add(CoreErrors.MissingValue, { subject: `${site.kind}.${option}`, given: undefined, allowed });
  }
}

/** The sites of a declaration; adds MissingValue and DuplicateValue. @throws UnknownSite */
export function sitesOf(
  problems: Problems,
  platform: PlatformContext,
  at: readonly string[] | undefined,
): readonly Site[] {
  problems.required("at", at?.[0], "names of one site or more");
  problems.unique("at", at ?? []);
  problems.throwIfAny();
  return at!.map((name) => platform.site(name));
}
