import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../lib/user-error";

/** A command that is run again and again. */
export interface Candidate {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What one run took. */
export interface Sample {
  /** Whole process, from start to end. */
  readonly wallMs: number;
  /** User and system time. */
  readonly cpuMs: number;
  readonly peakMiB: number;
  /** What the program itself put into `globalThis.measured`, for example the time of one import. */
  readonly measured?: number;
}

const PROBE = `
process.on("exit", () => {
  const usage = process.resourceUsage();
  require("node:fs").writeFileSync(process.env.BENCH_PROBE, JSON.stringify({
    cpuMs: (usage.userCPUTime + usage.systemCPUTime) / 1000,
    peakMiB: usage.maxRSS / 1024,
    measured: globalThis.measured,
  }));
});
`;

/** @throws RangeError for an empty list */
export function median(values: readonly number[]): number {
  if (values.length === 0) {
    throw new RangeError("no values");
  }
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function runOnce(candidate: Candidate, probe: string, result: string): Promise<Sample> {
  return new Promise((done, failed) => {
    const started = process.hrtime.bigint();
    const child = spawn(process.execPath, ["--require", probe, ...candidate.args], {
      cwd: candidate.cwd,
      env: { ...process.env, ...candidate.env, BENCH_PROBE: result },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.on("error", failed);
    child.on("close", (code) => {
      const wallMs = Number(process.hrtime.bigint() - started) / 1e6;
      if (code === 0) {
        done({ wallMs, ...(JSON.parse(readFileSync(result, "utf8")) as Omit<Sample, "wallMs">) });
      } else {
        failed(new UserError(`${candidate.name} ended with ${code}\n${errors}`));
      }
    });
  });
}

/**
 * Runs the candidates in turn, `runs` times each after one round that does not count, so that whatever else the
 * machine does hits all of them alike. Every second round goes backwards.
 */
export async function interleave(
  candidates: readonly Candidate[],
  runs: number,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const folder = mkdtempSync(join(tmpdir(), "probe-"));
  const samples = new Map<string, Sample[]>(candidates.map(({ name }) => [name, []]));
  const probe = join(folder, "probe.cjs");
  writeFileSync(probe, PROBE);
  try {
    for (let round = 0; round <= runs; round++) {
      for (const candidate of round % 2 === 0 ? candidates : [...candidates].reverse()) {
        const sample = await runOnce(candidate, probe, join(folder, "result.json"));
        if (round > 0) {
          samples.get(candidate.name)!.push(sample);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return samples;
}
