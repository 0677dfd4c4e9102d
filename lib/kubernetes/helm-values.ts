import { Fn } from "cdktf";
import { escapeTemplate } from "../core/escape";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { KubernetesErrors } from "./errors";
import { checkTextTokens, isPlainObject, isWholeToken, splitTokens } from "./plain-data";

/** Takes the quotes off a JSON string. */
const FIRST_AND_LAST = "/^.|.$/";

type Values = Readonly<Record<string, unknown>>;

/** `over` laid over `base`: objects key by key, everything else as a whole. Undefined keys of `over` change nothing. */
export function mergeValues(base: Values, over: Values): Values {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) {
      continue;
    }
    const below = merged.get(key);
    merged.set(key, isPlainObject(below) && isPlainObject(value) ? mergeValues(below, value) : value);
  }
  return Object.fromEntries(merged);
}

class ValuesWriter {
  private readonly open: unknown[] = [];

  constructor(private readonly problems: Problems) {}

  write(value: unknown, path: string): string {
    if (isWholeToken(value)) {
      return Fn.jsonencode(value);
    }
    if (value === null || typeof value === "boolean") {
      return String(value);
    }
    if (typeof value === "string") {
      return this.text(value, path);
    }
    if (typeof value === "number" && Number.isFinite(value)) {
      return String(value);
    }
    return Array.isArray(value) || isPlainObject(value)
      ? this.composite(value, path)
      : this.refuse(`${String(value)} (${typeof value})`, path);
  }

  private composite(value: readonly unknown[] | Values, path: string): string {
    if (this.open.includes(value)) {
      return this.refuse("an object that holds itself", path);
    }
    this.open.push(value);
    const text = Array.isArray(value)
      ? `[${value.map((entry, index) => this.write(entry, `${path}[${index}]`)).join(",")}]`
      : `{${this.entries(value as Values, path).join(",")}}`;
    this.open.pop();
    return text;
  }

  private entries(value: Values, path: string): readonly string[] {
    return Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => {
        this.problems.literal(`${path} key`, key, "a literal key");
        return `${escapeTemplate(JSON.stringify(key))}:${this.write(entry, `${path}.${key}`)}`;
      });
  }

  private text(value: string, path: string): string {
    checkTextTokens(this.problems, path, value);
    // A dollar sign before a token would make Terraform take the token for text.
    const inside = splitTokens(value).map((part) =>
      isToken(part)
        ? Fn.replace(Fn.jsonencode(Fn.tostring(part)), FIRST_AND_LAST, "")
        : escapeTemplate(JSON.stringify(part).slice(1, -1)).replace(/\$$/, "\\u0024"),
    );
    return `"${inside.join("")}"`;
  }

  private refuse(given: string, path: string): string {
    const allowed = "strings, finite numbers, booleans, null, lists and plain objects";
    this.problems.add(KubernetesErrors.NotPlainData, { subject: path, given, allowed });
    return "null";
  }
}

/**
 * Chart values as JSON, which is YAML, with sorted keys; undefined if there are none. Values that only Terraform
 * knows are encoded by Terraform, so a quote in one of them cannot break the text.
 */
export function valuesText(problems: Problems, values: Values): string | undefined {
  const text = new ValuesWriter(problems).write(values, "values");
  return text === "{}" ? undefined : text;
}
