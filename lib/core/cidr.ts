/** An IPv4 address range in numbers. */
interface Range {
  readonly base: number;
  readonly prefixLength: number;
}

function parse(cidr: string): Range {
  const [address, prefix] = cidr.split("/") as [string, string];
  const base = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return { base, prefixLength: Number(prefix) };
}

function format(base: number, prefixLength: number): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefixLength}`;
}

/** Prefix length of a range, for example 16 of `10.0.0.0/16`. */
export function prefixLength(cidr: string): number {
  return parse(cidr).prefixLength;
}

/** Number of ranges with the given prefix length that fit into a range; 0 if they are larger. */
export function subnetCount(cidr: string, subnetPrefixLength: number): number {
  const length = prefixLength(cidr);
  return subnetPrefixLength < length ? 0 : 2 ** (subnetPrefixLength - length);
}

/** The range at a position, counted from 0, among all of its size. */
export function subnetAt(cidr: string, subnetPrefixLength: number, index: number): string {
  const size = 2 ** (32 - subnetPrefixLength);
  return format(parse(cidr).base + index * size, subnetPrefixLength);
}

/** Number of addresses in a range. */
export function addressCount(cidr: string): number {
  return 2 ** (32 - prefixLength(cidr));
}

/** Whether two ranges have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  const size = 2 ** (32 - Math.min(a.prefixLength, b.prefixLength));
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}
