import type { KubernetesObject } from "./objects";

const SECONDS: Readonly<Record<string, number>> = { Second: 1, Minute: 60, Hour: 3600, Day: 86_400 };

type Headers = Readonly<Record<string, string>>;

interface Metered {
  readonly bucket: string;
  readonly limit: number;
  /** Key of the metadata that says what the answer cost; undefined if each request counts as one. */
  readonly costKey?: string;
}

/**
 * Counts as Envoy's rate limit service does: fixed windows; a request passes if no bucket has reached its limit. A rule that
 * is not shared counts for each route by itself; a local one for each proxy by itself.
 */
export class Limiter {
  private readonly used = new Map<string, number>();

  constructor(private readonly proxies: number) {}

  /** Buckets of a request; those of a policy that was read wrongly would be missing, so unknown forms throw. */
  meters(policy: KubernetesObject, route: string, proxy: number, headers: Headers, now: number): Metered[] {
    const limit = policy.spec.rateLimit;
    if (limit === undefined) {
      return [];
    }
    const local = limit.type === "Local";
    const rules: readonly KubernetesObject[] = local ? limit.local.rules : limit.global.rules;
    return rules.flatMap((rule, index) => {
      const selected = select(rule, headers);
      if (selected === undefined) {
        return [];
      }
      const window = Math.floor(now / SECONDS[rule.limit.unit]!);
      const place = rule.shared && !local ? policy.metadata.name : `${policy.metadata.name}/${route}`;
      const where = local ? `${place}@${proxy % this.proxies}` : place;
      return [
        {
          bucket: `${where}#${index}[${selected}]${window}`,
          limit: rule.limit.requests as number,
          costKey: rule.cost?.response?.metadata?.key as string | undefined,
        },
      ];
    });
  }

  /** Whether a request may pass; if so, requests are counted at once. */
  admit(meters: readonly Metered[]): boolean {
    if (meters.some(({ bucket, limit }) => (this.used.get(bucket) ?? 0) >= limit)) {
      return false;
    }
    for (const { bucket } of meters.filter(({ costKey }) => costKey === undefined)) {
      this.used.set(bucket, (this.used.get(bucket) ?? 0) + 1);
    }
    return true;
  }

  /** Charges what an answer cost. */
  charge(meters: readonly Metered[], costs: Readonly<Record<string, number>>): void {
    for (const { bucket, costKey } of meters) {
      if (costKey !== undefined) {
        if (costs[costKey] === undefined) {
          throw new Error(`a limit counts ${costKey}, which no route says`);
        }
        this.used.set(bucket, (this.used.get(bucket) ?? 0) + costs[costKey]);
      }
    }
  }
}

/** Values of distinct headers; undefined if the rule does not mean this request. */
function select(rule: KubernetesObject, headers: Headers): string | undefined {
  const values: string[] = [];
  for (const selector of rule.clientSelectors ?? []) {
    for (const header of selector.headers ?? []) {
      const value = headers[header.name];
      if (matches(header, value) === (header.invert ?? false)) {
        return undefined;
      }
      values.push(value ?? "");
    }
  }
  return values.join("|");
}

/** A header that is not there matches nothing, and so everything that is inverted. */
function matches({ type = "Exact", value: expected }: KubernetesObject, value: string | undefined): boolean {
  if (value === undefined) {
    return false;
  }
  switch (type) {
    case "Distinct":
      return true;
    case "Exact":
      return value === expected;
    case "RegularExpression":
      return new RegExp(`^(?:${expected})$`).test(value);
    default:
      throw new Error(`unknown match ${type}`);
  }
}

/** What an answer costs by the route's `llmRequestCosts`. */
export function costsOf(
  route: KubernetesObject,
  tokens: { readonly input: number; readonly output: number },
): Record<string, number> {
  const named: Readonly<Record<string, number>> = {
    InputToken: tokens.input,
    OutputToken: tokens.output,
    TotalToken: tokens.input + tokens.output,
  };
  return Object.fromEntries(
    (route.spec.llmRequestCosts ?? []).map((cost: KubernetesObject) => [
      cost.metadataKey,
      cost.type === "CEL" ? celCost(cost.cel, tokens) : named[cost.type],
    ]),
  );
}

/** The one form of expression that is emitted, read by its own pattern. */
function celCost(cel: string, tokens: { readonly input: number; readonly output: number }): number {
  const match = /^uint\(double\(input_tokens\) \* ([\d.]+) \+ double\(output_tokens\) \* ([\d.]+)\)$/.exec(
    cel,
  );
  if (!match) {
    throw new Error(`cannot read ${cel}`);
  }
  return Math.floor(tokens.input * Number(match[1]) + tokens.output * Number(match[2]));
}
