/**
 * Token detection without loading cdktf, so that the pure rooms can refuse tokens too.
 * `test/core/tokens.test.ts` holds this against the tokens that cdktf really makes.
 *
 * Source of the encodings: `cdktf@0.21.0/lib/tokens/private/encoding.js`.
 */
const STRING_MARKERS = ["${TfToken[", "#{TfToken[", "&{TfToken["] as const;

/** cdktf encodes number tokens as doubles whose upper 16 bits are 0xFBFF. */
const NUMBER_MARKER_BITS = 0xfbff;

function isNumberToken(value: number): boolean {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getUint16(0) === NUMBER_MARKER_BITS;
}

/** True if `value` is, or holds anywhere inside, a value that only Terraform will know. */
export function isToken(value: unknown): boolean {
  if (typeof value === "string") {
    return STRING_MARKERS.some((marker) => value.includes(marker));
  }
  if (typeof value === "number") {
    return isNumberToken(value);
  }
  if (Array.isArray(value)) {
    return value.some(isToken);
  }
  if (value !== null && typeof value === "object") {
    if (typeof (value as { resolve?: unknown }).resolve === "function") {
      return true;
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return Object.entries(value).some(([key, entry]) => isToken(key) || isToken(entry));
    }
  }
  return false;
}
