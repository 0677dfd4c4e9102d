import { Problems } from "../lib/core/problems";
import { LakehouseErrors } from "../lib/lakehouse/errors";

/** One declaration over several sites: its part at each of them. */
export class PlatformParts<T> {
  constructor(
    readonly name: string,
    private readonly what: string,
    protected readonly parts: ReadonlyMap<string, T>,
  ) {}

  /** Names of the sites at which there is a part. */
  get sites(): readonly string[] {
    return [...this.parts.keys()];
  }

  /** The part at one site. @throws UnknownSite */
  at(site: string): T {
    const part = this.parts.get(site);
    if (part === undefined) {
      const problems = new Problems(`${this.what} "${this.name}"`);
      problems.add(LakehouseErrors.UnknownSite, {
        subject: "site",
        given: site,
        allowed: this.sites.join(", ") || "none",
      });
      problems.throwIfAny();
    }
    return part!;
  }
}
