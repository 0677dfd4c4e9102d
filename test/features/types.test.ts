import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problems } from "../../lib/core/problems";
import {
  type FeatureSiteKind,
  heldTypes,
  parseFeatureType,
  siteType,
  whyNot,
} from "../../lib/features/feature-type";
import { googleOnlineSize } from "../../lib/features/google/sizing";
import { kubernetesOnlineSize } from "../../lib/features/kubernetes/sizing";
import { type OnlineTargets, resolveLoads } from "../../lib/features/sizing";
import { codesOf, schema } from "./fixture";

const SITES: readonly FeatureSiteKind[] = ["aws", "google", "kubernetes"];
const held = (notation: string) => SITES.map((site) => siteType(site, parseFeatureType(notation)!));

describe("types", () => {
  test.each<[string, readonly (string | undefined)[]]>([
    ["boolean", ["Integral", "BOOL", "Bool"]],
    ["int", ["Integral", "INT64", "Int32"]],
    ["long", ["Integral", "INT64", "Int64"]],
    ["float", ["Fractional", "FLOAT64", "Float32"]],
    ["double", ["Fractional", "FLOAT64", "Float64"]],
    ["string", ["String", "STRING", "String"]],
    ["timestamptz", ["Fractional", "INT64", "UnixTimestamp"]],
    ["binary", [undefined, "BYTES", "Bytes"]],
    ["uuid", ["String", undefined, undefined]],
    ["date", [undefined, undefined, undefined]],
    ["decimal(10, 2)", [undefined, undefined, undefined]],
    ["list<double>", ["Fractional", "ARRAY<FLOAT64>", "Array(Float64)"]],
    ["list<boolean>", [undefined, "ARRAY<BOOL>", "Array(Bool)"]],
    ["list<timestamptz>", [undefined, undefined, "Array(UnixTimestamp)"]],
    ["list<binary>", [undefined, undefined, "Array(Bytes)"]],
  ])("%s", (notation, expected) => {
    expect(held(notation)).toEqual(expected);
  });

  test("what is refused has a reason, and what is held is listed", () => {
    for (const site of SITES) {
      for (const notation of ["date", "decimal(10, 2)", "list<date>"]) {
        expect(whyNot(site, parseFeatureType(notation)!)).not.toBe("the site has no such type");
      }
      expect(heldTypes(site)).toContain("list<string>");
      expect(heldTypes(site)).not.toContain("decimal");
    }
  });

  test("the page of the room names every type of every site", () => {
    const page = readFileSync(join(__dirname, "../../lib/features/README.md"), "utf8");
    const table = page.slice(page.indexOf("## Types"), page.indexOf("## Lock"));
    for (const notation of ["boolean", "long", "double", "string", "timestamptz", "binary", "uuid"]) {
      const row = table.split("\n").find((line) => line.split("|")[1]?.includes(`\`${notation}\``))!;
      for (const type of held(notation)) {
        expect(row).toContain(type ?? "refused");
      }
    }
  });
});

describe("sizes", () => {
  const [activity] = schema().views;
  const load = (targets: Partial<OnlineTargets>) => {
    const problems = new Problems("test");
    const online = {
      [activity!.name]: {
        p99LatencyMs: 40,
        readsPerSecond: 1000,
        writesPerSecond: 100,
        meanBytes: 1024,
        ...targets,
      },
    };
    const loads = resolveLoads(problems, [activity!], online);
    return { problems, loads };
  };

  test.each<[Partial<OnlineTargets>, number]>([
    [{ readsPerSecond: 8500, writesPerSecond: 0 }, 1],
    [{ readsPerSecond: 8501, writesPerSecond: 0 }, 2],
    [{ readsPerSecond: 17_000, writesPerSecond: 14_000 }, 4],
    [{ readsPerSecond: 8500, writesPerSecond: 0, meanBytes: 1025 }, 2],
    [{ readsPerSecond: 1, writesPerSecond: 0, items: 11_000_000, meanBytes: 1_000_000 }, 3],
  ])("%j needs %d nodes of Bigtable", (targets, nodes) => {
    const { problems, loads } = load(targets);
    expect(googleOnlineSize(problems, loads)).toMatchObject({
      kind: "bigtable",
      minNodes: nodes,
      maxNodes: nodes * 10,
    });
  });

  test("Valkey holds the data at 60% of its memory, Feast's pods the look-ups", () => {
    const { problems, loads } = load({ items: 1_000_000, readsPerSecond: 3000 });
    // (1024 + 120 + 7 x 24) x 1.1 bytes, a million times: 1377 MiB, of 2304 MiB.
    expect(kubernetesOnlineSize(problems, loads)).toMatchObject({
      valkeyMemory: "2304Mi",
      valkeyMaxMemoryMb: 1728,
      valkeyDisk: "7Gi",
      serverReplicas: 5,
      because: [
        "Valkey: 1377 MiB of data at 60% of 2304 MiB; two copies beside the primary",
        "Feast: 5 pods of 4 processes for 3000 look-ups per second at 150 each",
      ],
    });
  });

  test("a small load still has two pods and memory to breathe", () => {
    const { problems, loads } = load({ items: 1, readsPerSecond: 1 });
    expect(kubernetesOnlineSize(problems, loads)).toMatchObject({ valkeyMemory: "512Mi", serverReplicas: 2 });
  });

  test("what cannot be computed with is refused", () => {
    for (const change of [
      { items: 0 },
      { items: 1.5 },
      { meanBytes: 0 },
      { readsPerSecond: 0 },
      { p99LatencyMs: -1 },
    ]) {
      expect(codesOf(() => load(change).problems.throwIfAny())).toHaveLength(1);
    }
  });
});
