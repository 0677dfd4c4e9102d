import type { TerraformStack } from "cdktf";
import { stableJson } from "../../../lib/core/json";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { ClusterOperators, KubernetesCluster, type PoolMachine } from "../../../lib/kubernetes";
import { synthStack } from "../../../lib/testing";
import { CKS, cksCluster, FRANKFURT, machines, SYSTEM, TRAIN } from "./clusters";
import { stackOf } from "./synthesized";

const POOLS = [SYSTEM, TRAIN, { ...TRAIN, name: "more" }];

/** Operators in the stack that makes the nodes they wait for, as bytes. */
function bytesOf(make: (stack: TerraformStack) => KubernetesCluster): string {
  const stack = stackOf();
  new ClusterOperators(stack, "operators", { cluster: make(stack) });
  return stableJson(synthStack(stack));
}

function atCoreWeave(pools: readonly AcceleratorPoolProps[]): string {
  return bytesOf(
    (stack) =>
      new KubernetesCluster(stack, "cluster", {
        site: CKS,
        provider: "coreweave",
        namePrefix: "acme",
        pools,
      }),
  );
}

function inHall(order: <T>(values: readonly T[]) => readonly T[]): string {
  const listed = (all: readonly PoolMachine[]) => ({ machines: order(all) });
  return bytesOf(
    (stack) =>
      new KubernetesCluster(stack, "cluster", {
        site: FRANKFURT,
        provider: "generic",
        namePrefix: "acme",
        pools: order(POOLS.map((pool) => (pool === SYSTEM ? pool : { ...pool, machineType: "hgx-h200" }))),
        nodes: {
          system: listed([{ name: "cpu-0" }, { name: "cpu-1" }]),
          train: listed(machines("gpu", 4)),
          more: listed(machines("more", 4)),
        },
      }),
  );
}

describe("operators wait for the same nodes, in the same order,", () => {
  const backwards = <T>(values: readonly T[]) => [...values].reverse();

  test("whatever the order of pools at CoreWeave", () => {
    expect(atCoreWeave(backwards(POOLS))).toBe(atCoreWeave(POOLS));
    expect(atCoreWeave([POOLS[1]!, POOLS[2]!, POOLS[0]!])).toBe(atCoreWeave(POOLS));
  });

  test("whatever the order of pools and machines in one's own hall", () => {
    expect(inHall(backwards)).toBe(inHall((values) => values));
  });

  test("which are those of the cluster", () => {
    const names = cksCluster(backwards(POOLS)).ready.map((each) => String((each as { fqn: string }).fqn));

    expect(names).toHaveLength(3);
    expect(names).toEqual([...names].sort());
  });
});
