import { Accelerator } from "../../lib";
import { captureValidationError, testApp } from "../../lib/testing";
import { HybridPlatform } from "../../stacks";
import { ASSISTANT, CLUSTERS, gangOf, MODELS, newPlatform, OWNERSHIP, S3, SITES } from "./placement-fixture";

const codes = (make: () => unknown) => captureValidationError(make).codes;

describe("planned pools", () => {
  test("are not made of what took nothing, and their nodes need not be told", () => {
    const platform = newPlatform();
    platform.addTraining("cloud", gangOf(32, "h200"));
    const { cluster, queues, placement } = platform.addCluster("train", CLUSTERS.frankfurt);
    expect([...cluster.pools.keys()]).toEqual(["system"]);
    expect([queues?.clusterQueues.size, placement?.jobSets.size]).toEqual([0, 0]);
  });

  test("buy as the plan does, and keep what is bought in another way than the first apart", () => {
    const platform = newPlatform();
    platform.addTraining("cheap", gangOf(16, "h200", { purchase: ["spot"] }));
    platform.addTraining("safe", gangOf(16, "h200", { purchase: ["on-demand"] }));
    const { cluster } = platform.addCluster("train", CLUSTERS.stockholm);
    const pools = [...cluster.pools.values()].map(({ pool }) => [pool.name, pool.capacity[0]!.kind]);
    expect(pools).toEqual([
      ["system", "onDemand"],
      ["h200", "onDemand"],
      ["h200-spot", "spot"],
    ]);
  });

  test("take what the plan does not decide from their options", () => {
    const platform = newPlatform();
    platform.addTraining("rack", gangOf(32, "h100"));
    const accelerator = Accelerator.of({ name: "h100", vendor: "nvidia", peakTflops: { fp8: 1_979 } });
    const plannedPools = { h100: { tier: "research", machineType: "hgx-h100", accelerator } };
    const { cluster } = platform.addCluster("train", { ...CLUSTERS.frankfurt, plannedPools });
    const { pool } = cluster.pools.get("h100")!;
    expect([pool.tier, pool.machineType]).toEqual(["research", "hgx-h100"]);
    expect(pool.slice.kind === "accelerators" && pool.slice.accelerator).toBe(accelerator);
  });

  test("of replicas alone are for serving, and need no closeness", () => {
    const platform = newPlatform();
    platform.addInferencePool("assistant", ASSISTANT);
    const { pool } = platform.addCluster("serve", CLUSTERS.stockholm).cluster.pools.get("h200")!;
    expect([pool.tier, pool.closeTogether]).toEqual(["serving", false]);
  });

  test("of reserved capacity need the name of the reservation in a cloud", () => {
    const platform = newPlatform();
    platform.addTraining("cubes", gangOf(128, "tpu-v5p"));
    const plannedPools = {};
    expect(codes(() => platform.addCluster("train", { ...CLUSTERS.eemshaven, plannedPools }))).toEqual([
      "ReservationNeeded",
    ]);
  });

  test("take no options of pools that do not exist, nor reservations of what is not reserved", () => {
    const { reserved } = CLUSTERS.eemshaven.plannedPools!.v5p!;
    const plannedPools = { h200: { reserved }, b200: {} };
    expect(codes(() => newPlatform().addCluster("train", { ...CLUSTERS.stockholm, plannedPools }))).toEqual([
      "NoEffect",
      "UnknownCapacityPool",
    ]);
  });

  test("need a placement, and a model of the site", () => {
    const bare = new HybridPlatform(testApp(), "acme", { ...OWNERSHIP, backend: S3, sites: SITES });
    expect(codes(() => bare.addCluster("train", CLUSTERS.stockholm))).toEqual(["PlacementNotDeclared"]);
    const partly = newPlatform({ models: [MODELS.eemshaven], links: [] });
    expect(codes(() => partly.addCluster("train", CLUSTERS.stockholm))).toEqual(["SiteWithoutModel"]);
  });
});
