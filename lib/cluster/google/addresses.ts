import { addressCount, overlaps, prefixLength } from "../../core/cidr";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import type { IGoogleNetwork } from "../../network/network";
import { ClusterErrors } from "../errors";
import { surgeOf } from "./node-pool-config";
import type { PoolPlan } from "./plan";

/** Addresses of a subnet that Google keeps. Source: https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet (read 2026-11-24) */
const KEPT_BY_GOOGLE = 4;

/**
 * Addresses for pods that GKE gives one node: the power of two that is at least twice the number of pods.
 * Source: https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr (read 2026-11-24)
 */
function podAddressesPerNode(maxPods: number): number {
  return 2 ** Math.ceil(Math.log2(2 * maxPods));
}

interface Use {
  readonly pool: string;
  readonly nodes: number;
  readonly pods: number;
}

function uses(plans: readonly PoolPlan[]): readonly Use[] {
  return plans.map((plan) => {
    const nodes = plan.nodePools.reduce((sum, { nodes: { max } }) => sum + max + surgeOf(plan.pool), 0);
    return { pool: plan.pool.name, nodes, pods: nodes * podAddressesPerNode(plan.maxPods) };
  });
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
/** Prefix length of the smallest range with so many addresses. */
const prefixFor = (addresses: number) => 32 - Math.ceil(Math.log2(addresses));

/** Adds AddressesExhausted. Ranges that only Terraform knows are not counted. */
export function checkAddresses(
  problems: Problems,
  plans: readonly PoolPlan[],
  network: IGoogleNetwork,
): void {
  const all = uses(plans);
  const refuse = (subject: string, range: string, needed: number, of: (use: Use) => number) =>
    problems.add(ClusterErrors.AddressesExhausted, {
      subject,
      given: `${range} for ${needed} addresses (${all.map((use) => `${use.pool}: ${of(use)}`).join(", ")})`,
      allowed: `a range of /${prefixFor(needed)} or larger`,
    });
  const { nodesCidr, podsCidr } = network;
  const nodes = sum(all.map((use) => use.nodes)) + KEPT_BY_GOOGLE;
  if (!isToken(nodesCidr) && addressCount(nodesCidr) < nodes) {
    refuse("network nodesCidr", nodesCidr, nodes, (use) => use.nodes);
  }
  const pods = sum(all.map((use) => use.pods));
  if (!isToken(podsCidr) && addressCount(podsCidr) < pods) {
    refuse("network podsCidr", podsCidr, pods, (use) => use.pods);
  }
}

/** Range of the GPUDirect networks, cut into sixteen subnets of one address per node. */
export function checkGpuNetworks(
  problems: Problems,
  cidrBlock: string,
  plans: readonly PoolPlan[],
  network: IGoogleNetwork,
): void {
  const subject = "gpuNetworksCidr";
  if (
    !problems.literal(subject, cidrBlock, "a range as a literal: subnets are cut from it") ||
    !problems.cidr(subject, cidrBlock) ||
    !problems.integer(`prefix length of ${subject}`, prefixLength(cidrBlock), { min: 8, max: 20 })
  ) {
    return;
  }
  for (const range of [network.nodesCidr, network.podsCidr, network.servicesCidr]) {
    if (!isToken(range) && overlaps(range, cidrBlock)) {
      problems.add(ClusterErrors.AddressesExhausted, {
        subject,
        given: `${cidrBlock}, which overlaps ${range} of the network`,
        allowed: "a range that no other interface of a node is in",
        fix: "choose another range for gpuNetworksCidr",
      });
    }
  }
  const nodes = sum(uses(plans).map((use) => use.nodes)) + KEPT_BY_GOOGLE;
  if (addressCount(cidrBlock) / 16 < nodes) {
    problems.add(ClusterErrors.AddressesExhausted, {
      subject,
      given: `${cidrBlock}: subnets of ${addressCount(cidrBlock) / 16} addresses for ${nodes}`,
      allowed: `a range of /${prefixFor(nodes * 16)} or larger`,
    });
  }
}
