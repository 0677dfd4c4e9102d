import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import { TerraformElement, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { renderFinding } from "../../core/errors";
import { stableJson } from "../../core/json";
import { clusterOf } from "../../kubernetes/installed-component";
import { StreamingErrors } from "../errors";
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

/** Name of the Deployment that a construct scales, with its namespace; undefined if it scales none. */
function scaledBy(construct: IConstruct): string | undefined {
  const spec = specOf(construct);
  const target = first(spec?.spec.scaleTargetRef ?? spec?.spec.scale_target_ref);
  const kind = target?.kind ?? "Deployment";
  return target === undefined || kind !== "Deployment"
    ? undefined
    : stableJson([spec?.namespace, target.name]);
}

type Any = Readonly<Record<string, unknown>>;

const first = (value: unknown): Any | undefined =>
  (Array.isArray(value) ? value[0] : value) as Any | undefined;

function specOf(construct: IConstruct): { readonly namespace: unknown; readonly spec: Any } | undefined {
  if (construct instanceof Manifest) {
    const { kind, metadata, spec } = construct.manifestInput as Record<string, Any & { namespace?: unknown }>;
    const scales = ["ScaledObject", "HorizontalPodAutoscaler"].includes(String(kind));
    return scales && spec !== undefined ? { namespace: metadata?.namespace, spec } : undefined;
  }
  const {
    terraformResourceType: type,
    metadataInput,
    specInput,
  } = construct as unknown as Record<string, unknown>;
  const scales =
    TerraformElement.isTerraformElement(construct) &&
    String(type).startsWith("kubernetes_horizontal_pod_autoscaler");
  return scales ? { namespace: (metadataInput as Any).namespace, spec: specInput as Any } : undefined;
}

/** Makes synth fail if something else of this app scales the same Deployment. */
export function guardScaling(scope: Construct, own: IConstruct): void {
  scope.node.addValidation({
    validate: () => {
      const target = scaledBy(own);
      const clusterOfConstruct = (construct: IConstruct) => {
        const stack = TerraformStack.of(construct);
        return clusterOf(stack) ?? stack.node.path;
      };
      return scope.node.root.node
        .findAll()
        .filter(
          (other) =>
            other !== own &&
            scaledBy(other) === target &&
            clusterOfConstruct(other) === clusterOfConstruct(own),
        )
        .map((other) =>
          renderFinding({
            error: StreamingErrors.TwoScalers,
            subject: "scale",
            given: own.node.path,
            allowed: `the only one; ${other.node.path} scales the same`,
          }),
        );
    },
  });
}
