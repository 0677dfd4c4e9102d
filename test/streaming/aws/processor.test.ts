import { AwsEventStream } from "../../../lib/streaming/aws/event-stream";
import { AwsStreamProcessor, type AwsStreamProcessorProps } from "../../../lib/streaming/aws/processor";
import type { AwsEventStreamProps } from "../../../lib/streaming/aws/props";
import { captureValidationError, Template } from "../../../lib/testing";
import { newStack, SITE, statements } from "../../lakehouse/aws/fixture";
import { network } from "../../properties/subjects";

const topic = (name: string) =>
  ({ name, throughput: { messagesPerSecond: 100, meanBytes: 1000 }, retentionHours: 24 }) as const;
const TOPICS = [topic("bids"), topic("decisions")];
const MSK: Partial<AwsEventStreamProps> = { engine: "msk-provisioned", network: network("vpc-1") };

function processor(props: Partial<AwsStreamProcessorProps> = {}, engine: object = { engine: "kinesis" }) {
  const stack = newStack();
  const events = new AwsEventStream(stack, "events", {
    site: SITE,
    name: "events",
    topics: TOPICS,
    ...engine,
  } as unknown as AwsEventStreamProps);
  new AwsStreamProcessor(stack, "scoring", {
    site: SITE,
    name: "scoring",
    artefact: { bucketArn: "arn:aws:s3:::acme-jobs", key: "scoring.jar", objectVersion: "v1" },
    parallelism: 4,
    sources: [{ stream: events, topic: "bids" }],
    sinks: [{ stream: events, topic: "decisions" }],
    ...props,
  });
  return stack;
}

const refusal = (...given: Parameters<typeof processor>) =>
  captureValidationError(() => processor(...given)).codes;

// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests state
const application = (...given: Parameters<typeof processor>): any =>
  Template.of(processor(...given)).resource("aws_kinesisanalyticsv2_application");

describe("a job of Managed Flink", () => {
  test("goes on from a snapshot when it is changed", () => {
    const job = application();
    expect(job).toMatchObject({ runtime_environment: "FLINK-1_20", start_application: true });
    expect(job.application_configuration).toMatchObject({
      application_code_configuration: {
        code_content_type: "ZIPFILE",
        code_content: {
          s3_content_location: {
            bucket_arn: "arn:aws:s3:::acme-jobs",
            file_key: "scoring.jar",
            object_version: "v1",
          },
        },
      },
      application_snapshot_configuration: { snapshots_enabled: true },
      run_configuration: {
        application_restore_configuration: { application_restore_type: "RESTORE_FROM_LATEST_SNAPSHOT" },
      },
      flink_application_configuration: {
        checkpoint_configuration: { checkpoint_interval: 60_000, checkpointing_enabled: true },
        parallelism_configuration: { parallelism: 4, auto_scaling_enabled: true },
      },
    });
  });

  test("is told how to connect", () => {
    const [group] = application().application_configuration.environment_properties.property_group;
    expect(group.property_group_id).toBe("stream");
    expect(JSON.parse(group.property_map.sources)).toMatchObject([{ kind: "kinesis", topic: "events-bids" }]);
    expect(JSON.parse(group.property_map.sinks)).toMatchObject([
      { kind: "kinesis", topic: "events-decisions" },
    ]);
  });

  test("has exactly the rights that it needs", () => {
    const template = Template.of(processor());
    const own = statements(template.resource("aws_iam_role_policy", "scoring_policy").policy);
    expect(Object.keys(own)).toEqual(["ReadTheJob", "WriteLogs", "FindLogs"]);
    const granted = statements(template.resource("aws_iam_role_policy", "grants_scoring").policy);
    expect(Object.keys(granted)).toEqual([
      "DecryptMessages",
      "EncryptMessages",
      "PositionsScoring",
      "ReadBids",
      "WriteDecisions",
    ]);
  });

  test("reaches brokers through the network", () => {
    expect(refusal({}, MSK)).toEqual(["MissingValue"]);
    const template = Template.of(processor({ network: network("vpc-1") }, MSK));
    expect(template.resource("aws_kinesisanalyticsv2_application").application_configuration).toMatchObject({
      vpc_configuration: { subnet_ids: ["subnet-a", "subnet-b", "subnet-c"] },
    });
    const rules = Object.values(template.resources("aws_vpc_security_group_egress_rule"));
    expect(rules).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ cidr_ipv4: "0.0.0.0/0", from_port: 443, to_port: 443 }),
        expect.objectContaining({
          cidr_ipv4: "10.0.0.0/16",
          from_port: 9094,
          to_port: 9098,
          description: "Brokers",
        }),
      ]),
    );
  });

  test("can be without checkpoints, and then starts afresh", () => {
    expect(refusal({ checkpointIntervalSeconds: false })).toEqual(["SavepointWithoutCheckpoints"]);
    const job = application({
      checkpointIntervalSeconds: false,
      upgrade: "stateless",
    }).application_configuration;
    expect(job.flink_application_configuration.checkpoint_configuration.checkpointing_enabled).toBe(false);
    expect(job.application_snapshot_configuration.snapshots_enabled).toBe(false);
  });

  test("is refused where it is told wrong", () => {
    expect(refusal({ delivery: "exactly-once" })).toEqual(["ExactlyOnceUnsupported"]);
    expect(refusal({ artefact: { bucketArn: "arn:aws:sqs:::x", key: "a" } })).toEqual(["InvalidName"]);
    expect(refusal({ artefact: { bucketArn: "arn:aws:s3:::acme-jobs", key: "" } })).toEqual(["MissingValue"]);
    expect(refusal({ runtime: "FLINK-1_6" as never })).toEqual(["NotOneOf"]);
    expect(refusal({ scaling: "keda" as never })).toEqual(["NotOneOf"]);
    expect(refusal({ parallelismPerKpu: 5 })).toEqual(["NumberOutOfRange"]);
    expect(refusal({ logRetentionDays: 8 })).toEqual(["NotOneOf"]);
  });
});
