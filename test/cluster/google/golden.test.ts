import { Capacity } from "../../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Sharing } from "../../../lib/fabric/sharing";
import { Slice } from "../../../lib/fabric/slice";
import { cluster } from "./fixture";

const reserved = Capacity.reservation({ google: { name: "h200s" } });

const gpus = (accelerator: string, perNode: number, nodes: number) =>
  Slice.accelerators(accelerator, { perNode, nodes });

/** One pool per machine family, each with what is particular to it. */
const FAMILIES: readonly (readonly [string, Omit<AcceleratorPoolProps, "name">])[] = [
  ["a2", { slice: gpus("a100-40gb", 8, 2) }],
  ["a3-high", { slice: gpus("h100", 8, 4), machineType: "a3-highgpu-8g" }],
  ["a3-mega", { slice: gpus("h100", 8, 4), zones: ["europe-west4-c"] }],
  ["a3-ultra", { slice: gpus("h200", 8, 4), capacity: reserved }],
  [
    "a4",
    {
      slice: Slice.accelerators("b200", { perNode: 8, nodes: { min: 0, max: 8 } }),
      capacity: Capacity.flexStart({ maxRunDays: 7 }),
    },
  ],
  ["a4x", { slice: gpus("gb200", 4, 36), capacity: reserved }],
  ["a4x-max", { slice: gpus("gb300", 4, 18), capacity: reserved }],
  [
    "g2",
    {
      slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 8 } }),
      tier: "serving",
      capacity: [Capacity.spot(), Capacity.onDemand()],
      sharing: Sharing.timeSlicing(4),
    },
  ],
  ["g4", { slice: gpus("rtx-pro-6000", 1, 1), tier: "serving", sharing: Sharing.mig("1g.24gb") }],
  ["v4", { slice: Slice.tpu("tpu-v4", { topology: "4x4x4" }) }],
  [
    "v5e",
    { slice: Slice.tpu("tpu-v5e", { topology: "2x4", machineType: "ct5lp-hightpu-8t" }), tier: "serving" },
  ],
  [
    "v5p",
    {
      slice: Slice.tpu("tpu-v5p", { topology: "2x4x4", slices: { min: 0, max: 1 } }),
      capacity: Capacity.queued({ maxRunDays: 2 }),
    },
  ],
  ["v6e", { slice: Slice.tpu("tpu-v6e", { topology: "8x8", slices: 2 }), capacity: Capacity.spot() }],
  ["tpu7x", { slice: Slice.tpu("tpu-v7x", { topology: "4x4x8" }) }],
  ["tpu7x-host", { slice: Slice.tpu("tpu-v7x", { topology: "2x2x1", slices: 3 }), tier: "serving" }],
  ["cpu", { slice: Slice.cpu({ vcpu: 16, memoryGib: 64, nodes: { min: 1, max: 9 } }), tier: "data" }],
];

/** What every node pool has: looked at here once, and left out of the snapshots. */
const COMMON = {
  project: "acme-ai",
  location: "europe-west4",
  cluster: expect.stringMatching(/^\$\{google_container_cluster\.ai_cluster_\w+\.name\}$/),
  timeouts: { create: "60m", update: "60m", delete: "60m" },
} as const;
const COMMON_NODE = {
  boot_disk_kms_key: expect.stringMatching(/^\$\{google_kms_crypto_key\.ai_key_\w+\.id\}$/),
  disk_size_gb: 200,
  gcfs_config: { enabled: true },
  image_type: "COS_CONTAINERD",
  metadata: { "disable-legacy-endpoints": "true" },
  oauth_scopes: ["https://www.googleapis.com/auth/cloud-platform"],
  service_account: expect.stringMatching(/^\$\{google_service_account\.ai_nodes_account_\w+\.email\}$/),
  workload_metadata_config: { mode: "GKE_METADATA" },
} as const;

type Attributes = Readonly<Record<string, unknown>>;

function without(attributes: Attributes, common: object): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !(key in common)));
}

function particular(pool: Attributes): Attributes {
  const node = pool.node_config as Attributes;
  expect(pool).toMatchObject(COMMON);
  expect(node).toMatchObject(COMMON_NODE);
  return { ...without(pool, COMMON), node_config: without(node, COMMON_NODE) };
}

test.each(FAMILIES)("%s", (name, props) => {
  const json = cluster([{ name: "pool", ...props }]).template();
  const pools = Object.values(json.resources("google_container_node_pool"));
  const own = pools.filter((pool) => String(pool.name).startsWith("pool"));
  const policies = Object.values(json.resources("google_compute_resource_policy"));

  expect({
    nodePools: own.map(particular),
    ...(policies.length > 0 ? { policies } : {}),
  }).toMatchSnapshot(name);
});

test("networks of a3-ultra", () => {
  const { made, template } = cluster([{ name: "pool", slice: gpus("h200", 8, 4), capacity: reserved }]);
  const json = template();
  const own = (type: string) =>
    Object.entries(json.resources(type))
      .filter(([id]) => id.includes("a3-ultragpu"))
      .map(([, attributes]) => attributes);

  expect({
    networks: own("google_compute_network"),
    subnetworks: own("google_compute_subnetwork"),
    firewalls: own("google_compute_firewall"),
    objects: made.objects,
  }).toMatchSnapshot();
});

test("control plane", () => {
  const json = cluster().template();

  expect(json.resource("google_container_cluster")).toMatchSnapshot();
});
