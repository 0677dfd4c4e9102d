import type { NameRule, Problems } from "../../core/problems";
import { checkLabels, DNS_LABEL } from "../../kubernetes/metadata";
import { StreamingErrors } from "../errors";
import { type ClusterSizing, sizeCluster } from "../sizing";
import type { StreamModel } from "../streaming";
import type { BrokerSettings, ExternalListener, KubernetesEventStreamProps } from "./props";

/** Settings of a Kafka cluster after validation, every default filled in. */
export interface ResolvedKafka {
  readonly version: string;
  readonly replicationFactor: number;
  readonly rackLabel: string;
  readonly clientAuth: "mtls" | "scram";
  readonly external?: ExternalListener;
  readonly cruiseControl: boolean;
  readonly controllers: { readonly count: number; readonly storageGiB: number };
  readonly brokers: Required<Omit<BrokerSettings, "storageClass">> & Pick<BrokerSettings, "storageClass">;
  readonly sizing: ClusterSizing;
}

/** Partitions with copies that a KRaft broker takes without long recoveries; the same as MSK recommends for large brokers. */
const MAX_PARTITION_REPLICAS = 4000;

/** Versions of the operator in the component table. Source: strimzi/strimzi-kafka-operator 1.2.0 kafka-versions.yaml, 2026-08 */
const KAFKA_VERSIONS = ["4.2.1", "4.3.0", "4.3.1"] as const;

const LABEL: NameRule = {
  pattern: /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  maxLength: 317,
  form: "the key of a node label, such as topology.kubernetes.io/zone",
};

const HOST_AND_PORT: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[1-9][0-9]{1,4}$/,
  maxLength: 260,
  form: "host:port, such as kafka.example.com:9094",
};

function checkBrokers(problems: Problems, brokers: BrokerSettings): void {
  const bounds = { min: 1, max: 1_000_000 };
  for (const key of ["count", "storageGiB", "cpus", "memoryGiB", "diskMBps", "networkMBps"] as const) {
    const value = brokers[key];
    if (value !== undefined) {
      problems.literalInteger(`brokers.${key}`, value, bounds);
    }
  }
  if (brokers.storageClass !== undefined) {
    problems.required("brokers.storageClass", brokers.storageClass, "the name of a storage class");
  }
  checkLabels(problems, brokers.nodeLabels);
}

function checkExternal(problems: Problems, external: ExternalListener | undefined): void {
  if (external === undefined) {
    return;
  }
  problems.name("external.bootstrap", external.bootstrap, HOST_AND_PORT);
  problems.required("external.allowedCidrs", external.allowedCidrs?.[0], "one network or more");
  for (const [index, cidr] of (external.allowedCidrs ?? []).entries()) {
    problems.cidr(`external.allowedCidrs[${index}]`, cidr);
  }
}

function checkSize(problems: Problems, brokers: BrokerSettings, sizing: ClusterSizing, count: number): void {
  if (brokers.count !== undefined && brokers.count < sizing.brokers) {
    problems.add(StreamingErrors.TooFewBrokers, {
      subject: "brokers.count",
      given: brokers.count,
      allowed: `${sizing.brokers} or more: ${sizing.explain[0]}`,
    });
  }
  const needed = Math.ceil(sizing.storageGiB / count);
  if (brokers.storageGiB !== undefined && brokers.storageGiB < needed) {
    problems.add(StreamingErrors.StorageTooSmall, {
      subject: "brokers.storageGiB",
      given: brokers.storageGiB,
      allowed: `${needed} or more: ${sizing.explain.at(-1)}`,
    });
  }
}

/** Checks the settings of Kafka and sizes the cluster. What is wrong goes to `problems`. */
export function resolveKafka(
  problems: Problems,
  props: KubernetesEventStreamProps,
  model: StreamModel,
): ResolvedKafka {
  const { brokers = {}, controllers = {}, external } = props;
  if (props.namespace !== undefined) {
    problems.name("namespace", props.namespace, DNS_LABEL);
  }
  checkBrokers(problems, brokers);
  checkExternal(problems, external);
  const controllerCount = controllers.count ?? 3;
  if (problems.literalInteger("controllers.count", controllerCount, { min: 1, max: 9 })) {
    problems.oneOf("controllers.count", `${controllerCount}`, ["1", "3", "5", "7", "9"]);
  }
  const controllerStorage = controllers.storageGiB ?? 20;
  problems.literalInteger("controllers.storageGiB", controllerStorage, { min: 1, max: 1000 });
  const replicationFactor = props.replicationFactor ?? 3;
  problems.literalInteger("replicationFactor", replicationFactor, { min: 1, max: 5 });
  const rackLabel = props.rackLabel ?? "topology.kubernetes.io/zone";
  problems.name("rackLabel", rackLabel, LABEL);
  const clientAuth = props.clientAuth ?? "mtls";
  problems.oneOf("clientAuth", clientAuth, ["mtls", "scram"]);
  const version = props.kafkaVersion ?? "4.3.1";
  problems.oneOf("kafkaVersion", version, KAFKA_VERSIONS);
  problems.throwIfAny();
  const { diskMBps = 100, networkMBps = 500 } = brokers;
  const sizing = sizeCluster(model.topics, {
    broker: { diskMBps, networkMBps, maxPartitionReplicas: MAX_PARTITION_REPLICAS },
    replicationFactor,
  });
  const count = brokers.count ?? sizing.brokers;
  checkSize(problems, brokers, sizing, count);
  return {
    version,
    replicationFactor,
    rackLabel,
    clientAuth,
    external,
    cruiseControl: props.cruiseControl ?? true,
    controllers: { count: controllerCount, storageGiB: controllerStorage },
    brokers: {
      count,
      storageGiB: brokers.storageGiB ?? Math.ceil(sizing.storageGiB / count),
      storageClass: brokers.storageClass,
      cpus: brokers.cpus ?? 2,
      memoryGiB: brokers.memoryGiB ?? 8,
      diskMBps,
      networkMBps,
      nodeLabels: brokers.nodeLabels ?? {},
    },
    sizing,
  };
}
