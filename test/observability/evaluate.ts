import type { LRParser } from "@lezer/lr";

const { parser } = require("@prometheus-io/lezer-promql") as { readonly parser: LRParser };

type SyntaxNode = ReturnType<LRParser["parse"]>["topNode"];

/** One series as it was scraped: what it grows by per second, or what it stands at. */
export interface Sample {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

type Values = readonly number[];

/**
 * A small Prometheus, of what cost and objectives use: selectors, rate, sum without `by`, vector, arithmetic, `>`, `or`.
 * Written from https://prometheus.io/docs/prometheus/latest/querying/, not from the rules that it checks. A result is a list
 * of values without labels; an empty list is an empty vector.
 */
export function evaluate(query: string, samples: readonly Sample[]): Values {
  const text = (node: SyntaxNode) => query.slice(node.from, node.to);
  const children = (node: SyntaxNode) => {
    const found: SyntaxNode[] = [];
    for (let child = node.firstChild; child; child = child.nextSibling) {
      found.push(child);
    }
    return found;
  };

  function matches(sample: Sample, matcher: SyntaxNode): boolean {
    const [label, op, value] = children(matcher).map(text) as [string, string, string];
    const wanted = JSON.parse(value) as string;
    const has = sample.labels?.[label] ?? "";
    const whole = () => new RegExp(`^(?:${wanted})$`).test(has);
    switch (op) {
      case "=":
        return has === wanted;
      case "!=":
        return has !== wanted;
      case "=~":
        return whole();
      default:
        return !whole();
    }
  }

  function select(node: SyntaxNode): Values {
    const name = text(node.getChild("Identifier")!);
    const inside = node.getChild("LabelMatchers");
    const matchers = inside ? children(inside).filter((child) => child.name === "UnquotedLabelMatcher") : [];
    return samples
      .filter((sample) => sample.name === name && matchers.every((matcher) => matches(sample, matcher)))
      .map(({ value }) => value);
  }

  function combine(op: string, left: SyntaxNode, right: SyntaxNode): Values {
    const a = of(left);
    const b = of(right);
    if (op === "or") {
      return a.length > 0 ? a : b;
    }
    const scalar =
      right.name === "NumberDurationLiteral"
        ? "right"
        : left.name === "NumberDurationLiteral"
          ? "left"
          : "none";
    if (scalar === "none" && (a.length > 1 || b.length > 1)) {
      throw new Error("many-to-many matching");
    }
    const pairs =
      scalar === "right"
        ? a.map((x) => [x, b[0]!])
        : scalar === "left"
          ? b.map((y) => [a[0]!, y])
          : a.flatMap((x) => b.map((y) => [x, y]));
    return pairs.flatMap(([x, y]) => {
      switch (op) {
        case "+":
          return [x! + y!];
        case "-":
          return [x! - y!];
        case "*":
          return [x! * y!];
        case "/":
          return [x! / y!];
        case ">":
          return x! > y! ? [x!] : [];
        default:
          throw new Error(`operator ${op}`);
      }
    });
  }

  function of(node: SyntaxNode): Values {
    const parts = children(node);
    switch (node.name) {
      case "NumberDurationLiteral":
        return [Number(text(node))];
      case "ParenExpr":
      case "FunctionCallBody":
      case "PromQL":
        return of(parts[0]!);
      case "VectorSelector":
        return select(node);
      case "MatrixSelector":
        return select(parts[0]!);
      case "FunctionCall":
        return of(node.getChild("FunctionCallBody")!);
      case "AggregateExpr": {
        const values = of(node.getChild("FunctionCallBody")!);
        return values.length === 0 ? [] : [values.reduce((sum, value) => sum + value, 0)];
      }
      case "BinaryExpr":
        return combine(text(parts[1]!), parts[0]!, parts.at(-1)!);
      default:
        throw new Error(`${node.name}: ${text(node)}`);
    }
  }

  return of(parser.parse(query).topNode);
}
