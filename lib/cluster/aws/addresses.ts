import { addressCount } from "../../core/cidr";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { nodesOf } from "../../fabric/slice";
import type { IAwsNetwork } from "../../network/network";
import { ClusterErrors } from "../errors";
import { ADDRESSES_PER_PREFIX, ipInterfaces } from "./interfaces";
import type { PoolPlan } from "./plan";

/** The first four addresses of a subnet and its last. Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html (read 2026-11-24) */
const RESERVED_BY_AWS = 5;

/** Addresses that one node takes when it is full: its interfaces, and its pods one by one or by prefixes of 16. */
function addressesPerNode({ interfaces, maxPods = 0 }: PoolPlan, prefixDelegation: boolean): number {
  const pods = prefixDelegation ? Math.ceil(maxPods / ADDRESSES_PER_PREFIX) * ADDRESSES_PER_PREFIX : maxPods;
  return ipInterfaces(interfaces) + pods;
}

function addressesIn(network: IAwsNetwork, zones: readonly string[]): number | undefined {
  const ranges = zones.map((zone) => network.subnetsByZone?.[zone]?.cidrBlock);
  return ranges.some((range) => range === undefined || isToken(range))
    ? undefined
    : ranges.reduce((sum, range) => sum + addressCount(range!) - RESERVED_BY_AWS, 0);
}

/**
 * Refuses pools that could need more addresses than the subnets of their zones have. Only what is certain is refused:
 * ranges that are unknown or only Terraform knows pass.
 *
 * Adds AddressesExhausted.
 */
export function checkAddresses(
  problems: Problems,
  plans: readonly PoolPlan[],
  network: IAwsNetwork,
  prefixDelegation: boolean,
): void {
  const placed = plans.filter(({ place }) => place.zones !== undefined);
  const everywhere = Object.keys(network.subnetsByZone ?? {});
  const sets = new Map(
    [everywhere, ...placed.map(({ place }) => place.zones!)].map((zones) => [zones.join(), zones]),
  );
  for (const zones of sets.values()) {
    const available = addressesIn(network, zones);
    const inside = placed.filter(({ place }) => place.zones!.every((zone) => zones.includes(zone)));
    const needs = inside.map((plan) => {
      const perNode = addressesPerNode(plan, prefixDelegation);
      const nodes = nodesOf(plan.pool.slice).max;
      return { text: `${plan.pool.name}: ${nodes} nodes x ${perNode}`, count: nodes * perNode };
    });
    const needed = needs.reduce((sum, { count }) => sum + count, 0);
    if (available !== undefined && needed > available) {
      problems.add(ClusterErrors.AddressesExhausted, {
        subject: `addresses in ${zones.join(", ")}`,
        given: `${needed} (${needs.map(({ text }) => text).join("; ")})`,
        allowed: `${available}, what the subnets there have`,
      });
    }
  }
}
