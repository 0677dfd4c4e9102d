import { Construct } from "constructs";
import { CustomResource } from "../../kubernetes/custom-resource";
import { podsOf } from "../../kubernetes/network-policy";
import {
  EXTERNAL_PORT,
  INTERNAL_PORT,
  type KafkaContext,
  objectName,
  ofCluster,
  STRIMZI_API,
} from "./context";
import type { ResolvedKafka } from "./resolve";

/** Largest useful heap of a broker: the page cache does the rest. Source: https://strimzi.io/docs/operators/1.2.0/ (2026-11) */
const MAX_HEAP_GIB = 6;

/** Producers are stopped before a volume is full: a full one stops the broker, and it does not start again. */
const MIN_FREE = 0.1;

const CONTROLLER_RESOURCES = {
  requests: { cpu: "500m", memory: "2Gi" },
  limits: { memory: "2Gi" },
};

export interface KafkaClusterProps {
  readonly context: KafkaContext;
  readonly kafka: ResolvedKafka;
}

/**
 * A Kafka cluster in KRaft mode: one pool of controllers, one of brokers, both spread over failure domains, no two
 * brokers on one node. Clients connect by TLS; who may do what is decided by ACLs. Volumes are kept when the declaration
 * goes, unless the stream may be destroyed.
 *
 * Terraform resource types: `kubernetes_manifest` (Kafka, KafkaNodePool).
 */
export class KafkaCluster extends Construct {
  readonly controllers: CustomResource;
  readonly brokers: CustomResource;
  readonly kafka: CustomResource;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KafkaClusterProps,
  ) {
    super(scope, id);
    const { controllers, brokers } = props.kafka;
    this.controllers = this.pool("controllers", {
      roles: ["controller"],
      replicas: controllers.count,
      resources: CONTROLLER_RESOURCES,
      storageGiB: controllers.storageGiB,
    });
    const heap = `${Math.max(1, Math.min(MAX_HEAP_GIB, Math.floor(brokers.memoryGiB / 2)))}g`;
    this.brokers = this.pool("brokers", {
      roles: ["broker"],
      replicas: brokers.count,
      resources: {
        requests: { cpu: `${brokers.cpus}`, memory: `${brokers.memoryGiB}Gi` },
        limits: { memory: `${brokers.memoryGiB}Gi` },
      },
      jvmOptions: { "-Xms": heap, "-Xmx": heap },
      storageGiB: brokers.storageGiB,
    });
    const { context } = props;
    this.kafka = new CustomResource(this, "kafka", {
      apiVersion: STRIMZI_API,
      kind: "Kafka",
      name: context.name,
      namespace: context.namespace,
      labels: { "app.kubernetes.io/part-of": context.name },
      spec: {
        kafka: this.kafkaSpec(),
        entityOperator: { topicOperator: {}, userOperator: {} },
        // Consumer lag, which scaling on lag and alerts read.
        kafkaExporter: { topicRegex: ".*", groupRegex: ".*" },
        cruiseControl: props.kafka.cruiseControl
          ? { autoRebalance: [{ mode: "add-brokers" }, { mode: "remove-brokers" }] }
          : undefined,
      },
      waitFor: { condition: { type: "Ready", status: "True" } },
      timeouts: { create: "30m", update: "60m" },
      protect: context.protect,
      dependsOn: [...context.after, this.controllers.manifest, this.brokers.manifest],
    });
  }

  private kafkaSpec() {
    const { kafka } = this.props;
    const copies = kafka.replicationFactor;
    const confirmed = Math.max(1, copies - 1);
    return {
      version: kafka.version,
      listeners: this.listeners(),
      authorization: { type: "simple" },
      rack: { type: "topology-label", topologyKey: kafka.rackLabel },
      metricsConfig: { type: "strimziMetricsReporter" },
      quotas: { type: "strimzi", minAvailableRatioPerVolume: MIN_FREE },
      config: {
        "auto.create.topics.enable": false,
        "default.replication.factor": copies,
        "min.insync.replicas": confirmed,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": confirmed,
        // Consumers read from a copy in their own failure domain: no traffic between domains is paid for.
        "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
      },
    };
  }

  private listeners(): readonly object[] {
    const { context, kafka } = this.props;
    const authentication = { type: kafka.clientAuth === "mtls" ? "tls" : "scram-sha-512" };
    const internal = {
      name: "internal",
      port: INTERNAL_PORT,
      type: "internal",
      tls: true,
      authentication,
      // Other namespaces are let in by a policy of their own, one for each that was granted something.
      networkPolicyPeers: [podsOf(context.namespace)],
    };
    const { external } = kafka;
    if (external === undefined) {
      return [internal];
    }
    const [host] = external.bootstrap.split(":");
    return [
      internal,
      {
        name: "external",
        port: EXTERNAL_PORT,
        type: "loadbalancer",
        tls: true,
        authentication,
        configuration: {
          class: external.loadBalancerClass,
          loadBalancerSourceRanges: [...external.allowedCidrs].sort(),
          bootstrap: { alternativeNames: [host] },
          externalTrafficPolicy: "Local",
        },
        networkPolicyPeers: [...external.allowedCidrs].sort().map((cidr) => ({ ipBlock: { cidr } })),
      },
    ];
  }

  private pool(
    role: "controllers" | "brokers",
    pool: {
      readonly roles: readonly string[];
      readonly replicas: number;
      readonly resources: object;
      readonly jvmOptions?: object;
      readonly storageGiB: number;
    },
  ): CustomResource {
    const { context, kafka } = this.props;
    return new CustomResource(this, role, {
      apiVersion: STRIMZI_API,
      kind: "KafkaNodePool",
      name: objectName(context, role),
      namespace: context.namespace,
      labels: ofCluster(context),
      spec: {
        roles: pool.roles,
        replicas: pool.replicas,
        resources: pool.resources,
        jvmOptions: pool.jvmOptions,
        storage: {
          type: "jbod",
          volumes: [
            {
              id: 0,
              type: "persistent-claim",
              size: `${pool.storageGiB}Gi`,
              class: kafka.brokers.storageClass,
              kraftMetadata: "shared",
              deleteClaim: !context.protect,
            },
          ],
        },
        template: { pod: this.podTemplate(role) },
      },
      protect: context.protect,
      dependsOn: [...context.after],
    });
  }

  /** One pod of a pool on a node, pools spread over failure domains. */
  private podTemplate(role: string) {
    const { context, kafka } = this.props;
    const labelSelector = {
      matchLabels: { "strimzi.io/cluster": context.name, "strimzi.io/pool-name": objectName(context, role) },
    };
    const labels = Object.entries(kafka.brokers.nodeLabels).sort(([a], [b]) => (a < b ? -1 : 1));
    const matchExpressions = labels.map(([key, value]) => ({ key, operator: "In", values: [value] }));
    return {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector, topologyKey: "kubernetes.io/hostname" },
          ],
        },
        nodeAffinity:
          labels.length === 0
            ? undefined
            : {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [{ matchExpressions }],
                },
              },
      },
      topologySpreadConstraints: [
        {
          labelSelector,
          topologyKey: kafka.rackLabel,
          maxSkew: 1,
          // A cluster with one domain, or whose nodes carry no such label, is still to get its brokers.
          whenUnsatisfiable: "ScheduleAnyway",
        },
      ],
    };
  }
}
