import type { TerraformStack } from "cdktf";
import { App, Testing } from "cdktf";

type Block = Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;

/** The content of one `cdk.tf.json`. */
export interface SynthesizedStack {
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

/**
 * Synthesizes one stack in memory, aspects and validations included (`Testing.synth` leaves validations out).
 *
 * @param stack a stack, or a function that fills one
 * @throws what the constructs' validations throw
 */
export function synthStack(stack: TerraformStack): SynthesizedStack {
  return JSON.parse(Testing.synth(stack, true)) as SynthesizedStack;
}

/** An app for tests: no file is written, `context` as in `cdktf.json`. */
export function testApp(context: Record<string, unknown> = {}): App {
  return Testing.stubVersion(new App({ stackTraces: false, context }));
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

/** The stack without what changes with every upgrade: comments, tool version; keys sorted. For snapshots. */
export function normaliseStack(synthesized: SynthesizedStack): SynthesizedStack {
  return withoutComments(synthesized) as SynthesizedStack;
}
