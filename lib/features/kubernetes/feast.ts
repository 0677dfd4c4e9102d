import type { MaterializationPlan } from "../freshness";
import type { FeatureView } from "../schema";
import type { FeatureContext } from "./context";
import type { ValkeyPassword } from "./props";
import type { KubernetesOnlineSize } from "./sizing";
import { CA_FILE, feastEnvironment, settingsName, TRINO_TOKEN_VARIABLE, tlsSecretName } from "./stores";

export interface FeastSpecProps {
  readonly context: FeatureContext;
  readonly size: KubernetesOnlineSize;
  readonly views: readonly FeatureView[];
  readonly plans: ReadonlyMap<string, MaterializationPlan>;
  /** Config map with the feature repository. */
  readonly definitionsName: string;
  /** Of the feature repository: pods start anew, and apply it, when it changes. */
  readonly fingerprint: string;
  /** Roles that the operator makes. */
  readonly roles: readonly string[];
  readonly password: ValkeyPassword;
  readonly trinoAudience: string;
}

/** Where the operator keeps the feature repository: services.go and services_types.go, v0.66.0. */
const DATA_DIRECTORY = "/feast-data";
const REPOSITORY = "feature_repo";
const TOKEN_DIRECTORY = "/var/run/secrets/trino";
const TOKEN_SECONDS = 3600;
const WORKER_MEMORY_MEBIBYTES = 512;

/** The most frequent run that any view needs carries all views: the operator makes one cron job. */
function cronJob({ views, plans }: FeastSpecProps): Record<string, unknown> | undefined {
  const batch = views.flatMap((view) => {
    const plan = plans.get(view.name)!;
    return plan.kind === "batch" ? [{ view, plan }] : [];
  });
  const [first] = [...batch].sort((a, b) => a.plan.everySeconds! - b.plan.everySeconds!);
  if (first === undefined) {
    return undefined;
  }
  const only = batch.map(({ view }) => `--views ${view.name}`).join(" ");
  return {
    schedule: first.plan.cron,
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 60,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobSpec: { backoffLimit: 1, activeDeadlineSeconds: first.plan.everySeconds },
    containerConfigs: {
      commands: [
        `export ${TRINO_TOKEN_VARIABLE}="$(cat ${TOKEN_DIRECTORY}/token)" && feast materialize-incremental ${only} "$(date -u +%Y-%m-%dT%H:%M:%S)"`,
      ],
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    },
  };
}

/** The FeatureStore object: fields of feast.dev/v1 as of the operator 0.66.0. */
export function feastSpec(props: FeastSpecProps): Record<string, unknown> {
  const { context, size } = props;
  const project = context.prefix.replaceAll("-", "_");
  const store = (type: string) => ({ store: { type, secretRef: { name: settingsName(context) } } });
  const environment = feastEnvironment(context, props.password);
  const memory = `${size.serverWorkers * WORKER_MEMORY_MEBIBYTES}Mi`;
  return {
    feastProject: project,
    feastProjectDir: { init: { minimal: true } },
    replicas: size.serverReplicas,
    authz: { kubernetes: { roles: [...props.roles].sort() } },
    cronJob: cronJob(props),
    services: {
      runFeastApplyOnInit: true,
      podAnnotations: { "hybrid-ai.io/definitions": props.fingerprint },
      podDisruptionBudgets: { maxUnavailable: 1 },
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      offlineStore: { persistence: store("trino") },
      registry: { local: { persistence: store("sql") } },
      onlineStore: {
        persistence: store("redis"),
        serving: { metrics: { enabled: true } },
        server: {
          env: environment,
          logLevel: "info",
          metrics: true,
          workerConfigs: { workers: size.serverWorkers, registryTTLSeconds: 60 },
          resources: {
            requests: { cpu: String(size.serverWorkers), memory },
            limits: { memory },
          },
          tls: {
            secretRef: { name: tlsSecretName(context, "feast") },
            secretKeyNames: { tlsCrt: "tls.crt", tlsKey: "tls.key" },
          },
          volumeMounts: [
            {
              name: "definitions",
              // One file, not the folder: the operator writes feature_store.yaml beside it.
              mountPath: `${DATA_DIRECTORY}/${project}/${REPOSITORY}/features.py`,
              subPath: "features.py",
              readOnly: true,
            },
            { name: "ca", mountPath: CA_FILE.replace(/\/[^/]*$/, ""), readOnly: true },
            { name: "trino-token", mountPath: TOKEN_DIRECTORY, readOnly: true },
          ],
        },
      },
      volumes: [
        { name: "definitions", configMap: { name: props.definitionsName } },
        {
          name: "ca",
          secret: { secretName: tlsSecretName(context, "feast"), items: [{ key: "ca.crt", path: "ca.crt" }] },
        },
        {
          name: "trino-token",
          projected: {
            sources: [
              {
                serviceAccountToken: {
                  audience: props.trinoAudience,
                  expirationSeconds: TOKEN_SECONDS,
                  path: "token",
                },
              },
            ],
          },
        },
      ],
    },
  };
}
