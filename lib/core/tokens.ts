/**
 * Token detection without loading cdktf, so that the pure rooms can refuse tokens too.
 * `test/core/tokens.test.ts` holds this against the tokens that cdktf really makes.
 *
 * Source of the encodings: `cdktf@0.21.0/lib/tokens/private/encoding.js`.
 */
const STRING_TOKEN = /[$#&]\{TfToken\[[a-zA-Z0-9:._-]+\]\}/;

/** Encoded numbers as JavaScript prints them inside a string, for example `b-${count.index}`. */
const PRINTED_NUMBER_TOKEN = /-\d(?:\.\d+)?e\+\d{3}/g;

/** cdktf encodes number tokens as doubles with these upper 16 bits: a number, and an element of a list of numbers. */
const NUMBER_MARKERS: ReadonlySet<number> = new Set([0xfdff, 0xfbff]);

const DOUBLE = new DataView(new ArrayBuffer(8));

function isNumberToken(value: number): boolean {
  DOUBLE.setFloat64(0, value);
  return NUMBER_MARKERS.has(DOUBLE.getUint16(0));
}

/** Nearly every text of a program is asked, and nearly none holds the words of a token: these are looked for first. */
function isStringToken(value: string): boolean {
  return (
    (value.includes("TfToken[") && STRING_TOKEN.test(value)) ||
    (value.includes("e+") &&
      (value.match(PRINTED_NUMBER_TOKEN) ?? []).some((printed) => isNumberToken(Number(printed))))
  );
}

function holdsToken(value: unknown, seen: Set<object>): boolean {
  if (typeof value === "string") {
    return isStringToken(value);
  }
  if (typeof value === "number") {
    return isNumberToken(value);
  }
  if (typeof value !== "object" || value === null || seen.has(value)) {
    return false;
  }
  seen.add(value);
  if (Array.isArray(value)) {
    return value.some((entry) => holdsToken(entry, seen));
  }
  if (typeof (value as { resolve?: unknown }).resolve === "function") {
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return false;
  }
  return Object.entries(value).some(([key, entry]) => isStringToken(key) || holdsToken(entry, seen));
}

/** True if `value` is, or holds anywhere inside, a value that only Terraform will know. */
export function isToken(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return isStringToken(value);
    case "number":
      return isNumberToken(value);
    case "object":
      return value !== null && holdsToken(value, new Set());
    default:
      return false;
  }
}
