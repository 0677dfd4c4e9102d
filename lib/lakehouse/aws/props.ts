import type { AwsSite } from "../../fabric/site";
import type { LakehouseProps } from "../lakehouse";
import type { AthenaOptions } from "./athena";
import type { LakeFormationOptions } from "./governance";
import type { TableOptimizer } from "./iceberg-table";
import type { ReplicationOptions } from "./replication";
import type { SparkOptions } from "./spark";
import type { WarehouseOptions } from "./warehouse";

/** Where the tables of a lakehouse on AWS are catalogued. */
export type AwsTableCatalog = "glue" | "s3-tables";

/** A lakehouse in one region of one AWS account. */
export interface AwsLakehouseProps extends LakehouseProps<AwsSite> {
  /**
   * ARN of an existing KMS key in the region of the site; may be a token. Its key policy must leave decisions to IAM
   * policies of the account, and with `tableCatalog: "s3-tables"` let `maintenance.s3tables.amazonaws.com` use it.
   * @default - a key of its own
   */
  readonly encryptionKeyArn?: string;
  /**
   * `glue`: Iceberg tables in the zones' own buckets. `s3-tables`: table buckets that S3 maintains, with the limits
   * of the Terraform provider: no partitions, sort order, comments, nested types or personal data, and no Lake
   * Formation.
   * @default "glue"
   */
  readonly tableCatalog?: AwsTableCatalog;
  /**
   * Jobs by which Glue maintains each table; `[]` for none. Refused with `tableCatalog: "s3-tables"`, which always
   * maintains its tables.
   * @default - all three
   */
  readonly tableOptimizers?: readonly TableOptimizer[];
  /**
   * Govern by Lake Formation; needed for limits on columns. Whoever runs Terraform must be an administrator of Lake
   * Formation. `false` leaves all rights to IAM policies.
   * @default - on with `tableCatalog: "glue"`, off with `"s3-tables"`
   */
  readonly lakeFormation?: LakeFormationOptions | false;
  /** SQL by Athena. `false` makes none. @default - on with the defaults of `AthenaOptions` */
  readonly athena?: AthenaOptions | false;
  /** ETL by EMR Serverless. `false` makes none. @default - on with the defaults of `SparkOptions` */
  readonly spark?: SparkOptions | false;
  /** A warehouse by Redshift Serverless. @default - none */
  readonly warehouse?: WarehouseOptions;
  /** Copies in another region, for recovery. Refused with `tableCatalog: "s3-tables"`. @default - none */
  readonly replication?: ReplicationOptions;
  /**
   * ARNs of IAM OpenID Connect providers that exist, by issuer; IAM allows one per issuer and account. Has no effect
   * until an identity with that issuer is granted something.
   * @default - one is made per issuer and stack
   */
  readonly oidcProviderArns?: Readonly<Record<string, string>>;
}
