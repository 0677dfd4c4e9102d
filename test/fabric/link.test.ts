import { Token } from "cdktf";
import fc from "fast-check";
import { type DwdmProps, linkFreeGbps, linkRttMs, OpticalLink, wavesFor } from "../../lib/fabric/link";
import { captureValidationError } from "../../lib/testing";

const PROPS: DwdmProps = {
  routeKm: 100,
  reach: "ZR",
  waves: 4,
  gbpsPerWave: 400,
  usdPerWaveHour: 3,
  pjPerBit: 60,
};
const dwdm = (changes: Partial<DwdmProps> = {}, a = "paris", b = "frankfurt") =>
  OpticalLink.dwdm(a, b, { ...PROPS, ...changes });
const codes = (make: () => unknown) => captureValidationError(make).codes;

test("light takes 4.9 us a km in glass: 9.8 ms there and back for 1,000 km, a third less in hollow core", () => {
  const link = dwdm({ reach: "line-system", routeKm: 1_000 });
  expect(linkRttMs(link)).toBeCloseTo(9.8, 9);
  expect(linkRttMs(dwdm({ reach: "line-system", routeKm: 1_000, fibre: "hollow-core" }))).toBeCloseTo(6.8, 9);
});

test("a link is the same from both ends, named by its sites unless it has a name", () => {
  expect(dwdm()).toEqual(dwdm({}, "frankfurt", "paris"));
  expect(dwdm().name).toBe("frankfurt--paris");
  expect(dwdm({ name: "second-route" }).name).toBe("second-route");
  expect(JSON.parse(JSON.stringify(dwdm()))).toEqual(dwdm());
});

test("capacity comes in whole waves, without those in use", () => {
  const link = dwdm({ wavesInUse: 1 });
  expect(linkFreeGbps(link)).toBe(1_200);
  expect([0, 1, 400, 401, 1_200].map((gbps) => wavesFor(link, gbps))).toEqual([0, 1, 1, 2, 3]);
});

test("64 channels of 75 GHz fit a fibre pair, 32 of 150 GHz", () => {
  expect(dwdm({ waves: 64 }).waves).toBe(64);
  expect(codes(() => dwdm({ waves: 65 }))).toEqual(["LinkBeyondSpectrum"]);
  expect(codes(() => dwdm({ waves: 33, gridGhz: 150 }))).toEqual(["LinkBeyondSpectrum"]);
  expect(dwdm({ waves: 65, fibrePairs: 2 }).waves).toBe(65);
});

test.each([
  ["ZR", 120],
  ["ZR+", 200],
] as const)("%s reaches %d km and not one more", (reach, km) => {
  expect(dwdm({ reach, routeKm: km }).routeKm).toBe(km);
  expect(codes(() => dwdm({ reach, routeKm: km + 1 }))).toEqual(["LinkBeyondReach"]);
});

test.each([
  [{ routeKm: 0 }, ["NotAQuantity"]],
  [{ routeKm: Number.NaN }, ["NotAQuantity"]],
  [{ routeKm: Token.asNumber({}) }, ["TokenNotAllowed"]],
  [{ reach: "XR" as never }, ["NotOneOf"]],
  [{ fibre: "wet string" as never }, ["NotOneOf"]],
  [{ waves: 0 }, ["NumberOutOfRange"]],
  [{ wavesInUse: 5 }, ["NumberOutOfRange"]],
  [{ gbpsPerWave: 0 }, ["NotAQuantity"]],
  [{ gridGhz: 0 }, ["NotAQuantity"]],
  [{ fibrePairs: 0 }, ["NumberOutOfRange"]],
  [{ usdPerWaveHour: -1 }, ["NotAQuantity"]],
  [{ pjPerBit: Number.POSITIVE_INFINITY }, ["NotAQuantity"]],
  [{ name: "Second route" }, ["InvalidName"]],
])("refuses %#", (changes, expected) => {
  expect(codes(() => dwdm(changes))).toEqual(expected);
});

test("refuses a link to itself", () => {
  expect(codes(() => dwdm({}, "paris", "paris"))).toEqual(["LinkToItself"]);
  expect(codes(() => OpticalLink.leased("paris", "paris", { gbps: 1, rttMs: 1, usdPerGb: [0, 0] }))).toEqual([
    "LinkToItself",
  ]);
});

describe("leased links", () => {
  test("charge each way its own price", () => {
    const link = OpticalLink.leased("ireland", "frankfurt", { gbps: 10, rttMs: 20, usdPerGb: [0.09, 0] });
    expect(link).toMatchObject({
      sites: ["frankfurt", "ireland"],
      usdPerGbFrom: { ireland: 0.09, frankfurt: 0 },
      usdPerHour: 0,
    });
    expect([linkRttMs(link), linkFreeGbps(link)]).toEqual([20, 10]);
  });

  test.each([
    [{ gbps: 0 }, ["NotAQuantity"]],
    [{ rttMs: -1 }, ["NotAQuantity"]],
    [{ usdPerGb: [-1, Number.NaN] as [number, number] }, ["NotAQuantity", "NotAQuantity"]],
    [{ usdPerHour: -1 }, ["NotAQuantity"]],
  ])("refuse %#", (changes, expected) => {
    const make = () => OpticalLink.leased("a", "b", { gbps: 1, rttMs: 1, usdPerGb: [0, 0], ...changes });
    expect(codes(make)).toEqual(expected);
  });
});

test("longer routes are never faster", () => {
  const km = fc.double({ min: 0.1, max: 20_000, noNaN: true });
  fc.assert(
    fc.property(km, km, (a, b) => {
      const rtt = (routeKm: number) => linkRttMs(dwdm({ reach: "line-system", routeKm }));
      expect(rtt(Math.max(a, b))).toBeGreaterThanOrEqual(rtt(Math.min(a, b)));
    }),
  );
});
