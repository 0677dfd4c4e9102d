import { join, relative } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { placeOf, providersOf, resourceCounts, type Stack } from "./lib/stacks";
import { chooseExamples, exampleProgram, type Synthesized, synthesize } from "./lib/synthesize";
import { runCommand } from "./lib/user-error";

const DEFAULT_EXAMPLE = "hybrid-lakehouse";

const PLAIN = {
  chars: {
    ...{ top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" },
    ...{ "bottom-left": "", "bottom-right": "", left: "  ", "left-mid": "", mid: "", "mid-mid": "" },
    ...{ right: "", "right-mid": "", middle: "  " },
  },
  style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
};

function describeStack(stack: Stack): string {
  const { phase, site, state } = placeOf(stack.json);
  const counts = resourceCounts(stack.json);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const table = new Table(PLAIN);
  table.push(
    ["stack", stack.name],
    ["phase", phase],
    ["site", site],
    [
      "providers",
      providersOf(stack.json)
        .map(({ source, version }) => `${source} ${version}`)
        .join(", ") || "-",
    ],
    ["resources", [`${total} in total`, ...counts.map(([type, count]) => `${count} ${type}`)].join("\n")],
    ["state", state],
    ["after", stack.dependencies.join(", ") || "-"],
  );
  return table.toString().replaceAll(/ +$/gm, "");
}

/** Safe to paste into a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function nextSteps(example: string, stacks: readonly Stack[]): string {
  const folder = (stack: Stack) => quoted(relative(process.cwd(), stack.directory) || ".");
  const app = example === DEFAULT_EXAMPLE ? "" : ` --app "npx tsx examples/${example}/main.ts"`;
  return [
    "next, in this order:",
    ...stacks.map(
      (stack) => `  terraform -chdir=${folder(stack)} init && terraform -chdir=${folder(stack)} apply`,
    ),
    "or with the CDKTF CLI, which keeps the order by itself:",
    `  npx cdktf-cli@0.21 deploy${app} ${stacks.map(({ name }) => name).join(" ")}`,
  ].join("\n");
}

function report(example: string, directory: string, { stacks, output }: Synthesized): string {
  const warnings = stacks.flatMap((stack) => stack.warnings);
  return [
    ...(output ? [output, ""] : []),
    `${example}: ${stacks.length} ${stacks.length === 1 ? "stack" : "stacks"} in ${relative(process.cwd(), directory) || "."}`,
    ...stacks.map((stack) => `\n${describeStack(stack)}`),
    ...(warnings.length > 0 ? ["", ...warnings.map((warning) => `warning: ${warning}`)] : []),
    "",
    nextSteps(example, stacks),
    "",
  ].join("\n");
}

async function synth(names: readonly string[], options: { all?: boolean; out: string }): Promise<number> {
  const examples = chooseExamples(names, { all: options.all });
  const inOwnFolder = options.all === true || examples.length > 1;
  const runs = examples.map((example) => {
    const directory = inOwnFolder ? join(options.out, example) : options.out;
    return { example, directory, synthesized: synthesize(exampleProgram(example), directory) };
  });
  const results = await Promise.allSettled(runs.map(({ synthesized }) => synthesized));
  results.forEach((result, index) => {
    const { example, directory } = runs[index]!;
    if (result.status === "fulfilled") {
      console.log(report(example, directory, result.value));
    } else {
      console.error(result.reason instanceof Error ? result.reason.message : result.reason);
    }
  });
  return results.some(({ status }) => status === "rejected") ? 1 : 0;
}

const program = new Command("synth")
  .description("Writes the Terraform of examples and tells what it made.")
  .argument("[examples...]", `folders of examples/ (default: ${DEFAULT_EXAMPLE})`)
  .option("--all", "every example, each into DIR/<example>/")
  .option("--out <dir>", "where to write", "cdktf.out")
  .action((names: string[], options) => runCommand(() => synth(names, options)));

void program.parseAsync();
