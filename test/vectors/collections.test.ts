import {
  planVectorStore,
  Residency,
  VECTOR_ENGINES,
  type VectorCollectionProps,
  type VectorEngine,
  type VectorErrors,
} from "../../lib";
import { AWS, codes, docs } from "./fixture";

const EVERY = Object.keys(VECTOR_ENGINES) as VectorEngine[];

function refusals(
  engine: VectorEngine,
  changes: Partial<VectorCollectionProps>,
  store: { readonly residency?: Residency; readonly namePrefix?: string } = {},
): readonly string[] {
  return codes(() =>
    planVectorStore(
      engine,
      { site: AWS, namePrefix: "acme", collections: [docs(changes)], ...store },
      { maxSearchUnits: 100 },
    ),
  );
}

test.each(EVERY)("%s takes a collection that every engine can hold", (engine) => {
  expect(refusals(engine, {})).toEqual([]);
});

describe("what no engine takes", () => {
  test.each<[string, Partial<VectorCollectionProps>, string]>([
    ["a name with capitals", { name: "Docs" }, "InvalidName"],
    ["a name of two letters", { name: "ab" }, "InvalidName"],
    ["no dimension", { dimension: 0 }, "NumberOutOfRange"],
    ["half a dimension", { dimension: 767.5 }, "NumberOutOfRange"],
    ["an endless dimension", { dimension: Number.POSITIVE_INFINITY }, "NumberOutOfRange"],
    ["a metric that does not exist", { metric: "manhattan" as never }, "NotOneOf"],
    ["no vectors", { vectors: 0 }, "NumberOutOfRange"],
    ["vectors that are no number", { vectors: Number.NaN }, "NumberOutOfRange"],
    ["queries that are no number", { queriesPerSecond: Number.NaN }, "NumberOutOfRange"],
    ["endless queries", { queriesPerSecond: Number.POSITIVE_INFINITY }, "NumberOutOfRange"],
    ["no time to answer", { p95LatencyMs: 0 }, "NumberOutOfRange"],
    ["a recall that only an exact search has", { recall: 1 }, "NumberOutOfRange"],
    ["a recall of nothing", { recall: 0.1 }, "NumberOutOfRange"],
    ["no neighbours", { topK: 0 }, "NumberOutOfRange"],
    ["writes that are no number", { writesPerSecond: Number.NaN }, "NumberOutOfRange"],
    ["a measurement that is no time", { measuredQueryMs: 0 }, "NumberOutOfRange"],
    ["a precision that does not exist", { precision: "float8" as never }, "NotOneOf"],
    ["an index that does not exist", { index: { kind: "lsh" as never } }, "NotOneOf"],
    ["too few links", { index: { kind: "hnsw", m: 2 } }, "NumberOutOfRange"],
    [
      "fewer candidates than links",
      { index: { kind: "hnsw", m: 64, efConstruction: 100 } },
      "NumberOutOfRange",
    ],
    ["a field with a space", { filterable: [{ name: "a b", type: "string" }] }, "InvalidName"],
    [
      "a field that the library makes",
      { filterable: [{ name: "embedding", type: "string" }] },
      "InvalidName",
    ],
    ["a field of no type", { filterable: [{ name: "a", type: "geo" as never }] }, "NotOneOf"],
    [
      "a field twice",
      {
        filterable: [
          { name: "a", type: "string" },
          { name: "a", type: "float" },
        ],
      },
      "DuplicateValue",
    ],
  ])("%s", (_what, changes, code) => {
    expect(refusals("qdrant", changes)).toEqual([code]);
  });

  test("two collections of one name", () => {
    const plan = () =>
      planVectorStore("qdrant", { site: AWS, namePrefix: "acme", collections: [docs(), docs()] });
    expect(codes(plan)).toEqual(["DuplicateValue"]);
  });

  test("no collection", () => {
    expect(
      codes(() => planVectorStore("qdrant", { site: AWS, namePrefix: "acme", collections: [] })),
    ).toEqual(["MissingValue"]);
  });

  test("a prefix that leaves no room", () => {
    expect(refusals("qdrant", {}, { namePrefix: "a-prefix-of-21-letters" })).toEqual(["InvalidName"]);
  });

  test("a site outside the residency of the collection or the store", () => {
    const france = Residency.countries("FR");
    expect(refusals("qdrant", { residency: france })).toEqual(["CollectionOutsideResidency"]);
    expect(refusals("qdrant", {}, { residency: france })).toEqual(["CollectionOutsideResidency"]);
    expect(refusals("qdrant", { residency: Residency.EU }, { residency: Residency.countries("IE") })).toEqual(
      ["CollectionResidencyWider"],
    );
    expect(refusals("qdrant", { residency: Residency.countries("IE") }, { residency: Residency.EU })).toEqual(
      [],
    );
  });
});

describe("limits of one engine, at the limit and beyond", () => {
  const field = (type: string) => ({ filterable: [{ name: "a", type: type as never }] });
  const fields = (count: number) => ({
    filterable: Array.from({ length: count }, (_, index) => ({ name: `f${index}`, type: "string" as const })),
  });
  const HNSW = { kind: "hnsw" } as const;

  test.each<
    [VectorEngine, Partial<VectorCollectionProps>, Partial<VectorCollectionProps>, keyof typeof VectorErrors]
  >([
    ["s3-vectors", { dimension: 4096 }, { dimension: 4097 }, "VectorDimensionUnsupported"],
    [
      "opensearch-serverless",
      { dimension: 16_000, vectors: 1000 },
      { dimension: 16_001, vectors: 1000 },
      "VectorDimensionUnsupported",
    ],
    ["pgvector", { dimension: 2000 }, { dimension: 2001 }, "VectorDimensionUnsupported"],
    [
      "pgvector",
      { dimension: 4000, precision: "float16" },
      { dimension: 4001, precision: "float16" },
      "VectorDimensionUnsupported",
    ],
    ["aurora-pgvector", { dimension: 2000 }, { dimension: 2001 }, "VectorDimensionUnsupported"],
    ["alloydb", { dimension: 2000 }, { dimension: 2001 }, "VectorDimensionUnsupported"],
    [
      "qdrant",
      { dimension: 65_535, vectors: 1000, recall: 0.9 },
      { dimension: 65_536, vectors: 1000, recall: 0.9 },
      "VectorDimensionUnsupported",
    ],
    [
      "milvus",
      { dimension: 32_768, vectors: 1000 },
      { dimension: 32_769, vectors: 1000 },
      "VectorDimensionUnsupported",
    ],
    ["milvus", { dimension: 2 }, { dimension: 1 }, "VectorDimensionUnsupported"],
    ["s3-vectors", { metric: "euclidean" }, { metric: "dot" }, "VectorMetricUnsupported"],
    ["s3-vectors", {}, { index: HNSW }, "VectorIndexUnsupported"],
    ["qdrant", { index: HNSW }, { index: { kind: "ivf" } }, "VectorIndexUnsupported"],
    ["vertex", { index: { kind: "scann" } }, { index: HNSW }, "VectorIndexUnsupported"],
    ["milvus", { index: { kind: "disk-ann" } }, { index: { kind: "scann" } }, "VectorIndexUnsupported"],
    ["pgvector", { index: { kind: "ivf" } }, { index: { kind: "flat" } }, "VectorIndexUnsupported"],
    ["s3-vectors", { precision: "float32" }, { precision: "float16" }, "VectorPrecisionUnsupported"],
    ["pgvector", { precision: "float16" }, { precision: "int8" }, "VectorPrecisionUnsupported"],
    [
      "alloydb",
      { precision: "int8", index: { kind: "scann" } },
      { precision: "int8" },
      "VectorPrecisionUnsupported",
    ],
    [
      "milvus",
      { precision: "int8" },
      { precision: "int8", index: { kind: "disk-ann" } },
      "VectorPrecisionUnsupported",
    ],
    ["s3-vectors", field("boolean"), field("timestamp"), "VectorFilterUnsupported"],
    ["vertex", field("string-list"), field("boolean"), "VectorFilterUnsupported"],
    ["milvus", field("float"), field("timestamp"), "VectorFilterUnsupported"],
    ["milvus", fields(61), fields(62), "TooManyFilterableFields"],
    ["s3-vectors", fields(50), fields(51), "TooManyFilterableFields"],
    ["s3-vectors", { topK: 100 }, { topK: 101 }, "VectorTopKUnsupported"],
    ["pgvector", { topK: 1000 }, { topK: 1001 }, "VectorTopKUnsupported"],
    ["s3-vectors", { vectors: 2e9 }, { vectors: 2e9 + 1 }, "TooManyVectors"],
    ["s3-vectors", { queriesPerSecond: 200 }, { queriesPerSecond: 201 }, "ThroughputOutOfReach"],
    ["s3-vectors", { writesPerSecond: 2500 }, { writesPerSecond: 2501 }, "ThroughputOutOfReach"],
    ["s3-vectors", { p95LatencyMs: 100 }, { p95LatencyMs: 10 }, "LatencyOutOfReach"],
    ["qdrant", { p95LatencyMs: 7 }, { p95LatencyMs: 6 }, "LatencyOutOfReach"],
    ["opensearch-serverless", { p95LatencyMs: 15 }, { p95LatencyMs: 10 }, "LatencyOutOfReach"],
    ["pgvector", { vectors: 12_000_000 }, { vectors: 13_000_000 }, "StoreTooLarge"],
    ["qdrant", { vectors: 100_000_000 }, { vectors: 1_000_000_000 }, "StoreTooLarge"],
    ["aurora-pgvector", { vectors: 100_000_000 }, { vectors: 101_000_000 }, "StoreTooLarge"],
    ["alloydb", { vectors: 160_000_000 }, { vectors: 180_000_000 }, "StoreTooLarge"],
    ["pgvector", { queriesPerSecond: 100_000 }, { queriesPerSecond: 1_000_000 }, "ThroughputOutOfReach"],
    ["alloydb", { queriesPerSecond: 500_000 }, { queriesPerSecond: 1_000_000 }, "ThroughputOutOfReach"],
    [
      "aurora-pgvector",
      { queriesPerSecond: 200_000 },
      { queriesPerSecond: 1_000_000 },
      "ThroughputOutOfReach",
    ],
  ])("%s: %j, but not %j", (engine, taken, refused, code) => {
    expect(refusals(engine, taken)).toEqual([]);
    expect(refusals(engine, refused)).toEqual([code]);
  });

  test("what a service that shows no machines does not let choose", () => {
    expect(refusals("s3-vectors", { measuredQueryMs: 1 })).toEqual(["NoEffect"]);
    expect(refusals("s3-vectors", { recall: 0.9 })).toEqual(["NoEffect"]);
  });

  test("more compute units than the account allows", () => {
    const store = { site: AWS, namePrefix: "acme", collections: [docs({ vectors: 10_000_000 })] };
    expect(codes(() => planVectorStore("opensearch-serverless", store))).toEqual(["StoreTooLarge"]);
    expect(codes(() => planVectorStore("opensearch-serverless", store, { maxSearchUnits: 22 }))).toEqual([]);
  });
});
