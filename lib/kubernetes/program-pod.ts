/** What pods of this repository's own programs have in common: `/livez`, `/readyz` and `/metrics` on one port, no root. */
export const PROGRAM_PORT = 9464;
export const METRICS_PORT_NAME = "metrics";

/** Whatever the image says, pods do not run as root. */
const USER = "10001";

export const PROGRAM_POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: "RuntimeDefault" },
};

export const PROGRAM_CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

function probe(path: string, failureThreshold: number) {
  return {
    httpGet: { path, port: `${PROGRAM_PORT}` },
    periodSeconds: 5,
    timeoutSeconds: 2,
    failureThreshold,
  };
}

export const PROGRAM_PROBES = {
  startupProbe: probe("/livez", 24),
  livenessProbe: probe("/livez", 6),
  readinessProbe: probe("/readyz", 2),
};

/** A replica comes before one goes. */
export const ONE_MORE_FIRST = {
  type: "RollingUpdate",
  rollingUpdate: { maxSurge: "1", maxUnavailable: "0" },
};

/** Replicas apart, as far as there is room. */
export const spreadApart = (labels: Readonly<Record<string, string>>) =>
  ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: [{ matchLabels: { ...labels } }],
  }));
