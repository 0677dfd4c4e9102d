import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import {
  AnnotationMetadataEntryType,
  type App,
  DefaultTokenResolver,
  StringConcat,
  TerraformElement,
  TerraformStack,
  TerraformVariable,
  Tokenization,
} from "cdktf";
import { ValidationError } from "../../lib";
import { stableJson } from "../../lib/core/json";
import { synthStack, testApp } from "../../lib/testing";

/** A stack with every provider, for whatever construct a property is about. */
export function anyStack(context: Record<string, unknown> = {}): TerraformStack {
  const stack = new TerraformStack(testApp(context), "data");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  new KubernetesProvider(stack, "kubernetes");
  new HelmProvider(stack, "helm");
  return stack;
}

function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutComments);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, entry]) =>
          key === "//" ? [] : [[key, withoutComments(entry)]],
        ),
      )
    : value;
}

/**
 * What every element of a stack gives Terraform, and its warnings, by path. Comments are left out. Much faster than
 * `synthStack`, which resolves everything several times: neither aspects nor validations run.
 */
function terraformOf(stack: TerraformStack): Record<string, unknown> {
  const resolver = new DefaultTokenResolver(new StringConcat());
  const resolve = (value: unknown): unknown =>
    Tokenization.resolve(value, { scope: stack, resolver, preparing: false });
  const elements = stack.node.findAll().map((construct) => {
    const { node } = construct;
    const isElement = node !== stack.node && TerraformElement.isTerraformElement(construct);
    const warnings = node.metadata.filter(({ type }) => type === AnnotationMetadataEntryType.WARN);
    return [
      node.path,
      [
        isElement ? withoutComments(resolve(construct.toTerraform())) : undefined,
        ...warnings.map(({ data }) => data),
      ],
    ];
  });
  const { rawOverrides } = stack as unknown as { readonly rawOverrides: unknown };
  return { ...Object.fromEntries(elements), overrides: resolve(rawOverrides) };
}

/** Makes something in a stack of its own from props that hold plain data. */
export type Make<P> = (stack: TerraformStack, props: P) => void;

/** What `produce` gives, or the codes of what was refused. Any other error is a bug and passes through. */
function attempt(produce: () => string): string {
  // Every token of cdktf keeps the stack trace of its birth, which is two thirds of the time.
  const { captureStackTrace } = Error;
  Error.captureStackTrace = () => undefined;
  try {
    return produce();
  } catch (error) {
    if (ValidationError.is(error)) {
      return `refused: ${error.codes.join(", ")}`;
    }
    throw error;
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
}

/** The output as bytes, or the codes of what was refused. */
export function outcome<P>(make: Make<P>, props: P, context: Record<string, unknown> = {}): string {
  return attempt(() => {
    const stack = anyStack(context);
    make(stack, props);
    return stableJson(terraformOf(stack));
  });
}

/** As `outcome`, for a program that makes stacks of its own: aspects and validations run. */
export function programOutcome<P>(program: (app: App, props: P) => void, props: P): string {
  return attempt(() => {
    const app = testApp();
    program(app, props);
    const stacks = app.node.findAll().filter((node) => TerraformStack.isStack(node));
    return stacks
      .map(({ node: { id }, dependencies }, index) => {
        const after = dependencies.map((stack) => stack.node.id).sort();
        return stableJson({ id, after, content: synthStack(stacks[index]!) });
      })
      .sort()
      .join("\n");
  });
}

/** What a prop does. */
export interface Case<P, V> {
  /** Other values: each is accepted, each changes the output, no two give the same. */
  readonly to?: readonly V[];
  /** Values that are refused, with the code of the first finding. */
  readonly refused?: readonly (readonly [V, string])[];
  /** The documented default: leaving the prop out gives the same output. */
  readonly default?: V;
  /** What the prop needs to have an effect. */
  readonly given?: Partial<P>;
}

/** One row per prop: a prop that is added without a row does not compile. */
export type Cases<P> = { readonly [K in keyof Required<P>]: Case<P, P[K]> };

/** A switch that is documented with this default: both positions are tried. */
export function flag(value: boolean): { readonly to: readonly boolean[]; readonly default: boolean } {
  return { to: [!value], default: value };
}

/** One test per prop: another value gives another output, or is refused with the code that is told. */
export function noDeadProps<P extends object>(name: string, make: Make<P>, base: P, cases: Cases<P>): void {
  noDeadPropsIn(name, (props) => outcome(make, props), base, cases);
}

/** As `noDeadProps`, for anything that gives an outcome. */
export function noDeadPropsIn<P extends object>(
  name: string,
  run: (props: P) => string,
  base: P,
  cases: Cases<P>,
): void {
  describe(`${name}: no prop is dead`, () => {
    let byDefault: string | undefined;
    test.each(Object.entries(cases) as [keyof P & string, Case<P, unknown>][])("%s", (prop, rule) => {
      const { to = [], refused = [], given } = rule;
      const start = { ...base, ...given };
      byDefault ??= run(base);
      const before = given === undefined ? byDefault : run(start);
      const others = to.map((value) => run({ ...start, [prop]: value }));
      const outputs = [before, ...others];

      expect(to.length + refused.length).toBeGreaterThan(0);
      expect(outputs.filter((output) => output.startsWith("refused"))).toEqual([]);
      expect(new Set(outputs).size).toBe(outputs.length);
      for (const [value, code] of refused) {
        expect(run({ ...start, [prop]: value }).split(", ")[0]).toBe(`refused: ${code}`);
      }
      if (rule.default !== undefined) {
        expect(run({ ...start, [prop]: rule.default })).toBe(before);
      }
    });
  });
}

/** Stands for a value that only Terraform knows, until the stack is there. */
const TEXT = Symbol("a string token");
const NUMBER = Symbol("a number token");

export type Path = readonly string[];

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Paths of all texts and numbers inside plain data. */
export function leaves(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === "string" || typeof value === "number") {
    return [path];
  }
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) => leaves(entry, [...path, String(index)]));
  }
  return isPlain(value) ? Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key])) : [];
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((at, key) => (at as Record<string, unknown>)[key], value);
}

/** A copy in which the value at `path` is another one. */
export function replaceAt<T>(value: T, [key, ...rest]: Path, replacement: unknown): T {
  if (key === undefined) {
    return replacement as T;
  }
  if (Array.isArray(value)) {
    return value.map((entry, index) =>
      String(index) === key ? replaceAt(entry, rest, replacement) : entry,
    ) as T;
  }
  const object = value as Record<string, unknown>;
  return { ...object, [key]: replaceAt(object[key], rest, replacement) } as T;
}

function withTokens(stack: TerraformStack, value: unknown): unknown {
  const variable = () =>
    (stack.node.tryFindChild("user") as TerraformVariable | undefined) ??
    new TerraformVariable(stack, "user", {});
  if (value === TEXT) {
    return variable().stringValue;
  }
  if (value === NUMBER) {
    return variable().numberValue;
  }
  if (Array.isArray(value)) {
    return value.map((entry) => withTokens(stack, entry));
  }
  return isPlain(value)
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withTokens(stack, entry)]))
    : value;
}

/** The outcome when the value at `path` is known to Terraform only. */
export function outcomeWithToken<P>(make: Make<P>, props: P, path: Path): string {
  const token = typeof valueAt(props, path) === "number" ? NUMBER : TEXT;
  const changed = replaceAt(props, path, token);
  return outcome((stack, given) => make(stack, withTokens(stack, given) as P), changed);
}

/** Plain data with the keys of every object in the opposite order. */
export function keysReversed<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map(keysReversed) as T;
  }
  return isPlain(value)
    ? (Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, entry]) => [key, keysReversed(entry)]),
      ) as T)
    : value;
}
