import type { DeploymentV1Config } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import type { InlineInferenceProps } from "./props";
import type { ResolvedInline } from "./resolve";
import { ACCOUNT_TOKEN, SECRETS_FOLDER, SERVER_PORT, type WorkerSetup } from "./worker-config";

const CONFIG_FOLDER = "/etc/inline-inference";
export const CONFIG_KEY = "config.json";

/** Told by no file of the image: pods do not run as root, whatever the image says. */
const USER = "10001";

/** Beyond draining: the group is left and connections are closed. */
const LEAVE_SECONDS = 15;

export interface PodParts {
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** Of the configuration: pods are made anew when it changes. */
  readonly configHash: string;
  readonly setup: WorkerSetup;
}

function probe(path: string, failureThreshold: number) {
  return { httpGet: { path, port: `${SERVER_PORT}` }, periodSeconds: 5, timeoutSeconds: 2, failureThreshold };
}

/** The Deployment's spec. Replicas are KEDA's. */
export function deploymentSpec(
  props: InlineInferenceProps,
  { numbers }: ResolvedInline,
  { labels, serviceAccount, configHash, setup }: PodParts,
): DeploymentV1Config["spec"] {
  const { cpu = "1", memory = "512Mi" } = props.resources ?? {};
  const secrets = setup.files.length > 0 || setup.accountToken;
  return {
    selector: { matchLabels: { ...labels } },
    // A replica that comes before one goes: partitions move once more, and none waits.
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "1", maxUnavailable: "0" } },
    template: {
      metadata: { labels: { ...labels }, annotations: { "hybrid-ai.io/config-sha256": configHash } },
      spec: {
        serviceAccountName: serviceAccount,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: Math.ceil(numbers.drainMs / 1_000) + LEAVE_SECONDS,
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
            name: "worker",
            image: props.image,
            env: [
              { name: "INLINE_INFERENCE_CONFIG", value: `${CONFIG_FOLDER}/${CONFIG_KEY}` },
              { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            ],
            port: [{ name: "metrics", containerPort: SERVER_PORT, protocol: "TCP" }],
            // Memory is not to be had back; processor time is, where a node has some to spare.
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
              ...(secrets ? [{ name: "secrets", mountPath: SECRETS_FOLDER, readOnly: true }] : []),
            ],
          },
        ],
        volume: [
          { name: "config", configMap: { name: props.name } },
          ...(secrets
            ? [
                {
                  name: "secrets",
                  projected: [
                    {
                      defaultMode: "0440",
                      sources: [
                        ...setup.files.map(({ secret, path }) => ({
                          secret: [{ name: secret.name, items: [{ key: secret.key, path }] }],
                        })),
                        ...(setup.accountToken
                          ? [{ serviceAccountToken: { path: ACCOUNT_TOKEN, expirationSeconds: 3_600 } }]
                          : []),
                      ],
                    },
                  ],
                },
              ]
            : []),
        ],
      },
    },
  };
}
