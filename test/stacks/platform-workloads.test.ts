import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Site } from "../../lib";
import { Gang, readLock, SiteModel, SizedPool } from "../../lib/placement";
import { captureValidationError, synthStack, testApp } from "../../lib/testing";
import { HybridPlatform } from "../../stacks";
import {
  ASSISTANT,
  addWorkloads,
  CLUSTERS,
  gangOf,
  newPlatform,
  OWNERSHIP,
  S3,
  SITES,
} from "./placement-fixture";

const codes = (make: () => unknown) => captureValidationError(make).codes;

describe("workloads", () => {
  test("are added before the plan is made, each name once", () => {
    const platform = newPlatform();
    platform.addTraining("rack", gangOf(32, "h100"));
    expect(codes(() => platform.addInferencePool("rack", ASSISTANT))).toEqual(["DuplicateWorkload"]);
    expect(platform.placement.workloads).toHaveLength(1);
    expect(codes(() => platform.addTraining("late", gangOf(8, "h100")))).toEqual(["PlanAlreadyMade"]);
  });

  test("may be values that were made before, under their own name", () => {
    const platform = newPlatform();
    const gang = Gang.of("rack", gangOf(32, "h100"));
    expect(codes(() => platform.addTraining("other", gang))).toEqual(["WorkloadOfOtherName"]);
    platform.addTraining("rack", gang);
    expect(platform.placement.workloads[0]).toMatchObject({ workload: "rack", status: "accepted" });
  });

  test("may be replicas that a capacity model sized", () => {
    const platform = newPlatform();
    const replica = {
      site: "frankfurt",
      pool: "h100",
      accelerator: "h100",
      tp: 2,
      batch: 16,
      memoryGib: 60,
      workSeconds: 0.2,
      prefillSeconds: 0.1,
      decodeStepSeconds: 0.02,
    };
    const users = [{ name: "nordic", requestsPerSecond: 4, rttMs: { frankfurt: 40 } }];
    const pool = SizedPool.of("chat", { sized: [replica], users, outputTokens: 200, firstTokenMs: 1_000 });
    platform.addInferencePool("chat", pool);
    expect(platform.placement.workloads[0]).toMatchObject({
      status: "accepted",
      parts: [{ site: "frankfurt", pool: "h100" }],
    });
  });

  test("need a placement", () => {
    const bare = new HybridPlatform(testApp(), "acme", { ...OWNERSHIP, backend: S3, sites: SITES });
    expect(codes(() => bare.addTraining("rack", gangOf(32, "h100")))).toEqual(["PlacementNotDeclared"]);
    expect(codes(() => bare.placement)).toEqual(["PlacementNotDeclared"]);
    // Feature stores have locks too, so it is the file that is missing.
    expect(codes(() => bare.writeLock())).toEqual(["MissingValue"]);
  });
});

describe("models", () => {
  test("are of the platform's own sites", () => {
    const elsewhere = Site.kubernetes("frankfurt", { country: "FR", kubeconfig: { context: "par" } });
    const moved = SiteModel.of(elsewhere, { pue: 1.2, gramsCo2PerKwh: 50 });
    expect(codes(() => newPlatform({ models: [moved] }))).toEqual(["ModelOfOtherSite"]);
    const unknown = Site.kubernetes("mars", { country: "DE", kubeconfig: { context: "mars" } });
    const far = SiteModel.of(unknown, { pue: 1.2, gramsCo2PerKwh: 50 });
    expect(codes(() => newPlatform({ models: [far] }))).toEqual(["UnknownSite"]);
  });
});

describe("the lock file", () => {
  const folder = mkdtempSync(join(tmpdir(), "lock-"));
  const lockFile = join(folder, "placement.lock.json");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is written only when asked, and not touched when nothing changes", () => {
    const platform = newPlatform({ lockFile });
    addWorkloads(platform);
    for (const [name, props] of Object.entries(CLUSTERS)) {
      platform.addCluster(`train-${name}`, props);
    }
    synthStack(platform.stack("frankfurt", "workloads"));
    expect(() => readFileSync(lockFile)).toThrow("ENOENT");
    platform.writeLock();
    expect(readLock(readFileSync(lockFile, "utf8")).workloads).toHaveLength(6);
    utimesSync(lockFile, 1, 1);
    const again = newPlatform({ lockFile });
    addWorkloads(again);
    again.writeLock();
    expect(statSync(lockFile).mtimeMs).toBe(1_000);
  });

  test("keeps everything in place when a workload comes", () => {
    const before = readLock(readFileSync(lockFile, "utf8")).workloads;
    const platform = newPlatform({ lockFile });
    platform.addTraining("another", gangOf(32, "h100", { value: 5 }));
    addWorkloads(platform);
    const placed = new Map(platform.placement.workloads.map((each) => [each.workload, each]));
    expect(placed.get("another")?.status).toBe("accepted");
    for (const { workload, parts } of before) {
      expect(placed.get(workload)).toMatchObject({ status: "accepted", parts });
    }
  });

  test("of another program, or one that cannot be read, is refused", () => {
    const platform = newPlatform({ lockFile });
    platform.addTraining("unknown", gangOf(32, "h100"));
    expect(codes(() => platform.placement)).toEqual(["LockOfAnotherModel"]);
    const broken = join(folder, "broken.json");
    writeFileSync(broken, "{");
    expect(codes(() => newPlatform({ lockFile: broken }))).toEqual(["LockUnreadable"]);
    expect(codes(() => newPlatform({ lockFile: " " }))).toEqual(["MissingValue"]);
    expect(codes(() => newPlatform().writeLock())).toEqual(["MissingValue"]);
  });
});
