import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mirror } from "./mirror";
import { makeOffline, type OfflineStack } from "./offline";
import { placeOf, providersOf, type Stack } from "./stacks";
import { type Diagnostic, showDiagnostic, Terraform, type TerraformResult } from "./terraform";

/** How far Terraform got with a stack. */
type Checked = "not checked" | "init" | "validate" | "plan";

/** What a check found out about one stack. */
export interface StackCheck {
  readonly example: string;
  readonly stack: string;
  readonly phase: string;
  readonly site: string;
  /** Local names of the providers. */
  readonly providers: readonly string[];
  readonly checked: Checked;
  readonly outcome: "no change" | "changes" | "valid" | "error" | "not checked";
  readonly add?: number;
  readonly change?: number;
  readonly destroy?: number;
  /** Addresses with what happens to each. */
  readonly changes: readonly { readonly address: string; readonly action: string }[];
  readonly rewritten: readonly string[];
  readonly notes: readonly string[];
  readonly errors: readonly string[];
}

/** What is the same for all stacks of a run. */
export interface CheckContext {
  readonly workDirectory: string;
  readonly mirror: Mirror | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** The user's own backend, credentials and provider versions. */
  readonly real: boolean;
  /** Providers that turned out not to be installable, with the reason; grows during the run. */
  readonly missing: Map<string, string>;
}

const AS_IT_IS = { rewritten: [], noPlan: [], standIns: [] };

function prepare(
  example: string,
  stack: Stack,
  context: CheckContext,
): { folder: string; offline: OfflineStack } {
  const folder = join(context.workDirectory, example, stack.name);
  mkdirSync(folder, { recursive: true });
  cpSync(stack.directory, folder, { recursive: true });
  const offline = context.real ? { json: stack.json, ...AS_IT_IS } : makeOffline(stack.json, context.mirror);
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(offline.json, null, 2));
  return { folder, offline };
}

const PROVIDER_IN_MESSAGE = /for provider\s+(?:registry\.terraform\.io\/)?([\w.-]+\/[\w-]+)/;

/** Providers that `init` could not fetch because nothing answered; a version that does not exist is an error. */
export function unreachableProviders(errors: readonly Diagnostic[]): [string, string][] {
  return errors.flatMap(({ summary, detail = "" }): [string, string][] => {
    const text = detail.replaceAll(/\s+/g, " ");
    const provider = PROVIDER_IN_MESSAGE.exec(text)?.[1];
    const fetching = /query available provider packages|install provider/.test(summary);
    const answered = /no available releases match|does not have a provider named/.test(text);
    if (!fetching || answered || provider === undefined) {
      return [];
    }
    return [[provider, /could not connect to [^:]+|[^:]*timeout[^:]*/i.exec(text)?.[0] ?? text]];
  });
}

function missingOf(stack: Stack, context: CheckContext): string[] {
  return providersOf(stack.json).flatMap(({ source }) => {
    const reason = context.missing.get(source);
    return reason === undefined ? [] : [`provider ${source} not installable here (${reason})`];
  });
}

function countsOf({ events }: TerraformResult, standIns: readonly string[]) {
  const summary = events.find(({ type }) => type === "change_summary")?.changes;
  const isStandIn = (address: string) => standIns.some((name) => address === `terraform_data.${name}`);
  const changes = events.flatMap(({ type, change }) =>
    type === "planned_change" && change && !isStandIn(change.resource.addr)
      ? [{ address: change.resource.addr, action: change.action }]
      : [],
  );
  return {
    add: (summary?.add ?? 0) - standIns.length,
    change: summary?.change ?? 0,
    destroy: summary?.remove ?? 0,
    changes: changes.sort((a, b) => (a.address < b.address ? -1 : 1)),
  };
}

/** `plan` validates first, so a stack that plans starts its providers for nothing else. */
async function plan(terraform: Terraform, standIns: readonly string[]): Promise<Partial<StackCheck>> {
  const planned = await terraform.run(["plan", "-input=false", "-lock=false", "-detailed-exitcode"]);
  if (planned.code !== 1) {
    const outcome = planned.code === 2 ? "changes" : "no change";
    return { checked: "plan", outcome, ...countsOf(planned, standIns) };
  }
  const validated = await terraform.run(["validate"]);
  return {
    checked: validated.code === 0 ? "validate" : "init",
    outcome: "error",
    errors: planned.errors.map(showDiagnostic),
  };
}

async function validate(terraform: Terraform, reasons: readonly string[]): Promise<Partial<StackCheck>> {
  const { code, errors } = await terraform.run(["validate"]);
  return code === 0
    ? { checked: "validate", outcome: "valid", notes: reasons.map((reason) => `not planned: ${reason}`) }
    : { checked: "init", outcome: "error", errors: errors.map(showDiagnostic) };
}

async function check(folder: string, stack: Stack, offline: OfflineStack, context: CheckContext) {
  const terraform = new Terraform(folder, context.environment);
  const init = await terraform.run(["init", "-input=false"]);
  if (init.code !== 0) {
    for (const [provider, reason] of unreachableProviders(init.errors)) {
      context.missing.set(provider, reason);
    }
    const missing = missingOf(stack, context);
    return missing.length > 0
      ? { notes: missing, rewritten: [] }
      : { outcome: "error" as const, errors: init.errors.map(showDiagnostic) };
  }
  return offline.noPlan.length > 0 ? validate(terraform, offline.noPlan) : plan(terraform, offline.standIns);
}

/** Runs `init`, then `plan` or, where a plan is impossible, `validate`, on a copy of the stack. */
export async function checkStack(example: string, stack: Stack, context: CheckContext): Promise<StackCheck> {
  const { phase, site } = placeOf(stack.json);
  const unchecked: StackCheck = {
    ...{ example, stack: stack.name, phase, site },
    providers: providersOf(stack.json).map(({ name }) => name),
    ...{ checked: "not checked", outcome: "not checked" },
    ...{ changes: [], rewritten: [], notes: missingOf(stack, context), errors: [] },
  };
  if (unchecked.notes.length > 0) {
    return unchecked;
  }
  const { folder, offline } = prepare(example, stack, context);
  const found = await check(folder, stack, offline, context);
  return { ...unchecked, rewritten: offline.rewritten, ...found };
}
