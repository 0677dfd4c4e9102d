import type { Construct } from "constructs";
import type { AwsFacts } from "../../core/aws-facts";
import { AwsBucket } from "./bucket";
import { noncurrentRule, retentionRule } from "./lifecycle";
import { bucketName } from "./names";

interface AccessLogProps {
  readonly facts: AwsFacts;
  readonly namePrefix: string;
  readonly protect: boolean;
  readonly retentionDays: number;
  /** What buckets of the lakehouse are named by after its prefix. */
  readonly sources: readonly string[];
}

/** The bucket that S3 delivers the access logs of the lakehouse's other buckets to. */
export function accessLogBucket(scope: Construct, id: string, props: AccessLogProps): AwsBucket {
  const { facts, namePrefix, protect, retentionDays, sources } = props;
  const name = bucketName(namePrefix, "access-logs");
  const arn = (bucket: string): string => `arn:${facts.partition}:s3:::${bucket}`;
  return new AwsBucket(scope, id, {
    bucketName: name,
    facts,
    onRemoval: protect ? "protect" : "empty",
    lifecycleRules: [noncurrentRule(1), retentionRule(retentionDays)],
    statements: [
      {
        Sid: "DeliverAccessLogs",
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: ["s3:PutObject"],
        Resource: [`${arn(name)}/*`],
        Condition: {
          ArnLike: { "aws:SourceArn": sources.map((source) => arn(bucketName(namePrefix, source))) },
          StringEquals: { "aws:SourceAccount": facts.account },
        },
      },
    ],
  });
}
