import { type StackCheck, unreachableProviders } from "../../tools/lib/check-stack";
import { exitCodeOf, planJson, planMarkdown, planTable, unplanned } from "../../tools/lib/plan-report";

function check(stack: string, more: Partial<StackCheck> = {}): StackCheck {
  return {
    ...{ example: "x", stack, phase: "foundation", site: "ireland (aws)", providers: ["aws"] },
    ...{ checked: "plan", outcome: "no change", add: 0, change: 0, destroy: 0 },
    ...{ changes: [], rewritten: [], notes: [], errors: [], ...more },
  };
}

const changed = check("a", {
  outcome: "changes",
  add: 2,
  change: 1,
  destroy: 1,
  changes: [
    { address: "aws_kms_key.k", action: "delete" },
    { address: "aws_s3_bucket.b", action: "create" },
  ],
  rewritten: ["backend: local file in a temporary folder"],
});
const missing = check("g", {
  providers: ["google"],
  checked: "not checked",
  outcome: "not checked",
  ...{ add: undefined, change: undefined, destroy: undefined },
  notes: ["provider hashicorp/google not installable here (no registry)"],
});
const failed = check("e", { checked: "init", outcome: "error", add: undefined, errors: ["bad | argument"] });

describe("exit code of plan", () => {
  test("0 without change, 2 with changes, 1 with any error, as terraform plan -detailed-exitcode", () => {
    expect(exitCodeOf([check("a"), missing])).toBe(0);
    expect(exitCodeOf([check("a"), changed])).toBe(2);
    expect(exitCodeOf([changed, failed])).toBe(1);
  });
});

describe("--require", () => {
  test("finds stacks of only these providers that were not planned", () => {
    const validated = check("v", { checked: "validate", outcome: "valid" });
    const mixed = check("m", { providers: ["aws", "kubernetes"], checked: "not checked" });
    const names = unplanned([check("a"), validated, mixed, missing], ["aws"]).map(({ stack }) => stack);
    expect(names).toEqual(["v"]);
    expect(unplanned([validated], [])).toEqual([]);
  });
});

describe("report of plan", () => {
  test("the table tells each stack, how far it was checked, and the counts", () => {
    const table = planTable({ terraform: "1.11.4", checks: [changed, missing] });
    const cells = table.split("\n").map((line) => line.split("│").map((cell) => cell.trim()));
    expect(cells).toContainEqual(["", "Stack", "Checked", "Add", "Change", "Destroy", ""]);
    expect(cells).toContainEqual(["", "a", "plan", "2", "1", "1", ""]);
    expect(cells).toContainEqual(["", "g", "not checked", "-", "-", "-", ""]);
    expect(table).toContain("g: provider hashicorp/google not installable here (no registry)");
    expect(table).toContain("  backend: local file in a temporary folder");
  });

  test("Markdown for a pull request", () => {
    expect(planMarkdown({ terraform: "1.11.4", checks: [changed, missing, failed] })).toBe(
      [
        "### Terraform plan: x",
        "",
        "| Stack | Checked | Add | Change | Destroy |",
        "| --- | --- | ---: | ---: | ---: |",
        "| a | plan | 2 | 1 | 1 |",
        "| g | not checked | - | - | - |",
        "| e | init, then error | - | 0 | 0 |",
        "",
        "- g: provider hashicorp/google not installable here (no registry)",
        "- e: error: bad | argument",
        "",
        "Rewritten for a check without credentials:",
        "",
        "- backend: local file in a temporary folder",
        "",
        "Terraform 1.11.4",
        "",
        "<details><summary>a: 2 resources</summary>",
        "",
        "```",
        "- aws_kms_key.k",
        "+ aws_s3_bucket.b",
        "```",
        "",
        "</details>",
        "",
      ].join("\n"),
    );
  });

  test("stacks of several examples carry the example's name", () => {
    const markdown = planMarkdown({ terraform: "1", checks: [changed, check("a", { example: "y" })] });
    expect(markdown).toContain("| x/a | plan |");
    expect(markdown).toContain("| y/a | plan |");
  });

  test("JSON holds the exit code and every stack", () => {
    const { exitCode, stacks } = JSON.parse(planJson({ terraform: "1.11.4", checks: [changed] }));
    expect(exitCode).toBe(2);
    expect(stacks).toEqual([JSON.parse(JSON.stringify(changed))]);
  });
});

describe("a provider that cannot be fetched", () => {
  const query = (detail: string) => [
    { severity: "error" as const, summary: "Failed to query available provider packages", detail },
  ];

  test("is told from the message of init, with the reason", () => {
    const detail =
      "Could not retrieve the list of available versions for provider\nhashicorp/google: could not connect to registry.terraform.io: failed to\nrequest discovery document";
    expect(unreachableProviders(query(detail))).toEqual([
      ["hashicorp/google", "could not connect to registry.terraform.io"],
    ]);
  });

  test("a version that the registry does not have is an error of the stack", () => {
    const detail =
      "Could not retrieve the list of available versions for provider hashicorp/google: no available releases match the given constraints 99.0.0";
    expect(unreachableProviders(query(detail))).toEqual([]);
  });

  test("any other failure of init is an error of the stack", () => {
    expect(unreachableProviders([{ severity: "error", summary: "Unsupported argument" }])).toEqual([]);
  });
});
