import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { JobV1, type JobV1SpecTemplateSpec } from "@cdktf/provider-kubernetes/lib/job-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { escapeTemplate } from "../core/escape";
import { stableJson } from "../core/json";
import { fingerprint, resourceName } from "../core/naming";
import { type KubernetesContext, objectName, partOf, type SecretEnv } from "./room-context";

/** What a one-off pod needs. */
export interface PodProps {
  readonly image: string;
  readonly command: readonly string[];
  /** Config map mounted at `/etc/task`. */
  readonly configMap: string;
  readonly env?: readonly SecretEnv[];
  /** @default - no identity: no token is mounted */
  readonly serviceAccount?: string;
  /** Mount the token for the API server of the cluster. @default false */
  readonly apiToken?: boolean;
  /** Mount a token for this audience at `/var/run/secrets/task/token`. @default - none */
  readonly tokenAudience?: string;
  /** How long that token is valid. The pod must read it again, or end, before. @default 3600 */
  readonly tokenSeconds?: number;
  /** Limit in MiB; half of it is asked for. @default 512 */
  readonly memoryMebibytes?: number;
  /** Secret whose `ca.crt` is mounted at `/etc/task-ca/ca.crt`. @default - none */
  readonly caSecret?: string;
}

export const TASK_DIRECTORY = "/etc/task";
export const TOKEN_FILE = "/var/run/secrets/task/token";
export const CA_FILE = "/etc/task-ca/ca.crt";

const TOKEN_LIFETIME_SECONDS = 3600;
const MEMORY_MEBIBYTES = 512;

/** A pod that fits the `restricted` Pod Security Standard, with a read-only root. */
export function restrictedPod(props: PodProps): JobV1SpecTemplateSpec {
  const volumes: NonNullable<JobV1SpecTemplateSpec["volume"]> = [
    { name: "task", configMap: { name: props.configMap } },
    { name: "tmp", emptyDir: {} },
  ];
  const mounts = [
    { name: "task", mountPath: TASK_DIRECTORY, readOnly: true },
    { name: "tmp", mountPath: "/tmp" },
  ];
  if (props.tokenAudience !== undefined) {
    const serviceAccountToken = {
      audience: props.tokenAudience,
      expirationSeconds: props.tokenSeconds ?? TOKEN_LIFETIME_SECONDS,
      path: "token",
    };
    volumes.push({ name: "token", projected: [{ sources: [{ serviceAccountToken }] }] });
    mounts.push({ name: "token", mountPath: "/var/run/secrets/task", readOnly: true });
  }
  if (props.caSecret !== undefined) {
    volumes.push({
      name: "ca",
      secret: { secretName: props.caSecret, items: [{ key: "ca.crt", path: "ca.crt" }] },
    });
    mounts.push({ name: "ca", mountPath: "/etc/task-ca", readOnly: true });
  }
  const memory = props.memoryMebibytes ?? MEMORY_MEBIBYTES;
  return {
    restartPolicy: "Never",
    serviceAccountName: props.serviceAccount,
    automountServiceAccountToken: props.apiToken ?? false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: "1000",
      runAsGroup: "1000",
      fsGroup: "1000",
      seccompProfile: { type: "RuntimeDefault" },
    },
    container: [
      {
        name: "task",
        image: props.image,
        command: [...props.command],
        env: (props.env ?? []).map(({ name, secretName, secretKey }) => ({
          name,
          valueFrom: { secretKeyRef: { name: secretName, key: secretKey } },
        })),
        resources: {
          requests: { cpu: "100m", memory: `${memory / 2}Mi` },
          limits: { memory: `${memory}Mi` },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMount: mounts,
      },
    ],
    volume: volumes,
  };
}

export interface TaskProps extends Omit<PodProps, "configMap"> {
  readonly context: KubernetesContext;
  /** Part of the names, for example `tables`. */
  readonly name: string;
  /** Files at `/etc/task`. */
  readonly files: Readonly<Record<string, string>>;
  readonly dependsOn?: readonly ITerraformDependable[];
}

const KUBERNETES_NAME_LENGTH = 63;
const DEADLINE_SECONDS = 1200;

/**
 * A Job that brings something to its declared state and may run any number of times. Its name carries a fingerprint
 * of what it does: a change makes a new Job, no change keeps the finished one. Terraform waits until it has succeeded.
 *
 * Terraform resource types: `kubernetes_config_map_v1`, `kubernetes_job_v1`.
 */
export class Task extends Construct {
  readonly configMap: ConfigMapV1;
  readonly job: JobV1;

  constructor(scope: Construct, id: string, props: TaskProps) {
    super(scope, id);
    const { context, name, files, dependsOn, ...pod } = props;
    const labels = partOf(context, name);
    this.configMap = new ConfigMapV1(this, "files", {
      metadata: { name: objectName(context, name), namespace: context.namespace, labels },
      data: escapedFiles(files),
      dependsOn: [...context.after],
    });
    const work = fingerprint(stableJson({ files, pod }));
    this.job = new JobV1(this, "job", {
      metadata: {
        name: resourceName([context.prefix, name, work], { maxLength: KUBERNETES_NAME_LENGTH }),
        namespace: context.namespace,
        labels,
      },
      spec: {
        backoffLimit: 6,
        activeDeadlineSeconds: DEADLINE_SECONDS,
        template: {
          metadata: { labels },
          spec: restrictedPod({ ...pod, configMap: objectName(context, name) }),
        },
      },
      waitForCompletion: true,
      timeouts: { create: "25m", update: "25m" },
      dependsOn: [...context.after, this.configMap, ...(dependsOn ?? [])],
    });
  }
}

/** Files of a config map, safe from Terraform's interpolation, sorted. */
export function escapedFiles(files: Readonly<Record<string, string>>): Record<string, string> {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, text]) => [name, escapeTemplate(text)]));
}
