import { AthenaWorkgroup } from "@cdktf/provider-aws/lib/athena-workgroup";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";
import type { Problems } from "../../core/problems";
import type { Grant } from "../lakehouse";
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

/** A right to run statements, and where. */
export interface WorkgroupGrant extends Grant {
  /** Name of the work group; may be a token. */
  readonly workgroup: string;
}

/** Lists too: who comes after one that was killed must know what that left. */
const RUN = [
  "athena:BatchGetQueryExecution",
  "athena:GetQueryExecution",
  "athena:ListQueryExecutions",
  "athena:StartQueryExecution",
  "athena:StopQueryExecution",
];
const LIST_RESULTS = ["s3:ListBucket", "s3:ListBucketMultipartUploads"];

/**
 * Athena work groups whose settings queries cannot override: results encrypted, in a bucket of their own, and a
 * limit on what one query may read. Results are copies of data, so the bucket is deleted with its content when the
 * work groups go.
 *
 * Makes `aws_athena_workgroup`, one more for everybody with a work group of his own, and what {@link AwsBucket} makes.
 */
export class AwsAthena extends Construct {
  readonly results: AwsBucket;
  /** For all who may query. */
  readonly workgroup: AthenaWorkgroup;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsAthenaProps,
  ) {
    super(scope, id);
    this.results = new AwsBucket(this, "results", {
      bucketName: bucketName(props.namePrefix, "athena-results"),
      facts: props.facts,
      encryptionKeyArn: props.encryptionKeyArn,
      onRemoval: "empty",
      lifecycleRules: [noncurrentRule(1), retentionRule(props.options.resultRetentionDays ?? 30)],
      logTo: props.logTo,
    });
    this.workgroup = this.makeWorkgroup("workgroup", {
      name: props.namePrefix,
      description: `Queries on the lakehouse ${props.namePrefix}`,
      folder: "",
    });
  }

  /** The work group of one identity alone. */
  ownWorkgroup(identity: string): AthenaWorkgroup {
    const id = `workgroup-${identity}`;
    return (
      (this.node.tryFindChild(id) as AthenaWorkgroup | undefined) ??
      this.makeWorkgroup(id, {
        name: this.ownName(identity),
        description: `Statements of ${identity} on the lakehouse ${this.props.namePrefix}`,
        folder: `${identity}/`,
      })
    );
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
        Resource: [this.workgroupArn(this.props.namePrefix)],
      },
      {
        Sid: "FindQueryResults",
        Effect: "Allow",
        Action: ["s3:GetBucketLocation", ...LIST_RESULTS],
        Resource: [bucket],
      },
      this.keepResults("KeepQueryResults", ""),
      ...this.always(),
    ];
  }

  /** What a role needs beside its grants to run statements in its own work group. */
  ownStatements(identity: string): readonly PolicyStatement[] {
    const bucket = this.results.literalArn;
    const folder = `${identity}/`;
    return [
      {
        Sid: "RunOwnStatements",
        Effect: "Allow",
        Action: RUN,
        Resource: [this.workgroupArn(this.ownName(identity))],
      },
      {
        Sid: "FindResultBucket",
        Effect: "Allow",
        Action: ["s3:GetBucketLocation"],
        Resource: [bucket],
      },
      {
        Sid: "FindOwnResults",
        Effect: "Allow",
        Action: LIST_RESULTS,
        Resource: [bucket],
        Condition: { StringLike: { "s3:prefix": [`${folder}*`] } },
      },
      this.keepResults("KeepOwnResults", folder),
      ...this.always(),
    ];
  }

  private makeWorkgroup(
    id: string,
    group: { readonly name: string; readonly description: string; readonly folder: string },
  ): AthenaWorkgroup {
    const { facts, options, encryptionKeyArn } = this.props;
    return new AthenaWorkgroup(this, id, {
      name: group.name,
      description: group.description,
      forceDestroy: true,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: options.bytesScannedCutoffPerQuery ?? DEFAULT_SCAN_BYTES,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
        resultConfiguration: {
          outputLocation: `s3://${this.results.bucket.id}/${group.folder}`,
          expectedBucketOwner: facts.account,
          encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: encryptionKeyArn },
        },
      },
    });
  }

  private ownName(identity: string): string {
    return resourceName([this.props.namePrefix, identity], { maxLength: 128 });
  }

  private workgroupArn(name: string): string {
    return regionalArn(this.props.facts, "athena", `workgroup/${name}`);
  }

  private keepResults(Sid: string, folder: string): PolicyStatement {
    return {
      Sid,
      Effect: "Allow",
      Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
      Resource: [`${this.results.literalArn}/${folder}*`],
    };
  }

  /**
   * The key of results, and what Athena asks of Glue in every region.
   * Source: https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html (read 2026-11-24)
   */
  private always(): readonly PolicyStatement[] {
    const { facts, encryptionKeyArn } = this.props;
    return [
      {
        Sid: "UseKeyForQueryResults",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: [encryptionKeyArn],
        Condition: { StringEquals: { "kms:ViaService": `s3.${facts.region}.${facts.dnsSuffix}` } },
      },
      {
        Sid: "FindDefaultDatabase",
        Effect: "Allow",
        Action: ["glue:GetDatabase"],
        Resource: [regionalArn(facts, "glue", "catalog"), regionalArn(facts, "glue", "database/default")],
      },
    ];
  }
}
