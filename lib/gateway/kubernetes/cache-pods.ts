import type { DeploymentV1Config } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import {
  METRICS_PORT_NAME,
  ONE_MORE_FIRST,
  PROGRAM_CONTAINER_SECURITY,
  PROGRAM_POD_SECURITY,
  PROGRAM_PORT,
  PROGRAM_PROBES,
  spreadApart,
} from "../../kubernetes/program-pod";

const CONFIG_FOLDER = "/etc/response-cache";
export const CONFIG_KEY = "config.json";
const CERTIFICATE_FOLDER = "/var/run/response-cache/tls";
const STORE_FOLDER = "/var/run/response-cache/store";

export const PROCESSOR_PORT = 50_051;

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
    strategy: ONE_MORE_FIRST,
    template: {
      metadata: { labels: { ...labels }, annotations: { "hybrid-ai.io/config-sha256": pods.configHash } },
      spec: {
        serviceAccountName: name,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: DRAIN_SECONDS + LEAVE_SECONDS,
        securityContext: PROGRAM_POD_SECURITY,
        topologySpreadConstraint: spreadApart(labels),
        container: [
          {
            name: "cache",
            image: pods.image,
            env: [{ name: "RESPONSE_CACHE_CONFIG", value: `${CONFIG_FOLDER}/${CONFIG_KEY}` }],
            port: [
              { name: "grpc", containerPort: PROCESSOR_PORT, protocol: "TCP" },
              { name: METRICS_PORT_NAME, containerPort: PROGRAM_PORT, protocol: "TCP" },
            ],
            resources: { requests: { cpu, memory }, limits: { memory } },
            securityContext: PROGRAM_CONTAINER_SECURITY,
            ...PROGRAM_PROBES,
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
