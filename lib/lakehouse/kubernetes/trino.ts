import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { type ITerraformDependable, Lazy } from "cdktf";
import { Construct } from "constructs";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";
import { type KubernetesContext, objectName, partOf } from "../../kubernetes/room-context";
import type { CertificateIssuer } from "../../kubernetes/service-tls";
import type { ForeignCatalog } from "../sharing";
import type { AccessRules } from "./access-rules";
import { catalogUri, KEYS, keysSecretName } from "./catalog";
import { catalogName, TABLE_NAMESPACE } from "./context";
import {
  AWS_AUDIENCE,
  awsEnvironment,
  awsRoles,
  foreignCatalogProperties,
  googleCredential,
  googleCredentialDirectory,
  joinLines,
  tokenDirectory,
  tokenVolume,
} from "./foreign-catalogs";
import type { StoreAccess, ZoneBucket } from "./storage";
import { KubernetesTrinoTls, trinoTlsSecretName } from "./trino-tls";

/** Trino, the query engine. */
export interface QuerySettings {
  /** Literal: it decides how much memory a query may use. @default 2 */
  readonly workers?: number;
  /** Memory of each worker and of the coordinator; three quarters of it are Java heap. @default "16Gi" */
  readonly memory?: string;
  /** CPUs that each worker and the coordinator ask for. @default 4 */
  readonly cpus?: number;
  /** Issuer of Trino's certificate. @default - a certificate authority of its own, in the namespace */
  readonly certificateIssuer?: CertificateIssuer;
  /**
   * `https://…` address of the keys with which the cluster signs tokens of service accounts, reachable by pods and
   * with a certificate that Java trusts.
   * @default - `<oidcIssuer>/openid/v1/jwks` of the site
   */
  readonly jwksUri?: string;
}

/** What a client in the cluster needs to run queries, beside a right. */
export interface TrinoEndpoint {
  /** `https://…` with the port. */
  readonly uri: string;
  /** Audience that Trino asks of the token of a service account. */
  readonly audience: string;
  /** Namespace in which Trino runs. */
  readonly namespace: string;
  /** Schema that holds the tables, the same in every catalogue. */
  readonly schema: string;
  /** Catalogue of each zone. */
  readonly catalogs: Readonly<Record<string, string>>;
  /** Who issued Trino's certificate. @default - a certificate authority in the namespace of the lakehouse */
  readonly certificateIssuer?: CertificateIssuer;
}

export interface KubernetesTrinoProps {
  readonly context: KubernetesContext;
  readonly settings: QuerySettings;
  readonly issuer?: string;
  readonly jwksUri: string;
  readonly buckets: readonly ZoneBucket[];
  readonly store: StoreAccess;
  readonly foreignCatalogs: readonly ForeignCatalog[];
  readonly rules: AccessRules;
  readonly dependsOn: readonly ITerraformDependable[];
}

export const TRINO_PORT = 8443;
const TLS_DIRECTORY = "/var/run/trino-tls";
const RULES_DIRECTORY = "/etc/trino-rules";
const RULES_REFRESH = "30s";
/** Share of the heap that one query may use on a node; the rest is for buffers and other queries. */
const QUERY_SHARE = 0.5;
const HEADROOM_SHARE = 0.3;
const HEAP_SHARE = 0.75;
const MEBIBYTES: Readonly<Record<string, number>> = {
  Ki: 1 / 1024,
  Mi: 1,
  Gi: 1024,
  Ti: 1024 ** 2,
  Pi: 1024 ** 3,
};

export function trinoName(context: Pick<KubernetesContext, "prefix">): string {
  return objectName(context, "trino");
}

/** Address of Trino inside the cluster. */
export function trinoUri(context: Pick<KubernetesContext, "prefix" | "namespace">): string {
  return `https://${trinoName(context)}-query.${context.namespace}.svc:${TRINO_PORT}`;
}

/** Audience that Trino asks of a client's token. */
export function trinoAudience(context: Pick<KubernetesContext, "prefix">): string {
  return trinoName(context);
}

function mebibytes(size: string): number {
  const match = /^([0-9.]+)(Ki|Mi|Gi|Ti|Pi)$/.exec(size);
  return match ? Math.floor(Number(match[1]) * (MEBIBYTES[match[2]!] ?? 0)) : 0;
}

/**
 * Trino with one Iceberg catalogue per zone and the foreign catalogues, TLS, authentication by tokens of service
 * accounts, and file-based access control. Clients use `https://<prefix>-trino-query.<namespace>.svc:8443` with a
 * projected token of the audience `<prefix>-trino`.
 *
 * Terraform resource types: `helm_release`, `kubernetes_config_map_v1`, `kubernetes_service_v1`,
 * `kubernetes_pod_disruption_budget_v1`, `kubernetes_manifest` (Certificate, Issuer).
 */
export class KubernetesTrino extends Construct {
  readonly tls: KubernetesTrinoTls;
  /** Rendered from all grants of the stack. */
  readonly rules: ConfigMapV1;
  /** Only with foreign catalogues of kind bigquery, by catalogue. */
  readonly googleCredentials: Readonly<Record<string, ConfigMapV1>>;
  readonly release: HelmComponent;
  readonly service: ServiceV1;
  /** For clients in the cluster. Literals. */
  readonly endpoint: TrinoEndpoint;
  readonly disruptionBudget: PodDisruptionBudgetV1;

  constructor(scope: Construct, id: string, props: KubernetesTrinoProps) {
    super(scope, id);
    const { context } = props;
    this.tls = new KubernetesTrinoTls(this, "tls", {
      context,
      hosts: [`${trinoName(context)}-query.${context.namespace}`],
      issuer: props.settings.certificateIssuer,
    });
    const metadata = (part: string) => ({
      name: objectName(context, "trino", part),
      namespace: context.namespace,
      labels: partOf(context, "trino"),
    });
    this.rules = new ConfigMapV1(this, "rules", {
      metadata: metadata("rules"),
      data: { "rules.json": Lazy.stringValue({ produce: () => props.rules.render() }) },
      dependsOn: [...context.after],
    });
    this.googleCredentials = Object.fromEntries(
      props.foreignCatalogs.flatMap(({ name, access }) =>
        access?.kind === "google"
          ? [
              [
                name,
                new ConfigMapV1(this, `google-${name}`, {
                  metadata: metadata(`google-${name.replaceAll("_", "-")}`),
                  data: { "credential.json": googleCredential(this.node.path, access, name) },
                  dependsOn: [...context.after],
                }),
              ],
            ]
          : [],
      ),
    );
    this.release = this.makeRelease(props);
    this.endpoint = {
      uri: trinoUri(context),
      audience: trinoAudience(context),
      namespace: context.namespace,
      schema: TABLE_NAMESPACE,
      catalogs: Object.fromEntries(props.buckets.map(({ zone }) => [zone, catalogName(zone)])),
      certificateIssuer: props.settings.certificateIssuer,
    };
    const selector = {
      "app.kubernetes.io/name": "trino",
      "app.kubernetes.io/instance": trinoName(context),
    };
    this.service = new ServiceV1(this, "service", {
      metadata: metadata("query"),
      spec: {
        selector: { ...selector, "app.kubernetes.io/component": "coordinator" },
        port: [{ name: "https", port: TRINO_PORT, targetPort: String(TRINO_PORT), protocol: "TCP" }],
      },
      dependsOn: [...context.after],
    });
    this.disruptionBudget = new PodDisruptionBudgetV1(this, "disruption-budget", {
      metadata: metadata("workers"),
      spec: {
        maxUnavailable: "1",
        selector: { matchLabels: { ...selector, "app.kubernetes.io/component": "worker" } },
      },
      dependsOn: [...context.after],
    });
  }

  private makeRelease(props: KubernetesTrinoProps): HelmComponent {
    const { context, settings } = props;
    const memory = settings.memory ?? "16Gi";
    const heap = Math.floor(mebibytes(memory) * HEAP_SHARE);
    const perNode = Math.floor(heap * QUERY_SHARE);
    const workers = settings.workers ?? 2;
    const node = this.nodeValues(props, memory, heap, perNode);
    return new HelmComponent(this, "trino", {
      component: COMPONENTS.trino,
      releaseName: trinoName(context),
      namespace: context.namespace,
      createNamespace: false,
      values: {
        server: {
          workers,
          config: { query: { maxMemory: `${perNode * workers}MB` } },
          coordinatorExtraConfig: coordinatorConfig(props).join("\n"),
        },
        additionalConfigProperties: ["internal-communication.shared-secret=${ENV:TRINO_SHARED_SECRET}"],
        accessControl: {
          type: "properties",
          properties: [
            "access-control.name=file",
            `security.config-file=${RULES_DIRECTORY}/rules.json`,
            `security.refresh-period=${RULES_REFRESH}`,
          ].join("\n"),
        },
        catalogs: { tpch: null, tpcds: null, ...catalogs(props) },
        env: environment(props),
        serviceAccount: { create: true, name: trinoName(context) },
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          fsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containerSecurityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        coordinator: {
          ...node,
          additionalVolumes: [...node.additionalVolumes, tlsVolume(context)],
          additionalVolumeMounts: [
            ...node.additionalVolumeMounts,
            { name: "tls", mountPath: TLS_DIRECTORY, readOnly: true },
          ],
        },
        worker: node,
      },
      dependsOn: [
        this.rules,
        this.tls.certificate.manifest,
        ...Object.values(this.googleCredentials),
        ...props.dependsOn,
      ],
    });
  }

  private nodeValues(props: KubernetesTrinoProps, memory: string, heap: number, perNode: number) {
    const volumes = [
      { volume: { name: "data", emptyDir: {} }, path: "/data/trino", readOnly: false },
      { volume: { name: "tmp", emptyDir: {} }, path: "/tmp", readOnly: false },
      {
        volume: { name: "rules", configMap: { name: objectName(props.context, "trino", "rules") } },
        path: RULES_DIRECTORY,
        readOnly: true,
      },
      ...foreignVolumes(props),
    ];
    return {
      jvm: { maxHeapSize: `${heap}M` },
      config: {
        memory: { heapHeadroomPerNode: `${Math.floor(heap * HEADROOM_SHARE)}MB` },
        query: { maxMemoryPerNode: `${perNode}MB` },
      },
      resources: { requests: { cpu: String(props.settings.cpus ?? 4), memory }, limits: { memory } },
      additionalVolumes: volumes.map(({ volume }) => volume),
      additionalVolumeMounts: volumes.map(({ volume, path, readOnly }) => ({
        name: volume.name,
        mountPath: path,
        readOnly,
      })),
    };
  }
}

function tlsVolume(context: KubernetesContext) {
  return { name: "tls", secret: { secretName: trinoTlsSecretName(context) } };
}

/** Source: Trino 480 documentation, TLS and JWT authentication. Only the coordinator takes these properties. */
function coordinatorConfig({ context, issuer, jwksUri }: KubernetesTrinoProps): readonly string[] {
  return [
    "http-server.https.enabled=true",
    `http-server.https.port=${TRINO_PORT}`,
    `http-server.https.keystore.path=${TLS_DIRECTORY}/tls-combined.pem`,
    "http-server.authentication.type=JWT",
    `http-server.authentication.jwt.key-file=${jwksUri}`,
    ...(issuer === undefined ? [] : [`http-server.authentication.jwt.required-issuer=${issuer}`]),
    `http-server.authentication.jwt.required-audience=${trinoAudience(context)}`,
    "web-ui.enabled=false",
  ];
}

function catalogs({
  context,
  buckets,
  store,
  foreignCatalogs,
}: KubernetesTrinoProps): Record<string, string> {
  return Object.fromEntries([
    ...buckets.map((bucket) => [
      catalogName(bucket.zone),
      joinLines([
        "connector.name=iceberg",
        "iceberg.catalog.type=rest",
        `iceberg.rest-catalog.uri=${catalogUri(context)}`,
        `iceberg.rest-catalog.warehouse=${bucket.zone}`,
        "iceberg.expire-snapshots.min-retention=1d",
        "fs.native-s3.enabled=true",
        `s3.endpoint=${store.endpoint}`,
        `s3.region=${store.region}`,
        "s3.path-style-access=true",
        `s3.aws-access-key=\${ENV:${bucket.accessKey.name}}`,
        `s3.aws-secret-key=\${ENV:${bucket.secretKey.name}}`,
      ]),
    ]),
    ...foreignCatalogs.map((catalog) => [catalog.name, joinLines(foreignCatalogProperties(catalog))]),
  ]);
}

function environment({ context, buckets, foreignCatalogs }: KubernetesTrinoProps) {
  const secret = (name: string, secretName: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key } },
  });
  const [role] = awsRoles(foreignCatalogs);
  return [
    secret("TRINO_SHARED_SECRET", keysSecretName(context), KEYS.shared),
    ...buckets
      .flatMap((bucket) => [bucket.accessKey, bucket.secretKey])
      .map(({ name, secretName, secretKey }) => secret(name, secretName, secretKey)),
    ...(role === undefined ? [] : awsEnvironment(role)),
  ];
}

function foreignVolumes({ context, foreignCatalogs }: KubernetesTrinoProps) {
  const aws =
    awsRoles(foreignCatalogs).length === 0
      ? []
      : [{ volume: tokenVolume("aws-token", AWS_AUDIENCE), path: tokenDirectory("aws"), readOnly: true }];
  const google = foreignCatalogs.flatMap(({ name, access }) => {
    if (access?.kind !== "google") {
      return [];
    }
    const label = name.replaceAll("_", "-");
    return [
      {
        volume: tokenVolume(`google-token-${label}`, access.audience),
        path: tokenDirectory("google", name),
        readOnly: true,
      },
      {
        volume: {
          name: `google-${label}`,
          configMap: { name: objectName(context, "trino", `google-${label}`) },
        },
        path: googleCredentialDirectory(name),
        readOnly: true,
      },
    ];
  });
  return [...aws, ...google];
}
