import { MACHINE_LEVELS } from "../../catalog/topology-labels";
import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { DNS_LABEL, OBJECT_NAME } from "../../kubernetes/metadata";
import type { IAcceleratorCluster } from "../cluster";
import type { DynamicSlice } from "./dynamic-slice";
import { InClusterErrors } from "./errors";
import { isEdge } from "./needs";
import { type PoolScheduling, UNCONSTRAINED } from "./pool-scheduling";
import { isObject } from "./present";
import { apart, wholeNodeRequests } from "./whole-node";

/** A container as Kubernetes has it, without the resources that follow from the pool. */
export interface GangContainer {
  /** A DNS label. */
  readonly name: string;
  readonly image: string;
  /** CPU and memory, and what else the pool does not decide. @default - none */
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string | number>>;
    readonly limits?: Readonly<Record<string, string | number>>;
  };
  /** Any other field of a container: `command`, `env`, `ports`, `volumeMounts`, … Strings may be tokens. */
  readonly [field: string]: unknown;
}

/** How close the nodes of a gang must be. */
export interface GangPlacement {
  /** `required` waits until the gang fits within one value of the level; `preferred` takes wider levels as well. */
  readonly mode: "required" | "preferred";
  /**
   * One of the pool's levels.
   * @default - the narrowest above the host; with `required` the narrowest that holds several machines
   */
  readonly level?: string;
}

/** What gangs of every kind have. */
export interface GangProps {
  readonly cluster: IAcceleratorCluster;
  /** Name of a pool of the cluster. */
  readonly pool: string;
  /** Lower-case, at most 40 characters; unique in the namespace. */
  readonly name: string;
  /** Namespace and queue of a team, see `ClusterQueues.queue` and `remoteQueue`. The namespace may be a token. */
  readonly queue: {
    readonly namespace: string;
    readonly queueName: string;
    /** Names that `priority` may have. @default - any */
    readonly priorities?: readonly string[];
    /** Other clusters run the gang: no controller of this one starts it. @default false */
    readonly remote?: boolean;
  };
  /**
   * Every pod gets a whole node: all its accelerators, or on CPU pools what daemons leave of CPU and memory (seven
   * eighths, less on small nodes), and no node has two pods of the gang. CPU and memory of the container go before that;
   * below half a node Kueue may count two pods to a node of a pool with levels, and one of them waits for ever.
   */
  readonly container: GangContainer;
  /** More fields of the pods: `volumes`, `serviceAccountName`, `securityContext`, … Strings may be tokens. @default - none */
  readonly podSpec?: Readonly<Record<string, unknown>>;
  /**
   * Needs a pool whose levels Kueue knows.
   * @default - preferred at the narrowest level, where Kueue knows the levels; none elsewhere
   */
  readonly placement?: GangPlacement;
  /** The slice of the pool that the gang runs on, all of it. Needed on pools of TPU cubes, refused elsewhere. @default - none */
  readonly slice?: DynamicSlice;
  /** Name of a priority of the cluster, one of `queue.priorities` if it has them. @default - none */
  readonly priority?: string;
  /** Annotations of the object and of its pods, under those that follow from the pool. @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Fields of the pod that follow from the pool. */
const OF_THE_POOL = [
  "containers",
  "nodeSelector",
  "tolerations",
  "restartPolicy",
  "resourceClaims",
  "runtimeClassName",
  "priorityClassName",
];

/** Room for what controllers append: `-workers-0-0-xxxxx`. */
const GANG_NAME = { ...DNS_LABEL, maxLength: 40, form: `${DNS_LABEL.form}; at most 40 here` };

function checkContainer(problems: Problems, container: GangContainer, scheduling: PoolScheduling): void {
  problems.name("container.name", container?.name, DNS_LABEL);
  problems.required("container.image", container?.image, "an image, with its version");
  const asked = [container?.resources?.requests, container?.resources?.limits].flatMap((map) =>
    Object.keys(map ?? {}),
  );
  for (const resource of new Set(asked.filter((name) => name in scheduling.limits))) {
    problems.add(InClusterErrors.AcceleratorsSetByPool, {
      subject: "container.resources",
      given: resource,
      allowed: `CPU, memory and others: ${resource} is ${scheduling.limits[resource]}`,
    });
  }
}

function checkPlacement(problems: Problems, placement: GangPlacement, { levels }: PoolScheduling): void {
  problems.oneOf("placement.mode", placement.mode, ["required", "preferred"]);
  if (levels.length === 0) {
    problems.add(InClusterErrors.TopologyUnknown, {
      subject: "placement",
      given: placement,
      allowed: "nothing: Kueue knows no levels of this pool",
    });
  } else if (placement.level !== undefined) {
    problems.oneOf("placement.level", placement.level, levels);
  }
}

/**
 * The device plugin gives a pod one share of a GPU and refuses more. Parts of MIG are GPUs of their own.
 * Sources: github.com/NVIDIA/k8s-device-plugin v0.19.3 README, "Shared Access to GPUs";
 * https://cloud.google.com/kubernetes-engine/docs/concepts/timesharing-gpus (read 2026-11-24)
 */
function checkSharing(problems: Problems, { pool }: GangProps, { pool: nodes }: PoolScheduling): void {
  const { sharing } = nodes.pool;
  if (sharing !== undefined && sharing.kind !== "mig") {
    problems.add(InClusterErrors.GangOnSharedPool, {
      subject: "pool",
      given: `${pool}, whose GPUs are shared by ${sharing.replicas} pods each`,
      allowed: "a pool whose GPUs are whole, or cut by MIG",
    });
  }
}

/** Kueue makes no workload of a job with a class that is not there, and says so only in its log. */
function checkPriority(problems: Problems, { priority, queue }: GangProps): void {
  if (priority === undefined || !problems.name("priority", priority, DNS_LABEL)) {
    return;
  }
  const known = queue?.priorities;
  if (known !== undefined && !known.includes(priority)) {
    problems.add(CoreErrors.NotOneOf, {
      subject: "priority",
      given: priority,
      allowed:
        known.length > 0 ? known.join(", ") : "nothing: the queues of the cluster declare no priorities",
      fix: "choose a declared priority, or declare this one in ClusterQueuesProps.priorities",
    });
  }
}

/** On CPU pools pods keep apart by affinity, beside their own. */
function checkAffinity(problems: Problems, { podSpec }: GangProps, { pool }: PoolScheduling): void {
  const affinity = podSpec?.affinity;
  if (pool.pool.slice.kind !== "cpu" || affinity === undefined) {
    return;
  }
  const lists = (affinity as { readonly podAntiAffinity?: unknown } | null)?.podAntiAffinity;
  for (const [subject, value] of [
    ["podSpec.affinity", affinity],
    ["podSpec.affinity.podAntiAffinity", lists],
  ] as const) {
    const allowed = "an object: rules of the pool are added";
    if (value !== undefined && (typeof value !== "string" || problems.literal(subject, value, allowed))) {
      isObject(problems, subject, value, allowed);
    }
  }
}

/** Reports a slice of another pool, or of none, and cubes that nothing joins. */
function checkSlice(problems: Problems, { slice, pool }: GangProps, { pool: nodes }: PoolScheduling): void {
  if (nodes.dynamicSlices === true && slice === undefined) {
    problems.add(InClusterErrors.SliceNeeded, {
      subject: "slice",
      given: undefined,
      allowed: `a DynamicSlice of pool "${pool}"`,
    });
  }
  if (slice !== undefined && (slice.pool !== pool || nodes.dynamicSlices !== true)) {
    problems.add(CoreErrors.NoEffect, {
      subject: "slice",
      given: `a slice of pool "${slice.pool}"`,
      allowed:
        nodes.dynamicSlices === true ? `a slice of pool "${pool}"` : "nothing: the pool has no cubes to join",
    });
  }
}

/** Reports what no gang can have. */
export function checkGang(problems: Problems, props: GangProps, scheduling: PoolScheduling): void {
  problems.name("name", props.name, GANG_NAME);
  problems.required("queue.namespace", props.queue?.namespace, "the namespace of a team");
  problems.name("queue.queueName", props.queue?.queueName, OBJECT_NAME);
  checkContainer(problems, props.container, scheduling);
  if (
    props.placement !== undefined &&
    isObject(problems, "placement", props.placement, "a mode and a level")
  ) {
    checkPlacement(problems, props.placement, scheduling);
  }
  for (const field of OF_THE_POOL.filter((each) => props.podSpec?.[each] !== undefined)) {
    problems.add(CoreErrors.NoEffect, {
      subject: `podSpec.${field}`,
      given: props.podSpec?.[field],
      allowed: "fields that do not follow from the pool",
    });
  }
  checkPriority(problems, props);
  checkAffinity(problems, props, scheduling);
  checkSharing(problems, props, scheduling);
  checkSlice(problems, props, scheduling);
  if (isEdge(props.cluster)) {
    problems.add(InClusterErrors.GangAtEdge, {
      subject: "cluster",
      given: props.cluster.clusterName,
      allowed: "a cluster that is not at the edge",
    });
  }
}

/** Reports nodes of a gang that the pool does not have, or that leave out hosts of a TPU slice. */
export function checkGangSize(
  problems: Problems,
  subject: string,
  nodes: number,
  { gangNodes, exclusiveTopology, pool: { pool } }: PoolScheduling,
  slice: DynamicSlice | undefined,
): void {
  if (!problems.literalInteger(subject, nodes, { min: 1, max: 100_000 })) {
    return;
  }
  if (slice !== undefined) {
    if (nodes !== slice.nodes) {
      problems.add(InClusterErrors.PartialTpuSlice, {
        subject,
        given: nodes,
        allowed: `${slice.nodes}, all hosts of slice "${slice.sliceName}"`,
      });
    }
  } else if (nodes > gangNodes) {
    problems.add(InClusterErrors.GangDoesNotFit, {
      subject,
      given: nodes,
      allowed: `1 to ${gangNodes}, the nodes of pool "${pool.name}"`,
    });
  } else if (nodes < gangNodes && exclusiveTopology !== undefined) {
    problems.add(InClusterErrors.PartialTpuSlice, {
      subject,
      given: nodes,
      allowed: `${gangNodes}, all hosts of a slice of pool "${pool.name}"`,
    });
  }
}

/** The narrowest level whose values hold several machines: nothing that spans nodes fits into one machine. */
function narrowestOfSeveral(levels: PoolScheduling["levels"]): string | undefined {
  return levels.filter((level) => !MACHINE_LEVELS.includes(level)).at(-1) ?? levels.at(-1);
}

function topologyAnnotations(
  placement: GangPlacement | undefined,
  { levels }: PoolScheduling,
): Readonly<Record<string, string>> {
  const narrowest = levels.at(-2) ?? levels.at(-1);
  if (narrowest === undefined) {
    return {};
  }
  const { mode, level } = placement ?? { mode: "preferred" };
  const byDefault = mode === "required" ? narrowestOfSeveral(levels) : undefined;
  return { [`kueue.x-k8s.io/podset-${mode}-topology`]: level ?? byDefault ?? narrowest };
}

/** What differs between pods of jobs and of services. */
interface PodsOf {
  readonly restartPolicy: "Never" | "Always";
  /** Labels that their controller gives to all pods of the gang, and to no others. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Metadata and spec of the pods of a gang. */
export function gangPod(props: GangProps, scheduling: PoolScheduling, { restartPolicy, labels }: PodsOf) {
  const { container, podSpec } = props;
  const { [UNCONSTRAINED]: _, ...ofThePool } = scheduling.annotations;
  const annotations = {
    ...props.annotations,
    ...ofThePool,
    ...props.slice?.podLabels.annotations,
    ...topologyAnnotations(props.placement, scheduling),
  };
  const claims = scheduling.resourceClaims.map(({ name }) => ({ name }));
  const limits = { ...container.resources?.limits, ...scheduling.limits };
  const requests = wholeNodeRequests(
    scheduling.pool,
    container.resources?.requests,
    container.resources?.limits,
  );
  const affinity = apart(scheduling.pool, podSpec?.affinity as object | undefined, labels);
  return {
    ...(Object.keys(annotations).length > 0 ? { metadata: { annotations } } : {}),
    spec: {
      ...podSpec,
      ...(affinity === undefined ? {} : { affinity }),
      restartPolicy,
      nodeSelector: { ...scheduling.nodeSelector, ...props.slice?.podLabels.nodeSelector },
      ...(scheduling.tolerations.length > 0 ? { tolerations: scheduling.tolerations } : {}),
      ...(scheduling.runtimeClassName === undefined ? {} : { runtimeClassName: scheduling.runtimeClassName }),
      ...(props.priority === undefined ? {} : { priorityClassName: props.priority }),
      ...(claims.length > 0 ? { resourceClaims: scheduling.resourceClaims } : {}),
      containers: [
        {
          ...container,
          resources: {
            ...(Object.keys(requests).length > 0 ? { requests } : {}),
            ...(Object.keys(limits).length > 0 ? { limits } : {}),
            ...(claims.length > 0 ? { claims } : {}),
          },
        },
      ],
    },
  };
}

/** Annotations of the object: those given, and the key by which its controller keeps the hosts of a TPU slice together. */
export function objectAnnotations(
  { annotations }: GangProps,
  { exclusiveTopology }: PoolScheduling,
  exclusiveKey: string,
): Readonly<Record<string, string>> | undefined {
  return annotations === undefined && exclusiveTopology === undefined
    ? undefined
    : { ...annotations, ...(exclusiveTopology === undefined ? {} : { [exclusiveKey]: exclusiveTopology }) };
}

/** Labels by which Kueue queues a job. */
export function queueLabels({ queue, priority }: GangProps): Readonly<Record<string, string>> {
  return {
    "kueue.x-k8s.io/queue-name": queue.queueName,
    ...(priority === undefined ? {} : { "kueue.x-k8s.io/priority-class": priority }),
  };
}
