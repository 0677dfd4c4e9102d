import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { fingerprint } from "../../core/naming";
import { CustomResource } from "../../kubernetes/custom-resource";
import { partOf } from "../../kubernetes/room-context";
import { ENDPOINT_LABEL, PICKER_ENGINES, SERVE_PORT, SERVES_LABEL } from "./labels";
import { versionSelector } from "./rollout";
import type { EndpointContext, ResolvedVariant } from "./variant";

const PICK_PORT = 9002;
const HEALTH_PORT = 9003;
const METRICS_PORT = 9090;
export const PICKER_METRICS_PORT_NAME = "metrics";
const CONFIG_KEY = "picker.yaml";
const USER = "65532";
/** Prompts that are new by fewer tokens are read where the answer is written. */
const SHORT_PROMPT_TOKENS = 16;

interface Plugin {
  readonly type: string;
  readonly parameters?: unknown;
}

interface Profile {
  readonly name: string;
  readonly plugins: readonly { readonly pluginRef: string; readonly weight?: number }[];
}

/** Replicas that have read the beginning of the prompt before go first, then those with little to do. */
const SCORES = [
  { pluginRef: "prefix-cache-scorer", weight: 3 },
  { pluginRef: "queue-scorer", weight: 2 },
  { pluginRef: "kv-cache-utilization-scorer", weight: 2 },
];

function profile(name: string, filters: readonly string[], adapters: boolean): Profile {
  return {
    name,
    plugins: [
      ...filters.map((pluginRef) => ({ pluginRef })),
      ...SCORES,
      ...(adapters ? [{ pluginRef: "lora-affinity-scorer", weight: 1 }] : []),
      { pluginRef: "max-score-picker" },
    ],
  };
}

/**
 * Configuration of the picker. Sources: llm-d/llm-d-router deploy/config/pd-epp-config.yaml and
 * config/charts/routerlib/templates/_config.yaml, as in 0.9 and 0.10 (read 2026-11)
 */
function pickerConfig({ props, parts }: ResolvedVariant): Record<string, unknown> {
  const split = parts.length > 1;
  const adapters = props.model.adapters.length > 0;
  const { engine } = props.plan;
  const scorers: readonly Plugin[] = [
    ...SCORES.map(({ pluginRef }) => ({ type: pluginRef })),
    ...(adapters ? [{ type: "lora-affinity-scorer" }] : []),
    { type: "max-score-picker" },
  ];
  const metrics: readonly Plugin[] =
    engine === "vllm"
      ? []
      : [
          { type: "metrics-data-source" },
          { type: "core-metrics-extractor", parameters: { defaultEngine: PICKER_ENGINES[engine] } },
        ];
  const handlers: readonly Plugin[] = split
    ? [
        { type: "approx-prefix-cache-producer" },
        { type: "prefill-filter" },
        { type: "decode-filter" },
        { type: "prefix-based-pd-decider", parameters: { nonCachedTokens: SHORT_PROMPT_TOKENS } },
        {
          type: "disagg-profile-handler",
          parameters: { deciders: { prefill: "prefix-based-pd-decider" } },
        },
      ]
    : [{ type: "single-profile-handler" }];
  return {
    apiVersion: "llm-d.ai/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: [...handlers, ...scorers, ...metrics],
    schedulingProfiles: split
      ? [profile("prefill", ["prefill-filter"], adapters), profile("decode", ["decode-filter"], adapters)]
      : [profile("default", [], adapters)],
  };
}

export interface EndpointPickerProps {
  readonly context: EndpointContext;
  readonly variant: ResolvedVariant;
}

/**
 * An InferencePool of a variant, and the program that chooses its replica for each request: by what is in the caches of
 * replicas, by their queues and by the priority of the request.
 *
 * Without the picker the gateway takes any replica (`FailOpen`), but for a split variant, where any would be wrong.
 * The picker reads the pool, its pods and InferenceObjectives, and nothing else.
 *
 * Terraform resource types: `kubernetes_manifest` (InferencePool, InferenceObjective), `kubernetes_deployment_v1`,
 * `kubernetes_service_v1`, `kubernetes_config_map_v1`, `kubernetes_service_account_v1`, `kubernetes_role_v1`,
 * `kubernetes_role_binding_v1`.
 */
export class EndpointPicker extends Construct {
  readonly pool: CustomResource;
  readonly config: ConfigMapV1;
  readonly serviceAccount: ServiceAccountV1;
  readonly role: RoleV1;
  readonly deployment: DeploymentV1;
  readonly service: ServiceV1;
  readonly podLabels: Readonly<Record<string, string>>;
  private readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EndpointPickerProps,
  ) {
    super(scope, id);
    const { context, variant } = props;
    this.name = `${variant.object}-picker`;
    this.podLabels = {
      ...partOf(context, "picker"),
      "app.kubernetes.io/instance": this.name,
      [ENDPOINT_LABEL]: context.endpoint,
    };
    this.serviceAccount = new ServiceAccountV1(this, "account", {
      metadata: this.metadata,
      automountServiceAccountToken: false,
      dependsOn: context.after,
    });
    this.role = this.makeRole();
    this.config = new ConfigMapV1(this, "config", {
      metadata: this.metadata,
      data: { [CONFIG_KEY]: stableJson(pickerConfig(variant)) },
      dependsOn: context.after,
    });
    this.service = this.makeService();
    this.deployment = this.makeDeployment();
    this.pool = this.makePool();
  }

  private get metadata() {
    return { name: this.name, namespace: this.props.context.namespace, labels: { ...this.podLabels } };
  }

  private makeRole(): RoleV1 {
    const { context } = this.props;
    const verbs = ["get", "list", "watch"];
    const replicas = context.picker!.replicas ?? 1;
    const role = new RoleV1(this, "role", {
      metadata: this.metadata,
      rule: [
        { apiGroups: [""], resources: ["pods"], verbs },
        { apiGroups: ["inference.networking.k8s.io"], resources: ["inferencepools"], verbs },
        {
          apiGroups: ["llm-d.ai"],
          resources: ["inferenceobjectives", "inferencemodelrewrites"],
          verbs,
        },
        ...(replicas > 1
          ? [
              {
                apiGroups: ["coordination.k8s.io"],
                resources: ["leases"],
                verbs: ["create", "get", "list", "update", "watch"],
              },
            ]
          : []),
      ],
      dependsOn: context.after,
    });
    new RoleBindingV1(this, "role-binding", {
      metadata: this.metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: this.name },
      subject: [{ kind: "ServiceAccount", name: this.name, namespace: context.namespace }],
      dependsOn: [role, this.serviceAccount],
    });
    return role;
  }

  private makeService(): ServiceV1 {
    return new ServiceV1(this, "service", {
      metadata: this.metadata,
      spec: {
        selector: { ...this.podLabels },
        port: [{ name: "pick", port: PICK_PORT, targetPort: "pick", protocol: "TCP", appProtocol: "http2" }],
      },
      dependsOn: this.props.context.after,
    });
  }

  private makeDeployment(): DeploymentV1 {
    const { context, variant } = this.props;
    const { image, replicas = 1 } = context.picker!;
    const probe = (service: string) => ({ grpc: [{ port: HEALTH_PORT, service }], periodSeconds: 10 });
    const several = replicas > 1;
    return new DeploymentV1(this, "deployment", {
      metadata: this.metadata,
      spec: {
        replicas: String(replicas),
        // One works at a time: it alone knows what it has sent where.
        strategy: { type: "Recreate" },
        selector: { matchLabels: { ...this.podLabels } },
        template: {
          metadata: {
            labels: { ...this.podLabels },
            annotations: {
              "hybrid-ai.io/config-sha256": fingerprint(stableJson(pickerConfig(variant)), 64),
            },
          },
          spec: {
            serviceAccountName: this.name,
            automountServiceAccountToken: true,
            enableServiceLinks: false,
            // Streams of answers go through it.
            terminationGracePeriodSeconds: Math.ceil(variant.props.plan.drainSeconds) + 30,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: USER,
              runAsGroup: USER,
              seccompProfile: { type: "RuntimeDefault" },
            },
            container: [
              {
                name: "picker",
                image,
                args: [
                  `--pool-name=${variant.object}`,
                  `--pool-namespace=${context.namespace}`,
                  "--pool-group=inference.networking.k8s.io",
                  `--grpc-port=${PICK_PORT}`,
                  `--grpc-health-port=${HEALTH_PORT}`,
                  `--config-file=/config/${CONFIG_KEY}`,
                  "--zap-encoder=json",
                  // A network policy says who reads them; asking the API server would need rights in the whole cluster.
                  "--metrics-endpoint-auth=false",
                  "--tracing=false",
                  ...(several ? ["--ha-enable-leader-election"] : []),
                ],
                env: [
                  { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                  { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                ],
                port: [
                  { name: "pick", containerPort: PICK_PORT, protocol: "TCP" },
                  { name: "health", containerPort: HEALTH_PORT, protocol: "TCP" },
                  { name: PICKER_METRICS_PORT_NAME, containerPort: METRICS_PORT, protocol: "TCP" },
                ],
                livenessProbe: probe(several ? "liveness" : "inference-extension"),
                readinessProbe: probe(several ? "readiness" : "inference-extension"),
                resources: { requests: { cpu: "4", memory: "8Gi" }, limits: { memory: "16Gi" } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                volumeMount: [{ name: "config", mountPath: "/config", readOnly: true }],
              },
            ],
            volume: [{ name: "config", configMap: { name: this.name } }],
          },
        },
      },
      // With several, those that stand by never become ready.
      waitForRollout: false,
      dependsOn: [this.role, this.config],
    });
  }

  private makePool(): CustomResource {
    const { context, variant } = this.props;
    return new CustomResource(this, "pool", {
      apiVersion: "inference.networking.k8s.io/v1",
      kind: "InferencePool",
      name: variant.object,
      namespace: context.namespace,
      labels: partOf(context, "pool"),
      spec: {
        selector: {
          matchLabels: { [SERVES_LABEL]: variant.object, ...versionSelector(variant.props.rollout) },
        },
        targetPorts: [{ number: SERVE_PORT }],
        endpointPickerRef: {
          group: "",
          kind: "Service",
          name: this.name,
          port: { number: PICK_PORT },
          failureMode: variant.parts.length > 1 ? "FailClose" : "FailOpen",
        },
      },
      dependsOn: [this.service],
    });
  }
}
