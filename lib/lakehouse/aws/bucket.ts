import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketLoggingA } from "@cdktf/provider-aws/lib/s3-bucket-logging";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import type { TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { type PolicyStatement, policyJson } from "../../core/aws-policy";

/** Days after which the parts of an upload that never ended are deleted. */
const ABORT_UPLOADS_AFTER_DAYS = 7;

export interface AwsBucketProps {
  /** Literal. */
  readonly bucketName: string;
  readonly facts: AwsFacts;
  /**
   * Key of the default encryption. Log targets must do without: S3 delivers access logs only to buckets with
   * S3-managed keys (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
   * @default - S3-managed keys (AES256)
   */
  readonly encryptionKeyArn?: string;
  /** `protect`: Terraform refuses to destroy it. `empty`: Terraform deletes it with all that is in it. */
  readonly onRemoval: "protect" | "empty";
  /** Rules beside the one that aborts unfinished uploads. */
  readonly lifecycleRules: readonly S3BucketLifecycleConfigurationRule[];
  /** Where the access log goes. @default - no access log */
  readonly logTo?: AwsBucket;
  /** Tell EventBridge about every change. @default false */
  readonly events?: boolean;
  /** Statements beside the hardening. @default - none */
  readonly statements?: readonly PolicyStatement[];
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** For a bucket in another region. @default - the provider of the stack */
  readonly provider?: TerraformProvider;
}

/** Refusals that hold for every principal, the account's administrators included. */
function hardening(props: AwsBucketProps, bucketArn: string): readonly PolicyStatement[] {
  const everything = [bucketArn, `${bucketArn}/*`];
  const refuse = (
    Sid: string,
    Condition: PolicyStatement["Condition"],
    Action: readonly string[] = ["s3:*"],
  ): PolicyStatement => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action,
    Resource: Action[0] === "s3:*" ? everything : [`${bucketArn}/*`],
    Condition,
  });
  const key = props.encryptionKeyArn;
  const put = ["s3:PutObject"];
  return [
    refuse("RefusePlainHttp", { Bool: { "aws:SecureTransport": "false" } }),
    refuse("RefuseOldTls", { NumericLessThan: { "s3:TlsVersion": "1.2" } }),
    refuse("RefuseOtherAccounts", {
      StringNotEquals: { "aws:PrincipalAccount": props.facts.account },
      BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
    }),
    ...(key === undefined
      ? []
      : [
          refuse(
            "RefuseOtherEncryption",
            {
              Null: { "s3:x-amz-server-side-encryption": "false" },
              StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
            },
            put,
          ),
          refuse(
            "RefuseOtherKeys",
            {
              Null: { "s3:x-amz-server-side-encryption-aws-kms-key-id": "false" },
              StringNotEquals: { "s3:x-amz-server-side-encryption-aws-kms-key-id": key },
            },
            put,
          ),
          refuse(
            "RefuseKeysOfTheCaller",
            { Null: { "s3:x-amz-server-side-encryption-customer-algorithm": "false" } },
            put,
          ),
        ]),
  ];
}

/**
 * An S3 bucket with everything that a bucket of the lakehouse must have: versions, default encryption, no public
 * access, no ACLs, TLS 1.2 or newer only, callers of this account only, and no object under any other key.
 *
 * An upload that names no encryption is not refused: the bucket's default encryption, with the customer key, applies
 * to it. Engines and AWS services that write tables do not all send the header.
 *
 * Makes `aws_s3_bucket`, `aws_s3_bucket_versioning`, `aws_s3_bucket_server_side_encryption_configuration`,
 * `aws_s3_bucket_public_access_block`, `aws_s3_bucket_ownership_controls`, `aws_s3_bucket_policy`,
 * `aws_s3_bucket_lifecycle_configuration` and, where asked for, `aws_s3_bucket_logging` and
 * `aws_s3_bucket_notification`.
 */
export class AwsBucket extends Construct {
  readonly bucket: S3Bucket;
  readonly versioning: S3BucketVersioningA;
  readonly encryption: S3BucketServerSideEncryptionConfigurationA;
  readonly publicAccessBlock: S3BucketPublicAccessBlock;
  readonly ownershipControls: S3BucketOwnershipControls;
  readonly policy: S3BucketPolicy;
  readonly lifecycleConfiguration: S3BucketLifecycleConfiguration;
  /** Set if the access log is on. */
  readonly logging?: S3BucketLoggingA;
  /** Set if data events are on. */
  readonly notification?: S3BucketNotification;
  /** The literal name. */
  readonly bucketName: string;
  /** ARN from the literal name, without a reference to the bucket: for policies that the bucket must not wait for. */
  readonly literalArn: string;

  private readonly statements: PolicyStatement[];

  constructor(scope: Construct, id: string, props: AwsBucketProps) {
    super(scope, id);
    const { provider } = props;
    this.bucketName = props.bucketName;
    this.literalArn = `arn:${props.facts.partition}:s3:::${props.bucketName}`;
    this.bucket = new S3Bucket(this, "bucket", {
      provider,
      bucket: props.bucketName,
      tags: props.tags,
      ...(props.onRemoval === "protect" ? { lifecycle: { preventDestroy: true } } : { forceDestroy: true }),
    });
    const bucket = this.bucket.id;
    this.versioning = new S3BucketVersioningA(this, "versioning", {
      provider,
      bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    this.encryption = this.encrypt(bucket, props);
    this.publicAccessBlock = new S3BucketPublicAccessBlock(this, "public-access-block", {
      provider,
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    this.ownershipControls = new S3BucketOwnershipControls(this, "ownership-controls", {
      provider,
      bucket,
      rule: { objectOwnership: "BucketOwnerEnforced" },
      dependsOn: [this.publicAccessBlock],
    });
    this.statements = [...hardening(props, this.bucket.arn), ...(props.statements ?? [])];
    this.policy = new S3BucketPolicy(this, "policy", {
      provider,
      bucket,
      policy: policyJson(this.statements),
      dependsOn: [this.ownershipControls],
    });
    this.lifecycleConfiguration = this.expire(bucket, props);
    if (props.logTo) {
      this.logging = this.log(bucket, props.logTo, provider);
    }
    if (props.events) {
      this.notification = new S3BucketNotification(this, "notification", {
        provider,
        bucket,
        eventbridge: true,
      });
    }
  }

  /** Adds a statement to the bucket's policy. The refusals of the hardening stay and win over every Allow. */
  addToPolicy(statement: PolicyStatement): void {
    this.statements.push(statement);
    this.policy.policy = policyJson(this.statements);
  }

  private encrypt(bucket: string, props: AwsBucketProps): S3BucketServerSideEncryptionConfigurationA {
    const kms = props.encryptionKeyArn;
    return new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      provider: props.provider,
      bucket,
      rule: [
        kms === undefined
          ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
          : {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kms },
              bucketKeyEnabled: true,
            },
      ],
    });
  }

  private expire(bucket: string, props: AwsBucketProps): S3BucketLifecycleConfiguration {
    return new S3BucketLifecycleConfiguration(this, "lifecycle", {
      provider: props.provider,
      bucket,
      rule: [
        {
          id: "abort-unfinished-uploads",
          status: "Enabled",
          filter: [{ prefix: "" }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABORT_UPLOADS_AFTER_DAYS }],
        },
        ...props.lifecycleRules,
      ],
      dependsOn: [this.versioning],
    });
  }

  private log(bucket: string, target: AwsBucket, provider?: TerraformProvider): S3BucketLoggingA {
    return new S3BucketLoggingA(this, "logging", {
      provider,
      bucket,
      targetBucket: target.bucket.id,
      targetPrefix: `${this.bucketName}/`,
      dependsOn: [target.policy],
    });
  }
}
