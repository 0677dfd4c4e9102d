/** One string of Terraform's JSON syntax, which is always a template. */
export interface Template {
  /** The text with `$${` and `%%{` unescaped. Only meaningful without an expression. */
  readonly literal: string;
  /** Holds at least one `${…}` or `%{…}`. */
  readonly expression: boolean;
  /** Is one `${…}` and nothing else, so its value may be of any type. */
  readonly pure: boolean;
}

/** Index after the brace that closes the `${` at `start`, or -1. Quoted text inside does not count. */
function endOfInterpolation(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let index = start + 1; index < text.length; index++) {
    const char = text[index];
    if (quoted) {
      if (char === "\\") {
        index++;
      } else if (char === '"') {
        quoted = false;
      }
    } else if (char === '"') {
      quoted = true;
    } else if (char === "{") {
      depth++;
    } else if (char === "}" && --depth === 0) {
      return index + 1;
    }
  }
  return -1;
}

/** Reads a string as Terraform would. */
export function parseTemplate(text: string): Template {
  let literal = "";
  let expression = false;
  let index = 0;
  while (index < text.length) {
    const ahead = text.slice(index, index + 3);
    if (ahead === "$${" || ahead === "%%{") {
      literal += ahead.slice(1);
      index += 3;
    } else if (ahead.startsWith("${") || ahead.startsWith("%{")) {
      expression = true;
      const end = endOfInterpolation(text, index);
      const next = end === -1 ? text.length : end;
      literal += text.slice(index, next);
      index = next;
    } else {
      literal += text[index];
      index++;
    }
  }
  const pure = text.startsWith("${") && endOfInterpolation(text, 0) === text.length;
  return { literal, expression, pure };
}

/**
 * A document as Terraform would hand it over, as far as it can be read before: an expression that encodes its value itself
 * (`${jsonencode(…)}`) stands for a text, others stay what they are inside the quotes around them.
 */
export function documentOf(text: string): string {
  let document = "";
  for (let index = 0; index < text.length; ) {
    const end =
      text.startsWith("${", index) && text[index - 1] !== "$" ? endOfInterpolation(text, index) : -1;
    const next = end === -1 ? index + 1 : end;
    const part = text.slice(index, next);
    document += part.startsWith("${jsonencode(") ? JSON.stringify(part) : part;
    index = next;
  }
  return document;
}

/** A value as Terraform would hand it over, and where only Terraform knows the value. */
export interface Literal {
  readonly value: unknown;
  /** JSON pointers of strings that hold an expression. */
  readonly expressions: ReadonlySet<string>;
  /** Those of them that are nothing but one expression. */
  readonly pure: ReadonlySet<string>;
}

/** One key as a step of a JSON pointer. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Unescapes all strings and keys of `value` and notes the expressions. */
export function literalOf(value: unknown): Literal {
  const expressions = new Set<string>();
  const pure = new Set<string>();
  const visit = (entry: unknown, pointer: string): unknown => {
    if (typeof entry === "string") {
      const template = parseTemplate(entry);
      if (template.expression) {
        expressions.add(pointer);
        if (template.pure) {
          pure.add(pointer);
        }
      }
      return template.literal;
    }
    if (Array.isArray(entry)) {
      return entry.map((item, index) => visit(item, pointer + pointerStep(index)));
    }
    if (entry !== null && typeof entry === "object") {
      return Object.fromEntries(
        Object.entries(entry).map(([key, item]) => {
          const name = parseTemplate(key).literal;
          return [name, visit(item, pointer + pointerStep(name))];
        }),
      );
    }
    return entry;
  };
  return { value: visit(value, ""), expressions, pure };
}
