import type { GoogleSite } from "../../lib/fabric/site";
import { GoogleLakehouse, type GoogleLakehouseProps } from "../../lib/lakehouse/google/lakehouse";
import type { ILakehouse, LakehouseProps } from "../../lib/lakehouse/lakehouse";
import type { PlatformContext } from "../platform-context";

/** What is particular to Google Cloud; see `GoogleLakehouseProps`. */
export type GoogleLakehouseOptions = Omit<GoogleLakehouseProps, keyof LakehouseProps>;

/** One foundation stack with the whole lakehouse in it. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: LakehouseProps<GoogleSite>,
  options: GoogleLakehouseOptions = {},
): ILakehouse {
  return new GoogleLakehouse(platform.stack(shared.site.name, "foundation"), id, { ...options, ...shared });
}
