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

/**
 * Says that `resource` had another logical id in an earlier release, so that Terraform keeps the real thing.
 *
 * @param formerLogicalId the last part of the old address, for example `lake_raw_bucket_1A2B3C4D`
 */
export function formerly<T extends TerraformResource>(resource: T, formerLogicalId: string): T {
  resource.moveFromId(`${resource.terraformResourceType}.${formerLogicalId}`);
  return resource;
}
