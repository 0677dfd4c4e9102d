import { Fn } from "cdktf";
import { escapeTemplate } from "../core/escape";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { KubernetesErrors } from "./errors";

type Values = Readonly<Record<string, unknown>>;

function isPlainObject(value: unknown): value is Values {
  if (value === null || typeof value !== "object") {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

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
    if (value === null || typeof value === "boolean") {
      return String(value);
    }
    if (typeof value === "string" || (typeof value === "number" && Number.isFinite(value))) {
      return isToken(value) ? this.token(value, path) : escapeTemplate(JSON.stringify(value));
    }
    if (Array.isArray(value) || isPlainObject(value)) {
      return this.composite(value, path);
    }
    return isToken(value) ? Fn.jsonencode(value) : this.refuse(`${String(value)} (${typeof value})`, path);
  }

  private composite(value: readonly unknown[] | Values, path: string): string {
    if (this.open.includes(value)) {
      return this.refuse("an object that holds itself", path);
    }
    if (Array.isArray(value) && value.length === 1 && isListToken(value[0])) {
      return Fn.jsonencode(value);
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

  private token(value: string | number, path: string): string {
    if (typeof value === "string" && /["\\\n]/.test(value)) {
      this.problems.add(KubernetesErrors.NotPlainData, {
        subject: path,
        given: "a token inside a text with quotes, backslashes or line breaks",
        allowed: "a token alone, or in a text without them; or build the text with Fn.join",
      });
      return "null";
    }
    return Fn.jsonencode(value);
  }

  private refuse(given: string, path: string): string {
    const allowed = "strings, finite numbers, booleans, null, lists and plain objects";
    this.problems.add(KubernetesErrors.NotPlainData, { subject: path, given, allowed });
    return "null";
  }
}

function isListToken(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("#{TfToken[");
}

/**
 * Chart values as JSON, which is YAML, with sorted keys; undefined if there are none. Values that only Terraform
 * knows are encoded by Terraform, so a quote in one of them cannot break the text.
 */
export function valuesText(problems: Problems, values: Values): string | undefined {
  const text = new ValuesWriter(problems).write(values, "values");
  return text === "{}" ? undefined : text;
}
