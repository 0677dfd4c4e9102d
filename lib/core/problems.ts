import { CoreErrors, type ErrorDefinition, type Finding, ValidationError } from "./errors";
import { isToken } from "./tokens";

/** The form that a name must have. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
  /** The rule in words, for the message. */
  readonly form: string;
}

/** Names that become part of every provider's resource names: the strictest common form. */
export const COMMON_NAME: NameRule = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  maxLength: 32,
  form: "1 to 32 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen",
};

const GO_DURATION = /^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/;
const BINARY_SIZE = /^[1-9][0-9]*(\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi|Ei)$/;

function isCidr(value: string): boolean {
  // No leading zeros: Terraform refuses them, because some systems read them as octal.
  const match = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\/(0|[1-9]\d?)$/.exec(
    value,
  );
  if (!match) {
    return false;
  }
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) {
    return false;
  }
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return (address & ~mask) === 0;
}

/**
 * Collects everything that is wrong with one construct, then throws once.
 *
 * Every validator is token-safe: a token is either refused (where the value shapes names, structure or other
 * checks) or let through unchecked (where only Terraform can know), never computed on.
 */
export class Problems {
  private readonly findings: Finding[] = [];

  /** @param where construct path, or the name of a pure value */
  constructor(private readonly where: string) {}

  add(error: ErrorDefinition, finding: Omit<Finding, "error">): void {
    this.findings.push({ error, ...finding });
  }

  get empty(): boolean {
    return this.findings.length === 0;
  }

  throwIfAny(): void {
    const [first, ...rest] = this.findings;
    if (first) {
      throw new ValidationError(this.where, [first, ...rest]);
    }
  }

  /** Refuses tokens. Returns true if the value is a literal. */
  literal(subject: string, value: unknown, allowed = "a literal"): boolean {
    if (isToken(value)) {
      this.add(CoreErrors.TokenNotAllowed, { subject, given: "a token", allowed });
      return false;
    }
    return true;
  }

  /** A name that shapes ids and resource names: a literal of the given form. */
  name(subject: string, value: string, rule: NameRule = COMMON_NAME): boolean {
    if (!this.literal(subject, value, rule.form)) {
      return false;
    }
    if (typeof value !== "string" || value.length > rule.maxLength || !rule.pattern.test(value)) {
      this.add(CoreErrors.InvalidName, { subject, given: value, allowed: rule.form });
      return false;
    }
    return true;
  }

  /** An IPv4 CIDR block with zero host bits. Tokens pass. */
  cidr(subject: string, value: string): boolean {
    return this.matches(subject, value, isCidr, CoreErrors.InvalidCidr, "a.b.c.d/n with zero host bits");
  }

  /** A Go duration. Tokens pass. */
  duration(subject: string, value: string): boolean {
    const test = (given: string) => GO_DURATION.test(given);
    return this.matches(subject, value, test, CoreErrors.InvalidDuration, "a Go duration such as 1h30m");
  }

  /** An ARN of one AWS service, for example `kms`. Tokens pass. */
  arn(subject: string, value: string, service: string): boolean {
    const form = new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:[A-Za-z0-9_+=,.@:/-]+$`);
    const allowed = `arn:aws:${service}:…`;
    return this.matches(subject, value, (given) => form.test(given), CoreErrors.InvalidArn, allowed);
  }

  /** A size with a binary suffix. Tokens pass. */
  size(subject: string, value: string): boolean {
    const test = (given: string) => BINARY_SIZE.test(given);
    return this.matches(subject, value, test, CoreErrors.InvalidSize, "a size such as 512Mi or 2Ti");
  }

  /** A whole number within bounds. Number tokens pass. */
  integer(subject: string, value: number, bounds: { readonly min: number; readonly max: number }): boolean {
    if (typeof value === "number" && isToken(value)) {
      return true;
    }
    if (!Number.isInteger(value) || value < bounds.min || value > bounds.max) {
      const allowed = `a whole number from ${bounds.min} to ${bounds.max}`;
      this.add(CoreErrors.NumberOutOfRange, { subject, given: value, allowed });
      return false;
    }
    return true;
  }

  /** A whole number within bounds that is compared or computed with at synth. Refuses tokens. */
  literalInteger(
    subject: string,
    value: number,
    bounds: { readonly min: number; readonly max: number },
  ): boolean {
    const allowed = `a whole number from ${bounds.min} to ${bounds.max}`;
    return this.literal(subject, value, allowed) && this.integer(subject, value, bounds);
  }

  /** One of a closed list. Refuses tokens, because such values decide structure. */
  oneOf<T extends string>(subject: string, value: string, allowed: readonly T[]): value is T {
    const list = allowed.join(", ");
    if (!this.literal(subject, value, list)) {
      return false;
    }
    if (!(allowed as readonly string[]).includes(value)) {
      this.add(CoreErrors.NotOneOf, { subject, given: value, allowed: list });
      return false;
    }
    return true;
  }

  /** No two equal entries. */
  unique(subject: string, values: readonly string[]): boolean {
    const seen = new Set<string>();
    const repeated = [...new Set(values.filter((value) => seen.has(value) || !seen.add(value)))];
    if (repeated.length > 0) {
      this.add(CoreErrors.DuplicateValue, { subject, given: repeated, allowed: "each value once" });
      return false;
    }
    return true;
  }

  /** A value that is there: not undefined, not an empty or blank string. Tokens pass. */
  required(subject: string, value: unknown, allowed: string): boolean {
    if (value === undefined || value === null || (typeof value === "string" && value.trim() === "")) {
      this.add(CoreErrors.MissingValue, { subject, given: value, allowed });
      return false;
    }
    return true;
  }

  private matches(
    subject: string,
    value: string,
    test: (value: string) => boolean,
    error: ErrorDefinition,
    allowed: string,
  ): boolean {
    if (typeof value === "string" && (isToken(value) || test(value))) {
      return true;
    }
    this.add(error, { subject, given: value, allowed });
    return false;
  }
}
