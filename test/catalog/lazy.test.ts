import { execFileSync } from "node:child_process";
import { join } from "node:path";

const REPOSITORY = join(__dirname, "..", "..");

/** For each statement, run with an empty module cache: files of the catalogue that are loaded afterwards. */
function loadedBy(statements: readonly string[]): readonly (readonly string[])[] {
  const program = `
    const loaded = ${JSON.stringify(statements)}.map((statement) => {
      for (const key of Object.keys(require.cache)) delete require.cache[key];
      new Function("require", statement)(require);
      return Object.keys(require.cache).map((file) => file.split("/lib/catalog/")[1]).filter(Boolean).sort();
    });
    console.log(JSON.stringify(loaded));`;
  const output = execFileSync(process.execPath, ["--import", "tsx", "-e", program], {
    cwd: REPOSITORY,
    encoding: "utf8",
  });
  return JSON.parse(output);
}

const TABLES =
  /^(accelerators|aws-machines|google-machines|coreweave-machines|on-prem-nodes|tpu-slices|availability)/;

describe("a program that does not read a table", () => {
  const [root, fabric, machines, finder, aws, google, tpu, labels, interfaces, found, given] = loadedBy([
    'require("./lib/index.ts")',
    'require("./lib/fabric/site.ts")',
    'require("./lib/fabric/machines.ts"); require("./lib/fabric/accelerators.ts")',
    'require("./lib/catalog/find.ts")',
    'require("./lib/catalog/aws-machines.ts")',
    'require("./lib/catalog/google-machines.ts")',
    'require("./lib/catalog/tpu-slices.ts")',
    'require("./lib/catalog/topology-labels.ts")',
    'require("./lib/catalog/aws-interfaces.ts")',
    'require("./lib/catalog/find.ts").defaultCpuMachine("on-prem", { vcpu: 1, memoryGib: 1 })',
    'require("./lib/fabric/machines.ts").Machine.google({ name: "x9-standard-1" })',
  ]) as [string[], ...string[][]];

  const tables = (files: readonly string[] | undefined) => files!.filter((file) => TABLES.test(file));

  test("loads none with the root entry, sites, or the ways to give facts", () => {
    expect([root, fabric, machines, finder].map(tables)).toEqual([[], [], [], []]);
  });

  test("loads one table without the others", () => {
    expect(aws!.every((file) => /^(aws-machines|rows)/.test(file))).toBe(true);
    expect(google!.every((file) => /^(google-machines|rows)/.test(file))).toBe(true);
    expect(tables(tpu)).toEqual(["tpu-slices.ts"]);
    expect([labels, interfaces].map(tables)).toEqual([[], []]);
  });

  test("loads none with the rooms of clusters, or the stacks", () => {
    const rooms = ["aws", "google", "kubernetes"].map((site) => `./lib/cluster/${site}/cluster.ts`);
    const entries = [...rooms, "./lib/cluster/in-cluster/queues.ts", "./stacks/index.ts"];
    expect(loadedBy(entries.map((entry) => `require("${entry}")`)).map(tables)).toEqual(
      entries.map(() => []),
    );
  });

  test("loads the table of one provider when it looks for its machines or gives facts about them", () => {
    expect(tables(found)).toEqual(["on-prem-nodes.ts"]);
    expect(tables(given).every((file) => file.startsWith("google-machines"))).toBe(true);
    expect(tables(given)).not.toEqual([]);
  });
});
