import { isToken } from "./tokens";

/** One entry of the error catalogue. Codes are public API: they never change their meaning. */
export interface ErrorDefinition {
  /** Stable, PascalCase, unique in the whole library. */
  readonly code: string;
  /** What is wrong, in one sentence without a trailing full stop. */
  readonly meaning: string;
  /** What the user should do about it. */
  readonly fix: string;
}

/** Declares the errors of one room. `docs/errors.md` is generated from all of them. */
export function defineErrors<K extends string>(
  entries: Record<K, { readonly meaning: string; readonly fix: string }>,
): { readonly [P in K]: ErrorDefinition } {
  const defined = {} as Record<K, ErrorDefinition>;
  for (const code of Object.keys(entries) as K[]) {
    defined[code] = { code, ...entries[code] };
  }
  return defined;
}

/** One thing that is wrong with what a construct was given. */
export interface Finding {
  readonly error: ErrorDefinition;
  /** The part of the declaration that is meant, for example `zone "raw"` or `cidrBlock`. */
  readonly subject: string;
  /** What was given. */
  readonly given: unknown;
  /** What would have been accepted. */
  readonly allowed: string;
  /** A fix for exactly this case. @default - the fix of the catalogue */
  readonly fix?: string;
}

const LONGEST_SHOWN = 300;

function json(value: unknown): string | undefined {
  const ancestors: unknown[] = [];
  return JSON.stringify(value, function (this: unknown, _key, entry: unknown) {
    if (typeof entry !== "object" || entry === null) {
      return typeof entry === "string" ? entry : showScalar(entry);
    }
    while (ancestors.length > 0 && ancestors.at(-1) !== this) {
      ancestors.pop();
    }
    if (ancestors.includes(entry)) {
      return "(circular)";
    }
    ancestors.push(entry);
    return entry;
  });
}

/** What JSON can hold as it is; the rest as text. */
function showScalar(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return `${value}n`;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "function":
      return "a function";
    case "symbol":
      return String(value);
    default:
      return value;
  }
}

function show(value: unknown): string {
  if (value === undefined) {
    return "nothing";
  }
  if (isToken(value)) {
    return "a token";
  }
  if (typeof value !== "string" && typeof value !== "object") {
    return String(showScalar(value));
  }
  try {
    const text = json(value) ?? "nothing";
    return text.length <= LONGEST_SHOWN
      ? text
      : `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)`;
  } catch {
    return "a value that cannot be shown";
  }
}

/** A finding as text, the way ValidationError shows it: for messages of `node.addValidation`. */
export function renderFinding(finding: Finding): string {
  return [
    `[${finding.error.code}] ${finding.subject}: ${finding.error.meaning}`,
    `    given:   ${show(finding.given)}`,
    `    allowed: ${finding.allowed}`,
    `    fix:     ${finding.fix ?? finding.error.fix}`,
  ].join("\n");
}

const BRAND = Symbol.for("cdktf-hybrid-ai/ValidationError");

/**
 * All that is wrong with one construct, thrown once.
 *
 * `code` is the code of the first finding; `findings` holds all of them in the order in which they were found.
 */
export class ValidationError extends Error {
  /** True for any ValidationError, also one of another copy of this package. */
  static is(value: unknown): value is ValidationError {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  readonly code: string;
  readonly findings: readonly Finding[];
  /** Construct path, or the name of the pure value that was refused. */
  readonly where: string;

  constructor(where: string, findings: readonly [Finding, ...Finding[]]) {
    super(`${where}\n${findings.map((finding) => `  ${renderFinding(finding)}`).join("\n")}`);
    this.name = "ValidationError";
    this.where = where;
    this.code = findings[0].error.code;
    this.findings = Object.freeze([...findings]);
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** The codes of all findings. */
  get codes(): readonly string[] {
    return this.findings.map((finding) => finding.error.code);
  }
}

/** Errors that any room may raise about a single value. */
export const CoreErrors = defineErrors({
  InvalidName: {
    meaning: "the name is not allowed here",
    fix: "choose a name of the allowed form; names become Terraform addresses and cloud resource names",
  },
  InvalidCidr: {
    meaning: "not an IPv4 CIDR block whose host bits are zero",
    fix: "write the network address and the prefix length, for example 10.20.0.0/16",
  },
  InvalidCountry: {
    meaning: "not a known ISO 3166-1 alpha-2 country code",
    fix: "use the two upper-case letters of the country, for example DE",
  },
  InvalidArn: {
    meaning: "not an Amazon Resource Name of the kind that is meant",
    fix: "copy the whole ARN from the console or from an output of Terraform",
  },
  InvalidDuration: {
    meaning: "not a duration",
    fix: "write a Go duration such as 90s, 30m or 1h30m",
  },
  InvalidSize: {
    meaning: "not a size",
    fix: "write a number with a binary suffix, for example 512Mi or 2Ti",
  },
  NumberOutOfRange: {
    meaning: "the number is out of range",
    fix: "choose a number within the allowed range",
  },
  NotOneOf: {
    meaning: "not one of the allowed values",
    fix: "choose one of the allowed values",
  },
  DuplicateValue: {
    meaning: "the value appears more than once",
    fix: "remove or rename the repeated entries",
  },
  ProviderOfOtherPlace: {
    meaning: "the stack's provider works in another region or account than the site of the construct",
    fix: "give the provider the site's region (and account), or the construct the site of this stack",
  },
  MissingValue: {
    meaning: "a value is required",
    fix: "give a value",
  },
  TokenNotAllowed: {
    meaning: "a value that only Terraform knows at apply was given where a literal is needed",
    fix: "write the literal; it decides names, structure or checks at synth and cannot come from a resource, a variable or a data source",
  },
  RemovalNeedsTwoKeys: {
    meaning: "removalPolicy: destroy was asked for, but the app does not allow data to be destroyed",
    fix: 'set the context key "cdktf-hybrid-ai/allowDestroy" to true on the app as well, or leave removalPolicy at retain',
  },
  InvalidContext: {
    meaning: "a context value of the app has the wrong form",
    fix: "correct it where the app gets its context: new App({ context }), cdktf.json or CDKTF_CONTEXT_JSON",
  },
  NoEffect: {
    meaning: "the value would have no effect together with the rest of the declaration",
    fix: "leave it out, or turn on what it belongs to",
  },
  ReservedTag: {
    meaning: "this tag is set by the library and cannot be set by hand",
    fix: "use the ownership field of that meaning (owner, environment, costCentre, dataClass), or another key",
  },
  TooManyTags: {
    meaning: "the resource would have more tags than the provider allows",
    fix: "give fewer tags of your own on this resource, or fewer `extra` tags on the stack",
  },
  SecretAsText: {
    meaning:
      "a secret stands here as text: it would be readable in the program, in Terraform's state and in the cluster",
    fix: "put it into a Secret and give the name of that; replace the secret, since it is in your program now",
  },
  OpaqueManifest: {
    meaning: "only Terraform knows this Kubernetes manifest, so the ownership labels cannot be put on it",
    fix: "give the manifest and its metadata as literals (values inside may be tokens)",
  },
});
