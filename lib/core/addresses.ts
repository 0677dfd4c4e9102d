import type { TerraformResource } from "cdktf";

interface TerraformJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
}

/**
 * Terraform addresses of all managed resources in a synthesized stack, sorted. Addresses are public API: a
 * changed one makes Terraform destroy and create.
 */
export function resourceAddresses(synthesized: TerraformJson): readonly string[] {
  return Object.entries(synthesized.resource ?? {})
    .flatMap(([type, resources]) => Object.keys(resources).map((name) => `${type}.${name}`))
    .sort();
}

/** Addresses that a synthesized stack hands over to new ones. */
export function movedAddresses(synthesized: TerraformJson): ReadonlyMap<string, string> {
  return new Map((synthesized.moved ?? []).map(({ from, to }) => [from, to]));
}

/** How the addresses of a synthesized stack differ from a list that was committed. */
export interface AddressDiff {
  /** Committed, gone, and not handed over by a `moved` block: Terraform would destroy these. Sorted. */
  readonly missing: readonly string[];
  /** New. Sorted. */
  readonly added: readonly string[];
  /** Committed, gone, and handed over to an address that exists: old address to new one. */
  readonly moved: ReadonlyMap<string, string>;
}

/** Follows `moved` blocks to their end. Undefined if they lead in a circle. */
function destination(moves: ReadonlyMap<string, string>, address: string): string | undefined {
  const passed = new Set<string>();
  let current = address;
  for (let next = moves.get(current); next !== undefined; next = moves.get(current)) {
    if (passed.has(next)) {
      return undefined;
    }
    passed.add(next);
    current = next;
  }
  return current;
}

/**
 * The gate for addresses: a committed address that is missing fails a build, because Terraform would destroy the real
 * thing. A `moved` block excuses it only if the address at its end exists and no other address was moved to it.
 */
export function diffAddresses(committed: readonly string[], synthesized: TerraformJson): AddressDiff {
  const now = new Set(resourceAddresses(synthesized));
  const moves = movedAddresses(synthesized);
  const before = new Set(committed);
  const missing: string[] = [];
  const moved = new Map<string, string>();
  const taken = new Set<string>();
  for (const address of [...before].sort()) {
    if (now.has(address)) {
      continue;
    }
    const target = destination(moves, address);
    if (target === undefined || !now.has(target) || before.has(target) || taken.has(target)) {
      missing.push(address);
    } else {
      taken.add(target);
      moved.set(address, target);
    }
  }
  const added = [...now].filter((address) => !before.has(address) && !taken.has(address)).sort();
  return { missing, added, moved };
}

/**
 * Says that `resource` had another logical id in an earlier release, so that Terraform keeps the real thing.
 *
 * @param formerLogicalId the last part of the old address, for example `lake_raw_bucket_1A2B3C4D`
 * @throws Error of cdktf if the resource was given another former id before
 */
export function formerly<T extends TerraformResource>(resource: T, formerLogicalId: string): T {
  resource.moveFromId(`${resource.terraformResourceType}.${formerLogicalId}`);
  return resource;
}
