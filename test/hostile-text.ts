import fc from "fast-check";

/** Any text: every UTF-16 unit, halves of pairs included, printable text, and what has broken programs before. */
export const hostileText = fc.oneof(
  fc.array(fc.nat(0xffff), { maxLength: 12 }).map((units) => String.fromCharCode(...units)),
  fc.string(),
  fc.constantFrom(
    "",
    " ",
    "\n",
    "\0",
    "${HOME}",
    "%{if}",
    "__proto__",
    "constructor",
    "../x",
    "a\u202eb",
    "$${x}",
    '"',
  ),
);
