import type { PoolNodes } from "../nodes";

type Quantities = Readonly<Record<string, string | number>>;

/** What daemons of a node take, about: an eighth, at least one CPU and 2 GiB; never more than half of it. */
function rest(all: number, least: number): number {
  return Math.max(all / 2, all - Math.max(least, all / 8));
}

/**
 * CPU and memory that leave no room for a second pod on a node of a CPU pool. What is known of the machine goes before
 * what the pool was declared with.
 */
function nodeRequests({ pool: { slice }, vcpuPerNode, memoryGibPerNode }: PoolNodes): Quantities {
  if (slice.kind !== "cpu") {
    return {};
  }
  return {
    cpu: `${Math.floor(rest(vcpuPerNode ?? slice.vcpu, 1) * 1000)}m`,
    memory: `${Math.floor(rest(memoryGibPerNode ?? slice.memoryGib, 2) * 1024)}Mi`,
  };
}

/** Requests of a container that has a whole node. What it asks for itself stays: a limit is a request, too. */
export function wholeNodeRequests(
  nodes: PoolNodes,
  requests: Quantities = {},
  limits: Quantities = {},
): Quantities {
  const own = Object.entries(nodeRequests(nodes)).filter(([name]) => !(name in limits));
  return { ...Object.fromEntries(own), ...requests };
}

export interface Affinity {
  readonly podAntiAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly unknown[];
  };
}

/**
 * Affinity of pods of which no two share a node, beside what they have already. Nodes with accelerators need none: a pod
 * takes all of them.
 */
export function apart(
  { pool }: PoolNodes,
  own: Affinity | undefined,
  labels: Readonly<Record<string, string>>,
) {
  if (pool.slice.kind !== "cpu") {
    return own;
  }
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  return {
    ...own,
    podAntiAffinity: {
      ...own?.podAntiAffinity,
      [required]: [
        ...(own?.podAntiAffinity?.[required] ?? []),
        { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
      ],
    },
  };
}
