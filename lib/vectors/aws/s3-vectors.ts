import { S3VectorsIndex } from "@cdktf/provider-aws/lib/s3vectors-index";
import { S3VectorsVectorBucket } from "@cdktf/provider-aws/lib/s3vectors-vector-bucket";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";
import type { VectorCollectionModel } from "../collections";
import type { VectorGrant, VectorGrantRequest } from "../vectors";
import { type AwsEngine, type AwsEngineProps, sidOf } from "./engine";

const BUCKET_NAME_LENGTH = 63;

const READ = [
  "s3vectors:GetIndex",
  "s3vectors:GetVectors",
  "s3vectors:ListVectors",
  "s3vectors:QueryVectors",
];
const WRITE = [...READ, "s3vectors:DeleteVectors", "s3vectors:PutVectors"];

/**
 * Lets S3 Vectors read what it indexes in the background.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html (read 2026-11-24)
 */
export function s3VectorsMayUseKey(facts: AwsFacts): PolicyStatement {
  return {
    Sid: "IndexingOfThisAccount",
    Effect: "Allow",
    Principal: { Service: `indexing.s3vectors.${facts.dnsSuffix}` },
    Action: ["kms:Decrypt"],
    Resource: ["*"],
    Condition: {
      ArnLike: { "aws:SourceArn": regionalArn(facts, "s3vectors", "bucket/*") },
      StringEquals: { "aws:SourceAccount": facts.account },
      "ForAnyValue:StringEquals": {
        "kms:EncryptionContextKeys": ["aws:s3vectors:arn", "aws:s3vectors:resource-id"],
      },
    },
  };
}

/**
 * Vector bucket and one index per collection of S3 Vectors.
 *
 * All metadata of a vector can be filtered by, up to 2 KB: the provider cannot declare keys that are not, so long content
 * belongs elsewhere.
 *
 * Makes `aws_s3vectors_vector_bucket`, `aws_s3vectors_index`.
 */
export class AwsS3Vectors extends Construct implements AwsEngine {
  readonly bucket: S3VectorsVectorBucket;
  /** By collection. */
  readonly indexes: Readonly<Record<string, S3VectorsIndex>>;
  private readonly bucketName: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsEngineProps,
  ) {
    super(scope, id);
    const { namePrefix, collections, keyArn, destroyable, facts } = props;
    this.bucketName = resourceName([namePrefix, "vectors"], { maxLength: BUCKET_NAME_LENGTH });
    const lifecycle = { preventDestroy: destroyable ? undefined : true };
    this.bucket = new S3VectorsVectorBucket(this, "bucket", {
      region: facts.region,
      vectorBucketName: this.bucketName,
      encryptionConfiguration: [{ sseType: "aws:kms", kmsKeyArn: keyArn }],
      forceDestroy: destroyable ? true : undefined,
      lifecycle,
      dependsOn: props.key ? [props.key.key] : undefined,
    });
    this.indexes = Object.fromEntries(
      collections.map(({ name, dimension, metric }) => [
        name,
        new S3VectorsIndex(this, `index-${name}`, {
          region: facts.region,
          vectorBucketName: this.bucket.vectorBucketName,
          indexName: name,
          dataType: "float32",
          dimension,
          distanceMetric: metric,
          lifecycle,
        }),
      ]),
    );
  }

  /** Endpoint: rules of the AWS SDKs for `s3vectors`, which know dual-stack names only (read 2026-11-24). */
  readonly lookup = ({ name }: VectorCollectionModel) => ({
    endpoint: `https://s3vectors.${this.props.facts.region}.${this.props.facts.dualStackDnsSuffix}`,
    target: name,
    container: this.bucketName,
    auth: { kind: "aws-sigv4", service: "s3vectors", region: this.props.facts.region } as const,
  });

  readonly grant = ({ identity, collection, access }: VectorGrantRequest): VectorGrant => {
    const { facts, grantees, keyArn } = this.props;
    const index = regionalArn(facts, "s3vectors", `bucket/${this.bucketName}/index/${collection.name}`);
    const { resources, access: federated } = grantees.allow(identity, [
      {
        Sid: sidOf(access, collection.name),
        Effect: "Allow",
        Action: access === "read" ? READ : WRITE,
        Resource: [index],
      },
      {
        Sid: sidOf(access === "read" ? "DecryptVectors" : "EncryptVectors"),
        Effect: "Allow",
        Action: access === "read" ? ["kms:Decrypt"] : ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: [keyArn],
      },
    ]);
    return { resources, access: federated };
  };
}
