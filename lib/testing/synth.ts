import { AnnotationMetadataEntryType, App, TerraformStack, Testing } from "cdktf";
import type { IConstruct } from "constructs";

type Block = Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;

/** The content of one `cdk.tf.json`. */
export interface SynthesizedStack {
  /** Metadata of the stack. */
  readonly "//"?: unknown;
  readonly terraform?: {
    readonly backend?: Readonly<Record<string, unknown>>;
    readonly required_providers?: Readonly<Record<string, { source: string; version: string }>>;
  };
  readonly provider?: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly resource?: Block;
  readonly data?: Block;
  readonly output?: Readonly<Record<string, Record<string, unknown>>>;
  readonly moved?: readonly { from: string; to: string }[];
  readonly check?: Readonly<Record<string, unknown>>;
}

function refuseAppProblems(stack: TerraformStack): void {
  const { root } = stack.node;
  const problems = root === stack ? [] : root.node.validate();
  const annotations = stack.node
    .findAll()
    .flatMap(({ node }) =>
      node.metadata
        .filter((entry) => entry.type === AnnotationMetadataEntryType.ERROR)
        .map((entry) => `[${node.path}] ${entry.data}`),
    );
  if (problems.length + annotations.length > 0) {
    throw new Error([...problems, ...annotations].join("\n"));
  }
}

function stacksOf(root: IConstruct): readonly TerraformStack[] {
  return root.node.findAll().filter((node) => TerraformStack.isStack(node));
}

/**
 * Synthesizes one stack in memory: aspects, validations of the stack and of the app, and error annotations included,
 * as `app.synth()` does (`Testing.synth` leaves out all but the aspects). In an app of several stacks cdktf's
 * cross-stack references are made first, which gives a stack without a backend its default one. Comments on single
 * resources are left out.
 *
 * @throws Error with what the validations and error annotations say
 */
export function synthStack(stack: TerraformStack): SynthesizedStack {
  const stacks = stacksOf(stack.node.root);
  if (stacks.length > 1) {
    for (const each of stacks) {
      each.prepareStack();
    }
  }
  const text = Testing.synth(stack, true);
  refuseAppProblems(stack);
  const { "//": metadata } = JSON.parse(JSON.stringify(stack.toTerraform()));
  return { "//": metadata, ...JSON.parse(text) };
}

/** An app for tests: no file is written, `context` as in `cdktf.json`. */
export function testApp(context: Record<string, unknown> = {}): App {
  return Testing.stubVersion(new App({ stackTraces: false, context }));
}

function synthAll(
  program: (app: App) => void,
  context: Record<string, unknown>,
): ReadonlyMap<string, string> {
  const app = testApp(context);
  program(app);
  const stacks = stacksOf(app);
  if (stacks.length === 0) {
    throw new Error("the program declares no stack");
  }
  return new Map(stacks.map((stack) => [stack.node.path, JSON.stringify(synthStack(stack), undefined, 2)]));
}

function firstDifference(first: string, second: string): string {
  const [before, after] = [first.split("\n"), second.split("\n")];
  const line = before.findIndex((text, index) => text !== after[index]);
  const at = line < 0 ? before.length : line;
  return `line ${at + 1}: ${before[at]?.trim() ?? "(end)"} became ${after[at]?.trim() ?? "(end)"}`;
}

/**
 * Runs `program` twice, each time with a new app, and requires the same stacks with the same bytes: output must not
 * hold times, random values or anything that depends on what was declared before.
 *
 * @param program declares stacks in the app it gets
 * @throws Error that names the first difference
 */
export function expectStable(program: (app: App) => void, context: Record<string, unknown> = {}): void {
  const [first, second] = [synthAll(program, context), synthAll(program, context)];
  const [names, again] = [[...first.keys()].join(", "), [...second.keys()].join(", ")];
  if (names !== again) {
    throw new Error(`two runs declare different stacks: ${names}, then ${again}`);
  }
  for (const [name, text] of first) {
    const other = second.get(name)!;
    if (text !== other) {
      throw new Error(`stack "${name}" differs between two runs, ${firstDifference(text, other)}`);
    }
  }
}

function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutComments);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== "//")
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, entry]) => [key, withoutComments(entry)]),
    );
  }
  return value;
}

/** The stack without what changes with every upgrade: comments with the tool's version and ids; keys sorted. For snapshots. */
export function normaliseStack(synthesized: SynthesizedStack): SynthesizedStack {
  return withoutComments(synthesized) as SynthesizedStack;
}
