import { escapeTemplate } from "../core/escape";
import type { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { type CanonicalFields, matchesPath } from "./canonical-fields";
import { KubernetesErrors } from "./errors";
import { checkTextTokens, isPlainObject, isWholeToken } from "./plain-data";
import { canonicalDuration, canonicalQuantity } from "./quantities";

const PLAIN_DATA = "strings, finite numbers, booleans, lists and plain objects";

type Path = readonly string[];

/** `spec.containers[0].name` */
function show(path: Path): string {
  return path.map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : typeof value;
}

interface Rules {
  readonly quantities: readonly Path[];
  readonly durations: readonly Path[];
}

/** Turns what a user gave into what `kubernetes_manifest` plans without surprises. */
class ManifestWriter {
  private readonly open: unknown[] = [];

  constructor(
    private readonly problems: Problems,
    private readonly rules: Rules,
  ) {}

  write(value: unknown, path: Path): unknown {
    if (isWholeToken(value)) {
      return value;
    }
    switch (typeof value) {
      case "string":
      case "number":
        return this.scalar(value, path);
      case "boolean":
        return value;
      default:
        return this.composite(value, path);
    }
  }

  private scalar(value: string | number, path: Path): unknown {
    if (isToken(value)) {
      checkTextTokens(this.problems, show(path), String(value));
      return escapeTemplate(String(value));
    }
    if (typeof value === "number" && !Number.isFinite(value)) {
      return this.refuse(value, path);
    }
    if (this.rules.quantities.some((pattern) => matchesPath(path, pattern))) {
      return canonicalQuantity(this.problems, show(path), value);
    }
    if (this.rules.durations.some((pattern) => matchesPath(path, pattern))) {
      return canonicalDuration(this.problems, show(path), value as string);
    }
    return typeof value === "string" ? escapeTemplate(value) : value;
  }

  private composite(value: unknown, path: Path): unknown {
    if (value === null) {
      this.problems.add(KubernetesErrors.NullInManifest, {
        subject: show(path),
        given: null,
        allowed: `${PLAIN_DATA}; undefined keys are left out`,
      });
      return undefined;
    }
    if (this.open.includes(value) || !(Array.isArray(value) || isPlainObject(value))) {
      return this.refuse(value, path);
    }
    this.open.push(value);
    const written = Array.isArray(value) ? this.list(value, path) : this.object(value, path);
    this.open.pop();
    return written;
  }

  private list(values: readonly unknown[], path: Path): unknown {
    const kinds = new Set(values.filter((value) => !isToken(value) && value !== null).map(kindOf));
    if (kinds.size > 1) {
      this.problems.add(KubernetesErrors.MixedListElements, {
        subject: show(path),
        given: [...kinds],
        allowed: "elements of one kind",
      });
    }
    return values.map((value, index) =>
      value === undefined
        ? this.refuse(value, [...path, `${index}`])
        : this.write(value, [...path, `${index}`]),
    );
  }

  private object(value: Record<string, unknown>, path: Path): unknown {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([key, entry]) => {
        if (isToken(key)) {
          this.problems.literal(`${show(path)} key`, key, "a literal key");
        }
        return [escapeTemplate(key), this.write(entry, [...path, key])];
      }),
    );
  }

  private refuse(value: unknown, path: Path): undefined {
    const given = isPlainObject(value) ? "an object that holds itself" : `${String(value)} (${typeof value})`;
    this.problems.add(KubernetesErrors.NotPlainData, { subject: show(path), given, allowed: PLAIN_DATA });
    return undefined;
  }
}

/**
 * A copy of `value` with sorted keys, undefined keys left out, template markers escaped, and known quantities and
 * durations in canonical form. What the provider could not plan is reported to `problems`.
 */
export function manifestData(
  problems: Problems,
  root: string,
  value: unknown,
  canonical: CanonicalFields,
): unknown {
  const split = (patterns: readonly string[]) => patterns.map((pattern) => pattern.split("."));
  const rules = { quantities: split(canonical.quantities), durations: split(canonical.durations) };
  return new ManifestWriter(problems, rules).write(value, [root]);
}
