import type { GoogleSite } from "../../lib/fabric/site";
import type { FeatureStoreProps, IFeatureStore } from "../../lib/features/features";
import { GoogleFeatureStore } from "../../lib/features/google/feature-store";
import type { GoogleFeatureStoreProps } from "../../lib/features/google/props";
import type { PlatformContext } from "../platform-context";

/** What is particular to Google Cloud; see `GoogleFeatureStoreProps`. */
export type GoogleFeatureOptions = Omit<GoogleFeatureStoreProps, keyof FeatureStoreProps>;

export function compile(
  platform: PlatformContext,
  id: string,
  shared: FeatureStoreProps<GoogleSite>,
  options: GoogleFeatureOptions,
): IFeatureStore {
  const stack = platform.stack(shared.site.name, "foundation");
  return new GoogleFeatureStore(stack, id, { ...options, ...shared });
}
