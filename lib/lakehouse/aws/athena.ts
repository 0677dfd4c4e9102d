import { AthenaWorkgroup } from "@cdktf/provider-aws/lib/athena-workgroup";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import type { Problems } from "../../core/problems";
import { AwsBucket } from "./bucket";
import { noncurrentRule, retentionRule } from "./lifecycle";
import { bucketName } from "./names";

const MEBIBYTE = 1024 * 1024;
/** The smallest limit that the provider takes. Source: https://registry.terraform.io/providers/hashicorp/aws/6.25.0/docs/resources/athena_workgroup */
const MIN_SCAN_BYTES = 10 * MEBIBYTE;
const DEFAULT_SCAN_BYTES = 100 * 1024 * MEBIBYTE;
/** Seven years of results are no longer results. */
const MAX_RESULT_DAYS = 2557;

/** SQL on the lakehouse's tables, paid by the bytes that a query reads. */
export interface AthenaOptions {
  /**
   * Bytes after which a query is stopped, at least 10485760 (10 MiB). A query that is stopped is still paid.
   * @default 107374182400 (100 GiB)
   */
  readonly bytesScannedCutoffPerQuery?: number;
  /** Days for which results are kept. @default 30 */
  readonly resultRetentionDays?: number;
}

/** Checks the options of Athena. */
export function checkAthena(problems: Problems, options: AthenaOptions): void {
  problems.integer(
    "athena.bytesScannedCutoffPerQuery",
    options.bytesScannedCutoffPerQuery ?? DEFAULT_SCAN_BYTES,
    { min: MIN_SCAN_BYTES, max: Number.MAX_SAFE_INTEGER },
  );
  problems.integer("athena.resultRetentionDays", options.resultRetentionDays ?? 30, {
    min: 1,
    max: MAX_RESULT_DAYS,
  });
}

export interface AwsAthenaProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly options: AthenaOptions;
  readonly encryptionKeyArn: string;
  /** @default - no access log */
  readonly logTo?: AwsBucket;
}

/**
 * An Athena work group whose settings queries cannot override: results encrypted, in a bucket of their own, and a
 * limit on what one query may read. Results are copies of data, so the bucket is deleted with its content when the
 * work group goes.
 *
 * Makes `aws_athena_workgroup` and what {@link AwsBucket} makes.
 */
export class AwsAthena extends Construct {
  readonly results: AwsBucket;
  readonly workgroup: AthenaWorkgroup;
  private readonly workgroupArn: string;
  private readonly keyArn: string;
  private readonly facts: AwsFacts;

  constructor(scope: Construct, id: string, props: AwsAthenaProps) {
    super(scope, id);
    const { facts, options } = props;
    const name = props.namePrefix;
    this.facts = facts;
    this.keyArn = props.encryptionKeyArn;
    this.workgroupArn = regionalArn(facts, "athena", `workgroup/${name}`);
    const days = options.resultRetentionDays ?? 30;
    this.results = new AwsBucket(this, "results", {
      bucketName: bucketName(props.namePrefix, "athena-results"),
      facts,
      encryptionKeyArn: props.encryptionKeyArn,
      onRemoval: "empty",
      lifecycleRules: [noncurrentRule(1), retentionRule(days)],
      logTo: props.logTo,
    });
    this.workgroup = new AthenaWorkgroup(this, "workgroup", {
      name,
      description: `Queries on the lakehouse ${props.namePrefix}`,
      forceDestroy: true,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: options.bytesScannedCutoffPerQuery ?? DEFAULT_SCAN_BYTES,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
        resultConfiguration: {
          outputLocation: `s3://${this.results.bucket.id}/`,
          expectedBucketOwner: facts.account,
          encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: props.encryptionKeyArn },
        },
      },
    });
  }

  /** What a role needs beside its grants to run queries and fetch results. */
  queryStatements(): readonly PolicyStatement[] {
    const bucket = this.results.literalArn;
    return [
      {
        Sid: "RunQueries",
        Effect: "Allow",
        Action: [
          "athena:BatchGetQueryExecution",
          "athena:GetQueryExecution",
          "athena:GetQueryResults",
          "athena:GetQueryResultsStream",
          "athena:GetWorkGroup",
          "athena:ListQueryExecutions",
          "athena:StartQueryExecution",
          "athena:StopQueryExecution",
        ],
        Resource: [this.workgroupArn],
      },
      {
        Sid: "FindQueryResults",
        Effect: "Allow",
        Action: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
        Resource: [bucket],
      },
      {
        Sid: "KeepQueryResults",
        Effect: "Allow",
        Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
        Resource: [`${bucket}/*`],
      },
      {
        Sid: "UseKeyForQueryResults",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: [this.keyArn],
        Condition: {
          StringEquals: { "kms:ViaService": `s3.${this.facts.region}.${this.facts.dnsSuffix}` },
        },
      },
    ];
  }
}
