import type { GoogleSite } from "../../fabric/site";
import type { FeatureStoreProps } from "../features";

/** A feature store in one region of one project of Google Cloud. */
export interface GoogleFeatureStoreProps extends FeatureStoreProps<GoogleSite> {
  /**
   * `https://…` address under which clients reach an optimized online store through Private Service Connect. May be a
   * token. Needed if the latency asks for such a store, refused otherwise.
   * @default - none: Bigtable stores are served by the regional API
   */
  readonly servingEndpoint?: string;
  /** Full names of channels that hear of values that are late. May be tokens. @default - alerts that tell nobody */
  readonly notificationChannels?: readonly string[];
  /** Switch the APIs on that the feature store uses; they stay on when it is destroyed. @default true */
  readonly enableServices?: boolean;
}
