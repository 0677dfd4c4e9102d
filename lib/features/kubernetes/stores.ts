import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../../core/escape";
import { stableJson } from "../../core/json";
import { COMPONENTS } from "../../kubernetes/components";
import { CustomResource } from "../../kubernetes/custom-resource";
import { HelmComponent } from "../../kubernetes/helm-component";
import { partOf } from "../../kubernetes/room-context";
import { type FeatureContext, objectName } from "./context";
import type { FeatureCertificateIssuer, FeatureTrino, ValkeyPassword } from "./props";
import type { KubernetesOnlineSize } from "./sizing";

const DATABASE = "feast";
/** User and Secret that CloudNativePG makes with a cluster. */
const OWNER = "app";
const VALKEY_PORT = 6379;
/** Where the certificate authority is in Feast's pods. */
export const CA_FILE = "/etc/feast-tls/ca.crt";
/** Environment of Feast's pods: `feature_store.yaml` names them, and Feast fills them in. */
const ENV = {
  user: "REGISTRY_USER",
  password: "REGISTRY_PASSWORD",
  valkey: "VALKEY_PASSWORD",
  trino: "TRINO_TOKEN",
} as const;

export interface KubernetesFeatureStoresProps {
  readonly context: FeatureContext;
  readonly size: KubernetesOnlineSize;
  readonly trino: FeatureTrino;
  /** User of Feast in Trino: the subject of its token. */
  readonly trinoUser: string;
  readonly password: ValkeyPassword;
  readonly issuer: FeatureCertificateIssuer;
  readonly storageClass?: string;
  readonly registryInstances: number;
  readonly protect: boolean;
  /** Longest time to live of any view; what is older is forgotten. @default - for ever */
  readonly keyTtlSeconds?: number;
}

/**
 * What Feast keeps things in: a registry on CloudNativePG, Valkey for online values, and the settings by which Feast
 * finds them. The settings are a Secret because the operator wants one; they name environment variables and hold no
 * secret.
 *
 * Terraform resource types: `kubernetes_manifest` (Cluster, Database, Certificate), `helm_release`,
 * `kubernetes_secret_v1`.
 */
export class KubernetesFeatureStores extends Construct {
  readonly registry: CustomResource;
  readonly registryDatabase: CustomResource;
  readonly valkeyCertificate: CustomResource;
  readonly feastCertificate: CustomResource;
  readonly valkey: HelmComponent;
  readonly settings: SecretV1;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: KubernetesFeatureStoresProps,
  ) {
    super(scope, id);
    const { context } = props;
    this.registry = this.makeRegistry();
    this.registryDatabase = new CustomResource(this, "registry-database", {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Database",
      name: objectName(context, "registry"),
      namespace: context.namespace,
      labels: partOf(context, "registry"),
      spec: {
        name: DATABASE,
        owner: OWNER,
        cluster: { name: objectName(context, "registry") },
        databaseReclaimPolicy: "retain",
      },
      protect: props.protect,
      dependsOn: [this.registry.manifest],
    });
    this.valkeyCertificate = this.certificate("valkey", [objectName(context, "valkey")]);
    this.feastCertificate = this.certificate("feast", [onlineService(context)]);
    this.valkey = this.makeValkey();
    this.settings = new SecretV1(this, "settings", {
      metadata: {
        name: settingsName(context),
        namespace: context.namespace,
        labels: partOf(context, "settings"),
      },
      data: this.settingsFiles(),
    });
  }

  /** What Feast must wait for. */
  get dependencies(): readonly ITerraformDependable[] {
    return [
      this.registryDatabase.manifest,
      this.valkey.release,
      this.feastCertificate.manifest,
      this.settings,
    ];
  }

  private makeRegistry(): CustomResource {
    const { context, registryInstances: instances, storageClass, protect } = this.props;
    return new CustomResource(this, "registry", {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      name: objectName(context, "registry"),
      namespace: context.namespace,
      labels: partOf(context, "registry"),
      spec: {
        instances,
        storage: { size: "10Gi", storageClass },
        enableSuperuserAccess: false,
        enablePDB: instances > 1,
        affinity: { enablePodAntiAffinity: true, topologyKey: "kubernetes.io/hostname" },
        resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "512Mi" } },
      },
      computedFields: ["spec.postgresql.parameters"],
      waitFor: { condition: { type: "Ready", status: "True" } },
      timeouts: { create: "30m", update: "30m" },
      protect,
    });
  }

  private certificate(part: string, services: readonly string[]): CustomResource {
    const { context, issuer } = this.props;
    return new CustomResource(this, `${part}-certificate`, {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      name: objectName(context, part),
      namespace: context.namespace,
      labels: partOf(context, part),
      spec: {
        secretName: tlsSecretName(context, part),
        dnsNames: services.flatMap((service) => [
          service,
          `${service}.${context.namespace}.svc`,
          `${service}.${context.namespace}.svc.cluster.local`,
        ]),
        duration: "2160h",
        renewBefore: "720h",
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        usages: ["server auth"],
        issuerRef: { name: issuer.name, kind: issuer.kind ?? "ClusterIssuer" },
      },
      waitFor: { condition: { type: "Ready", status: "True" } },
    });
  }

  private makeValkey(): HelmComponent {
    const { context, size, password, storageClass } = this.props;
    const name = objectName(context, "valkey");
    return new HelmComponent(this, "valkey", {
      component: COMPONENTS.valkey,
      releaseName: name,
      namespace: context.namespace,
      createNamespace: false,
      values: {
        fullnameOverride: name,
        commonLabels: partOf(context, "valkey"),
        auth: {
          enabled: true,
          usersExistingSecret: password.secretName,
          aclUsers: { default: { permissions: "~* &* +@all", passwordKey: password.key ?? "password" } },
        },
        tls: {
          enabled: true,
          existingSecret: tlsSecretName(context, "valkey"),
          serverPublicKey: "tls.crt",
          serverKey: "tls.key",
          caPublicKey: "ca.crt",
        },
        replica: {
          enabled: true,
          replicas: size.valkeyReplicas,
          // A write counts once a second pod has it.
          minReplicasToWrite: 1,
          persistence: { size: size.valkeyDisk, storageClass: storageClass ?? "" },
        },
        // Values that do not fit must be an error, not a loss: nothing is evicted.
        valkeyConfig: [
          `maxmemory ${size.valkeyMaxMemoryMb}mb`,
          "maxmemory-policy noeviction",
          "appendonly yes",
        ].join("\n"),
        resources: {
          requests: { cpu: "1", memory: size.valkeyMemory },
          limits: { memory: size.valkeyMemory },
        },
        readinessProbe: { enabled: true },
      },
      dependsOn: [this.valkeyCertificate.manifest],
    });
  }

  /** One file per store, as the operator reads them. JSON is YAML. */
  private settingsFiles(): Record<string, string> {
    const { context, trino, trinoUser, keyTtlSeconds } = this.props;
    const variable = (name: string): string => `\${${name}}`;
    const valkey = `${objectName(context, "valkey")}.${context.namespace}.svc:${VALKEY_PORT}`;
    const registry = `${objectName(context, "registry")}-rw.${context.namespace}.svc:5432`;
    const { hostname, port } = new URL(trino.uri);
    const files = {
      redis: {
        connection_string: `${valkey},ssl=true,ssl_ca_certs=${CA_FILE},password=${variable(ENV.valkey)}`,
        key_ttl_seconds: keyTtlSeconds,
      },
      sql: {
        path: `postgresql+psycopg://${variable(ENV.user)}:${variable(ENV.password)}@${registry}/${DATABASE}?sslmode=require`,
        cache_ttl_seconds: 60,
      },
      trino: {
        host: hostname,
        port: Number(port),
        "http-scheme": "https",
        "ssl-verify": true,
        catalog: Object.values(trino.catalogs).sort()[0],
        dataset: trino.schema,
        user: trinoUser,
        connector: { type: "iceberg" },
        auth: { type: "jwt", config: { token: variable(ENV.trino) } },
      },
    };
    return Object.fromEntries(
      Object.entries(files).map(([name, settings]) => [name, escapeTemplate(`${stableJson(settings, 2)}\n`)]),
    );
  }
}

/** Secrets as environment of Feast's pods, and what makes clients trust the certificate authority. */
export function feastEnvironment(context: FeatureContext, password: ValkeyPassword) {
  const secret = (name: string, secretName: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  const registry = `${objectName(context, "registry")}-app`;
  return [
    secret(ENV.user, registry, "username"),
    secret(ENV.password, registry, "password"),
    secret(ENV.valkey, password.secretName, password.key ?? "password"),
    { name: "REQUESTS_CA_BUNDLE", value: CA_FILE },
  ];
}

/** Makes the token of the pod known to Feast's settings, for one command. */
export const TRINO_TOKEN_VARIABLE = ENV.trino;

/** Secret with Feast's settings. */
export function settingsName(context: FeatureContext): string {
  return objectName(context, "feast-stores");
}

/** Secret with a certificate. */
export function tlsSecretName(context: FeatureContext, part: string): string {
  return objectName(context, part, "tls");
}

/** Service of Feast's online server, as the operator names it. */
export function onlineService(context: FeatureContext): string {
  return `feast-${context.prefix}-online`;
}
