import { checkInterfaces, efaInterfaces } from "../../catalog/aws-interfaces";
import type { AwsMachineFacts, InterfaceFacts } from "../../catalog/facts";
import type { Problems } from "../../core/problems";
import type { AcceleratorPool } from "../../fabric/pool";
import { nodeCounts } from "./capacity";
import { AwsClusterErrors } from "./errors";

/** No more pods than this on a node unless asked for. Source: https://kubernetes.io/docs/setup/best-practices/cluster-large/ (read 2026-11-24) */
const USUAL_PODS = 110;
/** Addresses of one prefix (/28) that prefix delegation takes in place of one address. */
export const ADDRESSES_PER_PREFIX = 16;
/** Pods that use the node's own address: the VPC CNI and kube-proxy. */
const HOST_NETWORK_PODS = 2;

const isEfa = ({ interfaceType }: InterfaceFacts) => interfaceType !== "interface";

/**
 * EKS lowers what a launch template tells the kubelet of managed nodes to this.
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/cni-increase-ip-addresses.html (read 2026-11-24)
 */
const MANAGED_PODS = { small: 110, large: 250, largeFromVcpu: 30 };

/** Interfaces that carry IP addresses. */
export function ipInterfaces(layout: readonly InterfaceFacts[] | undefined): number {
  return layout === undefined ? 1 : layout.filter(({ interfaceType }) => interfaceType !== "efa-only").length;
}

export function efaCount(layout: readonly InterfaceFacts[] | undefined): number {
  return (layout ?? []).filter(isEfa).length;
}

function checkHandWritten(
  problems: Problems,
  pool: AcceleratorPool,
  machine: AwsMachineFacts & { readonly interfaces: readonly InterfaceFacts[] },
): void {
  const { name } = pool;
  const onlyManaged = machine.interfaces.find(({ interfaceType }) => interfaceType === "efa");
  if (onlyManaged !== undefined && nodeCounts(pool).elastic > 0) {
    problems.add(AwsClusterErrors.InterfaceLayoutInvalid, {
      subject: `pool "${name}" machineType interfaces`,
      given: `efa at card ${onlyManaged.networkCardIndex}, device ${onlyManaged.deviceIndex}`,
      allowed: "interface and efa-only, which is all that Karpenter makes for elastic pools",
    });
  }
  for (const finding of checkInterfaces(machine, machine.interfaces)) {
    const place = finding.interface;
    problems.add(AwsClusterErrors.InterfaceLayoutInvalid, {
      subject: `pool "${name}" machineType interfaces`,
      given: place
        ? `${place.interfaceType} at card ${place.networkCardIndex}, device ${place.deviceIndex} (${finding.rule})`
        : finding.rule,
      allowed: finding.allowed,
    });
  }
}

/**
 * The interfaces of a node, or undefined where EC2's default (one at card 0) is right: accelerated machines with EFA get
 * it, CPU machines only where the pool asks for closeness or for a layout.
 *
 * Adds EfaNotSupported, InterfaceLayoutInvalid.
 */
export function nodeInterfaces(
  problems: Problems,
  pool: AcceleratorPool,
  machine: AwsMachineFacts,
): readonly InterfaceFacts[] | undefined {
  const { slice, closeTogether, interfaceLayout } = pool;
  if (machine.interfaces !== undefined) {
    checkHandWritten(problems, pool, { ...machine, interfaces: machine.interfaces });
    if (interfaceLayout !== undefined) {
      problems.add(AwsClusterErrors.InterfaceLayoutInvalid, {
        subject: `pool "${pool.name}" interfaceLayout`,
        given: `${interfaceLayout}, and interfaces of ${machine.name}`,
        allowed: "one of interfaceLayout and `interfaces` of Machine.aws",
      });
    }
    return machine.interfaces;
  }
  if (interfaceLayout !== undefined && machine.efaMax === 0) {
    problems.add(AwsClusterErrors.EfaNotSupported, {
      subject: `pool "${pool.name}" interfaceLayout`,
      given: `${interfaceLayout} on ${machine.name}`,
      allowed: "nothing: the type has no EFA",
    });
    return undefined;
  }
  const wanted = slice.kind === "accelerators" || closeTogether || interfaceLayout !== undefined;
  return wanted ? efaInterfaces(machine, interfaceLayout ?? "ip-optimized") : undefined;
}

/**
 * Pods for which a node can have addresses: the VPC CNI takes further interfaces on card 0 only, and an EFA-only one
 * there takes the place of one with addresses. Undefined where nothing is known.
 *
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html;
 * github.com/aws/karpenter-provider-aws designs/efa-for-static-capacity.md (read 2026-11-24)
 */
function podsByInterfaces(
  machine: AwsMachineFacts,
  layout: readonly InterfaceFacts[] | undefined,
  prefixDelegation: boolean,
): number | undefined {
  const taken = (layout ?? []).filter(
    ({ networkCardIndex, interfaceType }) => networkCardIndex === 0 && interfaceType === "efa-only",
  ).length;
  const { interfacesOnFirstCard, ipv4PerInterface, maxPods } = machine;
  if (interfacesOnFirstCard !== undefined && ipv4PerInterface !== undefined) {
    const slots = (interfacesOnFirstCard - taken) * (ipv4PerInterface - 1);
    return slots * (prefixDelegation ? ADDRESSES_PER_PREFIX : 1) + HOST_NETWORK_PODS;
  }
  if (maxPods === undefined || prefixDelegation) {
    return undefined;
  }
  // Of at least two interfaces one is taken, so at least half of the addresses are left.
  return taken === 0 ? maxPods : Math.floor((maxPods - HOST_NETWORK_PODS) / (taken + 1)) + HOST_NETWORK_PODS;
}

/**
 * Pods per node that the kubelet is told; undefined where nothing is known, and the kubelet finds out itself.
 *
 * Adds PodsExceedInterfaces, PodsExceedManagedNodes.
 */
export function maxPodsOf(
  problems: Problems,
  pool: AcceleratorPool,
  machine: AwsMachineFacts,
  layout: readonly InterfaceFacts[] | undefined,
  prefixDelegation: boolean,
): number | undefined {
  const most = podsByInterfaces(machine, layout, prefixDelegation);
  const given = pool.maxPodsPerNode;
  if (given === undefined) {
    return most === undefined ? undefined : Math.min(most, USUAL_PODS);
  }
  if (most !== undefined && given > most) {
    problems.add(AwsClusterErrors.PodsExceedInterfaces, {
      subject: `pool "${pool.name}" maxPodsPerNode`,
      given: `${given} on ${machine.name}`,
      allowed: `at most ${most}: ${machine.interfacesOnFirstCard ?? "unknown"} interfaces of ${machine.ipv4PerInterface ?? "unknown"} addresses on card 0, less what EFA takes there`,
    });
  }
  checkManaged(problems, pool, machine, given);
  return given;
}

function checkManaged(
  problems: Problems,
  pool: AcceleratorPool,
  machine: AwsMachineFacts,
  given: number,
): void {
  const { small, large, largeFromVcpu } = MANAGED_PODS;
  const cap = (machine.vcpu ?? largeFromVcpu) < largeFromVcpu ? small : large;
  if (nodeCounts(pool).fixed > 0 && given > cap) {
    problems.add(AwsClusterErrors.PodsExceedManagedNodes, {
      subject: `pool "${pool.name}" maxPodsPerNode`,
      given: `${given} on ${machine.name}`,
      allowed: `at most ${cap}`,
    });
  }
}
