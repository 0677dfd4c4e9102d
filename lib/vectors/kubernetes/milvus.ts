import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { resourceName } from "../../core/naming";
import { CustomResource } from "../../kubernetes/custom-resource";
import { type RandomKeys, randomKeys } from "../../kubernetes/random-keys";
import { objectName, partOf, type SecretEnv } from "../../kubernetes/room-context";
import { ServiceTls } from "../../kubernetes/service-tls";
import { CA_FILE, TASK_DIRECTORY, Task } from "../../kubernetes/task";
import { milvusCollection, milvusName } from "../milvus-collection";
import type { ClusterEngine, EngineGrant, EngineProps, SignIn } from "./engine";
import { jobScript } from "./job-script";
import type { MilvusOptions } from "./props";

export const MILVUS_PORT = "19530";
const IMAGE = "docker.io/milvusdb/milvus:v2.6.15";
const TLS_DIRECTORY = "/milvus/tls-server";
const ROOT_PASSWORD = "root-password";
/** Source: https://milvus.io/docs/limitations.md and the API of users: letters, digits, underscores (read 2026-11-24) */
const USER_NAME_LENGTH = 32;
const DEFAULT_REGION = "us-east-1";
const ETCD_STORAGE_GIB = 10;
/** Largest members of etcd, coordinators and proxies that this library runs: they hold no vectors. */
const SMALL = { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "2Gi" } };
const LARGER = { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "4Gi" } };

export interface VectorMilvusProps extends EngineProps {
  readonly settings: MilvusOptions;
}

/**
 * Milvus by its operator: query nodes by the sizing, two of every other component, etcd in the cluster, an object store
 * that is there, and Woodpecker, which writes the log to that store, so no Kafka or Pulsar. Rights are users and roles of
 * Milvus; a Job makes them and the collections, because the operator has no objects for either.
 *
 * Terraform resource types: `kubernetes_manifest` (Milvus, Certificate, Issuer), `kubernetes_job_v1`,
 * `kubernetes_config_map_v1`, `kubernetes_service_account_v1`, `kubernetes_role_v1`, `kubernetes_role_binding_v1`.
 */
export class VectorMilvus extends Construct implements ClusterEngine {
  readonly keys: RandomKeys;
  readonly tls: ServiceTls;
  readonly milvus: CustomResource;
  /** Makes the collections. */
  readonly setup: Task;
  readonly ready;
  readonly caSecret: string;
  readonly signIn: SignIn;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VectorMilvusProps,
  ) {
    super(scope, id);
    const { context, collections } = props;
    this.caSecret = objectName(context, "milvus-tls");
    this.keys = randomKeys(this, {
      context,
      secretName: this.keySecret,
      keys: [ROOT_PASSWORD],
      image: props.jobImage,
    });
    this.tls = new ServiceTls(this, "tls", {
      context,
      component: "milvus",
      secretName: this.caSecret,
      dnsNames: [this.host, `${this.host}.cluster.local`],
      issuer: props.issuer,
      spec: {
        privateKey: { algorithm: "RSA", size: 3072, encoding: "PKCS8", rotationPolicy: "Always" },
        usages: ["server auth"],
      },
    });
    this.milvus = this.makeMilvus();
    this.setup = this.task(this, "setup", "milvus-collections", {
      collections: collections.map(milvusCollection),
    });
    this.ready = [this.setup.job];
    const username = (grant: string) =>
      resourceName([grant], { maxLength: USER_NAME_LENGTH, separator: "_" });
    this.signIn = {
      kind: "password",
      username,
      admit: (where, child, grant, after) => {
        const user = { name: username(grant.name), passwordEnv: "USER_PASSWORD", rights: rightsOf(grant) };
        const secretName = grant.passwordSecret;
        const password = { name: "USER_PASSWORD", secretName, secretKey: "password" };
        return this.task(where, child, `user-${grant.name}`, { users: [user] }, [password], [after]).job;
      },
    };
  }

  readonly lookup: ClusterEngine["lookup"] = ({ name }) => ({
    endpoint: `https://${this.host}:${MILVUS_PORT}`,
    target: milvusName(name),
    container: "default",
  });

  private get name(): string {
    return objectName(this.props.context, "milvus");
  }

  private get keySecret(): string {
    return objectName(this.props.context, "milvus-keys");
  }

  /** The operator names the service after the object. */
  private get host(): string {
    return `${this.name}-milvus.${this.props.context.namespace}.svc`;
  }

  private makeMilvus(): CustomResource {
    const { context, sizing, settings, storageClass } = this.props;
    const { count, copies, vcpusPerNode, memoryGibPerNode } = sizing.capacity;
    const { objectStorage, image = IMAGE } = settings;
    const memory = `${memoryGibPerNode}Gi`;
    return new CustomResource(this, "milvus", {
      apiVersion: "milvus.io/v1beta1",
      kind: "Milvus",
      name: this.name,
      namespace: context.namespace,
      labels: partOf(context, "milvus"),
      spec: {
        mode: "cluster",
        components: {
          image,
          runAsNonRoot: true,
          enableRollingUpdate: true,
          volumes: [{ name: "tls", secret: { secretName: this.caSecret } }],
          volumeMounts: [{ name: "tls", mountPath: TLS_DIRECTORY, readOnly: true }],
          proxy: { replicas: 2, serviceType: "ClusterIP", resources: SMALL },
          mixCoord: { replicas: 2, resources: LARGER },
          dataNode: { replicas: 2, resources: LARGER },
          streamingNode: { replicas: 2, resources: LARGER },
          queryNode: {
            replicas: count,
            resources: { requests: { cpu: String(vcpusPerNode), memory }, limits: { memory } },
          },
        },
        dependencies: {
          msgStreamType: "woodpecker",
          etcd: {
            inCluster: {
              deletionPolicy: context.destroyable ? "Delete" : "Retain",
              pvcDeletion: context.destroyable,
              values: {
                replicaCount: 3,
                persistence: {
                  enabled: true,
                  size: `${settings.etcdStorageGib ?? ETCD_STORAGE_GIB}Gi`,
                  ...(storageClass === undefined ? {} : { storageClass }),
                },
              },
            },
          },
          storage: {
            external: true,
            type: "S3",
            endpoint: objectStorage.endpoint,
            secretRef: objectStorage.credentialsSecret,
            ssl: { enabled: true },
          },
        },
        config: {
          common: { security: { authorizationEnabled: true, tlsMode: 1 } },
          tls: {
            serverPemPath: `${TLS_DIRECTORY}/tls.crt`,
            serverKeyPath: `${TLS_DIRECTORY}/tls.key`,
            caPemPath: `${TLS_DIRECTORY}/ca.crt`,
          },
          minio: {
            bucketName: objectStorage.bucket,
            region: objectStorage.region ?? DEFAULT_REGION,
            rootPath: this.name,
            useSSL: true,
          },
          queryCoord: { clusterLevelLoadReplicaNumber: copies },
        },
      },
      // The operator fills in defaults of its own.
      computedFields: ["spec.components", "spec.config", "spec.dependencies"],
      waitFor: { fields: { "status.status": "Healthy" } },
      timeouts: { create: "30m", update: "30m" },
      protect: !context.destroyable,
      dependsOn: [...context.after, this.keys.task.job, this.tls.certificate.manifest],
    });
  }

  private task(
    scope: Construct,
    id: string,
    name: string,
    work: { readonly collections?: readonly unknown[]; readonly users?: readonly unknown[] },
    env: readonly SecretEnv[] = [],
    after: ConstructorParameters<typeof Task>[2]["dependsOn"] = [],
  ): Task {
    const config = {
      endpoint: `https://${this.host}:${MILVUS_PORT}`,
      authority: CA_FILE,
      collections: work.collections ?? [],
      users: work.users ?? [],
    };
    return new Task(scope, id, {
      context: this.props.context,
      name,
      image: this.props.jobImage,
      files: { "setup_milvus.py": jobScript("setup_milvus.py"), "config.json": stableJson(config, 2) },
      command: ["python3", `${TASK_DIRECTORY}/setup_milvus.py`, `${TASK_DIRECTORY}/config.json`],
      env: [{ name: "MILVUS_ROOT_PASSWORD", secretName: this.keySecret, secretKey: ROOT_PASSWORD }, ...env],
      caSecret: this.caSecret,
      dependsOn: [this.milvus.manifest, ...(after ?? [])],
    });
  }
}

/** Built-in groups of privileges. Source: https://milvus.io/docs/privilege_group.md (read 2026-11-24) */
function rightsOf({ collection, access }: EngineGrant) {
  const privilege = access === "read" ? "CollectionReadOnly" : "CollectionReadWrite";
  return [{ collectionName: milvusName(collection.name), privilege }];
}
