import type { Identity } from "../../fabric/identity";
import type { AwsSite } from "../../fabric/site";
import type { IAwsNetwork } from "../../network/network";
import type { EventStreamProps } from "../streaming";
import type { MskMachine } from "./msk-machines";

/** Brokers of MSK. */
export interface MskBrokerSettings {
  /** @default "kafka.m7g.large" */
  readonly machine?: MskMachine;
  /** A multiple of the number of zones. Refused when the throughput needs more. @default - computed */
  readonly count?: number;
  /** GiB of the volume of one broker; can only grow. Refused when too small for throughput and retention. @default - computed */
  readonly storageGiB?: number;
  /** Volumes grow up to this when they are 60 % full. Refused with `tieredAfterHours`. @default - twice `storageGiB` */
  readonly maxStorageGiB?: number;
  /**
   * Hours after which messages move to cheaper storage that MSK keeps; volumes then hold no more than this. Compacted topics,
   * and those that are kept for less than three days, stay on the volumes.
   * @default - all stays on the volumes
   */
  readonly tieredAfterHours?: number;
}

interface AwsStreamCommon extends EventStreamProps<AwsSite> {
  /**
   * ARN of an existing KMS key in the region of the site; may be a token. Its key policy must leave decisions to IAM
   * policies of the account, and let CloudWatch Logs use it.
   * @default - a key of its own
   */
  readonly encryptionKeyArn?: string;
  /** ARNs of IAM OpenID Connect providers that exist, by issuer. @default - one is made per issuer and stack */
  readonly oidcProviderArns?: Readonly<Record<string, string>>;
}

/** Topics on an MSK cluster whose brokers are chosen. */
export interface MskProvisionedProps extends AwsStreamCommon {
  readonly engine: "msk-provisioned";
  /** Two or three zones are used, the first three if it has more. */
  readonly network: IAwsNetwork;
  readonly brokers?: MskBrokerSettings;
  /** @default "3.9.x.kraft" */
  readonly kafkaVersion?: string;
  /**
   * ARNs of private certificate authorities whose certificates clients outside AWS may show; may be tokens. ACLs for them
   * are given by hand.
   * @default - clients use IAM only
   */
  readonly clientCertificateAuthorityArns?: readonly string[];
  /** Days for which broker logs are kept. @default 90 */
  readonly logRetentionDays?: number;
  /**
   * MSK Replicator of another region of the account may copy from here (`AwsStreamMirror`): multi-VPC connectivity with IAM,
   * and a policy of the cluster that lets MSK come in. AWS charges for it by the hour and by data.
   * @default false
   */
  readonly replicatedAcrossRegions?: boolean;
}

/** Topics on MSK Serverless. No API of AWS makes its topics. */
export interface MskServerlessProps extends AwsStreamCommon {
  readonly engine: "msk-serverless";
  /** As of `MskProvisionedProps`. */
  readonly network: IAwsNetwork;
  /** Whoever makes the topics from the list in `topicListParameter`: it may make and change exactly these. */
  readonly topicAdministrator: Identity;
}

/** Every topic a Kinesis data stream. */
export interface KinesisProps extends AwsStreamCommon {
  readonly engine: "kinesis";
  /** Shards follow the traffic, and cost by traffic; then no topic may state partitions. @default false */
  readonly onDemand?: boolean;
}

export type AwsEventStreamProps = MskProvisionedProps | MskServerlessProps | KinesisProps;

/** How a replicator reaches one of its two clusters. Strings may be tokens, for example of another stack. */
export interface MskReplicationEnd {
  readonly clusterArn: string;
  /** In three zones, or as many as the cluster is in. */
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}
