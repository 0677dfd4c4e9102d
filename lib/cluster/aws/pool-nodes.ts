import { awsTopologyLabels } from "../../catalog/topology-labels";
import { sharedResource } from "../../fabric/sharing";
import { nodesOf } from "../../fabric/slice";
import { POOL_LABEL, type PoolNodes } from "../nodes";
import type { PoolPlan } from "./plan";

/** What a device plugin calls EFA interfaces. Source: https://github.com/aws/eks-charts aws-efa-k8s-device-plugin (read 2026-11-24) */
const EFA_RESOURCE = "vpc.amazonaws.com/efa";

/**
 * CPUs that the kubelet keeps for itself: 6 % of the first, 1 % of the second, half a percent of the next two, a quarter
 * of the others.
 *
 * Source: github.com/awslabs/amazon-eks-ami nodeadm/internal/kubelet (read 2026-11-24)
 */
function reservedMillicores(vcpu: number): number {
  const shares = [60, 10, 5, 5];
  return Array.from({ length: Math.ceil(vcpu) }, (_, index) => shares[index] ?? 2.5).reduce(
    (a, b) => a + b,
    0,
  );
}

const MIB_PER_POD = 11;
const MIB_RESERVED = 255;
const MIB_EVICTION = 100;
/** What firmware and kernel take before the kubelet sees the memory; Karpenter assumes the same share. */
const VM_OVERHEAD = 0.075;
const MIB_PER_GIB = 1024;

function allocatableVcpu(vcpu: number | undefined): number | undefined {
  return vcpu === undefined ? undefined : Math.floor(vcpu * 1000 - reservedMillicores(vcpu)) / 1000;
}

function allocatableGib(memoryGib: number | undefined, pods: number): number | undefined {
  if (memoryGib === undefined) {
    return undefined;
  }
  const seen = memoryGib * MIB_PER_GIB * (1 - VM_OVERHEAD);
  return Math.floor((seen - pods * MIB_PER_POD - MIB_RESERVED - MIB_EVICTION) / MIB_PER_GIB);
}

/** The pool as those see it who put work onto its nodes. */
export function poolNodes({ pool, machine, taints, efa, maxPods }: PoolPlan): PoolNodes {
  const shared = pool.slice.kind === "accelerators" ? sharedResource(pool.slice, pool.sharing) : undefined;
  const { levels, nvlinkDomain } = awsTopologyLabels(machine);
  return {
    pool,
    machineType: machine.name,
    arch: machine.arch,
    groups: [
      {
        name: pool.name,
        capacity: pool.capacity.map(({ kind }) => kind),
        nodes: nodesOf(pool.slice),
        nodeLabels: { [POOL_LABEL]: pool.name },
        taints,
      },
    ],
    resource: shared?.resource,
    resourcePerNode: shared?.perNode ?? 0,
    vcpuPerNode: allocatableVcpu(machine.vcpu),
    memoryGibPerNode: allocatableGib(machine.memoryGib, maxPods ?? machine.maxPods ?? 0),
    topologyLevels: levels,
    nvlinkDomainLabel: nvlinkDomain,
    network: efa > 0 ? { resource: EFA_RESOURCE, perNode: efa } : undefined,
  };
}
