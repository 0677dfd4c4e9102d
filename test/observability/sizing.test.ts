import { estimateSeries, storageGib } from "../../lib/observability";
import { source } from "./fixture";

test("series grow with pods, and what nobody scrapes has none", () => {
  const one = estimateSeries([source("vllm")]);
  expect(one).toBeGreaterThan(100);
  expect(estimateSeries([source("vllm")], { vllm: 4 })).toBe(4 * one);
  expect(estimateSeries([source("gke-tpu")])).toBe(0);
  expect(estimateSeries([source("vllm"), source("dcgm")])).toBe(one + estimateSeries([source("dcgm")]));
});

test("volumes follow the formula of Prometheus' documentation, with half as much again", () => {
  // 1,000,000 series every 30 s, 2 bytes each, for 15 days: 80.5 GiB.
  expect(storageGib({ activeSeries: 1_000_000, retentionDays: 15, scrapeIntervalSeconds: 30 })).toBe(121);
  expect(storageGib({ activeSeries: 1, retentionDays: 1, scrapeIntervalSeconds: 60 })).toBe(1);
});
