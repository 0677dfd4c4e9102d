import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** One line of Terraform's machine-readable output, as far as the tools read it. */
export interface TerraformEvent {
  readonly type?: string;
  readonly "@message"?: string;
  readonly diagnostic?: Diagnostic;
  readonly changes?: { readonly add: number; readonly change: number; readonly remove: number };
  readonly change?: {
    readonly resource: { readonly addr: string; readonly resource_type: string };
    readonly action: string;
  };
  readonly hook?: { readonly resource: { readonly addr: string }; readonly elapsed_seconds?: number };
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
  /** The place in the configuration. */
  readonly snippet?: { readonly context?: string | null; readonly code?: string };
}

export interface TerraformResult {
  readonly code: number;
  readonly events: readonly TerraformEvent[];
  readonly errors: readonly Diagnostic[];
  /** Set if the run was stopped by us. */
  readonly stopped?: string;
}

interface RunOptions {
  /** Whole run. @default 600 */
  readonly limitSeconds?: number;
  /** Returns a reason to stop the run, or nothing. */
  readonly watch?: (event: TerraformEvent) => string | undefined;
}

export const TERRAFORM = process.env.TERRAFORM_BINARY_NAME ?? "terraform";

/** The version of the Terraform binary, or undefined if there is none. */
export function terraformVersion(): string | undefined {
  const environment = { ...process.env, CHECKPOINT_DISABLE: "1" };
  const { status, stdout } = spawnSync(TERRAFORM, ["version", "-json"], {
    encoding: "utf8",
    env: environment,
  });
  return status === 0 ? (JSON.parse(stdout) as { terraform_version: string }).terraform_version : undefined;
}

/** A diagnostic in one paragraph: where, what, and the line that is meant. */
export function showDiagnostic({ summary, detail, address, snippet }: Diagnostic): string {
  const where = address ?? snippet?.context?.replace(/^resource\./, "");
  const line = snippet?.code === undefined ? "" : `in ${snippet.code.trim().slice(0, 160)}`;
  const parts = [where, summary, detail, line].map((part) => (part ?? "").replaceAll(/\s+/g, " ").trim());
  return parts.filter((part) => part !== "").join(": ");
}

function parseLine(line: string): TerraformEvent | undefined {
  try {
    return JSON.parse(line) as TerraformEvent;
  } catch {
    return undefined;
  }
}

/** `terraform validate -json` answers with one document instead of lines. */
function diagnosticsOf(events: readonly TerraformEvent[], document: string): Diagnostic[] {
  const streamed = events.flatMap(({ diagnostic }) => (diagnostic ? [diagnostic] : []));
  const whole = parseLine(document) as { diagnostics?: Diagnostic[] } | undefined;
  return [...streamed, ...(whole?.diagnostics ?? [])].filter(({ severity }) => severity === "error");
}

/** Terraform in one folder. Every run that starts a provider costs seconds: run few. */
export class Terraform {
  private static readonly running = new Set<ChildProcess>();

  /** Ends every Terraform that still runs, for signals. */
  static killAll(): void {
    for (const child of Terraform.running) {
      killGroup(child);
    }
  }

  constructor(
    private readonly directory: string,
    private readonly environment: NodeJS.ProcessEnv = {},
  ) {}

  /** Runs a subcommand with `-json`. Never asks, never throws for what Terraform refuses. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<TerraformResult> {
    const child = spawn(TERRAFORM, [args[0]!, "-json", "-no-color", ...args.slice(1)], {
      cwd: this.directory,
      env: {
        ...process.env,
        ...{
          CHECKPOINT_DISABLE: "1",
          TF_IN_AUTOMATION: "1",
          TF_INPUT: "0",
          TF_REGISTRY_DISCOVERY_RETRY: "0",
        },
        ...this.environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own, so that its provider processes can be ended with it.
      detached: true,
    });
    Terraform.running.add(child);
    try {
      return await collect(child, options);
    } finally {
      Terraform.running.delete(child);
    }
  }
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function collect(child: ChildProcess, options: RunOptions): Promise<TerraformResult> {
  const events: TerraformEvent[] = [];
  let document = "";
  let stderr = "";
  let stopped: string | undefined;
  const stop = (reason: string) => {
    stopped ??= reason;
    child.kill("SIGINT");
    setTimeout(() => killGroup(child), 15_000).unref();
  };
  const limit = options.limitSeconds ?? 600;
  const timer = setTimeout(() => stop(`no end after ${limit} s`), limit * 1000);
  createInterface({ input: child.stdout! }).on("line", (line) => {
    document += `${line}\n`;
    const event = parseLine(line);
    if (event) {
      events.push(event);
      const reason = options.watch?.(event);
      if (reason !== undefined) {
        stop(reason);
      }
    }
  });
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => {
      clearTimeout(timer);
      const errors = diagnosticsOf(events, document);
      if (stopped !== undefined) {
        errors.unshift({ severity: "error", summary: stopped });
      } else if (code === 1 && errors.length === 0) {
        errors.push({ severity: "error", summary: stderr.trim() || document.trim() || "no message" });
      }
      done({ code: stopped !== undefined ? 1 : (code ?? 1), events, errors, stopped });
    });
  });
}
