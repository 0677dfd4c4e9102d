import { LOG_RETENTION_DAYS } from "../../core/aws-log-retention";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import type { IAwsNetwork } from "../../network/network";
import { refuseForeignOptions } from "../engine-options";
import { StreamingErrors } from "../errors";
import { isTiered } from "../kafka-topics";
import { type ClusterSizing, sizeCluster } from "../sizing";
import type { StreamModel } from "../streaming";
import { MSK_BROKERS, MSK_MACHINES, MSK_STORAGE_GIB, type MskMachine } from "./msk-machines";
import { mskSubnets } from "./msk-network";
import type { AwsEventStreamProps, MskBrokerSettings, MskProvisionedProps } from "./props";

/** Brokers after validation. */
export interface ResolvedMsk {
  readonly machine: MskMachine;
  readonly count: number;
  readonly storageGiB: number;
  readonly maxStorageGiB: number;
  readonly tieredAfterHours?: number;
  readonly replicationFactor: number;
  readonly kafkaVersion: string;
  readonly logRetentionDays: number;
  readonly sizing: ClusterSizing;
}

/** Versions with topics by API and tiered storage. Source: github.com/aws/aws-cdk packages/@aws-cdk/aws-msk-alpha/lib/cluster-version.ts, 2026-11 */
const KAFKA_VERSIONS = ["3.8.x.kraft", "3.9.x.kraft", "4.0.x.kraft", "4.1.x.kraft"] as const;

const TIERED_HOURS = { min: 1, max: 8760 };

/** Props of one engine given to another would have no effect. */
export function checkEngineProps(problems: Problems, props: AwsEventStreamProps): void {
  refuseForeignOptions(problems, props, {
    "msk-provisioned": [
      "brokers",
      "clientCertificateAuthorityArns",
      "kafkaVersion",
      "logRetentionDays",
      "network",
    ],
    "msk-serverless": ["network", "topicAdministrator"],
    kinesis: ["onDemand"],
  });
  if (props.engine === "msk-serverless") {
    problems.required("topicAdministrator", props.topicAdministrator, "the identity that makes the topics");
  }
  if (props.engine !== "kinesis") {
    checkNetwork(problems, props.network);
  }
  for (const [issuer, arn] of Object.entries(props.oidcProviderArns ?? {})) {
    problems.arn(`oidcProviderArns "${issuer}"`, arn, "iam");
  }
  if (props.engine === "msk-serverless" && props.encryptionKeyArn !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: "encryptionKeyArn",
      given: props.encryptionKeyArn,
      allowed: "nothing: MSK Serverless encrypts with a key of AWS",
    });
  } else if (props.encryptionKeyArn !== undefined) {
    problems.arn("encryptionKeyArn", props.encryptionKeyArn, "kms");
  }
}

function checkNetwork(problems: Problems, network: IAwsNetwork | undefined): void {
  if (network === undefined) {
    problems.required("network", network, "a network with private subnets in two zones or more");
  } else if (network.privateSubnetIds.length < 2) {
    problems.add(CoreErrors.NumberOutOfRange, {
      subject: "network privateSubnetIds",
      given: network.privateSubnetIds.length,
      allowed: "two zones or more",
    });
  }
}

function checkBrokers(problems: Problems, brokers: MskBrokerSettings): void {
  problems.oneOf("brokers.machine", brokers.machine ?? "kafka.m7g.large", MSK_MACHINES);
  for (const key of ["storageGiB", "maxStorageGiB"] as const) {
    if (brokers[key] !== undefined) {
      problems.literalInteger(`brokers.${key}`, brokers[key], MSK_STORAGE_GIB);
    }
  }
  if (brokers.count !== undefined) {
    problems.literalInteger("brokers.count", brokers.count, { min: 2, max: 90 });
  }
  if (brokers.tieredAfterHours !== undefined) {
    problems.literalInteger("brokers.tieredAfterHours", brokers.tieredAfterHours, TIERED_HOURS);
    if (brokers.maxStorageGiB !== undefined) {
      problems.add(CoreErrors.NoEffect, {
        subject: "brokers.maxStorageGiB",
        given: brokers.maxStorageGiB,
        allowed: "nothing, together with tieredAfterHours",
      });
    }
  }
}

function checkSize(
  problems: Problems,
  brokers: MskBrokerSettings,
  sizing: ClusterSizing,
  count: number,
  zones: number,
) {
  if (brokers.count !== undefined && brokers.count % zones !== 0) {
    problems.add(StreamingErrors.UnsupportedByEngine, {
      subject: "brokers.count",
      given: brokers.count,
      allowed: `a multiple of ${zones}, the number of zones`,
    });
  }
  if (brokers.count !== undefined && brokers.count < sizing.brokers) {
    problems.add(StreamingErrors.TooFewBrokers, {
      subject: "brokers.count",
      given: brokers.count,
      allowed: `${sizing.brokers} or more: ${sizing.explain[0]}`,
    });
  }
  const needed = Math.ceil(sizing.storageGiB / count);
  const given = brokers.storageGiB ?? needed;
  if (given < needed || needed > MSK_STORAGE_GIB.max) {
    problems.add(StreamingErrors.StorageTooSmall, {
      subject: "brokers.storageGiB",
      given,
      allowed: `${needed} or more, ${MSK_STORAGE_GIB.max} at most: ${sizing.explain.at(-1)}`,
      fix:
        needed > MSK_STORAGE_GIB.max
          ? "give more brokers, or tieredAfterHours"
          : StreamingErrors.StorageTooSmall.fix,
    });
  }
  if (brokers.maxStorageGiB !== undefined && brokers.maxStorageGiB < given) {
    problems.add(StreamingErrors.StorageTooSmall, {
      subject: "brokers.maxStorageGiB",
      given: brokers.maxStorageGiB,
      allowed: `${given} or more, the size to start with`,
    });
  }
}

/** Checks brokers and sizes the cluster. What is wrong goes to `problems`. */
export function resolveMsk(problems: Problems, props: MskProvisionedProps, model: StreamModel): ResolvedMsk {
  const { brokers = {} } = props;
  checkBrokers(problems, brokers);
  const kafkaVersion = props.kafkaVersion ?? "3.9.x.kraft";
  problems.oneOf("kafkaVersion", kafkaVersion, KAFKA_VERSIONS);
  const logRetentionDays = props.logRetentionDays ?? 90;
  problems.oneOf("logRetentionDays", `${logRetentionDays}`, LOG_RETENTION_DAYS.map(String));
  for (const [index, arn] of (props.clientCertificateAuthorityArns ?? []).entries()) {
    problems.arn(`clientCertificateAuthorityArns[${index}]`, arn, "acm-pca");
  }
  problems.throwIfAny();
  const zones = mskSubnets(props.network).length;
  const machine = brokers.machine ?? "kafka.m7g.large";
  const { tieredAfterHours } = brokers;
  const local = model.topics.map((topic) =>
    isTiered(topic, tieredAfterHours) ? { ...topic, retentionHours: tieredAfterHours } : topic,
  );
  if (tieredAfterHours !== undefined && !model.topics.some((topic) => isTiered(topic, tieredAfterHours))) {
    problems.add(CoreErrors.NoEffect, {
      subject: "brokers.tieredAfterHours",
      given: tieredAfterHours,
      allowed: "nothing, without a topic that is kept for three days and longer than this",
    });
  }
  const sizing = sizeCluster(local, { broker: MSK_BROKERS[machine], replicationFactor: zones });
  const count = brokers.count ?? Math.ceil(sizing.brokers / zones) * zones;
  checkSize(problems, brokers, sizing, count, zones);
  const storageGiB = brokers.storageGiB ?? Math.ceil(sizing.storageGiB / count);
  return {
    machine,
    count,
    storageGiB,
    maxStorageGiB: brokers.maxStorageGiB ?? Math.min(MSK_STORAGE_GIB.max, storageGiB * 2),
    tieredAfterHours,
    replicationFactor: zones,
    kafkaVersion,
    logRetentionDays,
    sizing,
  };
}

/**
 * Quotas of one MSK Serverless cluster. MB are 10^6 bytes.
 *
 * Source: https://docs.aws.amazon.com/msk/latest/developerguide/limits.html#serverless-quota (2026-11)
 */
const SERVERLESS = { writeMBps: 200, readMBps: 400, partitions: 2400 };

/** Refuses what no MSK Serverless cluster carries. */
export function checkServerless(problems: Problems, model: StreamModel): void {
  const total = (value: (topic: StreamModel["topics"][number]) => number) =>
    model.topics.reduce((sum, topic) => sum + value(topic), 0);
  const sums: readonly (readonly [string, number, number])[] = [
    ["writes at peak, MB/s", total(({ throughput }) => throughput.peakMBps), SERVERLESS.writeMBps],
    [
      "reads at peak, MB/s",
      total(({ throughput }) => throughput.peakMBps * throughput.readers),
      SERVERLESS.readMBps,
    ],
    [
      "partitions",
      total(({ partitions, deadLetter }) => partitions + (deadLetter ? 1 : 0)),
      SERVERLESS.partitions,
    ],
  ];
  for (const [what, given, most] of sums.filter(([, value, limit]) => value > limit)) {
    problems.add(StreamingErrors.CapacityTooSmall, {
      subject: `topics: ${what}`,
      given,
      allowed: `at most ${most} of one MSK Serverless cluster`,
      fix: "use msk-provisioned, or split the stream",
    });
  }
}
