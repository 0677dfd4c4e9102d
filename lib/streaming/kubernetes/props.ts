import type { KubernetesSite } from "../../fabric/site";
import type { EventStreamProps } from "../streaming";

/** Machines of the brokers. */
export interface BrokerSettings {
  /** Refused when the throughput needs more. @default - as many as the throughput needs, the number of copies at least */
  readonly count?: number;
  /** GiB of the volume of one broker. Refused when too small for throughput and retention. @default - computed */
  readonly storageGiB?: number;
  /** Block storage, encrypted by its class if it is to be. @default - the cluster's default class */
  readonly storageClass?: string;
  /** @default 2 */
  readonly cpus?: number;
  /** GiB; half of it, 6 at most, is Java's heap, the rest caches the log. @default 8 */
  readonly memoryGiB?: number;
  /** MB/s that the volume writes without falling back; the basis of the sizing. @default 100 */
  readonly diskMBps?: number;
  /** MB/s that the node sends without falling back; the basis of the sizing. @default 500 */
  readonly networkMBps?: number;
  /** Labels of the nodes for brokers and controllers. @default - any node */
  readonly nodeLabels?: Readonly<Record<string, string>>;
}

/** Nodes that keep the cluster's metadata (KRaft). */
export interface ControllerSettings {
  /** Odd: a majority decides. @default 3 */
  readonly count?: number;
  /** @default 20 */
  readonly storageGiB?: number;
}

/** A way in for clients of other sites, through a load balancer of the cluster. */
export interface ExternalListener {
  /** `host:port` that leads to the bootstrap load balancer; becomes a name in the brokers' certificates. Literal. */
  readonly bootstrap: string;
  /** Networks that may connect; one or more. */
  readonly allowedCidrs: readonly string[];
  /** @default - the cluster's default */
  readonly loadBalancerClass?: string;
}

/** Kafka in a Kubernetes cluster, run by Strimzi. */
export interface KubernetesEventStreamProps extends EventStreamProps<KubernetesSite> {
  /** @default - `name` */
  readonly namespace?: string;
  /** `false` if the namespace is made elsewhere. @default true */
  readonly createNamespace?: boolean;
  readonly brokers?: BrokerSettings;
  readonly controllers?: ControllerSettings;
  /** Copies of each partition, all but one of which must confirm a write. @default 3 */
  readonly replicationFactor?: number;
  /** Node label of failure domains, over which copies are spread. @default "topology.kubernetes.io/zone" */
  readonly rackLabel?: string;
  /** How clients prove who they are: a certificate, or a password (SCRAM-SHA-512). @default "mtls" */
  readonly clientAuth?: "mtls" | "scram";
  /** @default - only pods of the cluster can connect */
  readonly external?: ExternalListener;
  /** Moves partitions when brokers come and go. @default true */
  readonly cruiseControl?: boolean;
  /** @default "4.3.1" */
  readonly kafkaVersion?: string;
}
