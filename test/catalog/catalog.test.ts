import { EEA_COUNTRIES, EU_COUNTRIES, isCountry } from "../../lib/catalog/countries";
import {
  AWS_REGIONS,
  AWS_REGIONS_SOURCE,
  awsRegionCountry,
  GOOGLE_REGIONS,
  GOOGLE_REGIONS_SOURCE,
  googleRegionCountry,
} from "../../lib/catalog/regions";

describe("countries", () => {
  test("the European Union has 27 members, the European Economic Area 30 countries", () => {
    expect(new Set(EU_COUNTRIES).size).toBe(27);
    expect(new Set(EEA_COUNTRIES).size).toBe(30);
    expect(EEA_COUNTRIES).toEqual(expect.arrayContaining([...EU_COUNTRIES, "IS", "LI", "NO"]));
  });

  test("all of them are countries", () => {
    expect(EEA_COUNTRIES.filter((code) => !isCountry(code))).toEqual([]);
  });

  test("the United Kingdom and Switzerland are in neither", () => {
    expect(EEA_COUNTRIES).not.toContain("GB");
    expect(EEA_COUNTRIES).not.toContain("CH");
  });

  test("ISO 3166-1 has 249 codes", () => {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    const codes = letters.flatMap((first) => letters.map((second) => first + second)).filter(isCountry);
    expect(codes).toHaveLength(249);
  });

  test.each(["de", "EU", "UK", "XK", "DEU", "", " DE", "AT BE", "constructor"])(
    "%j is no country",
    (code) => {
      expect(isCountry(code)).toBe(false);
    },
  );
});

describe.each([
  ["AWS", AWS_REGIONS, AWS_REGIONS_SOURCE, awsRegionCountry],
  ["Google Cloud", GOOGLE_REGIONS, GOOGLE_REGIONS_SOURCE, googleRegionCountry],
] as const)("regions of %s", (_name, rows, source, countryOf) => {
  test("each is listed once, in its form, in a known country", () => {
    expect(new Set(rows.map((row) => row.region)).size).toBe(rows.length);
    expect(rows.filter((row) => !/^[a-z]+(-[a-z]+)+-?[0-9]+$/.test(row.region))).toEqual([]);
    expect(rows.filter((row) => !isCountry(row.country))).toEqual([]);
  });

  test("each is found", () => {
    expect(rows.filter((row) => countryOf(row.region) !== row.country)).toEqual([]);
  });

  test.each(["mars-north-1", "", "eu-west", "EU-WEST-1", "toString"])("%j is not known", (region) => {
    expect(countryOf(region)).toBeUndefined();
  });

  test("the table says where it comes from and when that was read", () => {
    expect(source.url).toMatch(/^https:\/\/(docs\.aws\.amazon|cloud\.google)\.com\//);
    expect(source.read).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(Number.isNaN(Date.parse(source.read))).toBe(false);
  });
});

test.each([
  ["eu-west-1", "IE"],
  ["eu-west-2", "GB"],
  ["eu-central-1", "DE"],
  ["eu-central-2", "CH"],
  ["us-east-1", "US"],
])("%s of AWS is in %s", (region, country) => {
  expect(awsRegionCountry(region)).toBe(country);
});

test.each([
  ["europe-west4", "NL"],
  ["europe-west2", "GB"],
  ["europe-west6", "CH"],
  ["europe-north2", "SE"],
  ["asia-southeast3", "TH"],
])("%s of Google Cloud is in %s", (region, country) => {
  expect(googleRegionCountry(region)).toBe(country);
});

test("no region name means different countries in the two clouds", () => {
  const google = new Map(GOOGLE_REGIONS.map((row) => [row.region, row.country]));
  expect(AWS_REGIONS.filter((row) => google.has(row.region))).toEqual([]);
});
