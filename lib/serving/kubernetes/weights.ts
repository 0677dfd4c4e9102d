import type { LoraAdapter, Weights } from "../serving";
import type { ObjectStorageAccess, WeightsCache } from "./props";

type Fields = Readonly<Record<string, unknown>>;

/** How weights come into a pod. */
export interface WeightsInPod {
  /** Of the model, as the engine is told: a path in the container, or an address. */
  readonly model: string;
  /** Path of each adapter, by its name. */
  readonly adapters: Readonly<Record<string, string>>;
  /** The engine reads an address by itself. */
  readonly streamed: boolean;
  readonly volumes: readonly Fields[];
  readonly mounts: readonly Fields[];
  readonly initContainers: readonly Fields[];
  /** Of the engine. */
  readonly environment: readonly Fields[];
  /** Local disk that the pod needs, GiB. */
  readonly diskGib: number;
}

export interface WeightsRequest {
  readonly weights: Weights;
  readonly adapters: readonly LoraAdapter[];
  readonly cache: WeightsCache;
  readonly storage: ObjectStorageAccess;
  readonly engineImage: string;
  /** All weights, GiB. */
  readonly weightsGib: number;
  /** Where the model is in the container. */
  readonly modelPath: string;
}

const FETCHED = "weights";
const ADAPTERS_PATH = "/mnt/adapters";
/** Adapters are small beside the model; safe for ranks up to a few hundred. */
const GIB_PER_ADAPTER = 4;

const secretEnv = (name: string, secret: string, key: string): Fields => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});

const literalEnv = (name: string, value: string): Fields => ({ name, value });

/**
 * Keys and address of a store like S3. Sources: https://docs.vllm.ai/en/stable/models/extensions/runai_model_streamer/;
 * without keys the identity of the service account is used (read 2026-11).
 */
function storageEnvironment({ endpoint, credentialsSecret }: ObjectStorageAccess): readonly Fields[] {
  const keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  return [
    ...(credentialsSecret === undefined ? [] : keys.map((key) => secretEnv(key, credentialsSecret, key))),
    ...(endpoint === undefined
      ? []
      : [
          literalEnv("AWS_ENDPOINT_URL", endpoint),
          literalEnv("AWS_EC2_METADATA_DISABLED", "true"),
          literalEnv("RUNAI_STREAMER_S3_USE_VIRTUAL_ADDRESSING", "0"),
        ]),
  ];
}

/**
 * `:s3,provider=AWS,env_auth=true:bucket/path`, as rclone takes remotes without a file; values with a colon are quoted.
 * Source: rclone/rclone docs/content/docs.md, "Connection strings" (read 2026-11)
 */
function rcloneSource(uri: string, { endpoint }: ObjectStorageAccess): string {
  const path = uri.slice("s3://".length);
  if (uri.startsWith("gs://")) {
    return `:gcs,env_auth=true,bucket_policy_only=true:${path}`;
  }
  return endpoint === undefined
    ? `:s3,provider=AWS,env_auth=true:${path}`
    : `:s3,provider=Other,env_auth=true,endpoint="${endpoint}":${path}`;
}

/** Containers that fetch run as the engine does: not as root, with nothing but their volume to write to. */
export const LOCKED_DOWN = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
} as const;

interface Fetch {
  readonly id: string;
  readonly weights: Exclude<Weights, { kind: "oci" }>;
  readonly to: string;
}

function fetchContainer({ id, weights, to }: Fetch, request: WeightsRequest): Fields {
  const { cache, storage, engineImage } = request;
  const common = {
    name: `fetch-${id}`,
    securityContext: LOCKED_DOWN,
    volumeMounts: [
      { name: FETCHED, mountPath: to, subPath: id },
      { name: "tmp", mountPath: "/tmp" },
    ],
    resources: { requests: { cpu: "2", memory: "4Gi" }, limits: { memory: "16Gi" } },
  };
  if (weights.kind === "hub") {
    return {
      ...common,
      image: engineImage,
      command: ["hf", "download"],
      args: [weights.repository, `--revision=${weights.revision}`, `--local-dir=${to}`],
      env: [
        literalEnv("HF_HOME", "/tmp/huggingface"),
        // The engine never sees the token.
        ...(weights.tokenSecret === undefined ? [] : [secretEnv("HF_TOKEN", weights.tokenSecret, "token")]),
      ],
    };
  }
  return {
    ...common,
    image: cache.kind === "pod-disk" ? cache.fetchImage : undefined,
    command: ["rclone", "copy"],
    args: [
      rcloneSource(weights.uri, storage),
      to,
      "--transfers=16",
      "--checksum",
      "--config=/tmp/rclone.conf",
    ],
    env: [literalEnv("HOME", "/tmp"), ...storageEnvironment(storage)],
  };
}

const EMPTY = { volumes: [], mounts: [], initContainers: [], environment: [], diskGib: 0, streamed: false };

type Part = Omit<WeightsInPod, "adapters" | "model"> & { readonly path: string };

/**
 * An image as a volume: beta and on by default from Kubernetes 1.35 on, with the feature ImageVolume from 1.33 on.
 * Source: https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes (read 2026-11)
 */
function fromImage(id: string, weights: Extract<Weights, { kind: "oci" }>, to: string): Part {
  return {
    ...EMPTY,
    path: weights.path === "/" ? to : `${to}${weights.path.replace(/\/$/, "")}`,
    volumes: [{ name: id, image: { reference: weights.image, pullPolicy: "IfNotPresent" } }],
    mounts: [{ name: id, mountPath: to, readOnly: true }],
  };
}

function fetched(id: string, weights: Fetch["weights"], to: string, request: WeightsRequest): Part {
  return {
    ...EMPTY,
    path: to,
    mounts: [{ name: FETCHED, mountPath: to, subPath: id, readOnly: true }],
    initContainers: [fetchContainer({ id, weights, to }, request)],
  };
}

function modelPart(request: WeightsRequest): Part {
  const { weights, cache, storage, modelPath } = request;
  if (weights.kind === "oci") {
    return fromImage("model", weights, modelPath);
  }
  if (cache.kind === "claim") {
    return {
      ...EMPTY,
      path: modelPath,
      volumes: [
        { name: "shared-weights", persistentVolumeClaim: { claimName: cache.claimName, readOnly: true } },
      ],
      mounts: [{ name: "shared-weights", mountPath: modelPath, subPath: cache.path, readOnly: true }],
    };
  }
  if (cache.kind === "stream" && weights.kind === "object-storage") {
    return { ...EMPTY, path: weights.uri, streamed: true, environment: storageEnvironment(storage) };
  }
  return { ...fetched("model", weights, modelPath, request), diskGib: Math.ceil(request.weightsGib * 1.05) };
}

function adapterPart({ weights }: LoraAdapter, index: number, request: WeightsRequest): Part {
  const to = `${ADAPTERS_PATH}/${index}`;
  const id = `adapter-${index}`;
  const part = weights.kind === "oci" ? fromImage(id, weights, to) : fetched(id, weights, to, request);
  return weights.kind === "oci" ? part : { ...part, diskGib: GIB_PER_ADAPTER };
}

/** What a pod needs to have the weights of a model and its adapters. Checked before by `checkWeightsWay`. */
export function weightsInPod(request: WeightsRequest): WeightsInPod {
  const model = modelPart(request);
  const adapters = request.adapters.map((adapter, index) => adapterPart(adapter, index, request));
  const parts = [model, ...adapters];
  const diskGib = parts.reduce((sum, part) => sum + part.diskGib, 0);
  return {
    model: model.path,
    adapters: Object.fromEntries(request.adapters.map(({ name }, index) => [name, adapters[index]!.path])),
    streamed: model.streamed,
    volumes: [
      ...parts.flatMap(({ volumes }) => volumes),
      ...(diskGib > 0 ? [{ name: FETCHED, emptyDir: { sizeLimit: `${diskGib}Gi` } }] : []),
    ],
    mounts: parts.flatMap(({ mounts }) => mounts),
    initContainers: parts.flatMap(({ initContainers }) => initContainers),
    environment: [
      ...model.environment,
      // Nothing is asked of a hub at run time: what serves is what was pinned.
      ...["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].map((name) => literalEnv(name, "1")),
    ],
    diskGib,
  };
}

/** What is taken where nothing is said. */
export function defaultCache(weights: Weights): WeightsCache {
  return { kind: weights.kind === "object-storage" ? "stream" : "pod-disk" };
}
