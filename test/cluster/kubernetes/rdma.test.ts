import { KubernetesCluster, type RdmaNetwork } from "../../../lib/kubernetes";
import { captureValidationError } from "../../../lib/testing/template";
import { FRANKFURT, machines, SYSTEM, TRAIN } from "../in-cluster/clusters";
import { stackOf } from "../in-cluster/synthesized";

function make(rdma: RdmaNetwork) {
  return new KubernetesCluster(stackOf(), "cluster", {
    site: FRANKFURT,
    provider: "generic",
    namePrefix: "acme",
    pools: [SYSTEM, TRAIN, { ...TRAIN, name: "serve", tier: "serving" }],
    nodes: {
      system: { nodeSelector: { role: "system" } },
      train: { machines: machines("gpu", 4) },
      serve: { nodeSelector: { role: "serve" } },
    },
    rdma,
  });
}

const SHARED: RdmaNetwork = { mode: "shared", interfaces: ["ibs2f0", "ibs1f0"] };
const RAILS: RdmaNetwork = {
  mode: "sriov",
  link: "infiniband",
  rails: [
    { name: "rail-0", interface: "ibs1f0" },
    { name: "rail-1", interface: "ibs2f0" },
  ],
};
const codesOf = (rdma: RdmaNetwork) => captureValidationError(() => make(rdma)).codes;
const kindsOf = (rdma: RdmaNetwork) => make(rdma).objects.map(({ kind, name }) => `${kind} ${name}`);

test("a shared network is one resource, on pools whose nodes are close together", () => {
  const cluster = make(SHARED);

  expect(cluster.pools.get("train")!.network).toEqual({ resource: "rdma/shared", perNode: 1 });
  expect(cluster.pools.get("serve")!.network).toBeUndefined();
  expect(cluster.objects).toMatchInlineSnapshot(`
[
  {
    "apiVersion": "mellanox.com/v1alpha1",
    "id": "nic-cluster-policy",
    "kind": "NicClusterPolicy",
    "name": "nic-cluster-policy",
    "spec": {
      "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
          "nodeSelectorTerms": [
            {
              "matchExpressions": [
                {
                  "key": "hybrid-ai.io/pool",
                  "operator": "In",
                  "values": [
                    "train",
                  ],
                },
              ],
            },
          ],
        },
      },
      "rdmaSharedDevicePlugin": {
        "config": "{"configList":[{"rdmaHcaMax":63,"resourceName":"shared","resourcePrefix":"rdma","selectors":{"ifNames":["ibs1f0","ibs2f0"]}}]}",
        "image": "k8s-rdma-shared-dev-plugin",
        "repository": "nvcr.io/nvidia/mellanox",
        "version": "network-operator-v26.4.1",
      },
      "tolerations": [
        {
          "effect": "NoSchedule",
          "key": "nvidia.com/gpu",
          "operator": "Exists",
        },
      ],
    },
  },
]
`);
});

test("rails are networks of their own, each a function of one port", () => {
  const cluster = make(RAILS);

  expect(cluster.pools.get("train")!.attachments).toEqual([
    { name: "default/rail-0", resource: "nvidia.com/rail_0" },
    { name: "default/rail-1", resource: "nvidia.com/rail_1" },
  ]);
  expect(kindsOf(RAILS)).toEqual([
    "NicClusterPolicy nic-cluster-policy",
    "SriovNetworkNodePolicy rail-0-train",
    "SriovIBNetwork rail-0",
    "SriovNetworkNodePolicy rail-1-train",
    "SriovIBNetwork rail-1",
  ]);
});

test("Ethernet rails have addresses unless told otherwise, InfiniBand has none", () => {
  const ipams = (rdma: RdmaNetwork) =>
    make(rdma)
      .objects.filter(({ kind }) => kind.endsWith("Network"))
      .map(({ spec }) => spec.ipam);
  const ethernet = { ...RAILS, link: "ethernet" } as const;

  expect(ipams(RAILS)).toEqual([undefined, undefined]);
  expect(ipams(ethernet)).toEqual([
    '{"poolName":"rail-0","type":"nv-ipam"}',
    '{"poolName":"rail-1","type":"nv-ipam"}',
  ]);
  expect(ipams({ ...ethernet, addresses: false })).toEqual([undefined, undefined]);
  expect(make(ethernet).objects[0]!.spec).toHaveProperty("nvIpam");
});

test("several pools have policies of their own, and their nodes tolerate what they have", () => {
  const cluster = make({ ...RAILS, pools: ["train", "serve"] });

  expect(cluster.objects.map(({ id }) => id)).toContain("functions-rail-0-serve");
  expect(cluster.objects[0]!.spec).toMatchObject({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: "role", operator: "In", values: ["serve"] }] },
          { matchExpressions: [{ key: "hybrid-ai.io/pool", operator: "In", values: ["train"] }] },
        ],
      },
    },
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  });
});

test("the driver is the host's unless the operator is to install it", () => {
  expect(make(SHARED).objects[0]!.spec).not.toHaveProperty("ofedDriver");
  expect(make({ ...SHARED, driver: "operator" }).objects[0]!.spec.ofedDriver).toMatchObject({
    image: "doca-driver",
  });
});

test.each<[string, RdmaNetwork, string]>([
  ["no interface", { mode: "shared", interfaces: [] }, "MissingValue"],
  ["an interface with a slash", { mode: "shared", interfaces: ["eth/0"] }, "InvalidName"],
  ["an interface of 16 letters", { mode: "shared", interfaces: ["e".repeat(16)] }, "InvalidName"],
  ["an interface twice", { mode: "shared", interfaces: ["ib0", "ib0"] }, "DuplicateValue"],
  ["no pods", { ...SHARED, podsPerNode: 0 } as RdmaNetwork, "NumberOutOfRange"],
  ["too many pods", { ...SHARED, podsPerNode: 1001 } as RdmaNetwork, "NumberOutOfRange"],
  ["no rail", { ...RAILS, rails: [] }, "MissingValue"],
  [
    "a rail twice",
    {
      ...RAILS,
      rails: [
        { name: "a", interface: "x" },
        { name: "a", interface: "y" },
      ],
    },
    "DuplicateValue",
  ],
  [
    "a port in two rails",
    {
      ...RAILS,
      rails: [
        { name: "a", interface: "x" },
        { name: "b", interface: "x" },
      ],
    },
    "DuplicateValue",
  ],
  ["no functions", { ...RAILS, functions: 0 }, "NumberOutOfRange"],
  ["too many functions", { ...RAILS, functions: 128 }, "NumberOutOfRange"],
  ["a small MTU", { ...RAILS, mtu: 1279 }, "NumberOutOfRange"],
  ["a large MTU", { ...RAILS, mtu: 9979 }, "NumberOutOfRange"],
  ["an unknown link", { ...RAILS, link: "token ring" as never }, "NotOneOf"],
  ["an unknown pool", { ...SHARED, pools: ["ghost"] }, "UnknownPool"],
  ["no pool", { ...SHARED, pools: [] }, "MissingValue"],
  ["an unknown driver", { ...SHARED, driver: "windows" as never }, "NotOneOf"],
  ["a namespace that is none", { ...RAILS, namespace: "A" }, "InvalidName"],
])("%s is refused", (_, rdma, code) => {
  expect(codesOf(rdma)[0]).toBe(code);
});
