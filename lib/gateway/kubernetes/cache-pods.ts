import type { DeploymentV1Config } from "@cdktf/provider-kubernetes/lib/deployment-v1";

const CONFIG_FOLDER = "/etc/response-cache";
export const CONFIG_KEY = "config.json";
const CERTIFICATE_FOLDER = "/var/run/response-cache/tls";
const STORE_FOLDER = "/var/run/response-cache/store";

export const PROCESSOR_PORT = 50_051;
/** `/livez`, `/readyz`, `/metrics`. */
export const SERVER_PORT = 9464;
export const METRICS_PORT_NAME = "metrics";

/** Whatever the image says, pods do not run as root. */
const USER = "10001";

/** Exchanges end with their answers; what takes longer is passed by. */
const DRAIN_SECONDS = 30;
export const DRAIN_MS = DRAIN_SECONDS * 1000;
/** Beyond draining: the store's connection is closed. */
const LEAVE_SECONDS = 15;

/** Where the program reads what comes of Secrets. */
export const FILES = {
  certificate: `${CERTIFICATE_FOLDER}/tls.crt`,
  privateKey: `${CERTIFICATE_FOLDER}/tls.key`,
  password: `${STORE_FOLDER}/password`,
  ca: `${STORE_FOLDER}/ca.crt`,
} as const;

export interface CachePods {
  /** Of the ConfigMap and of the account. */
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly configHash: string;
  readonly tlsSecret: string;
  readonly storeSecrets: { readonly password?: string; readonly ca?: string };
  readonly replicas: number;
  readonly cpu: string;
  readonly memory: string;
}

function probe(path: string, failureThreshold: number) {
  return { httpGet: { path, port: `${SERVER_PORT}` }, periodSeconds: 5, timeoutSeconds: 2, failureThreshold };
}

/** The Deployment's spec. */
export function cacheDeployment(pods: CachePods): DeploymentV1Config["spec"] {
  const { name, labels, cpu, memory, storeSecrets } = pods;
  const sources = [
    ...(storeSecrets.password === undefined ? [] : [{ name: storeSecrets.password, key: "password" }]),
    ...(storeSecrets.ca === undefined ? [] : [{ name: storeSecrets.ca, key: "ca.crt" }]),
  ].map((secret) => ({
    secret: [{ name: secret.name, items: [{ key: secret.key, path: secret.key }] }],
  }));
  return {
    replicas: `${pods.replicas}`,
    selector: { matchLabels: { ...labels } },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "1", maxUnavailable: "0" } },
    template: {
      metadata: { labels: { ...labels }, annotations: { "hybrid-ai.io/config-sha256": pods.configHash } },
      spec: {
        serviceAccountName: name,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: DRAIN_SECONDS + LEAVE_SECONDS,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          fsGroup: USER,
          seccompProfile: { type: "RuntimeDefault" },
        },
        topologySpreadConstraint: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
          (topologyKey) => ({
            topologyKey,
            maxSkew: 1,
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: [{ matchLabels: { ...labels } }],
          }),
        ),
        container: [
          {
            name: "cache",
            image: pods.image,
            env: [{ name: "RESPONSE_CACHE_CONFIG", value: `${CONFIG_FOLDER}/${CONFIG_KEY}` }],
            port: [
              { name: "grpc", containerPort: PROCESSOR_PORT, protocol: "TCP" },
              { name: METRICS_PORT_NAME, containerPort: SERVER_PORT, protocol: "TCP" },
            ],
            resources: { requests: { cpu, memory }, limits: { memory } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            startupProbe: probe("/livez", 24),
            livenessProbe: probe("/livez", 6),
            readinessProbe: probe("/readyz", 2),
            volumeMount: [
              { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
              { name: "tls", mountPath: CERTIFICATE_FOLDER, readOnly: true },
              ...(sources.length > 0 ? [{ name: "store", mountPath: STORE_FOLDER, readOnly: true }] : []),
            ],
          },
        ],
        volume: [
          { name: "config", configMap: { name } },
          { name: "tls", secret: { secretName: pods.tlsSecret, defaultMode: "0440" } },
          ...(sources.length > 0 ? [{ name: "store", projected: [{ defaultMode: "0440", sources }] }] : []),
        ],
      },
    },
  };
}
