import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { type RandomKeys, randomKeys } from "../../kubernetes/random-keys";
import { objectName } from "../../kubernetes/room-context";
import { ServiceTls } from "../../kubernetes/service-tls";
import { CA_FILE, TASK_DIRECTORY, Task } from "../../kubernetes/task";
import { qdrantCollection } from "../qdrant-collection";
import { QDRANT_SEGMENTS } from "../sizing/work";
import type { ClusterEngine, EngineProps, SignIn } from "./engine";
import { jobScript } from "./job-script";
import type { QdrantOptions } from "./props";

export const QDRANT_HTTP_PORT = "6333";
export const QDRANT_GRPC_PORT = "6334";
const TLS_DIRECTORY = "/qdrant/tls";
const API_KEY = "api-key";
const QDRANT_USER = 1000;

export interface VectorQdrantProps extends EngineProps {
  readonly settings: QdrantOptions;
}

/**
 * Qdrant by its chart: nodes, volumes and resources by the sizing, TLS between nodes and to clients, an API key that is
 * made in the cluster, and tokens signed with it that open one collection each. A Job makes the collections, because the
 * chart has no object for them.
 *
 * Terraform resource types: `helm_release`, `kubernetes_manifest` (Certificate, Issuer), `kubernetes_job_v1`,
 * `kubernetes_config_map_v1`, `kubernetes_service_account_v1`, `kubernetes_role_v1`, `kubernetes_role_binding_v1`.
 */
export class VectorQdrant extends Construct implements ClusterEngine {
  readonly keys: RandomKeys;
  readonly tls: ServiceTls;
  readonly release: HelmComponent;
  /** Makes the collections. */
  readonly setup: Task;
  readonly ready;
  readonly caSecret: string;
  readonly signIn: SignIn;
  readonly header = "api-key";

  constructor(
    scope: Construct,
    id: string,
    private readonly props: VectorQdrantProps,
  ) {
    super(scope, id);
    const { context } = props;
    this.caSecret = objectName(context, "qdrant-tls");
    this.keys = randomKeys(this, {
      context,
      secretName: this.keySecret,
      keys: [API_KEY],
      image: props.jobImage,
    });
    this.tls = this.makeTls();
    this.release = this.makeRelease();
    this.setup = this.makeSetup();
    this.ready = [this.setup.job];
    this.signIn = {
      kind: "token",
      signingKey: { name: "SIGNING_KEY", secretName: this.keySecret, secretKey: API_KEY },
      claims: ({ collection, access }) => [
        { collection: collection.name, access: access === "read" ? "r" : "rw" },
      ],
    };
  }

  readonly lookup: ClusterEngine["lookup"] = ({ name }) => ({
    endpoint: `https://${this.host}:${QDRANT_HTTP_PORT}`,
    target: name,
  });

  private get fullName(): string {
    return objectName(this.props.context, "qdrant");
  }

  private get keySecret(): string {
    return objectName(this.props.context, "qdrant-keys");
  }

  private get host(): string {
    return `${this.fullName}.${this.props.context.namespace}.svc`;
  }

  private makeTls(): ServiceTls {
    const { context, sizing, issuer } = this.props;
    const headless = `${this.fullName}-headless`;
    // Nodes call each other by the name of the pod below the headless service.
    const nodes = Array.from(
      { length: sizing.capacity.count },
      (_, node) => `${this.fullName}-${node}.${headless}`,
    );
    return new ServiceTls(this, "tls", {
      context,
      component: "qdrant",
      secretName: this.caSecret,
      dnsNames: [this.fullName, this.host, `${this.host}.cluster.local`, ...nodes],
      issuer,
      spec: {
        privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
        usages: ["server auth", "client auth"],
      },
    });
  }

  private makeRelease(): HelmComponent {
    const { context, sizing, storageClass, settings } = this.props;
    const { count, vcpusPerNode, memoryGibPerNode, diskGibPerNode } = sizing.capacity;
    const volume = {
      accessModes: ["ReadWriteOnce"],
      size: `${diskGibPerNode}Gi`,
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    };
    const memory = `${memoryGibPerNode}Gi`;
    return new HelmComponent(this, "release", {
      component: COMPONENTS.qdrant,
      releaseName: this.fullName,
      namespace: context.namespace,
      createNamespace: false,
      values: {
        fullnameOverride: this.fullName,
        replicaCount: count,
        // Without the init container that changes owners as root.
        image: { useUnprivilegedImage: true },
        updateVolumeFsOwnership: false,
        resources: { requests: { cpu: String(vcpusPerNode), memory }, limits: { memory } },
        persistence: volume,
        snapshotPersistence: (settings.snapshots ?? true) ? { enabled: true, ...volume } : { enabled: false },
        config: {
          telemetry_disabled: true,
          service: { enable_tls: true, jwt_rbac: true },
          cluster: { enabled: true, p2p: { port: 6335, enable_tls: true } },
          tls: {
            cert: `${TLS_DIRECTORY}/tls.crt`,
            key: `${TLS_DIRECTORY}/tls.key`,
            ca_cert: `${TLS_DIRECTORY}/ca.crt`,
            cert_ttl: 3600,
          },
        },
        env: [
          {
            name: "QDRANT__SERVICE__API_KEY",
            valueFrom: { secretKeyRef: { name: this.keySecret, key: API_KEY } },
          },
        ],
        additionalVolumes: [{ name: "tls", secret: { secretName: this.caSecret } }],
        additionalVolumeMounts: [{ name: "tls", mountPath: TLS_DIRECTORY, readOnly: true }],
        podSecurityContext: {
          runAsNonRoot: true,
          fsGroup: QDRANT_USER,
          fsGroupChangePolicy: "OnRootMismatch",
          seccompProfile: { type: "RuntimeDefault" },
        },
        containerSecurityContext: {
          runAsNonRoot: true,
          runAsUser: QDRANT_USER,
          runAsGroup: QDRANT_USER,
          privileged: false,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        podDisruptionBudget: { enabled: true, maxUnavailable: 1 },
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              {
                labelSelector: { matchLabels: { "app.kubernetes.io/instance": this.fullName } },
                topologyKey: "kubernetes.io/hostname",
              },
            ],
          },
        },
      },
      dependsOn: [this.keys.task.job, this.tls.certificate.manifest],
    });
  }

  private makeSetup(): Task {
    const { context, collections, sizing, jobImage } = this.props;
    const { copies } = sizing.capacity;
    const config = {
      endpoint: `https://${this.host}:${QDRANT_HTTP_PORT}`,
      authority: CA_FILE,
      collections: collections.map((collection, index) =>
        qdrantCollection(collection, { shards: sizing.collections[index]!.graphs / QDRANT_SEGMENTS, copies }),
      ),
    };
    return new Task(this, "setup", {
      context,
      name: "qdrant-collections",
      image: jobImage,
      files: { "setup_qdrant.py": jobScript("setup_qdrant.py"), "config.json": stableJson(config, 2) },
      command: ["python3", `${TASK_DIRECTORY}/setup_qdrant.py`, `${TASK_DIRECTORY}/config.json`],
      env: [{ name: "QDRANT_API_KEY", secretName: this.keySecret, secretKey: API_KEY }],
      caSecret: this.caSecret,
      dependsOn: [this.release.release],
    });
  }
}
