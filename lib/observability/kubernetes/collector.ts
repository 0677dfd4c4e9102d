import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1";
import type { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { Problems } from "../../core/problems";
import { CustomResource } from "../../kubernetes/custom-resource";
import { networkPolicy, podsOf, tcp } from "../../kubernetes/network-policy";
import { guardPhases } from "../../kubernetes/phase-guard";
import { objectName, partOf } from "../../kubernetes/room-context";
import {
  OTLP_GRPC,
  OTLP_HTTP,
  OTLP_TLS_PATH,
  POD_LOGS_PATH,
  podLogsConfig,
  receivingConfig,
} from "../collector/config";
import { TELEMETRY_DATA_CLASSES, type TelemetryDataClass } from "../collector/redaction";
import { type ExporterConfig, logExporter, type MountedSecret, traceExporter } from "../collector/targets";
import { checkCollector } from "./collector-checks";
import type { TelemetryCollectorProps } from "./collector-props";

const MEMORY_MEBIBYTES = 1024;

const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Rights of the processor that adds names of pods. Source: its README in opentelemetry-collector-contrib (read 2026-11). */
const READS = [
  { apiGroups: [""], resources: ["pods", "namespaces"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get", "list", "watch"] },
];

interface CollectorContext {
  readonly prefix: string;
  readonly namespace: string;
}

/**
 * Collectors of traces and logs, for the `workloads` stack. Needs the operator of OpenTelemetry
 * (`ObservabilityOperators`).
 *
 * One collector takes what programs send by OTLP, on 4317 (gRPC) and 4318 (HTTP). It has one replica, because it decides
 * about whole traces. A second one runs on each node and reads what containers write. What may be personal or secret is
 * masked before anything leaves a collector.
 *
 * Terraform resource types: `kubernetes_manifest`, `kubernetes_service_account_v1`, `kubernetes_cluster_role_v1`,
 * `kubernetes_cluster_role_binding_v1`, `kubernetes_network_policy_v1`.
 *
 * @throws ImageNotPinned, InvalidTarget, SecretAsText, PersonalDataInTelemetry, NoEffect, MissingValue, NotOneOf,
 *   NumberOutOfRange, InvalidName, DuplicateValue; at synth CustomResourceBesideItsOperator
 */
export class TelemetryCollector extends Construct {
  readonly receiving: CustomResource;
  /** Only with logs of containers. */
  readonly podLogs?: CustomResource;
  readonly serviceAccount: ServiceAccountV1;
  readonly role: ClusterRoleV1;
  readonly networkPolicy: NetworkPolicyV1;
  /** Where programs send: the value of `OTEL_EXPORTER_OTLP_ENDPOINT`, gRPC. */
  readonly endpoint: string;
  /** Classes of data that are masked. */
  readonly redacted: readonly TelemetryDataClass[];

  constructor(scope: Construct, id: string, props: TelemetryCollectorProps) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    checkCollector(problems, props);
    problems.throwIfAny();
    const context = { prefix: props.namePrefix, namespace: props.namespace ?? "monitoring" };
    this.redacted = TELEMETRY_DATA_CLASSES.filter((dataClass) => !props.keep?.includes(dataClass));
    const account = objectName(context, "collector");
    this.serviceAccount = new ServiceAccountV1(this, "account", {
      metadata: {
        name: account,
        namespace: context.namespace,
        labels: partOf(context, "collector"),
        annotations: props.serviceAccountAnnotations && { ...props.serviceAccountAnnotations },
      },
    });
    this.role = new ClusterRoleV1(this, "role", {
      metadata: { name: account, labels: partOf(context, "collector") },
      rule: READS,
    });
    new ClusterRoleBindingV1(this, "role-binding", {
      metadata: { name: account, labels: partOf(context, "collector") },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: this.role.metadata.name },
      subject: [{ kind: "ServiceAccount", name: account, namespace: context.namespace }],
    });
    const traces = props.traces && traceExporter(props.traces);
    const logs = props.logs && logExporter(props.logs);
    this.receiving = this.receivingCollector(context, props, traces, logs);
    this.podLogs = logs && (props.podLogs ?? true) ? this.nodeCollector(context, props, logs) : undefined;
    const name = objectName(context, "otlp");
    this.networkPolicy = networkPolicy(this, "otlp-clients", context, {
      podSelector: { matchLabels: { "app.kubernetes.io/instance": `${context.namespace}.${name}` } },
      policyTypes: ["Ingress"],
      ingress:
        props.clientNamespaces.length === 0
          ? []
          : [{ from: props.clientNamespaces.map(podsOf), ports: tcp(`${OTLP_GRPC}`, `${OTLP_HTTP}`) }],
    });
    const scheme = props.receiverTlsSecret === undefined ? "http" : "https";
    this.endpoint = `${scheme}://${name}-collector.${context.namespace}.svc:${OTLP_GRPC}`;
    guardPhases(TerraformStack.of(this));
  }

  private receivingCollector(
    context: CollectorContext,
    props: TelemetryCollectorProps,
    traces: ExporterConfig | undefined,
    logs: ExporterConfig | undefined,
  ): CustomResource {
    const tls = props.receiverTlsSecret;
    const config = receivingConfig({
      traces,
      logs,
      sampling: props.traces?.sampling ?? {},
      redact: this.redacted,
      tls: tls !== undefined,
    });
    const exporters = [traces, logs].filter((exporter) => exporter !== undefined);
    const secrets = exporters.flatMap(({ mounts }) => mounts);
    return this.collector("receiving", objectName(context, "otlp"), context, {
      mode: "deployment",
      replicas: 1,
      config,
      env: environment(exporters),
      ...mounted(tls === undefined ? secrets : [...secrets, { secret: tls, path: OTLP_TLS_PATH }]),
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        fsGroup: 10001,
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...resources(props),
      image: props.image,
    });
  }

  private nodeCollector(
    context: CollectorContext,
    props: TelemetryCollectorProps,
    logs: ExporterConfig,
  ): CustomResource {
    const excluded = props.excludedNamespaces ?? [context.namespace];
    const { volumes = [], volumeMounts = [] } = mounted(logs.mounts);
    return this.collector("pod-logs", objectName(context, "pod-logs"), context, {
      mode: "daemonset",
      config: podLogsConfig(logs, this.redacted, excluded),
      env: [
        ...environment([logs]),
        { name: "K8S_NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
      ],
      volumes: [...volumes, { name: "pod-logs", hostPath: { path: POD_LOGS_PATH, type: "Directory" } }],
      volumeMounts: [...volumeMounts, { name: "pod-logs", mountPath: POD_LOGS_PATH, readOnly: true }],
      // Files of containers belong to root, and only root may read them; no capability goes with it.
      podSecurityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: "RuntimeDefault" } },
      tolerations: [{ operator: "Exists" }],
      ...resources(props),
      image: props.image,
    });
  }

  private collector(
    id: string,
    name: string,
    context: CollectorContext,
    spec: Readonly<Record<string, unknown>>,
  ): CustomResource {
    return new CustomResource(this, id, {
      apiVersion: "opentelemetry.io/v1beta1",
      kind: "OpenTelemetryCollector",
      name,
      namespace: context.namespace,
      labels: partOf(context, "collector"),
      spec: {
        managementState: "managed",
        // The image is pinned; the operator must not move the configuration past it.
        upgradeStrategy: "none",
        serviceAccount: this.serviceAccount.metadata.name,
        securityContext: CONTAINER_SECURITY,
        ...spec,
      },
    });
  }
}

function environment(exporters: readonly ExporterConfig[]): readonly Record<string, unknown>[] {
  return exporters.flatMap(({ env }) =>
    env.map(({ variable, secret: { name, key } }) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name, key } },
    })),
  );
}

function mounted(secrets: readonly MountedSecret[]): {
  readonly volumes?: readonly Record<string, unknown>[];
  readonly volumeMounts?: readonly Record<string, unknown>[];
} {
  return secrets.length === 0
    ? {}
    : {
        volumes: secrets.map(({ secret }, index) => ({
          name: `secret-${index}`,
          secret: { secretName: secret },
        })),
        volumeMounts: secrets.map(({ path }, index) => ({
          name: `secret-${index}`,
          mountPath: path,
          readOnly: true,
        })),
      };
}

function resources({ memoryMebibytes = MEMORY_MEBIBYTES }: TelemetryCollectorProps): Record<string, unknown> {
  return {
    resources: {
      requests: { cpu: "100m", memory: `${memoryMebibytes / 2}Mi` },
      limits: { memory: `${memoryMebibytes}Mi` },
    },
  };
}
