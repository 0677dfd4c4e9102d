import Table from "cli-table3";
import type { StackCheck } from "./check-stack";

/** Everything that one run of `plan` tells. */
export interface PlanReport {
  readonly terraform: string;
  readonly checks: readonly StackCheck[];
}

/** 0 no change, 2 changes, 1 error, as `terraform plan -detailed-exitcode`. */
export function exitCodeOf(checks: readonly StackCheck[]): 0 | 1 | 2 {
  if (checks.some(({ outcome }) => outcome === "error")) {
    return 1;
  }
  return checks.some(({ outcome }) => outcome === "changes") ? 2 : 0;
}

/** Stacks whose providers are all among `required` and that were not planned. */
export function unplanned(checks: readonly StackCheck[], required: readonly string[]): readonly StackCheck[] {
  return checks.filter(
    ({ providers, checked }) =>
      required.length > 0 &&
      providers.length > 0 &&
      providers.every((provider) => required.includes(provider)) &&
      checked !== "plan",
  );
}

const HEAD = ["Stack", "Checked", "Add", "Change", "Destroy"];

function rows(checks: readonly StackCheck[]): string[][] {
  const several = new Set(checks.map(({ example }) => example)).size > 1;
  const count = (value: number | undefined) => (value === undefined ? "-" : String(value));
  return checks.map((check) => [
    several ? `${check.example}/${check.stack}` : check.stack,
    check.outcome === "error" ? `${check.checked}, then error` : check.checked,
    ...[check.add, check.change, check.destroy].map(count),
  ]);
}

function remarks(checks: readonly StackCheck[]): string[] {
  return checks.flatMap(({ stack, notes, errors }) => [
    ...errors.map((error) => `${stack}: error: ${error}`),
    ...notes.map((note) => `${stack}: ${note}`),
  ]);
}

function rewrites(checks: readonly StackCheck[]): string[] {
  return [...new Set(checks.flatMap(({ rewritten }) => rewritten))].sort();
}

/** For the terminal. */
export function planTable({ checks }: PlanReport): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  table.push(...rows(checks));
  const changed = rewrites(checks);
  return [
    table.toString(),
    ...remarks(checks),
    ...(changed.length > 0 ? ["rewritten for a check without credentials:"] : []),
    ...changed.map((line) => `  ${line}`),
  ].join("\n");
}

const SIGN: Readonly<Record<string, string>> = { create: "+", update: "~", delete: "-", replace: "±" };

function addresses({ stack, changes: all }: StackCheck): string[] {
  const changes = all.filter(({ action }) => action !== "read");
  if (changes.length === 0) {
    return [];
  }
  return [
    "",
    `<details><summary>${stack}: ${changes.length} resources</summary>`,
    "",
    "```",
    ...changes.map(({ address, action }) => `${SIGN[action] ?? action} ${address}`),
    "```",
    "",
    "</details>",
  ];
}

/** For a pull request. */
export function planMarkdown(report: PlanReport): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  const examples = [...new Set(report.checks.map(({ example }) => example))].join(", ");
  const changed = rewrites(report.checks);
  return [
    `### Terraform plan: ${examples}`,
    "",
    line(HEAD),
    "| --- | --- | ---: | ---: | ---: |",
    ...rows(report.checks).map(line),
    "",
    ...remarks(report.checks).map((remark) => `- ${remark}`),
    ...(changed.length > 0 ? ["", "Rewritten for a check without credentials:", ""] : []),
    ...changed.map((rewrite) => `- ${rewrite}`),
    "",
    `Terraform ${report.terraform}`,
    ...report.checks.flatMap(addresses),
    "",
  ].join("\n");
}

/** For programs. */
export function planJson(report: PlanReport): string {
  const exitCode = exitCodeOf(report.checks);
  return `${JSON.stringify({ terraform: report.terraform, exitCode, stacks: report.checks }, null, 2)}\n`;
}
