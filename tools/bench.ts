/**
 * Measures what the library costs over hand-written CDKTF: whole processes, cold, in interleaved runs.
 *
 * `npm run bench [-- --runs N] [--json FILE]` prints a table and writes the numbers as JSON. Exit code 1 if a ratio (the
 * median over pairs of neighbouring runs) is over its limit, if the root entry loads a provider, or if the entry of the
 * planner takes too long to load.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { type Candidate, interleave, median, type Sample } from "./bench/measure";
import { makeWorkspace, type Workspace } from "./bench/workspace";
import { REPOSITORY, run } from "./lib/run-example";
import { runCommand } from "./lib/user-error";

/** The two that make the most resources: a lakehouse over three sites, a cluster with a mixed fleet. */
const EXAMPLES = ["hybrid-lakehouse", "mixed-fleet"];
const LIBRARY = "cdktf-hybrid-ai";
const SYNTH_LIMIT = 1.3;
const IMPORT_LIMIT = 1.2;
const PLACEMENT_LIMIT_MS = 50;

/** Two programs against each other. */
interface Comparison {
  readonly name: string;
  readonly unit: "ms" | "MiB";
  readonly ours: number;
  readonly plain: number;
  /** Median over pairs of runs. */
  readonly ratio: number;
  /** Ratio that must not be passed; informative without one. */
  readonly limit?: number;
}

type Samples = ReadonlyMap<string, readonly Sample[]>;

function compare(
  name: string,
  samples: Samples,
  quantity: "wallMs" | "cpuMs" | "peakMiB" | "measured",
  limit?: number,
): Comparison {
  const values = (candidate: string) => samples.get(candidate)!.map((sample) => sample[quantity]!);
  const [ours, plain] = [values("ours"), values("plain")];
  // Neighbours in time are compared: what the machine does beside hits both, and drops out.
  const ratio = median(ours.map((value, index) => value / plain[index]!));
  const unit = quantity === "peakMiB" ? "MiB" : "ms";
  return { name, unit, ours: median(ours), plain: median(plain), ratio, limit };
}

async function measureSynth(
  example: string,
  workspace: Workspace,
  runs: number,
): Promise<readonly Comparison[]> {
  const { folder } = workspace;
  const candidate = (name: string, args: readonly string[]): Candidate => ({
    name,
    args,
    cwd: folder,
    env: { CDKTF_OUTDIR: join(folder, `bench-${name}`) },
  });
  const compiled = await interleave(
    [candidate("ours", [workspace.ours]), candidate("plain", [workspace.plain])],
    runs,
  );
  const tsx = ["--import", "tsx"];
  const sources = await interleave(
    [candidate("ours", [...tsx, workspace.oursSource]), candidate("plain", [...tsx, workspace.plainSource])],
    Math.ceil(runs / 3),
  );
  return [
    // What else the machine does would decide over time on the clock.
    compare(`CPU time of synth of ${example}, whole process`, compiled, "cpuMs", SYNTH_LIMIT),
    compare("synth on the clock", compiled, "wallMs"),
    compare("peak memory of synth", compiled, "peakMiB"),
    compare("synth, run by tsx", sources, "wallMs"),
    compare("peak memory of synth, run by tsx", sources, "peakMiB"),
  ];
}

async function measureImport(workspace: Workspace, runs: number): Promise<readonly Comparison[]> {
  const timed = (module: string) =>
    `const t = process.hrtime.bigint(); require("${module}"); globalThis.measured = Number(process.hrtime.bigint() - t) / 1e6;`;
  const candidate = (name: string, module: string): Candidate => ({
    name,
    args: ["--eval", timed(module)],
    cwd: workspace.folder,
  });
  const samples = await interleave([candidate("ours", LIBRARY), candidate("plain", "cdktf")], runs);
  return [
    compare("import of the root entry against cdktf", samples, "measured", IMPORT_LIMIT),
    compare("peak memory of the import", samples, "peakMiB"),
  ];
}

/**
 * CPU time of loading all that the entry of the planner exports; it loads what is named only. There is no second program
 * to compare with, and what else the machine does would decide over time on the clock.
 */
async function placementImportMs(workspace: Workspace, runs: number): Promise<number> {
  const script = `const start = process.cpuUsage(); const entry = require("${LIBRARY}/placement"); for (const name of Object.keys(entry)) entry[name]; const { user, system } = process.cpuUsage(start); globalThis.measured = (user + system) / 1e3;`;
  const candidate = { name: "placement", args: ["--eval", script], cwd: workspace.folder };
  const samples = await interleave([candidate], runs);
  return median(samples.get("placement")!.map(({ measured }) => measured!));
}

/** Provider modules that importing the root entry loads. */
async function providersLoaded(workspace: Workspace): Promise<readonly string[]> {
  const script = `require("${LIBRARY}"); console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.includes("/@cdktf/provider-"))))`;
  return JSON.parse(await run(process.execPath, ["--eval", script], { cwd: workspace.folder })) as string[];
}

function print(comparisons: readonly Comparison[]): void {
  const head = ["", "library", "plain", "ratio", "limit"];
  const table = new Table({
    head,
    colAligns: ["left", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { name, unit, ours, plain, ratio, limit } of comparisons) {
    const amount = (value: number) => `${value.toFixed(0)} ${unit}`;
    const indented = limit === undefined ? `  ${name}` : name;
    table.push([indented, amount(ours), amount(plain), ratio.toFixed(2), limit?.toFixed(2) ?? ""]);
  }
  console.log(table.toString());
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError("must be a whole number from 1 on");
  }
  return value;
}

async function main(): Promise<number> {
  const options = new Command("bench")
    .option("--runs <number>", "measured runs per program", positive, 21)
    .option("--json <file>", "where the numbers go", "bench.json")
    .parse()
    .opts<{ runs: number; json: string }>();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "bench-")));
  try {
    const examples: { example: string; stacks: number; resources: number }[] = [];
    const comparisons: Comparison[] = [];
    let workspace: Workspace | undefined;
    for (const example of EXAMPLES) {
      workspace = await makeWorkspace(REPOSITORY, join(folder, example), example);
      const { program, stacks, resources } = workspace;
      console.log(
        `${example}: ${stacks} stacks, ${resources} resources; the plain program declares the same (${program.typed} typed arguments, ${program.overrides} overrides)`,
      );
      examples.push({ example, stacks, resources });
      comparisons.push(...(await measureSynth(example, workspace, options.runs)));
    }
    comparisons.push(...(await measureImport(workspace!, options.runs)));
    const loaded = await providersLoaded(workspace!);
    const placementMs = await placementImportMs(workspace!, options.runs);
    print(comparisons);
    console.log(`import of everything in ${LIBRARY}/placement: ${placementMs.toFixed(0)} ms of CPU time`);
    const over = comparisons.filter(({ ratio, limit }) => limit !== undefined && ratio > limit);
    const result = {
      examples,
      runs: options.runs,
      node: process.version,
      comparisons,
      providersLoadedByRootEntry: loaded,
      placementImportMs: placementMs,
    };
    writeFileSync(resolve(options.json), `${JSON.stringify(result, undefined, 2)}\n`);
    for (const { name, ratio, limit } of over) {
      console.log(`over the limit: ${name}: ${ratio.toFixed(2)} > ${limit}`);
    }
    for (const file of loaded.slice(0, 5)) {
      console.log(`the root entry loads a provider: ${file}`);
    }
    if (placementMs > PLACEMENT_LIMIT_MS) {
      console.log(
        `over the limit: the planner's entry takes ${placementMs.toFixed(0)} > ${PLACEMENT_LIMIT_MS} ms`,
      );
    }
    return over.length > 0 || loaded.length > 0 || placementMs > PLACEMENT_LIMIT_MS ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void runCommand(main);
