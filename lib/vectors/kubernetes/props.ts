import type { KubernetesSite } from "../../fabric/site";
import type { CertificateIssuer } from "../../kubernetes/service-tls";
import type { VectorStoreProps } from "../collections";
import type { NodeLimits } from "../sizing/common";

export type KubernetesVectorEngine = "qdrant" | "milvus" | "pgvector";

/** Qdrant by its chart. */
export interface QdrantOptions {
  /** Volume of their own for snapshots, as large as that of the data. @default true */
  readonly snapshots?: boolean;
}

/** A bucket in which Milvus keeps everything that is not in memory. */
export interface MilvusObjectStorage {
  /** Host, and port if it is not 443, without a scheme. TLS is used. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Secret in the store's namespace with the keys `accesskey` and `secretkey`. */
  readonly credentialsSecret: string;
  /** @default "us-east-1", which stores without regions take */
  readonly region?: string;
}

/** Milvus by its operator: query nodes by the sizing, etcd in the cluster, Woodpecker as log on the object store. */
export interface MilvusOptions {
  readonly objectStorage: MilvusObjectStorage;
  /** Volume of each of the three members of etcd, GiB. @default 10 */
  readonly etcdStorageGib?: number;
  /** @default "docker.io/milvusdb/milvus:v2.6.15" */
  readonly image?: string;
}

/** PostgreSQL by CloudNativePG, with the extension pgvector. */
export interface PgvectorOptions {
  /** PostgreSQL with pgvector and `psql`. @default "ghcr.io/cloudnative-pg/postgresql:17.6-standard-bookworm" */
  readonly image?: string;
  /**
   * Image that holds only pgvector, mounted into the pods of PostgreSQL: needs PostgreSQL 18 (`image`) and a cluster with
   * the feature ImageVolume.
   * @default - pgvector is in `image`
   */
  readonly extensionImage?: string;
  /** Backups by the Barman plugin, to an `ObjectStore` of the namespace. @default - none, with a warning */
  readonly backup?: {
    readonly barmanObjectName: string;
    /** Cron expression with seconds, UTC. @default "0 0 2 * * *" */
    readonly schedule?: string;
  };
}

/** A vector store in a Kubernetes cluster. */
export interface KubernetesVectorStoreProps extends VectorStoreProps<KubernetesSite> {
  readonly engine: KubernetesVectorEngine;
  /** @default - `<namePrefix>-vectors` */
  readonly namespace?: string;
  /** `false` if the namespace is made elsewhere, for example with the Secret of the object store. @default true */
  readonly createNamespace?: boolean;
  /** How large nodes of the store may become. @default - 16 vCPUs, 64 GiB, 32 nodes */
  readonly limits?: Omit<NodeLimits, "maxSearchUnits">;
  /** Storage class of all volumes. @default - the cluster's default */
  readonly storageClass?: string;
  /** Who signs the certificate of Qdrant or Milvus. Refused with pgvector: CloudNativePG has its own authority. @default - an authority in the namespace */
  readonly certificateIssuer?: CertificateIssuer;
  /** Image with Python 3.10 or newer for the jobs. @default "docker.io/library/python:3.13.7-slim-bookworm" */
  readonly jobImage?: string;
  /** Refused with other engines. */
  readonly qdrant?: QdrantOptions;
  /** Required with Milvus, refused with other engines. */
  readonly milvus?: MilvusOptions;
  /** Refused with other engines. */
  readonly pgvector?: PgvectorOptions;
}
