import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Command } from "commander";
import { type CheckContext, checkStack, type StackCheck } from "./lib/check-stack";
import { findMirror, type Mirror, providerEnvironment } from "./lib/mirror";
import { exitCodeOf, type PlanReport, planJson, planMarkdown, planTable, unplanned } from "./lib/plan-report";
import type { Stack } from "./lib/stacks";
import { chooseExamples, exampleProgram, synthesize } from "./lib/synthesize";
import { inWorkDirectory, requireTerraform } from "./lib/terraform-run";
import { runCommand, UserError } from "./lib/user-error";

interface Options {
  readonly all?: boolean;
  readonly stack?: string;
  readonly out: string;
  readonly real?: boolean;
  readonly require: readonly string[];
}

interface Target {
  readonly example: string;
  readonly stack: Stack;
}

async function chooseStacks(examples: readonly string[], name: string | undefined, workDirectory: string) {
  const all: Target[] = [];
  for (const example of examples) {
    const { stacks } = await synthesize(exampleProgram(example), join(workDirectory, `${example}.synth`));
    all.push(...stacks.map((stack) => ({ example, stack })));
  }
  const chosen = all.filter(({ stack }) => name === undefined || stack.name === name);
  if (chosen.length === 0) {
    const known = all.map(({ stack }) => stack.name).join(", ") || "none";
    throw new UserError(`there is no stack "${name}" in ${examples.join(", ")}\nstacks: ${known}`);
  }
  return chosen;
}

/** The mirror to use. With the stacks as they are, Terraform's own settings decide where providers come from. */
function chooseMirror(real: boolean): Mirror | undefined {
  const mirror = real ? undefined : findMirror();
  const held = [...(mirror?.versions ?? [])].map(([source, versions]) => `${source} ${versions.join(", ")}`);
  console.log(
    mirror
      ? `provider mirror ${mirror.directory}: ${held.join("; ") || "empty"}`
      : "providers: from the registry",
  );
  return mirror;
}

async function checkExamples(examples: readonly string[], options: Options, workDirectory: string) {
  const targets = await chooseStacks(examples, options.stack, workDirectory);
  const real = options.real === true;
  const mirror = chooseMirror(real);
  const environment = providerEnvironment(mirror, workDirectory);
  const context: CheckContext = { workDirectory, mirror, environment, real, missing: new Map() };
  const checks: StackCheck[] = [];
  for (const { example, stack } of targets) {
    const check = await checkStack(example, stack, context);
    console.log(`${example}/${stack.name}: ${check.outcome}`);
    checks.push(check);
  }
  return checks;
}

function publish(report: PlanReport, out: string): void {
  mkdirSync(out, { recursive: true });
  const markdown = join(out, "plan.md");
  const json = join(out, "plan.json");
  writeFileSync(markdown, planMarkdown(report));
  writeFileSync(json, planJson(report));
  const shown = [markdown, json].map((file) => relative(process.cwd(), file));
  console.log(`${planTable(report)}\nwritten: ${shown.join(", ")}`);
}

async function plan(names: readonly string[], options: Options): Promise<number> {
  const examples = chooseExamples(names, { all: options.all });
  const terraform = requireTerraform(options.require.length > 0);
  if (terraform === undefined) {
    return 0;
  }
  return inWorkDirectory("hybrid-ai-plan-", async (workDirectory) => {
    const checks = await checkExamples(examples, options, workDirectory);
    publish({ terraform, checks }, options.out);
    const short = unplanned(checks, options.require);
    for (const { example, stack, checked } of short) {
      console.error(`required but not planned: ${example}/${stack} (${checked})`);
    }
    return short.length > 0 ? 1 : exitCodeOf(checks);
  });
}

const program = new Command("plan")
  .description(
    "Runs real terraform init, validate and plan on every stack of examples. Exit code 0: no change, 2: changes, 1: error.",
  )
  .argument("[examples...]", "folders of examples/ (default: hybrid-lakehouse)")
  .option("--all", "every example")
  .option("--stack <name>", "only this stack")
  .option("--out <dir>", "where plan.md and plan.json go", "cdktf.out")
  .option("--real", "use the backend, the credentials and the provider versions of the stacks as they are")
  .option(
    "--require <providers>",
    "fail unless every stack that needs only these providers was planned, for example aws",
    (list: string, before: readonly string[]) => [...before, ...list.split(",")],
    [] as readonly string[],
  )
  .action((names: string[], options: Options) => runCommand(() => plan(names, options)));

void program.parseAsync();
