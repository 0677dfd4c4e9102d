import type { PlatformSyntheticDataProps } from "../../stacks";
import { addLakehouse, codes, newPlatform, refusal, template } from "./data-fixture";

const COLUMNS = [
  { name: "bid_id", type: "uuid", required: true },
  { name: "ip_address", type: "string", pii: true },
  { name: "price", type: "double" },
];
const ZONES = [
  { name: "curated", at: ["frankfurt", "ireland"], tables: [{ name: "bids", columns: COLUMNS }] },
  { name: "lab", at: ["frankfurt"], tables: [{ name: "bids_synthetic", columns: COLUMNS }] },
];
const JOB: PlatformSyntheticDataProps = {
  at: "frankfurt",
  source: { zone: "curated", table: "bids" },
  target: { zone: "lab", table: "bids_synthetic" },
  rows: 1_000,
  mask: { ip_address: "generate" },
};

function declare(change: Partial<PlatformSyntheticDataProps> = {}) {
  const platform = newPlatform();
  const lake = addLakehouse(platform, ["frankfurt", "ireland"], { zones: ZONES });
  lake.addSyntheticData("training", { ...JOB, ...change });
  return platform;
}

describe("synthetic data of a platform", () => {
  test("is made by a job in the cluster of the site", () => {
    const platform = declare();
    const { text } = template(platform, "frankfurt", "workloads");
    expect(text).toContain("synthetic-training");
    expect(text).toContain("LIMIT 1000;");
    expect(template(platform, "ireland", "foundation").text).not.toContain("synthetic");
  });

  test("is guarded as in a lakehouse by itself", () => {
    expect(codes(() => declare({ mask: undefined }))).toEqual(["SyntheticPersonalData"]);
    expect(codes(() => declare({ rows: 2, minimumCount: 1 }))).toEqual(["NumberOutOfRange"]);
  });

  test("is refused where no engine makes it, with the sites that have one", () => {
    expect(codes(() => declare({ at: "ireland" }))).toEqual(["SyntheticDataNotAtSite"]);
    expect(refusal(() => declare({ at: "ireland" }))).toContain("frankfurt");
    expect(codes(() => declare({ at: "mars" }))).toEqual(["UnknownSite"]);
  });
});
