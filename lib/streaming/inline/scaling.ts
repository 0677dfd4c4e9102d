import type { SecretKeyReference } from "../streaming";
import type { InlineInferenceProps } from "./props";
import type { ResolvedInline } from "./resolve";

/** Key of the ConfigMap that holds the name of the user: KEDA takes it from an object, not as text. */
export const USERNAME_KEY = "kafka-username";

/** Kafka versions that sarama may assume. Source: https://keda.sh/docs/2.20/scalers/apache-kafka/ (read 2026-11) */
const KAFKA_VERSION = "3.6.0";

/** What KEDA needs to read offsets as the worker does; undefined if it needs nothing. */
export function triggerAuthentication(
  props: InlineInferenceProps,
  { topics: { input } }: ResolvedInline,
): Readonly<Record<string, unknown>> | undefined {
  if (props.scale?.prometheus !== undefined) {
    return undefined;
  }
  const { certificate, privateKey, password } = input.credentials ?? {};
  const secrets: [string, SecretKeyReference | undefined][] = [
    ["ca", input.caCertificate],
    ["cert", certificate],
    ["key", privateKey],
    ["password", password],
  ];
  const secretTargetRef = secrets.flatMap(([parameter, secret]) =>
    secret === undefined ? [] : [{ parameter, name: secret.name, key: secret.key }],
  );
  if (input.auth === "sasl-iam") {
    // The operator's own role: it needs the right to describe the group and the topic.
    return { podIdentity: { provider: "aws" }, ...(secretTargetRef.length > 0 ? { secretTargetRef } : {}) };
  }
  return {
    secretTargetRef,
    ...(input.auth === "scram"
      ? { configMapTargetRef: [{ parameter: "username", name: props.name, key: USERNAME_KEY }] }
      : {}),
  };
}

function kafkaTrigger(props: InlineInferenceProps, { topics: { input }, numbers }: ResolvedInline): object {
  const sasl = {
    mtls: {},
    scram: { sasl: "scram_sha512" },
    "sasl-iam": { sasl: "oauthbearer", saslTokenProvider: "aws_msk_iam", awsRegion: props.awsRegion },
    oauthbearer: {},
  }[input.auth];
  return {
    type: "kafka",
    // Text, all of it: KEDA refuses numbers here.
    metadata: {
      bootstrapServers: input.bootstrapServers,
      consumerGroup: input.consumerGroup,
      topic: input.topic,
      lagThreshold: `${numbers.scale.lagPerReplica}`,
      offsetResetPolicy: props.startFrom ?? "earliest",
      allowIdleConsumers: "false",
      version: KAFKA_VERSION,
      tls: "enable",
      ...sasl,
    },
    authenticationRef: { name: props.name },
  };
}

function prometheusTrigger(props: InlineInferenceProps, { numbers }: ResolvedInline): object {
  return {
    type: "prometheus",
    metadata: {
      serverAddress: props.scale!.prometheus,
      query: `sum(inline_inference_consumer_lag{pod=~"${props.name}-.*"})`,
      threshold: `${numbers.scale.lagPerReplica}`,
    },
  };
}

export function scaledObject(
  props: InlineInferenceProps,
  resolved: ResolvedInline,
): Readonly<Record<string, unknown>> {
  const { scale } = resolved.numbers;
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: props.name },
    minReplicaCount: scale.min,
    maxReplicaCount: scale.max,
    // Of the last replica; the others wait for the window below.
    cooldownPeriod: scale.cooldownSeconds,
    pollingInterval: 15,
    // A scaler that cannot read the lag keeps what there is.
    fallback: {
      failureThreshold: 3,
      replicas: Math.max(1, scale.min),
      behavior: "currentReplicasIfHigher",
    },
    advanced: {
      horizontalPodAutoscalerConfig: {
        // Every replica that goes makes the group share its partitions anew: one at a time, and not at once.
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: scale.cooldownSeconds,
            policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
          },
        },
      },
    },
    triggers: [
      props.scale?.prometheus === undefined
        ? kafkaTrigger(props, resolved)
        : prometheusTrigger(props, resolved),
    ],
  };
}
