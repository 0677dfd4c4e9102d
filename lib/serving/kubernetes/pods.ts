import type { EngineCommand, NodeOfReplica } from "./engines/command";
import { engineCommand } from "./engines/engine";
import {
  BEHIND_SIDECAR_PORT,
  ENGINE_PORT_NAME,
  type EngineRole,
  MODEL_PATH,
  podLabels,
  SERVE_PORT,
  SERVES_LABEL,
  workloadLabels,
} from "./labels";
import type { EndpointContext, ResolvedVariant, VariantPart } from "./variant";
import { labelsOf } from "./variant";
import { LOCKED_DOWN, type WeightsInPod, weightsInPod } from "./weights";

type Fields = Readonly<Record<string, unknown>>;

/** Told by no file of the image: pods do not run as root, whatever the image says. */
const USER = 10_001;
/** Until everyone has heard that the pod takes no more requests. */
const HEAR_SECONDS = 15;
/** Beyond the longest generation: connections close, memory is freed. */
const LEAVE_SECONDS = 30;
const SHARED_MEMORY_GIB_PER_ACCELERATOR = 2;
/** Of the process itself and its buffers. */
const PROCESS_MEMORY_GIB = 16;
const DEFAULT_CPUS = 8;
/** Compiled kernels, configuration, temporary files. */
const SCRATCH_GIB = 20;
/** How long a node and an engine take before weights arrive. */
const DEFAULT_START_SECONDS = 600;
const DEFAULT_LOAD_GBPS = 1;
const PROBE_SECONDS = 10;

/** Seconds from nothing to the first answer, by the rate at which weights arrive. */
export function startSeconds({ props, weightsGib }: ResolvedVariant): number {
  const { loadGbps = DEFAULT_LOAD_GBPS, otherSeconds = DEFAULT_START_SECONDS } = props.start ?? {};
  return Math.ceil((weightsGib * 8 * 1.073741824) / loadGbps + otherSeconds);
}

export function weightsOf({ props, cache, weightsGib }: ResolvedVariant): WeightsInPod {
  return weightsInPod({
    weights: props.model.weights,
    adapters: props.model.adapters,
    cache,
    storage: props.objectStorage ?? {},
    engineImage: props.engine.image,
    weightsGib,
    modelPath: MODEL_PATH,
  });
}

function acceleratorsOfPod({ plan }: ResolvedVariant["props"]): number {
  return plan.acceleratorsPerReplica / plan.nodesPerReplica;
}

/** A pod of part of a node gets its accelerators; one that has to do with others gets the fast network as well. */
function deviceLimits(variant: ResolvedVariant, { role, scheduling }: VariantPart): Record<string, string> {
  const { resource } = scheduling.pool;
  const own = resource === undefined ? {} : { [resource]: String(acceleratorsOfPod(variant.props)) };
  return needsNetwork(variant, role) ? { ...scheduling.limits, ...own } : own;
}

function needsNetwork({ props }: ResolvedVariant, role: EngineRole): boolean {
  return role !== "both" || props.plan.nodesPerReplica > 1;
}

export function resourcesOf(variant: ResolvedVariant, part: VariantPart, diskGib: number): Fields {
  const { props, weightsGib } = variant;
  const shared = sharedMemoryGib(variant);
  const ofWeights = Math.ceil(weightsGib / props.plan.nodesPerReplica);
  const memory = `${props.memoryGib ?? ofWeights + shared + PROCESS_MEMORY_GIB}Gi`;
  const devices = deviceLimits(variant, part);
  const claims = needsNetwork(variant, part.role) ? part.scheduling.resourceClaims : [];
  return {
    requests: {
      cpu: String(props.cpus ?? DEFAULT_CPUS),
      memory,
      "ephemeral-storage": `${diskGib + SCRATCH_GIB}Gi`,
      ...devices,
    },
    limits: { memory, ...devices },
    ...(claims.length === 0 ? {} : { claims: claims.map(({ name }) => ({ name })) }),
  };
}

function sharedMemoryGib({ props }: ResolvedVariant): number {
  return Math.max(8, acceleratorsOfPod(props) * SHARED_MEMORY_GIB_PER_ACCELERATOR);
}

/** Variables for which the image may expect a home, and a user that has a name. */
const HOME_ENVIRONMENT: readonly Fields[] = [
  { name: "HOME", value: "/engine" },
  { name: "USER", value: "engine" },
  { name: "LOGNAME", value: "engine" },
  { name: "XDG_CACHE_HOME", value: "/engine/.cache" },
  { name: "TRITON_CACHE_DIR", value: "/engine/.triton" },
];

/** Names that `environment` of the engine may not set again. */
export const OWN_ENVIRONMENT: readonly string[] = [
  ...HOME_ENVIRONMENT.map(({ name }) => String(name)),
  "HF_HUB_OFFLINE",
  "TRANSFORMERS_OFFLINE",
  "AWS_ENDPOINT_URL",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "VLLM_NIXL_SIDE_CHANNEL_HOST",
  "VLLM_ADDITIONAL_ARGS",
];

const probe = (path: string, port: number, failureThreshold: number): Fields => ({
  httpGet: { path, port },
  periodSeconds: PROBE_SECONDS,
  timeoutSeconds: 5,
  failureThreshold,
});

/** Seconds that a pod gets to end, and how it uses them. */
export function endOfPod({ props }: Pick<ResolvedVariant, "props">) {
  return {
    terminationGracePeriodSeconds: Math.ceil(props.plan.drainSeconds) + HEAR_SECONDS + LEAVE_SECONDS,
    lifecycle: { preStop: { sleep: { seconds: HEAR_SECONDS } } },
  };
}

function probesOf(variant: ResolvedVariant, path: string, port: number): Fields {
  return {
    startupProbe: probe(path, port, Math.ceil(startSeconds(variant) / PROBE_SECONDS)),
    readinessProbe: probe(path, port, 2),
    livenessProbe: probe(path, port, 6),
  };
}

export function environmentOf(
  { props }: ResolvedVariant,
  weights: WeightsInPod,
  command: Pick<EngineCommand, "environment">,
): readonly Fields[] {
  const own = Object.entries(props.engine.environment ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...HOME_ENVIRONMENT,
    ...weights.environment,
    ...command.environment,
    ...own.map(([name, value]) => ({ name, value })),
  ];
}

export const ENGINE_MOUNTS: readonly Fields[] = [
  { name: "home", mountPath: "/engine" },
  { name: "tmp", mountPath: "/tmp" },
  { name: "shm", mountPath: "/dev/shm" },
];

export function engineVolumes(variant: ResolvedVariant, weights: WeightsInPod): readonly Fields[] {
  return [
    ...weights.volumes,
    { name: "home", emptyDir: {} },
    { name: "tmp", emptyDir: {} },
    { name: "shm", emptyDir: { medium: "Memory", sizeLimit: `${sharedMemoryGib(variant)}Gi` } },
  ];
}

/** Speaks to pods that read prompts, before pods that write. Flags: llm-d/llm-d-router pkg/sidecar/proxy/options.go, 0.9 and 0.10 */
function sidecar(image: string): Fields {
  return {
    name: "disagg-sidecar",
    image,
    // Starts before the engine and ends after it.
    restartPolicy: "Always",
    args: [`--port=${SERVE_PORT}`, "--kv-connector=nixlv2", "--secure-proxy=false"],
    ports: [{ name: "serve", containerPort: SERVE_PORT, protocol: "TCP" }],
    securityContext: LOCKED_DOWN,
    resources: { requests: { cpu: "1", memory: "512Mi" }, limits: { memory: "2Gi" } },
  };
}

/** Fields of the pod that follow from the pool. */
export function placementOf(variant: ResolvedVariant, { role, scheduling }: VariantPart): Fields {
  const claims = needsNetwork(variant, role) ? scheduling.resourceClaims : [];
  return {
    nodeSelector: scheduling.nodeSelector,
    ...(scheduling.tolerations.length === 0 ? {} : { tolerations: scheduling.tolerations }),
    ...(scheduling.runtimeClassName === undefined ? {} : { runtimeClassName: scheduling.runtimeClassName }),
    ...(claims.length === 0 ? {} : { resourceClaims: claims }),
  };
}

/** Over zones first, then over hosts, as far as there are some. */
export function spreadOf(matchLabels: Readonly<Record<string, string>>): Fields {
  return {
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
      (topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels },
      }),
    ),
  };
}

export const POD_SECURITY: Fields = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
};

/** Networks of a pod; those of Kueue's places have no meaning without a queue. */
export function networkAnnotations(variant: ResolvedVariant, { role, scheduling }: VariantPart) {
  return needsNetwork(variant, role)
    ? Object.fromEntries(
        Object.entries(scheduling.annotations).filter(([key]) => !key.startsWith("kueue.x-k8s.io/")),
      )
    : {};
}

/** Metadata and spec of the pods of one phase, on one kind of node of a replica. */
export function podTemplate(
  context: EndpointContext,
  variant: ResolvedVariant,
  part: VariantPart,
  node?: NodeOfReplica,
) {
  const { props } = variant;
  const labels = labelsOf(context, variant, part.role);
  const called = node !== "worker";
  const behindSidecar = part.role === "decode";
  const port = behindSidecar ? BEHIND_SIDECAR_PORT : SERVE_PORT;
  const weights = weightsOf(variant);
  const command = engineCommand(
    props.plan.engine,
    { model: props.model, plan: props.plan, settings: props.engine, weights, role: part.role, port },
    node,
  );
  const { terminationGracePeriodSeconds, lifecycle } = endOfPod(variant);
  const annotations = networkAnnotations(variant, part);
  const initContainers = [
    ...weights.initContainers,
    ...(behindSidecar && called ? [sidecar(context.picker!.sidecarImage!)] : []),
  ];
  return {
    metadata: {
      labels: podLabels(labels, called),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      serviceAccountName: context.serviceAccount,
      automountServiceAccountToken: false,
      // Variables of Services begin with their names, which programs take for their settings: VLLM_PORT.
      enableServiceLinks: false,
      terminationGracePeriodSeconds,
      securityContext: POD_SECURITY,
      ...placementOf(variant, part),
      ...(node === undefined ? spreadOf({ [SERVES_LABEL]: variant.object }) : {}),
      ...(initContainers.length === 0 ? {} : { initContainers }),
      containers: [
        {
          name: "engine",
          image: props.engine.image,
          command: [...command.command],
          args: [...command.args],
          env: environmentOf(variant, weights, command),
          ...(called
            ? {
                ports: [{ name: ENGINE_PORT_NAME, containerPort: port, protocol: "TCP" }],
                ...probesOf(variant, command.healthPath, port),
              }
            : {}),
          lifecycle,
          resources: resourcesOf(variant, part, weights.diskGib),
          securityContext: LOCKED_DOWN,
          volumeMounts: [...ENGINE_MOUNTS, ...weights.mounts],
        },
      ],
      volumes: engineVolumes(variant, weights),
    },
  };
}

/** Of pods that a budget or a scaler speaks of. */
export function partSelector(context: EndpointContext, variant: ResolvedVariant, part: VariantPart) {
  return workloadLabels(labelsOf(context, variant, part.role));
}
