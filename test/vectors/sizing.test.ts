import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  explainSizing,
  planVectorStore,
  type VECTOR_ENGINES,
  type VectorCollectionProps,
  type VectorEngine,
} from "../../lib";
import { shortNumber } from "../../lib/vectors/sizing";
import { AWS, docs } from "./fixture";

type Engine = keyof typeof VECTOR_ENGINES;

function sizing(engine: Engine, changes: Partial<VectorCollectionProps> = {}, limits = {}) {
  const collections = [docs({ filterable: [], ...changes })];
  return planVectorStore(
    engine,
    { site: AWS, namePrefix: "acme", collections },
    { maxSearchUnits: 1000, ...limits },
  );
}

const first = (engine: Engine, changes: Partial<VectorCollectionProps> = {}) =>
  sizing(engine, changes).collections[0]!;

describe("memory follows the published formulas", () => {
  test.each<[Engine, Partial<VectorCollectionProps>, number]>([
    // Qdrant's own example: a million vectors of 1024 dimensions take 6,144,000,000 bytes.
    ["qdrant", { dimension: 1024 }, 6_144_000_000],
    ["qdrant", { dimension: 1024, precision: "float16" }, 3_072_000_000],
    ["qdrant", { dimension: 1024, precision: "int8" }, 1_536_000_000],
    // OpenSearch's own example: a million vectors of 256 dimensions with M 16 take about 1.267 GB.
    ["opensearch-serverless", { dimension: 256 }, 1_267_200_000],
    // One vector of 1536 dimensions nearly fills a page of 8 KiB; two of 768 share one.
    ["pgvector", { dimension: 1536 }, 1_000_000 * 8192],
    ["pgvector", { dimension: 768 }, 500_000 * 8192],
    // The vector fills a page alone, and so do its links.
    ["pgvector", { dimension: 2000 }, 2 * 1_000_000 * 8192],
    ["milvus", { index: { kind: "disk-ann" } }, (1_000_000 * 4 * 768 * 0.225) / 0.9],
    ["alloydb", { index: { kind: "scann" }, precision: "int8" }, 1.1 * 768 * 1_000_000],
    ["s3-vectors", {}, 0],
  ])("%s %j", (engine, changes, bytes) => {
    expect(first(engine, changes).memoryBytes).toBeCloseTo(bytes, 0);
  });

  test("more links take more memory", () => {
    const more = first("milvus", { index: { kind: "hnsw", m: 32 } }).memoryBytes;
    expect(more - first("milvus").memoryBytes).toBeCloseTo((1.1 * 8 * 16 * 1_000_000) / 0.9, 0);
  });
});

describe("work", () => {
  test("a query reads candidates times links vectors, at 5 GB/s", () => {
    expect(first("qdrant").queryMs).toBeCloseTo(0.5 + (1000 * 128 * 16 * 4 * 768) / 5e9);
    expect(first("qdrant", { recall: 0.99 }).searchParameters).toEqual({ hnsw_ef: 256 });
    expect(first("qdrant", { topK: 300 }).searchParameters).toEqual({ hnsw_ef: 300 });
  });

  test("a tight latency leaves machines idle", () => {
    const relaxed = first("qdrant", { p95LatencyMs: 100 });
    const tight = first("qdrant", { p95LatencyMs: 7 });
    expect(tight.utilisation).toBeLessThan(relaxed.utilisation);
    expect(tight.vcpus).toBeGreaterThan(relaxed.vcpus);
    expect(tight.p95Ms).toBeLessThanOrEqual(7);
  });

  test("what was measured replaces the model", () => {
    const measured = first("qdrant", { measuredQueryMs: 3 });
    expect(measured.queryMs).toBe(3);
    expect(measured.vcpus).toBeCloseTo((50 * 3) / 1000 / 0.6);
    expect(measured.steps.map(({ source }) => source)).toContain("measured");
  });

  test("writes take machines too", () => {
    expect(first("qdrant", { writesPerSecond: 500 }).vcpus).toBeGreaterThan(first("qdrant").vcpus);
  });

  test("every segment of Milvus is searched", () => {
    expect(first("milvus", { vectors: 10_000_000 }).graphs).toBe(29);
  });

  test("a collection that no node holds is cut into shards", () => {
    const { collections, capacity } = sizing("qdrant", { vectors: 50_000_000 });
    expect(capacity).toMatchObject({ count: 9, copies: 2 });
    expect(collections[0]!.graphs).toBe(18);
  });
});

test("more work than the nodes for memory can do means more copies", () => {
  const { capacity } = sizing("qdrant", { queriesPerSecond: 20_000 });
  expect(capacity.copies).toBe((2 * capacity.count) / 3);
  expect(capacity.copies).toBeGreaterThan(2);
});

test("the explanation shows each step with numbers, result and source", () => {
  const text = explainSizing(sizing("qdrant", { dimension: 1024 }));
  expect(text).toContain(
    "memory bytes = 1,000,000 x 1,024 x 4 x 1.5 = 6,144,000,000   [https://qdrant.tech/documentation/capacity-planning/",
  );
  expect(text).toContain("GiB of memory per node = max(2, ceil(2 x 5.722 / 3 / 0.8)) = 5");
});

/** The rows of the README's table. */
const CASES: readonly (readonly [VectorEngine, Partial<VectorCollectionProps>])[] = [
  ["s3-vectors", {}],
  ["opensearch-serverless", {}],
  ["aurora-pgvector", {}],
  ["vertex", {}],
  ["alloydb", {}],
  ["qdrant", {}],
  ["milvus", {}],
  ["pgvector", {}],
  ["opensearch-serverless", { vectors: 10_000_000 }],
  ["aurora-pgvector", { vectors: 10_000_000 }],
  ["vertex", { vectors: 10_000_000 }],
  ["qdrant", { vectors: 10_000_000 }],
  ["qdrant", { vectors: 10_000_000, precision: "int8" }],
  ["milvus", { vectors: 10_000_000 }],
  ["milvus", { vectors: 10_000_000, index: { kind: "disk-ann" } }],
  ["pgvector", { vectors: 10_000_000, dimension: 1536, precision: "float16" }],
];

function row(engine: VectorEngine, changes: Partial<VectorCollectionProps>): string {
  const { capacity, collections } = sizing(engine, changes);
  const { vectors, dimension, precision = "float32", index } = docs(changes);
  const { memoryBytes, diskBytes, vcpus, p95Ms, deployment } = collections[0]!;
  const gib = (bytes: number) => (bytes === 0 ? "-" : shortNumber(Math.round((bytes / 1024 ** 3) * 10) / 10));
  const machines =
    capacity.unit === "none"
      ? "-"
      : capacity.unit === "ocu"
        ? `${capacity.count} OCUs`
        : capacity.unit === "acu"
          ? `${capacity.count} x ${capacity.minUnits} to ${capacity.maxUnits} ACUs`
          : deployment
            ? `${deployment.shards} x ${deployment.replicas} ${deployment.machineType}`
            : `${capacity.count} x ${capacity.vcpusPerNode} vCPU, ${capacity.memoryGibPerNode} GiB`;
  const time = p95Ms === 0 ? "100 or more" : shortNumber(Math.round(p95Ms));
  const cpus = vcpus === 0 ? "-" : shortNumber(Math.round(vcpus * 10) / 10);
  const kind = index ? `, ${index.kind}` : "";
  return `| ${engine}${kind} | ${shortNumber(vectors / 1e6)} M | ${dimension} | ${precision} | ${gib(memoryBytes)} | ${gib(diskBytes)} | ${cpus} | ${time} | ${machines} |`;
}

test("the README's table is what the model computes", () => {
  const readme = readFileSync(join(__dirname, "../../lib/vectors/README.md"), "utf8");
  const rows = CASES.map(([engine, changes]) => row(engine, changes));
  const table = readme.split("<!-- sizing -->")[1]?.trim().split("\n").slice(2) ?? [];
  expect(table).toEqual(rows);
});
