import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const REPOSITORY = join(__dirname, "..", "..");

/** Uses the entry as a user would, and tells which modules Node had to load at each step. */
const PROGRAM = `
  const before = new Set(Object.keys(require.cache));
  const loaded = () => Object.keys(require.cache).filter((file) => !before.has(file));
  const steps = {};
  const entry = require(process.argv[1]);
  steps.entry = loaded();
  for (const name of Object.keys(entry)) entry[name];
  steps.everything = loaded();
  const site = entry.Site.kubernetes("hall", { country: "DE", kubeconfig: { context: "hall" } });
  const pool = entry.CapacityPool.of("h100", {
    accelerator: { name: "h100", peakTflops: 989, memoryGib: 80, memoryBandwidthGBps: 3350 },
    fabric: entry.Systems.hgxRails("rails", { units: 1 }),
    offers: [{ model: "reserved", usdPerAcceleratorHour: 2 }],
  });
  const layout = {
    tp: 8, cp: 1, pp: 1, dp: 2, ep: 1, microbatches: 4, microbatchSize: 1, interleave: 1,
    sharding: "zero3", gradientBytes: 4,
  };
  const input = {
    sites: [entry.SiteModel.of(site, { pools: [pool], pue: 1.2, gramsCo2PerKwh: 300 })],
    links: [],
    workloads: [entry.Gang.of("train", {
      model: { params: 8e9, layers: 32, hidden: 4096, sequence: 8192, kvHidden: 1024 },
      layouts: [layout],
      accelerators: ["h100"],
    })],
    rules: entry.PlanRules.of(),
  };
  const plan = entry.plan(input);
  steps.plan = loaded();
  const { status } = plan.workloads[0];
  console.log(JSON.stringify({ steps, status, violations: entry.checkPlacement(input, plan) }));
`;

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "entry-")));
  const build = join(REPOSITORY, "tools", "build.ts");
  execFileSync(process.execPath, ["--import", "tsx", build, "--out", join(folder, "dist")], {
    cwd: REPOSITORY,
  });
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("plans from the built package load no cdktf, no provider and no table of the catalogue", () => {
  const module = join(folder, "dist", "lib", "placement.js");
  const output = execFileSync(process.execPath, ["--eval", PROGRAM, module], {
    cwd: folder,
    encoding: "utf8",
  });
  const { steps, status, violations } = JSON.parse(output) as {
    readonly steps: Readonly<Record<"entry" | "everything" | "plan", readonly string[]>>;
    readonly status: string;
    readonly violations: readonly unknown[];
  };
  expect({ status, violations }).toEqual({ status: "accepted", violations: [] });
  expect(steps.entry).toEqual([module]);
  expect(steps.everything.length).toBeLessThan(60);
  expect(steps.plan.length).toBeLessThan(120);
  const foreign = steps.plan.filter((file) => !file.startsWith(join(folder, "dist", "lib")));
  expect(foreign).toEqual([]);
  const rooms = new Set(steps.plan.map((file) => file.slice(folder.length).split("/")[3]));
  expect([...rooms].sort()).toEqual(["catalog", "core", "fabric", "placement", "placement.js"]);
  const tables = steps.plan.filter((file) => /catalog\/(?!countries|regions)/.test(file));
  expect(tables).toEqual([]);
});
