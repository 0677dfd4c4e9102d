import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const ROOT = join(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "kubectl-"));
afterAll(() => rmSync(folder, { recursive: true }));

const part = {
  workload: "llama",
  kind: "gang",
  capacityPool: "rails",
  nodePool: "rails",
  purchase: "reserved",
  accelerators: 8,
  hosts: 1,
  status: "planned",
  together: false,
  domains: { label: "unit", values: [{ value: "unit-1", hosts: 1 }] },
};

/** Runs the example's script against a kubectl that knows one node, in the given unit. */
function run(unit: string) {
  const plan = JSON.stringify({ version: 1, site: "frankfurt", parts: [part], flows: [] });
  const answers = {
    configmap: { data: { "plan.json": plan } },
    nodes: { items: [{ metadata: { name: "a", labels: { unit } } }] },
    pods: {
      items: [
        {
          metadata: { annotations: { "hybrid-ai.io/workload": "llama" } },
          spec: { nodeName: "a" },
          status: { phase: "Running" },
        },
      ],
    },
  };
  const kubectl = join(folder, "kubectl");
  const script = `const all = ${JSON.stringify(answers)};
const [flag, context, verb, kind] = process.argv.slice(2);
if (flag !== "--context" || context !== "fra" || verb !== "get") process.exit(2);
console.log(JSON.stringify(all[kind]));`;
  writeFileSync(kubectl, `#!${process.execPath}\n${script}\n`);
  chmodSync(kubectl, 0o755);
  const args = ["--import", "tsx", join(ROOT, "examples/optical-placement/check-topology.ts"), "fra"];
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", env });
  return { status, text: stdout.trim() || stderr };
}

test("a gang where it was planned ends with 0", () => {
  expect(run("unit-1")).toEqual({
    status: 0,
    text: "holds   planned  llama on rails: right, 1 of 1 hosts as planned",
  });
});

test("a gang that is elsewhere ends with 1", () => {
  expect(run("unit-2")).toEqual({
    status: 1,
    text: "broken  planned  llama on rails: wrong-domain, unit: 1 in unit-2; planned 1 in unit-1",
  });
});
