import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "@swc/core";
import type { AcceptedWorkload, PlanInput, Workload } from "../../lib/placement";
import * as entry from "../../lib/placement";

const README = readFileSync(join(__dirname, "..", "..", "lib", "placement", "README.md"), "utf8");

/** What the first program of the document makes. */
function inputOfDocument(): PlanInput {
  const [, program] = /^```ts\n([\s\S]*?)^```$/m.exec(README)!;
  const { code } = transformSync(`${program}\nexport { input, violations };`, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
  });
  const exported: { input?: PlanInput; violations?: readonly unknown[] } = {};
  new Function("exports", "require", code)(exported, () => entry);
  expect(exported.violations).toEqual([]);
  return exported.input!;
}

test("the numbers that the document verifies by hand are those of its program", () => {
  const input = inputOfDocument();
  const { workloads, bound, objective } = entry.plan(input);
  const places = workloads.map((each) => (each.status === "accepted" ? each.parts[0]!.site : ""));
  expect(places).toEqual(["frankfurt", "lulea"]);
  expect((objective.microUsdEffective / 1e6).toFixed(2)).toBe("801.73");
  expect(bound.method).toBe("exact");
  const [price] = bound.prices;
  expect(price).toMatchObject({ site: "lulea", microUsdPerHour: 232_751 });

  const usd = price!.microUsdPerHour / 1e6;
  const alone = (name: string, site: string) => {
    const workload = input.workloads.find((each) => each.name === name)!;
    const pinned = { ...workload, pinned: { site } } as Workload;
    const [placed] = entry.plan({ ...input, workloads: [pinned] }).workloads;
    return (placed as AcceptedWorkload).cost.microUsdEffective / 1e6;
  };
  const pretrain = Math.min(alone("pretrain", "lulea") + 192 * usd, alone("pretrain", "frankfurt"));
  const finetune = Math.min(alone("finetune", "lulea") + 128 * usd, alone("finetune", "frankfurt"));
  expect([pretrain, finetune].map((cost) => cost.toFixed(2))).toEqual(["507.86", "338.56"]);
  expect((pretrain + finetune - 256 * usd).toFixed(2)).toBe("786.84");
  for (const quoted of ["801.73", "507.86", "338.56", "786.84", "232,751", "463.17", "308.77"]) {
    expect(README).toContain(quoted);
  }
});
