import type { AwsSite } from "../../lib/fabric/site";
import { AwsLakehouse, type AwsLakehouseProps } from "../../lib/lakehouse/aws/lakehouse";
import type { ILakehouse, LakehouseProps } from "../../lib/lakehouse/lakehouse";
import type { PlatformContext } from "../platform-context";

/** What is particular to AWS; see `AwsLakehouseProps`. */
export type AwsLakehouseOptions = Omit<AwsLakehouseProps, keyof LakehouseProps>;

/** One foundation stack with the whole lakehouse in it. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: LakehouseProps<AwsSite>,
  options: AwsLakehouseOptions = {},
): ILakehouse {
  return new AwsLakehouse(platform.stack(shared.site.name, "foundation"), id, { ...options, ...shared });
}
