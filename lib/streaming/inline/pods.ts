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
import { type ProgramSetup, SECRETS_FOLDER } from "./program-setup";

const CONFIG_FOLDER = "/etc/inline-inference";
export const CONFIG_KEY = "config.json";

/** Beyond draining: the group is left and connections are closed. */
const LEAVE_SECONDS = 15;

/** What one program of the worker's image runs as. */
export interface PodParts {
  /** Of the ConfigMap too. */
  readonly name: string;
  readonly image: string;
  /** Which program, if it is not the one that decides. */
  readonly args?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** Of the configuration: pods are made anew when it changes. */
  readonly configHash: string;
  readonly setup: ProgramSetup;
  readonly drainMs: number;
  readonly resources: { readonly cpu: string; readonly memory: string };
  /** One pod, never two. @default false - as many as its scaler says */
  readonly single?: boolean;
}

/** The Deployment's spec. */
export function deploymentSpec(parts: PodParts): DeploymentV1Config["spec"] {
  const { name, image, args, labels, serviceAccount, configHash, setup, drainMs, single = false } = parts;
  const { cpu, memory } = parts.resources;
  const secrets = setup.files.length > 0 || setup.tokens.length > 0;
  return {
    selector: { matchLabels: { ...labels } },
    ...(single
      ? { replicas: "1", strategy: { type: "Recreate" } }
      : // A replica that comes before one goes: partitions move once more, and none waits.
        { strategy: ONE_MORE_FIRST }),
    template: {
      metadata: { labels: { ...labels }, annotations: { "hybrid-ai.io/config-sha256": configHash } },
      spec: {
        serviceAccountName: serviceAccount,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: Math.ceil(drainMs / 1_000) + LEAVE_SECONDS,
        securityContext: PROGRAM_POD_SECURITY,
        topologySpreadConstraint: single ? undefined : spreadApart(labels),
        container: [
          {
            name: "worker",
            image,
            ...(args ? { args: [...args] } : {}),
            env: [
              { name: "INLINE_INFERENCE_CONFIG", value: `${CONFIG_FOLDER}/${CONFIG_KEY}` },
              { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            ],
            port: [{ name: METRICS_PORT_NAME, containerPort: PROGRAM_PORT, protocol: "TCP" }],
            // Memory is not to be had back; processor time is, where a node has some to spare.
            resources: { requests: { cpu, memory }, limits: { memory } },
            securityContext: PROGRAM_CONTAINER_SECURITY,
            ...PROGRAM_PROBES,
            volumeMount: [
              { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
              ...(secrets ? [{ name: "secrets", mountPath: SECRETS_FOLDER, readOnly: true }] : []),
            ],
          },
        ],
        volume: [
          { name: "config", configMap: { name } },
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
                        ...setup.tokens.map(({ path, audience }) => ({
                          serviceAccountToken: { path, audience, expirationSeconds: 3_600 },
                        })),
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
