type Version = readonly [number, number, number];

function parse(version: string): Version {
  const [major = 0, minor = 0, patch = 0] = version.split(/[-+]/)[0]!.split(".").map(Number);
  return [major, minor, patch];
}

/** Negative if `a` is older than `b`, positive if newer. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

function meets(version: string, term: string): boolean {
  const match = /^(~>|>=|<=|!=|>|<|=)?\s*([0-9][^\s]*)$/.exec(term.trim());
  if (!match) {
    return false;
  }
  const [, operator = "=", bound = ""] = match;
  const order = compareVersions(version, bound);
  switch (operator) {
    case "=":
      return order === 0;
    case "!=":
      return order !== 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    default: {
      // "~> 6.25" lets the minor grow, "~> 6.25.0" the patch only: the last part given is the one that may grow.
      const fixed = bound.split(".").length - 1;
      const [given, wanted] = [parse(version), parse(bound)];
      return order >= 0 && wanted.slice(0, Math.max(fixed, 1)).every((part, index) => given[index] === part);
    }
  }
}

/** Whether a version meets a Terraform version constraint such as `~> 6.25, != 6.26.0`. */
export function satisfies(version: string, constraint: string): boolean {
  return constraint === "any" || constraint.split(",").every((term) => meets(version, term));
}

/** The newest version that meets the constraint, else the newest of all; undefined if there is none. */
export function bestVersion(versions: readonly string[], constraint: string): string | undefined {
  const newestFirst = [...versions].sort((a, b) => compareVersions(b, a));
  return newestFirst.find((version) => satisfies(version, constraint)) ?? newestFirst[0];
}
