import { ManagedKafkaAcl } from "@cdktf/provider-google/lib/managed-kafka-acl";
import { ManagedKafkaCluster } from "@cdktf/provider-google/lib/managed-kafka-cluster";
import { ManagedKafkaTopic } from "@cdktf/provider-google/lib/managed-kafka-topic";
import { Lazy, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import type { GoogleKey } from "../../core/google-key";
import type { GoogleProject } from "../../core/google-project";
import { kafkaTopics, transactionalPrefix } from "../kafka-topics";
import type { StreamGrantRequest, StreamModel } from "../streaming";
import type { ManagedKafkaProps } from "./props";

const GIB = 1024 ** 3;

/** The service keeps three copies, in three zones. */
const COPIES = 3;

/** Source: https://cloud.google.com/managed-service-for-apache-kafka/docs/acl-overview (2026-11) */
interface AclRule {
  readonly principal: string;
  readonly operation: "DESCRIBE" | "READ" | "WRITE";
}

export interface ManagedKafkaParts {
  readonly props: ManagedKafkaProps;
  readonly model: StreamModel;
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly project: GoogleProject;
  readonly key: GoogleKey;
  readonly protect: boolean;
}

/**
 * A cluster of Managed Kafka: reached from the network's subnet, encrypted with a customer key, clients by OAuth. Who may
 * read and write is decided by ACLs of each topic and group; a resource without an ACL is open to every identity that may
 * connect to clusters of the project, so a topic is closed by its first grant.
 *
 * Makes `google_managed_kafka_cluster`, `google_managed_kafka_topic`, `google_managed_kafka_acl`.
 */
export class ManagedKafka extends Construct {
  readonly cluster: ManagedKafkaCluster;
  /** By topic name, dead-letter topics included. */
  readonly topics: Readonly<Record<string, ManagedKafkaTopic>>;
  /** `host:port`. Literal. */
  readonly bootstrapServers: string;
  private readonly acls = new Map<
    string,
    { readonly resource: ManagedKafkaAcl; readonly rules: Map<string, AclRule> }
  >();

  constructor(
    scope: Construct,
    id: string,
    private readonly parts: ManagedKafkaParts,
  ) {
    super(scope, id);
    const { props, model, vcpus, memoryGiB, project, key, protect } = parts;
    const { site, name, network } = props;
    const lifecycle = { preventDestroy: protect || undefined };
    this.cluster = new ManagedKafkaCluster(this, "cluster", {
      project: site.project,
      location: site.region,
      clusterId: name,
      capacityConfig: { vcpuCount: `${vcpus}`, memoryBytes: `${memoryGiB * GIB}` },
      gcpConfig: {
        kmsKey: key.keyName,
        accessConfig: {
          networkConfigs: [
            {
              subnet: `projects/${site.project}/regions/${site.region}/subnetworks/${network.subnetworkName}`,
            },
          ],
        },
      },
      rebalanceConfig: { mode: "AUTO_REBALANCE_ON_SCALE_UP" },
      lifecycle,
      dependsOn: [...project.dependencies("managedkafka"), ...key.dependencies("managedkafka")],
    });
    this.topics = Object.fromEntries(
      kafkaTopics(model.topics).map((topic) => [
        topic.name,
        new ManagedKafkaTopic(this, `topic-${topic.name}`, {
          project: site.project,
          location: site.region,
          cluster: this.cluster.clusterId,
          topicId: topic.name,
          partitionCount: topic.partitions,
          replicationFactor: COPIES,
          configs: topic.config,
          lifecycle,
        }),
      ]),
    );
    // Source: https://cloud.google.com/managed-service-for-apache-kafka/docs/quickstart (read 2026-11)
    this.bootstrapServers = `bootstrap.${name}.${site.region}.managedkafka.${site.project}.cloud.goog:9092`;
  }

  /** Gives rights to a principal of Kafka, `User:<e-mail address>`. */
  allow(principal: string, { topic, consume, identity }: StreamGrantRequest): readonly TerraformResource[] {
    if (consume === undefined) {
      return [
        this.rule(`topic/${topic.name}`, identity.name, principal, ["DESCRIBE", "WRITE"]),
        ...(this.parts.model.delivery === "exactly-once"
          ? [
              this.rule(
                `transactionalIdPrefixed/${transactionalPrefix(identity.name)}`,
                identity.name,
                principal,
                ["DESCRIBE", "WRITE"],
              ),
            ]
          : []),
      ];
    }
    return [
      this.rule(`topic/${topic.name}`, identity.name, principal, ["DESCRIBE", "READ"]),
      this.rule(`consumerGroup/${consume.group}`, identity.name, principal, ["DESCRIBE", "READ"]),
      ...(topic.deadLetter
        ? [this.rule(`topic/${topic.deadLetter.topic}`, identity.name, principal, ["DESCRIBE", "WRITE"])]
        : []),
    ];
  }

  private rule(
    aclId: string,
    identity: string,
    principal: string,
    operations: readonly AclRule["operation"][],
  ): ManagedKafkaAcl {
    const { resource, rules } = this.acls.get(aclId) ?? this.makeAcl(aclId);
    for (const operation of operations) {
      // By identity: two tokens may be the same principal, two identities of one name are refused before.
      rules.set(`${identity}/${operation}`, { principal, operation });
    }
    return resource;
  }

  private makeAcl(aclId: string) {
    const { site } = this.parts.props;
    const rules = new Map<string, AclRule>();
    const resource = new ManagedKafkaAcl(this, `acl-${aclId.replace("/", "-")}`, {
      project: site.project,
      location: site.region,
      cluster: this.cluster.clusterId,
      aclId,
      // Later grants add to it.
      aclEntries: Lazy.anyValue({
        produce: () =>
          [...rules]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([, { principal, operation }]) => ({
              principal,
              permission_type: "ALLOW",
              operation,
              host: "*",
            })),
      }) as never,
    });
    const acl = { resource, rules };
    this.acls.set(aclId, acl);
    return acl;
  }
}
