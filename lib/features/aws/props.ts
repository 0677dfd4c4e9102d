import type { AwsSite } from "../../fabric/site";
import type { FeatureStoreProps } from "../features";

/** What SageMaker keeps of all that was written to online stores, as Iceberg tables in Glue. */
export interface AwsOfflineStore {
  /** Zone of the lakehouse, without tables of its own: SageMaker makes them. */
  readonly zone: string;
  /**
   * Key of the Lake Formation tag that marks personal data: `lakehouse.governance.piiTag.key`.
   * @default - columns are not tagged; the tags of the zone's database still apply
   */
  readonly piiTagKey?: string;
}

/** Spark that carries values from tables into online stores. */
export interface AwsMaterializationSpark {
  /** Application of EMR Serverless whose default catalogue is the lakehouse: `lakehouse.spark.application.id`. */
  readonly applicationId: string;
  /** vCPUs of each executor. @default 2 */
  readonly executorVcpu?: number;
  /** Most executors of one run. @default 4 */
  readonly maxExecutors?: number;
}

/** A feature store in one region of one AWS account. */
export interface AwsFeatureStoreProps extends FeatureStoreProps<AwsSite> {
  /**
   * ARN of an existing KMS key in the region of the site; may be a token. Its key policy must leave decisions to IAM
   * policies of the account.
   * @default - a key of its own
   */
  readonly encryptionKeyArn?: string;
  /**
   * A record of what was served, beside the history in the source tables. Views in memory have none: SageMaker does not
   * offer it. `false` keeps none.
   */
  readonly offlineStore: AwsOfflineStore | false;
  /** Needed for views that come from tables. */
  readonly spark?: AwsMaterializationSpark;
  /** ARNs of SNS topics that hear of values that are late. May be tokens. @default - alarms that tell nobody */
  readonly alarmTopicArns?: readonly string[];
}
