import { EEA_COUNTRIES, EU_COUNTRIES, isCountry } from "../catalog/countries";
import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";

/** Where data may live and be copied to. An immutable value. */
export class Residency {
  /** Members of the European Union. */
  static readonly EU = new Residency("EU", new Set(EU_COUNTRIES));
  /** European Economic Area: the EU, Iceland, Liechtenstein, Norway. */
  static readonly EEA = new Residency("EEA", new Set(EEA_COUNTRIES));
  /** No rule. */
  static readonly ANYWHERE = new Residency("anywhere", undefined);

  /**
   * Only in these countries.
   *
   * @param codes ISO 3166-1 alpha-2, for example `"DE", "FR"`
   * @throws InvalidCountry, MissingValue, TokenNotAllowed
   */
  static countries(...codes: readonly string[]): Residency {
    const problems = new Problems("Residency.countries");
    if (codes.length === 0) {
      problems.required("countries", undefined, "at least one country code");
    }
    for (const code of codes) {
      if (problems.literal("country", code) && !isCountry(code)) {
        problems.add(CoreErrors.InvalidCountry, {
          subject: "country",
          given: code,
          allowed: "ISO 3166-1 alpha-2 codes",
        });
      }
    }
    problems.throwIfAny();
    const sorted = [...new Set(codes)].sort();
    return new Residency(sorted.join("+"), new Set(sorted));
  }

  private constructor(
    /** Short name for messages, for example `EU` or `DE+FR`. */
    readonly name: string,
    private readonly allowed: ReadonlySet<string> | undefined,
  ) {
    Object.freeze(this);
  }

  /** True if data may be in that country. */
  allows(country: string): boolean {
    return this.allowed === undefined || this.allowed.has(country);
  }

  /** True if everything that `other` allows is allowed here too. */
  contains(other: Residency): boolean {
    if (this.allowed === undefined) {
      return true;
    }
    return other.allowed !== undefined && [...other.allowed].every((code) => this.allows(code));
  }

  /** The allowed countries, sorted; undefined if any is. */
  get codes(): readonly string[] | undefined {
    return this.allowed === undefined ? undefined : [...this.allowed].sort();
  }

  /** The allowed countries, sorted, or "any country". */
  describe(): string {
    return this.codes?.join(", ") ?? "any country";
  }
}
