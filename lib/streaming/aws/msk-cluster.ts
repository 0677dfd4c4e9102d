import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { MskCluster } from "@cdktf/provider-aws/lib/msk-cluster";
import { MskClusterPolicy } from "@cdktf/provider-aws/lib/msk-cluster-policy";
import { MskConfiguration } from "@cdktf/provider-aws/lib/msk-configuration";
import { Construct } from "constructs";
import { policyJson } from "../../core/aws-policy";
import { MSK_IAM_PORT, MSK_TLS_PORT, MskSecurityGroup, mskSubnets } from "./msk-network";
import type { MskProvisionedProps } from "./props";
import type { ResolvedMsk } from "./resolve";

/** Per cent of a volume at which it grows. Source: https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html (read 2026-11) */
const GROW_AT = 60;

export interface MskKafkaProps {
  readonly props: MskProvisionedProps;
  readonly msk: ResolvedMsk;
  readonly keyArn: string;
  readonly protect: boolean;
}

/**
 * An MSK cluster in private subnets: encrypted with a customer key, TLS only, clients by IAM, metrics for Prometheus,
 * broker logs, and volumes that grow (unless older messages are tiered away).
 *
 * Makes `aws_msk_configuration`, `aws_msk_cluster`, with `replicatedAcrossRegions` `aws_msk_cluster_policy`, `aws_cloudwatch_log_group`, `aws_appautoscaling_target`,
 * `aws_appautoscaling_policy`, and a {@link MskSecurityGroup}.
 */
export class MskKafka extends Construct {
  readonly securityGroup: MskSecurityGroup;
  readonly logGroup: CloudwatchLogGroup;
  readonly configuration: MskConfiguration;
  readonly cluster: MskCluster;
  readonly brokers: number;
  /** Of the brokers. */
  readonly subnetIds: readonly string[];
  readonly replicatedAcrossRegions: boolean;
  /** Only with `replicatedAcrossRegions`. */
  readonly clusterPolicy?: MskClusterPolicy;
  /** Undefined with tiered storage. */
  readonly storageTarget?: AppautoscalingTarget;
  readonly storagePolicy?: AppautoscalingPolicy;

  constructor(scope: Construct, id: string, { props, msk, keyArn, protect }: MskKafkaProps) {
    super(scope, id);
    const { name, network } = props;
    const authorities = props.clientCertificateAuthorityArns ?? [];
    const lifecycle = { preventDestroy: protect || undefined };
    this.brokers = msk.count;
    this.subnetIds = mskSubnets(network);
    this.replicatedAcrossRegions = props.replicatedAcrossRegions ?? false;
    this.securityGroup = new MskSecurityGroup(this, "security-group", {
      name,
      network,
      ports: authorities.length > 0 ? [MSK_TLS_PORT, MSK_IAM_PORT] : [MSK_IAM_PORT],
    });
    this.logGroup = new CloudwatchLogGroup(this, "logs", {
      name: `/aws/msk/${name}`,
      retentionInDays: msk.logRetentionDays,
      kmsKeyId: keyArn,
    });
    this.configuration = new MskConfiguration(this, "configuration", {
      name,
      kafkaVersions: [msk.kafkaVersion],
      description: `Brokers of stream ${name}`,
      serverProperties: serverProperties(msk.replicationFactor),
    });
    this.cluster = new MskCluster(this, "cluster", {
      clusterName: name,
      kafkaVersion: msk.kafkaVersion,
      numberOfBrokerNodes: msk.count,
      storageMode: msk.tieredAfterHours === undefined ? "LOCAL" : "TIERED",
      enhancedMonitoring: "PER_TOPIC_PER_BROKER",
      brokerNodeGroupInfo: {
        instanceType: msk.machine,
        clientSubnets: [...this.subnetIds],
        securityGroups: [this.securityGroup.group.id],
        storageInfo: { ebsStorageInfo: { volumeSize: msk.storageGiB } },
        connectivityInfo: {
          publicAccess: { type: "DISABLED" },
          // The provider turns it on once the cluster is there, as AWS wants it.
          ...(this.replicatedAcrossRegions && {
            vpcConnectivity: { clientAuthentication: { sasl: { iam: true } } },
          }),
        },
      },
      configurationInfo: { arn: this.configuration.arn, revision: this.configuration.latestRevision },
      clientAuthentication: {
        unauthenticated: false,
        sasl: { iam: true },
        tls: authorities.length > 0 ? { certificateAuthorityArns: [...authorities] } : undefined,
      },
      encryptionInfo: {
        encryptionAtRestKmsKeyArn: keyArn,
        encryptionInTransit: { clientBroker: "TLS", inCluster: true },
      },
      openMonitoring: {
        prometheus: { jmxExporter: { enabledInBroker: true }, nodeExporter: { enabledInBroker: true } },
      },
      loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: this.logGroup.name } } },
      lifecycle:
        msk.tieredAfterHours === undefined
          ? // The volumes grow by themselves; Terraform must not shrink them.
            {
              ...lifecycle,
              ignoreChanges: ["broker_node_group_info[0].storage_info[0].ebs_storage_info[0].volume_size"],
            }
          : lifecycle,
    });
    if (this.replicatedAcrossRegions) {
      this.clusterPolicy = this.letReplicatorsIn();
    }
    if (msk.tieredAfterHours === undefined) {
      this.storageTarget = new AppautoscalingTarget(this, "storage", {
        serviceNamespace: "kafka",
        scalableDimension: "kafka:broker-storage:VolumeSize",
        resourceId: this.cluster.arn,
        minCapacity: 1,
        maxCapacity: msk.maxStorageGiB,
      });
      this.storagePolicy = new AppautoscalingPolicy(this, "storage-policy", {
        name: `${name}-storage`,
        policyType: "TargetTrackingScaling",
        serviceNamespace: this.storageTarget.serviceNamespace,
        scalableDimension: this.storageTarget.scalableDimension,
        resourceId: this.storageTarget.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          // Volumes never shrink.
          disableScaleIn: true,
          targetValue: GROW_AT,
          predefinedMetricSpecification: { predefinedMetricType: "KafkaBrokerStorageUtilization" },
        },
      });
    }
  }

  /** Source: https://docs.aws.amazon.com/msk/latest/developerguide/msk-replicator-prepare-clusters.html (read 2026-11) */
  private letReplicatorsIn(): MskClusterPolicy {
    const { arn } = this.cluster;
    return new MskClusterPolicy(this, "policy", {
      clusterArn: arn,
      policy: policyJson([
        {
          Sid: "Replicators",
          Effect: "Allow",
          Principal: { Service: ["kafka.amazonaws.com"] },
          Action: ["kafka:CreateVpcConnection", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
          Resource: [arn],
        },
      ]),
    });
  }
}

function serverProperties(copies: number): string {
  const confirmed = Math.max(1, copies - 1);
  return [
    "auto.create.topics.enable=false",
    `default.replication.factor=${copies}`,
    `min.insync.replicas=${confirmed}`,
    `offsets.topic.replication.factor=${copies}`,
    // Consumers read from a copy in their own zone: no traffic between zones is paid for.
    "replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector",
    `transaction.state.log.min.isr=${confirmed}`,
    `transaction.state.log.replication.factor=${copies}`,
    "unclean.leader.election.enable=false",
    "",
  ].join("\n");
}
