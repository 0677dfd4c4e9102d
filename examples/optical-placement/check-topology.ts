// Compares a running cluster with its part of the plan: npx tsx check-topology.ts [context of kubectl]
// Ends with 1 if something that was planned is elsewhere; what was only intended is told, and ends with 0.
import { execFileSync } from "node:child_process";
import { checkTopology, readSitePlan } from "cdktf-hybrid-ai/placement";

const context = process.argv[2] === undefined ? [] : ["--context", process.argv[2]];

function get(...what: readonly string[]) {
  const args = [...context, "get", ...what, "--output", "json"];
  return JSON.parse(execFileSync("kubectl", args, { encoding: "utf8", maxBuffer: 2 ** 30 }));
}

const { data } = get("configmap", "hybrid-ai-placement", "--namespace", "default");
const findings = checkTopology(readSitePlan(data["plan.json"]), {
  nodes: get("nodes"),
  pods: get("pods", "--all-namespaces"),
});

for (const { workload, nodePool, status, verdict, code, detail } of findings) {
  console.log(`${verdict.padEnd(8)}${status.padEnd(9)}${workload} on ${nodePool}: ${code}, ${detail}`);
}
process.exitCode = findings.some(({ verdict, status }) => verdict === "broken" && status === "planned")
  ? 1
  : 0;
