import { Capacity } from "../../../lib/fabric/capacity";
import { Slice } from "../../../lib/fabric/slice";
import {
  ClusterQueues,
  KubernetesCluster,
  type KubernetesClusterProps,
  RailAddresses,
} from "../../../lib/kubernetes";
import { capturedNodePoolProblems, conformance, conformanceTest } from "../conformance";
import { CKS, FRANKFURT, machines, SYSTEM, TRAIN } from "../in-cluster/clusters";
import { objectsOf, stackOf } from "../in-cluster/synthesized";

const RACK = { name: "rack", slice: Slice.accelerators("gb200", { perNode: 4, nodes: 36 }) };
const SPOT = {
  name: "serve",
  slice: Slice.accelerators("l40s", { perNode: 8, nodes: { min: 1, max: 4 } }),
  capacity: [Capacity.spot(), Capacity.onDemand()],
  taints: [{ key: "team", value: "search", effect: "NoExecute" }] as const,
  labels: { team: "search" },
};

const coreWeave = (props: Partial<KubernetesClusterProps> = {}) => {
  const stack = stackOf();
  new KubernetesCluster(stack, "cluster", {
    site: CKS,
    provider: "coreweave",
    namePrefix: "acme",
    pools: [SYSTEM, TRAIN, RACK, SPOT],
    ...props,
  });
  return stack;
};

conformanceTest("NodePools of CoreWeave are what its reference says", () => {
  expect(conformance(coreWeave()).failures).toEqual([]);
  expect(conformance(coreWeave({ coreweave: { countBy: "racks", waitForNodes: true } })).failures).toEqual(
    [],
  );
});

conformanceTest("and, without racks, what its older definition says", () => {
  const problems = objectsOf(coreWeave()).flatMap(capturedNodePoolProblems);

  expect(problems).toEqual([]);
  expect(capturedNodePoolProblems({ spec: { instanceType: "x", targetNodes: 1, unknown: 1 } })).not.toEqual(
    [],
  );
});

conformanceTest.each<[string, KubernetesClusterProps["rdma"], readonly string[]]>([
  ["shared by pods", { mode: "shared", interfaces: ["ibs1f0", "ibs2f0"], driver: "operator" }, []],
  [
    "as virtual functions of InfiniBand rails",
    {
      mode: "sriov",
      link: "infiniband",
      rails: [
        { name: "rail-0", interface: "ibs1f0" },
        { name: "rail-1", interface: "ibs2f0" },
      ],
    },
    [],
  ],
  [
    "as virtual functions of Ethernet rails with addresses",
    { mode: "sriov", link: "ethernet", mtu: 9000, rails: [{ name: "rail-0", interface: "ens1np0" }] },
    ["rail-0"],
  ],
])("RDMA networks %s are what the network operator takes", (_, rdma, addressed) => {
  const stack = stackOf();
  const cluster = new KubernetesCluster(stackOf({}, "platform"), "cluster", {
    site: FRANKFURT,
    provider: "generic",
    namePrefix: "acme",
    pools: [SYSTEM, TRAIN],
    nodes: {
      system: { nodeSelector: { role: "system" } },
      train: { machines: machines("gpu", 4) },
    },
    rdma,
  });
  new ClusterQueues(stack, "queues", { cluster });
  if (addressed.length > 0) {
    const rails = addressed.map((rail) => ({ rail, subnet: "192.168.0.0/16", gateway: "192.168.0.1" }));
    new RailAddresses(stack, "addresses", { cluster, rails });
  }
  const { failures, kinds } = conformance(stack);

  expect(failures).toEqual([]);
  expect(kinds).toContain("mellanox.com/v1alpha1 NicClusterPolicy");
});
