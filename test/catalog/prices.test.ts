import { GRID_CARBON, gridCarbon, PUE, pueOf } from "../../lib/catalog/carbon";
import { POWER, PRICES, type PriceRow, priceOf, wattsOf } from "../../lib/catalog/prices";
import { awsRegionCountry, googleRegionCountry } from "../../lib/catalog/regions";

test("every row of every table says where it is from and when it was read", () => {
  for (const row of [...PRICES, ...POWER, ...GRID_CARBON, ...PUE]) {
    expect(row.source).toMatch(/\S{8,}/);
    expect(row.read).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  }
});

test("what is unknown is left out, never zero, and no price is not a number", () => {
  for (const row of PRICES) {
    const prices = [row.onDemandUsdPerHour, row.spotUsdPerHour].filter((price) => price !== undefined);
    expect(prices.length).toBeGreaterThan(0);
    expect(prices.every((price) => price > 0 && price < 700)).toBe(true);
    expect(Number.isInteger(row.accelerators) && row.accelerators > 0).toBe(true);
  }
});

test("no row is there twice", () => {
  const keys = PRICES.map(({ provider, region, machine, accelerator }) =>
    [provider, region, machine, accelerator].join(" "),
  );
  expect(new Set(keys).size).toBe(keys.length);
});

test("spot is below list, and not a tenth of it, which is a floor without a market", () => {
  for (const { onDemandUsdPerHour: list, spotUsdPerHour: spot } of PRICES) {
    if (list !== undefined && spot !== undefined) {
      expect(spot).toBeLessThan(list);
      expect(Math.abs(spot / list - 0.1)).toBeGreaterThan(0.002);
    }
  }
});

test("prices of one machine lie within half and twice the median of its regions", () => {
  const keyOf = (row: PriceRow) => `${row.provider} ${row.accelerator} ${row.machine}`;
  for (const key of new Set(PRICES.map(keyOf))) {
    const rows = PRICES.filter((row) => keyOf(row) === key);
    const prices = rows.flatMap((row) => row.onDemandUsdPerHour ?? []).sort((a, b) => a - b);
    const median = prices[Math.floor(prices.length / 2)] ?? 0;
    expect(prices.every((price) => price >= median / 2 && price <= median * 2)).toBe(true);
  }
});

test("regions of clouds are regions that the catalogue knows", () => {
  const countryOf = { aws: awsRegionCountry, google: googleRegionCountry };
  for (const { provider, region } of [...PRICES, ...GRID_CARBON]) {
    if (provider === "aws" || provider === "google") {
      // Google reports carbon of two regions that it does not sell: us-central2 and us-east2.
      expect([
        region,
        countryOf[provider](region) ?? (/^us-(central|east)2$/.test(region) ? "US" : ""),
      ]).not.toContain("");
    }
  }
});

test("look-ups", () => {
  expect(priceOf("aws", "us-east-1", "h100", "p5.48xlarge")?.onDemandUsdPerHour).toBe(55.04);
  expect(priceOf("google", "europe-west4", "tpu-v6e")).toMatchObject({
    machine: "chip",
    onDemandUsdPerHour: 2.97,
  });
  expect(priceOf("lambda", "anywhere", "h100")?.onDemandUsdPerHour).toBe(31.92);
  expect(priceOf("aws", "us-east-1", "tpu-v6e")).toBeUndefined();
  expect([wattsOf("h100"), wattsOf("tpu-v5p")]).toEqual([1_275, undefined]);
  expect(gridCarbon("google", "europe-north2")).toMatchObject({
    gramsCo2PerKwh: 2.73,
    carbonFreeShare: 1,
    year: 2024,
  });
  expect(gridCarbon("aws", "eu-north-1")).toMatchObject({
    gramsCo2PerKwh: 8.8,
    unverified: ["gramsCo2PerKwh"],
  });
  expect(gridCarbon("aws", "moon-1")).toBeUndefined();
  expect(pueOf("aws")).toBe(1.14);
});
