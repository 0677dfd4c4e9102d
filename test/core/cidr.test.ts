import { addressCount, overlaps, prefixLength, subnetAt, subnetCount } from "../../lib/core/cidr";

test("a range has a prefix and so many addresses", () => {
  expect(prefixLength("10.0.0.0/8")).toBe(8);
  expect([addressCount("10.0.0.0/8"), addressCount("10.0.0.1/32"), addressCount("0.0.0.0/0")]).toEqual([
    2 ** 24,
    1,
    2 ** 32,
  ]);
});

test("subnets are cut one after the other, also of high addresses", () => {
  expect(subnetCount("10.0.0.0/16", 20)).toBe(16);
  expect(subnetCount("10.0.0.0/16", 15)).toBe(0);
  expect(subnetAt("192.168.0.0/16", 20, 15)).toBe("192.168.240.0/20");
  expect(subnetAt("240.0.0.0/4", 28, 1)).toBe("240.0.0.16/28");
});

test.each([
  ["10.0.0.0/16", "10.0.0.0/16", true],
  ["10.0.0.0/16", "10.0.255.0/24", true],
  ["10.0.255.0/24", "10.0.0.0/16", true],
  ["10.0.0.0/16", "10.1.0.0/16", false],
  ["10.0.0.0/24", "10.0.1.0/24", false],
  ["0.0.0.0/0", "255.255.255.255/32", true],
  ["128.0.0.0/1", "127.255.255.255/32", false],
])("%s and %s have an address in common: %s", (one, other, common) => {
  expect(overlaps(one, other)).toBe(common);
});
