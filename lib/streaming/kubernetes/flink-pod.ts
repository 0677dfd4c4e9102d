import { stableJson } from "../../core/json";
import type { KubernetesIdentity } from "../../fabric/identity";
import type { grantProcessor, ProcessorModel } from "../processor";
import type { StreamGrant, TopicAccess } from "../streaming";
import type { FlinkCheckpoints, KubernetesStreamProcessorProps } from "./flink-props";

/** Where state is kept, and as whom the pods write there. */
export interface StateFolder {
  readonly location?: string;
  readonly roleArn?: string;
}

/** The folder of a job's state, to which it is given the right where that can be done. */
export function stateOf(checkpoints: FlinkCheckpoints | false, identity: KubernetesIdentity): StateFolder {
  if (checkpoints === false) {
    return {};
  }
  const { location } = checkpoints;
  if (typeof location === "string") {
    return { location };
  }
  const zone = location.lakehouse.zone(location.zone);
  if (checkpoints.credentialsSecretName !== undefined) {
    return { location: zone.location };
  }
  const { access } = zone.grantWrite(identity);
  return { location: zone.location, roleArn: access?.kind === "aws" ? access.roleArn : undefined };
}

/** Where pods find the token with which they act in AWS. */
const AWS_TOKEN = { folder: "/var/run/secrets/stream", file: "aws-token", audience: "sts.amazonaws.com" };

/** What all pods of a job share: how they connect, as whom, and the Secrets for it. */
export function podTemplate(
  { checkpoints }: KubernetesStreamProcessorProps,
  { delivery }: ProcessorModel,
  { roleArn }: StateFolder,
  { sources, sinks }: ReturnType<typeof grantProcessor>,
) {
  const grants = [...sources, ...sinks];
  const secrets = secretsOf(grants.map(({ access }) => access));
  const credentials = checkpoints === false ? undefined : checkpoints.credentialsSecretName;
  const actsInAws = roleArn !== undefined || grants.some(({ federation }) => federation?.kind === "aws");
  const told = (given: readonly StreamGrant[]) =>
    stableJson(given.map(({ access, federation }) => ({ ...access, federation })));
  const env = [
    { name: "AWS_ROLE_ARN", value: roleArn },
    {
      name: "AWS_WEB_IDENTITY_TOKEN_FILE",
      value: actsInAws ? `${AWS_TOKEN.folder}/${AWS_TOKEN.file}` : undefined,
    },
    { name: "STREAM_DELIVERY", value: delivery },
    { name: "STREAM_SINKS", value: told(sinks) },
    { name: "STREAM_SOURCES", value: told(sources) },
  ];
  const mounts = secrets.map((secret) => ({
    volume: { name: secret, secret: { secretName: secret } },
    mount: { name: secret, mountPath: `/etc/stream/${secret}`, readOnly: true },
  }));
  const token = {
    volume: {
      name: AWS_TOKEN.file,
      projected: {
        sources: [
          {
            serviceAccountToken: {
              audience: AWS_TOKEN.audience,
              expirationSeconds: 3600,
              path: AWS_TOKEN.file,
            },
          },
        ],
      },
    },
    mount: { name: AWS_TOKEN.file, mountPath: AWS_TOKEN.folder, readOnly: true },
  };
  return {
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 9999, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "flink-main-container",
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          env: env.filter(({ value }) => value !== undefined),
          envFrom: credentials ? [{ secretRef: { name: credentials } }] : undefined,
          volumeMounts: [...mounts.map(({ mount }) => mount), ...(actsInAws ? [token.mount] : [])],
        },
      ],
      volumes: [...mounts.map(({ volume }) => volume), ...(actsInAws ? [token.volume] : [])],
    },
  };
}

function secretsOf(accesses: readonly TopicAccess[]): readonly string[] {
  const references = accesses.flatMap((access) =>
    access.kind === "kafka" ? [access.caCertificate, ...Object.values(access.credentials ?? {})] : [],
  );
  return [...new Set(references.flatMap((reference) => (reference ? [reference.name] : [])))].sort();
}
