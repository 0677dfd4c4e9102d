import type { AwsSite } from "../../lib/fabric/site";
import { AwsFeatureStore } from "../../lib/features/aws/feature-store";
import type { AwsFeatureStoreProps } from "../../lib/features/aws/props";
import type { FeatureStoreProps, IFeatureStore } from "../../lib/features/features";
import { AwsLakehouse } from "../../lib/lakehouse/aws/lakehouse";
import type { PlatformContext } from "../platform-context";

/** What is particular to AWS; see `AwsFeatureStoreProps`. */
export type AwsFeatureOptions = Omit<AwsFeatureStoreProps, keyof FeatureStoreProps>;

/** Spark and the tag of personal data are the lakehouse's, unless others are named. */
export function compile(
  platform: PlatformContext,
  id: string,
  shared: FeatureStoreProps<AwsSite>,
  options: AwsFeatureOptions,
): IFeatureStore {
  const lake = shared.lakehouse instanceof AwsLakehouse ? shared.lakehouse : undefined;
  const piiTagKey = lake?.governance?.piiTag.key;
  const { offlineStore } = options;
  return new AwsFeatureStore(platform.stack(shared.site.name, "foundation"), id, {
    ...options,
    ...shared,
    spark: options.spark ?? (lake?.spark && { applicationId: lake.spark.application.id }),
    offlineStore:
      offlineStore === false || piiTagKey === undefined ? offlineStore : { piiTagKey, ...offlineStore },
  });
}
