import type { TextMapGetter } from "@opentelemetry/api";
import type { InputRecord } from "../stream/member.js";

type Headers = InputRecord["headers"];

const TRACEPARENT = Buffer.from("traceparent");
/** `00-<32 digits>-<16 digits>-<2 digits>`; later versions may be longer. https://www.w3.org/TR/trace-context/, read 2026-11. */
const LENGTH = 55;
const LAST_OF_FLAGS = 54;
const LETTER_A = 0x61;

/**
 * Whether the one who wrote the event samples it; undefined where there is no word of it. Asked of every event, so it
 * makes nothing: bytes are compared where they are.
 */
export function sampledByWriter(headers: Headers): boolean | undefined {
  for (let index = headers.length - 1; index >= 0; index -= 1) {
    const header = headers[index]!;
    const name = header[0];
    const value = header[1];
    if (name?.length === TRACEPARENT.length && TRACEPARENT.equals(name)) {
      if (value === null || value.length < LENGTH) {
        return undefined;
      }
      const digit = value[LAST_OF_FLAGS]!;
      return ((digit >= LETTER_A ? digit + 1 : digit) & 1) === 1;
    }
  }
  return undefined;
}

/** Reads headers of Kafka for a propagator; of two with one name the last counts. */
export const recordHeaders: TextMapGetter<Headers> = {
  keys: (headers) => headers.map(([name]) => name?.toString("utf8") ?? ""),
  get: (headers, key) => headers.findLast(([name]) => name?.toString("utf8") === key)?.[1]?.toString("utf8"),
};
