import { KinesisStream } from "@cdktf/provider-aws/lib/kinesis-stream";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import { resourceName } from "../../core/naming";
import { DEAD_LETTER_PARTITIONS } from "../sizing";
import type { StreamGrantRequest } from "../streaming";
import type { StreamTopicModel } from "../topic";
import { sidOf } from "./msk-access";

export interface KinesisStreamsProps {
  readonly facts: AwsFacts;
  readonly name: string;
  readonly topics: readonly StreamTopicModel[];
  readonly onDemand: boolean;
  readonly keyArn: string;
  readonly protect: boolean;
}

/** Longest name of a data stream. */
const STREAM_NAME_LENGTH = 128;

/**
 * A data stream for each topic and each dead-letter topic, encrypted with a customer key.
 *
 * Makes `aws_kinesis_stream`.
 */
export class KinesisStreams extends Construct {
  /** By topic name, dead-letter topics included. */
  readonly streams: Readonly<Record<string, KinesisStream>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KinesisStreamsProps,
  ) {
    super(scope, id);
    this.streams = Object.fromEntries(
      props.topics.flatMap(({ name, partitions, retentionHours, deadLetter }) => [
        [name, this.makeStream(name, partitions, retentionHours)],
        ...(deadLetter
          ? [
              [
                deadLetter.topic,
                this.makeStream(deadLetter.topic, DEAD_LETTER_PARTITIONS, deadLetter.retentionHours),
              ],
            ]
          : []),
      ]),
    );
  }

  /** Name of a topic's data stream. Literal. */
  streamName(topic: string): string {
    return resourceName([this.props.name, topic], { maxLength: STREAM_NAME_LENGTH });
  }

  /** What an identity needs to write to, or read from, a topic. */
  statements({ topic, consume }: StreamGrantRequest): readonly PolicyStatement[] {
    if (consume === undefined) {
      return this.write(topic.name);
    }
    const { facts, keyArn } = this.props;
    return [
      {
        Sid: sidOf("read", topic.name),
        Effect: "Allow",
        Action: [
          "kinesis:DescribeStream",
          "kinesis:DescribeStreamSummary",
          "kinesis:GetRecords",
          "kinesis:GetShardIterator",
          "kinesis:ListShards",
        ],
        Resource: [this.arn(topic.name)],
      },
      { Sid: "DecryptMessages", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [keyArn] },
      {
        // Kinesis clients keep leases and positions of their application in tables that start with its name.
        Sid: sidOf("positions", consume.group),
        Effect: "Allow",
        Action: [
          "dynamodb:CreateTable",
          "dynamodb:DeleteItem",
          "dynamodb:DescribeTable",
          "dynamodb:GetItem",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:Scan",
          "dynamodb:UpdateItem",
          "dynamodb:UpdateTable",
        ],
        Resource: [
          regionalArn(facts, "dynamodb", `table/${consume.group}`),
          regionalArn(facts, "dynamodb", `table/${consume.group}-*`),
        ],
      },
      ...(topic.deadLetter ? this.write(topic.deadLetter.topic) : []),
    ];
  }

  private write(topic: string): readonly PolicyStatement[] {
    return [
      {
        Sid: sidOf("write", topic),
        Effect: "Allow",
        Action: [
          "kinesis:DescribeStreamSummary",
          "kinesis:ListShards",
          "kinesis:PutRecord",
          "kinesis:PutRecords",
        ],
        Resource: [this.arn(topic)],
      },
      {
        Sid: "EncryptMessages",
        Effect: "Allow",
        Action: ["kms:GenerateDataKey"],
        Resource: [this.props.keyArn],
      },
    ];
  }

  private arn(topic: string): string {
    return regionalArn(this.props.facts, "kinesis", `stream/${this.streamName(topic)}`);
  }

  private makeStream(topic: string, shards: number, retentionHours: number): KinesisStream {
    const { onDemand, keyArn, protect } = this.props;
    return new KinesisStream(this, topic, {
      name: this.streamName(topic),
      shardCount: onDemand ? undefined : shards,
      streamModeDetails: { streamMode: onDemand ? "ON_DEMAND" : "PROVISIONED" },
      retentionPeriod: retentionHours,
      encryptionType: "KMS",
      kmsKeyId: keyArn,
      shardLevelMetrics: ["IteratorAgeMilliseconds", "WriteProvisionedThroughputExceeded"],
      enforceConsumerDeletion: !protect,
      lifecycle: { preventDestroy: protect || undefined },
    });
  }
}
