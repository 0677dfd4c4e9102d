import type { PolicyStatement } from "../../core/aws-policy";

/** Lets the maintenance of S3 Tables read and rewrite the tables of the given buckets. */
export function tableMaintenanceMayUseKey(tableBucketArns: readonly string[]): PolicyStatement {
  return {
    Sid: "MaintenanceOfS3Tables",
    Effect: "Allow",
    Principal: { Service: "maintenance.s3tables.amazonaws.com" },
    Action: ["kms:GenerateDataKey", "kms:Decrypt"],
    Resource: ["*"],
    Condition: {
      StringLike: { "kms:EncryptionContext:aws:s3:arn": tableBucketArns.map((arn) => `${arn}/*`) },
    },
  };
}
