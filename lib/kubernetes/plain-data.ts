import { CoreErrors } from "../core/errors";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";

const TEXT_TOKEN = /(\$\{TfToken\[[a-zA-Z0-9:._-]+\]\})/;
const LIST_TOKEN = /^#\{TfToken\[[a-zA-Z0-9:._-]+\]\}$/;
const MAP_TOKEN = /^&\{TfToken\[[a-zA-Z0-9:._-]+\]\}$/;

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The parts of a text: tokens, and what is between them. Empty parts are left out. */
export function splitTokens(text: string): readonly string[] {
  return text.split(TEXT_TOKEN).filter((part) => part !== "");
}

/** True if the value as a whole is one that only Terraform knows: a text, number, list, map or object. */
export function isWholeToken(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return TEXT_TOKEN.exec(value)?.[0] === value;
    case "number":
      return isToken(value);
    case "object":
      break;
    default:
      return false;
  }
  if (Array.isArray(value)) {
    return value.length === 1 && typeof value[0] === "string" && LIST_TOKEN.test(value[0]);
  }
  if (isPlainObject(value)) {
    const keys = Object.keys(value);
    if (keys.length === 1 && MAP_TOKEN.test(keys[0] ?? "")) {
      return true;
    }
  }
  return typeof (value as { resolve?: unknown } | null)?.resolve === "function";
}

/** Refuses what cdktf would print wrongly inside a text: numbers and lists that only Terraform knows. */
export function checkTextTokens(problems: Problems, subject: string, text: string): void {
  if (splitTokens(text).some((part) => !TEXT_TOKEN.test(part) && isToken(part))) {
    problems.add(CoreErrors.TokenNotAllowed, {
      subject,
      given: "a number or list that only Terraform knows, inside a text",
      allowed: "Token.asString(value) or Fn.join inside the text",
    });
  }
}
