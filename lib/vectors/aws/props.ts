import type { AwsSite } from "../../fabric/site";
import type { IAwsNetwork } from "../../network/network";
import type { VectorStoreProps } from "../collections";

export type AwsVectorEngine = "s3-vectors" | "opensearch-serverless" | "aurora-pgvector";

/** Aurora PostgreSQL Serverless v2. */
export interface AuroraOptions {
  /** A version of Aurora PostgreSQL with pgvector 0.8. @default "17.5" */
  readonly engineVersion?: string;
  /** Days for which backups are kept, 1 to 35. @default 14 */
  readonly backupRetentionDays?: number;
}

/** A vector store on AWS. */
export interface AwsVectorStoreProps extends VectorStoreProps<AwsSite> {
  readonly engine: AwsVectorEngine;
  /** Where OpenSearch Serverless and Aurora are reached from; required with both, refused with S3 Vectors, which is an API of the region. */
  readonly network?: IAwsNetwork;
  /** ARN of a key that encrypts the store; its policy must let the service use it. May be a token. @default - a key of its own */
  readonly encryptionKeyArn?: string;
  /** ARNs of IAM OIDC providers that exist, by issuer. @default - one is made per issuer of a granted identity */
  readonly oidcProviderArns?: Readonly<Record<string, string>>;
  /** Largest number of compute units for search that the account allows. Refused with other engines than OpenSearch Serverless. @default 10 */
  readonly maxSearchUnits?: number;
  /** Refused with other engines. */
  readonly aurora?: AuroraOptions;
}
