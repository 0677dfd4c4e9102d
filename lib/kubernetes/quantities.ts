import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { KubernetesErrors } from "./errors";

const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei)|([numkMGTPE])|[eE]([+-]?\d{1,3}))?$/;
const QUANTITY_FORM = "a Kubernetes quantity such as 500m, 2, 16Gi or 1.5Ti";
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const NANOS_PER_ONE = 10n ** 9n;
const MAX_NANOS = (2n ** 63n - 1n) * NANOS_PER_ONE;

type QuantityFormat = "binary" | "decimal" | "exponent";

interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

type Failure = keyof Pick<typeof KubernetesErrors, "InvalidQuantity" | "QuantityNotRepresentable">;

function parseQuantity(text: string): Quantity | Failure {
  const match = QUANTITY.exec(text);
  if (!match) {
    return "InvalidQuantity";
  }
  const [, sign, number = "", binary, decimal, exponent] = match;
  const [whole = "", fraction = ""] = number.split(".");
  const power = exponent === undefined ? (DECIMAL_SUFFIXES[decimal ?? ""] ?? 0) : Number(exponent);
  const scale = power - fraction.length + 9;
  const shift = binary === undefined ? 0 : 10 * BINARY_SUFFIXES.indexOf(binary as "Ki");
  const mantissa = BigInt(whole + fraction) << BigInt(shift);
  const divisor = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  const magnitude = scale < 0 ? mantissa / divisor : mantissa * 10n ** BigInt(scale);
  if (mantissa % divisor !== 0n || magnitude > MAX_NANOS) {
    return "QuantityNotRepresentable";
  }
  return {
    nanos: sign === "-" ? -magnitude : magnitude,
    format: binary ? "binary" : exponent === undefined ? "decimal" : "exponent",
  };
}

function formatBinary(whole: bigint): string | undefined {
  let amount = whole;
  let step = 0;
  while (amount % 1024n === 0n) {
    amount /= 1024n;
    step++;
  }
  return step === 0 ? undefined : `${amount}${BINARY_SUFFIXES[step]}`;
}

function formatDecimal(nanos: bigint, format: QuantityFormat): string {
  let amount = nanos;
  let power = -9;
  while (amount % 1000n === 0n) {
    amount /= 1000n;
    power += 3;
  }
  if (format === "exponent") {
    return power === 0 ? `${amount}` : `${amount}e${power}`;
  }
  const suffix = Object.keys(DECIMAL_SUFFIXES).find((key) => DECIMAL_SUFFIXES[key] === power);
  return `${amount}${suffix ?? ""}`;
}

function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) {
    return "0";
  }
  const magnitude = nanos < 0n ? -nanos : nanos;
  if (format === "binary" && magnitude >= 1024n * NANOS_PER_ONE && nanos % NANOS_PER_ONE === 0n) {
    const binary = formatBinary(nanos / NANOS_PER_ONE);
    if (binary !== undefined) {
      return binary;
    }
  }
  return formatDecimal(nanos, format === "exponent" ? "exponent" : "decimal");
}

/**
 * Canonical form of a quantity, or undefined after reporting what is wrong to `problems`. Tokens pass unchanged.
 */
export function canonicalQuantity(
  problems: Problems,
  subject: string,
  value: string | number,
): string | undefined {
  if (isToken(value)) {
    return value as string;
  }
  const parsed = parseQuantity(String(value));
  if (typeof parsed === "string") {
    problems.add(KubernetesErrors[parsed], { subject, given: value, allowed: QUANTITY_FORM });
    return undefined;
  }
  return formatQuantity(parsed);
}

/**
 * The form in which the Kubernetes API server returns a quantity: no fraction, the largest suffix that keeps the
 * value whole. `1000m` becomes `1`, `1024Gi` becomes `1Ti`, `1.5Gi` becomes `1536Mi`. The value never changes.
 *
 * A manifest with another form makes Terraform report an inconsistent result after apply.
 *
 * @param value a quantity; a number means that many units. A token is returned unchanged.
 * @throws InvalidQuantity, QuantityNotRepresentable
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantity(value: string | number): string {
  const problems = new Problems("quantity");
  const canonical = canonicalQuantity(problems, "value", value);
  problems.throwIfAny();
  return canonical as string;
}

const DURATION = /^(?:\d+(?:\.\d*)?(?:ns|us|µs|μs|ms|s|m|h)|\.\d+(?:ns|us|µs|μs|ms|s|m|h))+$/;
const DURATION_PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;
const DURATION_FORM = "a Go duration such as 90s, 30m or 1h30m, in whole nanoseconds, below 2562047h";
const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_DURATION = 2n ** 63n - 1n;

function parseDuration(text: string): bigint | undefined {
  if (text === "0") {
    return 0n;
  }
  if (!DURATION.test(text)) {
    return undefined;
  }
  let total = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(DURATION_PART)) {
    const scaled = BigInt(whole + fraction) * (UNIT_NANOS[unit] ?? 0n);
    const divisor = 10n ** BigInt(fraction.length);
    if (scaled % divisor !== 0n) {
      return undefined;
    }
    total += scaled / divisor;
  }
  return total > MAX_DURATION ? undefined : total;
}

function decimal(nanos: bigint, unit: bigint): string {
  const fraction = (nanos % unit).toString().padStart(unit.toString().length - 1, "0");
  const trimmed = fraction.replace(/0+$/, "");
  return trimmed === "" ? `${nanos / unit}` : `${nanos / unit}.${trimmed}`;
}

function formatDuration(nanos: bigint): string {
  const { us, ms, s, m, h } = UNIT_NANOS as Record<"us" | "ms" | "s" | "m" | "h", bigint>;
  if (nanos === 0n) {
    return "0s";
  }
  if (nanos < us) {
    return `${nanos}ns`;
  }
  if (nanos < ms) {
    return `${decimal(nanos, us)}µs`;
  }
  if (nanos < s) {
    return `${decimal(nanos, ms)}ms`;
  }
  const seconds = `${decimal(nanos % m, s)}s`;
  const minutes = (nanos % h) / m;
  if (nanos < m) {
    return seconds;
  }
  return nanos < h ? `${minutes}m${seconds}` : `${nanos / h}h${minutes}m${seconds}`;
}

/**
 * Canonical form of a Go duration, or undefined after reporting what is wrong to `problems`. Tokens pass unchanged.
 */
export function canonicalDuration(problems: Problems, subject: string, value: string): string | undefined {
  if (isToken(value)) {
    return value;
  }
  const nanos = typeof value === "string" ? parseDuration(value) : undefined;
  if (nanos === undefined) {
    problems.add(CoreErrors.InvalidDuration, { subject, given: value, allowed: DURATION_FORM });
    return undefined;
  }
  return formatDuration(nanos);
}

/**
 * The form in which Go, and so every Kubernetes controller, writes a duration: `240h` becomes `240h0m0s`, `90s`
 * becomes `1m30s`. The value never changes.
 *
 * @param value a Go duration that is not negative. A token is returned unchanged.
 * @throws InvalidDuration
 * @see https://pkg.go.dev/time#Duration.String
 */
export function goDuration(value: string): string {
  const problems = new Problems("goDuration");
  const canonical = canonicalDuration(problems, "value", value);
  problems.throwIfAny();
  return canonical as string;
}
