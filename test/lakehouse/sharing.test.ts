import { LakehouseErrors, Partition } from "../../lib/lakehouse";
import type { CatalogEndpoint } from "../../lib/lakehouse/sharing";

/** Compiles only as long as an engine can tell every kind of catalogue from the others. */
function engineOf(endpoint: CatalogEndpoint): string {
  switch (endpoint.kind) {
    case "iceberg-rest":
      return `rest ${endpoint.uri} ${endpoint.warehouse} ${endpoint.namespace}`;
    case "glue":
      return `glue ${endpoint.region} ${endpoint.database} ${endpoint.location}`;
    case "bigquery":
      return `bigquery ${endpoint.project} ${endpoint.location} ${endpoint.dataset} ${endpoint.warehouse}`;
  }
}

test("every kind of catalogue says where its tables are", () => {
  const endpoints: CatalogEndpoint[] = [
    { kind: "iceberg-rest", uri: "https://c.test", warehouse: "w", namespace: "n" },
    { kind: "glue", region: "eu-west-1", database: "d", location: "s3://b" },
    { kind: "bigquery", project: "p", location: "l", dataset: "d", warehouse: "gs://b" },
  ];
  expect(endpoints.map(engineOf)).toEqual([
    "rest https://c.test w n",
    "glue eu-west-1 d s3://b",
    "bigquery p l d gs://b",
  ]);
});

test("the contract's entry loads no provider package", () => {
  expect(Partition.day("at").notation).toBe("day");
  expect(LakehouseErrors.UnknownZone.code).toBe("UnknownZone");
  const loaded = Object.keys(require.cache);
  expect(loaded.some((file) => file.endsWith("lib/lakehouse/index.ts"))).toBe(true);
  expect(loaded.filter((file) => file.includes("@cdktf/provider-"))).toEqual([]);
});
